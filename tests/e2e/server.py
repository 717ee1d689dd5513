"""Starts the built dsmtpd for a test and watches what it logs."""

import os
import re
import signal
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent

# Programs run much slower under the sanitizers; a wait that is met ends at once anyway.
PATIENCE_S = float(os.environ.get("PATIENCE_S", "30"))

# Variables that change how the server starts.
FOREIGN = ("DSMTPD_", "LISTEN_", "NOTIFY_", "MP_", "MH_")

STARTED = re.compile(r'Starting SMTPS? server at ([^\s"]+)')
SMTPS = re.compile(r'Starting SMTPS server at [^\s"]+:(\d+)')


def binary() -> Path:
    """The program under test."""
    path = Path(os.environ.get("DSMTPD_BINARY", ROOT / "build" / "dsmtpd")).absolute()
    if not path.exists():
        raise FileNotFoundError(f"{path} is not built; run make, or set DSMTPD_BINARY")
    return path


def clean_environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """Our environment without what would change how the server starts."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
    return {**kept, **(extra or {})}


class Server:
    """A running dsmtpd."""

    def __init__(self, process: subprocess.Popen[bytes], maildir: Path) -> None:
        self.process = process
        self.maildir = maildir
        self.log_lines: list[str] = []
        self._log_ended = False
        self._log_changed = threading.Condition()
        self._reader = threading.Thread(target=self._read_log, daemon=True)
        self._reader.start()

    def _read_log(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            with self._log_changed:
                # Anything a client could smuggle into the log is to be seen by the tests as it is.
                self.log_lines.append(line.decode("utf-8", "surrogateescape").removesuffix("\n"))
                self._log_changed.notify_all()
        with self._log_changed:
            self._log_ended = True
            self._log_changed.notify_all()

    @property
    def log(self) -> str:
        return "\n".join(self.log_lines)

    def wait_for_log(self, pattern: str | re.Pattern[str], *, count: int = 1) -> re.Match[str]:
        """Waits until that many log lines match, from the first line on, and returns the last of those matches."""
        deadline = time.monotonic() + PATIENCE_S
        with self._log_changed:
            while True:
                matches = [match for line in self.log_lines if (match := re.search(pattern, line))]
                if len(matches) >= count:
                    return matches[count - 1]
                remaining = deadline - time.monotonic()
                if self._log_ended or remaining <= 0:
                    reason = "the log ended" if self._log_ended else f"{PATIENCE_S:.0f} s passed"
                    raise AssertionError(f"{reason} without {count} lines like {pattern!r}:\n{self.log}")
                self._log_changed.wait(remaining)

    @property
    def addresses(self) -> list[str]:
        """Where it listens, as the log says."""
        return [match.group(1) for line in self.log_lines if (match := STARTED.search(line))]

    @property
    def port(self) -> int:
        """The port of the first address."""
        return int(self.addresses[0].rpartition(":")[2])

    @property
    def smtps_port(self) -> int:
        """The port that begins with TLS."""
        return int(self.wait_for_log(SMTPS).group(1))

    @property
    def ca_file(self) -> Path:
        """The CA of its own, as the log names it."""
        return Path(self.wait_for_log(r"--cacert (.+)$").group(1))

    def messages(self) -> list[Path]:
        """The files of all messages, in the order they were stored, which the numbers in their names tell."""
        paths = [path for directory in ("new", "cur") for path in (self.maildir / directory).iterdir()]
        return sorted(paths, key=lambda path: [int(number) for number in re.findall(r"\d+", path.name)])

    def only_mail(self) -> bytes:
        """The bytes of the one message there is."""
        messages = self.messages()
        assert len(messages) == 1, f"{len(messages)} mails instead of one:\n{self.log}"
        return messages[0].read_bytes()

    def wait(self) -> int:
        """Waits for its end. Returns the exit code; negative when a signal ended it."""
        code = self.process.wait(PATIENCE_S)
        self._reader.join(PATIENCE_S)
        return code

    def stop(self, signal_number: int = signal.SIGTERM) -> int:
        """Asks it to end. Returns the exit code."""
        self.process.send_signal(signal_number)
        return self.wait()

    def kill(self) -> None:
        """Ends it without asking, as kill -9 does."""
        self.process.kill()
        self.wait()


class Launcher:
    """Starts servers and, when the test is over, ends those that still run."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._servers: list[Server] = []

    def start(
        self,
        *options: str,
        maildir: Path | None = None,
        env: Mapping[str, str] | None = None,
        wrapper: Sequence[str] = (),
        program: Path | None = None,
        defaults: bool = True,
        n_listeners: int = 1,
    ) -> Server:
        """A server on a Maildir of its own, at 127.0.0.1 and a free port, without HTTP, unless told otherwise.

        It is returned when it has said that it listens on so many addresses; 0 does not wait. `wrapper` is a command
        that runs the server, such as ("nice",); `program` one to start in place of the built dsmtpd. Without
        `defaults` it gets the options alone.
        """
        maildir = maildir or self._directory / "mail"
        usual = [f"--directory={maildir}", "--port=0", "--http=off"] if defaults else []
        process = subprocess.Popen(
            [*wrapper, str(program or binary()), *usual, *options],
            env=clean_environment({"XDG_STATE_HOME": str(self._directory / "state"), **(env or {})}),
            cwd=self._directory,
            stdin=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        server = Server(process, maildir)
        self._servers.append(server)
        if n_listeners > 0:
            server.wait_for_log(STARTED, count=n_listeners)
        return server

    def end_all(self) -> None:
        """Ends what runs and checks that it ends well, which under a sanitizer says much."""
        codes = [(server.stop(), server.log) for server in self._servers if server.process.poll() is None]
        assert all(code == 0 for code, _ in codes), codes

    def kill_all(self) -> None:
        for server in self._servers:
            if server.process.poll() is None:
                server.kill()
