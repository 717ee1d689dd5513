"""Clients that use up what a server has: many that idle, drip, come and go, or do not read. Each kind is a context: as
long as it is entered, its clients are there. Beside them, clients that send mail, and one that takes the time."""

from __future__ import annotations

import contextlib
import resource
import socket
import statistics
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from programs import require_program
from server import PATIENCE_S
from smtp_wire import SmtpWire

# Beside the descriptors of a crowd, for everything else in this process.
DESCRIPTORS_BESIDE = 200
DRIP_S = 0.05
PROBE_PAUSE_S = 0.02
N_BUSY = 20


def most_connections(wanted: int) -> int:
    """As many as this process, and so a server started by it, may have."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return wanted if hard == resource.RLIM_INFINITY else min(wanted, hard - DESCRIPTORS_BESIDE)


def _connect(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), PATIENCE_S)


@contextmanager
def _repeating(action: Callable[[], None]) -> Iterator[None]:
    """Does something over and over in a thread of its own."""
    ending = threading.Event()

    def repeat() -> None:
        while not ending.is_set():
            action()

    thread = threading.Thread(target=repeat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ending.set()
        thread.join(PATIENCE_S)


@contextmanager
def nobody(port: int, n_clients: int) -> Iterator[None]:
    """No crowd, to compare with."""
    yield


@contextmanager
def idle(port: int, n_clients: int) -> Iterator[None]:
    """Clients that were greeted and say nothing. All of them must still be served in the end."""
    with contextlib.ExitStack() as stack:
        wires = [stack.enter_context(SmtpWire(_connect(port))) for _ in range(n_clients)]
        for wire in wires:
            wire.expect(220)
        yield
        for wire in wires:
            wire.send(b"NOOP\r\n")
        for wire in wires:
            wire.expect(250)


@contextmanager
def dripping(port: int, n_clients: int) -> Iterator[None]:
    """Slowloris: clients that send a message byte by byte."""
    with contextlib.ExitStack() as stack:
        wires = [stack.enter_context(SmtpWire.greeted(port)) for _ in range(n_clients)]
        for wire in wires:
            wire.begin_data()

        def drip() -> None:
            for wire in wires:
                wire.send(b"x")
            time.sleep(DRIP_S)

        with _repeating(drip):
            yield
        for wire in wires:
            wire.send(b"\r\n.\r\n")
            wire.expect(250)


@contextmanager
def coming_and_going(port: int, n_clients: int) -> Iterator[None]:
    """A flood: clients that connect, say nothing and reset the connection, as fast as they can."""
    reset_at_close = b"\x01\x00\x00\x00\x00\x00\x00\x00"

    def come_and_go() -> None:
        connection = _connect(port)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, reset_at_close)
        connection.close()

    with _repeating(come_and_go):
        yield


@contextmanager
def half_open_tls(port: int, n_clients: int) -> Iterator[None]:
    """Clients that begin a handshake and leave it at that."""
    client_hello = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(32)
    with contextlib.ExitStack() as stack:
        for _ in range(n_clients):
            stack.enter_context(_connect(port)).sendall(client_hello)
        yield


@contextmanager
def deaf(port: int, n_clients: int) -> Iterator[None]:
    """Clients that ask for long replies and read none."""
    with contextlib.ExitStack() as stack:
        connections = [stack.enter_context(_connect(port)) for _ in range(n_clients)]
        for connection in connections:
            connection.setblocking(False)

        def ask() -> None:
            for connection in connections:
                with contextlib.suppress(BlockingIOError):
                    connection.send(b"HELP\r\n" * 100)
            time.sleep(DRIP_S)

        with _repeating(ask):
            yield


@contextmanager
def busy(port: int) -> Iterator[None]:
    """20 clients that send mail without a pause."""
    command = [require_program("smtp-source"), "-s", str(N_BUSY), "-l", "4096", "-m", "100000000"]
    process = subprocess.Popen([*command, "-d", f"inet:127.0.0.1:{port}"], stderr=subprocess.DEVNULL)
    try:
        yield
        assert process.poll() is None, "the busy clients gave up"
    finally:
        process.kill()
        process.wait(PATIENCE_S)


@dataclass
class Probe:
    """A client that sends one message per connection and measures each, from connect to the reply to QUIT."""

    port: int
    times_s: list[float] = field(default_factory=list)

    def run(self, seconds: float) -> None:
        """Sends for so long; whatever goes wrong is an error."""
        end = time.monotonic() + seconds
        while time.monotonic() < end or not self.times_s:
            start = time.perf_counter()
            with SmtpWire.greeted(self.port) as wire:
                wire.send_mail(b"Subject: probe\r\n\r\nhello\r\n", sender="probe@example.com")
                wire.ask("QUIT", 221)
            self.times_s.append(time.perf_counter() - start)
            time.sleep(PROBE_PAUSE_S)

    def describe(self) -> str:
        ordered = sorted(self.times_s)
        p99 = ordered[min(len(ordered) - 1, len(ordered) * 99 // 100)]
        return (
            f"{len(ordered)} mails, median {statistics.median(ordered) * 1000:.1f} ms, "
            f"99th of 100 {p99 * 1000:.1f} ms, slowest {ordered[-1] * 1000:.1f} ms"
        )
