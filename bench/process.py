"""One server process from exec to exit, and what the kernel knows about it."""

from __future__ import annotations

import errno
import os
import random
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.error import BenchError
from bench.plan import KIB, MIB
from bench.server import Server

START_TIMEOUT_S = 30.0
STOP_TIMEOUT_S = 30.0
# Below the range from which the kernel gives ports to clients: one of those must not take the server's.
PORTS = range(20_000, 32_000)
CLOCK_TICKS_PER_S = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class ServerProcess:
    """A server that greets."""

    server: Server
    maildir: Path
    log: Path
    port: int
    web_port: int
    pid: int
    ready_ms: float  # from exec to the greeting

    def cpu_ms(self) -> float:
        """What all its threads used so far."""
        # The name, in parentheses, may hold anything; the third field follows it.
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        user_ticks, system_ticks = int(fields[11]), int(fields[12])
        return (user_ticks + system_ticks) * 1000 / CLOCK_TICKS_PER_S

    def memory_mib(self) -> float:
        """Resident now."""
        return self._status_mib("VmRSS")

    def peak_memory_mib(self) -> float:
        """The most that was ever resident."""
        return self._status_mib("VmHWM")

    def own_memory_mib(self) -> float:
        """Resident now, without what are pages of files."""
        return self._status_mib("RssAnon")

    def last_words(self) -> str:
        """The last line it wrote."""
        return _last_line(self.log)

    def _status_mib(self, name: str) -> float:
        for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith(f"{name}:"):
                return int(line.split()[1]) * KIB / MIB
        raise BenchError(f"the kernel does not tell {name} of {self.server.name}")


@contextmanager
def running(server: Server, maildir: Path, *, many_connections: bool = False) -> Iterator[ServerProcess]:
    """A server that is up inside `with`. Its output goes to a file beside the Maildir."""
    port, web_port = _free_port(), _free_port()
    program, *options = server.command(port, web_port, maildir)
    command = [program, *(server.many_connections if many_connections else ()), *options]
    log = maildir.with_name("server.log")
    with log.open("wb") as output:
        started_s = time.perf_counter()
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
    try:
        _await_greeting(process, server.name, port, log)
        ready_ms = (time.perf_counter() - started_s) * 1000
        yield ServerProcess(server, maildir, log, port, web_port, process.pid, ready_ms)
        process.terminate()
        process.wait(STOP_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        raise BenchError(f"{server.name} did not end when told to") from None
    finally:
        process.kill()  # does nothing to one that has ended
        process.wait()


def _await_greeting(process: subprocess.Popen[bytes], name: str, port: int, log: Path) -> None:
    """Asks without pause: the other cores are free, and a sleep would be measured as well."""
    deadline_s = time.perf_counter() + START_TIMEOUT_S
    while not _greets(port):
        if process.poll() is not None:
            raise BenchError(f"{name} ended at its start: {_last_line(log)}")
        if time.perf_counter() > deadline_s:
            raise BenchError(f"{name} gave no greeting: {_last_line(log)}")


def _greets(port: int) -> bool:
    """Whether somebody answers there with 220; takes leave at once."""
    with socket.socket() as client:
        client.settimeout(START_TIMEOUT_S)
        if client.connect_ex(("127.0.0.1", port)) != 0:
            return False
        greeting = client.recv(512)
        client.sendall(b"QUIT\r\n")
    return greeting.startswith(b"220")


def _last_line(log: Path) -> str:
    return (log.read_text(errors="replace").strip().splitlines() or ["it said nothing"])[-1]


def _free_port() -> int:
    for port in random.sample(PORTS, 100):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError as error:
                if error.errno != errno.EADDRINUSE:
                    raise
            else:
                return port
    raise BenchError("no free port found")
