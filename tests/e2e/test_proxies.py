"""Who is behind a proxy: the PROXY protocol, versions 1 and 2, and XCLIENT."""

import re
import socket
import struct
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from hostile_support import read_block_field, wait_until
from programs import free_port, require_program, run_program
from server import PATIENCE_S, Launcher, Server
from smtp_wire import SmtpWire

MAIL = b"Subject: hello\r\n\r\nhello\r\n"
SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"


def version_2(body: bytes, family: int = 0x11, command: int = 0x21) -> bytes:
    return SIGNATURE + struct.pack("!BBH", command, family, len(body)) + body


IP4 = socket.inet_aton("192.0.2.1") + socket.inet_aton("198.51.100.2") + struct.pack("!HH", 40000, 25)
IP6 = socket.inet_pton(socket.AF_INET6, "2001:db8::1") * 2 + struct.pack("!HH", 40000, 25)

MAPPED = (socket.inet_pton(socket.AF_INET6, "::ffff:192.0.2.1")) * 2 + struct.pack("!HH", 40000, 25)

HEADERS = {
    "v1 TCP4": (b"PROXY TCP4 192.0.2.1 198.51.100.2 40000 25\r\n", "192.0.2.1:40000", "[192.0.2.1]"),
    "v1 TCP6": (b"PROXY TCP6 2001:db8::1 2001:db8::2 40000 25\r\n", "[2001:db8::1]:40000", "[IPv6:2001:db8::1]"),
    "v1 mapped": (b"PROXY TCP6 ::ffff:192.0.2.1 ::ffff:c633:6402 40000 25\r\n", "192.0.2.1:40000", "[192.0.2.1]"),
    "v2 mapped": (version_2(MAPPED, 0x21), "192.0.2.1:40000", "[192.0.2.1]"),
    "v2 IPv4": (version_2(IP4), "192.0.2.1:40000", "[192.0.2.1]"),
    "v2 IPv6": (version_2(IP6, 0x21), "[2001:db8::1]:40000", "[IPv6:2001:db8::1]"),
    "v2 IPv4 and values": (version_2(IP4 + b"\x04\x01\xf9" + bytes(505)), "192.0.2.1:40000", "[192.0.2.1]"),
}
HEADERS_WITHOUT_ADDRESS = {
    "v1 UNKNOWN": b"PROXY UNKNOWN\r\n",
    "v1 UNKNOWN with more": b"PROXY UNKNOWN whatever follows\r\n",
    "v2 LOCAL": version_2(b"", 0, 0x20),
    "v2 LOCAL with addresses": version_2(IP4, 0x11, 0x20),
    "v2 unspecified": version_2(b"", 0),
    "v2 unix socket": version_2(b"/run/evil\r\nX: y".ljust(108, b"\0") * 2, 0x31),
}
WRONG = {
    "no header": b"EHLO client.example.org\r\n",
    "HTTP": b"GET / HTTP/1.1\r\n",
    "v1 protocol": b"PROXY UDP4 192.0.2.1 198.51.100.2 40000 25\r\n",
    "v1 address": b"PROXY TCP4 192.0.2.1; 198.51.100.2 40000 25\r\n",
    "v1 port": b"PROXY TCP4 192.0.2.1 198.51.100.2 70000 25\r\n",
    "v1 bare LF": b"PROXY TCP4 192.0.2.1 198.51.100.2 40000 25\n",
    "v1 of 108 octets": b"PROXY UNKNOWN ".ljust(106, b"x") + b"\r\n",
    "v2 version": version_2(IP4, command=0x31),
    "v2 datagrams": version_2(IP4, 0x12),
    "v2 cut addresses": version_2(IP4[:-1]),
    "v2 cut value": version_2(IP4 + b"\x02\0\x05abc"),
    "v2 of 537 octets": version_2(bytes(521)),
    "TLS": b"\x16\x03\x01\x02\x00",
}


@pytest.fixture
def proxied(launcher: Launcher) -> Server:
    """A server behind a proxy on this machine."""
    return launcher.start("--proxy-protocol=127.0.0.1", "--proxy-protocol=::1")


def greet(wire: SmtpWire) -> None:
    wire.expect(220)
    wire.ask("EHLO client.example.org", 250)


def assert_peer_is(server: Server, peer: str, literal: str) -> None:
    """Holds log, X-Peer and Received of the one mail to naming that peer."""
    server.wait_for_log(rf"INFO: {re.escape(peer)}: sender@example\.com -> ")
    stored = server.only_mail()
    assert read_block_field(stored, "X-Peer") == peer
    assert literal in read_block_field(stored, "Received").partition(" by ")[0]


@pytest.mark.parametrize("dripped", [False, True], ids=["whole", "octet by octet"])
@pytest.mark.parametrize("name", HEADERS)
def test_peer_is_whom_the_header_names(proxied: Server, name: str, dripped: bool) -> None:
    header, peer, literal = HEADERS[name]
    with SmtpWire.connect(proxied.port) as wire:
        for piece in [header[i : i + 1] for i in range(len(header))] if dripped else [header]:
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


def test_header_on_a_unix_socket(launcher: Launcher, socket_folder: Path) -> None:
    path = socket_folder / "smtp"
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
    with SmtpWire.connect(server.port) as refused:
        refused.expect(421)
        refused.expect_end()
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
    family = "TCP6" if ":" in address else "TCP4"
    wire.send(f"PROXY {family} {address} {address} 40000 25\r\n".encode())
    return wire


def test_connections_per_address_are_counted_by_the_address_behind_the_proxy(launcher: Launcher) -> None:
    server = launcher.start("--proxy-protocol=127.0.0.1", "--max-connections-per-address=2")
    wires = [
        open_as(server, address) for address in ("192.0.2.1", "192.0.2.1", "192.0.2.2", "2001:db8::1", "2001:db8::2")
    ]
    for wire in wires:
        wire.expect(220)
    for address in ("192.0.2.1", "2001:db8::ffff:1"):
        with open_as(server, address) as refused:
            assert "your address" in refused.expect(421).text
            refused.expect_end()
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
    with SmtpWire.connect(server.port) as refused:
        refused.expect(421)
        refused.expect_end()
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
    """HAProxy in front of the server: a port for each version of the header it sends."""
    ports = {"send-proxy": free_port(), "send-proxy-v2": free_port()}
    fronts = "".join(
        f"listen {word}\n  bind 127.0.0.1:{port}\n"
        f"  server dsmtpd 127.0.0.1:{proxied.port} {word} check check-send-proxy\n"
        for word, port in ports.items()
    )
    configuration = tmp_path / "haproxy.cfg"
    configuration.write_text(
        f"defaults\n  mode tcp\n  timeout connect 30s\n  timeout client 30s\n  timeout server 30s\n{fronts}"
    )
    process = subprocess.Popen([require_program("haproxy"), "-db", "-f", str(configuration)], stderr=subprocess.DEVNULL)
    try:
        yield ports
    finally:
        process.terminate()
        process.wait(PATIENCE_S)


def can_connect(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), PATIENCE_S).close()
    except ConnectionRefusedError:
        return False
    return True


@pytest.mark.parametrize("word", ["send-proxy", "send-proxy-v2"])
def test_haproxy(proxied: Server, haproxy: dict[str, int], word: str) -> None:
    wait_until(lambda: can_connect(haproxy[word]), "HAProxy listens")
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
