"""What the loop thread asks of the system, as strace sees it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pytest
from hostile_support import wait_until
from programs import require_program
from server import binary

# What returns at once, with why where that is not plain. Sockets, the wake-up descriptor and the log's do not block.
ALLOWED: Mapping[str, str] = {
    "epoll_wait": "the one place to wait",
    "epoll_pwait": "likewise",
    "epoll_ctl": "",
    "accept4": "non-blocking",
    "recvfrom": "non-blocking",
    "recvmsg": "non-blocking",
    "sendto": "non-blocking",
    "sendmsg": "non-blocking",
    "getsockname": "",
    "getpeername": "",
    "getsockopt": "",
    "setsockopt": "",
    "shutdown": "",
    "socket": "",
    "mmap": "memory, and stacks of threads",
    "munmap": "likewise",
    "mprotect": "likewise",
    "mremap": "likewise",
    "madvise": "likewise",
    "brk": "memory",
    "futex": "wakes threads of the crew, and waits for locks that are held for a few instructions",
    "clone": "starts a thread of the crew",
    "clone3": "likewise",
    "rt_sigprocmask": "likewise, without signals",
    "sched_getaffinity": "likewise",
    "set_robust_list": "likewise",
    "prlimit64": "likewise: the size of its stack",
    "rt_sigreturn": "end of a signal handler, which writes to libevent's socket",
    "restart_syscall": "the wait that a signal or strace broke off",
    "clock_gettime": "where the system has no faster way",
    "gettimeofday": "likewise",
    "getpid": "",
    "gettid": "",
    "getrandom": "",
    "getrusage": "",
    "uname": "",
    "close": "what is closed here is a socket or only read; no data waits for it",
}

# These may block; whether they do is up to the descriptor.
BY_DESCRIPTOR = {"read", "readv", "write", "writev", "pread64", "fcntl", "ioctl", "fstat", "newfstatat"}
HARMLESS = re.compile(r"^\w+\(\d+<(?:TCP|TCPv6|UNIX|UNIX-STREAM|socket|pipe|anon_inode):")

# /info and /metrics read what the kernel has counted, from a descriptor that stays open: there is no disk below it.
COUNTED = re.compile(r"^pread64\(\d+</proc/\d+/statm>")

# Only asks: the log does so before it writes.
ASKS = re.compile(r"^poll\(.*, 0\) += ")

CALL = re.compile(r"^(?P<name>\w+)\(")


class LoopTrace:
    """A wrapper for a server. strace follows no thread, so that it sees the first, which runs the loop."""

    def __init__(self, directory: Path) -> None:
        if b"__asan_init" in binary().read_bytes() or b"__tsan_init" in binary().read_bytes():
            pytest.skip("a sanitizer asks the system for more")
        self._file = directory / "calls"
        # -D: the tracer is the child, so that the test signals the server and not strace.
        self.wrapper = [require_program("strace"), "-D", "-yy", "-s", "64", "-o", str(self._file), "--"]

    def read_all(self) -> list[str]:
        """All calls, when the server has ended."""
        wait_until(
            lambda: "+++ exited" in self._file.read_text(encoding="utf-8", errors="replace"), "the trace is whole"
        )
        return self._file.read_text(encoding="utf-8", errors="replace").splitlines()

    def read_loop(self) -> list[str]:
        """Those from the first connection to the signal that ends the server."""
        lines = self.read_all()
        start = next(i for i, line in enumerate(lines) if line.startswith("accept4("))
        end = next(i for i, line in enumerate(lines) if line.startswith("--- SIGTERM"))
        return lines[start:end]


def may_block(line: str) -> bool:
    call = CALL.match(line)
    if not call or call["name"] in ALLOWED or ASKS.match(line):
        return False
    return call["name"] not in BY_DESCRIPTOR or not (HARMLESS.match(line) or COUNTED.match(line))
