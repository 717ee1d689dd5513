"""The measurements. Servers take turns in each round, so that what else the machine does falls on all of them."""

from __future__ import annotations

import os
import shutil
import sys
import time

from bench.disk import PROBES, run_probe
from bench.inbox import await_index
from bench.load import allow_descriptors, check_maildir, idle_connections, send_mails, send_side_by_side
from bench.plan import HUGE, KEPT, MIB, WORKLOADS, Plan, Workload
from bench.process import ServerProcess, running
from bench.results import Results
from bench.server import Server
from bench.workplace import Workplace

DISK = "disk"  # in the place of a server's name
SETTLE_S = 0.2  # after the start, before memory at rest is read
WARM_UP_PER_CLIENT = 1
SAMPLE_PER_CLIENT = 4


class Bench:
    """One run of the bench."""

    def __init__(self, servers: list[Server], plan: Plan, place: Workplace) -> None:
        self.results = Results()
        self.n_rounds = 0
        self.notes: list[str] = []
        self._servers = servers
        self._plan = plan
        self._place = place
        self._n_mails: dict[tuple[str, str], int] = {}  # by workload and server

    def run(self) -> None:
        """Measures all there is in the plan."""
        deadline_s = time.monotonic() + self._plan.budget_s
        self._measure_starts()
        self._measure_starts_with_mails()
        if self._plan.n_idle > 0 and not allow_descriptors(self._plan.n_idle):
            self.notes.append(f"{self._plan.n_idle} idle connections are left out: the system allows fewer files")
        elif self._plan.n_idle > 0:
            self._measure_idle()
        if self._plan.with_huge:
            self._measure_huge()
        self._choose_counts()
        round_s = 0.0
        while self.n_rounds < self._plan.n_rounds and time.monotonic() + round_s < deadline_s:
            started_s = time.monotonic()
            self._measure_round()
            self.n_rounds += 1
            round_s = time.monotonic() - started_s

    def _own_servers(self) -> list[Server]:
        return [server for server in self._servers if not server.is_peer]

    def _measure_starts(self) -> None:
        _say("starts")
        for _ in range(self._plan.n_starts):
            for server in self._servers:
                with running(server, self._place.new_maildir()) as process:
                    self.results.add("ready_ms", server.name, process.ready_ms)
                    time.sleep(SETTLE_S)
                    self.results.add("rest_mib", server.name, process.memory_mib())

    def _measure_starts_with_mails(self) -> None:
        _say(f"starts with {self._plan.n_stored_mails:,} stored mails")
        maildir = self._place.new_maildir()
        for i in range(self._plan.n_stored_mails):
            (maildir / "cur" / f"{1_000_000_000 + i}.{i}.bench:2,S").write_bytes(b"Subject: stored\n\nmail\n")
        os.sync()
        for _ in range(self._plan.n_starts):
            for server in self._servers:
                if server.fills_maildir:
                    with running(server, maildir) as process:
                        self.results.add("ready_stored_ms", server.name, process.ready_ms)

    def _measure_idle(self) -> None:
        """One process: alone, then beside the idle ones."""
        for server in self._own_servers():
            _say(f"{self._plan.n_idle:,} idle connections: {server.name}")
            with running(server, self._place.new_maildir(), many_connections=True) as process:
                send_mails(process, KEPT, KEPT.n_clients)
                alone_s = send_mails(process, KEPT, KEPT.n_mails_max)
                with idle_connections(process.port, self._plan.n_idle):
                    self.results.add("idle_mib", server.name, process.memory_mib())
                    beside_idle_s = send_mails(process, KEPT, KEPT.n_mails_max)
                self.results.add("idle_rate_ratio", server.name, alone_s / beside_idle_s)
                check_maildir(process, KEPT, 2 * KEPT.n_mails_max + KEPT.n_clients)

    def _measure_huge(self) -> None:
        for server in self._own_servers():
            if not server.fills_maildir:
                continue  # smtp-sink would take minutes
            _say(f"{HUGE.title}: {server.name}")
            with running(server, self._place.new_maildir()) as process:
                send_side_by_side(process, HUGE)
                if server.has_index:
                    await_index(process)
                self.results.add("huge_peak_mib", server.name, process.peak_memory_mib())
                check_maildir(process, HUGE, HUGE.n_mails_max)
            _make_room(process, HUGE)

    def _choose_counts(self) -> None:
        """So many mails that a run takes as long as planned, whatever the machine and the server."""
        for load in WORKLOADS:
            _say(f"warming up: {load.title}")
            n_warm_up = WARM_UP_PER_CLIENT * load.n_clients
            n_sample = SAMPLE_PER_CLIENT * load.n_clients
            for server in self._servers:
                with running(server, self._place.new_maildir()) as process:
                    send_mails(process, load, n_warm_up)
                    rate = n_sample / send_mails(process, load, n_sample)
                _make_room(process, load)
                n_mails = int(rate * self._plan.run_s)
                self._n_mails[load.key, server.name] = min(max(n_mails, n_sample), load.n_mails_max)

    def _measure_round(self) -> None:
        _say(f"round {self.n_rounds + 1} of at most {self._plan.n_rounds}")
        for probe in PROBES:
            self.results.add(probe.key, DISK, run_probe(probe, self._place.new_folder(), self._plan.probe_s))
        for load in WORKLOADS:
            for server in self._servers:
                self._measure_load(server, load)

    def _measure_load(self, server: Server, load: Workload) -> None:
        n_mails = self._n_mails[load.key, server.name]
        with running(server, self._place.new_maildir()) as process:
            before_ms = process.cpu_ms()
            elapsed_s = send_mails(process, load, n_mails)
            self.results.add(f"{load.key}_rate", server.name, n_mails / elapsed_s)
            if server.has_index:
                self._measure_catching_up(process, load, elapsed_s)
            self.results.add(f"{load.key}_cpu_ms", server.name, (process.cpu_ms() - before_ms) / n_mails)
            self.results.add(f"{load.key}_peak_mib", server.name, process.peak_memory_mib())
            check_maildir(process, load, n_mails)
        _make_room(process, load)

    def _measure_catching_up(self, process: ServerProcess, load: Workload, elapsed_s: float) -> None:
        """How far the index was behind at the last 250, and what it took."""
        started_s = time.perf_counter()
        await_index(process)
        behind_s = time.perf_counter() - started_s
        n_mails = self._n_mails[load.key, process.server.name]
        self.results.add(f"{load.key}_behind_s", process.server.name, behind_s)
        self.results.add(f"{load.key}_indexed_rate", process.server.name, n_mails / (elapsed_s + behind_s))


def _make_room(process: ServerProcess, load: Workload) -> None:
    """Large mails are not kept until the end of the bench: they are few, but fill the disk."""
    if load.size_bytes >= MIB:
        shutil.rmtree(process.maildir)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
