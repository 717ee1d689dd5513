"""POST /api/v1/send: a message described in JSON."""

import base64
import email
import email.policy
from collections.abc import Iterator
from email.message import EmailMessage
from typing import Any

import pytest
from api_support import Api, Json, running_api

SEND = "/api/v1/send"


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    with running_api(tmp_path_factory.mktemp("api-send"), "--max-size=200K") as api:
        yield api


def request_with(**changes: Any) -> Json:
    """An ordinary one, changed; None leaves a field out."""
    usual = {
        "From": {"Email": "from@example.com", "Name": "From"},
        "To": [{"Email": "to@example.com", "Name": "To"}],
        "Subject": "Hello",
        "Text": "Text",
    }
    return {name: value for name, value in {**usual, **changes}.items() if value is not None}


def send(api: Api, **changes: Any) -> str:
    reply = api.ask("POST", SEND, json=request_with(**changes))
    assert reply.status_code == 200, reply.text
    assert reply.headers["Content-Type"] == "application/json"
    assert set(reply.json()) == {"ID"}
    return str(reply.json()["ID"])


def rejected(api: Api, status: int, body: object) -> str:
    total = api.list(limit=1)["total"]
    reply = api.ask("POST", SEND, **({"data": body} if isinstance(body, bytes) else {"json": body}))
    assert reply.status_code == status, reply.text
    assert reply.headers["Content-Type"] == "application/json"
    assert set(reply.json()) == {"Error"}
    assert api.list(limit=1)["total"] == total
    return str(reply.json()["Error"])


def read_by_python(api: Api, mail_id: str) -> EmailMessage:
    raw = api.get(f"/api/v1/message/{mail_id}/raw").content
    mail = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(mail, EmailMessage)
    assert [part.defects for part in mail.walk() if part.defects] == []
    assert raw.isascii()
    assert max(len(line) for line in raw.split(b"\r\n")) <= 998
    return mail


def test_all_fields(api: Api) -> None:
    mail_id = send(
        api,
        From={"Email": "from@example.com", "Name": "Ä. From"},
        To=[{"Email": "to@example.com", "Name": "Tö"}, {"Email": "second@example.com"}],
        Cc=[{"Email": "cc@example.com", "Name": "Cc"}],
        Bcc=["bcc@example.com"],
        ReplyTo=[{"Email": "reply@example.com", "Name": "R"}],
        Subject="Grüße – 今日",
        Text="größer\n",
        HTML="<p>größer</p>",
        Headers={"X-One": "eins", "X-Two": "zwö"},
        Tags=["Tag one", "two"],
        Attachments=[
            {"Content": base64.b64encode(b"\x00binary").decode(), "Filename": "größe.bin"},
            {"Content": "data:image/gif;base64," + base64.b64encode(b"GIF89a...").decode(), "Filename": "a.gif"},
            {"Content": "eA==", "Filename": "i.png", "ContentType": "image/png", "ContentID": "pic"},
        ],
    )
    mail = api.message(mail_id)
    assert mail["From"] == {"Name": "Ä. From", "Address": "from@example.com"}
    assert mail["To"] == [
        {"Name": "Tö", "Address": "to@example.com"},
        {"Name": "", "Address": "second@example.com"},
    ]
    assert mail["Cc"] == [{"Name": "Cc", "Address": "cc@example.com"}]
    assert mail["Bcc"] == [{"Name": "", "Address": "bcc@example.com"}]
    assert mail["ReplyTo"] == [{"Name": "R", "Address": "reply@example.com"}]
    assert (mail["Subject"], mail["ReturnPath"]) == ("Grüße – 今日", "from@example.com")
    assert (mail["Text"].strip(), mail["HTML"].strip()) == ("größer", "<p>größer</p>")
    assert mail["Tags"] == ["Tag one", "two"]
    assert [(part["FileName"], part["ContentType"], part["Size"]) for part in mail["Attachments"]] == [
        ("größe.bin", "application/octet-stream", 7),
        ("a.gif", "image/gif", 9),
    ]
    assert [(part["FileName"], part["ContentID"]) for part in mail["Inline"]] == [("i.png", "pic")]
    api.server.wait_for_log(r"from@example\.com -> to@example\.com, .*by HTTP")


def test_python_reads_it_without_defects(api: Api) -> None:
    mail = read_by_python(
        api,
        send(
            api,
            Subject="größer " * 50,
            Text="größer " * 500,
            Headers={"X-Long": "ö" * 300},
            Attachments=[{"Content": base64.b64encode(bytes(range(256)) * 20).decode(), "Filename": "ä" * 80 + ".bin"}],
        ),
    )
    assert mail["Subject"].strip() == ("größer " * 50).strip()
    assert mail["X-Long"] == "ö" * 300
    assert mail["Date"] is not None
    assert mail["Message-ID"].endswith("@dsmtpd.invalid>")
    text = mail.get_body(("plain",))
    assert text is not None
    assert text.get_content().strip() == ("größer " * 500).strip()
    [attachment] = mail.iter_attachments()
    assert attachment.get_content() == bytes(range(256)) * 20
    assert attachment.get_filename() == "ä" * 80 + ".bin"


def test_blind_recipients_are_in_no_header(api: Api) -> None:
    mail = read_by_python(api, send(api, Bcc=["secret@example.com"]))
    assert "secret@example.com" not in mail.as_string()


@pytest.mark.parametrize(
    "changes",
    [
        {"To": None, "Bcc": ["only@example.com"]},
        {"To": [], "Cc": [{"Email": "only@example.com"}]},
        {"Subject": None, "Text": None},
        {"Text": "", "HTML": "<b>x</b>"},
        {"Cc": None, "ReplyTo": None, "Headers": None, "Tags": []},
        {"From": {"email": "x@example.com", "name": "lower"}},
        {"From": {"Email": '"quoted local"@example.com'}},
        {"From": {"Email": "größe@exämple.com"}},
        {"From": {"Email": "x@example.com", "Name": 'a, "b" <c@d>; (e)'}},
        {"Headers": {"Message-ID": "<own@example.com>"}},
        {"Attachments": [{"Content": "", "Filename": ""}]},
        {"Attachments": [{"Content": "a\nGVs\r\nbG8=", "Filename": "x"}]},
    ],
)
def test_what_is_left_out_is_empty(api: Api, changes: Json) -> None:
    mail_id = send(api, **changes)
    assert api.message(mail_id)["ID"] == mail_id


def test_a_name_of_specials_stays_one_address(api: Api) -> None:
    mail_id = send(api, From={"Email": "x@example.com", "Name": 'a, "b" <c@d>; (e)'})
    assert api.message(mail_id)["From"] == {"Name": 'a, "b" <c@d>; (e)', "Address": "x@example.com"}


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"\x89PNG\r\n\x1a\nrest", "image/png"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"GIF89a", "image/gif"),
        (b"%PDF-1.4", "application/pdf"),
        (b"PK\x03\x04zip", "application/zip"),
        (b"just text", "text/plain"),
        (b"<!DOCTYPE html><p>", "text/html"),
        (b"<?xml version='1.0'?>", "text/xml"),
        (b"\x00\x01\x02", "application/octet-stream"),
    ],
)
def test_the_type_of_an_attachment_is_guessed(api: Api, content: bytes, expected: str) -> None:
    mail_id = send(api, Attachments=[{"Content": base64.b64encode(content).decode(), "Filename": "file"}])
    [attachment] = api.message(mail_id)["Attachments"]
    assert attachment["ContentType"] == expected
    assert api.get(f"/api/v1/message/{mail_id}/part/{attachment['PartID']}").content == content


@pytest.mark.parametrize(
    "name", ["From", "to", "CC", "bcc", "Reply-To", "Date", "SUBJECT", "Content-Type", "MIME-Version"]
)
def test_standard_headers_cannot_be_set(api: Api, name: str) -> None:
    assert name in rejected(api, 400, request_with(Headers={name: "x"}))


@pytest.mark.parametrize(
    "changes",
    [
        {"From": None},
        {"From": {}},
        {"From": "x@example.com"},
        {"From": {"Email": "nonsense"}},
        {"From": {"Email": "x@example.com\r\nBcc: evil@example.com"}},
        {"From": {"Email": "x@example.com", "Name": "a\r\nBcc: evil@example.com"}},
        {"From": {"Email": "x@example.com>"}},
        {"From": {"Email": 1}},
        {"To": None},
        {"To": []},
        {"To": {"Email": "x@example.com"}},
        {"To": [{"Email": ""}]},
        {"To": ["x@example.com"]},
        {"To": [{"Email": "x@example.com"}] * 1001},
        {"Bcc": ["nonsense"]},
        {"Bcc": [{"Email": "x@example.com"}]},
        {"ReplyTo": [{"Email": "nonsense"}]},
        {"Subject": "a\r\nX-Evil: 1"},
        {"Subject": ["x"]},
        {"Headers": {"X-A": "b\r\nX-Evil: 1"}},
        {"Headers": {"X A": "b"}},
        {"Headers": {"X:A": "b"}},
        {"Headers": {"": "b"}},
        {"Headers": {"X-Größe": "b"}},
        {"Headers": ["X-A"]},
        {"Headers": {"X-A": 1}},
        {"Tags": "one"},
        {"Tags": ["a\nb"]},
        {"Attachments": [{"Content": "!!!", "Filename": "x"}]},
        {"Attachments": [{"Content": "YQ", "Filename": "x"}]},
        {"Attachments": [{"Content": "YQ==", "ContentType": "nonsense", "Filename": "x"}]},
        {"Attachments": [{"Content": "YQ==", "ContentType": "a/b\r\nX: y", "Filename": "x"}]},
        {"Attachments": ["x"]},
        {"Text": {}},
    ],
)
def test_what_is_wrong_is_said_and_nothing_sent(api: Api, changes: Json) -> None:
    assert rejected(api, 400, request_with(**changes))


@pytest.mark.parametrize("body", [b"", b"nonsense", b"[]", b"null", b"{", b"\xff", b'{"From": {"Email": "\xff"}}'])
def test_bad_json_is_rejected(api: Api, body: bytes) -> None:
    assert rejected(api, 400, body)


def test_a_message_over_the_limit_is_413(api: Api) -> None:
    assert "--max-size" in rejected(api, 413, request_with(Text="x" * 300_000))


def test_a_long_message_is_stored_whole(api: Api) -> None:
    text = "\n".join("y" * 70 for _ in range(2500))
    assert api.message(send(api, Text=text))["Text"].strip() == text


def test_a_body_over_all_limits_is_413(api: Api) -> None:
    reply = api.ask("POST", SEND, headers={"Content-Length": str(65 * 1024 * 1024)}, data=b"")
    assert reply.status_code == 413
