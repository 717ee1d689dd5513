"""Searches over the API: every term of the contract."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from api_support import Api, make_mail, running_api
from cli_support import make_maildir
from hostile_support import wait_until


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """Three messages: "zebra" with everything, "plain" with nothing, "read" that was read."""
    with running_api(tmp_path_factory.mktemp("api-search")) as api:
        zebra = make_mail(
            "zebra Straße",
            "The quick brown fox\n",
            {
                "From": "Fred From <fred@from.example>",
                "To": "Tom To <tom@to.example>",
                "Cc": "carl@cc.example",
                "Reply-To": "rita@reply.example",
                "Message-ID": "<zebra-1@id.example>",
                "X-Tags": "Stripes",
            },
            html='<p>Jumps <a href="https://link.example/path">over</a></p><img src="cid:p">',
        )
        html_part = zebra.get_payload()[1]  # type: ignore[index]
        html_part.add_related(b"\x89PNG", "image", "png", cid="<p>", disposition="inline")  # type: ignore[union-attr]
        zebra.add_attachment(b"x" * 20_000, "application", "pdf", filename="Invoice-7.pdf")
        api.put(zebra, ["tom@to.example", "carl@cc.example", "bert@bcc.example"], "ret@path.example")
        api.put(
            make_mail("plain", "nothing here\n", {"From": "p@plain.example", "To": "q@plain.example"}),
            ["q@plain.example"],
        )
        read = api.put(
            make_mail("read", "lazy dog\n", {"From": "r@read.example", "To": "s@read.example"}), ["s@read.example"]
        )
        api.expect_ok("PUT", "/api/v1/messages", {"Read": True, "IDs": [read]})
        yield api


def found(api: Api, query: str, **params: str) -> set[str]:
    page = api.search(query, **params)
    subjects = {mail["Subject"].split()[0] for mail in page["messages"]}
    assert len(page["messages"]) == len(subjects) == page["messages_count"] == page["count"]
    assert page["total"] == 3
    return subjects


ALL = {"zebra", "plain", "read"}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("ebra", {"zebra"}),
        ("EBR", {"zebra"}),
        ("strasse", {"zebra"}),
        ("fred", {"zebra"}),
        ("tom@to", {"zebra"}),
        ("carl@cc", {"zebra"}),
        ("bert@bcc", {"zebra"}),
        ("rita@reply", {"zebra"}),
        ("ret@path", {"zebra"}),
        ("voice-7", {"zebra"}),
        ("link.example/path", {"zebra"}),
        ("quick", {"zebra"}),
        ("jumps", {"zebra"}),
        ("quick jumps", {"zebra"}),
        ("quick nothing", set()),
        ('"quick brown"', {"zebra"}),
        ('"brown quick"', set()),
        ("-zebra", {"plain", "read"}),
        ("!zebra", {"plain", "read"}),
        ('-"quick brown" -lazy', {"plain"}),
        ("from:from.ex", {"zebra"}),
        ("from:tom", set()),
        ("to:tom", {"zebra"}),
        ("cc:carl", {"zebra"}),
        ("bcc:bert", {"zebra"}),
        ("reply-to:rita", {"zebra"}),
        ("addressed:carl", {"zebra"}),
        ("addressed:bert", {"zebra"}),
        ("subject:zeb", {"zebra"}),
        ("subject:quick", set()),
        ("message-id:zebra-1", {"zebra"}),
        ("tag:stripes", {"zebra"}),
        ("tag:strip", set()),
        ("is:read", {"read"}),
        ("is:unread", {"zebra", "plain"}),
        ("is:tagged", {"zebra"}),
        ("has:attachment", {"zebra"}),
        ("has:attachments", {"zebra"}),
        ("has:inline", {"zebra"}),
        ("has:inlines", {"zebra"}),
        ("-has:attachment", {"plain", "read"}),
        ("larger:20k", {"zebra"}),
        ("larger:20kb", {"zebra"}),
        ("larger:20000", {"zebra"}),
        ("larger:0.01m", {"zebra"}),
        ("larger:1mb", set()),
        ("smaller:20k", {"plain", "read"}),
        ("larger:abc", set()),
        ("after:2020-01-01", ALL),
        ("after:2020/01/01", ALL),
        ('after:"2020-01-01 10:00"', ALL),
        ("before:2020-01-01", set()),
        ("before:nonsense", ALL),
        ("header:X-Tags=stripes", {"zebra"}),
        ("rcpt:bert@bcc.example", {"zebra"}),
        ("body:quick", {"zebra"}),
        ("unknown:term", set()),
    ],
)
def test_each_term(api: Api, query: str, expected: set[str]) -> None:
    assert found(api, query) == expected


def test_a_search_is_paged(api: Api) -> None:
    first = api.search("after:2020-01-01", limit=2)
    second = api.search("after:2020-01-01", start=2, limit=2)
    assert [mail["Subject"] for mail in first["messages"] + second["messages"]] == ["read", "plain", "zebra Straße"]
    assert (first["count"], first["messages_count"], first["messages_unread"]) == (2, 3, 2)


def test_dates_are_in_the_time_zone_given(api: Api) -> None:
    created = api.search("zebra")["messages"][0]["Created"][:10]
    assert found(api, f"after:{created} zebra", tz="UTC") == {"zebra"}
    assert api.get("/api/v1/search", query="zebra", tz="Nowhere/City").status_code == 200


def test_a_strict_search_says_what_is_wrong(api: Api) -> None:
    assert "at " in api.expect_rejected(400, "GET", "/api/v1/search?query=larger:abc&strict=1")
    assert "at " in api.expect_rejected(400, "GET", "/api/v1/search?query=sujbect:x&strict=true")


def test_a_search_beyond_its_limits_is_rejected(api: Api) -> None:
    api.expect_rejected(400, "GET", "/api/v1/search", params={"query": "x" * 5000})
    api.expect_rejected(400, "GET", "/api/v1/search", params={"query": "a " * 65})


def test_nothing_found_has_an_empty_array(api: Api) -> None:
    page = api.search("no such thing")
    assert (page["messages"], page["messages_count"], page["messages_unread"]) == ([], 0, 0)


def test_words_of_messages_that_were_there_are_indexed_without_another_message(tmp_path: Path) -> None:
    maildir = make_maildir(tmp_path / "mail", 3)
    with running_api(tmp_path) as api:
        wait_until(lambda: bool(api.search("number")["messages_count"] == 3), "all mails being found")
        with closing(sqlite3.connect(f"file:{maildir}/dsmtpd.index?mode=ro", uri=True)) as index:

            def is_indexed() -> bool:
                counts = "SELECT (SELECT count(*) FROM word), (SELECT count(*) FROM word_new)"
                n_words, n_left = index.execute(counts).fetchone()
                return bool(n_words > 0 and n_left == 0)

            wait_until(is_indexed, "all words being indexed")
