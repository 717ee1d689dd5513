"""Answers of every kind with clients that others wrote: events with curl, WebSockets with websockets, ranges, gzip."""

from __future__ import annotations

import gzip
import os
import re
import socket
import struct
import subprocess
from collections.abc import Iterator
from http.client import HTTPConnection

import pytest
from hostile_support import wait_until
from http_wire import Demo, HttpWire
from programs import require_program, run_program
from server import PATIENCE_S
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

KEY = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="


@pytest.fixture
def demo() -> Iterator[Demo]:
    demo = Demo()
    try:
        yield demo
        demo.stop()
    finally:
        demo.kill()


# --- whole answers


def curl(*arguments: str) -> str:
    return run_program(["curl", "-sS", *arguments])


def test_gzip(demo: Demo) -> None:
    """Small answers are compressed at once, large ones by a helper; curl undoes both."""
    for size in (1024, 50_000, 5_000_000):
        url = f"{demo.url}/text?size={size}"
        assert curl("--compressed", url) == "x" * size
        connection = HTTPConnection("127.0.0.1", demo.port)
        connection.request("GET", f"/text?size={size}", headers={"Accept-Encoding": "gzip"})
        response = connection.getresponse()
        assert response.headers["Content-Encoding"] == "gzip"
        assert gzip.decompress(response.read()) == b"x" * size
        connection.close()
    assert "content-encoding" not in curl("-i", "--compressed", f"{demo.url}/text?size=1023").lower()


def test_ranges_and_conditions(demo: Demo) -> None:
    url = f"{demo.url}/text?size=1000"
    assert len(curl("-r", "990-", url)) == 10
    assert len(curl("-r", "-7", url)) == 7
    assert curl("-o", os.devnull, "-w", "%{http_code}", "-r", "1000-", url) == "416"
    assert curl("-o", os.devnull, "-w", "%{http_code}", "-H", 'If-None-Match: "1"', url) == "304"


def test_bodies(demo: Demo) -> None:
    assert curl("--data-binary", "@-", "-H", "Expect: 100-continue", f"{demo.url}/echo") == ""
    connection = HTTPConnection("127.0.0.1", demo.port)
    for body in (b"", b"a", bytes(range(256)) * 4096):
        connection.request("POST", "/echo", body)
        assert connection.getresponse().read() == body
        connection.request("POST", "/echo", iter([body[:7] or b"x", body[7:] or b"y"]), encode_chunked=True)
        assert connection.getresponse().read() == (body[:7] or b"x") + (body[7:] or b"y")
    connection.request("POST", "/size", bytes(50_000_000))
    assert connection.getresponse().read() == b"50000000"
    connection.close()


@pytest.mark.parametrize(
    ("content_type", "served"),
    [
        ("text/html;charset=utf-8", "text/html; charset=utf-8"),
        ("image/svg%2bxml", "image/svg+xml"),
        ("text/javascript", "text/plain; charset=utf-8"),
        ("text/html%0d%0aX-Evil: yes".replace(" ", "%20"), "application/octet-stream"),
    ],
)
def test_hostile_parts(demo: Demo, content_type: str, served: str) -> None:
    connection = HTTPConnection("127.0.0.1", demo.port)
    connection.request("GET", f"/part?type={content_type}&name=a%0d%0aX-Evil:%20yes%22.html")
    response = connection.getresponse()
    assert response.headers["Content-Type"] == served
    assert response.headers["Content-Security-Policy"].startswith("sandbox;")
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Content-Disposition"].startswith('inline; filename="aX-Evil: yes_.html"')
    assert "X-Evil" not in response.headers
    response.read()
    connection.close()


def test_a_client_that_goes_is_noticed(demo: Demo) -> None:
    with HttpWire.connect(demo.port) as wire:
        wire.send(b"GET /never HTTP/1.1\r\nHost: localhost\r\n\r\n")
        demo.expect("waiting")
    demo.expect("cancelled")
    wire = HttpWire.connect(demo.port)
    wire.send(b"GET /never HTTP/1.1\r\nHost: localhost\r\n\r\n")
    demo.expect("waiting")
    wire.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    wire.socket.close()  # by a reset
    demo.expect("cancelled")


# --- streams


def test_export(demo: Demo) -> None:
    lines = curl(f"{demo.url}/export").splitlines()
    assert len(lines) == 100_000
    assert [int(line) for line in lines[:3] + lines[-1:]] == [100_000, 99_999, 99_998, 1]
    demo.expect("export closed")


def test_an_export_that_nobody_reads_waits(demo: Demo) -> None:
    with HttpWire.connect(demo.port) as wire:
        wire.send(b"GET /export HTTP/1.1\r\nHost: localhost\r\n\r\n")
        with HttpWire.connect(demo.port) as other:
            assert other.ask(b"GET /text HTTP/1.1\r\nHost: localhost\r\n\r\n").body == b"xxxxx"
    demo.expect("export closed")


def read_lines(process: subprocess.Popen[str], pattern: str) -> list[str]:
    """The lines up to the first that matches."""
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line.rstrip("\n"))
        if re.fullmatch(pattern, lines[-1]):
            return lines
    raise AssertionError(f"no line like {pattern}: {lines}")


def test_events_with_curl(demo: Demo) -> None:
    command = [require_program("curl"), "-sSN", "-H", "Last-Event-ID: 41", f"{demo.url}/events"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        lines = read_lines(process, "data: 44")
        assert lines[:4] == ["id: 42", "event: count", "data: 42", ""]
        read_lines(process, ":")  # a heartbeat
        process.terminate()
    demo.expect("events closed")


def test_a_slow_reader_of_events_is_dropped(demo: Demo) -> None:
    with HttpWire.connect(demo.port) as wire:
        wire.send(b"GET /event-flood HTTP/1.1\r\nHost: localhost\r\n\r\n")
        demo.expect("events closed")


# --- WebSockets


def open_socket(demo: Demo, path: str = "/socket") -> ClientConnection:
    return connect(f"ws://localhost:{demo.port}{path}", open_timeout=PATIENCE_S, close_timeout=PATIENCE_S)


def test_websocket_echo(demo: Demo) -> None:
    with open_socket(demo) as client:
        for text in ("", "hello", "用户\0", "x" * 60_000):
            client.send(text)
            assert client.recv(PATIENCE_S) == text
        client.send(iter(["in ", "frag", "ments"]))
        assert client.recv(PATIENCE_S) == "in fragments"
        assert client.ping().wait(PATIENCE_S)
        client.send(b"binary frames are dropped")
        client.send("quit")
        with pytest.raises(ConnectionClosed) as ended:
            client.recv(PATIENCE_S)
        assert ended.value.rcvd is not None
        assert (ended.value.rcvd.code, ended.value.rcvd.reason) == (1000, "as asked")
    demo.expect("socket closed")


def test_the_client_says_goodbye(demo: Demo) -> None:
    with open_socket(demo) as client:
        client.close(4000, "bye")
        assert client.close_code == 4000
    demo.expect("socket closed")


def test_a_message_too_large_ends_it(demo: Demo) -> None:
    with open_socket(demo) as client:
        client.send("x" * (64 * 1024 + 1))
        with pytest.raises(ConnectionClosed):
            client.recv(PATIENCE_S)
        assert client.close_code == 1009
    demo.expect("socket closed")


def test_a_stopping_server_says_goodbye(demo: Demo) -> None:
    with open_socket(demo) as client:
        demo.stop()
        with pytest.raises(ConnectionClosed):
            client.recv(PATIENCE_S)
        assert client.close_code == 1001


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        (b"\x81\x01a", 1002),  # not masked
        (b"\xc1\x80abcd", 1002),  # a reserved bit
        (b"\x83\x80abcd", 1002),  # a reserved opcode
        (b"\x80\x80abcd", 1002),  # goes on with nothing
        (b"\x89\xfe\x01\x00abcd" + bytes(256), 1002),  # a ping that is too large
        (b"\x81\x81\0\0\0\0\xff", 1007),  # no UTF-8
        (b"\x88\x82\0\0\0\0\x03\xed", 1002),  # a code that must not be sent
    ],
)
def test_broken_frames(demo: Demo, frame: bytes, code: int) -> None:
    with HttpWire.connect(demo.port) as wire:
        head = ["GET /socket HTTP/1.1", "Host: localhost", "Upgrade: websocket", "Connection: keep-alive, Upgrade"]
        wire.send("\r\n".join([*head, "Sec-WebSocket-Version: 13", KEY, "", ""]).encode() + frame)
        reply = wire.read_reply()
        assert reply.status == 101
        assert reply.headers["sec-websocket-accept"] == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
        assert reply.headers["connection"] == "Upgrade"
        assert wire.read_to_end().startswith(b"\x88\x02" + code.to_bytes(2, "big"))
    demo.expect("socket closed")


def test_pings_come_and_the_silent_are_dropped(demo: Demo) -> None:
    """The client's library answers pings; a bare connection does not. The demonstration server pings every 200 ms."""
    with open_socket(demo) as client, HttpWire.connect(demo.port) as silent:
        head = ["GET /socket HTTP/1.1", "Host: localhost", "Upgrade: websocket", "Connection: Upgrade"]
        silent.send("\r\n".join([*head, "Sec-WebSocket-Version: 13", KEY, "", ""]).encode())
        assert silent.read_reply().status == 101
        assert silent.read_to_end().startswith(b"\x89\x00")
        demo.expect("socket closed")
        client.send("still here")
        assert client.recv(PATIENCE_S) == "still here"


def test_a_slow_reader_of_frames_is_dropped(demo: Demo) -> None:
    with HttpWire.connect(demo.port) as wire:
        head = ["GET /socket-flood HTTP/1.1", "Host: localhost", "Upgrade: websocket", "Connection: Upgrade"]
        wire.send("\r\n".join([*head, "Sec-WebSocket-Version: 13", KEY, "", ""]).encode())
        demo.expect("socket closed")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ([], 426),
        (["Upgrade: websocket", "Connection: Upgrade", KEY], 426),
        (["Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 8", KEY], 426),
        (["Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13"], 400),
        (["Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: short"], 400),
        (["Upgrade: websocket", "Connection: close", "Sec-WebSocket-Version: 13", KEY], 400),
    ],
)
def test_broken_handshakes(demo: Demo, headers: list[str], status: int) -> None:
    with HttpWire.connect(demo.port) as wire:
        reply = wire.ask("\r\n".join(["GET /socket HTTP/1.1", "Host: localhost", *headers, "", ""]).encode())
        assert reply.status == status
        if status == 426:
            assert reply.headers["upgrade"] == "websocket"


def test_pages_of_other_sites_get_no_websocket(demo: Demo) -> None:
    url = f"ws://localhost:{demo.port}/socket"
    with pytest.raises(InvalidStatus) as rejected:
        connect(url, origin=Origin("http://evil.example"))
    assert rejected.value.response.status_code == 403
    with connect(url, origin=Origin(f"http://localhost:{demo.port}")) as client:
        client.send("same site")
        assert client.recv(PATIENCE_S) == "same site"


def test_connections_leave_nothing_behind(demo: Demo) -> None:
    descriptors = f"/proc/{demo.pid}/fd"
    if not os.path.isdir(descriptors):  # noqa: PTH112
        pytest.skip("descriptors are counted in /proc")
    before = len(os.listdir(descriptors))  # noqa: PTH208
    for _ in range(20):
        with HttpWire.connect(demo.port) as wire:
            wire.ask(b"GET /text HTTP/1.1\r\nHost: localhost\r\n\r\n")
    wait_until(lambda: len(os.listdir(descriptors)) == before, "every descriptor is closed")  # noqa: PTH208
