"""Recipients, and how many messages each has."""

from collections.abc import Iterator

import pytest
from api_support import Api, Json, make_mail, running_api
from hostile_support import wait_until

RECIPIENTS = "/api/v1/recipients"


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    with running_api(tmp_path_factory.mktemp("api-recipients")) as api:
        yield api


@pytest.fixture
def api(shared: Api) -> Api:
    shared.clear()
    return shared


def counts_of(page: Json) -> list[tuple[str, int, int]]:
    return [(one["Address"], one["Messages"], one["Unread"]) for one in page["recipients"]]


def recipients(api: Api, **params: object) -> list[tuple[str, int, int]]:
    return counts_of(api.get_json(RECIPIENTS, **params))


def test_without_messages_there_are_none(api: Api) -> None:
    assert api.get_json(RECIPIENTS) == {"total": 0, "matching": 0, "recipients": []}


def test_those_with_the_most_messages_come_first_then_by_address(api: Api) -> None:
    api.put(make_mail(), recipients=["zoe@example.com", "bob@example.com"])
    api.put(make_mail(), recipients=["Bob@Example.com"])
    api.put(make_mail(), recipients=["alice@example.com", "alice@example.com"])
    assert recipients(api) == [("bob@example.com", 2, 2), ("alice@example.com", 1, 1), ("zoe@example.com", 1, 1)]


def test_the_envelope_counts_and_not_the_header(api: Api) -> None:
    api.put(make_mail(headers={"To": "list@example.com"}), recipients=["hidden@example.com"])
    assert recipients(api) == [("hidden@example.com", 1, 1)]
    assert api.search("rcpt:hidden@example.com")["messages_count"] == 1


def test_reading_and_deleting_change_the_counts(api: Api) -> None:
    first = api.put(make_mail(), recipients=["bob@example.com", "eve@example.com"])
    second = api.put(make_mail(), recipients=["bob@example.com"])
    api.expect_ok("PUT", "/api/v1/messages", {"IDs": [first], "Read": True})
    assert recipients(api) == [("bob@example.com", 2, 1), ("eve@example.com", 1, 0)]
    api.expect_ok("PUT", "/api/v1/messages", {"IDs": [first], "Read": False})
    assert recipients(api) == [("bob@example.com", 2, 2), ("eve@example.com", 1, 1)]
    api.expect_ok("DELETE", "/api/v1/messages", {"IDs": [first]})
    assert recipients(api) == [("bob@example.com", 1, 1)]
    api.expect_ok("PUT", "/api/v1/messages", {"IDs": [second], "Read": True})
    assert recipients(api) == [("bob@example.com", 1, 0)]
    api.clear()
    assert api.get_json(RECIPIENTS)["total"] == 0


def test_a_page_of_those_whose_address_contains_a_text(api: Api) -> None:
    for number in range(5):
        api.put(make_mail(), recipients=[f"user{number}@shop.example", f"100%{number}@other.example"])
    page = api.get_json(RECIPIENTS, address="SHOP.", start=1, limit=2)
    assert (page["total"], page["matching"]) == (10, 5)
    assert [address for address, _, _ in counts_of(page)] == ["user1@shop.example", "user2@shop.example"]
    assert len(recipients(api, address="0%")) == 5
    assert recipients(api, address="nobody") == []
    assert len(recipients(api, address="")) == 10


def test_there_are_50_in_a_page_and_1000_at_most(api: Api) -> None:
    for start in range(0, 1100, 100):
        api.put(make_mail(), recipients=[f"r{number:04}@example.com" for number in range(start, start + 100)])
    assert len(recipients(api)) == 50
    page = api.get_json(RECIPIENTS, limit=5000)
    assert (page["total"], len(page["recipients"])) == (1100, 1000)
    assert page["recipients"][0]["Address"] == "r0000@example.com"
    assert page["recipients"][-1]["Address"] == "r0999@example.com"


def test_of_a_file_without_an_envelope_the_header_counts(api: Api) -> None:
    header = "From: a@example.com\nTo: Bob <bob@example.com>, carol@example.com\nCc: bob@example.com\n"
    (api.server.maildir / "new" / "1700000000.1.host").write_text(f"{header}\nHello\n")
    wait_until(lambda: api.list()["total"] == 1, "it is listed")
    assert recipients(api) == [("bob@example.com", 1, 1), ("carol@example.com", 1, 1)]
    assert api.search("rcpt:carol@example.com")["messages_count"] == 1
