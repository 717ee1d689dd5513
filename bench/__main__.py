"""python -m bench: see docs/performance.md."""

from __future__ import annotations

import argparse
import dataclasses
import os
import sys
from pathlib import Path

from bench.error import BenchError
from bench.inbox import InboxBench
from bench.inbox_report import format_inbox_report
from bench.load import smtp_source_path
from bench.machine import describe_machine
from bench.measure import Bench
from bench.picture import draw_growth
from bench.plan import PLANS, Plan
from bench.report import format_report, write_between_marks
from bench.server import Server, find_dsmtpd, find_inbox_peer, find_servers
from bench.wait import WaitBench, format_wait_report
from bench.workplace import workplace

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "performance.md"
PICTURE = ROOT / "docs" / "performance-growth.svg"


def _parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measures dsmtpd next to other servers.")
    length = parser.add_mutually_exclusive_group()
    length.add_argument(
        "--short",
        dest="plan",
        action="store_const",
        const="short",
        help="half a minute: shows that the bench works; the numbers mean little",
    )
    length.add_argument(
        "--full",
        dest="plan",
        action="store_const",
        const="full",
        help="more rounds, 30 MiB messages and idle connections; up to half an hour",
    )
    parser.add_argument(
        "--only", choices=("servers", "inbox", "wait"), help="measure one of these, and leave out the others"
    )
    parser.add_argument(
        "--inbox-sizes", type=int, nargs="+", metavar="N", help="messages in the inboxes, instead of the plan's sizes"
    )
    parser.add_argument("--no-peers", action="store_true", help="neither install nor measure other servers")
    parser.add_argument("--stored-mails", type=int, metavar="N", help="messages in the Maildir of the second start row")
    parser.add_argument("--directory", type=Path, default=ROOT / "build" / "bench", help="where messages and tools go")
    parser.add_argument("--write", action="store_true", help="write the tables and the plot into docs/")
    parser.set_defaults(plan="default")
    return parser.parse_args()


def _choose_plan(arguments: argparse.Namespace) -> Plan:
    plan = PLANS[arguments.plan]
    if arguments.no_peers:
        plan = dataclasses.replace(plan, with_peers=False)
    if arguments.stored_mails is not None:
        plan = dataclasses.replace(plan, n_stored_mails=arguments.stored_mails)
    if arguments.inbox_sizes:
        plan = dataclasses.replace(plan, inbox_sizes=tuple(sorted(arguments.inbox_sizes)))
    return plan


def _find_binary() -> Path:
    binary = Path(os.environ.get("DSMTPD_BINARY", ROOT / "build" / "dsmtpd")).resolve()
    if not os.access(binary, os.X_OK):
        raise BenchError(f"{binary} is no program: make build, or set DSMTPD_BINARY")
    return binary


def _run_servers(arguments: argparse.Namespace, plan: Plan, machine: str) -> None:
    servers, notes = find_servers(_find_binary(), tools=arguments.directory, with_peers=plan.with_peers)
    with workplace(arguments.directory) as place:
        bench = Bench(servers, plan, place)
        bench.run()
    versions = "; ".join(f"{server.name}: {server.version}" for server in servers)
    facts = [machine, versions, f"medians of {bench.n_rounds} rounds", *notes, *bench.notes]
    report = format_report(bench.results, servers, plan, facts)
    print(report, end="")
    if arguments.write:
        write_between_marks(PAGE, "bench", report)


def _run_inbox(arguments: argparse.Namespace, plan: Plan, machine: str) -> None:
    server = find_dsmtpd(_find_binary())
    peer: Server | None = None
    notes = []
    if plan.with_peers:
        try:
            peer = find_inbox_peer()
        except BenchError as missing:
            notes.append(str(missing))
    with workplace(arguments.directory) as place:
        bench = InboxBench(server, peer, plan, place)
        bench.run()
    versions = "; ".join(found.version for found in (server, peer) if found)
    facts = [machine, f"{versions}; medians of {plan.n_asks} answers", *notes, *bench.notes]
    report = format_inbox_report(bench.results, bench.columns, facts)
    print(report, end="")
    if arguments.write:
        write_between_marks(PAGE, "inbox", report)
        draw_growth(bench.results, plan.inbox_sizes, PICTURE)


def _run_wait(arguments: argparse.Namespace, plan: Plan, machine: str) -> None:
    server = find_dsmtpd(_find_binary())
    with workplace(arguments.directory) as place:
        bench = WaitBench(server, plan, place)
        bench.run()
    report = format_wait_report(bench.samples, [machine, f"{server.version}; {plan.n_waits} messages each"])
    print(report, end="")
    if arguments.write:
        write_between_marks(PAGE, "wait", report)


def _run(arguments: argparse.Namespace) -> None:
    plan = _choose_plan(arguments)
    arguments.directory.mkdir(parents=True, exist_ok=True)
    if arguments.only in (None, "servers"):
        smtp_source_path()
        _run_servers(arguments, plan, describe_machine(arguments.directory))
    if arguments.only in (None, "inbox"):
        _run_inbox(arguments, plan, describe_machine(arguments.directory))
    if arguments.only in (None, "wait"):
        _run_wait(arguments, plan, describe_machine(arguments.directory))


def main() -> int:
    """Returns the exit code."""
    try:
        _run(_parse_arguments())
    except BenchError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
