"""The PROXY protocol, versions 1 and 2: headers, right and wrong, and HAProxy, which writes them itself."""

import contextlib
import socket
import struct
import subprocess
from collections.abc import Iterator
from pathlib import Path

from hostile_support import wait_until
from programs import free_port, require_program
from server import PATIENCE_S

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


def header_of(address: str) -> bytes:
    """A header for a client at that address, port 40000."""
    family = "TCP6" if ":" in address else "TCP4"
    return f"PROXY {family} {address} {address} 40000 25\r\n".encode()


def pieces_of(header: bytes, *, dripped: bool) -> list[bytes]:
    return [header[i : i + 1] for i in range(len(header))] if dripped else [header]


def can_connect(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), PATIENCE_S).close()
    except ConnectionRefusedError:
        return False
    return True


@contextlib.contextmanager
def haproxy_before(port: int, folder: Path) -> Iterator[dict[str, int]]:
    """HAProxy in front of that port: a port of its own for each version of the header it sends, which serve."""
    ports = {"send-proxy": free_port(), "send-proxy-v2": free_port()}
    fronts = "".join(
        f"listen {word}\n  bind 127.0.0.1:{own_port}\n  server dsmtpd 127.0.0.1:{port} {word} check check-send-proxy\n"
        for word, own_port in ports.items()
    )
    configuration = folder / "haproxy.cfg"
    configuration.write_text(
        f"defaults\n  mode tcp\n  timeout connect 30s\n  timeout client 30s\n  timeout server 30s\n{fronts}"
    )
    process = subprocess.Popen([require_program("haproxy"), "-db", "-f", str(configuration)], stderr=subprocess.DEVNULL)
    try:
        wait_until(lambda: all(map(can_connect, ports.values())), "HAProxy listens")
        yield ports
    finally:
        process.terminate()
        process.wait(PATIENCE_S)
