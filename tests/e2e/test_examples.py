"""The programs in examples/: each sends a message, and its tests wait for it, run as its README says."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from programs import require_program, run_program
from server import ROOT, binary, clean_environment

EXAMPLES = ROOT / "examples"
TIMEOUT_S = 300.0


def dsmtpd_run(*command: str, cwd: Path, env: Mapping[str, str] | None = None) -> str:
    """What `dsmtpd run -- COMMAND` prints, dsmtpd being installed, as it were."""
    require_program(command[0])
    path = f"{binary().parent}{os.pathsep}{os.environ['PATH']}"
    run = [str(binary()), "run", "--", *command]
    return run_program(run, env={"PATH": path, **(env or {})}, cwd=cwd, timeout_s=TIMEOUT_S)


def test_python(tmp_path: Path) -> None:
    pytest.importorskip("django", reason="make test installs it")
    app = shutil.copytree(EXAMPLES / "python", tmp_path / "app")  # away from this project's settings for pytest
    plugin = {"PYTHONPATH": str(ROOT / "python"), "PYTEST_PLUGINS": "dsmtpd.pytest_plugin"}  # as pip install does
    env = {**plugin, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_ADDOPTS": ""}
    assert "2 passed" in dsmtpd_run(sys.executable, "-m", "pytest", "-q", cwd=app, env=env)


def test_node() -> None:
    browser = require_program("chromium")
    if int(run_program(["node", "--print", "process.versions.node.split('.')[0]"])) < 20:
        pytest.skip("playwright-core wants Node 20 or newer")
    if not (EXAMPLES / "node" / "node_modules" / "playwright-core").exists():
        pytest.skip("playwright-core is not installed; make test does that")
    assert "pass 1" in dsmtpd_run("npm", "test", cwd=EXAMPLES / "node", env={"BROWSER": browser})


def test_go() -> None:
    # It is Go's own library that takes long to compile.
    quick = ["-vet=off", "-gcflags=all=-N -l"]
    env = {"GOTOOLCHAIN": "local", "CGO_ENABLED": "0"}
    printed = dsmtpd_run("go", "test", *quick, "-count=1", "-v", "./...", cwd=EXAMPLES / "go", env=env)
    assert "--- PASS: TestTheCodeInTheMailConfirmsTheAddress" in printed


def test_php() -> None:
    require_program("msmtp")
    printed = dsmtpd_run("php", "-c", "php.ini", "test.php", cwd=EXAMPLES / "php")
    assert printed.count("ok - ") == 3


CI_PROGRAM = """
import os, smtplib
from email.message import EmailMessage
from email.utils import localtime, make_msgid
mail = EmailMessage()
mail["From"], mail["To"], mail["Date"] = "shop@example.com", "bob@example.com", localtime()
mail["Message-ID"] = make_msgid(domain="mail.example.com")
if {subject!r}:
    mail["Subject"] = {subject!r}
mail.set_content("Welcome")
with smtplib.SMTP(os.environ["SMTP_HOST"], int(os.environ["SMTP_PORT"])) as client:
    client.send_message(mail)
"""


@pytest.mark.parametrize(
    ("subject", "ignored", "code"),
    [("Welcome", "", 0), ("", "", 1), ("", "no-subject", 0)],
    ids=["good", "bad", "ignored"],
)
def test_ci(subject: str, ignored: str, code: int) -> None:
    """The script of the jobs, with a program that sends a message in place of a test suite."""
    path = f"{binary().parent}{os.pathsep}{os.environ['PATH']}"
    process = subprocess.run(
        [binary(), "run", "--", "./lint.sh", sys.executable, "-c", CI_PROGRAM.format(subject=subject)],
        cwd=EXAMPLES / "ci",
        env=clean_environment({"PATH": path, "IGNORE": ignored}),
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    assert process.returncode == code, process.stdout + process.stderr
    assert process.stdout.splitlines()[-1].startswith("1 message: 0 errors, ")
    assert ("[no-subject, RFC 5322 3.6.5]" in process.stdout) == (code == 1)
    assert ("ended with exit code 1; 1 message arrived:" in process.stderr) == (code == 1)


def test_ci_jobs_run_that_script() -> None:
    for job in ("github.yml", "gitlab.yml"):
        assert "dsmtpd run --keep mail -- ./lint.sh pytest" in (EXAMPLES / "ci" / job).read_text()
