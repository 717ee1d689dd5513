"""What the tests of the built packages share."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from pack.bare_root import BareRoot
from server import ROOT


@pytest.fixture(scope="session")
def dist() -> Path:
    """The packages, as `make build` left them."""
    return ROOT / "dist"


def make_root(name: str, suite: str = "") -> BareRoot:
    """A bare Debian, kept from one run to the next and never changed."""
    missing = BareRoot.missing()
    if missing:
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    (ROOT / "build").mkdir(exist_ok=True)
    return BareRoot.make(ROOT / "build" / name, suite)


@pytest.fixture(scope="session")
def sealed_root() -> BareRoot:
    """A bare Debian of the release that runs here."""
    return make_root("bare-root")


@pytest.fixture
def bare_root(sealed_root: BareRoot) -> Iterator[BareRoot]:
    """A bare Debian to install something in."""
    with tempfile.TemporaryDirectory(prefix="bare-root-", dir=ROOT / "build") as directory:
        yield sealed_root.copy(Path(directory) / "root")


@pytest.fixture
def old_root() -> Iterator[BareRoot]:
    """A bare Debian 11, whose glibc is 2.31, to install something in."""
    with tempfile.TemporaryDirectory(prefix="old-root-", dir=ROOT / "build") as directory:
        yield make_root("old-root", "bullseye").copy(Path(directory) / "root")


@pytest.fixture
def empty_root() -> Iterator[BareRoot]:
    """A root directory with nothing in it: no C library, no converters, no time zones, no locales."""
    missing = BareRoot.missing()
    if missing:
        pytest.skip(missing)
    with tempfile.TemporaryDirectory(prefix="empty-root-", dir=ROOT / "build") as directory:
        root = BareRoot(Path(directory))
        (root.path / "proc").mkdir()
        yield root
