"""Clients that others wrote for Mailpit, unmodified.

mailpit-api and cypress-mailpit of npm, mailpit-api-client and pytest-mailpit of PyPI.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from api_support import Api, make_mail, running_api
from mailpit.client import api as mailpit_client
from programs import require_program, run_program
from pytest_mailpit import MailpitAssertionError, MailpitClient
from server import PATIENCE_S

NODE = Path(__file__).parent / "node"


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    with running_api(tmp_path_factory.mktemp("api-clients")) as api:
        yield api


@pytest.fixture
def api(shared: Api) -> Api:
    shared.clear()
    return shared


# npm: mailpit-api


class NodeClient:
    """MailpitClient of mailpit-api."""

    def __init__(self, api: Api) -> None:
        self._command = ["node", str(NODE / "mailpit.mjs"), api.url]

    def _run(self, calls: list[list[Any]]) -> list[dict[str, Any]]:
        results: list[dict[str, Any]] = json.loads(run_program(self._command, stdin=json.dumps(calls).encode()))
        return results

    def calls(self, *calls: list[Any]) -> list[Any]:
        """The results of [method, ...arguments] each; none may throw."""
        results = self._run(list(calls))
        assert [result for result in results if "error" in result] == []
        return [result.get("value") for result in results]

    def error(self, method: str, *arguments: Any) -> str:
        """What a call throws."""
        [result] = self._run([[method, *arguments]])
        return str(result["error"])


@pytest.fixture
def node(api: Api) -> NodeClient:
    require_program("node")
    if not (NODE / "node_modules").exists():
        pytest.skip("mailpit-api is not installed; make test does that")
    return NodeClient(api)


def test_node_reads_lists_and_messages(api: Api, node: NodeClient) -> None:
    mail = make_mail("hello", html="<p>hi</p>")
    mail.add_attachment(b"content", "image", "png", filename="a.png")
    mail_id = api.put(mail)
    info, settings, page, found, latest, headers, source = node.calls(
        ["getInfo"],
        ["getConfiguration"],
        ["listMessages"],
        ["searchMessages", {"query": "subject:hello", "limit": 1}],
        ["getMessageSummary"],
        ["getMessageHeaders", mail_id],
        ["getMessageSource", mail_id],
    )
    assert info["Messages"] == 1
    assert settings["ChaosEnabled"] is False
    assert [mail["ID"] for mail in page["messages"]] == [mail["ID"] for mail in found["messages"]] == [mail_id]
    assert (latest["ID"], latest["Subject"]) == (mail_id, "hello")
    assert headers["Subject"] == ["hello"]
    assert "Subject: hello" in source
    part = latest["Attachments"][0]["PartID"]
    attachment, thumbnail, html, text, links, check = node.calls(
        ["getMessageAttachment", mail_id, part],
        ["getAttachmentThumbnail", mail_id, part],
        ["renderMessageHTML", mail_id],
        ["renderMessageText", mail_id],
        ["linkCheck", mail_id],
        ["htmlCheck", mail_id],
    )
    assert attachment == {"type": "image/png", "size": 7}
    assert thumbnail["type"] == "image/jpeg"
    assert (html.strip(), text.strip()) == ("<p>hi</p>", "text")
    assert links == {"Errors": 0, "Links": []}
    assert check["Total"]["Tests"] > 250


def test_node_changes_and_deletes(api: Api, node: NodeClient) -> None:
    ids = [api.put(make_mail(f"mail {number}")) for number in range(4)]
    assert node.calls(
        ["setReadStatus", {"IDs": ids[:1], "Read": True}],
        ["setReadStatus", {"Search": '"mail 1"', "Read": True}],
        ["setTags", {"IDs": ids, "Tags": ["first", "second"]}],
        ["renameTag", "first", "a third"],
        ["deleteTag", "second"],
        ["getTags"],
        ["deleteMessages", {"IDs": ids[:1]}],
        ["deleteMessagesBySearch", {"query": '"mail 1"'}],
    ) == ["ok", "ok", "ok", "ok", "ok", ["a third"], "ok", "ok"]
    assert [mail["ID"] for mail in api.list()["messages"]] == [ids[3], ids[2]]
    assert node.calls(["deleteMessages"]) == ["ok"]
    assert api.list()["total"] == 0


def test_node_sends_and_waits(node: NodeClient) -> None:
    request = {"From": {"Email": "a@example.com"}, "To": [{"Email": "b@example.com"}], "Subject": "sent", "Text": "x"}
    sent, one, several = node.calls(
        ["sendMessage", request],
        ["waitForMessage", {"query": "subject:sent"}],
        ["waitForMessages", {"count": 1}],
    )
    assert one["ID"] == sent["ID"]
    assert several["messages_count"] == 1


def test_node_learns_what_is_wrong(node: NodeClient) -> None:
    assert "404" in node.error("getMessageSummary", "nope")
    assert "400" in node.error("sendMessage", {"From": {"Email": "nonsense"}, "To": []})
    assert "Chaos" in node.error("getChaosTriggers")
    assert "400" in node.error("searchMessages", {"query": ""})


# npm: cypress-mailpit


def cypress(api: Api, *calls: list[Any]) -> list[Any]:
    """The results of commands of cypress-mailpit: [name, ...arguments] each."""
    require_program("node")
    if not (NODE / "node_modules/cypress-mailpit").exists():
        pytest.skip("cypress-mailpit is not installed; make test does that")
    command = ["node", str(NODE / "cypress.mjs"), api.url]
    results: list[Any] = json.loads(run_program(command, stdin=json.dumps(calls).encode()))
    return results


def test_cypress_reads_messages(api: Api) -> None:
    mail = make_mail("for cypress", "plain\n", html="<p>rich</p>")
    mail.add_attachment(b"content", "image", "png", filename="a.png")
    mail_id = api.put(mail)
    listed, latest, found, by_recipient = cypress(
        api,
        ["mailpitGetAllMails"],
        ["mailpitGetMail"],
        ["mailpitHasEmailsBySubject", "cypress"],
        ["mailpitHasEmailsByTo", "to@example.com"],
    )
    assert listed["messages_count"] == found["messages_count"] == by_recipient["messages_count"] == 1
    assert latest["ID"] == mail_id
    # It asks for "//view/ID.html".
    subject, sender, recipients, files, html, text = cypress(
        api,
        ["mailpitGetSubject", latest],
        ["mailpitGetFromAddress", latest],
        ["mailpitGetRecipientAddress", latest],
        ["mailpitGetAttachments", latest],
        ["mailpitGetMailHTMlBody", latest],
        ["mailpitGetMailTextBody", latest],
    )
    assert (subject, sender, recipients) == ("for cypress", "sender@example.com", ["to@example.com"])
    assert files == ["a.png"]
    assert "<p>rich</p>" in html
    assert text.strip() == "plain"


def test_cypress_changes_sends_and_deletes(api: Api) -> None:
    sent, found = cypress(api, ["mailpitSendMail", {"subject": "sent"}], ["mailpitGetEmailsBySubject", "sent"])
    assert [message["ID"] for message in found["messages"]] == [sent["ID"]]
    api.put(make_mail("other"))
    cypress(api, ["mailpitSetAllEmailStatusAsRead"])
    assert api.list()["unread"] == 0
    cypress(api, ["mailpitSetStatusAsUnRead", found["messages"][0]], ["mailpitDeleteEmailsBySearch", "subject:other"])
    assert (api.list()["unread"], api.list()["total"]) == (1, 1)
    cypress(api, ["mailpitDeleteAllEmails"], ["mailpitNotHasEmailsBySubject", "sent"])
    assert api.list()["total"] == 0


# PyPI: mailpit-api-client


def test_mailpit_api_client(api: Api) -> None:
    mail = make_mail("größe", headers={"Message-ID": "<m@example.com>", "Delivered-To": "to@example.com"})
    mail.add_attachment(b"eins", "text", "plain", filename="a.txt")
    mail_id = api.put(mail)
    client = mailpit_client.API(api.url, timeout=int(PATIENCE_S))
    [summary] = client.get_messages().messages
    assert (summary.id, summary.subject, summary.attachments) == (mail_id, "größe", 1)
    message = client.get_message(mail_id)
    assert (message.message_id, message.read, message.from_.address) == ("m@example.com", True, "sender@example.com")
    assert client.get_message_attachment(mail_id, message.attachments[0].part_id) == "eins"
    assert client.get_message_headers(mail_id).message_id == ["<m@example.com>"]
    other = api.put(make_mail())
    client.put_messages([mail_id], "Read", False)
    assert not any(mail.read for mail in client.get_messages().messages)
    client.delete_messages([mail_id])
    assert [mail.id for mail in client.get_messages().messages] == [other]
    client.delete_messages([])
    assert client.get_messages().total == 0


# PyPI: pytest-mailpit


def test_pytest_mailpit_client(api: Api) -> None:
    with MailpitClient(api.url, wait_timeout=PATIENCE_S, poll_interval=0.05) as client:
        assert client.is_ready()
        since = client.server_time()
        mail = make_mail("Your code", "Your code is 482913, or https://example.com/confirm?t=1\n", html="<video>")
        mail.add_attachment(b"%PDF-", "application", "pdf", filename="a.pdf")
        api.put(mail)
        message = client.wait_for_message(recipient="to@example.com", subject="your code", since=since)
        assert message.sender is not None
        assert (message.sender.address, message.subject) == ("sender@example.com", "Your code")
        assert client.get_attachment(message.attachments[0]) == b"%PDF-"
        assert client.get_headers(message.id)["Subject"] == ["Your code"]
        assert client.get_raw(message.id).startswith(b"From: ")
        assert client.check_links(message.id).errors == 0
        assert "html-video" in [warning.slug for warning in client.check_html(message.id).warnings]
        client.assert_no_message("subject:other", within=0.1)
        with pytest.raises(MailpitAssertionError):
            client.wait_for_message("subject:other", timeout=0.1)
        client.delete_messages([message.id])
        assert client.messages().total == client.info().messages == 0


def test_pytest_mailpit_fixtures(api: Api, tmp_path: Path) -> None:
    """Its pytest plugin, in a pytest of its own."""
    tests = tmp_path / "test_app.py"
    tests.write_text(
        "import smtplib\n"
        "def send(to):\n"
        f"    with smtplib.SMTP('127.0.0.1', {api.server.port}) as smtp:\n"
        "        smtp.sendmail('a@example.com', [to], f'To: {to}\\nSubject: Hi\\n\\nCode: 482913\\n')\n"
        "def test_one(mailpit):\n"
        "    send('one@example.com')\n"
        "    assert mailpit.wait_for_message(recipient='one@example.com').subject == 'Hi'\n"
    )
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tests)],
        cwd=tmp_path,
        env={**os.environ, "MAILPIT_URL": api.url},
        capture_output=True,
        text=True,
        timeout=10 * PATIENCE_S,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
