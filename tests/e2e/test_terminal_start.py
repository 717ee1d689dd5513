"""What a person sees who starts the server on a terminal."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from hostile_support import wait_until
from server import Launcher, binary
from terminal import Terminal

ENDING = "Ctrl+C ends the server; the messages stay."
BOLD = "\x1b[1m"


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return {"XDG_STATE_HOME": str(tmp_path / "state")}


@pytest.fixture
def terminal(tmp_path: Path, environment: dict[str, str]) -> Iterator[Terminal]:
    terminal = Terminal(tmp_path, environment)
    yield terminal
    terminal.close()


def start(terminal: Terminal, *options: str) -> str:
    """Starts a server that is up; returns what it has printed so far."""
    terminal.begin(str(binary()), "-d", "mail", "-p", "0", "--http", "0", *options)
    return terminal.read_until("holds 0\r\n")


def test_page_addresses_and_maildir_stand_out(terminal: Terminal, tmp_path: Path) -> None:
    printed = start(terminal)
    block = printed.partition("\n\n")[2].partition("\n\n")[0].splitlines()
    page, smtp, messages, ending = block
    assert page.split()[0] == "Page"
    assert f"Serving HTTP at {page.split()[1]}\n" in printed
    assert smtp.split()[0] == "SMTP"
    assert f"Starting SMTP server at {smtp.split()[1]}\n" in printed
    assert messages.split() == ["Messages", str((tmp_path / "mail").resolve())]
    assert ending == f"  {ENDING}"
    terminal.press("\x03")
    assert "Cleaning up" in terminal.read_end(0)


@pytest.mark.parametrize(
    ("variables", "has_styles"), [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)]
)
def test_styles_are_for_terminals_that_want_them(
    tmp_path: Path, environment: dict[str, str], variables: dict[str, str], has_styles: bool
) -> None:
    terminal = Terminal(tmp_path, {**environment, "NO_COLOR": "", **variables})
    printed = start(terminal)
    assert (BOLD in printed) == has_styles
    terminal.close()


def test_directory_cannot_write_to_the_terminal(tmp_path: Path, environment: dict[str, str]) -> None:
    directory = tmp_path / "a\x1b[31mb"
    directory.mkdir()
    terminal = Terminal(directory, environment)
    assert "a\\x1b[31mb/mail\n" in start(terminal)
    terminal.close()


@pytest.mark.parametrize("option", ["--quiet", "--log-format=json"])
def test_nothing_stands_out_where_nothing_is_wanted(terminal: Terminal, tmp_path: Path, option: str) -> None:
    terminal.begin(str(binary()), "-d", "mail", "-p", "0", "--http", "off", option)
    servers = tmp_path / "state" / "dsmtpd" / "servers"
    if option == "--log-format=json":
        terminal_text = terminal.read_until("holds 0")
    else:
        wait_until(lambda: servers.exists() and any(servers.glob("*.json")), "the server has started")
        terminal_text = ""
    terminal.press("\x03")
    assert ENDING not in terminal_text + terminal.read_end(0)


def test_programs_get_the_log_alone(launcher: Launcher) -> None:
    server = launcher.start()
    server.wait_for_log("holds 0")
    assert server.stop(signal.SIGTERM) == 0
    assert ENDING not in server.log
