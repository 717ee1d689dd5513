"""Lists: pages, and what they say of each mail."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from email.message import EmailMessage

import pytest
from api_support import Api, Json, make_mail, running_api

N_MESSAGES = 60


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    with running_api(tmp_path_factory.mktemp("api-list")) as api:
        yield api


@pytest.fixture
def api(shared: Api) -> Api:
    shared.clear()
    return shared


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """A server with N_MAILS messages, subjects "mail 0" to "mail 59", which nobody changes."""
    with running_api(tmp_path_factory.mktemp("api-pages")) as api:
        for number in range(N_MESSAGES):
            api.put(make_mail(f"mail {number}"))
        yield api


def subjects(page: Json) -> list[str]:
    return [mail["Subject"] for mail in page["messages"]]


def summary_of(api: Api, mail: EmailMessage | bytes, **envelope: object) -> Json:
    """What the list says of a message just sent."""
    mail_id = api.put(mail, **envelope)  # type: ignore[arg-type]
    listed: Json = api.list(limit=1)["messages"][0]
    assert listed["ID"] == mail_id
    return listed


def test_an_empty_list_has_empty_arrays(api: Api) -> None:
    page = api.list()
    cursor = page.pop("cursor")
    assert isinstance(cursor, int)
    assert page == {
        "total": 0,
        "unread": 0,
        "count": 0,
        "messages_count": 0,
        "messages_unread": 0,
        "start": 0,
        "tags": [],
        "messages": [],
    }


def test_the_newest_comes_first_fifty_a_page(many: Api) -> None:
    page = many.list()
    assert subjects(page) == [f"mail {number}" for number in range(N_MESSAGES - 1, N_MESSAGES - 51, -1)]
    assert (page["total"], page["unread"], page["count"]) == (N_MESSAGES, N_MESSAGES, 50)
    assert (page["messages_count"], page["messages_unread"], page["start"]) == (N_MESSAGES, N_MESSAGES, 0)


def test_pages_meet_without_gaps(many: Api) -> None:
    first = many.list(start=0, limit=25)
    second = many.list(start=25, limit=25)
    third = many.list(start=50, limit=25)
    together = subjects(first) + subjects(second) + subjects(third)
    assert together == [f"mail {number}" for number in reversed(range(N_MESSAGES))]
    assert (third["count"], third["start"], third["total"]) == (10, 50, N_MESSAGES)


def test_after_the_end_there_is_nothing(many: Api) -> None:
    page = many.list(start=N_MESSAGES + 5)
    assert (page["messages"], page["count"], page["total"]) == ([], 0, N_MESSAGES)


@pytest.mark.parametrize("start", ["-1", "abc", "", "1.5", "99999999999999999999", "+3", "0x10"])
def test_a_bad_start_is_the_first_page(many: Api, start: str) -> None:
    page = many.list(start=start, limit=1)
    assert (page["start"], subjects(page)) == (0, [f"mail {N_MESSAGES - 1}"])


@pytest.mark.parametrize("limit", ["-1", "abc", "", "1.5", "99999999999999999999"])
def test_a_bad_limit_is_fifty(many: Api, limit: str) -> None:
    assert many.list(limit=limit)["count"] == 50


@pytest.mark.parametrize("limit", ["0", "00"])
def test_a_limit_of_nothing_is_the_whole_page(many: Api, limit: str) -> None:
    assert many.list(limit=limit)["count"] == N_MESSAGES
    found = many.search("mail", limit=limit)
    assert (found["count"], found["messages_count"]) == (N_MESSAGES, N_MESSAGES)


def test_a_huge_limit_gives_what_there_is(many: Api) -> None:
    assert many.list(limit=2**62)["count"] == N_MESSAGES


def test_the_cursor_grows_with_each_message(api: Api) -> None:
    before = api.cursor()
    api.put(make_mail())
    assert api.cursor() > before


def test_lists_and_searches_after_a_cursor(api: Api) -> None:
    api.put(make_mail("old"))
    after = api.cursor()
    assert api.list(after=after)["messages"] == []
    for name in ("new one", "new two"):
        api.put(make_mail(name))
    page = api.list(after=after, limit=1)
    assert (subjects(page), page["messages_count"], page["total"]) == (["new two"], 2, 3)
    assert subjects(api.list(after=after, start=1)) == ["new one"]
    assert subjects(api.search("subject:o", after=after)) == ["new two", "new one"]
    assert subjects(api.list(after=0)) == ["new two", "new one", "old"]
    for path in ("/api/v1/messages", "/api/v1/search"):
        assert "cursor" in api.expect_rejected(400, "GET", path, params={"query": "x", "after": "latest"})


def test_head_has_the_headers_of_get(many: Api) -> None:
    get = many.get("/api/v1/messages")
    head = many.ask("HEAD", "/api/v1/messages")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["Content-Type"] == get.headers["Content-Type"]


def test_a_summary_says_all(api: Api) -> None:
    mail = make_mail(
        "Grüße – 今日",
        headers={
            "From": "Ältere Dame <dame@example.com>",
            "To": "Bob <bob@example.com>, carol@example.com",
            "Cc": "Dave <dave@example.com>",
            "Reply-To": "Answers <answers@example.com>",
            "Message-ID": "<one@example.com>",
        },
    )
    mail.add_attachment(b"\x00\x01", "application", "octet-stream", filename="a.bin")
    data = mail.as_bytes().replace(b"\n", b"\r\n")
    before = datetime.now(timezone.utc) - timedelta(seconds=1)
    summary = summary_of(api, data, recipients=["bob@example.com", "blind@example.com"])
    created = datetime.fromisoformat(summary.pop("Created"))
    assert before <= created <= datetime.now(timezone.utc) + timedelta(seconds=1)
    assert re.fullmatch(r"[A-Za-z0-9._~-]+", summary.pop("ID"))
    assert summary.pop("UID") > 0
    assert summary == {
        "MessageID": "one@example.com",
        "Read": False,
        "Flagged": False,
        "Subject": "Grüße – 今日",
        "Username": "",
        "From": {"Name": "Ältere Dame", "Address": "dame@example.com"},
        "To": [{"Name": "Bob", "Address": "bob@example.com"}, {"Name": "", "Address": "carol@example.com"}],
        "Cc": [{"Name": "Dave", "Address": "dave@example.com"}],
        "Bcc": [{"Name": "", "Address": "blind@example.com"}],
        "ReplyTo": [{"Name": "Answers", "Address": "answers@example.com"}],
        "Tags": [],
        "Size": len(data),
        "Attachments": 1,
        "Snippet": "text",
    }


def test_a_message_without_headers_is_listed(api: Api) -> None:
    summary = summary_of(api, b"just text\r\n", recipients=["to@example.com"])
    assert summary["From"] == {"Name": "", "Address": ""}
    assert (summary["To"], summary["Cc"], summary["ReplyTo"], summary["Tags"]) == ([], [], [], [])
    assert summary["Bcc"] == [{"Name": "", "Address": "to@example.com"}]
    assert summary["MessageID"] != ""
    assert "<" not in summary["MessageID"]


def test_created_is_when_it_came_and_not_its_date(api: Api) -> None:
    summary = summary_of(api, make_mail(headers={"Date": "Mon, 01 Jan 2001 00:00:00 +0000"}))
    assert datetime.fromisoformat(summary["Created"]).year >= 2026


def test_blind_copies_are_recipients_that_no_header_names(api: Api) -> None:
    mail = make_mail(headers={"To": "A@Example.com", "Cc": "b@example.com"})
    summary = summary_of(api, mail, recipients=["a@example.com", "b@example.com", "c@example.com", "d@example.com"])
    assert [address["Address"] for address in summary["Bcc"]] == ["c@example.com", "d@example.com"]


def test_the_snippet_is_of_the_html(api: Api) -> None:
    html = "<style>p { color: red }</style><p>Shown   &amp;\n <b>bold</b></p><script>hidden()</script>"
    assert summary_of(api, make_mail(text="plain\n", html=html))["Snippet"] == "Shown & bold"


def test_a_long_snippet_is_cut(api: Api) -> None:
    snippet = summary_of(api, make_mail(text="größer " * 100))["Snippet"]
    assert snippet.endswith("...")
    assert 150 < len(snippet.encode()) <= 210
    assert "größer größer" in snippet


def test_inline_pictures_are_no_attachments(api: Api) -> None:
    mail = make_mail(html='<img src="cid:pic">')
    html_part = mail.get_payload()[1]  # type: ignore[index]
    html_part.add_related(b"\x89PNG\r\n\x1a\n", "image", "png", cid="<pic>")  # type: ignore[union-attr]
    assert summary_of(api, mail)["Attachments"] == 0


@pytest.mark.parametrize(
    "subject", [b"\xff\xfe\x80", b"=?x-unknown?Q?=FF?=", b"=?utf-8?B?//79?=", b"caf\xe9", "größe".encode()]
)
def test_bytes_of_any_kind_become_text(api: Api, subject: bytes) -> None:
    data = b"Subject: " + subject + b"\r\nFrom: " + subject + b" <a@example.com>\r\n\r\n" + subject + b"\r\n"
    reply_id = api.put(data)
    reply = api.get("/api/v1/messages")
    assert reply.status_code == 200
    reply.content.decode("utf-8")
    assert reply.json()["messages"][0]["ID"] == reply_id
    assert api.message(reply_id)["From"]["Address"] == "a@example.com"


def test_a_message_is_listed_as_soon_as_it_is_accepted(api: Api) -> None:
    for number in range(20):
        api.put(make_mail(f"now {number}"))
        assert api.list(limit=1)["messages"][0]["Subject"] == f"now {number}"


def test_any_host_but_ours_is_rejected(many: Api) -> None:
    many.expect_rejected(403, "GET", "/api/v1/messages", headers={"Host": "evil.example"})


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:1"])
def test_other_origins_are_rejected_and_change_nothing(api: Api, origin: str) -> None:
    api.put(make_mail())
    for method, path in [
        ("GET", "/api/v1/messages"),
        ("DELETE", "/api/v1/messages"),
        ("PUT", "/api/v1/messages"),
        ("GET", "/view/latest.html"),
        ("GET", "/api/events"),
    ]:
        api.expect_rejected(403, method, path, headers={"Origin": origin})
    page = api.list()
    assert (page["total"], page["unread"]) == (1, 1)


def test_our_own_origin_may_do_all(api: Api) -> None:
    api.put(make_mail())
    api.expect_ok("DELETE", "/api/v1/messages", headers={"Origin": api.url})
    assert api.list()["total"] == 0


@pytest.mark.parametrize("path", ["/api/v1/messages", "/api/v1/message/x/raw", "/api/v1/tags/t", "/api/v1/search"])
def test_options_are_answered(many: Api, path: str) -> None:
    assert many.ask("OPTIONS", path).status_code == 200


@pytest.mark.parametrize("path", ["/api/v1/nothing", "/api/v1/messages/", "/api/v1/message", "/api/v2", "/nothing"])
def test_an_unknown_path_is_404(many: Api, path: str) -> None:
    many.expect_rejected(404, "GET", path)


@pytest.mark.parametrize(
    ("method", "path"),
    [("PATCH", "/api/v1/messages"), ("DELETE", "/api/v1/info"), ("GET", "/api/v1/send")],
)
def test_a_wrong_method_is_405(many: Api, method: str, path: str) -> None:
    many.expect_rejected(405, method, path)
