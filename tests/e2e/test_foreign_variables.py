"""Servers configured for Mailpit or MailHog, by variables as people and modules of testcontainers set them."""

import smtplib
from email.message import EmailMessage
from pathlib import Path

import pytest
import requests
from api_support import make_mail
from hostile_support import wait_until
from http_wire import web_port
from programs import run_program
from server import PATIENCE_S, Launcher, Server
from tls_support import Authority

WEB = {"MP_UI_BIND_ADDR": "127.0.0.1:0", "MP_SMTP_BIND_ADDR": "127.0.0.1:0"}


def start(launcher: Launcher, tmp_path: Path, env: dict[str, str]) -> Server:
    """A server that is told nothing else but where its Maildir is."""
    return launcher.start(f"--directory={tmp_path / 'mail'}", defaults=False, env={**WEB, **env})


def client(server: Server) -> smtplib.SMTP:
    return smtplib.SMTP("127.0.0.1", server.port, timeout=PATIENCE_S)


def send(smtp: smtplib.SMTP, subject: str = "hello") -> None:
    mail: EmailMessage = make_mail(subject)
    smtp.send_message(mail, "from@example.com", ["to@example.com"])


def ask(server: Server, path: str, auth: tuple[str, str] | None = None) -> requests.Response:
    return requests.get(f"http://127.0.0.1:{web_port(server)}{path}", auth=auth, timeout=PATIENCE_S)


def test_what_counts_is_logged(launcher: Launcher, tmp_path: Path) -> None:
    env = {"MP_MAX_MESSAGES": "5", "MP_DATABASE": "/data/mailpit.db", "MP_ENABLE_CHAOS": "1", "MH_HOSTNAME": "mail"}
    server = start(launcher, tmp_path, {**env, "MP_DISABLE_VERSION_CHECK": "1", "MP_PORT": "tcp://10.0.0.1:1025"})
    used = "MP_SMTP_BIND_ADDR, MP_UI_BIND_ADDR, MP_MAX_MESSAGES"
    server.wait_for_log(rf"INFO: using these variables of another server: {used}$")
    ignored = "MP_DATABASE, MP_ENABLE_CHAOS, MH_HOSTNAME"
    server.wait_for_log(
        rf"WARNING: these variables of another server have no counterpart here and are ignored: {ignored}$"
    )
    assert server.log.count("of another server") == 2


def test_wrong_value_names_its_variable(launcher: Launcher, tmp_path: Path) -> None:
    server = launcher.start(n_listeners=0, env={"MP_MAX_AGE": "3 weeks"})
    assert server.wait() == 64
    assert server.log.startswith('dsmtpd: MP_MAX_AGE: "3 weeks"')


# --- as modules and compose files set them


def test_testcontainers_for_java(launcher: Launcher, tmp_path: Path) -> None:
    """ch.martinelli.oss:testcontainers-mailpit 1: no variables; it waits until GET / is answered."""
    server = start(launcher, tmp_path, {})
    assert ask(server, "/").status_code == 200
    with client(server) as smtp:
        send(smtp)
    assert ask(server, "/api/v1/messages").json()["messages_count"] == 1


def test_testcontainers_for_go(launcher: Launcher, tmp_path: Path) -> None:
    """testcontainers-go/modules/mailpit: WithSMTPAuth(), WithMessageLimit(); it waits for /readyz."""
    env = {"MP_SMTP_AUTH": "user:p:ss", "MP_SMTP_AUTH_ALLOW_INSECURE": "true", "MP_MAX_MESSAGES": "3"}
    server = start(launcher, tmp_path, env)
    assert ask(server, "/readyz").status_code == 200
    with client(server) as smtp, pytest.raises(smtplib.SMTPSenderRefused, match="530"):
        send(smtp)
    smtp = client(server)
    with pytest.raises(smtplib.SMTPAuthenticationError):
        smtp.login("user", "wrong")
    smtp.close()
    with client(server) as smtp:
        smtp.login("user", "p:ss")
        for number in range(10):
            send(smtp, f"number {number}")
    wait_until(lambda: ask(server, "/api/v1/messages").json()["messages_count"] == 3, "the limit holds")
    assert ask(server, "/api/v1/message/latest").json()["Subject"] == "number 9"


def test_logins_of_any_kind_as_in_compose_files(launcher: Launcher, tmp_path: Path) -> None:
    env = {"MP_SMTP_AUTH_ACCEPT_ANY": "1", "MP_SMTP_AUTH_ALLOW_INSECURE": "1", "MP_MAX_MESSAGES": "5000"}
    server = start(launcher, tmp_path, env)
    with client(server) as smtp:
        smtp.login("anybody", "anything")
        send(smtp)
    with client(server) as smtp:
        send(smtp)
    assert len(server.messages()) == 2


def test_tls_and_user_files(launcher: Launcher, tmp_path: Path) -> None:
    users = tmp_path / "users"
    run_program(["htpasswd", "-cbB", str(users), "alice", "secret"])
    users.write_text(users.read_text() + "bob:plain\n")
    certificate = Authority(tmp_path).issue("mail", "DNS:localhost")
    env = {
        "MP_SMTP_TLS_CERT": str(certificate.file),
        "MP_SMTP_TLS_KEY": str(certificate.key),
        "MP_SMTP_REQUIRE_STARTTLS": "true",
        "MP_SMTP_AUTH_FILE": str(users),
        "MP_UI_AUTH_FILE": str(users),
    }
    server = start(launcher, tmp_path, env)
    for name, password in (("alice", "secret"), ("bob", "plain")):
        with client(server) as smtp:
            smtp.ehlo()
            assert not smtp.has_extn("auth")
            smtp.starttls()
            smtp.login(name, password)
            send(smtp)
        assert ask(server, "/api/v1/messages", (name, password)).json()["messages_count"] >= 1
    assert ask(server, "/api/v1/messages").status_code == 401


def test_passwords_in_the_environment_guard_the_page(launcher: Launcher, tmp_path: Path) -> None:
    server = start(launcher, tmp_path, {"MP_UI_AUTH": "alice:one bob:two"})
    assert ask(server, "/").status_code == 401
    for name, password in (("alice", "one"), ("bob", "two")):
        assert ask(server, "/", (name, password)).status_code == 200
    assert "one" not in server.log


def test_directory_of_mailhog_becomes_a_maildir(launcher: Launcher, tmp_path: Path) -> None:
    """MailHog keeps a message a file in the directory itself."""
    directory = tmp_path / "mailhog"
    directory.mkdir()
    (directory / "abc@mailhog.example").write_text("Subject: old\r\n\r\nold\r\n")
    server = launcher.start(
        defaults=False,
        maildir=directory,
        env={
            "MH_STORAGE": "maildir",
            "MH_MAILDIR_PATH": str(directory),
            "MH_SMTP_BIND_ADDR": "127.0.0.1:0",
            "MH_UI_BIND_ADDR": "127.0.0.1:0",
            "MH_API_BIND_ADDR": "127.0.0.1:0",
        },
    )
    with client(server) as smtp:
        send(smtp)
    assert len(server.messages()) == 1
    assert ask(server, "/api/v2/messages").json()["total"] == 1
    assert (directory / "abc@mailhog.example").exists()
