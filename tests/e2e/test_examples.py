"""The programs in examples/: each sends a mail, and its tests wait for it, run as its README says."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from programs import require_program, run_program
from server import ROOT, binary

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
