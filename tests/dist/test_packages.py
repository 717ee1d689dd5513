"""The packages in dist/, as a user meets them: installed elsewhere, each starts and takes a mail."""

import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest
from pack.bare_root import BareRoot
from programs import run_program
from server import ROOT, Launcher

from tests.dist.packages import MAIL, TIMEOUT_S, assert_takes_a_mail, only, version

pytestmark = pytest.mark.timeout(900)


def test_checksums_are_of_every_package(dist: Path) -> None:
    lines = [line.split("  ") for line in (dist / "SHA256SUMS").read_text().splitlines()]
    files = sorted(path.name for path in dist.iterdir() if path.name != "SHA256SUMS")
    assert [name for _, name in lines] == files
    for checksum, name in lines:
        assert hashlib.sha256((dist / name).read_bytes()).hexdigest() == checksum


def test_the_index_would_take_the_python_packages(dist: Path) -> None:
    packages = [only(dist, "*.whl"), dist / f"dsmtpd-{version(dist)}.tar.gz"]
    result = subprocess.run([sys.executable, "-m", "twine", "check", "--strict", *packages], check=False)
    assert result.returncode == 0


def test_wheel_is_typed_and_for_every_python(dist: Path) -> None:
    wheel = only(dist, "*.whl")
    assert "-py3-none-" in wheel.name
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    assert "dsmtpd/py.typed" in names
    modules = {f"dsmtpd/{path.name}" for path in (ROOT / "python" / "dsmtpd").glob("*.py")}
    assert modules <= set(names)


@pytest.mark.parametrize("command", [["bin/dsmtpd"], ["bin/python", "-m", "dsmtpd"]], ids=["command", "module"])
def test_wheel_in_a_fresh_environment_takes_a_message(
    command: list[str], dist: Path, launcher: Launcher, tmp_path: Path
) -> None:
    place = tmp_path / "venv"
    venv.create(place, with_pip=True)
    run_program(
        [str(place / "bin/pip"), "install", "--quiet", "--no-index", str(only(dist, "*.whl"))], timeout_s=TIMEOUT_S
    )
    program, *options = command
    printed = run_program([str(place / program), *options, "--version"])
    assert printed == f"dsmtpd {version(dist)}\n"
    maildir = tmp_path / "mail"
    options += [f"--directory={maildir}", "--port=0"]
    server = launcher.start(*options, program=place / program, maildir=maildir, defaults=False)
    assert_takes_a_mail(server)


def test_wheel_has_the_fixture_of_pytest(dist: Path, tmp_path: Path) -> None:
    """Found by pytest itself, with the program that is in the wheel."""
    place = tmp_path / "venv"
    venv.create(place, with_pip=True, system_site_packages=False)
    pip = [str(place / "bin/pip"), "install", "--quiet"]
    run_program([*pip, "--no-index", str(only(dist, "*.whl"))], timeout_s=TIMEOUT_S)
    run_program([*pip, f"pytest=={pytest.__version__}"], timeout_s=TIMEOUT_S)
    (tmp_path / "test_app.py").write_text(
        "import smtplib\n"
        "import dsmtpd as package\n"
        "from dsmtpd.server import find_program\n"
        "def test_mail(dsmtpd):\n"
        "    with smtplib.SMTP(dsmtpd.smtp_host, dsmtpd.smtp_port) as smtp:\n"
        f"        smtp.sendmail('a@example.com', ['b@example.com'], {MAIL!r})\n"
        "    assert dsmtpd.wait(timeout=60).subject == 'hello'\n"
        "    assert find_program() == package.program_path()\n"
    )
    env = {"PATH": "/usr/bin:/bin", "PYTHONPATH": "", "PYTEST_ADDOPTS": "", "PYTEST_PLUGINS": "", "DSMTPD_URL": ""}
    printed = run_program([str(place / "bin/pytest"), "--quiet"], env=env, cwd=tmp_path)
    assert "1 passed" in printed


def test_deb_has_no_errors(dist: Path) -> None:
    run_program(["lintian", "--allow-root", "--fail-on", "error", str(only(dist, "*.deb"))], timeout_s=TIMEOUT_S)


def test_deb_brings_what_it_needs_and_takes_a_message(dist: Path, launcher: Launcher, bare_root: BareRoot) -> None:
    package = only(dist, "*.deb").name
    shutil.copy(dist / package, bare_root.path)
    bare_root.run("apt-get", "update", "--quiet")
    bare_root.run("apt-get", "install", "--yes", "--quiet", "--no-install-recommends", f"/{package}")
    assert bare_root.run("dsmtpd", "--version") == f"dsmtpd {version(dist)}\n"
    bare_root.run("install", "--directory", "--owner=nobody", "/mails")
    server = launcher.start(
        "--directory=/mails/mail",
        "--port=0",
        program=Path("/usr/bin/dsmtpd"),
        wrapper=[*bare_root.wrapper, "setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"],
        maildir=bare_root.path / "mails" / "mail",
        defaults=False,
    )
    assert_takes_a_mail(server)


def test_deb_has_manual_units_and_completions(dist: Path) -> None:
    listing = run_program(["dpkg-deb", "--contents", str(only(dist, "*.deb"))])
    files = {line.split()[-1].removeprefix(".") for line in listing.splitlines()}
    assert {
        "/usr/share/man/man1/dsmtpd.1.gz",
        "/usr/share/bash-completion/completions/dsmtpd",
        "/usr/share/zsh/vendor-completions/_dsmtpd",
        "/usr/share/fish/vendor_completions.d/dsmtpd.fish",
    } <= files
    for unit in ("dsmtpd.service", "dsmtpd.socket"):
        assert any(path.endswith(f"/lib/systemd/system/{unit}") for path in files)


def test_archive_builds_passes_its_tests_and_installs(dist: Path, tmp_path: Path) -> None:
    with tarfile.open(only(dist, "dsmtpd-*.tar.xz")) as archive:
        archive.extractall(tmp_path)
    tree = tmp_path / f"dsmtpd-{version(dist)}"
    subprocess.run(["make", "test-unit", "MESON_ARGS=--prefix=/usr"], cwd=tree, check=True)
    env = {**os.environ, "DESTDIR": str(tmp_path / "installed")}
    subprocess.run([tree / "tools" / "meson.sh", "install", "-C", "build", "--quiet"], cwd=tree, env=env, check=True)
    printed = run_program([str(tmp_path / "installed" / "usr" / "bin" / "dsmtpd"), "--version"])
    assert printed == f"dsmtpd {version(dist)}\n"


def test_formula_is_ruby(dist: Path) -> None:
    run_program(["ruby", "-c", str(dist / "dsmtpd.rb")])


def test_building_again_elsewhere_gives_the_same_bytes(dist: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "a longer path" / "of another name"
    run_program(["git", "clone", "--quiet", "--shared", str(ROOT), str(elsewhere)])
    env = {**os.environ, "PYTHONPATH": str(elsewhere / "tools"), "TZ": "Asia/Tokyo"}
    command = [sys.executable, "-m", "pack", "dist"]
    subprocess.run(command, cwd=elsewhere, env=env, umask=0o077, check=True)
    assert (elsewhere / "dist" / "SHA256SUMS").read_text() == (dist / "SHA256SUMS").read_text()
