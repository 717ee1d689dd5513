"""What is measured and how much of it."""

from __future__ import annotations

from dataclasses import dataclass

KIB = 1024
MIB = 1024 * KIB


@dataclass(frozen=True)
class Workload:
    """One kind of load, as smtp-source makes it."""

    key: str
    title: str
    size_bytes: int
    n_clients: int
    keep_connections: bool
    n_mails_max: int
    goal: str


KEPT = Workload("kept", "4 KiB, 20 clients, kept connections", 4 * KIB, 20, True, 20_000, "0.7 of smtp-sink")
SINGLE = Workload(
    "single", "4 KiB, 20 clients, one connection per message", 4 * KIB, 20, False, 10_000, "0.8 of smtp-sink"
)
LARGE = Workload("large", "1 MiB, 10 clients, kept connections", MIB, 10, True, 500, "0.8 of smtp-sink")
HUGE = Workload("huge", "30 MiB, 100 clients at once", 30 * MIB, 100, True, 100, "")

WORKLOADS = (KEPT, SINGLE, LARGE)


@dataclass(frozen=True)
class Plan:
    """How long a run may take, and what is left out of a shorter one."""

    n_rounds: int
    run_s: float  # aim for one server under one load
    n_starts: int
    n_stored_mails: int  # in the Maildir of the start with stored mails
    probe_s: float  # for each kind of access to the disk
    n_idle: int  # connections; 0: not measured
    with_huge: bool
    with_peers: bool
    inbox_sizes: tuple[int, ...]  # mails in the inbox, for the rows that grow with them
    peer_inbox_mails_max: int  # more take a peer, who gets them by SMTP, too long
    n_asks: int  # how often each question is asked of an inbox
    n_waits: int  # mails that are waited for, in each way
    budget_s: float  # no further round is begun that would not end within it


PLANS = {
    "short": Plan(1, 0.7, 3, 1_000, 0.3, 0, False, False, (1_000,), 1_000, 3, 5, 60),
    "default": Plan(5, 2.0, 11, 10_000, 0.5, 0, False, True, (1_000, 10_000), 10_000, 9, 50, 330),
    "full": Plan(
        9, 3.0, 21, 100_000, 1.0, 10_000, True, True, (1_000, 10_000, 100_000, 1_000_000), 100_000, 9, 200, 1_800
    ),
}
