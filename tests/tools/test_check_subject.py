"""The subjects that commits may have."""

from pathlib import Path

import pytest

from tests.tools.checkout import ROOT, run


@pytest.mark.parametrize(
    ("subject", "fault"),
    [
        ("store: keep the journal when a checkpoint fails", None),
        ("tests/web: open the list with 400 % zoom", None),
        ("Release version 2.1.0", None),
        ('Revert "store: keep the journal"', None),
        ("store: " + "keep " * 13, None),
        ("store: keep  " + "keep " * 12, "73 characters; at most 72"),
        ("store: keep the journal.", "full stop"),
        ("store: memory is given back", 'not "memory"'),
        ("store: keeps the journal", "Known are: accept, add, "),
        ("Store: keep the journal", "area: imperative summary"),
        ("keep the journal", "area: imperative summary"),
        ("", "area: imperative summary"),
    ],
)
def test_a_subject_says_where_and_what(tmp_path: Path, subject: str, fault: str | None) -> None:
    file = tmp_path / "COMMIT_EDITMSG"
    file.write_text(f"{subject}\n\nWhy it was done.\n", encoding="utf-8")
    result = run("python3", ROOT / "tools/check_subject.py", file, cwd=tmp_path)
    assert result.returncode == (1 if fault else 0), result.stderr
    assert (fault or "") in result.stderr
