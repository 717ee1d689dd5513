"""Runs the programs that others wrote and dsmtpd has to get along with."""

import os
import shutil
import socket
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

TIMEOUT_S = 60


def read_search_path() -> str:
    """The user's path and where else programs are: smtp-source in the first, git-send-email in the last directory."""
    path = os.environ.get("PATH", os.defpath)
    directories = [path, "/usr/sbin", "/sbin"]
    if git := shutil.which("git", path=path):
        directories.append(
            subprocess.run([git, "--exec-path"], capture_output=True, text=True, check=True).stdout.strip()
        )
    return os.pathsep.join(directories)


SEARCH_PATH = read_search_path()


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


def free_port() -> int:
    """A port on which nobody listened a moment ago."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port
