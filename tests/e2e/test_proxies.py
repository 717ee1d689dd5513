"""Who is behind a proxy: the PROXY protocol, versions 1 and 2, and XCLIENT."""

import re
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from hostile_support import read_block_field, wait_until
from programs import run_program
from proxy_support import HEADERS, HEADERS_WITHOUT_ADDRESS, WRONG, haproxy_before, header_of, pieces_of
from server import Launcher, Server
from smtp_wire import SmtpWire

MAIL = b"Subject: hello\r\n\r\nhello\r\n"


@pytest.fixture
def proxied(launcher: Launcher) -> Server:
    """A server behind a proxy on this machine."""
    return launcher.start("--proxy-protocol=127.0.0.1", "--proxy-protocol=::1")


def greet(wire: SmtpWire) -> None:
    wire.expect(220)
    wire.ask("EHLO client.example.org", 250)


def assert_peer_is(server: Server, peer: str, literal: str) -> None:
    """Holds log, X-Peer and Received of the one message to naming that peer."""
    server.wait_for_log(rf"INFO: {re.escape(peer)}: sender@example\.com -> ")
    stored = server.only_mail()
    assert read_block_field(stored, "X-Peer") == peer
    assert literal in read_block_field(stored, "Received").partition(" by ")[0]


@pytest.mark.parametrize("dripped", [False, True], ids=["whole", "octet by octet"])
@pytest.mark.parametrize("name", HEADERS)
def test_peer_is_whom_the_header_names(proxied: Server, name: str, dripped: bool) -> None:
    header, peer, literal = HEADERS[name]
    with SmtpWire.connect(proxied.port) as wire:
        for piece in pieces_of(header, dripped=dripped):
            wire.send(piece)
        greet(wire)
        wire.send_mail(MAIL)
        wire.ask("NONSENSE", 500)
    assert_peer_is(proxied, peer, literal)
    proxied.wait_for_log(rf'INFO: {re.escape(peer)}: rejected "NONSENSE"')
    proxied.wait_for_log(rf"INFO: {re.escape(peer)}: connected through the proxy 127\.0\.0\.1:\d+$")


@pytest.mark.parametrize("name", HEADERS_WITHOUT_ADDRESS)
def test_header_without_address_leaves_the_proxys(proxied: Server, name: str) -> None:
    with SmtpWire.connect(proxied.port) as wire:
        own_port = wire.socket.getsockname()[1]
        wire.send(HEADERS_WITHOUT_ADDRESS[name])
        greet(wire)
        wire.send_mail(MAIL)
    assert_peer_is(proxied, f"127.0.0.1:{own_port}", "[127.0.0.1]")


def test_commands_sent_with_the_header_are_read(proxied: Server) -> None:
    with SmtpWire.connect(proxied.port) as wire:
        wire.send(HEADERS["v2 IPv4"][0] + b"EHLO x.example\r\nNOOP\r\nQUIT\r\n")
        for code in (220, 250, 250, 221):
            wire.expect(code)
        wire.expect_end()


@pytest.mark.parametrize("name", WRONG)
def test_wrong_header_closes_without_a_word_and_one_line(proxied: Server, name: str) -> None:
    with SmtpWire.connect(proxied.port) as wire:
        wire.send(WRONG[name] + b"EHLO x\r\n")
        wire.expect_end()
    proxied.wait_for_log(r"WARNING: 127\.0\.0\.1:\d+: closed the connection of this proxy: its? ")
    assert proxied.stop() == 0
    assert sum("127.0.0.1:" in line and "Starting" not in line for line in proxied.log_lines) == 1


def test_header_that_is_cut_off_is_logged(proxied: Server) -> None:
    with SmtpWire.connect(proxied.port) as wire:
        wire.send(b"PROXY TCP4 192.0.2.1")
    proxied.wait_for_log("closed the connection of this proxy: it ended before its PROXY header was complete")


def test_late_header_closes_without_a_word(launcher: Launcher) -> None:
    server = launcher.start("--proxy-protocol=127.0.0.0/8", "--timeout=1")
    with SmtpWire.connect(server.port) as wire:
        wire.send(b"PROXY TCP4 ")
        wire.expect_end()
    server.wait_for_log("closed the connection of this proxy: its PROXY header did not arrive in time")


def test_header_is_not_looked_for_from_others(launcher: Launcher) -> None:
    server = launcher.start("--proxy-protocol=192.0.2.0/24", "--proxy-protocol=unix")
    with SmtpWire.connect(server.port) as wire:
        wire.expect(220)
        wire.send(HEADERS["v1 TCP4"][0])
        wire.expect(500)
        wire.ask("EHLO x", 250)
        wire.send_mail(MAIL)
    assert read_block_field(server.only_mail(), "X-Peer").startswith("127.0.0.1:")


def test_header_on_a_unix_socket(launcher: Launcher, socket_directory: Path) -> None:
    path = socket_directory / "smtp"
    server = launcher.start("-i", f"unix:{path}", "--proxy-protocol=unix")
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(str(path))
    with SmtpWire(connection) as wire:
        wire.send(HEADERS["v1 TCP4"][0])
        greet(wire)
        wire.send_mail(MAIL)
    assert_peer_is(server, "192.0.2.1:40000", "[192.0.2.1]")
    server.wait_for_log(rf"192\.0\.2\.1:40000: connected through the proxy unix:{re.escape(str(path))}$")


def test_proxies_that_wait_count_as_connections(launcher: Launcher) -> None:
    server = launcher.start("--proxy-protocol=127.0.0.1", "--max-connections=2")
    waiting = [SmtpWire.connect(server.port) for _ in range(2)]
    with SmtpWire.connect(server.port) as rejected:
        rejected.expect(421)
        rejected.expect_end()
    waiting[0].send(HEADERS["v1 TCP4"][0])
    waiting[0].expect(220)
    for wire in waiting:
        wire.close()


def test_server_stops_while_a_proxy_is_waited_for(proxied: Server) -> None:
    with SmtpWire.connect(proxied.port) as wire:
        wire.send(b"PROXY")
        assert proxied.stop() == 0
        wire.expect_end()


# --- limits per address


def open_as(server: Server, address: str) -> SmtpWire:
    wire = SmtpWire.connect(server.port)
    wire.send(header_of(address))
    return wire


def test_connections_per_address_are_counted_by_the_address_behind_the_proxy(launcher: Launcher) -> None:
    server = launcher.start("--proxy-protocol=127.0.0.1", "--max-connections-per-address=2")
    wires = [
        open_as(server, address) for address in ("192.0.2.1", "192.0.2.1", "192.0.2.2", "2001:db8::1", "2001:db8::2")
    ]
    for wire in wires:
        wire.expect(220)
    for address in ("192.0.2.1", "2001:db8::ffff:1"):
        with open_as(server, address) as rejected:
            assert "your address" in rejected.expect(421).text
            rejected.expect_end()
    with open_as(server, "2001:db8:0:1::1") as other_network:
        other_network.expect(220)
    wires[0].ask("QUIT", 221)
    wires[0].expect_end()
    with open_as(server, "192.0.2.1") as wire:
        wire.expect(220)
    for wire in wires:
        wire.close()


def test_connections_per_address_without_a_proxy(launcher: Launcher) -> None:
    server = launcher.start("--max-connections-per-address=3")
    wires = [SmtpWire.greeted(server.port) for _ in range(3)]
    with SmtpWire.connect(server.port) as rejected:
        rejected.expect(421)
        rejected.expect_end()
    server.wait_for_log(r"127\.0\.0\.1:\d+: rejected: 421 4\.7\.0 too many connections from your address")
    wires[0].close()

    def is_served() -> bool:
        with SmtpWire.connect(server.port) as wire:
            return wire.read_reply().code == 220

    wait_until(is_served, "the place of a client that vanished is free")
    for wire in wires:
        wire.close()


# --- proxies that others wrote


def swaks(server: Server, *options: str) -> str:
    envelope = ["--from", "sender@example.com", "--to", "recipient@example.com"]
    return run_program(["swaks", *envelope, "--server", "127.0.0.1", "--port", str(server.port), *options])


@pytest.mark.parametrize(
    ("version", "family", "address"),
    [("1", "TCP4", "192.0.2.1"), ("1", "TCP6", "2001:db8::1"), ("2", "AF_INET", "192.0.2.1")],
)
def test_swaks_as_a_proxy(proxied: Server, version: str, family: str, address: str) -> None:
    ends = [
        "--proxy-source",
        address,
        "--proxy-source-port",
        "40000",
        "--proxy-dest",
        address,
        "--proxy-dest-port",
        "25",
    ]
    kind = ["--proxy-command", "PROXY", "--proxy-protocol", "STREAM"] if version == "2" else []
    swaks(proxied, "--proxy-version", version, "--proxy-family", family, *kind, *ends)
    is_ip6 = ":" in address
    assert_peer_is(
        proxied,
        f"[{address}]:40000" if is_ip6 else f"{address}:40000",
        f"[IPv6:{address}]" if is_ip6 else f"[{address}]",
    )


@pytest.fixture
def haproxy(proxied: Server, tmp_path: Path) -> Iterator[dict[str, int]]:
    with haproxy_before(proxied.port, tmp_path) as ports:
        yield ports


@pytest.mark.parametrize("word", ["send-proxy", "send-proxy-v2"])
def test_haproxy(proxied: Server, haproxy: dict[str, int], word: str) -> None:
    with SmtpWire.greeted(haproxy[word]) as wire:
        own_port = wire.socket.getsockname()[1]
        wire.send_mail(MAIL)
    assert_peer_is(proxied, f"127.0.0.1:{own_port}", "[127.0.0.1]")
    match = proxied.wait_for_log(rf"127\.0\.0\.1:{own_port}: connected through the proxy 127\.0\.0\.1:(\d+)$")
    assert match[1] != str(own_port)


# --- XCLIENT


def test_xclient_names_the_client(launcher: Launcher) -> None:
    server = launcher.start("--xclient=127.0.0.1")
    with SmtpWire.connect(server.port) as wire:
        wire.expect(220)
        assert "XCLIENT NAME ADDR" in wire.ask("EHLO proxy.example.org", 250).text
        wire.ask("XCLIENT NAME=client.example.org ADDR=192.0.2.1 PORT=40000 LOGIN=ann", 220)
        wire.ask("EHLO helo.example.org", 250)
        wire.send_mail(MAIL)
    assert_peer_is(server, "192.0.2.1:40000", "helo.example.org (client.example.org [192.0.2.1])")
    server.wait_for_log(r"127\.0\.0\.1:\d+: speaks for 192\.0\.2\.1:40000 \(client\.example\.org\), logged in as ann$")


def test_xclient_without_an_address(launcher: Launcher) -> None:
    server = launcher.start("--xclient=127.0.0.1")
    with SmtpWire.greeted(server.port) as wire:
        wire.ask("XCLIENT NAME=[UNAVAILABLE] ADDR=[UNAVAILABLE] HELO=helo.example.org PROTO=ESMTP", 220)
        wire.send_mail(MAIL)
    assert_peer_is(server, "unknown:0", "helo.example.org (unknown address)")


def test_xclient_is_unknown_to_others(launcher: Launcher) -> None:
    server = launcher.start("--xclient=192.0.2.0/24", "--xclient=unix")
    with SmtpWire.greeted(server.port) as wire:
        assert "XCLIENT" not in wire.ask("EHLO x", 250).text
        assert "XCLIENT" not in wire.ask("HELP", 214).text
        wire.ask("XCLIENT ADDR=192.0.2.1", 500)


def test_client_behind_a_proxy_does_not_have_the_proxys_rights(launcher: Launcher) -> None:
    server = launcher.start("--proxy-protocol=127.0.0.1", "--xclient=127.0.0.1")
    with open_as(server, "192.0.2.1") as wire:
        greet(wire)
        wire.ask("XCLIENT ADDR=192.0.2.2", 500)


def test_swaks_says_xclient(launcher: Launcher) -> None:
    server = launcher.start("--xclient=127.0.0.1")
    swaks(server, "--xclient-addr", "192.0.2.1", "--xclient-name", "client.example.org", "--xclient-port", "40000")
    assert_peer_is(server, "192.0.2.1:40000", "client.example.org [192.0.2.1]")
