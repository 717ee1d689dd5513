"""The inbox rows as Markdown."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bench.inbox import InboxColumn
from bench.mails import QUERIES
from bench.report import format_number, table_head, table_line
from bench.results import Results


@dataclass(frozen=True)
class InboxRow:
    """One measure at all sizes."""

    measure: str
    title: str
    digits: int
    goal: str = ""
    curve: str = ""  # its name in the picture; empty: it is not there


_SEARCH_GOAL = "20 ms at 100,000, 100 ms at 1,000,000"

ROWS = (
    InboxRow("greeting_unindexed_ms", "start to greeting without an index, ms", 1),
    InboxRow("taken_rate", "taken by SMTP, indexed, messages/s", 0),
    InboxRow("index_s", "start until the index is whole, s", 2),
    InboxRow("index_rate", "messages/s", 0, "5,000"),
    InboxRow("index_peak_mib", "peak memory during that, MiB", 1),
    InboxRow("index_mib", "size of the index, MiB", 1),
    InboxRow("greeting_ms", "start to greeting with it, ms", 1, "10 ms; 100 ms at 1,000,000", "start to greeting"),
    InboxRow("rest_mib", "memory a second later, MiB", 1),
    InboxRow("rest_own_mib", "of it not pages of files, MiB", 1),
    InboxRow("asked_own_mib", "the same after the questions below, MiB", 1),
    InboxRow("first_page_ms", "first page, ms", 2, "10 ms", "first page"),
    InboxRow("last_page_ms", "last page, ms", 2, "10 ms", "last page"),
    *(
        row
        for query in QUERIES
        for row in (
            InboxRow(f"{query.key}_ms", f"{query.title}, ms", 2, _SEARCH_GOAL, query.key),
            InboxRow(f"{query.key}_count", "messages found", 0),
        )
    ),
    InboxRow("words_s", "from there until new words are indexed, s", 1),
    *(InboxRow(f"{query.key}_quiet_ms", f"{query.title} then, ms", 2, _SEARCH_GOAL) for query in QUERIES),
    InboxRow("quiet_mib", "memory at rest then, MiB", 1, "10 MiB"),
    InboxRow("delete_s", "delete all, s", 2),
)


def format_inbox_report(results: Results, columns: Iterable[InboxColumn], facts: Iterable[str]) -> str:
    """The table, with the facts about the run as a list before it."""
    names = [column.name for column in columns]
    lines = [*(f"- {fact}" for fact in facts), "", *table_head(["messages", *names, "goal"])]
    for row in ROWS:
        cells = [format_number(results.median(row.measure, name), row.digits) for name in names]
        lines.append(table_line([row.title, *(cell or "-" for cell in cells), row.goal]))
    return "\n".join(lines) + "\n"
