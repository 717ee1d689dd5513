"""A server of one's own, for tests."""

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

#: How long a start or an end may take before it counts as failed.
PATIENCE_S = 60.0

# What would change how it starts.
_FOREIGN_VARIABLES = ("DSMTPD_", "LISTEN_", "NOTIFY_")


def find_program() -> str:
    """The program that the wheel carries, else `dsmtpd` on PATH."""
    carried = program_path()
    found = carried if os.access(carried, os.X_OK) else shutil.which("dsmtpd")
    if found is None:
        raise NotStarted("there is no program dsmtpd: neither in this package nor on PATH; install it, or name it")
    return found


class Server:
    """A dsmtpd on free ports of this machine, with a Maildir that is thrown away, until the block is left:

        with Server() as server:
            send_a_mail(server.smtp_host, server.smtp_port)
            print(server.inbox.latest())

    Mails need not survive a power cut here, so they are not synced to the disk; `Server("--sync=always")` does.
    """

    def __init__(self, *options: str, program: str | Path | None = None, maildir: str | Path | None = None) -> None:
        """`options` are those of the command line. A `maildir` that is given is kept."""
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

    # Starting and ending.

    def start(self) -> None:
        """Starts it and returns when it takes mails and answers questions. Raises NotStarted."""
        if self._process is not None:
            raise NotStarted("this server runs already")
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
                start_new_session=True,  # Ctrl+C is for the tests, which may want to list mails yet
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
        """Ends it; it may be ended already."""
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

    # Where it is.

    @property
    def smtp_host(self) -> str:
        """Where it takes mails."""
        return str(self._event("listening")["address"]).rpartition(":")[0].strip("[]")

    @property
    def smtp_port(self) -> int:
        """Where it takes mails."""
        return int(str(self._event("listening")["port"]))

    @property
    def url(self) -> str:
        """Where it serves HTTP."""
        return str(self._event("serving")["url"])

    @property
    def inbox(self) -> Inbox:
        """Its mails."""
        return Inbox(self.url)

    @property
    def maildir(self) -> Path:
        """Where it keeps them."""
        return Path(str(self._event("storage")["place"]))

    @property
    def environment(self) -> dict[str, str]:
        """The variables that tell a program where it is: SMTP_HOST, SMTP_PORT, MAIL_HOST, MAIL_PORT and DSMTPD_URL."""
        smtp = {"HOST": self.smtp_host, "PORT": str(self.smtp_port)}
        names = {f"{prefix}_{name}": value for prefix in ("SMTP", "MAIL") for name, value in smtp.items()}
        return {**names, URL_VARIABLE: self.url}

    # The log.

    @property
    def n_logged(self) -> int:
        """How many lines it has logged."""
        return self._log.n_lines if self._log else 0

    def log(self, start: int = 0) -> list[str]:
        """The lines it has logged but for the first `start`; at most the last 10,000."""
        return self._log.lines(start) if self._log else []

    def _event(self, kind: str) -> dict[str, object]:
        if self._log is None:
            raise NotStarted("this server was not started; call start(), or use it in a with block")
        return self._log.wait_for(kind, PATIENCE_S)
