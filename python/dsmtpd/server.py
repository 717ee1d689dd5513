"""Starts a server for tests."""

from __future__ import annotations

import atexit
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from types import TracebackType

from dsmtpd import program_path
from dsmtpd.errors import NotStarted
from dsmtpd.inbox import URL_VARIABLE, Inbox
from dsmtpd.server_log import ServerLog

#: Seconds after which a start or stop counts as failed.
PATIENCE_S = 60.0

# These would change how it starts.
_FOREIGN_VARIABLES = ("DSMTPD_", "LISTEN_", "NOTIFY_")


def find_program() -> str:
    """The program that was installed with this package, else `dsmtpd` on PATH."""
    try:
        return program_path()
    except FileNotFoundError:
        found = shutil.which("dsmtpd")
    if found is None:
        raise NotStarted("no program dsmtpd in this package or on PATH; install it, or give its path")
    return found


class Server:
    """A dsmtpd on free ports, with a temporary Maildir, until the block is left:

        with Server() as server:
            send_mail(server.smtp_host, server.smtp_port)
            print(server.inbox.latest())

    Messages are not synced to disk, because tests need not survive a power cut; `Server("--sync=always")` syncs them.
    """

    def __init__(self, *options: str, program: str | Path | None = None, maildir: str | Path | None = None) -> None:
        """`options` are those of the command line. A `maildir` given here is kept."""
        self._options = options
        self._program = program
        self._maildir = maildir
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._log: ServerLog | None = None

    def __enter__(self) -> Server:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    # Start and stop.

    def start(self) -> None:
        """Starts the server and returns when it accepts messages and requests. Raises NotStarted."""
        if self._process is not None:
            raise NotStarted("this server is running already")
        program = str(self._program or find_program())
        if self._maildir is None:
            self._folder = tempfile.TemporaryDirectory(prefix="dsmtpd-")
            self._maildir = Path(self._folder.name) / "mail"
        usual = [f"--directory={self._maildir}", "--port=0", "--http=127.0.0.1:0", "--sync=none", "--log-format=json"]
        try:
            self._process = subprocess.Popen(
                [program, *usual, *self._options],
                env={name: value for name, value in os.environ.items() if not name.startswith(_FOREIGN_VARIABLES)},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                start_new_session=True,  # Ctrl+C is for the tests, which may still list messages
            )
        except OSError as error:
            self.stop()
            raise NotStarted(f"{program} could not be started: {error}") from error
        atexit.register(self.stop)
        assert self._process.stderr is not None
        self._log = ServerLog(self._process.stderr)
        try:
            self._event("listening")
            self._event("serving")
        except NotStarted:
            self.stop()
            raise

    def stop(self) -> None:
        """Stops the server; does nothing if it is not running."""
        atexit.unregister(self.stop)
        process, self._process = self._process, None
        if process is not None:
            process.terminate()
            try:
                process.wait(PATIENCE_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            if self._log is not None:
                self._log.wait_for_end()
        folder, self._folder = self._folder, None
        if folder is not None:
            folder.cleanup()
            self._maildir = None

    # Addresses.

    @property
    def smtp_host(self) -> str:
        """Host of its SMTP listener."""
        return str(self._event("listening")["address"]).rpartition(":")[0].strip("[]")

    @property
    def smtp_port(self) -> int:
        """Port of its SMTP listener."""
        return int(str(self._event("listening")["port"]))

    @property
    def url(self) -> str:
        """The address of its page and API."""
        return str(self._event("serving")["url"])

    @property
    def inbox(self) -> Inbox:
        """Its messages."""
        return Inbox(self.url)

    @property
    def maildir(self) -> Path:
        """The Maildir that holds them."""
        return Path(str(self._event("storage")["place"]))

    @property
    def environment(self) -> dict[str, str]:
        """The variables that lead programs to it: SMTP_HOST, SMTP_PORT, MAIL_HOST, MAIL_PORT and DSMTPD_URL."""
        smtp = {"HOST": self.smtp_host, "PORT": str(self.smtp_port)}
        names = {f"{prefix}_{name}": value for prefix in ("SMTP", "MAIL") for name, value in smtp.items()}
        return {**names, URL_VARIABLE: self.url}

    # The log.

    @property
    def n_logged(self) -> int:
        """Number of lines it has logged."""
        return self._log.n_lines if self._log else 0

    def log(self, start: int = 0) -> list[str]:
        """The lines it has logged, without the first `start`; at most the last 10,000."""
        return self._log.lines(start) if self._log else []

    def _event(self, kind: str) -> dict[str, object]:
        if self._log is None:
            raise NotStarted("this server was not started; call start(), or use it in a with block")
        return self._log.wait_for(kind, PATIENCE_S)
