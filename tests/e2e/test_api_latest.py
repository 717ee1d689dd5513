"""`latest`, with and without a query, on every route of one message that the OpenAPI document has.

tests/unit/api/test_openapi.c holds the document to the table of routes, so a new route is tested here as well.
"""

import json
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest
from api_support import Api, make_mail, running_api
from cli_support import Place

DOCUMENT = json.loads((Path(__file__).parents[2] / "src/api/openapi.json").read_text(encoding="utf-8"))

METHODS = [(verb, path) for path, verbs in DOCUMENT["paths"].items() if "{id}" in path for verb in verbs]

# They name a message to change it, where "the newest" is whatever came a moment ago.
NAMED_ONLY = [("delete", "/api/v1/messages/{id}"), ("delete", "/mailhog/api/v1/messages/{id}")]

# Not available on this server: 400, or a note in place of an answer, for every message.
REJECTED = ["/api/v1/message/{id}/release", "/api/v1/message/{id}/sa-check"]

ROUTES = [route for route in METHODS if route not in NAMED_ONLY]


def mail_with_all(subject: str) -> EmailMessage:
    """A message that has something for every route."""
    mail = make_mail(subject, f"the {subject} text\n", html=f"<a href='http://example.com/{subject}'>x</a>")
    mail.add_attachment(subject.encode(), "application", "pdf", filename="a.pdf")
    return mail


class Inbox:
    """Two messages, of which the query finds the one that is not the newest."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self.wanted = api.put(mail_with_all("wanted"))
        self.newest = api.put(mail_with_all("newest"))

    def ask(self, route: tuple[str, str], mail_id: str, **params: str) -> tuple[int, str]:
        """Status and body, without what names the request."""
        verb, path = route
        part = "1" if "/mime/" in path else "2"  # the attachment: MailHog counts from 0
        reply = self.api.ask(verb.upper(), path.format(id=mail_id, part=part), params=params)
        return reply.status_code, reply.text


@pytest.fixture(scope="module")
def inbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Inbox]:
    with running_api(tmp_path_factory.mktemp("api-latest")) as api:
        yield Inbox(api)


def test_the_document_has_routes_of_one_message() -> None:
    assert len(ROUTES) > 20
    assert ("get", "/api/v1/message/{id}/session") in ROUTES
    assert all(route in METHODS for route in NAMED_ONLY)


@pytest.mark.parametrize("route", ROUTES, ids=" ".join)
class TestEveryRouteOfOneMessage:
    def test_latest_with_a_query_is_the_message_that_it_finds(self, inbox: Inbox, route: tuple[str, str]) -> None:
        by_id = inbox.ask(route, inbox.wanted)
        assert inbox.ask(route, "latest", query="subject:wanted") == by_id
        if route[1] not in REJECTED:
            assert by_id[0] == 200

    def test_latest_alone_is_the_newest(self, inbox: Inbox, route: tuple[str, str]) -> None:
        assert inbox.ask(route, "latest") == inbox.ask(route, inbox.newest)

    def test_a_query_that_finds_nothing_is_404(self, inbox: Inbox, route: tuple[str, str]) -> None:
        status, line = inbox.ask(route, "latest", query="subject:nothing")
        assert (status, line) == inbox.ask(route, "no-such-id")
        assert status == 404 or route[1] in REJECTED

    def test_an_invalid_query_is_400(self, inbox: Inbox, route: tuple[str, str]) -> None:
        status, line = inbox.ask(route, "latest", query="larger:abc", strict="1")
        assert status == 400
        assert "larger" in line or route[1] in REJECTED

    def test_the_document_names_the_query(self, route: tuple[str, str]) -> None:
        verb, path = route
        for name in ("latestQuery", "tz", "strict"):
            assert {"$ref": f"#/components/parameters/{name}"} in DOCUMENT["paths"][path][verb]["parameters"]


def test_the_command_shows_the_session_of_the_message_that_the_query_finds(inbox: Inbox, tmp_path: Path) -> None:
    place = Place.of_server(inbox.api, tmp_path)
    shown = place.cli.run("show", "--query=subject:wanted", "--session").expect().out
    assert inbox.wanted in shown
    assert inbox.newest not in shown
