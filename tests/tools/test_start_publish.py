"""Starting Publish and waiting for it, with a gh that answers from a list."""

import subprocess
from pathlib import Path

import pytest

from tests.tools.checkout import run_tool

URL = "https://example.com/run/42"
SUCCESS = f'{{"status": "completed", "conclusion": "success", "url": "{URL}"}}'
FAILURE = f'{{"status": "completed", "conclusion": "failure", "url": "{URL}"}}'

# Each answer is a file, named by the order; one that begins with "!" is an error.
GH = """\
#!/bin/sh
echo "$*" >>{directory}/calls
answer={directory}/$(wc -l <{directory}/calls)
if ! [ -f "$answer" ]; then echo "one call too many" >&2; exit 1; fi
if grep -q '^!' "$answer"; then sed 's/^!//' "$answer" >&2; exit 1; fi
cat "$answer"
"""


@pytest.fixture
def answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The directory with the answers of gh, and the calls it got."""
    directory = tmp_path / "answers"
    directory.mkdir()
    program = tmp_path / "bin" / "gh"
    program.parent.mkdir()
    program.write_text(GH.format(directory=directory), encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent), prepend=":")
    return directory


def publish(answers: Path, *texts: str) -> subprocess.CompletedProcess[str]:
    for number, text in enumerate(texts, start=1):
        (answers / str(number)).write_text(text, encoding="utf-8")
    result = run_tool("start_publish.py", "v2.1.0", "--interval", "0.01", cwd=answers)
    calls = (answers / "calls").read_text(encoding="utf-8").splitlines()
    assert len(calls) == len(texts)
    assert calls[0] == "workflow run publish.yml --ref v2.1.0"
    return result


def test_success(answers: Path) -> None:
    result = publish(answers, "", "", "", "42\n", "", "", SUCCESS)
    assert (result.returncode, result.stdout) == (0, f"published: {URL}\n")
    calls = (answers / "calls").read_text(encoding="utf-8").splitlines()
    assert calls[1].startswith("run list --workflow publish.yml --branch v2.1.0 --event workflow_dispatch --limit 1 ")
    assert calls[-1].startswith("run view 42 --json status,conclusion,url ")


def test_a_few_failed_looks_are_borne(answers: Path) -> None:
    broken = "!HTTP 502: Bad Gateway"
    assert publish(answers, "", broken, "42", *[broken] * 9, "", broken, SUCCESS).returncode == 0


@pytest.mark.parametrize(
    ("texts", "complaint"),
    [
        (["!HTTP 404: workflow not found"], "gh workflow run: HTTP 404: workflow not found"),
        (["", "42", FAILURE], f"the run ended with failure: {URL}"),
        (["", "42", FAILURE.replace("failure", "cancelled")], f"the run ended with cancelled: {URL}"),
        (["", *["!HTTP 403"] * 10], "gh run list: HTTP 403"),
        (["", "42", *["!HTTP 502"] * 10], "gh run view: HTTP 502"),
        (["", "no JSON"], "Expecting value"),
    ],
)
def test_failure(answers: Path, texts: list[str], complaint: str) -> None:
    result = publish(answers, *texts)
    assert result.returncode == 1
    assert result.stderr.startswith(f"Publish on v2.1.0: {complaint}")
    assert result.stderr.count("\n") == 1
