"""What is taken out of a message: links, one-time codes, faults, the conversation it is part of."""

from typing import Any

import pytest
from api_support import Api, make_mail


def test_links(api: Api) -> None:
    html = (
        '<p>Hello, please <a href="https://app.example/confirm?t=1&amp;u=2">confirm your address</a></p>'
        '<img src="https://cdn.example/logo.png" alt="Logo"><a href="javascript:alert(1)">no</a>'
    )
    mail_id = api.put(make_mail("links", "or see https://app.example/help.\n", html=html))
    found = api.get_json(f"/api/v1/message/{mail_id}/links")
    assert found["ID"] == mail_id
    links = {link["URL"]: link for link in found["Links"]}
    assert list(links) == [
        "https://app.example/confirm?t=1&u=2",
        "https://cdn.example/logo.png",
        "https://app.example/help",
    ]
    confirm = links["https://app.example/confirm?t=1&u=2"]
    assert (confirm["Kind"], confirm["Text"]) == ("link", "confirm your address")
    assert "please" in confirm["Context"]
    assert [link["Kind"] for link in found["Links"]] == ["link", "image", "text"]
    assert links["https://cdn.example/logo.png"]["Text"] == "Logo"


def test_codes(api: Api) -> None:
    text = "Your verification code is 493 021. It expires in 10 minutes.\nOr: https://app.example/login?token=Zx81\n"
    api.put(make_mail("Sign in", text))
    codes = api.get_json("/api/v1/message/latest/codes")["Codes"]
    best = codes[0]
    assert (best["Kind"], best["Value"]) == ("code", "493021")
    assert "verification code" in best["Context"]
    assert 30 <= best["Confidence"] <= 100
    assert ("link", "https://app.example/login?token=Zx81") in [(code["Kind"], code["Value"]) for code in codes]


def test_a_message_without_either(api: Api) -> None:
    api.put(make_mail("none", "Nothing here.\n"))
    assert api.get_json("/api/v1/message/latest/links")["Links"] == []
    assert api.get_json("/api/v1/message/latest/codes")["Codes"] == []


def names(api: Api, mail: bytes) -> list[str]:
    mail_id = api.put(mail)
    found: Any = api.get_json(f"/api/v1/message/{mail_id}/diagnostics")
    assert all(finding["Text"] for finding in found["Diagnostics"])
    return [finding["Name"] for finding in found["Diagnostics"]]


@pytest.mark.parametrize(
    ("mail", "expected"),
    [
        (b"From: a@b.example\r\nDate: x\r\nMessage-ID: <1@b>\r\n\r\nfine\r\n", []),
        (b"Subject: x\r\n\r\n", ["no-from", "no-date", "no-message-id"]),
        (b"From: a@b\r\nFrom: c@d\r\nDate: x\r\nMessage-ID: <2@b>\r\n\r\n", ["many-from"]),
        (b"From: a@b\r\nDate: x\r\nMessage-ID: <3@b>\r\n\r\n" + b"x" * 999 + b"\r\n", ["long-line"]),
        ("From: ä@b\r\nDate: x\r\nMessage-ID: <4@b>\r\n\r\nä\r\n".encode(), ["utf8-header"]),
    ],
)
def test_diagnostics(api: Api, mail: bytes, expected: list[str]) -> None:
    assert names(api, mail) == expected


def test_what_is_beyond_a_limit_is_a_finding(api: Api) -> None:
    head = b"From: a@b\r\nDate: x\r\nMessage-ID: <5@b>\r\n"
    levels = b"".join(b'Content-Type: multipart/mixed; boundary="%d"\r\n\r\n--%d\r\n' % (n, n) for n in range(150))
    assert names(api, head + levels) == ["limit"]


def test_thread(api: Api) -> None:
    ids = [
        api.put(make_mail("talk", headers={"Message-ID": "<root@a.example>"})),
        api.put(make_mail("Re: talk", headers={"Message-ID": "<1@a.example>", "In-Reply-To": "<root@a.example>"})),
    ]
    api.put(make_mail("talk", headers={"Message-ID": "<other@a.example>"}))
    ids.append(api.put(make_mail("Re: Re: talk", headers={"References": "<root@a.example> <1@a.example>"})))
    for mail_id in (*ids, "latest"):
        thread = api.get_json(f"/api/v1/message/{mail_id}/thread")
        assert [mail["ID"] for mail in thread["messages"]] == ids
        assert thread["count"] == thread["messages_count"] == len(ids)
    alone = api.get_json("/api/v1/message/latest/thread", query="message-id:other@a.example")
    assert alone["count"] == 1


def test_one_message_of_each_conversation(api: Api) -> None:
    api.clear()
    roots = [api.put(make_mail(f"talk {n}", headers={"Message-ID": f"<talk{n}@a.example>"})) for n in range(6)]
    replies = {"In-Reply-To": "<talk1@a.example>"}
    answer = api.put(make_mail("an answer", headers={"Message-ID": "<answer@a.example>", **replies}))
    newest = [answer, *(mail_id for mail_id in reversed(roots) if mail_id != roots[1])]

    def listed(start: int, limit: int) -> list[tuple[str, int]]:
        found = api.get_json("/api/v1/search", query="is:newest", threads=1, start=start, limit=limit)
        assert (found["messages_count"], found["messages_unread"], found["total"]) == (6, 6, 7)
        return [(mail["ID"], mail["ThreadCount"]) for mail in found["messages"]]

    expected = [(mail_id, 2 if mail_id == answer else 1) for mail_id in newest]
    assert listed(0, 50) == expected
    assert [mail for start in range(6) for mail in listed(start, 1)] == expected
    assert "ThreadCount" not in api.list()["messages"][0]
    api.expect_ok("DELETE", "/api/v1/messages", {"IDs": [answer]})
    assert api.search("is:newest")["messages_count"] == 6
    assert [mail["ID"] for mail in api.search("subject:talk is:newest")["messages"]] == roots[::-1]


@pytest.mark.parametrize("what", ["links", "remote", "codes", "diagnostics", "checks", "structure", "thread"])
def test_unknown_messages(api: Api, what: str) -> None:
    api.expect_rejected(404, "GET", f"/api/v1/message/unknown/{what}")
    api.expect_rejected(405, "POST", f"/api/v1/message/latest/{what}")


def test_reading_this_way_marks_nothing(api: Api) -> None:
    mail_id = api.put(make_mail("unread"))
    for what in ("links", "remote", "codes", "diagnostics", "checks", "structure", "thread"):
        api.get_json(f"/api/v1/message/{mail_id}/{what}")
    assert api.list(limit=1)["messages"][0]["Read"] is False
