"""The last line of .ci/run."""

from pathlib import Path

import pytest

from tests.tools.checkout import run_tool

REPORT = """<testsuites><testsuite>
<testcase classname="store" name="journal"/>
<testcase classname="store" name="maildir"><failure>not \x1b[1mso\x1b[0m</failure></testcase>
<testcase classname="smtp" name="session"><error/></testcase>
<testcase classname="smtp" name="tls"><skipped/></testcase>
</testsuite></testsuites>"""

FAILED = "failed: report.xml: store maildir\nfailed: report.xml: smtp session\n"


@pytest.mark.parametrize(
    ("arguments", "output", "code"),
    [
        (["report.xml"], f"{FAILED}1 passed, 2 failed\n", 1),
        (["report.xml", "--passed", "3", "--failed", "1"], f"{FAILED}4 passed, 3 failed\n", 1),
        (["--passed", "3"], "3 passed, 0 failed\n", 0),
        ([], "0 passed, 0 failed\n", 1),
    ],
)
def test_sum(tmp_path: Path, arguments: list[str], output: str, code: int) -> None:
    (tmp_path / "report.xml").write_text(REPORT, encoding="utf-8")
    result = run_tool("count_tests.py", *arguments, cwd=tmp_path)
    assert (result.returncode, result.stdout, result.stderr) == (code, output, "")
