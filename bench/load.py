"""The load: Postfix's smtp-source, and connections that do nothing."""

from __future__ import annotations

import os
import resource
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from bench.error import BenchError
from bench.plan import Workload
from bench.process import ServerProcess

LOAD_TIMEOUT_S = 180.0
IDLE_PER_ADDRESS = 1_000
SPARE_DESCRIPTORS = 1_000


def smtp_source_path() -> str:
    """Where smtp-source is; systems keep it out of a user's PATH."""
    path = shutil.which("smtp-source", path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin")
    if path is None:
        raise BenchError("smtp-source is not installed; it comes with Postfix: make install-dev")
    return path


def send_mails(process: ServerProcess, load: Workload, n_mails: int) -> float:
    """Sends that many by one smtp-source and returns the seconds it took.

    It has all connections open, but writes each mail without looking at the others: large mails come one by one.
    """
    started_s = time.perf_counter()
    _wait_for(process, load, [_start(process, load, load.n_clients, n_mails)])
    return time.perf_counter() - started_s


def send_side_by_side(process: ServerProcess, load: Workload) -> None:
    """Sends one mail from each client, each of which is an smtp-source of its own."""
    _wait_for(process, load, [_start(process, load, 1, 1) for _ in range(load.n_clients)])


def _start(process: ServerProcess, load: Workload, n_clients: int, n_mails: int) -> subprocess.Popen[str]:
    command = [
        *[smtp_source_path(), "-M", "bench.example", "-f", "sender@bench.example", "-t", "recipient@bench.example"],
        *["-s", str(n_clients), "-l", str(load.size_bytes), "-m", str(n_mails)],
        *(["-d"] if load.keep_connections else []),
        f"127.0.0.1:{process.port}",
    ]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


def _wait_for(process: ServerProcess, load: Workload, sources: list[subprocess.Popen[str]]) -> None:
    deadline_s = time.monotonic() + LOAD_TIMEOUT_S
    what = f"{process.server.name}, {load.title}"
    try:
        for source in sources:
            _, errors = source.communicate(timeout=max(deadline_s - time.monotonic(), 0))
            if source.returncode != 0:
                reason = errors.strip() or f"smtp-source ended with {source.returncode}"
                raise BenchError(f"{what}: {reason}; last in its log: {process.last_words()}")
    except subprocess.TimeoutExpired:
        raise BenchError(f"{what}: not done after {LOAD_TIMEOUT_S:.0f} s") from None
    finally:
        for source in sources:
            source.kill()  # does nothing to one that has ended
            source.wait()


def check_maildir(process: ServerProcess, load: Workload, n_mails: int) -> None:
    """The Maildir holds what was sent, whole, and nothing else."""
    if not process.server.fills_maildir:
        return
    name, maildir = process.server.name, process.maildir
    sizes = _file_sizes(maildir / "new")
    if len(sizes) != n_mails:
        raise BenchError(f"{name} took {n_mails} mails of {load.title} and stored {len(sizes)}")
    if min(sizes) < load.size_bytes * 9 // 10:  # line ends become shorter
        raise BenchError(f"{name} stored a mail of {load.title} in {min(sizes)} octets")
    if _file_sizes(maildir / "tmp"):
        raise BenchError(f"{name} left files in tmp/ after {load.title}")


def _file_sizes(folder: Path) -> list[int]:
    with os.scandir(folder) as entries:
        return [entry.stat().st_size for entry in entries]


def allow_descriptors(n_connections: int) -> bool:
    """Raises the limit for this process and those it starts; False when the system will not have it."""
    wanted = n_connections + SPARE_DESCRIPTORS
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), max(hard, wanted)))
    except (OSError, ValueError):
        return False
    return True


@contextmanager
def idle_connections(port: int, n_connections: int) -> Iterator[None]:
    """Holds connections that have read the greeting and say nothing. Several addresses, for each has so many ports."""
    with ExitStack() as stack:
        for i in range(n_connections):
            client = stack.enter_context(socket.socket())
            client.settimeout(10)
            client.bind((f"127.0.0.{2 + i // IDLE_PER_ADDRESS}", 0))
            client.connect(("127.0.0.1", port))
            if not client.recv(512).startswith(b"220"):
                raise BenchError(f"idle connection {i + 1} was not greeted")
        yield
