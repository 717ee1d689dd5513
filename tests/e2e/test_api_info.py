"""The server about itself: info, settings, health, metrics, failures on purpose."""

import json
import re
import smtplib
import socket
from collections.abc import Iterator

import pytest
from api_support import Api, make_mail, running_api
from hostile_support import wait_until
from prometheus_client import Metric
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_open_metrics
from prometheus_client.parser import text_string_to_metric_families as parse_prometheus
from server import PATIENCE_S, Launcher
from smtp_wire import SmtpWire


@pytest.fixture
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    with running_api(tmp_path_factory.mktemp("api-info"), "--max-size=10K", "--reject-recipients=^no@") as api:
        yield api


def reject_some(api: Api) -> None:
    """One recipient, one message that is too large, one unknown command; then one message is given up."""
    with smtplib.SMTP("127.0.0.1", api.server.port, timeout=PATIENCE_S) as smtp:
        smtp.ehlo()
        smtp.mail("a@example.com")
        assert smtp.rcpt("no@example.com")[0] == 550
        assert smtp.docmd("NONSENSE")[0] == 500
        smtp.rset()
        assert smtp.mail("a@example.com", ["SIZE=999999999"])[0] == 552
    with SmtpWire.greeted(api.server.port) as wire:
        for line in (b"MAIL FROM:<a@example.com>\r\n", b"RCPT TO:<b@example.com>\r\n", b"DATA\r\n"):
            wire.send(line)
            wire.read_reply()
        wire.send(b"Subject: lost\r\n")
    api.server.wait_for_log("disconnected in the middle of a message")


def test_info_counts(api: Api) -> None:
    data = make_mail().as_bytes().replace(b"\n", b"\r\n")
    first = api.put(data)
    api.put(data)
    reject_some(api)
    api.message(first)
    api.expect_ok("PUT", "/api/v1/tags", {"IDs": [first], "Tags": ["one"]})
    api.put(data)
    api.expect_ok("DELETE", "/api/v1/messages", {"IDs": [first]})
    info = api.get_json("/api/v1/info")
    runtime = info.pop("RuntimeStats")
    assert re.fullmatch(r"\d+\.\d+\.\d+", info.pop("Version"))
    assert info == {
        "LatestVersion": "",
        "Database": str(api.server.maildir),
        "DatabaseSize": 2 * len(data),
        "Messages": 2,
        "Unread": 2,
        "Flagged": 0,
        "Tags": {},
        "SMTPServers": [{"Host": "127.0.0.1", "Port": api.server.port, "Security": "none"}],
    }
    assert 0 <= runtime.pop("Uptime") < 600
    assert 1_000_000 < runtime.pop("Memory") < 2_000_000_000
    assert runtime == {
        "MessagesDeleted": 1,
        "SMTPAccepted": 3,
        "SMTPAcceptedSize": 3 * len(data),
        "SMTPRejected": 3,
        "SMTPIgnored": 0,
    }


def test_webui_says_what_is_off(api: Api) -> None:
    webui = api.get_json("/api/v1/webui")
    assert webui == {
        "Label": "",
        "MessageRelay": {
            "Enabled": False,
            "SMTPServer": "",
            "ReturnPath": "",
            "AllowedRecipients": "",
            "BlockedRecipients": "",
            "OverrideFrom": "",
            "PreserveMessageIDs": False,
            "RecipientAllowlist": "",
        },
        "SpamAssassin": False,
        "ChaosEnabled": False,
        "DuplicatesIgnored": False,
        "HideDeleteAllButton": False,
        "FetchLinks": "off",
    }


@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_chaos_is_off(api: Api, method: str) -> None:
    assert "Chaos" in api.expect_rejected(400, method, "/api/v1/chaos", json={})


def test_it_is_alive_and_ready(api: Api) -> None:
    assert api.get("/livez").text == "ok"
    api.put(make_mail())
    wait_until(lambda: api.get_json("/readyz")["Index"]["CaughtUp"], "the Maildir is compared")
    ready = api.get_json("/readyz")
    intake = ready.pop("Intake")
    assert ready == {
        "Ready": True,
        "Storage": {"Trouble": None},
        "Index": {"CaughtUp": True, "Waiting": 0, "InMemory": False, "Trouble": None},
    }
    assert intake.pop("BacklogLimit") > 0
    assert intake == {"Slowed": False, "Reason": None, "Held": 0, "Backlog": 0}


def values_of(families: list[Metric]) -> dict[tuple[str, str], float]:
    return {
        (sample.name, json.dumps(sample.labels, sort_keys=True)): sample.value
        for family in families
        for sample in family.samples
    }


def test_metrics_are_open_metrics(api: Api) -> None:
    data = make_mail().as_bytes().replace(b"\n", b"\r\n")
    for _ in range(3):
        api.put(data)
    reject_some(api)
    api.message("latest")
    api.list()  # when it is answered, the mark has been taken in
    reply = api.ask("GET", "/metrics", headers={"Accept": "application/openmetrics-text; version=1.0.0"})
    assert reply.headers["Content-Type"].startswith("application/openmetrics-text; version=1.0.0")
    families = list(parse_open_metrics(reply.text))  # type: ignore[no-untyped-call]
    types = {family.name: family.type for family in families}
    assert types["dsmtpd_messages"] == "gauge"
    assert types["dsmtpd_smtp_accepted"] == "counter"
    assert types["dsmtpd_commit_seconds"] == types["dsmtpd_index_seconds"] == "histogram"
    values = values_of(families)
    expected = {
        ("dsmtpd_messages", "{}"): 3,
        ("dsmtpd_messages_unread", "{}"): 2,
        ("dsmtpd_messages_bytes", "{}"): 3 * len(data),
        ("dsmtpd_index_caught_up", "{}"): 1,
        ("dsmtpd_smtp_accepted_total", "{}"): 3,
        ("dsmtpd_smtp_accepted_bytes_total", "{}"): 3 * len(data),
        ("dsmtpd_smtp_lost_total", "{}"): 1,
        ("dsmtpd_smtp_refused_total", '{"permanent": "yes", "reason": "address"}'): 1,
        ("dsmtpd_smtp_refused_total", '{"permanent": "yes", "reason": "protocol"}'): 1,
        ("dsmtpd_smtp_refused_total", '{"permanent": "no", "reason": "system"}'): 0,
        ("dsmtpd_commit_seconds_count", "{}"): 3,
        ("dsmtpd_index_seconds_count", "{}"): 3,
    }
    assert {key: values[key] for key in expected} == expected
    rejected = sum(value for (name, _), value in values.items() if name == "dsmtpd_smtp_refused_total")
    assert rejected == 3
    assert values["dsmtpd_http_answers_total", '{"class": "2xx"}'] >= 1
    assert values["process_resident_memory_bytes", "{}"] > 1_000_000


def test_metrics_have_the_older_form_for_the_rest(api: Api) -> None:
    api.put(make_mail())
    reply = api.get("/metrics")
    assert reply.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    assert "# TYPE dsmtpd_smtp_accepted_total counter" in reply.text
    assert values_of(list(parse_prometheus(reply.text)))["dsmtpd_smtp_accepted_total", "{}"] == 1


def test_every_page_may_ask_whether_it_is_alive(api: Api) -> None:
    for path in ("/livez", "/readyz"):
        assert api.ask("GET", path, headers={"Origin": "http://other.example"}).status_code == 200
    api.expect_rejected(403, "GET", "/metrics", headers={"Origin": "http://other.example"})


def test_requests_at_the_end_are_no_trouble(tmp_path_factory: pytest.TempPathFactory) -> None:
    """The server stops in the middle of requests of every kind, and ends well."""
    launcher = Launcher(tmp_path_factory.mktemp("api-end"))
    try:
        api = Api(launcher.start("--http=127.0.0.1:0"))
        for _ in range(20):
            api.put(make_mail("x" * 50, "y\n" * 1000))
        paths = ["messages?limit=20", "message/latest", "search?query=y", "info", "tags", "message/latest/raw"]
        sockets = []
        for path in paths * 10:
            connection = socket.create_connection(("127.0.0.1", api.port))
            connection.sendall(f"GET /api/v1/{path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            sockets.append(connection)
        body = json.dumps(
            {"From": {"Email": "a@example.com"}, "To": [{"Email": "b@example.com"}], "Text": "z" * 500_000}
        )
        for _ in range(5):
            connection = socket.create_connection(("127.0.0.1", api.port))
            head = f"POST /api/v1/send HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n\r\n"
            connection.sendall((head + body).encode())
            sockets.append(connection)
        launcher.end_all()
        for connection in sockets:
            connection.close()
    finally:
        launcher.kill_all()
