"""The commit hooks, in a clone of this repository with the tools that are installed here."""

import shutil
from pathlib import Path

import pytest
from programs import require_program

from tests.tools.checkout import ROOT, git, run

BAD_C = "int  main( void ){int code=0;\nreturn code ;}\n"
GOOD_C = "int main(void) {\n  int code = 0;\n\n  return code;\n}\n"
BAD_PYTHON = "import sys\nx = [ 1,2 ]\n"
GOOD_PYTHON = "x = [1, 2]\n"
BAD_SHELL = "#!/bin/sh\nif true\nthen\n        echo hello\nfi\n"
GOOD_SHELL = "#!/bin/sh\nif true; then\n  echo hello\nfi\n"


WORKFLOW = """\
on: push
permissions: {{}}
jobs:
  scratch:
    runs-on: ubuntu-24.04
    steps:
      - {step}
"""


@pytest.fixture
def clone(settings_of_nobody: None, tmp_path: Path) -> Path:
    for program in ("cppcheck", "go", "shellcheck"):
        require_program(program)
    if not (ROOT / ".git").exists():
        pytest.skip("this is no checkout of git")
    path = tmp_path / "clone"
    git(tmp_path, "clone", "--quiet", "--shared", str(ROOT), str(path))
    shutil.copyfile(ROOT / ".pre-commit-config.yaml", path / ".pre-commit-config.yaml")
    git(path, "commit", "--quiet", "--all", "--allow-empty", "--message", "hooks")
    (path / ".venv").symlink_to(ROOT / ".venv")
    git(path, "config", "core.excludesFile", ".gitignore-here")
    (path / ".gitignore-here").write_text(".venv\n.gitignore-here\n", encoding="utf-8")
    assert run(ROOT / ".venv/bin/prek", "install", cwd=path).returncode == 0
    return path


def test_a_badly_formatted_commit_is_stopped_and_mended(clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Building and checking everything takes its time, and says nothing of these files.
    monkeypatch.setenv("SKIP", "compile,mypy")
    start = git(clone, "rev-parse", "HEAD")
    files = {
        "bench/scratch.c": (BAD_C, GOOD_C),
        "tools/scratch.py": (BAD_PYTHON, GOOD_PYTHON),
        "tools/scratch.sh": (BAD_SHELL, GOOD_SHELL),
    }
    for name, (bad, _) in files.items():
        (clone / name).write_text(bad, encoding="utf-8")
    (clone / "tools/scratch.sh").chmod(0o755)
    git(clone, "add", *files)

    stopped = run("git", "commit", "--message", "tools: add a scratch", cwd=clone)
    assert stopped.returncode != 0
    assert git(clone, "rev-parse", "HEAD") == start
    for name, (_, good) in files.items():
        assert (clone / name).read_text(encoding="utf-8") == good, name

    git(clone, "add", *files)
    passed = run("git", "commit", "--message", "tools: add a scratch", cwd=clone)
    assert passed.returncode == 0, passed.stdout + passed.stderr
    assert git(clone, "log", "-1", "--format=%s") == "tools: add a scratch"
    assert set(git(clone, "show", "--format=", "--name-only", "HEAD").split()) == set(files)


@pytest.mark.parametrize(
    ("name", "text", "hook"),
    [
        ("tools/scratch.py", '"""A mistake."""\n\nx: int = "text"\n', "mypy"),
        ("tools/scratch.py", '"""A mistake."""\n\nprint(undefined)\n', "ruff"),
        ("tools/scratch.sh", "#!/bin/sh\necho $undefined\n", "shellcheck"),
        ("src/base/scratch.c", '#include "smtp/session.h"\n', "layers"),
        ("docs/scratch.md", "The mails lie behind each other.\n", "words"),
        ("src/base/scratch.c", "int f(void) {\n  int a[1];\n\n  return a[2];\n}\n", "cppcheck"),
        (".github/workflows/scratch.yml", WORKFLOW.format(step="run: echo ${{ github.nothing }}"), "workflows"),
        (".github/workflows/scratch.yml", WORKFLOW.format(step="uses: actions/checkout@v7"), "workflows"),
    ],
)
def test_what_no_hook_can_mend_stops_the_commit(
    clone: Path, monkeypatch: pytest.MonkeyPatch, name: str, text: str, hook: str
) -> None:
    monkeypatch.setenv("SKIP", "compile" if hook == "mypy" else "compile,mypy")
    (clone / name).write_text(text, encoding="utf-8")
    git(clone, "add", name)
    result = run("git", "commit", "--message", "tools: add a scratch", cwd=clone)
    assert result.returncode != 0
    assert f"- hook id: {hook}\n" in result.stdout + result.stderr
    assert (clone / name).read_text(encoding="utf-8") == text


def test_a_subject_without_an_area_stops_the_commit(clone: Path) -> None:
    result = run("git", "commit", "--allow-empty", "--message", "various things", cwd=clone)
    assert result.returncode != 0
    assert "area: imperative summary" in result.stdout + result.stderr
