"""The Python package: asking a server for its messages."""

from __future__ import annotations

import asyncio
import io
import mailbox
import smtplib
import socket
import threading
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone
from email.policy import SMTP
from pathlib import Path

import pytest
from api_support import make_mail
from dsmtpd import Address, BadQuery, DsmtpdError, Inbox, Mail, NoServer, NotFound, NotInTime, Refused, Server
from server import PATIENCE_S, Launcher, binary

N_RACES = 100


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server(program=binary()) as server:
        yield server


@pytest.fixture
def inbox(server: Server) -> Inbox:
    server.inbox.clear()
    return server.inbox


def send(server: Server, subject: str, to: str = "bob@example.com", text: str = "text\n") -> None:
    with smtplib.SMTP(server.smtp_host, server.smtp_port, timeout=PATIENCE_S) as smtp:
        smtp.send_message(make_mail(subject, text, {"To": to}))


def subjects(mails: list[Mail]) -> list[str]:
    return [mail.subject for mail in mails]


# Waiting


def test_wait_takes_what_comes_after_it_was_called(server: Server, inbox: Inbox) -> None:
    send(server, "old")
    with pytest.raises(NotInTime):
        inbox.wait(timeout=0.1)
    after = inbox.cursor()
    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(inbox.wait, "to:bob", after=after, timeout=PATIENCE_S)
        send(server, "for carol", to="carol@example.com")
        send(server, "for bob")
        assert waiting.result().subject == "for bob"


def test_wait_begins_at_a_cursor_or_after_a_message(server: Server, inbox: Inbox) -> None:
    after = inbox.cursor()
    for subject in ("one", "two", "three"):
        send(server, subject)
    first, second = inbox.wait(after=after, count=2)
    assert subjects([first, second]) == ["one", "two"]
    assert inbox.wait(after=second).subject == inbox.wait(after=second.id).subject == "three"
    assert subjects(inbox.wait(after=0, count=3)) == ["one", "two", "three"]


def test_expect_waits_for_what_the_block_sends(server: Server, inbox: Inbox) -> None:
    send(server, "before")
    with inbox.expect("to:bob", timeout=PATIENCE_S) as mail:
        with pytest.raises(AttributeError, match="subject: the message has not arrived yet"):
            assert mail.subject
        assert "not arrived yet" in repr(mail)
        send(server, "in the block", text="Your code is 482 913\n")
    assert (mail.subject, mail.code, mail.text) == ("in the block", "482913", "Your code is 482 913\n")
    assert mail == inbox.latest()
    assert "subject='in the block'" in repr(mail)
    with inbox.expect(count=2, timeout=PATIENCE_S) as mails:
        send(server, "one")
        send(server, "two")
    assert subjects(mails) == ["one", "two"]


def test_expect_does_not_wait_when_the_block_fails(inbox: Inbox) -> None:
    with pytest.raises(ZeroDivisionError), inbox.expect(timeout=600):
        raise ZeroDivisionError


def test_none_is_missed_and_none_from_before_is_returned(server: Server, inbox: Inbox) -> None:
    """Mails that arrive before, during and after the call."""
    with ThreadPoolExecutor(2) as pool:
        for number in range(N_RACES):
            with inbox.expect(timeout=PATIENCE_S) as mail:
                sending = pool.submit(send, server, f"race {number}")
                if number % 3 == 0:
                    sending.result()
            assert mail.subject == f"race {number}"
            sending.result()


def test_not_in_time_says_what_did_come(server: Server, inbox: Inbox) -> None:
    after = inbox.cursor()
    send(server, "for bob")
    send(server, "for carol", to="carol@example.com")
    with pytest.raises(NotInTime) as caught:
        inbox.wait("to:bob", after=after, count=2, timeout=0.01)
    assert (subjects(caught.value.mails), subjects(caught.value.others)) == (["for bob"], ["for carol"])
    assert str(caught.value).splitlines() == [
        "1 of 2 messages for 'to:bob' arrived within 0.01 s",
        "    sender@example.com -> bob@example.com [for bob]; others that arrived:",
        "    sender@example.com -> carol@example.com [for carol]",
    ]
    with pytest.raises(TimeoutError, match=r"^0 of 1 messages arrived within 0 s; no message arrived at all$"):
        inbox.wait(timeout=0)


def test_an_inbox_with_a_place_has_only_what_came_after_it(server: Server, inbox: Inbox) -> None:
    send(server, "old")
    mine = inbox.from_now()
    send(server, "new one")
    send(server, "new two")
    assert subjects(mine.list()) == ["new two", "new one"]
    assert subjects(mine.search("subject:o")) == ["new two", "new one"]
    assert (mine.count(), mine.count("subject:old"), inbox.count()) == (2, 0, 3)
    assert mine.latest("subject:one").subject == "new one"
    with pytest.raises(NotFound, match="no message matches 'subject:old'"):
        mine.latest("subject:old")
    exported = io.BytesIO()
    mine.export(exported)
    assert b"Subject: new one" in exported.getvalue()
    assert b"Subject: old" not in exported.getvalue()
    mine.clear()
    assert (mine.count(), subjects(inbox.list())) == (0, ["old"])


def test_an_inbox_with_a_place_hands_out_the_next_message(server: Server, inbox: Inbox) -> None:
    mine = inbox.from_now()
    send(server, "for bob")
    send(server, "for carol", to="carol@example.com")
    send(server, "again")
    assert mine.wait("to:bob").subject == "for bob"
    assert mine.wait("to:bob").subject == "again"
    assert mine.wait("to:carol").subject == "for carol"
    with pytest.raises(NotInTime):
        mine.wait("to:bob", timeout=0)
    with mine.expect("to:bob", timeout=PATIENCE_S) as mail:
        send(server, "expected")
    with pytest.raises(NotInTime):
        mine.wait("to:bob", timeout=0)
    assert mine.wait("to:bob", after=0).subject == "for bob"
    assert mail.subject == "expected"


def test_it_knows_where_messages_are_accepted(server: Server, inbox: Inbox) -> None:
    assert inbox.smtp_address() == (server.smtp_host, server.smtp_port)
    with Server("--interface=0.0.0.0", program=binary()) as everywhere:
        assert everywhere.inbox.smtp_address() == ("127.0.0.1", everywhere.smtp_port)


# Finding and changing


def test_a_message_says_what_is_in_it(server: Server, inbox: Inbox) -> None:
    mail = make_mail(
        "Grüße",
        "See https://example.com/help\n",
        {
            "From": "Ann <a@example.com>",
            "To": "Bob <bob@example.com>, carol@example.com",
            "Cc": "dave@example.com",
            "Reply-To": "r@example.com",
            "Message-ID": "<one@example.com>",
        },
        html='<a href="https://example.com/confirm?t=1">confirm your address</a><img src="cid:pic">',
    )
    mail.add_attachment(b"%PDF", "application", "pdf", filename="a.pdf")
    mail.add_attachment(b"\x89PNG", "image", "png", filename="p.png", disposition="inline", cid="<pic>")
    data = mail.as_bytes(policy=SMTP)
    with smtplib.SMTP(server.smtp_host, server.smtp_port, timeout=PATIENCE_S) as smtp:
        smtp.sendmail("bounce@example.com", ["bob@example.com", "eve@example.com"], data)
    caught = inbox.latest()
    assert (caught.message_id, caught.subject, caught.username, caught.read) == ("one@example.com", "Grüße", "", False)
    assert (caught.from_, caught.to[0]) == (Address("Ann", "a@example.com"), Address("Bob", "bob@example.com"))
    assert [str(address) for address in (*caught.cc, *caught.reply_to)] == ["dave@example.com", "r@example.com"]
    assert "eve@example.com" in [address.address for address in caught.bcc]
    assert abs((datetime.now(timezone.utc) - caught.created).total_seconds()) < 3600
    assert caught.tags == ()
    assert caught.snippet == "confirm your address"
    assert (caught.size, caught.raw) == (len(data), data)
    assert caught.message["Subject"] == "Grüße"
    assert caught.headers["Message-Id"] == ["<one@example.com>"]
    assert {link.url: link.text for link in caught.links}["https://example.com/confirm?t=1"] == "confirm your address"
    assert caught.link == "https://example.com/confirm?t=1"
    assert [code.kind for code in caught.codes] == ["link"]
    with pytest.raises(NotFound, match=r"no code found in a@example.com -> bob@example.com"):
        assert caught.code
    assert [finding.name for finding in caught.diagnostics] == []
    assert any(line.side == "client" and "FROM:<bounce@example.com>" in line.text for line in caught.session)
    assert subjects(caught.thread()) == ["Grüße"]
    assert inbox.count("is:unread") == 1

    assert (caught.text, caught.html.startswith("<a href")) == ("See https://example.com/help\n", True)
    assert (caught.date, caught.return_path) == (
        datetime(2026, 10, 13, 8, 20, 30, tzinfo=timezone.utc),
        "bounce@example.com",
    )
    [attachment], [picture] = caught.attachments, caught.inline
    assert (attachment.file_name, attachment.content_type, attachment.size) == ("a.pdf", "application/pdf", 4)
    assert (attachment.content, picture.content, picture.content_id) == (b"%PDF", b"\x89PNG", "pic")
    assert inbox.count("is:unread") == 0
    assert inbox.get(caught.id) == caught
    assert inbox.get(caught.id).created == caught.created


def test_a_message_without_a_link_to_follow(inbox: Inbox) -> None:
    inbox.put(b"To: b@example.com\n\nhttps://example.com/a\n")
    mail = inbox.latest()
    assert [(link.url, link.kind) for link in mail.links] == [("https://example.com/a", "text")]
    with pytest.raises(NotFound, match=r"no link found in \(no From\) -> b@example.com \[\]: "):
        assert mail.link


def test_lists_continue_after_a_page(inbox: Inbox) -> None:
    for number in range(5):
        inbox.put(make_mail(f"number {number}"))
    assert subjects(inbox.list(limit=2)) == ["number 4", "number 3"]
    assert subjects(inbox.list(start=4)) == ["number 0"]
    assert subjects(inbox.search(" subject:number ", start=1, limit=1)) == ["number 3"]
    assert (inbox.count(), inbox.count("subject:4")) == (5, 1)


def test_messages_are_marked_tagged_and_deleted(inbox: Inbox) -> None:
    ids = [inbox.put(make_mail(f"number {number}")) for number in range(4)]
    one, *_, last = inbox.list()
    inbox.mark(one, last.id, read=True)
    assert [mail.read for mail in inbox.list()] == [True, False, False, True]
    inbox.mark(query="", read=False)
    assert inbox.count("is:unread") == 4
    inbox.mark(query="subject:2", read=True, flagged=True)
    assert inbox.count("is:read subject:2") == 1
    assert [mail.flagged for mail in inbox.list()] == [False, True, False, False]
    inbox.mark(query="subject:2", flagged=False)
    assert (inbox.count("is:flagged"), inbox.count("is:read")) == (0, 1)
    with pytest.raises(ValueError, match="give a mark, such as"):
        inbox.mark(one)
    inbox.tag(one, tags=["keep", "other"])
    assert inbox.latest("tag:keep").tags == ("keep", "other")
    inbox.tag(query="tag:keep", tags=[])
    assert inbox.latest().tags == ()
    inbox.delete(ids[0], one)
    inbox.delete(query="subject:2")
    assert subjects(inbox.list()) == ["number 1"]
    inbox.delete()
    inbox.delete(query="subject:nothing")
    assert inbox.count() == 1
    with pytest.raises(ValueError, match="either messages or a query"):
        inbox.delete(one, query="")
    inbox.clear()
    with pytest.raises(NotFound, match=r"^there is no message$"):
        inbox.latest()


def test_messages_in_and_out(inbox: Inbox, tmp_path: Path) -> None:
    mail_id = inbox.put(b"Subject: one\n\nFrom here\n", sender="", recipients=["x@example.com", "y@example.com"])
    assert [address.address for address in inbox.get(mail_id).bcc] == ["x@example.com", "y@example.com"]
    inbox.put(make_mail("two"))
    inbox.export(tmp_path / "mails.mbox")
    assert [mail["Subject"] for mail in mailbox.mbox(tmp_path / "mails.mbox")] == ["one", "two"]
    inbox.export(str(tmp_path / "mails.zip"), query="subject:one", format="zip")
    with zipfile.ZipFile(tmp_path / "mails.zip") as archive:
        assert archive.namelist() == [f"{mail_id}.eml"]
    with pytest.raises(Refused, match="format must be"):
        inbox.export(io.BytesIO(), format="tar")
    with pytest.raises(Refused, match=r"\(400\)"):
        inbox.put(b"Subject: nobody\n\n", sender="no address", recipients=["x@example.com"])


def test_the_disk_of_an_export_is_not_the_server(inbox: Inbox) -> None:
    inbox.put(make_mail("one"))
    with pytest.raises(OSError, match="No space left"), Path("/dev/full").open("wb", buffering=0) as full:
        inbox.export(full)


# Trouble


@pytest.mark.parametrize(
    ("query", "position"), [("to:bob larger:abc", 14), ("größe before:x", 13), ("colour:red", 0), (' "open', 0)]
)
def test_a_bad_query_says_where(inbox: Inbox, query: str, position: int) -> None:
    for ask in (inbox.search, inbox.count, inbox.wait, inbox.latest):
        with pytest.raises(BadQuery) as caught:
            ask(query)
        assert caught.value.position == position
        text, shown, mark = str(caught.value).splitlines()
        assert text.startswith("invalid query: at ")
        assert shown[mark.index("^")] == query.strip()[position]


def test_an_unknown_message(inbox: Inbox) -> None:
    with pytest.raises(NotFound, match="no such message; it may have been deleted"):
        inbox.get("unknown")
    with pytest.raises(LookupError, match="after"):
        inbox.wait(after="unknown")


def test_limits_of_waits_are_reported(inbox: Inbox) -> None:
    with pytest.raises(Refused, match="timeout must be a number of seconds from 0 to 600"):
        inbox.wait(timeout=601)
    with pytest.raises(Refused, match="count must be a number from 1 to 1000"):
        inbox.wait(count=0)


@pytest.mark.parametrize("url", ["", "127.0.0.1:8025", "ftp://127.0.0.1", "http://", "http://127.0.0.1:99999"])
def test_invalid_addresses_of_a_server(url: str) -> None:
    with pytest.raises(ValueError, match="it must look like http"):
        Inbox(url)


def test_no_server_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as taken:  # bound, and nobody listens
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(NoServer, match=f"^no dsmtpd at {url}: .*refused.*; start one"):
            Inbox(url).list()
    monkeypatch.delenv("DSMTPD_URL", raising=False)
    with pytest.raises(NoServer, match="DSMTPD_URL is not set"):
        Inbox.from_environment()


def test_an_answer_that_is_cut_off(tmp_path: Path) -> None:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"

    def answer(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(65536)
            connection.sendall(head + b"5\r\nFrom \r\n")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=answer, args=(listener,))
        thread.start()
        with pytest.raises(NoServer, match="the response was cut off"):
            Inbox(f"http://127.0.0.1:{listener.getsockname()[1]}").export(tmp_path / "mails.mbox")
        thread.join()


def test_a_server_that_ends_ends_waits(tmp_path: Path) -> None:
    with Server(program=binary()) as server, ThreadPoolExecutor() as pool:
        inbox = server.inbox
        after = inbox.cursor()
        waiting = pool.submit(inbox.wait, after=after, timeout=600)
        server.stop()
        with pytest.raises(DsmtpdError):
            waiting.result()


def test_logins_and_web_roots(launcher: Launcher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    users = tmp_path / "users"
    users.write_text("ann:{PLAIN}p@ss\n")
    users.chmod(0o600)
    server = launcher.start("--http=127.0.0.1:0", "--webroot=/mail", f"--http-auth-file={users}")
    where = str(server.wait_for_log(r"Serving HTTP at http://(\S+)")[1])
    monkeypatch.setenv("DSMTPD_URL", f"http://ann:p%40ss@{where}")
    inbox = Inbox.from_environment()
    assert inbox.count() == 0
    assert inbox.url == f"http://{where}".rstrip("/")
    assert "p%40ss" not in repr(inbox)
    with pytest.raises(Refused, match=r"\(401\)"):
        Inbox(f"http://{where}").count()


def test_asyncio_programs_wait_on_another_thread(server: Server, inbox: Inbox) -> None:
    """As docs/python.md shows it: the loop continues while they wait."""

    async def sign_up() -> Mail:
        after = await asyncio.to_thread(inbox.cursor)
        waiting = asyncio.create_task(asyncio.to_thread(inbox.wait, "to:async", after=after, timeout=PATIENCE_S))
        await asyncio.to_thread(send, server, "asynchronous", to="async@example.com")
        return await waiting

    assert asyncio.run(sign_up()).subject == "asynchronous"
