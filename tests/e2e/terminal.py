"""A terminal on which a person runs one command after the other, for tests."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import shlex
import struct
import subprocess
import termios
import time
from collections.abc import Mapping
from pathlib import Path

from server import PATIENCE_S, clean_environment


class Terminal:
    """A session of a shell with a terminal of its own: what each command prints there is what a person sees."""

    def __init__(self, directory: Path, environment: Mapping[str, str], *, columns: int = 80, rows: int = 24) -> None:
        """`folder` is where it begins."""
        self._ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self._shell = subprocess.Popen(
            # The first terminal that the leader of a session opens becomes its own.
            ["sh", "-c", 'exec 3<>"$0" 3>&-; exec sh', os.ttyname(theirs)],
            stdin=subprocess.PIPE,
            stdout=theirs,
            stderr=theirs,
            cwd=directory,
            env=clean_environment({"TERM": "xterm", "NO_COLOR": "1", "PAGER": "", **environment}),
            start_new_session=True,
        )
        os.close(theirs)
        self._seen = b""
        self._n_commands = 0
        self.run("trap", ":", "INT")  # Ctrl+C is for the command alone

    def read_until(self, pattern: str) -> str:
        """Reads what is printed until the pattern is in it. Returns all up to its end, with LF line ends."""
        deadline = time.monotonic() + PATIENCE_S
        while not (match := re.search(pattern.encode(), self._seen, re.DOTALL)):
            ready, _, _ = select.select([self._ours], [], [], max(deadline - time.monotonic(), 0))
            assert ready, f"{pattern!r} did not appear in {self._seen!r}"
            self._seen += os.read(self._ours, 65536)
        printed, self._seen = self._seen[: match.end()], self._seen[match.end() :]
        return printed.decode().replace("\r\n", "\n")

    def begin(self, *words: str) -> None:
        """Starts a command, in the foreground."""
        self.type_line(shlex.join(words))

    def type_line(self, line: str) -> None:
        """Gives the shell a line, whose end read_end() waits for."""
        assert self._shell.stdin
        self._n_commands += 1
        self._shell.stdin.write(f'{line}\necho "end{self._n_commands}:$?."\n'.encode())
        self._shell.stdin.flush()

    def press(self, keys: str) -> None:
        """Keys for the program that reads the terminal itself."""
        os.write(self._ours, keys.encode())

    def read_end(self, code: int = 0) -> str:
        """What the command has printed until it ended, with this exit code."""
        printed = self.read_until(rf"end{self._n_commands}:\d+\.\r\n")
        text, _, end = printed.rpartition(f"end{self._n_commands}:")
        assert end == f"{code}.\n", printed
        return text

    def run(self, *words: str, code: int = 0) -> str:
        """What a command prints that ends with this exit code."""
        self.begin(*words)
        return self.read_end(code)

    def close(self) -> None:
        """Ends the session."""
        self._shell.kill()
        self._shell.communicate()
        os.close(self._ours)
