"""A small project to release, and the repository it is pushed to."""

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
TIMEOUT_S = 300

MESON_BUILD = """\
project('example', 'c',
  meson_version: '>= 1.0',
  version: '2.0.0',
)
glib = dependency('glib-2.0',
  version: '>= 2.66',
)
"""

CHANGES = """\
Changes
=======

Unreleased
----------

What follows is new.

* Mails come with ``250`` and with a smile, which takes more words than fit into a single line of this page, so that it
  goes on here.
* A second thing.

Version 2.0.0
-------------

Released on 2026-01-02.

* The first thing.
"""

NOTHING_NEW = CHANGES[: CHANGES.index("What")] + CHANGES[CHANGES.index("Version") :]


def run(*command: str | Path, cwd: Path, env: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """What a program does that may fail."""
    return subprocess.run(
        [str(word) for word in command],
        cwd=cwd,
        env={**os.environ, **(env or {})},
        capture_output=True,
        text=True,
        check=False,
        timeout=TIMEOUT_S,
    )


def run_tool(name: str, *arguments: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    return run(sys.executable, ROOT / "tools" / name, *arguments, cwd=cwd)


def git(directory: Path, *arguments: str) -> str:
    result = run("git", *arguments, cwd=directory)
    assert result.returncode == 0, result.stderr
    return result.stdout.strip()


def write_project(folder: Path) -> None:
    """The project at its last release, 2.0.0, with something unreleased."""
    (folder / "CHANGES.rst").write_text(CHANGES, encoding="utf-8")
    (folder / "meson.build").write_text(MESON_BUILD, encoding="utf-8")


@dataclass(frozen=True)
class Checkout:
    """The clone that somebody works in, and the bare repository it came from."""

    path: Path
    bare: Path

    @classmethod
    def make(cls, folder: Path) -> "Checkout":
        made = cls(folder / "clone", folder / "bare.git")
        git(folder, "init", "--quiet", "--bare", "--initial-branch=main", str(made.bare))
        git(folder, "clone", "--quiet", str(made.bare), str(made.path))
        git(made.path, "switch", "--quiet", "--create", "main")
        write_project(made.path)
        made.push_all("start")
        git(made.path, "push", "--quiet", "origin", "HEAD:refs/tags/v2.0.0")
        return made

    def write_changes(self, text: str) -> None:
        (self.path / "CHANGES.rst").write_text(text, encoding="utf-8")

    def push_all(self, message: str) -> None:
        git(self.path, "add", "--all")
        git(self.path, "commit", "--quiet", "--message", message)
        git(self.path, "push", "--quiet", "origin", "main")

    def remote_refs(self) -> dict[str, str]:
        """What the branches and tags of the bare repository are at."""
        lines = git(self.bare, "for-each-ref", "--format=%(refname) %(objectname)").splitlines()
        return {name: commit for name, _, commit in (line.partition(" ") for line in lines)}

    def state(self) -> list[str]:
        """All that a release must leave alone where it is made."""
        questions = ("rev-parse HEAD", "for-each-ref refs/heads refs/tags", "status --porcelain", "worktree list")
        return [git(self.path, *question.split()) for question in questions]
