"""dsmtpd run: a program with a server of its own."""

import json
import os
import pty
import re
import signal
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path

import pytest
from cli_support import EXIT_FAILED, EXIT_INVALID_MAILDIR, EXIT_USAGE, Cli, end_of
from server import PATIENCE_S, ROOT, binary, clean_environment

# A program that sends a message to the server it is told of, and shows what the Maildir then has.
SEND = """
import os, smtplib
with smtplib.SMTP(os.environ["SMTP_HOST"], int(os.environ["SMTP_PORT"])) as client:
    client.sendmail("a@example.com", ["b@example.com"], b"Subject: from a test\\r\\n\\r\\nHi\\r\\n")
print(len(os.listdir(os.path.join(os.environ["DSMTPD_MAILDIR"], "new"))))
"""


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    """Where throw-away Maildirs are made."""
    directory = tmp_path / "scratch"
    directory.mkdir()
    return directory


@pytest.fixture
def cli(tmp_path: Path, scratch: Path) -> Cli:
    cli = Cli(tmp_path)
    cli.environment["TMPDIR"] = str(scratch)
    return cli


def environment_of(cli: Cli, *options: str, **env: str) -> dict[str, str]:
    show = "import json, os; print(json.dumps(dict(os.environ)))"
    environment: dict[str, str] = json.loads(
        cli.run("run", *options, "--", sys.executable, "-c", show, env=env).expect().out
    )
    return environment


def test_program_finds_the_server_and_nothing_is_left(cli: Cli, scratch: Path) -> None:
    assert cli.run("run", "--", sys.executable, "-c", SEND).lines == ["1"]
    assert list(scratch.iterdir()) == []


def test_every_variable_is_documented_and_says_where_the_server_is(cli: Cli) -> None:
    environment = environment_of(cli, SMTP_HOST="elsewhere", DSMTPD_DIRECTORY="/nowhere", DSMTPD_PORT="1")
    host, port = environment["SMTP_HOST"], environment["SMTP_PORT"]
    assert host == "127.0.0.1"
    assert environment["SMTP_URL"] == environment["MAILER_DSN"] == f"smtp://{host}:{port}"
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+", environment["DSMTPD_URL"])
    made = {name for name, value in environment.items() if value in (host, port, environment["SMTP_URL"])}
    manual = (ROOT / "docs" / "cli.md").read_text()
    assert [name for name in made if f"`{name}`" not in manual] == []


def test_tls_of_its_own_can_be_checked(cli: Cli, tmp_path: Path) -> None:
    program = (
        "import os, smtplib, ssl; context = ssl.create_default_context(cafile=os.environ['DSMTPD_CA_FILE']);"
        "smtplib.SMTP_SSL('localhost', int(os.environ['DSMTPD_SMTPS_PORT']), context=context).noop()"
    )
    state = tmp_path / "tls"
    cli.run(
        "run", "--tls=auto", "--smtps=0", f"--state-directory={state}", "--", sys.executable, "-c", program
    ).expect()


@pytest.mark.parametrize(("script", "code"), [("exit 7", 7), ("kill -9 $$", 137), ("exit 0", 0)])
def test_exit_code_is_that_of_the_program(cli: Cli, script: str, code: int) -> None:
    assert cli.run("run", "sh", "-c", script).expect(code).err == ""


def test_program_that_cannot_be_run_is_reported_as_a_shell_does(cli: Cli, tmp_path: Path, scratch: Path) -> None:
    plain = tmp_path / "plain"
    plain.write_text("no program")
    cli.run("run", "nothing-of-this-name").expect_error(127, "cannot run nothing-of-this-name")
    cli.run("run", str(plain)).expect_error(126, "Permission denied")
    cli.run("run").expect_error(EXIT_USAGE, "PROGRAM")
    cli.run("run", "--keep", str(plain), "true").expect_error(EXIT_INVALID_MAILDIR, "is a file")
    cli.run("run", "--http", "192.0.2.1:1", "true").expect_error(EXIT_FAILED, "--http")
    assert list(scratch.iterdir()) == []


def test_keep_makes_a_maildir_of_an_empty_directory_only(cli: Cli, tmp_path: Path) -> None:
    empty, full = tmp_path / "empty", tmp_path / "full"
    empty.mkdir()
    full.mkdir()
    (full / "notes").write_text("mine")
    cli.run("run", "--keep", str(empty), "true").expect()
    assert {path.name for path in empty.iterdir()} >= {"tmp", "new", "cur"}
    cli.run("run", "--keep", str(full), "true").expect_error(EXIT_INVALID_MAILDIR, "--init")
    assert [path.name for path in full.iterdir()] == ["notes"]
    cli.run("run", "--init", "--keep", str(full), "true").expect()


def test_input_output_and_options_of_the_program_are_its_own(cli: Cli) -> None:
    process = subprocess.run(
        [binary(), "run", "sh", "-c", "cat; echo $1 >&2; exit 3", "sh", "--keep"],
        input="what comes in\n",
        capture_output=True,
        text=True,
        env=clean_environment(cli.environment),
        timeout=PATIENCE_S,
        check=False,
    )
    assert (process.returncode, process.stdout, process.stderr) == (3, "what comes in\n", "--keep\n")


def test_messages_and_log_are_kept_where_asked(cli: Cli, tmp_path: Path) -> None:
    maildir, log = tmp_path / "kept", tmp_path / "smtp.log"
    run = ("run", "--keep", str(maildir), "--log", str(log), "--", sys.executable, "-c", SEND)
    assert cli.run(*run).lines == ["1"]
    assert cli.run(*run).lines == ["2"]
    assert len(list((maildir / "new").iterdir())) == 2
    assert log.read_text().count("[from a test]") == 2


def test_messages_of_a_failure_are_kept_where_asked(cli: Cli, scratch: Path) -> None:
    failed = cli.run("run", "--keep-on-failure", "--", sys.executable, "-c", SEND + "raise SystemExit(1)")
    assert "kept; to see them: dsmtpd -d /" in failed.expect(1).err
    kept = Path(failed.err.strip().rpartition(" ")[2])
    assert kept.is_relative_to(scratch)
    assert len(list((kept / "new").iterdir())) == 1
    assert cli.run("run", "--keep-on-failure", "true").expect().err == ""
    assert len(list(scratch.iterdir())) == 1


def test_messages_that_arrived_are_listed_when_the_program_fails(cli: Cli, scratch: Path) -> None:
    failed = cli.run("run", "--", sys.executable, "-c", SEND + "raise SystemExit(9)").expect(9)
    assert failed.out == "1\n"
    assert failed.err.splitlines() == [
        f"dsmtpd run: {sys.executable} ended with exit code 9; 1 message arrived:",
        "  (no From) -> b@example.com  from a test",
        "      Hi",
        "dsmtpd run: the messages are removed; --keep-on-failure keeps them",
    ]
    assert list(scratch.iterdir()) == []
    assert cli.run("run", "--", sys.executable, "-c", SEND).err == ""


def test_list_of_a_failure_is_short_clean_and_without_older_messages(cli: Cli, tmp_path: Path) -> None:
    maildir = tmp_path / "kept"
    cli.run("run", "--keep", str(maildir), "--", sys.executable, "-c", SEND).expect()
    many = SEND.replace("Subject: from a test", "Subject: \\x1b[31mred \\xe2\\x80\\xae").replace(
        "    client.", "    for _ in range(12): client."
    )
    failed = cli.run("run", "--keep", str(maildir), "--", sys.executable, "-c", many + "raise SystemExit(1)").expect(1)
    lines = failed.err.splitlines()
    assert lines[0].endswith("ended with exit code 1; 12 messages arrived:")
    assert lines[1:21] == ["  (no From) -> b@example.com   [31mred \\u{202e}", "      Hi"] * 10
    assert lines[21:] == ["  and 2 more"]


def test_page_is_opened_where_asked(cli: Cli, tmp_path: Path) -> None:
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" > "{tmp_path}/part" && mv "{tmp_path}/part" "{tmp_path}/url"\n')
    browser.chmod(0o755)
    # The program ends when the browser has the URL, and fails where that is not the page.
    program = (
        f"import os, time, urllib.request\nwhile not os.path.exists({str(tmp_path / 'url')!r}): time.sleep(0.01)\n"
        f"url = open({str(tmp_path / 'url')!r}).read().strip()\nassert url == os.environ['DSMTPD_URL'] + '/'\n"
        "assert urllib.request.urlopen(url).headers['Content-Type'].startswith('text/html')"
    )
    run = ("run", "--open", "--", sys.executable, "-c", program)
    assert cli.run(*run, env={"BROWSER": str(browser)}).expect().err == ""
    none = cli.run("run", "--open", "--", "true", env={"BROWSER": "", "DISPLAY": "", "WAYLAND_DISPLAY": ""}).expect()
    assert re.fullmatch(r"dsmtpd run: there is no browser here; the page is at http://127\.0\.0\.1:\d+/\n", none.err)
    cli.run("run", "--open", "--http=off", "--", "true").expect_error(EXIT_USAGE, "--open needs HTTP at a port")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1])
def test_signal_is_passed_on(cli: Cli, scratch: Path, number: signal.Signals) -> None:
    script = f"trap 'echo got; exit 5' {number.name.removeprefix('SIG')}; echo ready; while :; do sleep 0.05; done"
    running = cli.start("run", "sh", "-c", script)
    assert running.stdout is not None
    assert running.stdout.readline() == "ready\n"
    running.send_signal(number)
    assert end_of(running).expect(5).out == "got\n"
    assert list(scratch.iterdir()) == []


def test_what_was_ignored_stays_so_for_the_program(cli: Cli) -> None:
    program = "import signal; print(*(signal.getsignal(n) == signal.SIG_IGN for n in (signal.SIGHUP, signal.SIGINT)))"
    ignoring = ("sh", "-c", "trap '' HUP INT; exec \"$@\"", "sh")
    process = subprocess.run(
        [*ignoring, binary(), "run", "--", sys.executable, "-c", program],
        env=clean_environment(cli.environment),
        capture_output=True,
        text=True,
        check=True,
    )
    assert process.stdout == "True True\n"


def in_terminal(cli: Cli, *words: str) -> Generator[bytes, bytes, None]:
    """What is shown in a terminal of its own, line by line; what is sent to the generator is typed."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.execve(binary(), ["dsmtpd", *words], clean_environment(cli.environment))
    with os.fdopen(terminal, "r+b", buffering=0) as screen:
        shown = b""
        try:
            while piece := screen.read(1024):
                shown += piece
                *lines, shown = shown.split(b"\r\n")
                for line in lines:
                    typed = yield line
                    if typed:
                        screen.write(typed)
                        yield b""
        except OSError:  # nobody has the terminal open any more
            pass
    os.waitpid(pid, 0)


def test_ctrl_c_reaches_the_program_once(cli: Cli, scratch: Path) -> None:
    program = (
        "import signal, time; n = 0\n"
        "def count(*_):\n global n; n += 1\n"
        "signal.signal(signal.SIGINT, count); print('ready', flush=True)\n"
        "while not n: time.sleep(0.02)\n"
        "time.sleep(0.3); print('times', n, flush=True)"
    )
    screen = in_terminal(cli, "run", "--", sys.executable, "-c", program)
    shown = []
    for line in screen:
        shown.append(line)
        if line == b"ready":
            screen.send(b"\x03")
    assert shown[-1].endswith(b"times 1")
    assert list(scratch.iterdir()) == []
