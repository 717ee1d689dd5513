"""What was said by SMTP, with each message and with each rejection."""

import smtplib
from collections.abc import Iterator

import pytest
from api_support import Api, Json, make_mail, running_api
from server import PATIENCE_S


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    with running_api(tmp_path_factory.mktemp("api-session"), "--auth=accept-any") as api:
        yield api


def shown(line: Json) -> str:
    """ "c EHLO x"; of a reply the code alone. smtplib writes commands in small letters."""
    text: str = line["Text"]
    if line["Side"] == "client":
        verb, blank, rest = text.partition(" ")
        text = verb.upper() + blank + rest
    return f"{line['Side'][0]} {text[:3] if line['Side'] == 'server' else text}"


def lines(session: list[Json]) -> list[str]:
    return [shown(line) for line in session if not line["Text"].startswith("250-")]


def test_a_message_has_what_was_said(api: Api) -> None:
    mail_id = api.put(make_mail())
    session = api.get_json(f"/api/v1/message/{mail_id}/session")["Session"]
    said = lines(session)
    assert said[:2] == ["c connected", "s 220"]
    assert said[3:] == [
        "s 250",
        "c MAIL FROM:<sender@example.com> BODY=8BITMIME",
        "s 250",
        "c RCPT TO:<to@example.com>",
        "s 250",
        "c DATA",
        "s 354",
        said[-2],
        "s 250",
    ]
    assert said[-2].endswith(" bytes of message")
    assert session[-1]["Text"].endswith(mail_id)
    times = [line["Milliseconds"] for line in session]
    assert times == sorted(times)
    assert api.get_json("/api/v1/message/latest/session")["Session"] == session


def test_each_message_of_a_session_has_its_own(api: Api) -> None:
    with smtplib.SMTP("127.0.0.1", api.server.port, timeout=PATIENCE_S) as smtp:
        for sender in ("one@example.com", "two@example.com"):
            smtp.sendmail(sender, "to@example.com", "Subject: x\n\nx\n")
    said = lines(api.get_json("/api/v1/message/latest/session")["Session"])
    assert sum("MAIL FROM" in line for line in said) == 1
    assert any("two@example.com" in line for line in said)


def test_rejections_are_listed_with_what_was_said(api: Api) -> None:
    with smtplib.SMTP("127.0.0.1", api.server.port, timeout=PATIENCE_S) as smtp:
        smtp.helo("client.example")
        smtp.mail("sender@example.com")
        smtp.rcpt("to@example.com")
        assert smtp.rcpt("no body@example.com")[0] == 501
        assert smtp.docmd("NONSENSE")[0] == 500
    newest, before = api.get_json("/api/v1/attempts", limit=2)["attempts"]
    assert (newest["Command"], newest["Reply"][:3]) == ("NONSENSE", "500")
    assert before["Command"].upper() == "RCPT TO:<NO BODY@EXAMPLE.COM>"
    assert before["Reply"].startswith("501 5.1.3 ")
    assert before["Helo"] == "client.example"
    assert before["From"] == "sender@example.com"
    assert before["To"] == ["to@example.com"]
    assert lines(before["Session"])[-2:] == ["c RCPT TO:<no body@example.com>", "s 501"]
    older = api.get_json("/api/v1/attempts", limit=1, before=newest["Number"])["attempts"]
    assert older == [before]


def reject(api: Api, *commands: str) -> None:
    with smtplib.SMTP("127.0.0.1", api.server.port, timeout=PATIENCE_S) as smtp:
        smtp.helo("client.example")
        for command in commands:
            assert smtp.docmd(command)[0] >= 400


def test_rejected_attempts_are_listed_by_reply_code_and_deleted(api: Api) -> None:
    assert api.ask("DELETE", "/api/v1/attempts").text == "ok"
    reject(api, "NONSENSE", "DATA", "NOTHING")
    listed = api.get_json("/api/v1/attempts")
    assert listed["codes"] == {"500": 2, "503": 1}
    newest = listed["attempts"][0]["Number"]

    def commands(code: str) -> list[str]:
        answer = api.get_json("/api/v1/attempts", code=code)
        assert answer["codes"] == listed["codes"]
        return [attempt["Command"] for attempt in answer["attempts"]]

    assert commands("500") == ["NOTHING", "NONSENSE"]
    assert commands("5xx") == commands("5XX") == ["NOTHING", "DATA", "NONSENSE"]
    assert commands("4xx") == []
    for wrong in ("5", "55", "55x", "5xxx", "all", "5500"):
        assert "such as 5xx" in api.expect_rejected(400, "GET", f"/api/v1/attempts?code={wrong}")
    api.expect_rejected(400, "DELETE", "/api/v1/attempts?code=500")
    assert len(api.get_json("/api/v1/attempts")["attempts"]) == 3
    assert api.ask("DELETE", "/api/v1/attempts").text == "ok"
    assert api.get_json("/api/v1/attempts") == {"attempts": [], "codes": {}}
    reject(api, "NONSENSE")
    [attempt] = api.get_json("/api/v1/attempts")["attempts"]
    assert attempt["Number"] == newest + 1


def test_no_password_is_shown(api: Api) -> None:
    with smtplib.SMTP("127.0.0.1", api.server.port, timeout=PATIENCE_S) as smtp:
        smtp.login("name", "terribly-secret")
        smtp.sendmail("auth@example.com", "to@example.com", "Subject: x\n\nx\n")
    reply = api.get("/api/v1/message/latest/session")
    assert "AUTH " in reply.text
    assert "***" in reply.text
    assert "terribly-secret" not in reply.text
    assert "dGVycmlibHktc2VjcmV0" not in reply.text


def test_unknown_messages_have_none(api: Api) -> None:
    api.expect_rejected(404, "GET", "/api/v1/message/nobody/session")
    posted = api.ask("POST", "/api/v1/send", json={"From": {"Email": "a@b.c"}, "To": [{"Email": "d@e.f"}], "Text": "x"})
    line = api.expect_rejected(404, "GET", f"/api/v1/message/{posted.json()['ID']}/session")
    assert "no session transcript" in line
