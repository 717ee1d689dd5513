"""Memory that clients of HTTP can make the server take: all that is held for them together has a limit."""

from __future__ import annotations

import smtplib
import socket
import ssl
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
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

# Lists are made of many small pieces, of which the allocator keeps some that were freed.
PIECES_MIB = 192

WEBSOCKET = (
    b"GET /api/events HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
)
SSE = b"GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n"
MAILHOG = b"GET /mailhog/api/v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n"


@contextmanager
def lazy_clients(api: Api, n_clients: int, request: bytes) -> Iterator[list[socket.socket]]:
    """Clients that ask, and read no more than the first bytes of an answer."""
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


def first_bytes(client: socket.socket) -> bytes:
    return client.recv(12)


def expect_alive(server: Server, api: Api) -> None:
    assert server.process.poll() is None
    with HttpWire.connect(api.port) as wire:
        assert wire.ask(GET_LIVEZ).status == 200


def make_mail_for_many(n_recipients: int) -> bytes:
    """Lists and events tell all its recipients."""
    to = b",\r\n ".join(b'"%s" <user%d@example.com>' % (b"n" * 200, number) for number in range(n_recipients))
    return b"From: a@example.com\r\nSubject: many\r\nTo: " + to + b"\r\n\r\nHello\r\n"


@pytest.mark.parametrize("request_bytes", [WEBSOCKET, SSE, MAILHOG], ids=["websocket", "sse", "mailhog"])
def test_500_readers_of_events_who_do_not_read(tmp_path: Path, request_bytes: bytes) -> None:
    mail = make_mail_for_many(900)
    with running_api(tmp_path, "--sync=none") as api:
        api.put(mail)
        memory = PeakMemory(api.server)
        with lazy_clients(api, 500, request_bytes) as readers:
            for reader in readers:
                assert first_bytes(reader) in (b"HTTP/1.1 200", b"HTTP/1.1 101")
            with smtplib.SMTP("127.0.0.1", api.server.port, timeout=PATIENCE_S) as smtp:
                for _ in range(40):
                    smtp.sendmail("a@example.com", ["b@example.com"], mail)
            wait_until(lambda: api.list(limit=1)["total"] == 41, "all messages are listed")
            expect_alive(api.server, api)
        # The events are shared, so that it does not matter how many listen.
        assert memory.growth_mib < 160
        wait_until(lambda: "dsmtpd_http_open_streams 0" in api.get("/metrics").text, "all readers are gone")


# --- answers that nobody reads


def make_large_mail(content_type: str, n_bytes: int = 16_000_000) -> bytes:
    """More than the sockets of a connection take, so that what a client does not read stays with the server."""
    line = b"QUJD" * 19 + b"\r\n"
    encoding = b"" if content_type.startswith("text/") else b"Content-Transfer-Encoding: base64\r\n"
    head = b"From: a@example.com\r\nSubject: large\r\nContent-Type: %b\r\n%b\r\n" % (content_type.encode(), encoding)
    return head + line * (n_bytes // len(line))


def ask_for(path: str, *headers: str) -> bytes:
    return "\r\n".join([f"GET {path} HTTP/1.1", "Host: localhost", *headers, "", ""]).encode()


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """A message whose subject is `text`, and one with `file`."""
    with running_api(tmp_path_factory.mktemp("large"), "--sync=none") as api:
        for name, content_type in (("text", "text/plain"), ("file", "application/octet-stream")):
            mail = make_large_mail(content_type)
            api.put(mail.replace(b"Subject: large", b"Subject: %b" % name.encode()))
        yield api


def expect_bounded(
    api: Api, path: str, memory: PeakMemory, *headers: str, n_clients: int = 500, beside_mib: int = BESIDE_MIB
) -> set[bytes]:
    """Clients that ask twice in a row and read no further than the first status. Returns the statuses."""
    with lazy_clients(api, n_clients, 2 * ask_for(path, *headers)) as clients:
        statuses = {first_bytes(client) for client in clients}
        expect_alive(api.server, api)
    assert statuses <= {b"HTTP/1.1 200", b"HTTP/1.1 503"}
    assert memory.growth_mib < HELD_MAX_MIB + beside_mib
    # All that was held has been given back.
    wait_until(lambda: api.get(path).status_code == 200, "an answer is made again")
    return statuses


@pytest.mark.parametrize(
    ("subject", "path", "headers"),
    [
        ("text", "/api/v1/message/{id}", []),
        ("file", "/api/v1/message/{id}/part/0", []),
        ("text", "/view/{id}.txt", []),
        ("text", "/mailhog/api/v1/messages/{id}", []),
    ],
)
def test_1000_answers_that_nobody_reads(large: Api, subject: str, path: str, headers: list[str]) -> None:
    mail_id = large.search(f"subject:{subject}")["messages"][0]["ID"]
    statuses = expect_bounded(large, path.replace("{id}", mail_id), PeakMemory(large.server), *headers)
    assert statuses == {b"HTTP/1.1 200", b"HTTP/1.1 503"}


def test_streamed_answers_that_nobody_reads(tmp_path: Path) -> None:
    """None is rejected: there are 64 KiB of each in memory."""
    with running_api(tmp_path, "--sync=none") as api:
        api.put(make_large_mail("text/plain"))
        memory = PeakMemory(api.server)
        with lazy_clients(api, 200, 2 * ask_for("/api/v1/message/latest/raw")) as clients:
            assert {first_bytes(client) for client in clients} == {b"HTTP/1.1 200"}
            expect_alive(api.server, api)
        assert memory.growth_mib < 200 * 64 / 1024 + BESIDE_MIB


def test_lists_that_nobody_reads(tmp_path: Path) -> None:
    mail = make_mail_for_many(900)
    with running_api(tmp_path, "--sync=none") as api:
        with smtplib.SMTP("127.0.0.1", api.server.port, timeout=PATIENCE_S) as smtp:
            for _ in range(20):
                smtp.sendmail("a@example.com", ["b@example.com"], mail)
        wait_until(lambda: api.list(limit=1)["total"] == 20, "all messages are listed")
        memory = PeakMemory(api.server)
        assert b"HTTP/1.1 200" in expect_bounded(
            api, "/api/v1/messages?limit=0", memory, n_clients=100, beside_mib=PIECES_MIB
        )


def test_messages_put_in_that_wait_to_be_whole(tmp_path: Path) -> None:
    """Bodies are counted when they are announced; what does not fit is rejected before it is sent."""
    head = b"POST /api/v1/messages?to=a@example.com HTTP/1.1\r\nHost: localhost\r\nContent-Length: 30000000\r\n\r\n"
    body = b"Subject: x\r\n\r\n" + b"x" * 29_000_000
    with running_api(tmp_path, "--sync=none") as api:
        memory = PeakMemory(api.server)
        with lazy_clients(api, 20, head) as clients:
            wait_until(lambda: api.ask("POST", "/api/v1/send", data=b"{" + b" " * 30_000_000).status_code == 503, "503")
            for client in clients[:8]:
                client.sendall(body)
            rejected = clients[8:]
            assert {first_bytes(client) for client in rejected} == {b"HTTP/1.1 503"}
        assert memory.growth_mib < HELD_MAX_MIB + BESIDE_MIB
        wait_until(lambda: api.put(b"Subject: y\r\n\r\ny\r\n") != "", "a message is taken")


# --- streamed answers are what others would be


@pytest.fixture(scope="module")
def some(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Api, bytes]]:
    """A message of some pieces, and what was sent."""
    mail = make_large_mail("text/plain", 3_000_000)
    with running_api(tmp_path_factory.mktemp("some"), "--sync=none") as api:
        api.put(mail)
        yield api, mail


def test_raw_is_what_was_received_in_whole_and_in_part(some: tuple[Api, bytes]) -> None:
    api, mail = some
    path = "/api/v1/message/latest/raw"
    whole = api.get(path)
    assert whole.content == mail
    assert whole.headers["Content-Length"] == str(len(mail))
    tag = whole.headers["ETag"]
    assert api.ask("GET", path, headers={"If-None-Match": tag}).status_code == 304
    head = api.ask("HEAD", path)
    assert (head.headers["Content-Length"], head.headers["ETag"], head.content) == (str(len(mail)), tag, b"")
    for first, last in ((0, 0), (100_000, 200_000), (len(mail) - 7, len(mail) - 1), (1, len(mail) - 2)):
        part = api.ask("GET", path, headers={"Range": f"bytes={first}-{last}", "If-Range": tag})
        assert (part.status_code, part.content) == (206, mail[first : last + 1])
        assert part.headers["Content-Range"] == f"bytes {first}-{last}/{len(mail)}"
    assert api.ask("GET", path, headers={"Range": f"bytes={len(mail)}-"}).status_code == 416
    assert api.ask("GET", path, headers={"Range": "bytes=0-5", "If-Range": '"other"'}).content == mail


@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_requests_after_a_streamed_answer(some: tuple[Api, bytes], version: str) -> None:
    api, mail = some
    request = f"GET /api/v1/message/latest/raw HTTP/{version}\r\nHost: localhost\r\nConnection: keep-alive\r\n\r\n"
    with HttpWire.connect(api.port) as wire:
        wire.send(2 * request.encode() + GET_LIVEZ.replace(b"1.1", version.encode()))
        wire.socket.shutdown(socket.SHUT_WR)
        assert wire.read_reply().body == mail
        assert wire.read_reply().body == mail
        assert wire.read_reply().body == b"ok"


def test_a_message_that_is_renamed_and_deleted_while_it_is_sent(tmp_path: Path) -> None:
    mail = make_large_mail("text/plain")
    with running_api(tmp_path, "--sync=none") as api:
        mail_id = api.put(mail)
        with lazy_clients(api, 3, ask_for(f"/api/v1/message/{mail_id}/raw", "Connection: close")) as clients:
            starts = [first_bytes(client) for client in clients]
            api.expect_ok("PUT", "/api/v1/messages", {"IDs": [mail_id], "Flagged": True})
            api.expect_ok("DELETE", "/api/v1/messages", {"IDs": [mail_id]})
            assert api.get(f"/api/v1/message/{mail_id}/raw").status_code == 404
            clients[2].close()  # in the middle
            for client, start in zip(clients[:2], starts, strict=False):
                answer = bytearray(start)
                while octets := client.recv(1 << 20):
                    answer += octets
                assert answer.endswith(b"\r\n\r\n" + mail)
        wait_until(lambda: "(deleted)" not in " ".join(open_files(api.server)), "no file of a deleted message is open")


def open_files(server: Server) -> list[str]:
    """What its descriptors lead to."""
    directory = Path(f"/proc/{server.process.pid}/fd")
    if not directory.exists():
        pytest.skip("descriptors are listed in /proc")
    names = []
    for path in directory.iterdir():
        with suppress(FileNotFoundError):  # closed meanwhile
            names.append(str(path.readlink()))
    return [name for name in names if "/new/" in name or "/cur/" in name]


def test_streamed_answers_over_https(tmp_path: Path) -> None:
    mail = make_large_mail("text/plain")
    with running_api(tmp_path, "--sync=none", "--tls=auto", "--https") as api:
        api.put(mail)
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        memory = PeakMemory(api.server)
        with ExitStack() as stack:
            clients = []
            for _ in range(40):
                plain = stack.enter_context(socket.create_connection(("127.0.0.1", api.port), PATIENCE_S))
                client = stack.enter_context(context.wrap_socket(plain))
                client.sendall(ask_for("/api/v1/message/latest/raw", "Connection: close"))
                clients.append(client)
            assert {client.recv(12) for client in clients} == {b"HTTP/1.1 200"}
            answer = bytearray()
            while octets := clients[20].recv(1 << 20):
                answer += octets
            assert answer.endswith(b"\r\n\r\n" + mail)
        assert memory.growth_mib < 64
