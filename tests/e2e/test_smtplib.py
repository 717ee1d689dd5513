"""Python's own client, with each extension it knows."""

import smtplib
from collections.abc import Iterator
from email.message import EmailMessage

import pytest
from server import PATIENCE_S, Launcher, Server
from test_clients import body_of, envelope_of, only_message

MAIL = b"From: a@example.com\r\nSubject: hello\r\n\r\nhello\r\n"


@pytest.fixture
def client(server: Server) -> Iterator[smtplib.SMTP]:
    with smtplib.SMTP("127.0.0.1", server.port, timeout=PATIENCE_S) as client:
        yield client


def test_stored_bytes_are_those_sent(server: Server, client: smtplib.SMTP) -> None:
    mail = b"".join(
        [
            b"From: a@example.com\r\nsubject:unusual  spacing\t\r\nX-Long: " + b"x" * 2000 + b"\r\n\r\n",
            b".leading dot\r\n..\r\ntrailing space \r\n\r\n\r\nFrom the past\r\nlast\r\n",
        ]
    )
    assert client.sendmail("a@example.com", ["b@example.com"], mail) == {}
    octets = server.only_mail()
    assert octets.endswith(mail.replace(b"\r\n", b"\n"))
    assert octets.startswith(b"Return-Path: <a@example.com>\n")


def test_envelope_is_kept_apart_from_the_headers(server: Server, client: smtplib.SMTP) -> None:
    recipients = ["to@example.com", "hidden@example.com"]
    client.sendmail(
        "envelope@example.com", recipients, b"From: other@example.com\r\nTo: to@example.com\r\n\r\nhello\r\n"
    )
    envelope = envelope_of(server.only_mail())
    assert envelope["Return-Path"] == "<envelope@example.com>"
    assert envelope["X-MailFrom"] == "envelope@example.com"
    assert envelope["X-RcptTo"] == ", ".join(recipients)
    assert envelope["X-Peer"].startswith("127.0.0.1:")


@pytest.mark.parametrize(
    "mail",
    [
        b"",
        b"\r\n",
        b"\r\nno header\r\n",
        b"no header at all\r\n",
        b"From somebody Sun Jan 13\r\n\r\nx\r\n",
        b" folded\r\n",
    ],
)
def test_odd_messages_are_kept_too(server: Server, client: smtplib.SMTP, mail: bytes) -> None:
    client.sendmail("a@example.com", ["b@example.com"], mail)
    assert server.only_mail().endswith((mail or b"\r\n").replace(b"\r\n", b"\n"))


def test_smtputf8(server: Server, client: smtplib.SMTP) -> None:
    message = EmailMessage()
    message["From"] = "Jürgen <jürgen@bücher.example>"
    message["To"] = "用户@例え.jp"
    message["Subject"] = "名前"
    message.set_content("こんにちは\n", cte="8bit")
    assert client.send_message(message) == {}
    assert envelope_of(server.only_mail())["X-RcptTo"] == "用户@例え.jp"
    stored = only_message(server)
    assert stored["Subject"] == "名前"
    assert body_of(stored) == "こんにちは\n"
    server.wait_for_log(r": jürgen@bücher\.example -> 用户@例え\.jp \[名前\]$")


def test_without_smtputf8_it_is_not_offered_and_rejected(launcher: Launcher) -> None:
    server = launcher.start("--disable-smtputf8")
    with smtplib.SMTP("127.0.0.1", server.port, timeout=PATIENCE_S) as client:
        client.ehlo()
        assert not client.has_extn("smtputf8")
        assert client.docmd("MAIL FROM:<a@example.com> SMTPUTF8")[0] == 555
        assert client.docmd("MAIL FROM:<a@example.com>")[0] == 250
        client.command_encoding = "utf-8"
        assert client.rcpt("用户@例え.jp")[0] == 550
        assert client.rcpt("b@example.com")[0] == 250
        code, text = client.data("Subject: 名前\r\n\r\nhello\r\n".encode())
        assert (code, text[:5]) == (554, b"5.6.1")
    assert server.messages() == []


def test_8bitmime(server: Server, client: smtplib.SMTP) -> None:
    client.ehlo()
    assert client.has_extn("8bitmime")
    mail = MAIL + "Grüße\r\n".encode("iso-8859-1")
    client.sendmail("a@example.com", ["b@example.com"], mail, mail_options=["BODY=8BITMIME"])
    assert server.only_mail().endswith("Grüße\n".encode("iso-8859-1"))
    assert "8bit-" not in server.log


def test_one_message_for_many_recipients(server: Server, client: smtplib.SMTP) -> None:
    recipients = [f"r{number}@example.com" for number in range(1000)]
    assert client.sendmail("a@example.com", recipients, MAIL) == {}
    assert envelope_of(server.only_mail())["X-RcptTo"].split(", ") == recipients


def test_one_recipient_too_many_is_rejected_and_the_rest_delivered(launcher: Launcher) -> None:
    server = launcher.start("--max-recipients=2")
    with smtplib.SMTP("127.0.0.1", server.port, timeout=PATIENCE_S) as client:
        rejected = client.sendmail("a@example.com", ["b@example.com", "c@example.com", "d@example.com"], MAIL)
    assert {recipient: code for recipient, (code, _) in rejected.items()} == {"d@example.com": 452}
    assert envelope_of(server.only_mail())["X-RcptTo"] == "b@example.com, c@example.com"


def test_many_messages_over_one_connection(server: Server, client: smtplib.SMTP) -> None:
    for number in range(100):
        client.sendmail("a@example.com", ["b@example.com"], b"Subject: %d\r\n\r\nhello\r\n" % number)
    messages = server.messages()
    assert len(messages) == 100
    for number, mail in enumerate(messages):
        assert b"Subject: %d\n" % number in mail.read_bytes()


def test_message_is_there_when_its_delivery_is_confirmed(server: Server, client: smtplib.SMTP) -> None:
    for count in range(1, 20):
        client.sendmail("a@example.com", ["b@example.com"], MAIL)
        assert len(list((server.maildir / "new").iterdir())) == count


def test_verify_and_help(client: smtplib.SMTP) -> None:
    client.ehlo()
    assert client.verify("postmaster@example.com")[0] in {250, 252}
    assert b"RCPT" in client.help()
    assert client.noop()[0] == 250
    assert client.rset()[0] == 250
