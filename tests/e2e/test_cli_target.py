"""Which server or Maildir a command asks, and what it says when there is none."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from cli_support import EXIT_FAILED, EXIT_INVALID_MAILDIR, EXIT_NO_SERVER, EXIT_USAGE, Cli, make_maildir
from hostile_support import wait_until
from http_wire import web_port
from server import PATIENCE_S, Launcher, Server
from tls_support import Authority

HTTP = "--http=127.0.0.1:0"


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    """A user whose servers are those of the test's launcher."""
    return Cli(tmp_path)


def start_with(launcher: Launcher, maildir: Path, n_messages: int, *options: str) -> Server:
    """A server that has taken in that many messages of others."""
    server = launcher.start(*options, maildir=make_maildir(maildir, n_messages))
    user = Cli(maildir.parent)
    wait_until(lambda: user.run("count", "-d", str(maildir)).lines == [str(n_messages)], "all mails are counted")
    return server


def state_files(tmp_path: Path) -> list[Path]:
    return list((tmp_path / "state" / "dsmtpd" / "servers").iterdir())


# --- servers


def test_running_server_is_found_by_its_file(launcher: Launcher, tmp_path: Path, cli: Cli) -> None:
    server = start_with(launcher, tmp_path / "mail", 2, HTTP)
    [path] = state_files(tmp_path)
    facts = json.loads(path.read_text())
    assert facts["pid"] == server.process.pid
    assert facts["maildir"] == str(server.maildir.resolve())
    assert facts["http"] == f"http://127.0.0.1:{web_port(server)}"
    assert facts["smtp"] == {"host": "127.0.0.1", "port": server.port}
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert cli.run("count").lines == ["2"]
    assert server.stop() == 0
    assert state_files(tmp_path) == []


def test_file_of_a_killed_server_is_not_believed(launcher: Launcher, tmp_path: Path, cli: Cli) -> None:
    launcher.start(HTTP).kill()
    assert len(state_files(tmp_path)) == 1
    cli.run("count").expect_error(EXIT_NO_SERVER, "no server runs here; start dsmtpd, or say where to look")
    assert state_files(tmp_path) == []


def user_in(tmp_path: Path, directory: str) -> Cli:
    """The user of the launcher's servers, in a directory that is made."""
    user = Cli(tmp_path)
    user.directory = tmp_path / directory
    user.directory.mkdir(parents=True, exist_ok=True)
    return user


def test_of_several_servers_the_one_of_the_project_is_asked(launcher: Launcher, tmp_path: Path) -> None:
    for name, n_messages in (("one", 1), ("two", 2)):
        (tmp_path / name).mkdir()
        start_with(launcher, tmp_path / name / "mail", n_messages, HTTP)
    for directory, count in (
        ("one", "1"),
        ("two", "2"),
        ("two/src/deep", "2"),
        ("one/mail", "1"),
        ("one/mail/new", "1"),
    ):
        assert user_in(tmp_path, directory).run("count").lines == [count], directory
    start_with(launcher, tmp_path / "two" / "src" / "mail", 3, HTTP)
    assert user_in(tmp_path, "two/src/deep").run("count").lines == ["3"]
    assert user_in(tmp_path, "two").run("count").lines == ["2"]


def test_where_several_servers_come_into_question_they_are_listed(launcher: Launcher, tmp_path: Path, cli: Cli) -> None:
    servers = [start_with(launcher, tmp_path / f"mail{n}", n, HTTP, "-v") for n in (1, 2)]
    for directory in (".", "src", "../elsewhere"):  # as near as each other, or both of them elsewhere
        done = user_in(tmp_path, directory).run("count").expect(EXIT_NO_SERVER)
        *rows, error = done.err.splitlines()
        assert error == "dsmtpd count: several servers run: choose one with -d MAILDIR or --server URL"
        assert {tuple(row.split("\t")[:3]) for row in rows} == {
            (str(server.maildir.resolve()), f"http://127.0.0.1:{web_port(server)}", f"127.0.0.1:{server.port}")
            for server in servers
        }
    assert cli.run("count", "-d", str(tmp_path / "mail2")).lines == ["2"]
    for server in servers:  # each has its Maildir open, so it was asked
        assert cli.run("count", "-d", str(server.maildir)).expect()
        server.wait_for_log(r'"GET /api/v1/messages')


def test_maildir_that_one_is_in_comes_before_a_server_elsewhere(launcher: Launcher, tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    start_with(launcher, tmp_path / "a" / "mail", 1, HTTP)
    make_maildir(tmp_path / "b", 2)
    assert user_in(tmp_path, "b").run("count").lines == ["2"]
    assert user_in(tmp_path, "c").run("count").lines == ["1"]


def test_servers_lists_what_runs(launcher: Launcher, tmp_path: Path) -> None:
    cli = user_in(tmp_path, "a")
    assert cli.run("servers").lines == []
    assert json.loads(cli.run("servers", "--json").expect().out) == []
    assert "no server runs" in cli.run_on_terminal("servers")
    first = launcher.start(HTTP, maildir=make_maildir(tmp_path / "a" / "mail", 0))
    second = launcher.start(maildir=make_maildir(tmp_path / "b", 0))
    web = f"http://127.0.0.1:{web_port(first)}"
    assert sorted(cli.run("servers").lines) == [
        f"{first.maildir.resolve()}\t{web}\t127.0.0.1:{first.port}\t{first.process.pid}",
        f"{second.maildir.resolve()}\t\t127.0.0.1:{second.port}\t{second.process.pid}",
    ]
    by_pid = {facts["pid"]: facts for facts in json.loads(cli.run("servers", "--json").expect().out)}
    assert by_pid[first.process.pid] == {
        "maildir": str(first.maildir.resolve()),
        "http": web,
        "smtp": {"host": "127.0.0.1", "port": first.port},
        "pid": first.process.pid,
        "ca": None,
        "login": False,
        "here": True,
    }
    assert (by_pid[second.process.pid]["http"], by_pid[second.process.pid]["here"]) == (None, False)
    head, *rows = cli.run_on_terminal("servers", env={"NO_COLOR": "1"}).splitlines()
    assert head.split() == ["Maildir", "HTTP", "SMTP", "PID"]
    assert len(rows) == 2


def test_where_to_ask_is_read_from_the_environment_too(launcher: Launcher, tmp_path: Path, cli: Cli) -> None:
    server = start_with(launcher, tmp_path / "mail", 3, HTTP)
    launcher.start(HTTP, maildir=tmp_path / "other")
    url, alone = f"http://127.0.0.1:{web_port(server)}/", str(make_maildir(tmp_path / "alone", 1))
    assert cli.run("count", env={"DSMTPD_URL": url}).lines == ["3"]
    assert cli.run("count", env={"DSMTPD_DIRECTORY": alone}).lines == ["1"]
    assert cli.run("count", "-d", alone, env={"DSMTPD_URL": url}).lines == ["1"]
    assert cli.run("count", "--server", url, env={"DSMTPD_DIRECTORY": alone}).lines == ["3"]


def test_server_at_a_unix_socket_or_below_a_path_is_asked(
    launcher: Launcher, tmp_path: Path, socket_directory: Path, cli: Cli
) -> None:
    server = start_with(launcher, tmp_path / "mail", 1, f"--http=unix:{socket_directory}/web")
    assert cli.run("count").lines == ["1"]
    assert cli.run("count", "--server", f"unix:{socket_directory}/web").lines == ["1"]
    server.stop()
    launcher.start(HTTP, "--webroot=/a/mail", maildir=tmp_path / "mail")
    assert cli.run("show").lines[-1] == "text"


# --- TLS and logins


def test_https_is_trusted_by_the_ca_in_the_file_or_by_none(launcher: Launcher, tmp_path: Path, cli: Cli) -> None:
    server = start_with(launcher, tmp_path / "mail", 1, HTTP, "--https", "--tls=auto")
    url = server.wait_for_log(r"Serving HTTP at (\S+)")[1]
    assert url.startswith("https://")
    assert cli.run("count").lines == ["1"]
    cli.run("count", "--server", url).expect_error(EXIT_NO_SERVER, "certificate is not trusted")
    trusting = {"SSL_CERT_FILE": str(server.ca_file)}
    assert cli.run("count", "--server", url, env=trusting).lines == ["1"]
    assert cli.run("count", "--server", url.replace("127.0.0.1", "localhost"), env=trusting).lines == ["1"]


def test_certificate_has_to_name_the_host(launcher: Launcher, tmp_path: Path, cli: Cli) -> None:
    authority = Authority(tmp_path)
    certificate = authority.issue("mail.test")
    server = launcher.start(HTTP, "--https", *certificate.options)
    url = server.wait_for_log(r"Serving HTTP at (\S+)")[1]
    done = cli.run("count", "--server", url, env={"SSL_CERT_FILE": str(authority.file)})
    done.expect_error(EXIT_NO_SERVER, "IP address mismatch")


def test_login_is_taken_from_the_url(launcher: Launcher, tmp_path: Path, cli: Cli) -> None:
    users = tmp_path / "users"
    users.write_text("alice:{PLAIN}se cret\nci:{BEARER}token-of-ci\n")
    users.chmod(0o600)
    server = launcher.start(HTTP, f"--http-auth-file={users}")
    host = f"127.0.0.1:{web_port(server)}"
    cli.run("count").expect_error(EXIT_FAILED, "requires a login; put it into the URL")
    for login in ("alice:se%20cret", ":token-of-ci"):
        assert cli.run("count", env={"DSMTPD_URL": f"http://{login}@{host}"}).lines == ["0"]
    done = cli.run("count", env={"DSMTPD_URL": f"http://alice:wrong@{host}"})
    done.expect_error(EXIT_FAILED, "requires a login")
    assert "wrong" not in done.err


# --- Maildirs


def test_current_directory_is_taken_if_it_is_a_maildir(tmp_path: Path) -> None:
    cli = Cli(tmp_path)
    cli.directory = make_maildir(tmp_path / "mail", 2)
    assert cli.run("count").lines == ["2"]


@pytest.mark.parametrize("place", ["nowhere", ".", "file"])
def test_what_is_not_a_maildir_is_reported(cli: Cli, tmp_path: Path, place: str) -> None:
    (tmp_path / "file").write_text("data")
    done = cli.run("list", "-d", str(tmp_path / place))
    done.expect_error(EXIT_INVALID_MAILDIR, "is not a Maildir: tmp, new or cur is missing")
    assert not (tmp_path / "nowhere").exists()


# --- what is no dsmtpd


@contextmanager
def answering(data: bytes) -> Iterator[str]:
    """A server that answers one request with these bytes. Gives its URL."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            connection, _ = listener.accept()
            with connection:
                request = b""
                while b"\r\n\r\n" not in request:
                    request += connection.recv(65536)
                connection.sendall(data)

        thread = threading.Thread(target=answer)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        thread.join(PATIENCE_S)


@pytest.mark.parametrize(
    ("data", "code", "text"),
    [
        (b"", EXIT_NO_SERVER, "the connection closed before the response was complete"),
        (b"220 mail ESMTP\r\n\r\n", EXIT_NO_SERVER, "the response is not HTTP/1.1"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{", EXIT_NO_SERVER, "the connection closed before"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", EXIT_FAILED, "not JSON; is it a dsmtpd?"),
        (b"HTTP/1.1 404 No\r\nContent-Type: text/html\r\n\r\n<html>", EXIT_FAILED, "status 404; is it a dsmtpd?"),
        (b"HTTP/1.1 500 No\r\nContent-Type: text/plain\r\n\r\na\x1b[1m\nb", EXIT_FAILED, "count: a [1m b"),
        (b"HTTP/1.1 302 Go\r\nLocation: /\r\nContent-Length: 0\r\n\r\n", EXIT_FAILED, "status 302"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", EXIT_NO_SERVER, "chunks are invalid"),
    ],
)
def test_other_servers_are_reported(cli: Cli, data: bytes, code: int, text: str) -> None:
    with answering(data) as url:
        cli.run("count", "--server", url).expect_error(code, text)


@pytest.mark.parametrize(
    "answer",
    [
        b'HTTP/1.1 200 OK\r\nContent-Length: 21\r\n\r\n{"messages_count":42}',
        b'HTTP/1.0 200 OK\r\n\r\n{"messages_count":42}',
        b"HTTP/1.1 102 Wait\r\n\r\nHTTP/1.1 200\r\nTransfer-Encoding: chunked\r\n\r\n"
        b'3\r\n{"m\r\n12;x=y\r\nessages_count":42}\r\n0\r\nTrailer: x\r\n\r\n',
    ],
)
def test_answers_of_other_forms_are_understood(cli: Cli, answer: bytes) -> None:
    with answering(answer) as url:
        assert cli.run("count", "--server", url).lines == ["42"]


@pytest.mark.parametrize(
    ("url", "code", "text"),
    [
        ("http://127.0.0.1:1", EXIT_NO_SERVER, "http://127.0.0.1:1 does not answer: Connection refused"),
        ("http://no-such-host.invalid", EXIT_NO_SERVER, "http://no-such-host.invalid does not answer"),
        ("unix:/no/such/socket", EXIT_NO_SERVER, "does not answer: No such file"),
        ("127.0.0.1:8025", EXIT_USAGE, "is not the URL of a server; give one as in http://127.0.0.1:8025"),
        ("ftp://127.0.0.1", EXIT_USAGE, "is not the URL of a server"),
        ("http://127.0.0.1:99999", EXIT_USAGE, "is not the URL of a server"),
        ("http://", EXIT_USAGE, "is not the URL of a server"),
    ],
)
def test_where_nobody_answers_is_reported(cli: Cli, url: str, code: int, text: str) -> None:
    cli.run("count", "--server", url).expect_error(code, text)


def test_server_and_directory_do_not_go_together(cli: Cli) -> None:
    cli.run("list", "--server", "http://a", "-d", ".").expect_error(EXIT_USAGE, "not both")
