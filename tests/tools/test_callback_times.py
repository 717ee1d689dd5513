"""The judge of `make test-callbacks`."""

from pathlib import Path

import pytest

from tests.tools.checkout import run_tool

# A program that notes each run, and takes the next of some times in a callback.
NOTES = """\
echo run >>runs
set -- {times}
shift $(($(wc -l <runs) - 1))
echo "{command} lib.so 0x10 $1 $1 1" >>"$CALLBACK_TIMES"
echo "{command} lib.so 0x20 7 9 2" >>"$CALLBACK_TIMES"
"""


@pytest.mark.parametrize(
    ("command", "times_us", "n_runs", "shown"),
    [
        ("serve", "19000", 1, "19.000 ms  lib.so 0x10"),
        ("serve", "21000 19000", 2, "19.000 ms  lib.so 0x10"),
        ("run", "21000 22000 23000", 3, "21.000 ms  lib.so 0x10"),
        ("list", "21000", 1, "no server said what its callbacks took"),
    ],
)
def test_callback_over_the_limit_in_all_runs(
    tmp_path: Path, command: str, times_us: str, n_runs: int, shown: str
) -> None:
    notes = NOTES.format(command=command, times=times_us)
    result = run_tool("callback_times.py", "dsmtpd", "--", "sh", "-c", notes, cwd=tmp_path)
    assert result.returncode == (0 if "19.000" in shown else 1), result.stdout + result.stderr
    assert shown in result.stdout + result.stderr
    assert (tmp_path / "runs").read_text() == "run\n" * n_runs


def test_failing_tests_fail(tmp_path: Path) -> None:
    assert run_tool("callback_times.py", "dsmtpd", "--", "false", cwd=tmp_path).returncode != 0
