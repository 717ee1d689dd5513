"""What the disk can do without any mail server: the limit of whoever wants mails to be durable.

Python is quick enough for this: the calls that wait for the disk run without the interpreter's lock.
"""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bench.plan import KIB, MIB

REGION_BYTES = 16 * MIB


@dataclass(frozen=True)
class Probe:
    """One way to write."""

    key: str
    title: str
    n_threads: int
    size_bytes: int
    write: Callable[[Path, str, int, bytes], None]  # folder, name of the thread, how manieth time, what


def _overwrite(folder: Path, thread: str, i: int, octets: bytes) -> None:
    """What a journal does for a batch: octets where blocks are already, then fdatasync."""
    fd = os.open(folder / "region", os.O_WRONLY)
    try:
        os.pwrite(fd, octets, i * len(octets) % REGION_BYTES)
        os.fdatasync(fd)
    finally:
        os.close(fd)


def _new_file(folder: Path, thread: str, i: int, octets: bytes) -> None:
    """What a Maildir without a journal does for a mail; not even the folder is synced."""
    path = folder / "tmp" / f"{thread}.{i}"
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.write(fd, octets)
        os.fsync(fd)
    finally:
        os.close(fd)
    path.rename(folder / "new" / path.name)


PROBES = (
    Probe("overwrite4", "4 KiB over old blocks + fdatasync, 1 thread: per s", 1, 4 * KIB, _overwrite),
    Probe("overwrite64", "64 KiB over old blocks + fdatasync, 1 thread: per s", 1, 64 * KIB, _overwrite),
    Probe("file1", "4 KiB file + fsync + rename, 1 thread: per s", 1, 4 * KIB, _new_file),
    Probe("file20", "4 KiB file + fsync + rename, 20 threads: per s", 20, 4 * KIB, _new_file),
    Probe("large10", "1 MiB file + fsync + rename, 10 threads: per s", 10, MIB, _new_file),
)


def run_probe(probe: Probe, folder: Path, duration_s: float) -> float:
    """Writes per second, in a folder of its own."""
    for name in ("tmp", "new"):
        (folder / name).mkdir()
    (folder / "region").write_bytes(bytes(REGION_BYTES))
    os.sync()
    octets = os.urandom(probe.size_bytes)
    counts = [0] * probe.n_threads
    started_s = time.perf_counter()

    def work(thread: int) -> None:
        while time.perf_counter() - started_s < duration_s:
            probe.write(folder, str(thread), counts[thread], octets)
            counts[thread] += 1

    threads = [threading.Thread(target=work, args=(i,)) for i in range(probe.n_threads)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    elapsed_s = time.perf_counter() - started_s
    if probe.size_bytes >= MIB:
        shutil.rmtree(folder)  # few files that fill the disk; small ones stay, see Workplace
    return sum(counts) / elapsed_s
