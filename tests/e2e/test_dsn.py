"""Delivery status notifications (RFC 3461): what a client asks for is checked, kept with the message and shown."""

import smtplib
from collections.abc import Iterator

import pytest
from api_support import Api, Json
from hostile_support import read_block_field, received_bytes
from programs import run_program
from server import PATIENCE_S

MAIL = b"From: shop@example.com\r\nTo: kim@example.net\r\nSubject: Invoice 4711\r\n\r\nThanks.\r\n"


@pytest.fixture
def client(api: Api) -> Iterator[smtplib.SMTP]:
    with smtplib.SMTP("127.0.0.1", api.server.port, timeout=PATIENCE_S) as client:
        client.ehlo()
        yield client


def envelope(api: Api, mail_id: str) -> Json:
    shown: Json = api.get_json(f"/api/v1/message/{mail_id}/structure")["Envelope"]
    return shown


def latest(api: Api) -> str:
    mail_id: str = api.list()["messages"][0]["ID"]
    return mail_id


def stored(api: Api, mail_id: str) -> bytes:
    return next(path for path in api.server.messages() if mail_id in path.name).read_bytes()


def test_it_is_offered(client: smtplib.SMTP) -> None:
    assert client.has_extn("dsn")


def test_what_is_asked_for_is_kept_and_shown(api: Api, client: smtplib.SMTP) -> None:
    client.docmd("MAIL FROM:<shop@example.com> RET=HDRS ENVID=run+2B42+20b")
    client.docmd("RCPT TO:<kim@example.net> NOTIFY=FAILURE,DELAY ORCPT=rfc822;K+2Bim@example.net")
    client.docmd("RCPT TO:<lee@example.net>")
    client.docmd("RCPT TO:<max@example.net> NOTIFY=NEVER")
    assert client.data(MAIL)[0] == 250
    mail_id = latest(api)
    assert envelope(api, mail_id)["DSN"] == {
        "Ret": "HDRS",
        "EnvID": "run+42 b",
        "Recipients": [
            {"To": "kim@example.net", "Notify": ["FAILURE", "DELAY"], "ORcpt": "rfc822;K+im@example.net"},
            {"To": "lee@example.net", "Notify": [], "ORcpt": ""},
            {"To": "max@example.net", "Notify": ["NEVER"], "ORcpt": ""},
        ],
    }
    octets = stored(api, mail_id)
    assert read_block_field(octets, "X-Dsn") == (
        "RET=HDRS ENVID=run+2B42+20b 1 NOTIFY=FAILURE,DELAY ORCPT=rfc822;K+2Bim@example.net 3 NOTIFY=NEVER"
    )
    assert received_bytes(octets) == MAIL
    session = api.get_json(f"/api/v1/message/{mail_id}/session")["Session"]
    assert any("ENVID=run+2B42+20b" in line["Text"] for line in session)
    assert any("NOTIFY=FAILURE,DELAY ORCPT=" in line["Text"] for line in session)


@pytest.mark.parametrize(
    ("mail_options", "rcpt_options"),
    [
        ([], ["NOTIFY=FAILURE,DELAY"]),
        (["RET=HDRS", "ENVID=run-42"], []),
        ([], ["ORCPT=rfc822;kim@example.net"]),
        ([], []),
    ],
)
def test_smtplib_may_ask(api: Api, client: smtplib.SMTP, mail_options: list[str], rcpt_options: list[str]) -> None:
    client.sendmail("shop@example.com", ["kim@example.net"], MAIL, mail_options=mail_options, rcpt_options=rcpt_options)
    octets = stored(api, latest(api))
    asked = " ".join([*mail_options, *(["1"] if rcpt_options else []), *rcpt_options])
    assert (f"\nX-Dsn: {asked}\n".encode() in octets) == bool(asked)
    assert (b"X-Dsn" in octets) == bool(asked)


def test_it_comes_back_by_an_import(api: Api, client: smtplib.SMTP) -> None:
    client.sendmail(
        "shop@example.com",
        ["kim@example.net"],
        MAIL,
        mail_options=["RET=FULL", "ENVID=a"],
        rcpt_options=["NOTIFY=SUCCESS", "ORCPT=rfc822;a+2Bb@example.net"],
    )
    first = latest(api)
    for query, recipients in (("stored=1", 1), ("stored=1&to=other@example.net", 0)):
        reply = api.ask("POST", f"/api/v1/messages?{query}", data=stored(api, first))
        assert reply.status_code == 200, reply.text
        again = envelope(api, reply.json()["ID"])["DSN"]
        assert (again["Ret"], again["EnvID"], len(again["Recipients"])) == ("FULL", "a", recipients)


def test_an_export_has_it(api: Api, client: smtplib.SMTP) -> None:
    client.sendmail("shop@example.com", ["kim@example.net"], MAIL, mail_options=["ENVID=exported"])
    assert b"X-Dsn: ENVID=exported\n" in api.get("/api/v1/export", format="maildir").content


def test_a_long_list_is_kept(api: Api, client: smtplib.SMTP) -> None:
    """With the longest values there are, and a message that is read in pieces."""
    n_recipients, address = 300, "x" * 500
    client.docmd("MAIL FROM:<shop@example.com>")
    for n in range(n_recipients):
        assert client.docmd(f"RCPT TO:<r{n}@example.net> NOTIFY=SUCCESS,FAILURE,DELAY ORCPT=rfc822;{address}")[0] == 250
    mail = MAIL + b"x" * 70 + b"\r\n" * 100_000
    assert client.data(mail)[0] == 250
    shown = envelope(api, latest(api))
    assert [recipient["To"] for recipient in shown["DSN"]["Recipients"]] == shown["To"]
    assert all(recipient["ORcpt"] == f"rfc822;{address}" for recipient in shown["DSN"]["Recipients"])
    assert received_bytes(stored(api, latest(api))) == mail


@pytest.mark.parametrize(
    "command",
    [
        "MAIL FROM:<a@example.com> RET=ALL",
        "MAIL FROM:<a@example.com> ENVID=" + "a" * 101,
        "MAIL FROM:<a@example.com> ENVID=a+0D+0AX-Forged:+20yes",
        "RCPT TO:<b@example.com> NOTIFY=NEVER,SUCCESS",
        "RCPT TO:<b@example.com> ORCPT=rfc822;" + "a" * 501,
        "RCPT TO:<b@example.com> ORCPT=rfc822;a+0A",
    ],
)
def test_wrong_values_are_rejected(client: smtplib.SMTP, command: str) -> None:
    if command.startswith("RCPT"):
        client.docmd("MAIL FROM:<a@example.com>")
    assert client.docmd(command)[0] == 501


def test_msmtp_may_ask(api: Api) -> None:
    options = ["--file=/dev/null", "--host=127.0.0.1", f"--port={api.server.port}", "--from=a@example.com"]
    run_program(["msmtp", *options, "--dsn-notify=failure,delay", "--dsn-return=hdrs", "b@example.com"], stdin=MAIL)
    asked = envelope(api, latest(api))["DSN"]
    assert asked["Ret"] == "HDRS"
    assert sorted(asked["Recipients"][0]["Notify"]) == ["DELAY", "FAILURE"]
