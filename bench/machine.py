"""The machine a table was taken on, in words."""

from __future__ import annotations

import os
import platform
from datetime import date
from pathlib import Path

from bench.plan import MIB

JOURNALS = Path("/proc/fs/jbd2")


def describe_machine(folder: Path) -> str:
    """One sentence; `folder` is where the mails are stored."""
    memory_kib = _proc_value("/proc/meminfo", "MemTotal", "0 kB").split()[0]
    return (
        f"{date.today().isoformat()}; {_proc_value('/proc/cpuinfo', 'model name', platform.machine())}, "
        f"{len(os.sched_getaffinity(0))} cores, {int(memory_kib) / MIB:.0f} GiB; "
        f"{platform.system()} {platform.release()}; {_filesystem(folder)}; load average {os.getloadavg()[0]:.1f} "
        "at the start"
    )


def _proc_value(path: str, key: str, default: str) -> str:
    for line in Path(path).read_text().splitlines():
        name, _, value = line.partition(":")
        if name.strip() == key:
            return value.strip()
    return default


def _filesystem(folder: Path) -> str:
    """Type and options of the mount that has the folder."""
    device = folder.stat().st_dev
    number = f"{os.major(device)}:{os.minor(device)}"
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        mount, _, rest = line.partition(" - ")
        if mount.split()[2] == number:
            kind, source, options = rest.split(maxsplit=2)
            # Without one, ext4 has less to do for an fsync.
            unjournaled = kind == "ext4" and not list(JOURNALS.glob(f"{Path(source).name}-*"))
            return f"{kind}{' without a journal' if unjournaled else ''} ({options})"
    return "unknown file system"
