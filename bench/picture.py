"""How the inbox rows grow, as a picture. Of the bench only this needs matplotlib: requirements-bench.txt."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import matplotlib as mpl
from matplotlib.figure import Figure

from bench.inbox import size_name
from bench.inbox_report import ROWS
from bench.results import Results


def draw_growth(results: Results, sizes: Iterable[int], picture: Path) -> None:
    """Log-log curves as SVG; a straight line that rises one decade in a decade is linear growth."""
    sizes = list(sizes)
    # Text as text keeps the file small; without a date and with given ids the same numbers give the same file.
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "dsmtpd", "font.size": 11}):
        figure = Figure(figsize=(8, 5), layout="constrained")
        axes = figure.subplots()
        for row in ROWS:
            if row.curve:
                values = [results.median(row.measure, size_name(n_mails)) for n_mails in sizes]
                axes.loglog(sizes, values, marker="o", label=row.curve)
        seconds = [results.median("delete_s", size_name(n_mails)) or 0 for n_mails in sizes]
        axes.loglog(sizes, [1000 * value for value in seconds], marker="s", linestyle="--", label="delete all")
        seconds = [results.median("index_s", size_name(n_mails)) or 0 for n_mails in sizes]
        axes.loglog(sizes, [1000 * value for value in seconds], marker="s", linestyle="--", label="index all")
        axes.set(xlabel="messages in the inbox", ylabel="ms, median")
        axes.grid(which="major", alpha=0.4)
        axes.legend(loc="upper left", fontsize="small", ncols=2)
        figure.savefig(picture, format="svg", metadata={"Date": None})
