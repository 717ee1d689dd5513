"""What the inbox costs as it fills: the same questions, through the HTTP API, of Maildirs of growing size."""

from __future__ import annotations

import http.client
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.error import BenchError
from bench.mails import QUERIES, fill_maildir
from bench.plan import MIB, Plan
from bench.process import ServerProcess, running
from bench.results import Results
from bench.server import Server
from bench.workplace import Workplace

PAGE_MAILS = 50
POLL_S = 0.01
INDEX_TIMEOUT_S = 3600.0
ANSWER_TIMEOUT_S = 600.0
SETTLE_S = 1.0  # after a start with all mails indexed, before memory at rest is read


class InboxClient:
    """Asks over one connection, in the API that Mailpit has too."""

    def __init__(self, process: ServerProcess) -> None:
        self._name = process.server.name
        self._connection = http.client.HTTPConnection("127.0.0.1", process.web_port, timeout=ANSWER_TIMEOUT_S)

    def ask(self, method: str, path: str) -> bytes:
        """The body of the answer."""
        self._connection.request(method, path)
        response = self._connection.getresponse()
        body = response.read()
        if response.status != 200:
            raise BenchError(f"{self._name} answers {method} {path} with {response.status}: {body[:200]!r}")
        return body

    def page(self, start: int) -> Any:
        """One page of the list, the newest mail being 0."""
        return json.loads(self.ask("GET", f"/api/v1/messages?start={start}&limit={PAGE_MAILS}"))

    def search(self, query: str) -> Any:
        """The first page of what is found."""
        return json.loads(self.ask("GET", f"/api/v1/search?query={query}&limit={PAGE_MAILS}"))

    def is_caught_up(self) -> bool:
        """Whether the index holds all mails; only of dsmtpd."""
        return bool(json.loads(self.ask("GET", "/readyz"))["Index"]["CaughtUp"])


def await_index(process: ServerProcess) -> None:
    """Returns once the index of a dsmtpd is whole."""
    client = InboxClient(process)
    deadline_s = time.monotonic() + INDEX_TIMEOUT_S
    while not client.is_caught_up():
        if time.monotonic() > deadline_s:
            raise BenchError(f"{process.server.name} has not indexed all mails after {INDEX_TIMEOUT_S:.0f} s")
        time.sleep(POLL_S)


class InboxBench:
    """The rows of one size each: `results` has them by measure and size."""

    def __init__(self, server: Server, plan: Plan, place: Workplace) -> None:
        self.results = Results()
        self.sizes = plan.inbox_sizes
        self.notes: list[str] = []
        self._server = server
        self._n_asks = plan.n_asks
        self._place = place

    def run(self) -> None:
        """Measures all sizes, the smallest first."""
        for n_mails in self.sizes:
            load_before = os.getloadavg()[0]
            self._measure_size(n_mails)
            load = f"load average {load_before:.1f} before, {os.getloadavg()[0]:.1f} after"
            self.notes.append(f"{n_mails:,} mails: {load}")

    def _measure_size(self, n_mails: int) -> None:
        print(f"inbox of {n_mails:,} mails: {self._server.name}", file=sys.stderr, flush=True)
        maildir = self._place.new_maildir()
        fill_maildir(maildir, n_mails)
        with running(self._server, maildir) as process:
            started_s = time.perf_counter() - process.ready_ms / 1000
            self._add("greeting_unindexed_ms", n_mails, process.ready_ms)
            await_index(process)
            self._add("index_s", n_mails, time.perf_counter() - started_s)
            self._add("index_rate", n_mails, n_mails / (time.perf_counter() - started_s))
            self._add("index_peak_mib", n_mails, process.peak_memory_mib())
        self._add("index_mib", n_mails, sum(path.stat().st_size for path in maildir.glob("dsmtpd.index*")) / MIB)
        with running(self._server, maildir) as process:
            self._add("greeting_ms", n_mails, process.ready_ms)
            await_index(process)
            time.sleep(SETTLE_S)
            self._add("rest_mib", n_mails, process.memory_mib())
            self._add("rest_own_mib", n_mails, process.own_memory_mib())
            self._ask_all(InboxClient(process), n_mails)
            self._add("asked_own_mib", n_mails, process.own_memory_mib())
            self._delete_all(InboxClient(process), maildir, n_mails)

    def _ask_all(self, client: InboxClient, n_mails: int) -> None:
        def first_page() -> int:
            return int(client.page(0)["total"])

        def last_page() -> int:
            page = client.page(n_mails - PAGE_MAILS)
            if page["messages"][-1]["MessageID"] != "0.bench@shop.example":
                raise BenchError(f"the last of {n_mails:,} mails is not the oldest")
            return int(page["total"])

        self._time("first_page_ms", n_mails, first_page, n_mails)
        self._time("last_page_ms", n_mails, last_page, n_mails)
        for query in QUERIES:

            def search(text: str = query.text) -> int:
                return int(client.search(text)["messages_count"])

            self._time(f"{query.key}_ms", n_mails, search, query.count(n_mails))
            self._add(f"{query.key}_count", n_mails, query.count(n_mails))

    def _time(self, measure: str, n_mails: int, ask: Callable[[], int], expected: int) -> None:
        """Several times; the answer has to be the exact number each time."""
        for _ in range(self._n_asks):
            started_s = time.perf_counter()
            count = ask()
            self._add(measure, n_mails, (time.perf_counter() - started_s) * 1000)
            if count != expected:
                raise BenchError(f"{measure} of {n_mails:,} mails: {count:,} are told, {expected:,} are there")

    def _delete_all(self, client: InboxClient, maildir: Path, n_mails: int) -> None:
        started_s = time.perf_counter()
        client.ask("DELETE", "/api/v1/messages")
        self._add("delete_s", n_mails, time.perf_counter() - started_s)
        n_left = int(client.page(0)["total"]) + sum(1 for _ in (maildir / "new").iterdir())
        if n_left > 0:
            raise BenchError(f"{n_left:,} of {n_mails:,} mails are left when all are deleted")

    def _add(self, measure: str, n_mails: int, value: float) -> None:
        self.results.add(measure, size_name(n_mails), value)


def size_name(n_mails: int) -> str:
    """A size in the place of a server's name."""
    return f"{n_mails:,}"
