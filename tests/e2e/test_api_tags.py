"""Tags: set, renamed, removed, and those that messages bring along."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from api_support import Api, make_mail, running_api

TAGS = "/api/v1/tags"


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    with running_api(tmp_path_factory.mktemp("api-tags")) as api:
        yield api


@pytest.fixture
def api(shared: Api) -> Api:
    shared.clear()
    return shared


def tags_of(api: Api, mail_id: str) -> list[str]:
    return next(mail["Tags"] for mail in api.list()["messages"] if mail["ID"] == mail_id)


def test_no_tags_is_an_empty_array(api: Api) -> None:
    assert api.get_json(TAGS) == []


def test_tags_are_set_in_place_of_those_there(api: Api) -> None:
    first, second = api.put(make_mail()), api.put(make_mail())
    api.expect_ok("PUT", TAGS, {"IDs": [first, second], "Tags": ["zeta", "Alpha"]})
    assert tags_of(api, first) == tags_of(api, second) == ["Alpha", "zeta"]
    api.expect_ok("PUT", TAGS, {"IDs": [first], "Tags": ["beta"]})
    assert (tags_of(api, first), tags_of(api, second)) == (["beta"], ["Alpha", "zeta"])
    assert api.get_json(TAGS) == ["Alpha", "beta", "zeta"]
    assert api.list()["tags"] == ["Alpha", "beta", "zeta"]
    assert api.message(first)["Tags"] == ["beta"]
    assert api.get_json("/api/v1/info")["Tags"] == {"Alpha": 1, "beta": 1, "zeta": 1}


def test_tags_are_added_and_removed_by_ids_and_by_search(api: Api) -> None:
    first, second = api.put(make_mail("one")), api.put(make_mail("two"))
    api.expect_ok("PUT", TAGS, {"IDs": [first, second], "Tags": ["keep", "drop"]})
    api.expect_ok("PUT", TAGS, {"Search": "subject:one", "Add": ["new", "KEEP"], "Remove": ["Drop", "never"]})
    assert (tags_of(api, first), tags_of(api, second)) == (["keep", "new"], ["drop", "keep"])
    api.expect_ok("PUT", TAGS, {"IDs": [second], "Remove": ["drop", "keep"]})
    assert (tags_of(api, second), api.get_json(TAGS)) == ([], ["keep", "new"])


def test_a_message_has_at_most_100_tags(api: Api) -> None:
    mail_id = api.put(make_mail())
    api.expect_ok("PUT", TAGS, {"IDs": [mail_id], "Tags": [f"first {i}" for i in range(99)]})
    api.expect_ok("PUT", TAGS, {"IDs": [mail_id], "Add": ["last", "one too many"]})
    assert len(tags_of(api, mail_id)) == 100
    assert "one too many" not in api.get_json(TAGS)


def test_an_empty_list_clears_and_unused_tags_are_gone(api: Api) -> None:
    mail_id = api.put(make_mail())
    api.expect_ok("PUT", TAGS, {"IDs": [mail_id], "Tags": ["one"]})
    api.expect_ok("PUT", TAGS, {"IDs": [mail_id], "Tags": []})
    assert (tags_of(api, mail_id), api.get_json(TAGS)) == ([], [])


def test_characters_and_duplicates_are_tidied(api: Api) -> None:
    mail_id = api.put(make_mail())
    api.expect_ok("PUT", TAGS, {"IDs": [mail_id], "Tags": ["a/b", "News", "NEWS", "ok_1.2@x-y", "ö"]})
    tags = tags_of(api, mail_id)
    assert "a b" in tags
    assert "ok_1.2@x-y" in tags
    assert [tag for tag in tags if tag.lower() == "news"] in (["News"], ["NEWS"])
    assert len(tags) == 3


@pytest.mark.parametrize("body", [{"Tags": ["x"]}, {"IDs": [], "Tags": ["x"]}, {"IDs": ["nope"], "Tags": ["x"]}, {}])
def test_tags_without_messages_touch_none(api: Api, body: dict[str, list[str]]) -> None:
    mail_id = api.put(make_mail())
    api.expect_ok("PUT", TAGS, body)
    assert (tags_of(api, mail_id), api.get_json(TAGS)) == ([], [])


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"x",
        b"[]",
        b'{"IDs": "x"}',
        b'{"IDs": [], "Tags": "x"}',
        b'{"Tags": [1]}',
        b'{"Tags": [], "Add": ["x"]}',
        b'{"Add": "x"}',
        b'{"IDs": ["x"], "Search": "x", "Add": ["x"]}',
    ],
)
def test_a_bad_body_is_rejected(api: Api, body: bytes) -> None:
    api.expect_rejected(400, "PUT", TAGS, data=body)


def test_a_tag_is_renamed_everywhere(api: Api) -> None:
    ids = [api.put(make_mail()) for _ in range(3)]
    api.expect_ok("PUT", TAGS, {"IDs": ids, "Tags": ["old name", "keep"]})
    api.expect_ok("PUT", f"{TAGS}/{quote('old name')}", {"Name": "new"})
    assert [tags_of(api, mail_id) for mail_id in ids] == [["keep", "new"]] * 3
    assert api.get_json(TAGS) == ["keep", "new"]
    assert api.search("tag:new")["messages_count"] == 3
    assert api.search("tag:ne")["messages_count"] == 0


@pytest.mark.parametrize(
    ("tag", "body"),
    [
        ("unknown", {"Name": "x"}),
        ("one", {"Name": "two"}),
        ("one", {"Name": ""}),
        ("one", {"Name": "   "}),
        ("one", {"Name": "a/b"}),
        ("one", {}),
        ("one", {"Name": 1}),
    ],
)
def test_an_invalid_rename_is_rejected(api: Api, tag: str, body: dict[str, object]) -> None:
    mail_id = api.put(make_mail())
    api.expect_ok("PUT", TAGS, {"IDs": [mail_id], "Tags": ["one", "two"]})
    api.expect_rejected(400, "PUT", f"{TAGS}/{tag}", json=body)
    assert tags_of(api, mail_id) == ["one", "two"]


def test_a_tag_is_removed_and_the_messages_stay(api: Api) -> None:
    mail_id = api.put(make_mail())
    api.expect_ok("PUT", TAGS, {"IDs": [mail_id], "Tags": ["one", "two"]})
    api.expect_ok("DELETE", f"{TAGS}/one")
    assert (tags_of(api, mail_id), api.get_json(TAGS)) == (["two"], ["two"])
    api.expect_rejected(400, "DELETE", f"{TAGS}/one")


def test_messages_bring_their_own_tags(api: Api) -> None:
    mail = make_mail(headers={"X-Tags": "from header, Second", "To": "user+plus@example.com"})
    mail_id = api.put(mail, ["user+plus@example.com"])
    assert tags_of(api, mail_id) == ["from header", "plus", "Second"]


def test_tags_are_searched_by_their_whole_name_in_any_case(api: Api) -> None:
    tagged, _ = api.put(make_mail()), api.put(make_mail())
    api.expect_ok("PUT", TAGS, {"IDs": [tagged], "Tags": ["Big News"]})
    assert [mail["ID"] for mail in api.search('tag:"big news"')["messages"]] == [tagged]
    assert api.search("tag:news")["messages_count"] == 0
    assert api.search("is:tagged")["messages_count"] == 1
    assert api.search("-is:tagged")["messages_count"] == 1


@pytest.mark.parametrize(
    ("options", "tags"),
    [
        ([], ["signup", "staging"]),
        (["--auto-tags=all"], ["signup", "staging"]),
        (["--auto-tags=x-tags"], ["staging"]),
        (["--auto-tags=plus-addresses"], ["signup"]),
        (["--auto-tags=off"], []),
    ],
)
def test_what_tags_messages_as_they_arrive_is_an_option(tmp_path: Path, options: list[str], tags: list[str]) -> None:
    mail = make_mail(headers={"To": "bob+signup@example.com", "X-Tags": "staging"})
    with running_api(tmp_path, *options) as api:
        assert tags_of(api, api.put(mail)) == tags
        # Those of the request are given on purpose, whatever is done with X-Tags.
        body = {"From": {"Email": "a@example.com"}, "To": [{"Email": "b@example.com"}], "Text": "x", "Tags": ["given"]}
        sent = api.ask("POST", "/api/v1/send", json=body).json()
        assert tags_of(api, sent["ID"]) == ["given"]
