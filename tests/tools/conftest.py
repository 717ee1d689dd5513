"""Fixtures of the tests of tools/."""

import os
from pathlib import Path

import pytest

from tests.tools.checkout import Checkout


@pytest.fixture
def settings_of_nobody(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Git as on a fresh machine, with a name to commit under, whatever the developer's settings are."""
    home = tmp_path / "home"
    home.mkdir()
    # In a container the checkout may belong to another user.
    (home / ".gitconfig").write_text("[safe]\n  directory = *\n", encoding="utf-8")
    for name in list(os.environ):
        if name.startswith("GIT_") or name in {"MAKEFLAGS", "MFLAGS", "MAKELEVEL", "PART"}:
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{role}_NAME", "Tester")
        monkeypatch.setenv(f"GIT_{role}_EMAIL", "tester@example.com")


@pytest.fixture
def checkout(settings_of_nobody: None, tmp_path: Path) -> Checkout:
    """A clone of a bare repository whose last release is 2.0.0, with something unreleased."""
    return Checkout.make(tmp_path)
