"""How long after its 250 a mail reaches who waits for it."""

from __future__ import annotations

import smtplib
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from statistics import median, quantiles

from dsmtpd import Inbox

from bench.error import BenchError
from bench.inbox import InboxClient
from bench.plan import Plan
from bench.process import ServerProcess, running
from bench.report import table_head, table_line
from bench.server import Server
from bench.workplace import Workplace

# For whoever waits to be there before the mail is sent. It is not measured.
BEGIN_S = 0.1
WAIT_TIMEOUT_S = 600  # the most that a server takes
WARM_UP = 3
GOAL_MS = 5

MAIL = "From: a@example.com\r\nTo: b@example.com\r\nSubject: Code\r\n\r\nYour code is 482913.\r\n"

# Waits for a mail behind the place, and returns when it is there.
Wait = Callable[[ServerProcess, int], None]


class WaitBench:
    """The samples, in ms, by who waits."""

    def __init__(self, server: Server, plan: Plan, place: Workplace) -> None:
        self.samples: dict[str, list[float]] = {}
        self._server = server
        self._n_waits = plan.n_waits
        self._place = place

    def run(self) -> None:
        """Measures all ways to wait, in turns."""
        print(f"waiting: {self._server.name}", file=sys.stderr, flush=True)
        with running(self._server, self._place.new_maildir()) as process:
            for number in range(WARM_UP + self._n_waits):
                for title, wait in WAITS:
                    sample_ms = _measure(process, wait)
                    if number >= WARM_UP:
                        self.samples.setdefault(title, []).append(sample_ms)


def _measure(process: ServerProcess, wait: Wait) -> float:
    after = int(InboxClient(process).page(0)["cursor"])
    returned_s: list[float] = []

    def waiter() -> None:
        wait(process, after)
        returned_s.append(time.perf_counter())

    with smtplib.SMTP("127.0.0.1", process.port) as smtp:
        smtp.ehlo()
        thread = threading.Thread(target=waiter)
        thread.start()
        time.sleep(BEGIN_S)
        smtp.mail("a@example.com")
        smtp.rcpt("b@example.com")
        code, reply = smtp.data(MAIL)
        confirmed_s = time.perf_counter()
    thread.join()
    if code != 250 or not returned_s:
        raise BenchError(f"{process.server.name} answered {code} {reply!r}, and who waited was told {returned_s}")
    return (returned_s[0] - confirmed_s) * 1000


def _wait_by_http(process: ServerProcess, after: int) -> None:
    InboxClient(process).ask("GET", f"/api/v1/wait?after={after}&timeout={WAIT_TIMEOUT_S}")


def _wait_by_python(process: ServerProcess, after: int) -> None:
    Inbox(_url(process)).wait(after=after, timeout=WAIT_TIMEOUT_S)


def _wait_by_command(process: ServerProcess, after: int) -> None:
    program = process.server.command(0, 0, Path())[0]
    command = [program, "wait", "--server", _url(process), "--after", str(after), "--print", "id"]
    # Without a timeout of Python's, which would look every 50 ms whether it has ended.
    subprocess.run([*command, f"--timeout={WAIT_TIMEOUT_S}s"], stdout=subprocess.DEVNULL, check=True)


def _url(process: ServerProcess) -> str:
    return f"http://127.0.0.1:{process.web_port}"


WAITS: tuple[tuple[str, Wait], ...] = (
    ("`GET /api/v1/wait`", _wait_by_http),
    ("`Inbox.wait()` of Python", _wait_by_python),
    ("`dsmtpd wait`, until it has ended", _wait_by_command),
)


def format_wait_report(samples: dict[str, list[float]], facts: Iterable[str]) -> str:
    """The table, with the facts about the run as a list before it."""
    lines = [*(f"- {fact}" for fact in facts), "", *table_head(["", "median ms", "9 of 10 within, ms", "goal"])]
    for title, values in samples.items():
        cells = [f"{median(values):.2f}", f"{quantiles(values, n=10)[-1]:.2f}", f"{GOAL_MS}"]
        lines.append(table_line([title, *cells]))
    return "\n".join(lines) + "\n"
