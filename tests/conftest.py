"""Fixtures of all tests that start the program."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from server import Launcher


@pytest.fixture
def launcher(tmp_path: Path) -> Iterator[Launcher]:
    """Starts servers with options of the test's choice."""
    launcher = Launcher(tmp_path)
    try:
        yield launcher
        launcher.end_all()
    finally:
        launcher.kill_all()
