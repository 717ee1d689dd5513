"""The command line as its users see it, for tests."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from server import PATIENCE_S, binary, clean_environment

EXIT_OK = 0
EXIT_FAILED = 1
EXIT_INVALID_MAILDIR = 2
EXIT_USAGE = 64
EXIT_NO_SERVER = 69


@dataclass
class Done:
    """What became of a command."""

    code: int
    out: str
    err: str

    def expect(self, code: int = EXIT_OK) -> Done:
        assert self.code == code, f"it ended with {self.code}: {self.err or self.out}"
        return self

    @property
    def lines(self) -> list[str]:
        return self.expect().out.splitlines()

    def expect_error(self, code: int, text: str) -> None:
        """One line on standard error, with this text in it, and nothing on standard output."""
        self.expect(code)
        assert self.out == ""
        assert self.err.startswith("dsmtpd")
        assert self.err.count("\n") == 1, self.err
        assert text in self.err


class Cli:
    """Runs commands as a user would whose state is in a folder of the test's own."""

    def __init__(self, folder: Path, *place: str) -> None:
        self.folder = folder
        self.environment = {"XDG_STATE_HOME": str(folder / "state"), "XDG_RUNTIME_DIR": "", "TZ": "UTC"}
        self._place = place

    def at(self, *place: str) -> Cli:
        """The same user, who says where to look: at("--server", url)."""
        return Cli(self.folder, *place)

    def start(self, command: str, *words: str, env: Mapping[str, str] | None = None) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [binary(), command, *self._place, *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            text=True,
            cwd=self.folder,
            env=clean_environment({**self.environment, **(env or {})}),
        )

    def run(self, command: str, *words: str, env: Mapping[str, str] | None = None) -> Done:
        return end_of(self.start(command, *words, env=env))


def end_of(process: subprocess.Popen[str]) -> Done:
    """Waits for its end."""
    out, err = process.communicate(timeout=PATIENCE_S)
    return Done(process.returncode, out, err)
