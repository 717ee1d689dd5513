"""The command line as its users see it, for tests."""

from __future__ import annotations

import mailbox
import os
import pty
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import IO

from api_support import Api, make_mail
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
    """Runs commands as a user would whose state is in a directory of the test's own."""

    def __init__(self, directory: Path, *place: str) -> None:
        self.directory = directory
        self.environment = {"XDG_STATE_HOME": str(directory / "state"), "XDG_RUNTIME_DIR": "", "TZ": "UTC"}
        self._place = place

    def at(self, *place: str) -> Cli:
        """The same user, who says where to look: at("--server", url)."""
        return Cli(self.directory, *place)

    def start(
        self, command: str, *words: str, env: Mapping[str, str] | None = None, stdout: int | IO[bytes] = subprocess.PIPE
    ) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [binary(), command, *self._place, *words],
            stdout=stdout,
            stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            text=True,
            cwd=self.directory,
            env=clean_environment({**self.environment, **(env or {})}),
        )

    def run(self, command: str, *words: str, env: Mapping[str, str] | None = None) -> Done:
        return end_of(self.start(command, *words, env=env))

    def feed(self, given: bytes | IO[bytes], command: str, *words: str) -> Done:
        """Runs a command that reads standard input: bytes through a pipe, or a file from where it is."""
        process = subprocess.Popen(
            [binary(), command, *self._place, *words],
            stdin=subprocess.PIPE if isinstance(given, bytes) else given,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=self.directory,
            env=clean_environment(self.environment),
        )
        out, err = process.communicate(given if isinstance(given, bytes) else None, PATIENCE_S)
        return Done(process.returncode, out.decode(), err.decode())

    def data(self, command: str, *words: str) -> bytes:
        """What a command prints that ends well, byte by byte."""
        return subprocess.run(
            [binary(), command, *self._place, *words],
            stdout=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            cwd=self.directory,
            env=clean_environment(self.environment),
            timeout=PATIENCE_S,
            check=True,
        ).stdout

    def run_on_terminal(self, command: str, *words: str, env: Mapping[str, str] | None = None) -> str:
        """What a command that ends well prints on a terminal of 80 columns."""
        ours, theirs = pty.openpty()
        process = subprocess.Popen(
            [binary(), command, *self._place, *words],
            stdout=theirs,
            stderr=theirs,
            stdin=subprocess.DEVNULL,
            cwd=self.directory,
            env=clean_environment(
                {**self.environment, "TERM": "xterm", "COLUMNS": "80", "NO_COLOR": "", **(env or {})}
            ),
        )
        os.close(theirs)
        printed = b""
        try:
            while piece := os.read(ours, 65536):
                printed += piece
        except OSError:  # how Linux tells the end of a terminal
            pass
        os.close(ours)
        assert process.wait(PATIENCE_S) == EXIT_OK, printed
        return printed.decode().replace("\r\n", "\n")


class Place:
    """Mails that commands work on: those of a server, or of a Maildir that no server knows."""

    def __init__(self, cli: Cli, api: Api | None, maildir: Path) -> None:
        self.cli = cli
        self._api = api
        self.maildir = maildir

    @classmethod
    def of_server(cls, api: Api, directory: Path) -> Place:
        """`folder` is the user's."""
        return cls(Cli(directory, "--server", api.url), api, api.server.maildir)

    @classmethod
    def of_maildir(cls, maildir: Path) -> Place:
        """One without messages, which is made; its user is beside it."""
        return cls(Cli(maildir.parent, "-d", str(make_maildir(maildir, 0))), None, maildir)

    def put(self, mail: EmailMessage) -> str:
        """Another mail. Returns its ID."""
        if self._api:
            return self._api.put(mail)
        return mailbox.Maildir(self.maildir).add(mail)

    def clear(self) -> None:
        self.cli.run("rm", "--all").expect()


def make_maildir(path: Path, n_messages: int) -> Path:
    """A Maildir of somebody else's, with messages "number 0" and so on."""
    maildir = mailbox.Maildir(path)
    for number in range(n_messages):
        maildir.add(make_mail(f"number {number}"))
    return path


def end_of(process: subprocess.Popen[str]) -> Done:
    """Waits for its end."""
    out, err = process.communicate(timeout=PATIENCE_S)
    return Done(process.returncode, out, err)
