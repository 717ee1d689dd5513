"""`dsmtpd ready`: whether a server accepts messages, wherever it listens."""

import shutil
import signal
from pathlib import Path

import pytest
from cli_support import EXIT_FAILED, EXIT_USAGE, Cli, end_of
from http_wire import SERVING, web_port
from server import Launcher
from smtp_wire import SmtpWire
from tls_support import Authority

HTTP = "--http=127.0.0.1:0"
PATIENCE = ("--wait", "30s")


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    """A user whose servers are those of the test's launcher."""
    return Cli(tmp_path)


@pytest.mark.parametrize(
    "options",
    [(HTTP,), (HTTP, "--webroot=/mail"), (HTTP, "--https", "--tls=auto"), ("--http=off",)],
    ids=["http", "below-a-path", "https", "smtp"],
)
def test_a_server_is_ready_wherever_it_listens(launcher: Launcher, cli: Cli, options: tuple[str, ...]) -> None:
    launcher.start(*options)
    assert cli.run("ready", *PATIENCE).lines == []


def test_a_server_at_unix_sockets_is_ready(launcher: Launcher, cli: Cli, socket_directory: Path) -> None:
    for http in ("off", f"unix:{socket_directory}/web"):
        server = launcher.start(f"--interface=unix:{socket_directory}/smtp", f"--http={http}")
        cli.run("ready", *PATIENCE).expect()
        assert server.stop() == 0
        cli.run("ready").expect_error(EXIT_FAILED, "no server runs here")


def test_neither_its_certificate_nor_logins_matter(launcher: Launcher, cli: Cli, tmp_path: Path) -> None:
    users = tmp_path / "users"
    users.write_text("bob:{PLAIN}secret\n")
    users.chmod(0o600)
    certificate = Authority(tmp_path).issue("mail.test")
    server = launcher.start(HTTP, "--https", f"--http-auth-file={users}", *certificate.options)
    server.wait_for_log(SERVING)
    cli.run("ready", *PATIENCE).expect()


def test_a_password_is_sent_to_no_server_with_a_wrong_certificate(launcher: Launcher, cli: Cli) -> None:
    server = launcher.start(HTTP, "--https", "--tls=auto")
    url = f"https://{server.wait_for_log(SERVING)[1]}"
    cli.run("ready", *PATIENCE, "--server", url).expect()
    cli.run("ready", "--server", url.replace("://", "://name:password@")).expect_error(1, "certificate")


def test_it_can_wait_for_a_server_that_is_about_to_start(launcher: Launcher, cli: Cli) -> None:
    cli.run("ready", "--wait", "10ms").expect_error(EXIT_FAILED, "no server runs here")
    waiting = cli.start("ready", *PATIENCE)
    launcher.start(HTTP)
    end_of(waiting).expect()


def test_a_killed_server_is_not_ready(launcher: Launcher, cli: Cli) -> None:
    server = launcher.start(HTTP)
    cli.run("ready", *PATIENCE).expect()
    url = f"http://127.0.0.1:{web_port(server)}"
    server.kill()
    cli.run("ready").expect_error(EXIT_FAILED, "no server runs here")
    cli.run("ready", "--server", url).expect_error(EXIT_FAILED, "does not answer")


def test_it_says_why_messages_cannot_be_stored(launcher: Launcher, cli: Cli) -> None:
    server = launcher.start(HTTP)
    cli.run("ready", *PATIENCE).expect()
    shutil.rmtree(server.maildir)
    server.wait_for_log("cannot be stored")
    cli.run("ready", "--server", f"http://127.0.0.1:{web_port(server)}").expect_error(EXIT_FAILED, "is not ready: ")
    for name in ("tmp", "new", "cur"):
        (server.maildir / name).mkdir(parents=True)
    cli.run("ready", *PATIENCE).expect()


def test_where_http_is_off_the_greeting_counts(launcher: Launcher, cli: Cli) -> None:
    server = launcher.start("--max-connections=1")
    with SmtpWire.greeted(server.port):
        cli.run("ready").expect_error(EXIT_FAILED, f'SMTP port {server.port} greets with "421')
    cli.run("ready", *PATIENCE).expect()
    server.process.send_signal(signal.SIGSTOP)
    try:
        cli.run("ready", "--wait", "50ms").expect_error(EXIT_FAILED, f"SMTP port {server.port} sends no greeting")
    finally:
        server.process.send_signal(signal.SIGCONT)
    cli.run("ready", *PATIENCE).expect()


def test_of_several_servers_one_can_be_chosen(launcher: Launcher, cli: Cli, tmp_path: Path) -> None:
    servers = [launcher.start(option, maildir=tmp_path / f"mail{n}") for n, option in enumerate((HTTP, "--http=off"))]
    for server in servers:
        cli.run("ready", "-d", str(server.maildir), *PATIENCE).expect()
    cli.run("ready", env={"DSMTPD_DIRECTORY": str(tmp_path)}).expect_error(
        EXIT_FAILED, f"no server has {tmp_path} open"
    )
    # A Maildir that no server has open is not opened for the question.
    servers[0].stop()
    cli.run("ready", "-d", str(servers[0].maildir)).expect_error(EXIT_FAILED, "no server has")


def test_a_wrong_url_is_not_waited_for(cli: Cli) -> None:
    cli.run("ready", "--server", "nonsense", "--wait", "600s").expect_error(EXIT_USAGE, "nonsense")
