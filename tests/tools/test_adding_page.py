"""docs/adding.md names files and commits that exist."""

import re

import pytest

from tests.tools.checkout import ROOT, git

TEXT = (ROOT / "docs/adding.md").read_text(encoding="utf-8")
NAMED = re.compile(r"`((?:src|docs|tests|fuzz|web)/[^`]*)`|\]\(([^)#]+)")


def test_files_exist() -> None:
    named = [path or f"docs/{link}" for path, link in NAMED.findall(TEXT) if "NAME" not in path]
    assert len(named) > 50
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_commits_exist() -> None:
    if not (ROOT / ".git").exists() or git(ROOT, "rev-parse", "--is-shallow-repository").strip() == "true":
        pytest.skip("the history is not here")
    for commit in re.findall(r"\(commit ([0-9a-f]{7})\)", TEXT):
        assert git(ROOT, "cat-file", "-t", commit).strip() == "commit"
