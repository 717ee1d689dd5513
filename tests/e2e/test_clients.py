"""Programs that others wrote send messages."""

import email
import email.policy
import json
import re
from email.message import EmailMessage
from pathlib import Path

import pytest
from programs import require_program, run_program
from server import Launcher, Server

NODE_DIRECTORY = Path(__file__).with_name("node")


def parse(data: bytes) -> EmailMessage:
    message = email.message_from_bytes(data, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


def only_message(server: Server) -> EmailMessage:
    return parse(server.only_mail())


def body_of(message: EmailMessage) -> str:
    part = message.get_body(("plain",))
    assert part is not None
    content = part.get_content()
    assert isinstance(content, str)
    return content


def envelope_of(data: bytes) -> dict[str, str]:
    """The headers put before a message, as text and unfolded."""
    block = data.decode("utf-8", "replace").partition("\n\n")[0]
    headers = (line.partition(": ") for line in re.sub(r"\n[ \t]+", " ", block).split("\n"))
    return {name: value for name, _, value in headers if name in {"Return-Path", "X-Peer", "X-MailFrom", "X-RcptTo"}}


def swaks(port: int, recipient: str, *options: str) -> str:
    arguments = ["--from", "sender@example.com", "--to", recipient, "--server", "localhost", "--port", str(port)]
    return run_program(["swaks", *arguments, *options])


@pytest.mark.parametrize("recipient", ["recipient@example.com", "用户@例え.jp"])
def test_swaks(launcher: Launcher, recipient: str) -> None:
    # swaks does not ask for SMTPUTF8, whatever the address.
    server = launcher.start("-i", "localhost")
    swaks(server.port, recipient)
    envelope = envelope_of(server.only_mail())
    assert envelope["X-MailFrom"] == "sender@example.com"
    assert envelope["X-RcptTo"] == recipient
    server.wait_for_log(rf": sender@example\.com -> {recipient} \[test .*\]$")


def test_swaks_with_attachment(launcher: Launcher, tmp_path: Path) -> None:
    server = launcher.start("-i", "localhost")
    attachment = tmp_path / "picture.bin"
    attachment.write_bytes(bytes(range(256)) * 1000)
    swaks(server.port, "recipient@example.com", "--attach", f"@{attachment}")
    (stored,) = only_message(server).iter_attachments()
    assert stored.get_payload(decode=True) == attachment.read_bytes()


def test_curl(server: Server, tmp_path: Path) -> None:
    mail = tmp_path / "mail.eml"
    mail.write_bytes(b"From: a@example.com\r\nSubject: curl\r\n\r\n.first a dot\r\n..two\r\n.\r\nlast\r\n")
    arguments = ["--mail-from", "a@example.com", "--mail-rcpt", "b@example.com", "--mail-rcpt", "c@example.com"]
    run_program(["curl", "--silent", "--show-error", f"smtp://127.0.0.1:{server.port}", *arguments, "-T", str(mail)])
    data = server.only_mail()
    assert envelope_of(data)["X-RcptTo"] == "b@example.com, c@example.com"
    assert data.endswith(mail.read_bytes().replace(b"\r\n", b"\n"))


def test_msmtp(server: Server) -> None:
    mail = b"From: a@example.com\nTo: b@example.com\nSubject: msmtp\n\n.dot\nhello\n"
    options = ["--file=/dev/null", "--host=127.0.0.1", f"--port={server.port}", "--from=a@example.com"]
    run_program(["msmtp", *options, "b@example.com"], stdin=mail)
    data = server.only_mail()
    assert data.endswith(b"Subject: msmtp\n\n.dot\nhello\n")
    assert envelope_of(data)["X-MailFrom"] == "a@example.com"


def test_nodemailer(server: Server) -> None:
    require_program("node")
    if not (NODE_DIRECTORY / "node_modules").exists():
        pytest.skip("nodemailer is not installed; make test does that")
    mail = {
        "from": {"name": "Zoë", "address": "zoe@example.com"},
        "to": ["recipient@example.com", "用户@例え.jp"],
        "subject": "Grüße von nodemailer",
        "text": "Ein Gruß\n.\nEnde\n",
        "html": "<p>Ein Gruß</p>",
        "attachments": [{"filename": "naïve.txt", "content": "angehängt"}],
    }
    output = run_program(["node", str(NODE_DIRECTORY / "send.mjs"), str(server.port)], stdin=json.dumps(mail).encode())
    assert output.startswith("250 ")
    message = only_message(server)
    assert message["Subject"] == mail["subject"]
    assert body_of(message).replace("\r\n", "\n") == mail["text"]
    (attachment,) = message.iter_attachments()
    assert (attachment.get_filename(), attachment.get_content()) == ("naïve.txt", "angehängt")
    server.wait_for_log(r": zoe@example\.com -> recipient@example\.com, 用户@\S+ \[Grüße von nodemailer\]$")


@pytest.mark.parametrize("connections", [["-d"], []], ids=["kept connections", "one connection each"])
@pytest.mark.parametrize("sync", ["always", "none"])
def test_smtp_source(launcher: Launcher, connections: list[str], sync: str) -> None:
    n_messages, n_bytes = 500, 4096
    server = launcher.start(f"--sync={sync}")
    load = ["-s", "20", "-m", str(n_messages), "-l", str(n_bytes), "-f", "from@example.com", "-t", "to@example.com"]
    run_program(["smtp-source", *connections, *load, f"inet:127.0.0.1:{server.port}"])
    messages = server.messages()
    assert len(messages) == n_messages
    for mail in messages:
        assert f",S={mail.stat().st_size}" in mail.name
        assert mail.stat().st_size > n_bytes * 0.9
    server.wait_for_log(r": from@example\.com -> to@example\.com ", count=n_messages)


def test_smtp_source_with_large_messages(server: Server) -> None:
    n_messages, n_bytes = 40, 1024 * 1024
    run_program(
        ["smtp-source", "-d", "-s", "10", "-m", str(n_messages), "-l", str(n_bytes), f"inet:127.0.0.1:{server.port}"]
    )
    sizes = {mail.stat().st_size for mail in server.messages()}
    assert len(server.messages()) == n_messages
    assert min(sizes) > n_bytes * 0.9
    assert list((server.maildir / "tmp").iterdir()) == []


def test_smtp_source_with_many_recipients(server: Server) -> None:
    run_program(["smtp-source", "-r", "200", "-m", "5", f"inet:127.0.0.1:{server.port}"])
    for mail in server.messages():
        assert len(envelope_of(mail.read_bytes())["X-RcptTo"].split(", ")) == 200
