"""What the inbox costs as it fills: the same questions, through the HTTP API, of Maildirs of growing size."""

from __future__ import annotations

import http.client
import json
import os
import smtplib
import sqlite3
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.error import BenchError
from bench.mails import QUERIES, MailMaker, fill_maildir
from bench.plan import MIB, Plan
from bench.process import ServerProcess, running
from bench.results import Results
from bench.server import Server
from bench.workplace import Workplace

PAGE_MAILS = 50
POLL_S = 0.01
INDEX_TIMEOUT_S = 7200.0
ANSWER_TIMEOUT_S = 3600.0
SETTLE_S = 1.0  # after a start with all mails indexed, before memory at rest is read
N_SENDERS = 4  # who send to a server that fills no Maildir


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


def _await(is_so: Callable[[], bool], problem: str) -> None:
    deadline_s = time.monotonic() + INDEX_TIMEOUT_S
    while not is_so():
        if time.monotonic() > deadline_s:
            raise BenchError(f"{problem} after {INDEX_TIMEOUT_S:.0f} s")
        time.sleep(POLL_S)


def await_index(process: ServerProcess) -> None:
    """Returns once the index of a dsmtpd is whole."""
    _await(InboxClient(process).is_caught_up, f"{process.server.name} has not indexed all mails")


def await_words(maildir: Path) -> None:
    """Returns once a dsmtpd has indexed the new words too, of which it tells nobody."""
    with closing(sqlite3.connect(f"file:{maildir}/dsmtpd.index?mode=ro", uri=True)) as index:

        def are_indexed() -> bool:
            return not index.execute("SELECT EXISTS (SELECT 1 FROM word_new)").fetchone()[0]

        _await(are_indexed, "the new words are not indexed")


def send_all(process: ServerProcess, n_mails: int) -> None:
    """Sends by SMTP the mails that fill_maildir writes, the oldest one before all others."""
    maker = MailMaker()

    def send(numbers: range) -> None:
        with smtplib.SMTP("127.0.0.1", process.port, timeout=ANSWER_TIMEOUT_S) as client:
            for number in numbers:
                client.sendmail("sender@bench.example", "recipient@bench.example", maker.text(number).encode())

    send(range(1))
    with ThreadPoolExecutor(N_SENDERS) as senders:
        list(senders.map(send, (range(first, n_mails, N_SENDERS) for first in range(1, N_SENDERS + 1))))


@dataclass(frozen=True)
class InboxColumn:
    """An inbox of one size in one server."""

    server: Server
    n_mails: int
    name: str


class InboxBench:
    """The rows of one inbox each: `results` has them by measure and the column's name."""

    def __init__(self, server: Server, peer: Server | None, plan: Plan, place: Workplace) -> None:
        self.results = Results()
        self.columns = [InboxColumn(server, n_mails, size_name(n_mails)) for n_mails in plan.inbox_sizes]
        if peer is not None:
            sizes = [n_mails for n_mails in plan.inbox_sizes if n_mails <= plan.peer_inbox_mails_max]
            self.columns += [InboxColumn(peer, n_mails, f"{size_name(n_mails)} in {peer.name}") for n_mails in sizes]
        self.notes: list[str] = []
        self._n_asks = plan.n_asks
        self._place = place

    def run(self) -> None:
        """Measures all, the smallest first."""
        for column in sorted(self.columns, key=lambda column: column.n_mails):
            print(f"inbox of {column.n_mails:,} mails: {column.server.name}", file=sys.stderr, flush=True)
            load_before = os.getloadavg()[0]
            self._measure(column)
            load = f"load average {load_before:.1f} before, {os.getloadavg()[0]:.1f} after"
            self.notes.append(f"{column.name}: {load}")

    def _measure(self, column: InboxColumn) -> None:
        maildir = self._place.new_maildir()
        if column.server.has_index:
            self._fill_and_index(column, maildir)
        else:
            self._fill_by_smtp(column, maildir)
        with running(column.server, maildir) as process:
            self._add("greeting_ms", column, process.ready_ms)
            if column.server.has_index:
                await_index(process)
            time.sleep(SETTLE_S)
            self._add("rest_mib", column, process.memory_mib())
            self._add("rest_own_mib", column, process.own_memory_mib())
            self._ask_all(InboxClient(process), column)
            self._add("asked_own_mib", column, process.own_memory_mib())
            if column.server.has_index:
                self._ask_later(process, column, maildir)
            self._delete_all(InboxClient(process), maildir, column)

    def _fill_and_index(self, column: InboxColumn, maildir: Path) -> None:
        fill_maildir(maildir, column.n_mails)
        with running(column.server, maildir) as process:
            started_s = time.perf_counter() - process.ready_ms / 1000
            self._add("greeting_unindexed_ms", column, process.ready_ms)
            await_index(process)
            index_s = time.perf_counter() - started_s
            self._add("index_s", column, index_s)
            self._add("index_rate", column, column.n_mails / index_s)
            self._add("index_peak_mib", column, process.peak_memory_mib())
        self._add("index_mib", column, sum(path.stat().st_size for path in maildir.glob("dsmtpd.index*")) / MIB)

    def _fill_by_smtp(self, column: InboxColumn, maildir: Path) -> None:
        with running(column.server, maildir) as process:
            started_s = time.perf_counter()
            send_all(process, column.n_mails)
            self._add("taken_rate", column, column.n_mails / (time.perf_counter() - started_s))

    def _ask_all(self, client: InboxClient, column: InboxColumn) -> None:
        n_mails = column.n_mails

        def first_page() -> int:
            return int(client.page(0)["total"])

        def last_page() -> int:
            page = client.page(n_mails - PAGE_MAILS)
            if page["messages"][-1]["MessageID"] != "0.bench@shop.example":
                raise BenchError(f"the last of {n_mails:,} mails is not the oldest")
            return int(page["total"])

        self._time("first_page_ms", column, first_page, n_mails)
        self._time("last_page_ms", column, last_page, n_mails)
        self._search_all(client, column, "_ms")
        for query in QUERIES:
            self._add(f"{query.key}_count", column, query.count(n_mails))

    def _ask_later(self, process: ServerProcess, column: InboxColumn, maildir: Path) -> None:
        """Searches again when all is quiet."""
        started_s = time.perf_counter()
        await_words(maildir)
        self._add("words_s", column, time.perf_counter() - started_s)
        time.sleep(SETTLE_S)
        self._add("quiet_mib", column, process.memory_mib())
        self._search_all(InboxClient(process), column, "_quiet_ms")

    def _search_all(self, client: InboxClient, column: InboxColumn, suffix: str) -> None:
        for query in QUERIES:

            def search(text: str = query.text) -> int:
                return int(client.search(text)["messages_count"])

            self._time(query.key + suffix, column, search, query.count(column.n_mails))

    def _time(self, measure: str, column: InboxColumn, ask: Callable[[], int], expected: int) -> None:
        """Several times; the answer has to be the exact number each time."""
        for _ in range(self._n_asks):
            started_s = time.perf_counter()
            count = ask()
            self._add(measure, column, (time.perf_counter() - started_s) * 1000)
            if count != expected:
                raise BenchError(f"{measure}, {column.name}: {count:,} are told, {expected:,} are there")

    def _delete_all(self, client: InboxClient, maildir: Path, column: InboxColumn) -> None:
        started_s = time.perf_counter()
        client.ask("DELETE", "/api/v1/messages")
        self._add("delete_s", column, time.perf_counter() - started_s)
        n_left = int(client.page(0)["total"])
        if column.server.fills_maildir:
            n_left += sum(1 for _ in (maildir / "new").iterdir())
        if n_left > 0:
            raise BenchError(f"{n_left:,} of {column.n_mails:,} mails are left when all are deleted")

    def _add(self, measure: str, column: InboxColumn, value: float) -> None:
        self.results.add(measure, column.name, value)


def size_name(n_mails: int) -> str:
    """The column of a dsmtpd with so many mails."""
    return f"{n_mails:,}"
