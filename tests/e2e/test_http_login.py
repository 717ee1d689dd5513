"""Passwords, tokens and TLS of the web server, with curl."""

import signal
import socket
import time
from base64 import b64encode
from pathlib import Path

import pytest
from http_wire import GET_LIVEZ, SERVING, HttpWire, start_web
from programs import run_program
from server import Launcher
from smtp_wire import SmtpWire


def write_users(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o600)


@pytest.fixture
def user_file(tmp_path: Path) -> Path:
    path = tmp_path / "users"
    hashed = run_program(["openssl", "passwd", "-6", "secret"]).strip()
    write_users(path, f"alice:{hashed}\nci:{{BEARER}}token-of-ci\n")
    return path


def status_of(port: int, *options: str, path: str = "/api/v1/nothing") -> int:
    """What curl is answered; 404 means that it came in."""
    arguments = ["-sS", "-o", "/dev/null", "-w", "%{http_code}", *options, f"http://localhost:{port}{path}"]
    return int(run_program(["curl", *arguments]))


def test_logins(launcher: Launcher, user_file: Path) -> None:
    server, port = start_web(launcher, f"--http-auth-file={user_file}", "--verbose")
    assert status_of(port) == 401
    assert status_of(port, "-u", "alice:secret") == 404
    assert status_of(port, "-u", "alice:wrong") == 401
    assert status_of(port, "-u", "ci:token-of-ci") == 401
    assert status_of(port, "-H", "Authorization: Bearer token-of-ci") == 404
    assert status_of(port, "-H", "Authorization: Bearer token") == 401
    assert status_of(port, "-u", "alice:secret", "-d", "x" * 100) == 404
    assert status_of(port, "-d", "x" * 100) == 401
    assert status_of(port, path="/livez") == 200
    assert status_of(port, "-X", "OPTIONS") == 200
    assert "secret" not in server.log
    assert "token-of-ci" not in server.log


def test_the_client_learns_how_to_log_in(launcher: Launcher, user_file: Path) -> None:
    _, port = start_web(launcher, f"--http-auth-file={user_file}")
    with HttpWire.connect(port) as wire:
        reply = wire.ask(b"GET /nothing HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert reply.headers["www-authenticate"] == 'Basic realm="dsmtpd", charset="UTF-8", Bearer realm="dsmtpd"'
        login = b64encode(b"alice:secret")
        reply = wire.ask(b"GET /nothing HTTP/1.1\r\nHost: localhost\r\nAuthorization: Basic " + login + b"\r\n\r\n")
        assert reply.status == 404


def test_pages_of_other_sites_get_in_by_no_password(launcher: Launcher, user_file: Path) -> None:
    """A browser sends a stored password along with what a foreign page asks for."""
    _, port = start_web(launcher, f"--http-auth-file={user_file}")
    assert status_of(port, "-u", "alice:secret", "-H", "Origin: http://evil.example") == 403
    assert status_of(port, "-u", "alice:secret", "-H", "Host: evil.example") == 403


def test_a_failed_login_is_answered_late_and_stops_nobody(launcher: Launcher, user_file: Path) -> None:
    _, port = start_web(launcher, f"--http-auth-file={user_file}")
    login = b64encode(b"alice:wrong")
    with HttpWire.connect(port) as guesser, HttpWire.connect(port) as other:
        started = time.monotonic()
        guesser.send(b"GET /nothing HTTP/1.1\r\nHost: localhost\r\nAuthorization: Basic " + login + b"\r\n\r\n")
        assert other.ask(GET_LIVEZ).status == 200
        assert guesser.read_reply().status == 401
        assert time.monotonic() - started >= 1


def test_guesses_count_together_over_all_connections_and_protocols(launcher: Launcher, user_file: Path) -> None:
    server, port = start_web(
        launcher, f"--http-auth-file={user_file}", f"--auth-file={user_file}", "--auth-allow-insecure"
    )
    assert status_of(port, "-u", "alice:secret") == 404
    wires = [HttpWire.connect(port) for _ in range(60)]
    for n, wire in enumerate(wires):
        guess = b"Basic " + b64encode(f"alice:guess-{n}".encode()) if n % 2 else f"Bearer guess-{n}".encode()
        wire.send(b"GET /nothing HTTP/1.1\r\nHost: localhost\r\nAuthorization: " + guess + b"\r\n\r\n")
    replies = [wire.read_reply() for wire in wires]
    turned_back = [reply for reply in replies if reply.status == 429]
    assert {reply.status for reply in replies} == {401, 429}
    assert len(turned_back) >= 60 - 21  # two are checked at a time, so one after the last that may be
    assert all(0 < int(reply.headers["retry-after"]) <= 60 for reply in turned_back)
    for wire in wires:
        wire.socket.close()
    assert status_of(port, "-u", "alice:secret") == 404  # whoever logged in well lately goes on
    assert status_of(port, "-H", "Authorization: Bearer token-of-ci") == 429
    assert status_of(port) == 401
    with SmtpWire.greeted(server.port) as smtp:
        smtp.ask("AUTH PLAIN " + b64encode(b"\0alice\0wrong").decode(), 421)


def test_answers_that_wait_are_given_when_the_server_stops(launcher: Launcher, user_file: Path) -> None:
    """The eighth failure would be answered after three seconds, and does not hold up the end."""
    server, port = start_web(launcher, f"--http-auth-file={user_file}")
    wires = [HttpWire.connect(port) for _ in range(8)]
    with SmtpWire.greeted(server.port) as sending:
        for n, wire in enumerate(wires):
            login = b64encode(f"alice:wrong-{n}".encode())
            wire.send(b"GET /nothing HTTP/1.1\r\nHost: localhost\r\nAuthorization: Basic " + login + b"\r\n\r\n")
        assert wires[0].read_reply().status == 401  # after a second, in which the others were checked
        sending.begin_data()
        server.process.send_signal(signal.SIGTERM)
        for wire in wires[1:]:
            assert wire.read_reply().status == 401
            wire.socket.close()
        sending.send(b"the mail under way still has its time\r\n.\r\n")
        sending.expect(250)
    wires[0].socket.close()
    assert server.wait() == 0


def test_a_client_that_goes_during_a_login_is_forgotten(launcher: Launcher, user_file: Path) -> None:
    server, port = start_web(launcher, f"--http-auth-file={user_file}")
    login = b64encode(b"alice:wrong")
    for _ in range(5):
        with HttpWire.connect(port) as wire:
            wire.send(b"GET /nothing HTTP/1.1\r\nHost: localhost\r\nAuthorization: Basic " + login + b"\r\n\r\n")
            wire.socket.shutdown(socket.SHUT_WR)
    assert status_of(port, "-u", "alice:secret") == 404
    assert server.stop() == 0


def test_users_are_read_again(launcher: Launcher, user_file: Path) -> None:
    server, port = start_web(launcher, f"--http-auth-file={user_file}")
    assert status_of(port, "-u", "alice:secret") == 404
    write_users(user_file, "alice:{PLAIN}changed\n")
    server.process.send_signal(signal.SIGHUP)
    server.wait_for_log("web users")
    assert status_of(port, "-u", "alice:secret") == 401
    assert status_of(port, "-u", "alice:changed") == 404


def test_a_user_file_that_cannot_be_read_is_an_error(launcher: Launcher, tmp_path: Path) -> None:
    server = launcher.start("--http=127.0.0.1:0", f"--http-auth-file={tmp_path / 'none'}", n_listeners=0)
    assert server.wait() == 1
    assert str(tmp_path / "none") in server.log_lines[-1]


def test_with_passwords_other_machines_may_come(launcher: Launcher, user_file: Path, tmp_path: Path) -> None:
    tls = ["--tls=auto", f"--state-directory={tmp_path / 'state'}"]
    plain = launcher.start("--http=0.0.0.0:0", f"--http-auth-file={user_file}")
    plain.wait_for_log("WARNING: .* passwords are sent over plain HTTP")
    safe = launcher.start(
        "--http=0.0.0.0:0", f"--http-auth-file={user_file}", "--https", *tls, maildir=tmp_path / "safe"
    )
    safe.wait_for_log(SERVING)
    assert "is open to other machines" not in safe.log


def test_https(launcher: Launcher, tmp_path: Path) -> None:
    state = tmp_path / "state"
    server, port = start_web(launcher, "--https", "--tls=auto", f"--state-directory={state}")
    assert f"Serving HTTP at https://127.0.0.1:{port}/" in server.log
    certificate = next(state.rglob("ca.pem"))
    for version in ("--tlsv1.2", "--tlsv1.3"):
        assert (
            run_program(["curl", "-sS", version, "--cacert", str(certificate), f"https://localhost:{port}/livez"])
            == "ok"
        )
    with HttpWire.connect(port) as plain:
        plain.send(GET_LIVEZ)
        assert b"HTTP/1.1 200" not in plain.read_to_end()
    with HttpWire.connect(port) as silent:
        assert run_program(["curl", "-sSk", f"https://localhost:{port}/livez"]) == "ok"
        assert server.stop() == 0
        assert silent.read_to_end() == b""


def test_https_needs_a_certificate(launcher: Launcher) -> None:
    server = launcher.start("--https", n_listeners=0)
    assert server.wait() == 64
    assert "--https needs a certificate" in server.log_lines[-1]
