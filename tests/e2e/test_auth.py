"""Logins: with clients that others wrote, and with those that guess, go away or come in crowds."""

import base64
import contextlib
import json
import re
import select
import signal
import smtplib
import ssl
from collections.abc import Callable
from pathlib import Path

import pytest
from hostile_support import wait_until
from programs import require_program, run_program
from server import Launcher, Server
from smtp_wire import SmtpWire

NODE_DIRECTORY = Path(__file__).with_name("node")

PASSWORD = "corr3ct h0rse"
TOKEN = "ya29.t0ken-0f-erin"
MAIL = b"From: a@example.com\r\nDate: Sun, 13 Jan 2013 14:00:07 +0100\r\nMessage-ID: <1@example.com>\r\n\r\nhello\r\n"


def bcrypt(password: str, cost: int = 4) -> str:
    """What htpasswd writes for a password."""
    line = run_program(["htpasswd", "-niBC", str(cost), "user"], stdin=password.encode())
    return line.strip().partition(":")[2]


def encode(response: str) -> str:
    return base64.b64encode(response.encode()).decode()


def plain(user: str, password: str) -> str:
    """A response of PLAIN."""
    return encode(f"\0{user}\0{password}")


def write_users(directory: Path, *lines: str) -> Path:
    path = directory / "users"
    path.write_text("".join(f"{line}\n" for line in lines))
    path.chmod(0o600)
    return path


@pytest.fixture
def users(tmp_path: Path) -> Path:
    """A user file with every kind of entry: alice by bcrypt, bob by SHA-512, tim in the clear, erin by token."""
    sha512 = run_program(["openssl", "passwd", "-6", "-salt", "saltsalt", PASSWORD]).strip()
    return write_users(
        tmp_path,
        "# who may send",
        f"alice:{bcrypt(PASSWORD)}",
        f"bob:{sha512}",
        f"tim:{{PLAIN}}{PASSWORD}",
        f"erin:{{BEARER}}{TOKEN}",
    )


@pytest.fixture
def checking(launcher: Launcher, users: Path) -> Server:
    """A server that knows these users and nothing of TLS."""
    return launcher.start(f"--auth-file={users}", "--auth-allow-insecure", "--verbose", "--log-format=json")


def assert_sent_by(server: Server, user: str) -> None:
    """The one message there is was sent by this user, and its block says so."""
    block = server.only_mail().partition(b"\n\n")[0].decode()
    assert f"\nX-Auth-User: {user}\n" in block
    assert " with ESMTPA id " in block


def assert_secrets_stay_secret(server: Server) -> None:
    """Neither passwords nor anything made of them is in the log, whatever its level."""
    log = server.log
    forms = [PASSWORD, PASSWORD.encode().hex(), encode(PASSWORD), TOKEN, encode(TOKEN)]
    forms += [plain(user, PASSWORD) for user in ("alice", "bob", "tim")]
    forms += [encode(f"user=erin\1auth=Bearer {TOKEN}\1\1"), "wr0ng", encode("wr0ng-password")]
    for form in forms:
        assert form not in log


# --- clients that others wrote


def swaks(port: int, mechanism: str, user: str, secret: str) -> None:
    envelope = ["--from", "a@example.com", "--to", "b@example.com", "--server", "127.0.0.1", "--port", str(port)]
    run_program(["swaks", *envelope, "--auth", mechanism, "--auth-user", user, "--auth-password", secret])


def curl(port: int, mechanism: str, user: str, secret: str) -> None:
    bearer = mechanism in {"XOAUTH2", "OAUTHBEARER"}
    login = ["--user", user, "--oauth2-bearer", secret] if bearer else ["--user", f"{user}:{secret}"]
    envelope = ["--mail-from", "a@example.com", "--mail-rcpt", "b@example.com", "-T", "-"]
    quiet = ["--silent", "--show-error", "--login-options", f"AUTH={mechanism}"]
    run_program(["curl", f"smtp://127.0.0.1:{port}", *quiet, *login, *envelope], stdin=MAIL)


def msmtp(port: int, mechanism: str, user: str, secret: str) -> None:
    server = ["--file=/dev/null", "--host=127.0.0.1", f"--port={port}", "--tls=off", "--from=a@example.com"]
    login = [f"--auth={mechanism.lower()}", f"--user={user}", f"--passwordeval=echo '{secret}'"]
    run_program(["msmtp", *server, *login, "b@example.com"], stdin=MAIL)


def nodemailer(port: int, mechanism: str, user: str, secret: str) -> None:
    require_program("node")
    if not (NODE_DIRECTORY / "node_modules").exists():
        pytest.skip("nodemailer is not installed; make test does that")
    oauth2 = {"type": "OAuth2", "user": user, "accessToken": secret}
    auth = oauth2 if mechanism == "XOAUTH2" else {"user": user, "pass": secret}
    run_program(["node", str(NODE_DIRECTORY / "login.mjs"), str(port), mechanism], stdin=json.dumps(auth).encode())


def python(port: int, mechanism: str, user: str, secret: str) -> None:
    with smtplib.SMTP("127.0.0.1", port) as client:
        client.ehlo()
        client.esmtp_features["auth"] = mechanism
        client.login(user, secret)
        client.sendmail("a@example.com", "b@example.com", MAIL)


CLIENTS = [
    (swaks, ["PLAIN", "LOGIN", "CRAM-MD5"]),
    (curl, ["PLAIN", "LOGIN", "CRAM-MD5", "XOAUTH2", "OAUTHBEARER"]),
    (msmtp, ["PLAIN", "LOGIN", "CRAM-MD5", "SCRAM-SHA-256", "XOAUTH2", "OAUTHBEARER"]),
    (nodemailer, ["PLAIN", "LOGIN", "CRAM-MD5", "XOAUTH2"]),
    (python, ["PLAIN", "LOGIN", "CRAM-MD5"]),
]
PAIRS = [pytest.param(client, name, id=f"{client.__name__}-{name}") for client, names in CLIENTS for name in names]


@pytest.mark.parametrize(("client", "mechanism"), PAIRS)
def test_client(checking: Server, client: Callable[[int, str, str, str], None], mechanism: str) -> None:
    bearer = mechanism in {"XOAUTH2", "OAUTHBEARER"}
    user, secret = ("erin", TOKEN) if bearer else ("tim", PASSWORD)
    client(checking.port, mechanism, user, secret)
    assert_sent_by(checking, user)
    assert checking.stop() == 0
    assert_secrets_stay_secret(checking)
    sent = next(event for line in checking.log_lines if (event := json.loads(line))["event"] == "mail")
    assert sent["user"] == user


@pytest.mark.parametrize("user", ["alice", "bob"])
def test_hashed_passwords(checking: Server, user: str) -> None:
    python(checking.port, "PLAIN", user, PASSWORD)
    assert_sent_by(checking, user)


# --- who may not


@pytest.mark.parametrize(
    ("client", "mechanism"), [(msmtp, "SCRAM-SHA-256"), (curl, "OAUTHBEARER"), (swaks, "CRAM-MD5")]
)
def test_client_with_a_wrong_secret(
    checking: Server, client: Callable[[int, str, str, str], None], mechanism: str
) -> None:
    with pytest.raises(AssertionError):
        client(checking.port, mechanism, "tim", "wr0ng-password")
    assert checking.messages() == []
    checking.wait_for_log("auth-failed")
    assert checking.stop() == 0
    assert_secrets_stay_secret(checking)


def test_guessing(checking: Server) -> None:
    """Known or not, right user or not, hashed or not: the answers are the same, and the third is the last."""
    with SmtpWire.greeted(checking.port) as wire:
        answers = {wire.ask(f"AUTH PLAIN {plain(user, 'wr0ng-password')}", 535).text for user in ["alice", "nobody"]}
        wire.ask("AUTH LOGIN", 334)
        wire.ask(encode("tim"), 334)
        answers.add(wire.ask(encode("wr0ng-password"), 535).text)
        assert len(answers) == 1
        wire.expect(421)
        wire.expect_end()
    assert checking.stop() == 0
    events = [json.loads(line) for line in checking.log_lines]
    failed = [
        (event["user"], event["mechanism"], event["failures"]) for event in events if event["event"] == "auth-failed"
    ]
    assert failed == [("alice", "PLAIN", 1), ("nobody", "PLAIN", 2), ("tim", "LOGIN", 3)]
    assert_secrets_stay_secret(checking)


def test_client_that_does_not_wait_for_the_answer(checking: Server) -> None:
    """It is counted all the same, and nothing is left of it."""
    with SmtpWire.greeted(checking.port) as wire:
        wire.send(f"AUTH PLAIN {plain('alice', 'wr0ng-password')}\r\n".encode())
    checking.wait_for_log('"auth-failed"')
    python(checking.port, "PLAIN", "alice", PASSWORD)
    assert_sent_by(checking, "alice")


# As src/auth/guard.h and checker.h have them.
FAILURES_FREE = 20
CHECKS_AT_A_TIME = 2

BLOCKED = "421 4.7.0 too many logins from your address failed"


def guess_all_at_once(server: Server, n_guesses: int, introduction: bytes = b"", first: int = 0) -> None:
    """So many connections, a wrong password on each; returns when all but those that were checked were turned back."""
    n_before = server.log.count(BLOCKED)
    wires = [SmtpWire.connect(server.port) for _ in range(n_guesses)]
    for n, wire in enumerate(wires, first):
        wire.send(introduction)
        wire.expect(220)
        wire.ask("EHLO client.example.org", 250)
        wire.send(f"AUTH PLAIN {plain('alice', f'wr0ng-{n}')}\r\n".encode())
    n_turned_back = n_guesses - FAILURES_FREE - CHECKS_AT_A_TIME + 1
    wait_until(lambda: server.log.count(BLOCKED) - n_before >= n_turned_back, f"{n_turned_back} are turned back")
    for wire in wires:
        wire.close()


def log_in(server: Server, user: str, introduction: bytes = b"") -> int:
    """The code that answers a login with the right password."""
    with SmtpWire.connect(server.port) as wire:
        wire.send(introduction)
        wire.expect(220)
        wire.ask("EHLO client.example.org", 250)
        wire.send(f"AUTH PLAIN {plain(user, PASSWORD)}\r\n".encode())
        return wire.read_reply().code


def test_guesses_count_together_over_all_connections(checking: Server) -> None:
    assert log_in(checking, "alice") == 235
    guess_all_at_once(checking, 60)
    assert log_in(checking, "alice") == 235  # whoever logged in well lately goes on
    assert log_in(checking, "tim") == 421  # and who did not has to wait
    guess_all_at_once(checking, 30, first=60)
    assert checking.log.count('"event":"auth-failed"') < FAILURES_FREE + CHECKS_AT_A_TIME
    assert_secrets_stay_secret(checking)


def test_a_client_with_a_stale_password_stops_no_other_on_the_machine(checking: Server) -> None:
    assert log_in(checking, "alice") == 235
    with contextlib.ExitStack() as stack:
        for _ in range(100):
            wire = stack.enter_context(SmtpWire.greeted(checking.port))
            wire.send(f"AUTH PLAIN {plain('alice', 'wr0ng-and-stale')}\r\n".encode())
    wait_until(lambda: checking.log.count('"event":"auth-failed"') >= 100, "it is refused each time")
    assert BLOCKED not in checking.log
    assert log_in(checking, "alice") == 235
    assert log_in(checking, "tim") == 235


def test_guesses_count_by_the_clients_own_address(launcher: Launcher, users: Path, socket_directory: Path) -> None:
    """Not by that of a proxy, and not by whom a client of the proxy says it is; unix sockets are apart."""
    options = ["--auth-allow-insecure", "--proxy-protocol=127.0.0.1", "--xclient=192.0.2.9", "--log-format=json"]
    path = socket_directory / "smtp"
    interfaces = ["-i", "127.0.0.1", "-i", f"unix:{path}"]
    server = launcher.start(f"--auth-file={users}", *options, *interfaces, n_listeners=2)
    guess_all_at_once(server, 30, b"PROXY TCP4 192.0.2.1 127.0.0.1 40000 25\r\n")
    assert log_in(server, "alice", b"PROXY TCP4 192.0.2.1 127.0.0.1 40001 25\r\n") == 421
    assert log_in(server, "alice", b"PROXY TCP6 ::ffff:192.0.2.1 ::1 40001 25\r\n") == 421
    assert log_in(server, "alice", b"PROXY TCP4 192.0.2.2 127.0.0.1 40000 25\r\n") == 235
    with SmtpWire.connect(server.port) as wire:
        wire.send(b"PROXY TCP4 192.0.2.9 127.0.0.1 40000 25\r\n")
        wire.expect(220)
        wire.ask("EHLO proxy.example.org", 250)
        wire.ask("XCLIENT ADDR=192.0.2.1", 220)
        wire.ask("EHLO client.example.org", 250)
        wire.ask(f"AUTH PLAIN {plain('tim', PASSWORD)}", 421)
    with SmtpWire.greeted_at(path) as wire:
        wire.ask(f"AUTH PLAIN {plain('tim', PASSWORD)}", 235)


def test_mail_continues_while_passwords_are_checked(launcher: Launcher, tmp_path: Path) -> None:
    """A hundred logins take a while; somebody who sends a message meanwhile is done before the last of them."""
    users = write_users(tmp_path, f"alice:{bcrypt(PASSWORD, 8)}")
    server = launcher.start(f"--auth-file={users}", "--auth-allow-insecure")
    crowd = [SmtpWire.greeted(server.port) for _ in range(100)]
    for wire in crowd:
        wire.send(f"AUTH PLAIN {plain('alice', PASSWORD)}\r\n".encode())
    with SmtpWire.greeted(server.port) as other:
        other.send_mail(MAIL)
    answered, _, _ = select.select([wire.socket for wire in crowd], [], [], 0)
    assert len(answered) < len(crowd)
    for wire in crowd:
        wire.expect(235)
        wire.close()


def test_too_many_logins_at_a_time(launcher: Launcher, tmp_path: Path) -> None:
    """Who comes beyond the queue is told so at once; a server that stops does not check those in it."""
    users = write_users(tmp_path, f"alice:{bcrypt(PASSWORD, 12)}")
    server = launcher.start(f"--auth-file={users}", "--auth-allow-insecure")
    crowd = [SmtpWire.greeted(server.port) for _ in range(140)]
    for wire in crowd:
        wire.send(f"AUTH PLAIN {plain('alice', PASSWORD)}\r\n".encode())
    server.wait_for_log(r'rejected "AUTH PLAIN \*\*\*": 454 4\.7\.0')
    assert server.stop() == 0
    codes = [wire.read_reply().code for wire in crowd]
    assert set(codes) <= {235, 421, 454}
    assert codes.count(421) > 0
    for wire in crowd:
        wire.close()


# --- where logins are offered


def offered(reply_text: str) -> str | None:
    match = re.search(r"^AUTH (.*)$", reply_text, re.MULTILINE)
    return match.group(1) if match else None


def test_no_logins_unless_asked_for(server: Server, wire: SmtpWire) -> None:
    assert offered(wire.ask("EHLO client.example.org", 250).text) is None
    wire.ask(f"AUTH PLAIN {plain('a', 'b')}", 502)


def test_any_login_is_accepted(launcher: Launcher) -> None:
    server = launcher.start("--auth=accept-any", "--require-auth")
    with SmtpWire.greeted(server.port) as wire:
        assert offered(wire.ask("EHLO x", 250).text) == "PLAIN LOGIN CRAM-MD5 XOAUTH2 OAUTHBEARER"
        wire.ask("MAIL FROM:<a@example.com>", 530)
        wire.ask(f"AUTH PLAIN {plain('Jürgen', 'anything')}", 235)
        wire.send_mail(MAIL)
    assert_sent_by(server, "Jürgen")


def test_passwords_wait_for_tls(launcher: Launcher, users: Path, tmp_path: Path) -> None:
    state = tmp_path / "state"
    server = launcher.start(f"--auth-file={users}", "--require-auth", "--tls=auto", f"--state-directory={state}")
    with SmtpWire.greeted(server.port) as wire:
        assert offered(wire.ask("EHLO x", 250).text) is None
        wire.ask(f"AUTH PLAIN {plain('tim', PASSWORD)}", 538)
    context = ssl.create_default_context(cafile=str(state / "tls" / "ca.pem"))
    with smtplib.SMTP("localhost", server.port) as client:
        client.starttls(context=context)
        client.login("tim", PASSWORD)
        client.sendmail("a@example.com", "b@example.com", MAIL)
    assert b" with ESMTPSA " in server.only_mail()


def test_passwords_go_through_a_unix_socket(launcher: Launcher, users: Path, socket_directory: Path) -> None:
    path = socket_directory / "smtp"
    server = launcher.start(f"--auth-file={users}", "-i", f"unix:{path}", "-i", "127.0.0.1", n_listeners=2)
    server.wait_for_log(r"WARNING: 127\.0\.0\.1:\d+ offers no logins, .*--tls=auto")
    assert server.log.count("offers no logins") == 1
    with SmtpWire.greeted_at(path) as wire:
        wire.ask(f"AUTH PLAIN {plain('tim', PASSWORD)}", 235)


@pytest.mark.parametrize(
    ("options", "warning"),
    [
        (["--auth=accept-any", "--require-auth"], "there are no passwords"),
        (["--auth-file={users}", "--auth-allow-insecure"], "no login is required"),
        (["--auth-file={users}", "--auth-allow-insecure", "--require-auth"], None),
    ],
)
def test_open_to_other_machines(launcher: Launcher, users: Path, options: list[str], warning: str | None) -> None:
    server = launcher.start("-i", "0.0.0.0", *(option.format(users=users) for option in options))
    exposed = [line for line in server.log_lines if "open to other machines" in line]
    assert [warning in line for line in exposed if warning] == ([True] if warning else [])
    assert warning or not exposed


# --- the user file


def run_to_end(launcher: Launcher, *options: str) -> tuple[int, str]:
    server = launcher.start(*options, n_listeners=0)
    return server.wait(), server.log


def test_wrong_user_file(launcher: Launcher, tmp_path: Path) -> None:
    users = write_users(tmp_path, "# fine", f"tim:{{PLAIN}}{PASSWORD}", f"alice:$apr1${PASSWORD}")
    code, log = run_to_end(launcher, f"--auth-file={users}", "--auth-allow-insecure")
    assert code == 1
    assert f"user file {users}, line 3: " in log
    assert PASSWORD not in log
    assert not (tmp_path / "mail").exists()


def test_missing_user_file(launcher: Launcher, tmp_path: Path) -> None:
    code, log = run_to_end(launcher, f"--auth-file={tmp_path / 'users'}")
    assert code == 1
    assert f"cannot read the user file {tmp_path / 'users'}: No such file or directory" in log


def test_user_file_that_others_can_read(launcher: Launcher, users: Path) -> None:
    users.chmod(0o644)
    server = launcher.start(f"--auth-file={users}", "--auth-allow-insecure")
    server.wait_for_log(rf"WARNING: every user of this machine can read the user file {users}")


def test_user_file_is_read_again(launcher: Launcher, tmp_path: Path) -> None:
    users = write_users(tmp_path, "tim:{PLAIN}first")
    server = launcher.start(f"--auth-file={users}", "--auth-allow-insecure")
    with SmtpWire.greeted(server.port) as before, SmtpWire.greeted(server.port) as after:
        before.ask("AUTH LOGIN", 334)
        write_users(tmp_path, "tim:{PLAIN}second")
        server.process.send_signal(signal.SIGHUP)
        server.wait_for_log("Read the users again")
        after.ask(f"AUTH PLAIN {plain('tim', 'second')}", 235)
        # The exchange under way keeps the file it began with.
        before.ask(encode("tim"), 334)
        before.ask(encode("first"), 235)
    write_users(tmp_path, "nonsense")
    server.process.send_signal(signal.SIGHUP)
    server.wait_for_log(rf"ERROR: .*user file {users}, line 1: ")
    with SmtpWire.greeted(server.port) as wire:
        wire.ask(f"AUTH PLAIN {plain('tim', 'second')}", 235)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--auth=accept-any", "--auth-file=users"], "give one, not both"),
        (["--require-auth"], "--require-auth needs logins"),
        (["--auth-allow-insecure", "--auth=accept-any"], "--auth-allow-insecure is for the logins of --auth-file"),
        (["--auth=any"], "give off or accept-any"),
    ],
)
def test_options_that_do_not_go_together(launcher: Launcher, options: list[str], message: str) -> None:
    code, log = run_to_end(launcher, *options)
    assert code == 64
    assert message in log
    assert log.count("\n") == 0
