"""Memory that clients of HTTP can make the server take: all that is held for them together has a limit."""

from __future__ import annotations

import smtplib
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from api_support import Api, running_api
from hostile_support import PeakMemory, wait_until
from http_wire import GET_LIVEZ, HttpWire
from server import PATIENCE_S, Server

MIB = 1024 * 1024

# What docs/http.md allows, and what the rest of the server and the allocator may take beside it.
HELD_MAX_MIB = 256
BESIDE_MIB = 64

WEBSOCKET = (
    b"GET /api/events HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
)
SSE = b"GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n"
MAILHOG = b"GET /mailhog/api/v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n"


@contextmanager
def lazy_clients(api: Api, n_clients: int, request: bytes) -> Iterator[list[socket.socket]]:
    """Clients that ask, and read no more than the first octets of an answer."""
    with ExitStack() as stack:
        clients = []
        for _ in range(n_clients):
            client = stack.enter_context(socket.socket())
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            client.settimeout(PATIENCE_S)
            client.connect(("127.0.0.1", api.port))
            client.sendall(request)
            clients.append(client)
        yield clients


def first_octets(client: socket.socket) -> bytes:
    return client.recv(12)


def expect_alive(server: Server, api: Api) -> None:
    assert server.process.poll() is None
    with HttpWire.connect(api.port) as wire:
        assert wire.ask(GET_LIVEZ).status == 200


def make_mail_for_many(n_recipients: int) -> bytes:
    """Lists and events tell all its recipients."""
    to = b",\r\n ".join(b'"%s" <user%d@example.com>' % (b"n" * 200, number) for number in range(n_recipients))
    return b"From: a@example.com\r\nSubject: many\r\nTo: " + to + b"\r\n\r\nHello\r\n"


@pytest.mark.parametrize("request_octets", [WEBSOCKET, SSE, MAILHOG], ids=["websocket", "sse", "mailhog"])
def test_500_readers_of_events_who_do_not_read(tmp_path: Path, request_octets: bytes) -> None:
    mail = make_mail_for_many(900)
    with running_api(tmp_path, "--sync=none") as api:
        api.put(mail)
        memory = PeakMemory(api.server)
        with lazy_clients(api, 500, request_octets) as readers:
            for reader in readers:
                assert first_octets(reader) in (b"HTTP/1.1 200", b"HTTP/1.1 101")
            with smtplib.SMTP("127.0.0.1", api.server.port, timeout=PATIENCE_S) as smtp:
                for _ in range(40):
                    smtp.sendmail("a@example.com", ["b@example.com"], mail)
            wait_until(lambda: api.list(limit=1)["total"] == 41, "all messages are listed")
            expect_alive(api.server, api)
        # The events are shared, so that it does not matter how many listen.
        assert memory.growth_mib < 160
        wait_until(lambda: "dsmtpd_http_open_streams 0" in api.get("/metrics").text, "all readers are gone")
