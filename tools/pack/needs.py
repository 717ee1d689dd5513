"""What the program needs of a system, from tools/packages.txt."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Need:
    """A row of the group `build`."""

    probe: str
    packages: list[str]

    @property
    def is_library(self) -> bool:
        return self.probe.startswith("pc:")


def read_needs(table: Path, manager: str) -> list[Need]:
    """What building needs where this package manager (a column of the table) rules; without what the system brings."""
    column: int | None = None
    needs = []
    for line in table.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.split("|")]
        if cells[0] == "# group":
            column = cells.index(manager)
        elif cells[0] == "build" and column is not None and cells[column] != "-":
            needs.append(Need(cells[1], cells[column].split()))
    return needs
