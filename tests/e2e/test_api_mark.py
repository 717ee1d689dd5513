"""Marking as read, deleting, searching with both; bodies of every kind."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from api_support import Api, make_mail, running_api


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    with running_api(tmp_path_factory.mktemp("api-mark")) as api:
        yield api


@pytest.fixture
def api(shared: Api) -> Api:
    """With three messages: "a", "b" and "c"."""
    shared.clear()
    for subject in "abc":
        shared.put(make_mail(subject))
    return shared


def ids_of(api: Api) -> dict[str, str]:
    return {mail["Subject"]: mail["ID"] for mail in api.list()["messages"]}


def read_of(api: Api) -> set[str]:
    return {mail["Subject"] for mail in api.list()["messages"] if mail["Read"]}


def left_of(api: Api) -> set[str]:
    return {mail["Subject"] for mail in api.list()["messages"]}


def flagged_of(api: Api) -> set[str]:
    return {mail["Subject"] for mail in api.list()["messages"] if mail["Flagged"]}


MESSAGES = "/api/v1/messages"


def test_some_are_marked_and_the_next_list_shows_it(api: Api) -> None:
    ids = ids_of(api)
    api.expect_ok("PUT", MESSAGES, {"Read": True, "IDs": [ids["a"], ids["c"]]})
    assert read_of(api) == {"a", "c"}
    assert api.list()["unread"] == 1
    api.expect_ok("PUT", MESSAGES, {"Read": False, "IDs": [ids["a"]]})
    assert read_of(api) == {"c"}


def test_neither_ids_nor_search_means_all(api: Api) -> None:
    api.expect_ok("PUT", MESSAGES, {"Read": True})
    assert read_of(api) == {"a", "b", "c"}


def test_an_empty_object_marks_all_unread(api: Api) -> None:
    api.expect_ok("PUT", MESSAGES, {"Read": True})
    api.expect_ok("PUT", MESSAGES, {})
    assert read_of(api) == set()


def test_what_a_search_finds_is_marked(api: Api) -> None:
    api.expect_ok("PUT", MESSAGES, {"Read": True, "Search": "subject:b"})
    assert read_of(api) == {"b"}


def test_a_search_finds_what_has_just_come(api: Api) -> None:
    """Also before the index has written it."""
    words = [f"quite{number}new" for number in range(20)]
    for word in words:
        api.put(make_mail(word))
        api.expect_ok("PUT", MESSAGES, {"Flagged": True, "Search": f"subject:{word}"})
    assert flagged_of(api) == set(words)


def test_a_search_is_in_its_time_zone(api: Api) -> None:
    api.expect_ok("PUT", MESSAGES + "?tz=Pacific/Auckland", {"Read": True, "Search": "after:2020-01-01"})
    assert read_of(api) == {"a", "b", "c"}


def test_ids_and_a_search_together_are_rejected(api: Api) -> None:
    body = {"Read": True, "IDs": [ids_of(api)["a"]], "Search": "b"}
    assert "not both" in api.expect_rejected(400, "PUT", MESSAGES, json=body)
    assert read_of(api) == set()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"  \n",
        b"nonsense",
        b"{",
        b"[]",
        b"null",
        b'"text"',
        b"1",
        b'{"Read": "yes"}',
        b'{"Read": 1}',
        b'{"Read": true, "IDs": "x"}',
        b'{"Read": true, "IDs": [1]}',
        b'{"Read": true, "IDs": {}}',
        b'{"Read": true, "Search": []}',
        b'{"Read": true, "Search": "' + b"x" * 5000 + b'"}',
        b'{"Read": true} trailing',
        b'{"Read": true, "Search": "\xff"}',
        b'{"Read": true, "Search": "a\\u0000"}',
    ],
)
def test_a_bad_body_marks_nothing(api: Api, body: bytes) -> None:
    api.expect_rejected(400, "PUT", MESSAGES, data=body)
    assert read_of(api) == set()


def test_names_are_read_in_any_letter_case(api: Api) -> None:
    api.expect_ok("PUT", MESSAGES, {"READ": True, "ids": [ids_of(api)["a"]]})
    assert read_of(api) == {"a"}


@pytest.mark.parametrize("content_type", [None, "text/plain", "application/x-www-form-urlencoded", "x", "image/png"])
def test_the_type_of_a_body_does_not_matter(api: Api, content_type: str | None) -> None:
    headers = {"Content-Type": content_type} if content_type else {}
    api.expect_ok("PUT", MESSAGES, data=json.dumps({"Read": True}), headers=headers)
    assert read_of(api) == {"a", "b", "c"}


def test_a_body_may_come_in_chunks(api: Api) -> None:
    api.expect_ok("PUT", MESSAGES, data=iter([b'{"Re', b'ad": tr', b"ue}"]))
    assert read_of(api) == {"a", "b", "c"}


def test_flags_are_set_and_cleared_and_leave_read_alone(api: Api) -> None:
    ids = ids_of(api)
    api.expect_ok("PUT", MESSAGES, {"Read": True, "IDs": [ids["a"]]})
    api.expect_ok("PUT", MESSAGES, {"Flagged": True, "IDs": [ids["a"], ids["b"]]})
    assert (flagged_of(api), read_of(api)) == ({"a", "b"}, {"a"})
    assert api.search("is:flagged")["messages_count"] == 2
    api.expect_ok("PUT", MESSAGES, {"Flagged": False, "Search": "subject:a"})
    assert (flagged_of(api), read_of(api)) == ({"b"}, {"a"})
    api.expect_ok("PUT", MESSAGES, {"Flagged": True, "Read": False})
    assert (flagged_of(api), read_of(api)) == ({"a", "b", "c"}, set())


def test_a_form_is_read_too(api: Api) -> None:
    ids = ids_of(api)
    api.expect_ok("PUT", MESSAGES, data={"ids": [ids["a"], ids["b"]], "Read": "True"})
    assert read_of(api) == {"a", "b"}
    api.expect_ok("DELETE", MESSAGES, data={"ids": [ids["a"]]})
    assert left_of(api) == {"b", "c"}


@pytest.mark.parametrize("body", ["x=1", "nonsense", "IDs", "ids=a&x=1"])
def test_a_form_with_other_fields_is_rejected(api: Api, body: str) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    api.expect_rejected(400, "DELETE", MESSAGES, data=body, headers=headers)
    assert left_of(api) == {"a", "b", "c"}


def test_some_are_deleted(api: Api) -> None:
    ids = ids_of(api)
    api.expect_ok("DELETE", MESSAGES, {"IDs": [ids["a"], ids["b"]]})
    assert left_of(api) == {"c"}
    api.expect_rejected(404, "GET", f"/api/v1/message/{ids['a']}")


@pytest.mark.parametrize("body", [None, b"", b"{}", b'{"IDs": []}', b'{"IDs": null}', b'{"other": 1}'])
def test_all_are_deleted_when_none_is_named(api: Api, body: bytes | None) -> None:
    api.expect_ok("DELETE", MESSAGES, data=body)
    page = api.list()
    assert (page["total"], page["messages"]) == (0, [])
    assert list((api.server.maildir / "new").iterdir()) == list((api.server.maildir / "cur").iterdir()) == []


@pytest.mark.parametrize("body", [b"nonsense", b"{", b"[]", b'{"IDs": "x"}', b'{"IDs": [1]}', b"\xff"])
def test_a_body_that_cannot_be_read_deletes_nothing(api: Api, body: bytes) -> None:
    api.expect_rejected(400, "DELETE", MESSAGES, data=body)
    assert left_of(api) == {"a", "b", "c"}


@pytest.mark.parametrize("unknown", ["nope", "", "latest", "../../etc/passwd", "a/b", "*", "%2e%2e", "x" * 10000])
def test_unknown_ids_are_done_with_at_once(api: Api, unknown: str) -> None:
    api.expect_ok("DELETE", MESSAGES, {"IDs": [unknown]})
    api.expect_ok("PUT", MESSAGES, {"IDs": [unknown], "Read": True})
    assert left_of(api) == {"a", "b", "c"}
    assert read_of(api) == set()


def test_what_a_search_finds_is_deleted(api: Api) -> None:
    api.expect_ok("DELETE", "/api/v1/search", params={"query": "subject:b"})
    assert left_of(api) == {"a", "c"}


def test_a_search_that_finds_nothing_deletes_nothing(api: Api) -> None:
    api.expect_ok("DELETE", "/api/v1/search", params={"query": "nothing-like-this"})
    assert left_of(api) == {"a", "b", "c"}


@pytest.mark.parametrize("method", ["GET", "DELETE"])
@pytest.mark.parametrize("params", [{}, {"query": ""}, {"query": "  "}])
def test_an_empty_search_is_rejected(api: Api, method: str, params: dict[str, str]) -> None:
    api.expect_rejected(400, method, "/api/v1/search", params=params)
    assert left_of(api) == {"a", "b", "c"}


def test_too_many_values_or_levels_are_rejected_before_they_cost(api: Api) -> None:
    many = b'{"IDs": [' + b"[]," * 200_000 + b"[]]}"
    assert "50,000 values" in api.expect_rejected(400, "DELETE", MESSAGES, data=many)
    deep = b'{"IDs": ' + b"[" * 5000 + b"]" * 5000 + b"}"
    assert "32 levels" in api.expect_rejected(400, "DELETE", MESSAGES, data=deep)
    assert left_of(api) == {"a", "b", "c"}


def test_too_long_a_body_is_rejected(api: Api) -> None:
    reply = api.ask("PUT", MESSAGES, data=b" " * (1024 * 1024 + 1))
    assert reply.status_code == 413
    assert read_of(api) == set()


def test_thousands_of_ids_are_accepted(api: Api) -> None:
    ids = [f"unknown{number}" for number in range(10_000)]
    api.expect_ok("DELETE", MESSAGES, {"IDs": [*ids, ids_of(api)["b"]]})
    assert left_of(api) == {"a", "c"}


N_EARLY = 3000


@pytest.mark.parametrize("action", ["delete all", "delete by search", "mark all", "mark by search"])
def test_a_change_at_the_start_is_about_all_messages(tmp_path: Path, action: str) -> None:
    maildir = tmp_path / "mail"
    for directory in ("tmp", "new", "cur"):
        (maildir / directory).mkdir(parents=True)
    for n in range(N_EARLY):
        (maildir / "new" / f"{1700000000 + n}.M1P1Q{n}.other").write_text(f"Subject: {'even' if n % 2 else 'odd'}\n\n")
    with running_api(tmp_path) as api:
        # At once, while the index is still compared with the Maildir.
        if action == "delete all":
            api.expect_ok("DELETE", MESSAGES)
        elif action == "delete by search":
            api.expect_ok("DELETE", "/api/v1/search", params={"query": "subject:even"})
        else:
            api.expect_ok("PUT", MESSAGES, {"Read": True, "Search": "subject:even" if "search" in action else ""})
        n_meant = N_EARLY // 2 if action.endswith("search") else N_EARLY
        listed = api.list(limit=1)
        if action.startswith("delete"):
            assert listed["total"] == len(api.server.messages()) == N_EARLY - n_meant
        else:
            assert (listed["total"], listed["unread"]) == (N_EARLY, N_EARLY - n_meant)
