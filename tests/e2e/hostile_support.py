"""Shared by the tests that treat the server badly: what a stored message was on the wire, memory, and waits."""

import fcntl
import re
import socket
import struct
import termios
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from server import PATIENCE_S, Server, binary
from smtp_wire import SmtpWire

POLL_S = 0.002

_FIELD = rb"%b:[^\n]*\n(?:[ \t][^\n]*\n)*"

# The block in front of a stored mail. Received has three lines, so a message that begins with a blank is told from it.
_BLOCK = re.compile(
    b"".join(_FIELD % name for name in (b"Return-Path", b"X-Peer", b"X-MailFrom", b"X-RcptTo"))
    + rb"(?:X-(?!Bare-LF)[A-Za-z-]+:[^\n]*\n(?:[ \t][^\n]*\n)*)*"
    + rb"(?:X-Bare-LF:(?P<bare_lf>[^\n]*(?:\n [^\n]*)*)\n)?"
    + rb"Received: [^\n]*\n\t[^\n]*\n\t[^\n]*\n"
)


def wait_until(condition: Callable[[], bool], what: str) -> None:
    """Waits for what makes no sound of its own, such as a file that changes."""
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, f"{PATIENCE_S:.0f} s passed without: {what}"
        time.sleep(POLL_S)


def split_stored(stored: bytes) -> tuple[bytes, bytes]:
    """The block in front, and the message with its line ends made LF."""
    block = _BLOCK.match(stored)
    assert block, f"no block in front: {stored[:400]!r}"
    return stored[: block.end()], stored[block.end() :]


def bare_lf_ordinals(block: bytes) -> set[int]:
    """Which LFs of the stored message were bare on the wire, counted from 1."""
    match = _BLOCK.match(block)
    assert match
    ordinals: set[int] = set()
    for run in (match["bare_lf"] or b"").split():
        first, _, last = run.partition(b"-")
        ordinals.update(range(int(first), int(last or first) + 1))
    return ordinals


def received_bytes(stored: bytes) -> bytes:
    """The message byte for byte as it came, dots unstuffed."""
    block, mail = split_stored(stored)
    bare = bare_lf_ordinals(block)
    *lines, rest = mail.split(b"\n")
    return b"".join(line + (b"\n" if n in bare else b"\r\n") for n, line in enumerate(lines, 1)) + rest


def unstuffed(content: bytes) -> bytes:
    """What a server has to make of the bytes between DATA and CRLF . CRLF (RFC 5321 4.5.2)."""
    return re.sub(rb"(\A|\r\n)\.", rb"\1", content)


def read_block_field(stored: bytes, name: str) -> str:
    """The unfolded value of a field of the block."""
    block, _ = split_stored(stored)
    match = re.search(rb"^%b: ?([^\n]*(?:\n[ \t][^\n]*)*)" % name.encode(), block, re.MULTILINE)
    assert match, f"no {name} in {block!r}"
    return re.sub(r"\n[ \t]", " ", match[1].decode())


def wait_until_read(connection: socket.socket) -> None:
    """Waits until the peer of a unix socket has read all that was sent."""
    wait_until(
        lambda: struct.unpack("i", fcntl.ioctl(connection, termios.TIOCOUTQ, bytes(4)))[0] == 0,
        "the server reads what it was sent",
    )


def send_split(wire: SmtpWire, data: bytes, *positions: int) -> None:
    """Sends bytes over a unix socket so that the server reads up to each position in turn."""
    at = 0
    for position in (*positions, len(data)):
        wire.send(data[at:position])
        wait_until_read(wire.socket)
        at = position


def assert_in_step(wire: SmtpWire) -> None:
    """Holds the server to owing no other reply, and to having begun no mail that it was not told to begin."""
    reply = wire.ask("VRFY in-step", 252)
    assert reply.lines[0].startswith("2.")
    wire.ask("RCPT TO:<nobody@example.com>", 503)


class PeakMemory:
    """How far the server's resident memory ever grew."""

    def __init__(self, server: Server) -> None:
        self._path = Path(f"/proc/{server.process.pid}/status")
        if not self._path.exists():
            pytest.skip("memory is read from /proc")
        if any(mark in binary().read_bytes() for mark in (b"__asan_init", b"__tsan_init")):
            pytest.skip("sanitizers keep memory that was freed")
        self._before_kib = self._read("VmRSS")

    def _read(self, name: str) -> int:
        match = re.search(rf"^{name}:\s+(\d+) kB$", self._path.read_text(), re.MULTILINE)
        assert match
        return int(match[1])

    @property
    def growth_mib(self) -> float:
        """The highest it has been, ended connections included, over what it was at first."""
        return (self._read("VmHWM") - self._before_kib) / 1024
