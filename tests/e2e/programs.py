"""Runs the programs that others wrote and dsmtpd has to get along with."""

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

# Where mail programs are that a user's path may leave out, such as smtp-source.
SEARCH_PATH = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin"])
TIMEOUT_S = 60


def require_program(name: str) -> str:
    """The path of a program. Without it the test is skipped, or fails where CI promises that all are there."""
    path = shutil.which(name, path=SEARCH_PATH)
    if path is None:
        if os.environ.get("CI"):
            pytest.fail(f"{name} is not installed; see tools/packages.txt")
        pytest.skip(f"{name} is not installed")
    return path


def run_program(
    arguments: Sequence[str],
    *,
    stdin: bytes = b"",
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    timeout_s: float = TIMEOUT_S,
) -> str:
    """Runs a program that has to succeed and returns what it printed."""
    command = [require_program(arguments[0]), *arguments[1:]]
    result = subprocess.run(
        command,
        input=stdin,
        env={**os.environ, **(env or {})},
        cwd=cwd,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=timeout_s,
        check=False,
    )
    output = result.stdout.decode("utf-8", "replace")
    assert result.returncode == 0, f"{arguments[0]} ended with {result.returncode}:\n{output}"
    return output
