"""The program that runs on any Linux: in the wheel, the tarball and the packages of npm."""

import os
import re
import shutil
import signal
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
from pack.bare_root import BareRoot
from pack.licences import owner
from programs import require_program, run_program
from server import ROOT, Launcher

from tests.dist.packages import TIMEOUT_S, assert_takes_a_mail, only, version

pytestmark = pytest.mark.timeout(900)

# Runs a program of a root directory there, with one directory of ours.
RUN_IN_ROOT = """#!/bin/sh
exec unshare --mount sh -c '
  root=$0 shared=$1
  shift
  mkdir -p "$root$shared" && mount --bind "$shared" "$root$shared" && exec chroot "$root" "$@"
' '{root}' '{shared}' '{program}' "$@"
"""


@pytest.fixture
def tree(dist: Path, tmp_path: Path) -> Path:
    """What the tarball has."""
    with tarfile.open(only(dist, "dsmtpd-*-linux-*.tar.gz")) as archive:
        archive.extractall(tmp_path)
    (tree,) = tmp_path.glob("dsmtpd-*")
    return tree


def test_program_asks_nothing_of_the_system(tree: Path, dist: Path) -> None:
    """No dynamic linker, no libraries, and so no version of a symbol of glibc, be it 2.28 or a newer one."""
    program = str(tree / "bin" / "dsmtpd")
    assert "INTERP" not in run_program(["readelf", "--wide", "--program-headers", program])
    assert "NEEDED" not in run_program(["readelf", "--wide", "--dynamic", program])
    assert not re.findall(r"GLIBC_[\d.]+", run_program(["objdump", "--dynamic-syms", program]))
    assert re.search(r"manylinux_2_28_\w+\.musllinux_1_2_", only(dist, "*.whl").name)


def test_tarball_has_pages_and_the_licence_of_every_library(tree: Path) -> None:
    licences = {path.name: path.read_text(encoding="utf-8", errors="replace") for path in (tree / "licences").iterdir()}
    assert all(re.search("licen[cs]e", text, re.IGNORECASE) for text in licences.values())
    libraries = ["libc.a", "libglib-2.0.a", "libgmime-3.0.a", "libcrypto.a", "libsqlite3.a", "libjpeg.a", "libgif.a"]
    assert {owner(run_program(["dpkg", "--search", f"*/{name}"])) for name in libraries} <= set(licences)
    assert "dsmtpd" in (tree / "share" / "man" / "man1" / "dsmtpd.1").read_text(encoding="utf-8")
    assert (tree / "share" / "bash-completion" / "completions" / "dsmtpd").stat().st_size > 0
    assert (tree / "LICENSE").read_bytes() == (ROOT / "LICENSE").read_bytes()


@pytest.mark.parametrize("fixture", ["empty_root", "old_root"])
def test_corpus_reads_the_same_in_a_root_without_converters(
    fixture: str, request: pytest.FixtureRequest, tree: Path, tmp_path: Path
) -> None:
    """The tests of the corpus against the tarball's program, which finds nothing of this system."""
    root: BareRoot = request.getfixturevalue(fixture)
    shutil.copy(tree / "bin" / "dsmtpd", root.path)
    for converters in (root.path / "usr" / "lib").glob("*/gconv"):
        shutil.rmtree(converters)
    shutil.rmtree(root.path / "usr" / "share" / "zoneinfo", ignore_errors=True)
    shared = tmp_path / "shared"
    shared.mkdir()
    wrapper = tmp_path / "dsmtpd"
    wrapper.write_text(RUN_IN_ROOT.format(root=root.path, shared=shared, program="/dsmtpd"), encoding="utf-8")
    wrapper.chmod(0o755)
    env = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    command = ["-m", "pytest", "--quiet", f"--basetemp={shared}/pytest", "tests/e2e/test_corpus.py"]
    run = subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        env={**env, "DSMTPD_BINARY": str(wrapper)},
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    assert run.returncode == 0, run.stdout
    assert " passed" in run.stdout
    assert "failed" not in run.stdout


def test_program_takes_a_message_in_an_empty_root(tree: Path, launcher: Launcher, empty_root: BareRoot) -> None:
    shutil.copy(tree / "bin" / "dsmtpd", empty_root.path)
    server = launcher.start(
        "--directory=/mail",
        "--port=0",
        program=Path("/dsmtpd"),
        wrapper=["chroot", str(empty_root.path)],
        maildir=empty_root.path / "mail",
        defaults=False,
    )
    assert_takes_a_mail(server)


def test_wheel_takes_a_message_in_debian_11(dist: Path, launcher: Launcher, old_root: BareRoot) -> None:
    wheel = only(dist, "*.whl")
    shutil.copy(wheel, old_root.path)
    # Its Python is older than those the package is for; that is no matter to the program.
    old_root.run("python3", "-m", "venv", "/venv")
    pip = ["/venv/bin/python", "-m", "pip", "install", "--quiet", "--no-index", "--ignore-requires-python"]
    old_root.run(*pip, f"/{wheel.name}")
    server = launcher.start(
        "--directory=/mail",
        "--port=0",
        program=Path("/venv/bin/dsmtpd"),
        wrapper=old_root.wrapper,
        maildir=old_root.path / "mail",
        defaults=False,
    )
    assert_takes_a_mail(server)


@pytest.fixture
def node_project(dist: Path, tmp_path: Path) -> Path:
    """A project with the packages of npm, installed without a network."""
    npm = require_program("npm")
    packages = [str(only(dist, "dsmtpd-linux-*.tgz")), str(dist / f"dsmtpd-{version(dist)}.tgz")]
    project = tmp_path / "project"
    project.mkdir()
    run_program([npm, "init", "--yes"], cwd=project, timeout_s=TIMEOUT_S)
    install = [npm, "install", "--offline", "--no-audit", "--no-fund", f"--cache={tmp_path / 'cache'}"]
    run_program([*install, *packages], cwd=project, timeout_s=TIMEOUT_S)
    return project


def test_npm_package_takes_a_message_and_its_signals(node_project: Path, launcher: Launcher, tmp_path: Path) -> None:
    maildir = tmp_path / "mail"
    server = launcher.start(
        f"--directory={maildir}",
        "--port=0",
        program=node_project / "node_modules" / ".bin" / "dsmtpd",
        maildir=maildir,
        defaults=False,
    )
    assert_takes_a_mail(server)
    # The process that npm started is the program itself.
    assert Path(f"/proc/{server.process.pid}/comm").read_text() == "dsmtpd\n"
    assert server.stop(signal.SIGTERM) == 0


def test_npx_passes_on_arguments_and_exit_code(node_project: Path, dist: Path) -> None:
    npx = [require_program("npx"), "--offline", "--no", "--", "dsmtpd"]
    assert run_program([*npx, "--version"], cwd=node_project) == f"dsmtpd {version(dist)}\n"
    wrong = subprocess.run([*npx, "--port=none"], cwd=node_project, capture_output=True, text=True, check=False)
    assert wrong.returncode == 64
    assert wrong.stderr.startswith("dsmtpd: ")


def test_node_programs_find_the_program(node_project: Path, dist: Path) -> None:
    script = "process.stdout.write(require('child_process').execFileSync(require('dsmtpd').programPath, ['--version']))"
    printed = run_program([require_program("node"), "-e", script], cwd=node_project)
    assert printed == f"dsmtpd {version(dist)}\n"


def test_npm_package_without_its_program_says_so(dist: Path, tmp_path: Path) -> None:
    with tarfile.open(dist / f"dsmtpd-{version(dist)}.tgz") as archive:
        archive.extractall(tmp_path)
    run = subprocess.run([tmp_path / "package" / "bin" / "dsmtpd"], capture_output=True, text=True, check=False)
    assert run.returncode == 1
    assert re.fullmatch(r"dsmtpd: the package dsmtpd-linux-\w+ is missing; .+\n", run.stderr)
