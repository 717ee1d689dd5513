"""docs/security.md names for each threat the tests that show what stops it; they have to be there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
NAMED = re.compile(r"`((?:e2e|unit|scenario|tools|web|fuzz)/[^`:]+)(?:::(\w+))?`")
ROW = re.compile(r"^\| (?!who|---)(.*) \|$", re.MULTILINE)
SHOWN_BY = 3


def rows() -> list[list[str]]:
    text = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
    return [row.split(" | ") for row in ROW.findall(text)]


@pytest.mark.parametrize("row", rows(), ids=lambda row: re.sub(r"\W+", "-", row[0])[:50])
def test_every_threat_names_tests_that_exist(row: list[str]) -> None:
    named = NAMED.findall(row[SHOWN_BY])
    assert named, f"no test shows it: {row[0]}"
    for path, test in named:
        directory = ROOT if path.startswith("fuzz/") else ROOT / "tests"
        text = (directory / path).read_text(encoding="utf-8")
        assert re.search(rf"\b{test}\b", text), f"{path} has no {test}"


def test_the_table_is_found() -> None:
    assert len(rows()) > 20
    assert all(len(row) == SHOWN_BY + 1 for row in rows())
