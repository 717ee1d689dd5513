"""The targets of the Makefile, in a scratch directory where what installs and builds only notes its calls."""

import os
import re
import shutil
from pathlib import Path

import pytest

from tests.tools.checkout import ROOT, run

TARGETS = {
    "install-dev",
    "test",
    "lint",
    "lint-fix",
    "format",
    "typecheck",
    "build",
    "check-dist",
    "clean",
    "clean-build",
    "clean-venv",
    "bump",
}

# What decides which dependencies are installed, as it is here.
DECIDES = [
    "Makefile",
    "requirements*.txt",
    "tools/packages.txt",
    "tests/e2e/node/package*.json",
    "tests/web/package*.json",
    "examples/node/package*.json",
]

NODE_MODULES = {"tests/e2e/node/node_modules", "tests/web/node_modules", "examples/node/node_modules"}

# Writes its name and arguments into a file of the scratch directory, and does what Make needs to see.
RECORDER = """\
#!/bin/sh
echo "$(basename "$0") $*" >>"$RECORD"
case "$0 $*" in
*meson.sh\\ setup*) mkdir -p "$2" && touch "$2/build.ninja" ;;
*python3\\ -m\\ venv*)
  mkdir -p "$3/bin"
  for name in python pip pytest; do cp "$0" "$3/bin/$name"; done
  ;;
*npm\\ ci*) mkdir -p "$3/node_modules" && touch "$3/node_modules/.package-lock.json" ;;
esac
"""


class Scratch:
    """A directory with our Makefile."""

    def __init__(self, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.path = path
        self.record = path / "record"
        path.mkdir()
        for pattern in DECIDES:
            for source in ROOT.glob(pattern):
                self.file(str(source.relative_to(ROOT)))
                shutil.copyfile(source, path / source.relative_to(ROOT))
        programs = path.parent / "programs"
        programs.mkdir()
        for program in (programs / "python3", programs / "npm", *self.scripts()):
            program.write_text(RECORDER, encoding="utf-8")
            program.chmod(0o755)
        monkeypatch.setenv("PATH", str(programs), prepend=os.pathsep)
        monkeypatch.setenv("RECORD", str(self.record))

    def scripts(self) -> list[Path]:
        names = [f"tools/{source.name}" for source in (ROOT / "tools").glob("*.sh")]
        return [self.file(name) for name in (*names, "tests/web/run.sh")]

    def file(self, name: str) -> Path:
        """A place for a file."""
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def make(self, *arguments: str) -> str:
        result = run("make", *arguments, cwd=self.path)
        assert result.returncode == 0, result.stdout + result.stderr
        return result.stdout

    def called(self) -> str:
        """What was called since this was asked last."""
        calls = self.record.read_text(encoding="utf-8") if self.record.exists() else ""
        self.record.unlink(missing_ok=True)
        return calls


@pytest.fixture
def scratch(settings_of_nobody: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Scratch:
    return Scratch(tmp_path / "scratch", monkeypatch)


INSTALLS = re.compile(r"install_packages|pip install|npm ci|-m venv")


def test_every_target_is_there_and_in_the_help(scratch: Scratch) -> None:
    listed = {line.split()[1] for line in scratch.make("help").splitlines()}
    assert listed >= TARGETS
    for target in listed - {"help"}:
        scratch.make("--dry-run", target)


def test_dependencies_are_installed_once(scratch: Scratch) -> None:
    scratch.make("test")
    calls = scratch.called()
    for call in (
        "install_packages.sh build",
        "install_packages.sh test",
        "pip install",
        "npm ci",
        "meson.sh test",
        "pytest",
    ):
        assert call in calls
    assert not INSTALLS.search(scratch.make("--dry-run", "test"))
    scratch.make("test")
    calls = scratch.called()
    assert "pytest" in calls
    assert not INSTALLS.search(calls)


@pytest.mark.parametrize(
    ("changed", "installs"),
    [
        ("requirements-dev.txt", ["pip install"]),
        ("tests/e2e/node/package-lock.json", ["npm ci --prefix tests/e2e/node"]),
        ("tests/web/package-lock.json", ["npm ci --prefix tests/web"]),
        ("examples/node/package-lock.json", ["npm ci --prefix examples/node"]),
        ("tools/packages.txt", ["install_packages.sh build", "install_packages.sh test", "install_packages.sh venv"]),
    ],
)
def test_a_changed_list_is_installed_again(scratch: Scratch, changed: str, installs: list[str]) -> None:
    scratch.make("test")
    assert not INSTALLS.search(scratch.make("--dry-run", "test"))
    planned = scratch.make("--dry-run", f"--what-if={changed}", "test")
    for install in installs:
        assert install in planned


def test_install_dev_installs_again(scratch: Scratch) -> None:
    for _ in range(2):
        scratch.make("install-dev")
        calls = scratch.called()
        for group in ("build", "venv", "test", "check", "fuzz", "sanitize"):
            assert f"install_packages.sh {group}\n" in calls
        assert "pip install" in calls
        assert "npm ci" in calls


@pytest.mark.parametrize(
    ("target", "stays"),
    [
        ("clean-build", {".venv", *NODE_MODULES}),
        ("clean-venv", {"build", "build-asan", "dist"}),
        ("clean", set()),
    ],
)
def test_clean_removes_what_was_made(scratch: Scratch, target: str, stays: set[str]) -> None:
    made = {"build", "build-asan", "dist", ".venv", *NODE_MODULES}
    for name in (*made, "mail/new"):
        scratch.file(f"{name}/file").touch()
    scratch.make(target)
    assert {name for name in made if (scratch.path / name).exists()} == stays
    assert (scratch.path / "mail/new/file").exists()
    assert (scratch.path / "tests/e2e/node/package.json").exists()


@pytest.mark.parametrize("part", ["patch", "", "no part; touch harm $(touch harm)"])
def test_bump_hands_the_part_over_as_it_is(scratch: Scratch, part: str) -> None:
    scratch.make("bump")
    assert scratch.called().endswith("python tools/bump.py \n")
    scratch.make("bump", "PART=" + part.replace("$", "$$"))
    assert scratch.called() == f"python tools/bump.py {part}\n"
    assert not (scratch.path / "harm").exists()
