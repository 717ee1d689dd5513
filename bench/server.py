"""The servers that are compared: what they are called, how they are started, which of them are here."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import venv
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bench.error import BenchError

PYTHON_DSMTPD_VERSION = "1.2.1"
MAILDEV_VERSION = "3.0.0"
INSTALL_TIMEOUT_S = 180

# The command for an SMTP port, a port for the web and a Maildir.
CommandLine = Callable[[int, int, Path], list[str]]


@dataclass(frozen=True)
class Server:
    """A program with the options it is measured with."""

    name: str  # the column's heading
    version: str
    command: CommandLine
    fills_maildir: bool = False
    has_index: bool = False  # a dsmtpd that indexes what it stores
    is_peer: bool = False  # measured in the everyday rows only
    many_connections: tuple[str, ...] = ()  # options that let 10,000 clients in, behind the command's first word


def find_servers(binary: Path, *, tools: Path, with_peers: bool) -> tuple[list[Server], list[str]]:
    """The servers there are, smtp-sink first, and a note on each that is missing."""
    servers = [_smtp_sink(), *_dsmtpd(binary)]
    notes = []
    if with_peers:
        for find_peer in (_python_dsmtpd, _mailpit, _maildev):
            try:
                servers.append(find_peer(tools))
            except BenchError as missing:
                notes.append(str(missing))
    return servers, notes


def find_dsmtpd(binary: Path) -> Server:
    """As it is started with no options, but for where."""
    return _dsmtpd(binary)[0]


def find_inbox_peer() -> Server:
    """The one whose API the inbox rows ask, keeping all mails in a file."""
    return _mailpit_with(lambda maildir: ["--max", "0", "--database", str(maildir / "mailpit.db")])


def _smtp_sink() -> Server:
    path = shutil.which("smtp-sink", path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin")
    if path is None:
        raise BenchError("smtp-sink is not installed; it comes with Postfix: make install-dev")
    user = ["-u", "nobody"] if os.geteuid() == 0 else []  # it refuses to run as root
    return Server(
        "smtp-sink",
        f"Postfix {_first_line(['postconf', '-dh', 'mail_version'])}",
        lambda port, web_port, maildir: [path, *user, f"127.0.0.1:{port}", "1000"],
        many_connections=("-m", "20000"),
    )


def _dsmtpd(binary: Path) -> list[Server]:
    def command(sync: str) -> CommandLine:
        return lambda port, web_port, maildir: [
            *[str(binary), "-p", str(port), "-i", "127.0.0.1", "-d", str(maildir)],
            *["--http", f"127.0.0.1:{web_port}", f"--sync={sync}"],
        ]

    version = f"{_first_line([str(binary), '--version'])}, {_build_type(binary)}"
    many = ("--max-connections=20000",)
    return [
        Server("dsmtpd", version, command("always"), fills_maildir=True, has_index=True, many_connections=many),
        Server(
            "dsmtpd --sync=none", version, command("none"), fills_maildir=True, has_index=True, many_connections=many
        ),
    ]


def _build_type(binary: Path) -> str:
    """As Meson was told. Numbers of an unoptimised or sanitized build say nothing."""
    try:
        options = json.loads((binary.parent / "meson-info" / "intro-buildoptions.json").read_text())
    except OSError:
        return "unknown build type"
    values = {option["name"]: option["value"] for option in options}
    if values["b_sanitize"] != "none" or values["optimization"] in ("0", "g"):
        return f"{values['buildtype']}, sanitizers {values['b_sanitize']}: NOT FOR COMPARISON"
    return str(values["buildtype"])


def _python_dsmtpd(tools: Path) -> Server:
    home = tools / f"dsmtpd-{PYTHON_DSMTPD_VERSION}"
    program = home / "bin" / "dsmtpd"
    if not program.exists():
        venv.create(home, with_pip=True)
        _install([str(home / "bin" / "pip"), "install", "-q", f"dsmtpd=={PYTHON_DSMTPD_VERSION}"], program)
    return Server(
        f"dsmtpd {PYTHON_DSMTPD_VERSION} (Python)",
        _first_line([str(home / "bin" / "python"), "--version"]),
        lambda port, web_port, maildir: [str(program), "-p", str(port), "-i", "127.0.0.1", "-d", str(maildir)],
        fills_maildir=True,
        is_peer=True,
    )


def _mailpit(tools: Path) -> Server:
    return _mailpit_with(lambda maildir: [])


def _mailpit_with(options: Callable[[Path], list[str]]) -> Server:
    program = shutil.which("mailpit")
    if program is None:
        raise BenchError("Mailpit is left out: there is no mailpit on PATH")

    def command(port: int, web_port: int, maildir: Path) -> list[str]:
        usual = ["--smtp", f"127.0.0.1:{port}", "--listen", f"127.0.0.1:{web_port}", "--disable-version-check"]
        return [program, *usual, *options(maildir)]

    version = _first_line([program, "version", "--no-release-check"]).replace(program, "Mailpit", 1)
    return Server("Mailpit", version, command, is_peer=True)


def _maildev(tools: Path) -> Server:
    home = tools / f"maildev-{MAILDEV_VERSION}"
    program = home / "node_modules" / ".bin" / "maildev"
    if not program.exists():
        npm = shutil.which("npm")
        if npm is None:
            raise BenchError("maildev is left out: there is no npm on PATH")
        home.mkdir(parents=True, exist_ok=True)
        quiet = ["--no-audit", "--no-fund", "--loglevel=error"]
        _install([npm, "install", *quiet, "--prefix", str(home), f"maildev@{MAILDEV_VERSION}"], program)

    def command(port: int, web_port: int, maildir: Path) -> list[str]:
        web = ["--web-ip", "127.0.0.1", "--web", str(web_port)]
        return [str(program), "--silent", "--ip", "127.0.0.1", "--smtp", str(port), *web]

    return Server(f"maildev {MAILDEV_VERSION}", f"Node {_first_line(['node', '--version'])}", command, is_peer=True)


def _install(command: list[str], program: Path) -> None:
    try:
        result = subprocess.run(command, capture_output=True, text=True, timeout=INSTALL_TIMEOUT_S, check=False)
        reason = (result.stderr.strip() or "no program came of it").splitlines()[-1]
    except (OSError, subprocess.TimeoutExpired) as error:
        reason = str(error)
    if not program.exists():
        raise BenchError(f"{program.name} is left out: installing failed: {reason}")


def _first_line(command: list[str]) -> str:
    try:
        result = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return "version unknown"
    return (result.stdout.strip().splitlines() or ["version unknown"])[0]
