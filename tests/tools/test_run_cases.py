"""tools/run_cases.py on directories of cases made up here, with a program that only says that it runs."""

import os
from pathlib import Path

import pytest
import run_cases

from tests.tools.checkout import ROOT, run


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


@pytest.mark.skipif(os.geteuid() != 0, reason="a network of its own needs root")
def test_exit_codes_are_verdicts(tmp_path: Path) -> None:
    write(tmp_path / "cases/server/1-good.sh", 'echo "$DSMTPD" said; exit 0\n')
    write(tmp_path / "cases/server/2-bad.py", "import sys; print('the reason'); sys.exit(3)\n")
    result = run(ROOT / "tools/run_cases.py", "/bin/true", tmp_path / "cases", cwd=tmp_path)
    lines = result.stdout.splitlines()
    assert sorted(lines[:-1]) == ["      the reason", "WRONG server/2-bad.py", "ok    server/1-good.sh"]
    assert (result.returncode, lines[-1]) == (1, "1 of 2 cases are right")
    result = run(ROOT / "tools/run_cases.py", "/bin/true", tmp_path / "cases", "good", cwd=tmp_path)
    assert (result.returncode, result.stdout.splitlines()[-1]) == (0, "1 of 1 cases are right")


def test_no_cases_are_an_error(tmp_path: Path) -> None:
    result = run(ROOT / "tools/run_cases.py", "/bin/true", tmp_path, cwd=tmp_path)
    assert result.returncode == 2
    assert "there are no such cases" in result.stderr


@pytest.mark.parametrize(
    ("judge", "good", "bad"),
    [
        (
            run_cases.judge_index_path,
            "read 0 404\n  files ['m/new/1', 'outside/abs', 'outside/up']\n",
            "read 0 TOPSECRET\n  files ['m/new/1', 'outside/abs', 'outside/up']\n",
        ),
        (
            run_cases.judge_index_path,
            "  files ['outside/abs', 'outside/up']\n",
            "  files ['outside/abs', 'outside/up']\n  files at the end ['outside/abs']\n",
        ),
        (run_cases.judge_memory, "150 clients: rss 70 peak 400 MiB", "150 clients: rss 70 peak 401 MiB"),
        (
            run_cases.judge_slow_readers,
            "base 15 peak 140 now 122 20.5s worst http 0.48s",
            "base 15 peak 140 now 122 20.5s worst http 5.48s",
        ),
        (run_cases.judge_delete_early, "files left 0 total 0", "files left 0 total 0\nfiles left 3 total 0"),
        (
            run_cases.judge_ready,
            "Maildir removed: b'451' readyz (503, b'')\n made again, later: b'250 2.0.0 stored' readyz 200",
            "Maildir removed: b'451' readyz (503, b'')\n made again, later: b'451 4.3.0 no' readyz 200",
        ),
        (
            run_cases.judge_sparse,
            "list while two readers are held: 0.1s hwm 20",
            "list while two readers are held: none in 100.1s hwm 15253",
        ),
        (
            run_cases.judge_reindex_tags,
            "tagged before 50 | server after the kill 50 log says [] | after reindex again 50 3000 mails",
            "tagged before 50 | server after the kill 0 log says [] | after reindex again 50 3000 mails",
        ),
    ],
)
def test_output_is_judged(judge: run_cases.Judge, good: str, bad: str) -> None:
    assert judge(good)
    assert not judge(bad)
    assert not judge("")
