""".ci/run, with checks that only say something."""

import re
import shutil
from pathlib import Path

from tests.tools.checkout import ROOT, run

REPORT = '<testsuite><testcase name="good"/><testcase name="bad"><failure/></testcase></testsuite>'


def run_ci(directory: Path, *, lint: str) -> tuple[int, list[str]]:
    """The exit code and the output, where `make -k lint` is this script."""
    programs = directory / "programs"
    programs.mkdir()
    make = programs / "make"
    make.write_text(f'#!/bin/sh\ncase "$*" in *lint*) {lint} ;; esac\necho "made $*"\n', encoding="utf-8")
    prek = directory / "project/.venv/bin/prek"
    prek.parent.mkdir(parents=True)
    prek.write_text("#!/bin/sh\necho checked\n", encoding="utf-8")
    for program in (make, prek):
        program.chmod(0o755)
    for name in (".ci", "tools"):
        shutil.copytree(ROOT / name, directory / "project" / name, ignore=shutil.ignore_patterns("__pycache__"))
    result = run(
        directory / "project/.ci/run", cwd=directory, env={"PATH": f"{programs}:/usr/bin:/bin", "TAIL_LINES": "3"}
    )
    return result.returncode, (result.stdout + result.stderr).splitlines()


def test_all_pass(tmp_path: Path) -> None:
    code, lines = run_ci(tmp_path, lint="true")
    checks = len([line for line in lines if re.search(r": passed after \d+ s$", line)])
    assert checks >= 7
    assert (code, lines[-1]) == (0, f"{checks} passed, 0 failed")


def test_what_failed_is_at_the_end(tmp_path: Path) -> None:
    report = f"mkdir -p build/meson-logs && echo '{REPORT}' >build/meson-logs/x.junit.xml"
    code, lines = run_ci(tmp_path, lint=f"{report}; seq 10; echo wrong >&2; exit 1")
    assert code == 1
    after = [line for line in lines if line.startswith("=== make typecheck")]
    assert after, "a failed check ended the run"
    assert lines[-7:-1] == [
        "=== make -k lint failed; the end of build/ci/make--k-lint.log:",
        "9",
        "10",
        "wrong",
        "",
        "failed: build/meson-logs/x.junit.xml:  bad",
    ]
    assert re.fullmatch(r"\d+ passed, 2 failed", lines[-1])
