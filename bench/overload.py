"""python -m bench.overload: messages as fast as a server takes them, for long, while somebody reads its list.

How many come in, how fast lists are answered, how many wait for the index, and how many are there in the end though
there is a limit. `make overload` runs it; see docs/performance.md, "Overload". What has to hold on any machine, however
slow, is in tests/e2e/test_overload.py.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import median

from bench.error import BenchError
from bench.inbox import InboxClient
from bench.load import smtp_source_path
from bench.machine import describe_machine
from bench.plan import KEPT
from bench.process import ServerProcess, running
from bench.report import table_head, table_line
from bench.server import CommandLine, Server, find_dsmtpd, find_inbox_peer
from bench.workplace import Workplace, workplace

ROOT = Path(__file__).resolve().parent.parent

LIMIT = 5_000
READ_PAUSE_S = 0.05
WATCH_PAUSE_S = 0.25
LEFT_WITHIN_S = 60.0
MANY = 100_000_000


@dataclass
class Run:
    """What one run showed."""

    per_s: float = 0
    lists_s: list[float] = field(default_factory=list)
    backlog: int = 0
    most: int = 0
    left: int = 0
    settled_s: float | None = 0  # None: not within LEFT_WITHIN_S

    def quantile_ms(self, share: float) -> float:
        """Of the answers to lists."""
        ordered = sorted(self.lists_s) or [0.0]
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1000


class Watch:
    """Looks at a server from time to time while others load it."""

    def __init__(self, process: ServerProcess, run: Run) -> None:
        self._process = process
        self._client = InboxClient(process)
        self._run = run

    def n_mails(self) -> int:
        """On the disk, where that is known."""
        if self._process.server.fills_maildir:
            return sum(1 for name in ("new", "cur") for _ in os.scandir(self._process.maildir / name))
        return int(self._client.page(0)["total"])

    def look(self) -> None:
        self._run.most = max(self._run.most, self.n_mails())
        if self._process.server.has_index:
            waiting = json.loads(self._client.ask("GET", "/readyz"))["Index"]["Waiting"]
            self._run.backlog = max(self._run.backlog, int(waiting))


def _read_lists(process: ServerProcess, run: Run, ending: threading.Event) -> None:
    client = InboxClient(process)
    while not ending.is_set():
        start_s = time.perf_counter()
        client.page(0)
        run.lists_s.append(time.perf_counter() - start_s)
        time.sleep(READ_PAUSE_S)


@contextmanager
def _sending(process: ServerProcess) -> Iterator[None]:
    command = [smtp_source_path(), "-s", str(KEPT.n_clients), "-l", str(KEPT.size_bytes), "-m", str(MANY), "-d"]
    source = subprocess.Popen([*command, f"127.0.0.1:{process.port}"], stderr=subprocess.DEVNULL)
    try:
        yield
        if source.poll() is not None:
            raise BenchError(f"{process.server.name}: smtp-source gave up; last words: {process.last_words()}")
    finally:
        source.kill()
        source.wait()


def _accepted(client: InboxClient) -> int:
    return int(json.loads(client.ask("GET", "/api/v1/info"))["RuntimeStats"]["SMTPAccepted"])


def _settle(watch: Watch, limit: int | None) -> float | None:
    start_s = time.perf_counter()
    while limit is not None and watch.n_mails() > limit:
        if time.perf_counter() - start_s > LEFT_WITHIN_S:
            return None
        time.sleep(WATCH_PAUSE_S)
    return time.perf_counter() - start_s


def measure(server: Server, place: Workplace, seconds: float, *, reads: bool, limit: int | None) -> Run:
    """One run: load for so many seconds, then time to come back to the limit."""
    print(f"overload: {server.name}", file=sys.stderr, flush=True)
    run = Run()
    with running(server, place.new_maildir()) as process:
        watch = Watch(process, run)
        ending = threading.Event()
        reader = threading.Thread(target=_read_lists, args=(process, run, ending), daemon=True)
        start_s = time.perf_counter()
        with _sending(process):
            if reads:
                reader.start()
            while time.perf_counter() - start_s < seconds:
                watch.look()
                time.sleep(WATCH_PAUSE_S)
        took_s = time.perf_counter() - start_s
        ending.set()
        run.left = watch.n_mails()
        if reads:
            reader.join()
        run.settled_s = _settle(watch, limit)
        run.per_s = _accepted(InboxClient(process)) / took_s
    return run


def _with(server: Server, name: str, *options: str) -> Server:
    plain = server.command

    def command(port: int, web_port: int, maildir: Path) -> list[str]:
        return [*plain(port, web_port, maildir), *options]

    changed: CommandLine = command
    return replace(server, name=name, command=changed)


def _find(arguments: argparse.Namespace) -> list[tuple[Server, int | None]]:
    """The servers, and how many messages each is told to keep."""
    binaries = [("dsmtpd", arguments.binary)]
    if arguments.baseline:
        binaries.append(("baseline", arguments.baseline))
    found: list[tuple[Server, int | None]] = []
    for name, binary in binaries:
        server = find_dsmtpd(binary.resolve())
        found.append((replace(server, name=name), None))
        found.append((_with(server, f"{name} --max-messages {LIMIT}", f"--max-messages={LIMIT}"), LIMIT))
    try:
        peer = find_inbox_peer()
    except BenchError as missing:
        print(f"overload: {missing}", file=sys.stderr)
    else:
        found.append((peer, None))
        found.append((_with(peer, f"Mailpit --max {LIMIT}", "--max", str(LIMIT)), LIMIT))
    return found


def _print_row(server: Server, runs: list[Run], limit: int | None) -> str:
    def middle(values: Iterable[float]) -> str:
        return f"{median(values):,.0f}"

    late = any(run.settled_s is None for run in runs)
    settled = "not in 60" if late else f"{median(run.settled_s or 0 for run in runs):.1f}"
    return table_line([
        server.name,
        middle(run.per_s for run in runs),
        *(middle(run.quantile_ms(share) for run in runs) if runs[0].lists_s else "-" for share in (0.5, 0.9, 1)),
        middle(run.backlog for run in runs) if server.has_index else "-",
        middle(run.most for run in runs),
        middle(run.left for run in runs),
        settled if limit else "-",
    ])  # fmt: skip


def _parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.overload", description="Overloads dsmtpd and its peers.")
    parser.add_argument("--seconds", type=float, default=30, help="of load in each run (30)")
    parser.add_argument("--rounds", type=int, default=1, help="the servers take turns in each; medians are shown (1)")
    parser.add_argument("--no-reader", action="store_true", help="nobody reads the list")
    parser.add_argument("--baseline", type=Path, help="another build of dsmtpd to compare with")
    parser.add_argument("--directory", type=Path, default=ROOT / "build" / "bench", help="where messages go")
    parser.set_defaults(binary=Path(os.environ.get("DSMTPD_BINARY", ROOT / "build" / "dsmtpd")))
    return parser.parse_args()


def main() -> int:
    """Returns the exit code."""
    arguments = _parse_arguments()
    arguments.directory.mkdir(parents=True, exist_ok=True)
    runs: dict[str, list[Run]] = {}
    try:
        print(f"- {describe_machine(arguments.directory)}")
        servers = _find(arguments)
        with workplace(arguments.directory) as place:
            for _ in range(arguments.rounds):
                for server, limit in servers:
                    run = measure(server, place, arguments.seconds, reads=not arguments.no_reader, limit=limit)
                    runs.setdefault(server.name, []).append(run)
    except BenchError as error:
        print(f"overload: {error}", file=sys.stderr)
        return 1
    heads = ["", "messages/s", "list, median ms", "9 of 10 within", "slowest", "waiting at most"]
    print("\n".join(table_head([*heads, "stored at most", "left at the end", "s until the limit"])))
    for server, limit in servers:
        print(_print_row(server, runs[server.name], limit))
    return 0


if __name__ == "__main__":
    sys.exit(main())
