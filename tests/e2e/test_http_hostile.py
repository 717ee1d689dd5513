"""The web server treated badly: requests that two servers would read differently, endless bodies, slow clients."""

import re
import socket
import time
from collections.abc import Iterator

import pytest
from hostile_support import PeakMemory
from http_wire import GET_LIVEZ, HttpWire, start_web
from programs import run_program
from server import Launcher, Server

GET_HIDDEN = b"GET /hidden HTTP/1.1\r\nHost: localhost\r\n\r\n"
POST = b"POST /nothing HTTP/1.1\r\nHost: localhost\r\n"
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"

# Each has a second request in what one of two servers would take for the body of the first. It must never be answered.
SMUGGLING = {
    "both-lengths": POST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "both-lengths-reversed": POST + b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
    "two-lengths": POST + b"Content-Length: 3\r\nContent-Length: 0\r\n\r\nabc",
    "two-equal-lengths": POST + b"Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc",
    "list-of-lengths": POST + b"Content-Length: 3, 3\r\n\r\nabc",
    "signed-length": POST + b"Content-Length: +3\r\n\r\nabc",
    "hexadecimal-length": POST + b"Content-Length: 0x3\r\n\r\nabc",
    "negative-length": POST + b"Content-Length: -3\r\n\r\nabc",
    "huge-length": POST + b"Content-Length: 18446744073709551619\r\n\r\nabc",
    "space-before-colon": POST + b"Content-Length : 3\r\n\r\nabc",
    "tab-before-colon": POST + b"Transfer-Encoding\t: chunked\r\n\r\n0\r\n\r\n",
    "folded-length": POST + b"X: y\r\n Content-Length: 3\r\n\r\nabc",
    "folded-coding": POST + b"Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n",
    "control-in-coding": POST + b"Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n",
    "unknown-coding": POST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "two-codings": POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "coding-twice": POST + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
    "coding-in-1.0": b"POST /nothing HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "bare-lf": b"POST /nothing HTTP/1.1\nHost: localhost\nContent-Length: 3\n\nabc",
    "bare-lf-in-headers": POST + b"X: y\nContent-Length: 3\r\n\r\nabc",
    "bare-cr-in-headers": POST + b"X: y\rContent-Length: 3\r\n\r\nabc",
    "nul-in-headers": POST + b"X: \0\r\nContent-Length: 3\r\n\r\nabc",
    "chunk-0x": CHUNKED + b"0x3\r\nabc\r\n0\r\n\r\n",
    "chunk-signed": CHUNKED + b"+3\r\nabc\r\n0\r\n\r\n",
    "chunk-negative": CHUNKED + b"-1\r\nabc\r\n0\r\n\r\n",
    "chunk-too-large": CHUNKED + b"fffffffffffffffff\r\nabc\r\n0\r\n\r\n",
    "chunk-too-short": CHUNKED + b"2\r\nabc\r\n0\r\n\r\n",
    "chunk-bare-lf": CHUNKED + b"3\nabc\n0\n\n",
    "chunk-extension-lf": CHUNKED + b"3;a\nb\r\nabc\r\n0\r\n\r\n",
    "trailer-bare-lf": CHUNKED + b"0\r\nX: y\n\r\n",
    "two-hosts": b"GET /nothing HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n",
    "no-host": b"GET /nothing HTTP/1.1\r\n\r\n",
    "two-names": b"GET http://localhost:1/nothing HTTP/1.1\r\nHost: localhost:2\r\n\r\n",
    "http-0.9": b"GET /nothing\r\n\r\n",
    "http-2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "connect": b"CONNECT localhost:80 HTTP/1.1\r\nHost: localhost:80\r\n\r\n",
    "foreign-name-with-body": b"POST /x HTTP/1.1\r\nHost: evil.example\r\nContent-Length: 3\r\n\r\nabc",
}


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, int]]:
    """A server that survives them all, and its port."""
    launcher = Launcher(tmp_path_factory.mktemp("web"))
    try:
        yield start_web(launcher, "--verbose")
        launcher.end_all()
    finally:
        launcher.kill_all()


def statuses(answers: bytes) -> list[int]:
    return [int(status) for status in re.findall(rb"^HTTP/1\.1 (\d{3}) ", answers, re.MULTILINE)]


@pytest.mark.parametrize("request_name", SMUGGLING)
def test_smuggling(web: tuple[Server, int], request_name: str) -> None:
    _, port = web
    with HttpWire.connect(port) as wire:
        wire.send(SMUGGLING[request_name] + GET_HIDDEN)
        (status,) = statuses(wire.read_to_end())
        assert 400 <= status < 600


def test_nothing_was_smuggled(web: tuple[Server, int]) -> None:
    """The log has every request that was answered."""
    server, port = web
    with HttpWire.connect(port) as wire:
        wire.ask(GET_HIDDEN.replace(b"/hidden", b"/last"))
    server.wait_for_log("/last")
    assert "/hidden" not in server.log


@pytest.mark.parametrize("piece", [1, 7])
def test_pipelining_in_small_pieces(web: tuple[Server, int], piece: int) -> None:
    _, port = web
    requests = (GET_LIVEZ + POST + b"Content-Length: 3\r\n\r\nabc" + CHUNKED + b"3\r\nabc\r\n0\r\n\r\n") * 3
    with HttpWire.connect(port) as wire:
        wire.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for at in range(0, len(requests), piece):
            wire.send(requests[at : at + piece])
        assert [wire.read_reply().status for _ in range(9)] == [200, 404, 404] * 3


def test_a_client_that_pipelines_without_reading_is_not_answered_without_end(web: tuple[Server, int]) -> None:
    server, port = web
    memory = PeakMemory(server)
    with HttpWire.connect(port) as wire:
        wire.socket.setblocking(False)
        sent = 0
        try:
            while sent < 64 * 1024 * 1024:
                sent += wire.socket.send(GET_LIVEZ * 1000)
        except BlockingIOError:
            pass
        with HttpWire.connect(port) as other:
            assert other.ask(GET_LIVEZ).status == 200
    assert memory.growth_mib < 8


def test_100_mb_of_json(web: tuple[Server, int]) -> None:
    """Refused by its length, or when chunked by what has come; and not kept meanwhile."""
    server, port = web
    memory = PeakMemory(server)
    url = f"http://localhost:{port}/api/v1/nothing"
    options = ["curl", "-sS", "-o", "-", "-w", "%{http_code}", "-H", "Expect:", "-T", "-", "-X", "POST", url]
    assert run_program(options, stdin=bytes(100_000_000)).endswith("413")
    with HttpWire.connect(port) as wire:
        wire.send(POST + b"Content-Length: 100000000\r\n\r\n")
        assert wire.read_reply().status == 413
    assert memory.growth_mib < 8


def test_continue_is_not_said_to_what_is_rejected(web: tuple[Server, int]) -> None:
    _, port = web
    with HttpWire.connect(port) as wire:
        assert wire.ask(POST + b"Expect: 100-continue\r\nContent-Length: 100000000\r\n\r\n").status == 413


@pytest.mark.parametrize(
    ("request_head", "status"),
    [
        (b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n", 414),
        (b"GET /livez HTTP/1.1\r\nHost: localhost\r\nX: " + b"a" * 40000 + b"\r\n\r\n", 431),
        (b"GET /livez HTTP/1.1\r\nHost: localhost\r\n" + b"X: y\r\n" * 200 + b"\r\n", 431),
        (b"A" * 100000, 431),
    ],
)
def test_heads_have_a_limit(web: tuple[Server, int], request_head: bytes, status: int) -> None:
    _, port = web
    with HttpWire.connect(port) as wire:
        wire.send(request_head)
        assert statuses(wire.read_to_end()) == [status]


def test_a_slow_head_is_answered(web: tuple[Server, int]) -> None:
    """Ten seconds for a head, however many bytes of it trickle in."""
    _, port = web
    with HttpWire.connect(port) as wire:
        started = time.monotonic()
        wire.socket.settimeout(1)
        for byte in GET_LIVEZ[:-2]:
            wire.send(bytes([byte]))
            try:
                if wire.socket.recv(1, socket.MSG_PEEK):
                    break
            except TimeoutError:
                continue
        wire.socket.settimeout(30)
        assert wire.read_reply().status == 408
        assert time.monotonic() - started > 9


def test_too_many_connections(launcher: Launcher) -> None:
    server, port = start_web(launcher, "--max-connections=3")
    kept = [HttpWire.connect(port) for _ in range(3)]
    assert [wire.ask(GET_LIVEZ).status for wire in kept] == [200] * 3
    with HttpWire.connect(port) as one_too_many:
        assert one_too_many.read_reply().status == 503
    server.wait_for_log("WARNING: .*an HTTP connection was not accepted: 3 are open")
    for wire in kept:
        wire.socket.close()


def test_log_lines_cannot_be_forged(web: tuple[Server, int]) -> None:
    server, port = web
    with HttpWire.connect(port) as wire:
        wire.ask(b"GET /\xff\xe2\x80\xae HTTP/1.1\r\nHost: localhost\r\n\r\n")
    with HttpWire.connect(port) as wire:
        wire.send(b"GET /\x1b[31m HTTP/1.1\r\nHost: localhost\r\n\r\n")
        wire.read_to_end()
    server.wait_for_log(re.escape(r"/\x1b[31m"))
    assert re.search(re.escape(r"/\xff\u{202e}"), server.log)
    assert "\x1b" not in server.log
