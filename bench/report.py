"""The results as Markdown."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from bench.disk import PROBES
from bench.error import BenchError
from bench.measure import DISK
from bench.plan import WORKLOADS, Plan
from bench.results import Results
from bench.server import Server


@dataclass(frozen=True)
class Row:
    """One measure of all servers."""

    measure: str
    title: str
    digits: int
    goal: str = ""
    with_ratio: bool = False


def _rows(plan: Plan) -> list[Row]:
    rows = []
    for load in WORKLOADS:
        rows.append(Row(f"{load.key}_rate", f"{load.title}: messages/s", 0, load.goal, with_ratio=True))
        rows.append(Row(f"{load.key}_behind_s", "after that, until all are indexed, s", 2))
        rows.append(Row(f"{load.key}_indexed_rate", "both together: messages/s", 0))
        rows.append(Row(f"{load.key}_cpu_ms", "CPU ms per message", 3))
        rows.append(Row(f"{load.key}_peak_mib", "peak memory, MiB", 1))
    return [
        *rows,
        Row("ready_ms", "start to greeting, ms", 1, "10 ms"),
        Row("ready_stored_ms", f"the same with {plan.n_stored_mails:,} stored messages, ms", 1, "100 ms at 1,000,000"),
        Row("rest_mib", "memory at rest, MiB", 1, "10 MiB"),
        Row("huge_peak_mib", "30 MiB from each of 100 clients at once: peak memory, MiB", 1, "64 MiB"),
        Row("idle_mib", f"{plan.n_idle:,} idle connections: memory, MiB", 1, "64 MiB"),
        Row("idle_rate_ratio", "speed beside them, of the speed without", 2, "no slower"),
    ]


def format_report(results: Results, servers: list[Server], plan: Plan, facts: Iterable[str]) -> str:
    """The tables, with the facts about the run as a list before them."""
    names = [server.name for server in servers]
    lines = [*(f"- {fact}" for fact in facts), "", *table_head(["", *names, "goal for dsmtpd"])]
    for row in _rows(plan):
        cells = [_cell(results, row, name, names[0]) for name in names]
        if any(cells):
            lines.append(table_line([row.title, *(cell or "-" for cell in cells), row.goal]))
    lines += ["", *table_head(["The disk alone", ""])]
    for probe in PROBES:
        lines.append(table_line([probe.title, format_number(results.median(probe.key, DISK), 0)]))
    return "\n".join(lines) + "\n"


def _cell(results: Results, row: Row, name: str, reference: str) -> str:
    text = format_number(results.median(row.measure, name), row.digits)
    ratio = results.ratio(row.measure, name, reference) if row.with_ratio and name != reference else None
    return text if ratio is None else f"{text} (x {ratio:.2f})"


def format_number(value: float | None, digits: int) -> str:
    """Empty where nothing was measured."""
    return "" if value is None else f"{value:,.{digits}f}"


def table_head(cells: list[str]) -> list[str]:
    """The names of columns and the line below them; all but the first are numbers."""
    return [table_line(cells), "|---" + "|---:" * (len(cells) - 1) + "|"]


def table_line(cells: list[str]) -> str:
    """One row."""
    return f"| {' | '.join(cells)} |"


def write_between_marks(page: Path, name: str, report: str) -> None:
    """Replaces what an earlier run wrote under this name."""
    begin_mark, end_mark = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    head, begin, rest = page.read_text(encoding="utf-8").partition(begin_mark)
    _, end, tail = rest.partition(end_mark)
    if not begin or not end:
        raise BenchError(f"{page.name} has no place for the table: {begin_mark} and {end_mark}")
    page.write_text(f"{head}{begin_mark}\n{report}{end_mark}{tail}", encoding="utf-8")
