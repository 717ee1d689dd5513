"""MailHog's API with MailHog's clients: npm mailhog, PyPI mailhog, and the requests of cypress-mailhog."""

import base64
import json
from collections.abc import Iterator
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from api_support import Api, make_mail, running_api
from mailhog import Mailhog
from programs import run_program
from test_api_sse import Events

SCRIPT = Path(__file__).with_name("node") / "mailhog.mjs"


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    with running_api(tmp_path_factory.mktemp("mailhog")) as api:
        yield api


@pytest.fixture
def api(shared: Api) -> Api:
    shared.clear()
    return shared


def node(api: Api, *calls: list[object], base_path: str = "/api") -> list[Any]:
    """The results of these calls, each a method and its arguments."""
    said = run_program(["node", str(SCRIPT), str(api.port), base_path], stdin=json.dumps(calls).encode())
    results: list[Any] = json.loads(said)
    return results


def hard_mail() -> EmailMessage:
    mail = make_mail("Grüße an 用户", "Größe: 5 €\n", {"Cc": "c@d.example"}, html="<p>Größe</p>")
    mail.add_attachment(b"\x00\x01\x02" * 100, maintype="application", subtype="zip", filename="a.zip")
    return mail


# --- npm mailhog


@pytest.mark.parametrize("base_path", ["/api", "/mailhog/api"])
def test_npm_mailhog(api: Api, base_path: str) -> None:
    api.put(make_mail("plain", "Größe: 5 €\n"), ["one@b.example", "hidden@b.example"], "me@a.example")
    api.put(make_mail("other"), ["two@b.example"], "you@a.example")
    listed, page, latest, found, nothing = node(
        api,
        ["messages"],
        ["messages", 1, 1],
        ["latestTo", "hidden@b.example"],
        ["search", "größe", "containing"],
        ["latestContaining", "not there"],
        base_path=base_path,
    )
    assert [item["read"]["subject"] for item in listed["items"]] == ["other", "plain"]
    assert (listed["total"], listed["count"], listed["start"]) == (2, 2, 0)
    assert (page["total"], page["count"], page["start"]) == (2, 1, 1)
    assert latest["read"]["subject"] == "plain"
    assert latest["read"]["text"] == "Größe: 5 €\r\n"
    assert latest["read"]["from"] == "Sender <sender@example.com>"
    assert latest["Raw"]["From"] == "me@a.example"
    assert found["items"][0]["ID"] == latest["ID"]
    assert not nothing

    one, after_one, everything = node(
        api, ["deleteMessage", latest["ID"]], ["messages"], ["deleteAll"], base_path=base_path
    )
    assert (one, after_one["total"], everything) == (200, 1, 200)
    assert api.list()["total"] == 0


def test_npm_mailhog_decodes_parts(api: Api) -> None:
    """It takes a charset without quotes only."""
    mail = make_mail("Grüße an 用户", "Größe: 5 €\n")
    mail.set_content("Größe: 5 €\n", charset="iso-8859-15", cte="quoted-printable")
    mail.add_attachment(b"\x00\x01\x02" * 100, maintype="application", subtype="zip", filename="a.zip")
    api.put(mail.as_bytes(policy=SMTP).replace(b'"iso-8859-15"', b"iso-8859-15"))
    (latest,) = node(api, ["latestContaining", "Größe"])
    assert latest["read"]["subject"] == "Grüße an 用户"
    assert latest["read"]["text"] == "Größe: 5 €\r\n"
    (attachment,) = latest["read"]["attachments"]
    assert attachment["name"] == "a.zip"
    assert base64.b64decode(attachment["Body"]) == b"\x00\x01\x02" * 100


# --- PyPI mailhog


def test_pypi_mailhog(api: Api) -> None:
    client = Mailhog("127.0.0.1", api.port)
    assert client.messages().total == 0
    api.put(make_mail("first"), ["one@b.example", "two@b.example"], "me@a.example")
    api.put(make_mail("second"))
    listed = client.messages()
    assert [message.get_subject() for message in listed.items] == ["second", "first"]
    first = client.search("me@a.example", kind="containing").items[0]
    assert first.get_sender() == "me@a.example"
    assert first.get_recipients() == ["one@b.example", "two@b.example"]
    client.delete(first)
    assert client.messages().total == 1
    client.delete_all()
    assert client.messages().total == 0


# --- as it is


def test_a_message(api: Api) -> None:
    mail_id = api.put(hard_mail(), ["one@b.example"], "me@a.example")
    message = api.get_json(f"/api/v1/messages/{mail_id}")
    assert message == api.get_json("/api/v2/messages")["items"][0]
    assert message == api.get_json("/mailhog/api/v1/messages")[0]
    assert message["From"] == {"Relays": None, "Mailbox": "me", "Domain": "a.example", "Params": ""}
    assert message["To"] == [{"Relays": None, "Mailbox": "one", "Domain": "b.example", "Params": ""}]
    raw = api.get(f"/api/v1/message/{mail_id}/raw").text
    assert message["Raw"]["Data"] == raw
    assert message["Raw"]["To"] == ["one@b.example"]
    assert message["Raw"]["Helo"]
    assert message["Content"]["Body"] == raw.partition("\r\n\r\n")[2]
    assert message["Content"]["Size"] == len(raw.encode())
    assert message["Content"]["Headers"]["Cc"] == ["c@d.example"]
    texts, attachment = message["MIME"]["Parts"]
    assert [part["Headers"]["Content-Type"][0].partition(";")[0] for part in texts["MIME"]["Parts"]] == [
        "text/plain",
        "text/html",
    ]
    assert attachment["MIME"] is None
    assert attachment["Headers"]["Content-Disposition"] == ['attachment; filename="a.zip"']
    assert base64.b64decode(attachment["Body"]) == b"\x00\x01\x02" * 100


def test_downloads(api: Api) -> None:
    mail_id = api.put(hard_mail())
    raw = api.get(f"/api/v1/messages/{mail_id}/download")
    assert raw.content == api.get(f"/api/v1/message/{mail_id}/raw").content
    assert raw.headers["Content-Disposition"] == f'attachment; filename="{mail_id}.eml"'
    part = api.get(f"/api/v1/messages/{mail_id}/mime/part/1/download")
    assert part.content == b"\x00\x01\x02" * 100
    assert part.headers["Content-Disposition"] == 'attachment; filename="a.zip"'
    for number in ("2", "-1", "x", "99999999999999999999"):
        api.expect_rejected(404, "GET", f"/api/v1/messages/{mail_id}/mime/part/{number}/download")
    api.expect_rejected(404, "GET", "/api/v1/messages/unknown")


def test_searches(api: Api) -> None:
    api.put(make_mail("one", 'say "hello, world"\n'), ["to@b.example"])
    for kind, text, n_found in (
        ("from", "sender@example.com", 1),
        ("to", "TO@b.example", 1),
        ("to", "nobody@b.example", 0),
        ("containing", '"hello, world"', 1),
        ("containing", "from:nobody", 0),
        ("containing", "-one", 0),
    ):
        found = api.get_json("/api/v2/search", kind=kind, query=text)
        assert (found["total"], found["count"], len(found["items"])) == (n_found,) * 3, (kind, text)
    for params in ({"kind": "from"}, {"query": "x"}, {"kind": "x", "query": "x"}, {"kind": "to", "query": "x" * 5000}):
        api.expect_rejected(400, "GET", "/api/v2/search", params=params)


def test_limits(api: Api) -> None:
    for number in range(252):
        mail = f"Subject: {number}\r\n\r\n".encode()
        assert api.ask("POST", "/api/v1/messages", params={"to": "a@b.example"}, data=mail).status_code == 200
    counts = [api.get_json("/api/v2/messages", limit=limit)["count"] for limit in ("", "0", "x", "251", "9999", "7")]
    assert counts == [50, 50, 50, 250, 250, 7]
    assert len(api.get_json("/mailhog/api/v1/messages")) == 252
    assert api.get_json("/api/v2/messages", start=250)["items"][0]["Content"]["Headers"]["Subject"] == ["1"]


def test_requests_of_cypress_mailhog(api: Api) -> None:
    """Those of its commands, with the headers that Cypress sends."""
    headers = {"User-Agent": "Mozilla/5.0 Cypress", "Accept": "*/*"}

    def request(method: str, path: str) -> Any:
        reply = api.ask(method, f"/api{path}", headers=headers)
        assert reply.status_code == 200, reply.text
        return reply

    api.put(make_mail("subject one"), ["recipient@example.com"])
    for path in ("/v2/messages?limit=50", f"/v2/search?kind=to&query={quote('recipient@example.com')}&limit=50"):
        (mail,) = request("GET", path).json()["items"]
        assert mail["Content"]["Headers"]["Subject"][0] == "subject one"
        assert [f"{to['Mailbox']}@{to['Domain']}" for to in mail["To"]] == ["recipient@example.com"]
        assert mail["Raw"]["From"] == "sender@example.com"
    assert api.ask("GET", "/api/v2/jim", headers=headers).status_code == 404  # no failures at random
    request("DELETE", "/v1/messages")
    assert request("GET", "/v2/messages?limit=50").json()["items"] == []


def test_events(api: Api) -> None:
    with Events(api, path="/mailhog/api/v1/events") as events:
        mail_ids = [api.put(make_mail(f"mail {number}")) for number in range(20)]
        told = [event.data for event in events.take(20)]
    assert [message["ID"] for message in told] == mail_ids
    assert told[-1] == api.get_json(f"/api/v1/messages/{mail_ids[-1]}")


def test_any_bytes(api: Api) -> None:
    """Whatever a message is made of, the list is JSON."""
    head = b"Subject: \xff\xfe \x00\x1b\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
    api.put(head + b"--b\r\n\xff: x\r\n\r\n\x00\xff\r\n--b")
    (item,) = api.get_json("/api/v2/messages")["items"]
    assert "\ufffd" in item["Raw"]["Data"]
    assert item["MIME"]["Parts"][0]["Body"]
