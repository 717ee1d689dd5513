"""Who is behind a proxy, over HTTP: the PROXY protocol, and what the client's own address decides."""

import json
import re
from base64 import b64encode
from pathlib import Path

import pytest
from hostile_support import wait_until
from http_wire import GET_LIVEZ, HttpReply, HttpWire, start_web
from programs import run_program
from proxy_support import HEADERS, HEADERS_WITHOUT_ADDRESS, WRONG, can_connect, haproxy_before, header_of, pieces_of
from server import Launcher, Server
from tls_support import Authority

# Rejected, and so in the log.
GET_FOREIGN = b"GET /livez2 HTTP/1.1\r\nHost: foreign.example\r\n\r\n"

Web = tuple[Server, int]


@pytest.fixture
def proxied(launcher: Launcher) -> Web:
    """A server behind a proxy on this machine, and its port for HTTP."""
    return start_web(launcher, "--proxy-protocol=127.0.0.1", "--proxy-protocol=::1", "--verbose")


def wait_for_peer(server: Server, peer: str) -> None:
    server.wait_for_log(rf'INFO: {re.escape(peer)}: "GET /livez2": 403 ')


def open_as(port: int, address: str) -> HttpWire:
    wire = HttpWire.connect(port)
    wire.send(header_of(address))
    return wire


def ask_as(port: int, address: str, request: bytes) -> HttpReply:
    with open_as(port, address) as wire:
        return wire.ask(request)


@pytest.mark.parametrize("dripped", [False, True], ids=["whole", "byte by byte"])
@pytest.mark.parametrize("name", HEADERS)
def test_the_client_is_the_one_that_the_header_names(proxied: Web, name: str, dripped: bool) -> None:
    server, port = proxied
    header, peer, _ = HEADERS[name]
    with HttpWire.connect(port) as wire:
        for piece in pieces_of(header, dripped=dripped):
            wire.send(piece)
        assert wire.ask(GET_LIVEZ).status == 200
        assert wire.ask(GET_FOREIGN).status == 403
    wait_for_peer(server, peer)
    server.wait_for_log(rf"DEBUG: {re.escape(peer)}: connected through the proxy 127\.0\.0\.1:\d+$")


@pytest.mark.parametrize("name", HEADERS_WITHOUT_ADDRESS)
def test_a_header_without_an_address_leaves_the_proxys(proxied: Web, name: str) -> None:
    server, port = proxied
    with HttpWire.connect(port) as wire:
        own_port = wire.socket.getsockname()[1]
        wire.send(HEADERS_WITHOUT_ADDRESS[name] + GET_LIVEZ)
        assert wire.read_reply().status == 200
        assert wire.ask(GET_FOREIGN).status == 403
    wait_for_peer(server, f"127.0.0.1:{own_port}")


@pytest.mark.parametrize("name", [name for name in WRONG if name != "HTTP"])
def test_a_wrong_header_closes_without_a_reply_and_with_one_line(proxied: Web, name: str) -> None:
    server, port = proxied
    with HttpWire.connect(port) as wire:
        wire.send(WRONG[name] + GET_LIVEZ)
        assert wire.read_to_end() == b""
    server.wait_for_log(r"WARNING: 127\.0\.0\.1:\d+: closed the connection of this proxy: its? ")
    assert server.stop() == 0
    assert sum(bool(re.search(r"127\.0\.0\.1:\d+: ", line)) for line in server.log_lines) == 1


def test_a_request_without_a_header_is_not_answered(proxied: Web) -> None:
    _, port = proxied
    with HttpWire.connect(port) as wire:
        wire.send(GET_LIVEZ)
        assert wire.read_to_end() == b""


def test_a_health_check_that_connects_and_closes_is_logged(proxied: Web) -> None:
    server, port = proxied
    assert can_connect(port)
    server.wait_for_log("closed the connection of this proxy: it ended before its PROXY header was complete")
    assert ask_as(port, "192.0.2.1", GET_LIVEZ).status == 200


def test_a_late_header_closes_without_a_reply(launcher: Launcher) -> None:
    server, port = start_web(launcher, "--proxy-protocol=127.0.0.0/8", "--timeout=1")
    with HttpWire.connect(port) as wire:
        wire.send(b"PROXY TCP4 ")
        assert wire.read_to_end() == b""
    server.wait_for_log("closed the connection of this proxy: its PROXY header did not arrive in time")


def test_a_header_is_not_looked_for_from_others(launcher: Launcher) -> None:
    _, port = start_web(launcher, "--proxy-protocol=192.0.2.0/24", "--proxy-protocol=unix")
    assert ask_as(port, "192.0.2.1", GET_LIVEZ).status == 400


def test_a_header_on_a_unix_socket(launcher: Launcher, socket_directory: Path) -> None:
    path = socket_directory / "web"
    server = launcher.start(f"--http=unix:{path}", "--proxy-protocol=unix", "--verbose")
    server.wait_for_log("Serving HTTP at unix:")
    with HttpWire.connect_at(path) as wire:
        wire.send(header_of("192.0.2.1"))
        assert wire.ask(GET_LIVEZ).status == 200
    server.wait_for_log(rf"192\.0\.2\.1:40000: connected through the proxy unix:{re.escape(str(path))}$")
    server.wait_for_log(r'192\.0\.2\.1:40000: "GET /livez": 200')


def test_https_begins_after_the_header(launcher: Launcher, tmp_path: Path) -> None:
    authority = Authority(tmp_path / "ca")
    certificate = authority.issue("localhost", "DNS:localhost")
    server, port = start_web(launcher, *certificate.options, "--https", "--proxy-protocol=127.0.0.1", "--verbose")
    url = f"https://localhost:{port}/livez"
    run_program(["curl", "-sS", "--fail", "--cacert", str(authority.file), "--haproxy-protocol", url])
    server.wait_for_log(r'127\.0\.0\.1:\d+: "GET /livez": 200')
    server.wait_for_log(r"127\.0\.0\.1:\d+: connected through the proxy 127\.0\.0\.1:\d+$")


def test_a_server_stops_while_a_proxy_is_waited_for(proxied: Web) -> None:
    server, port = proxied
    with HttpWire.connect(port) as wire:
        wire.send(b"PROXY")
        assert server.stop() == 0
        assert wire.read_to_end() == b""


@pytest.mark.parametrize("word", ["send-proxy", "send-proxy-v2"])
def test_haproxy(proxied: Web, tmp_path: Path, word: str) -> None:
    server, port = proxied
    with haproxy_before(port, tmp_path) as ports, HttpWire.connect(ports[word]) as wire:
        own_port = wire.socket.getsockname()[1]
        assert wire.ask(GET_LIVEZ).status == 200
        match = server.wait_for_log(rf"127\.0\.0\.1:{own_port}: connected through the proxy 127\.0\.0\.1:(\d+)$")
    assert match[1] != str(own_port)


# --- limits


def test_proxies_that_wait_count_as_connections(launcher: Launcher) -> None:
    _, port = start_web(launcher, "--proxy-protocol=127.0.0.1", "--max-connections=2")
    waiting = [HttpWire.connect(port) for _ in range(2)]
    with HttpWire.connect(port) as one_too_many:
        assert one_too_many.read_reply().status == 503
    waiting[0].send(header_of("192.0.2.1"))
    assert waiting[0].ask(GET_LIVEZ).status == 200
    for wire in waiting:
        wire.socket.close()


def test_connections_per_address_are_counted_by_the_address_behind_the_proxy(launcher: Launcher) -> None:
    server, port = start_web(launcher, "--proxy-protocol=127.0.0.1", "--max-connections-per-address=2")
    addresses = ("192.0.2.1", "192.0.2.1", "192.0.2.2", "2001:db8::1", "2001:db8::2")
    wires = [open_as(port, address) for address in addresses]
    assert [wire.ask(GET_LIVEZ).status for wire in wires] == [200] * 5
    for address in ("192.0.2.1", "2001:db8::ffff:1"):
        with open_as(port, address) as one_too_many:
            reply = one_too_many.read_reply()
            assert one_too_many.read_to_end() == b""
        assert reply.status == 503
        assert reply.headers["retry-after"] == "1"
        assert reply.body == b"too many connections from your address; close some of them first\n"
    server.wait_for_log(
        r"WARNING: 192\.0\.2\.1:40000: an HTTP connection was not accepted: 2 are open from its address, "
        "as many as --max-connections-per-address allows"
    )
    assert ask_as(port, "2001:db8:0:1::1", GET_LIVEZ).status == 200
    wires[0].socket.close()

    def is_served() -> bool:
        return ask_as(port, "192.0.2.1", GET_LIVEZ).status == 200

    wait_until(is_served, "the connection that was closed no longer counts")
    metrics = ask_as(port, "192.0.2.9", b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n").body
    assert b'dsmtpd_connections_refused_total{server="smtp"} 0\n' in metrics
    assert b'dsmtpd_connections_refused_total{server="http"} 0\n' not in metrics
    for wire in wires:
        wire.socket.close()


def test_each_protocol_counts_its_own_connections(launcher: Launcher) -> None:
    server, port = start_web(launcher, "--max-connections-per-address=1")
    with HttpWire.connect(port) as wire, HttpWire.connect(server.port) as smtp:
        assert wire.ask(GET_LIVEZ).status == 200
        assert smtp.socket.recv(3) == b"220"
        with HttpWire.connect(port) as one_too_many:
            assert one_too_many.read_reply().status == 503


# --- what the client's own address decides


def inboxes_as(port: int, header: bytes, fields: str = "") -> bool:
    """Asks for the inboxes of all servers. TRUE: it was told."""
    with HttpWire.connect(port) as wire:
        wire.send(header)
        reply = wire.ask(f"GET /api/v1/inboxes HTTP/1.1\r\nHost: localhost\r\n{fields}\r\n".encode())
    assert reply.status == 200
    return bool(json.loads(reply.body)["Complete"])


def test_other_inboxes_are_told_to_clients_on_this_machine_only(proxied: Web) -> None:
    _, port = proxied
    assert inboxes_as(port, header_of("127.0.0.1"))
    assert inboxes_as(port, header_of("::1"))
    assert not inboxes_as(port, header_of("192.0.2.1"))
    assert not inboxes_as(port, header_of("127.0.0.1"), "X-Forwarded-For: 192.0.2.1\r\n")
    assert not inboxes_as(port, header_of("192.0.2.1"), "X-Forwarded-For: 127.0.0.1\r\n")
    for header in HEADERS_WITHOUT_ADDRESS.values():
        assert not inboxes_as(port, header)


def test_fields_of_proxies_do_not_change_who_the_client_is(proxied: Web) -> None:
    server, port = proxied
    request = b"GET /livez2 HTTP/1.1\r\nHost: foreign.example\r\nX-Forwarded-For: 198.51.100.9\r\n\r\n"
    assert ask_as(port, "192.0.2.1", request).status == 403
    wait_for_peer(server, "192.0.2.1:40000")
    assert "198.51.100.9" not in server.log


def test_guesses_count_by_the_clients_own_address(launcher: Launcher, tmp_path: Path) -> None:
    users = tmp_path / "users"
    users.write_text("alice:{PLAIN}secret\n")
    users.chmod(0o600)
    _, port = start_web(launcher, f"--http-auth-file={users}", "--proxy-protocol=127.0.0.1")

    def request(password: str) -> bytes:
        login = b64encode(f"alice:{password}".encode()).decode()
        return f"GET /api/v1/info HTTP/1.1\r\nHost: localhost\r\nAuthorization: Basic {login}\r\n\r\n".encode()

    guessers = [open_as(port, "192.0.2.1") for _ in range(30)]
    for n, wire in enumerate(guessers):
        wire.send(request(f"wrong-{n}"))
    for wire in guessers:
        assert wire.read_reply().status in (401, 429)
        wire.socket.close()
    assert ask_as(port, "192.0.2.1", request("secret")).status == 429
    assert ask_as(port, "192.0.2.2", request("secret")).status == 200
