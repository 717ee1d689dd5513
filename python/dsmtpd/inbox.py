"""The messages of a server: wait for them, find, mark and delete them."""

from __future__ import annotations

import json
import os
import shutil
import ssl
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import BinaryIO, TypeAlias, overload

from dsmtpd.api import PATIENCE_S, Api, Params
from dsmtpd.errors import NoServer, NotFound, NotInTime
from dsmtpd.mail import AwaitedMail, Json, Mail, read_mail, read_mails

#: Variable with the address of the server, which `dsmtpd run` sets.
URL_VARIABLE = "DSMTPD_URL"

_PAGE_MAX = 10_000
_OTHERS_MAX = 1000

# Inside the class, `list` is a method.
Mails: TypeAlias = list[Mail]
Texts: TypeAlias = list[str]
Place: TypeAlias = "int | str | Mail"


class Inbox:
    """The messages of a running server.

    An inbox has all messages, and `wait` waits for those that arrive after the call. An inbox with a cursor
    (`from_now()`, `after=`) has only the messages that arrived after it; there `wait` also returns messages that are
    there already, and continues after the last message that a wait for the same query returned.

    Queries are those of docs/search.md, read strictly: an invalid term raises `BadQuery`. Any number of threads may use
    an inbox. In asyncio, call its methods with `asyncio.to_thread`.
    """

    def __init__(
        self,
        url: str = "http://127.0.0.1:8025",
        *,
        after: int | None = None,
        context: ssl.SSLContext | None = None,
    ) -> None:
        """`url` may contain a name and a password. `after` is a cursor. `context` is for HTTPS, such as
        `ssl.create_default_context(cafile=...)`."""
        self._api = Api(url, context)
        self._after = after
        self._places: dict[str, int] = {}  # where the next wait for a query continues

    @classmethod
    def from_environment(cls) -> Inbox:
        """The inbox at DSMTPD_URL, which `dsmtpd run -- COMMAND` sets for the command."""
        url = os.environ.get(URL_VARIABLE)
        if not url:
            raise NoServer(f"{URL_VARIABLE} is not set; set it, or run this with: dsmtpd run -- COMMAND")
        return cls(url)

    def __repr__(self) -> str:
        return f"Inbox({self.url!r})" if self._after is None else f"Inbox({self.url!r}, after={self._after})"

    @property
    def url(self) -> str:
        """The address of the server, without a password."""
        return self._api.url

    def smtp_address(self) -> tuple[str, int]:
        """Host and port of an SMTP listener without implicit TLS. Raises NotFound if there is none."""
        for door in self._api.get_json("/api/v1/info")["SMTPServers"]:
            if door["Port"] and door["Security"] != "tls":
                is_everywhere = door["Host"] in ("0.0.0.0", "::")
                return self._api.host if is_everywhere else door["Host"], door["Port"]
        raise NotFound(f"the server at {self.url} has no SMTP listener on a port without TLS")

    # Waiting.

    def cursor(self) -> int:
        """The current cursor: messages that arrive from now on come after it."""
        return int(self._page("", {"limit": 1})["cursor"])

    def from_now(self) -> Inbox:
        """An inbox of the same server with only the messages that arrive from now on."""
        inbox = Inbox.__new__(type(self))
        vars(inbox).update(vars(self), _after=self.cursor(), _places={})
        return inbox

    @overload
    def wait(self, query: str = "", *, after: Place | None = None, count: None = None, timeout: float = 10) -> Mail: ...

    @overload
    def wait(self, query: str = "", *, after: Place | None = None, count: int, timeout: float = 10) -> Mails: ...

    def wait(
        self, query: str = "", *, after: Place | None = None, count: int | None = None, timeout: float = 10
    ) -> Mail | Mails:
        """Waits for a message that matches `query`, or for `count` of them, and returns it, or a list, oldest first.

        `after` is a cursor, a message or its ID: messages that arrived after it count, even if they are there already.
        The default is now; in an inbox with a cursor, that cursor, or the last wait for this query.

        Raises `NotInTime` when `timeout`, in seconds, is up.
        """
        mails = self._wait(query, after, 1 if count is None else count, timeout)
        return mails[0] if count is None else mails

    @overload
    def expect(self, query: str = "", *, count: None = None, timeout: float = 10) -> AbstractContextManager[Mail]: ...

    @overload
    def expect(self, query: str = "", *, count: int, timeout: float = 10) -> AbstractContextManager[Mails]: ...

    def expect(
        self, query: str = "", *, count: int | None = None, timeout: float = 10
    ) -> AbstractContextManager[Mail] | AbstractContextManager[Mails]:
        """Waits for what the block sends: reads the cursor before the block, and waits after it.

            with inbox.expect("to:bob", timeout=5) as mail:
                sign_up("bob@example.com")
            log_in(mail.code)

        The message has its content once the block is left; with `count` it is a list.
        """
        return self._expect_one(query, timeout) if count is None else self._expect_many(query, count, timeout)

    @contextmanager
    def _expect_one(self, query: str, timeout: float) -> Iterator[Mail]:
        mail, after = AwaitedMail(), self.cursor()
        yield mail
        mail.arrive(self._wait(query, after, 1, timeout)[0])

    @contextmanager
    def _expect_many(self, query: str, count: int, timeout: float) -> Iterator[Mails]:
        mails, after = Mails(), self.cursor()
        yield mails
        mails += self._wait(query, after, count, timeout)

    # Finding.

    def list(self, *, start: int = 0, limit: int = 50) -> Mails:
        """The messages, newest first; skips the first `start`."""
        return self.search("", start=start, limit=limit)

    def search(self, query: str, *, start: int = 0, limit: int = 50) -> Mails:
        """The messages that `query` finds, newest first; skips the first `start`."""
        return read_mails(self._api, self._page(query, {"start": start, "limit": limit}))

    def count(self, query: str = "") -> int:
        """The number of messages that `query` finds."""
        return int(self._page(query, {"limit": 1})["messages_count"])

    def latest(self, query: str = "") -> Mail:
        """The newest message that `query` finds. Raises NotFound if there is none."""
        mails = self.search(query, limit=1)
        if not mails:
            raise NotFound(f"no message matches {query!r}" if query else "there is no message")
        return mails[0]

    def get(self, mail_id: str) -> Mail:
        """The message with this ID, which becomes read. Raises NotFound."""
        return read_mail(self._api, self._api.get_json(f"/api/v1/message/{mail_id}"))

    # Changing.

    def delete(self, *mails: Mail | str, query: str | None = None) -> None:
        """Deletes messages, given as such or by ID, or what `query` finds."""
        self._for_all("DELETE", "/api/v1/messages", mails, query, {})

    def clear(self) -> None:
        """Deletes all messages; in an inbox with a cursor, those after it."""
        if self._after is None:
            self._api.ask("DELETE", "/api/v1/messages")
        else:
            self.delete(query="")

    def mark(
        self, *mails: Mail | str, query: str | None = None, read: bool | None = None, flagged: bool | None = None
    ) -> None:
        """Marks messages, given as such or by ID, or what `query` finds, as read or unread, flagged or not."""
        marks = {"Read": read, "Flagged": flagged}
        given = {name: mark for name, mark in marks.items() if mark is not None}
        if not given:
            raise ValueError("give a mark, such as read=True or flagged=False")
        self._for_all("PUT", "/api/v1/messages", mails, query, given)

    def tag(self, *mails: Mail | str, query: str | None = None, tags: Sequence[str]) -> None:
        """Replaces the tags of messages."""
        self._for_all("PUT", "/api/v1/tags", mails, query, {"Tags": [*tags]})

    # In and out.

    def put(
        self, eml: bytes | EmailMessage, *, sender: str | None = None, recipients: Sequence[str] | None = None
    ) -> str:
        """Adds a message from an .eml file; returns its ID. The envelope comes from the message, unless it is given."""
        octets = eml if isinstance(eml, bytes) else eml.as_bytes(policy=SMTP)
        params: Params = {"from": sender, "to": None if recipients is None else ",".join(recipients)}
        return str(json.loads(self._api.ask("POST", "/api/v1/messages", params, octets))["ID"])

    def export(self, to: Path | str | BinaryIO, *, query: str = "", format: str = "mbox") -> None:
        """Writes the messages that `query` finds to a file, oldest first.

        `format`: one `mbox`, a `zip` of .eml files, or a `maildir` in a ZIP file.

        Raises NoServer if the server stops during the export; the file is then incomplete.
        """
        params: Params = {"query": query.strip() or None, "format": format, "strict": 1, "after": self._after}
        with (
            self._api.open("GET", "/api/v1/export", params) as answer,
            Path(to).open("wb") if isinstance(to, (str, Path)) else nullcontext(to) as file,
        ):
            shutil.copyfileobj(answer, file)

    # How.

    def _page(self, query: str, params: Params) -> Json:
        query = query.strip()
        path = "/api/v1/search" if query else "/api/v1/messages"
        page: Json = self._api.get_json(path, {"query": query or None, "strict": 1, "after": self._after, **params})
        return page

    def _for_all(self, method: str, path: str, mails: Sequence[Mail | str], query: str | None, body: Json) -> None:
        ids = [mail.id if isinstance(mail, Mail) else mail for mail in mails]
        if query is not None:
            if ids:
                raise ValueError("give either messages or a query")
            ids = self._find_ids(query)
        for start in range(0, len(ids), _PAGE_MAX):  # no request without IDs: it would mean all messages
            self._api.send_json(method, path, {"IDs": ids[start : start + _PAGE_MAX], **body})

    def _find_ids(self, query: str) -> Texts:
        starts = range(0, self.count(query), _PAGE_MAX)
        return [mail.id for start in starts for mail in self.search(query, start=start, limit=_PAGE_MAX)]

    def _wait(self, query: str, after: Place | None, count: int, timeout: float) -> Mails:
        query = query.strip()
        place = after.id if isinstance(after, Mail) else after
        if place is None:
            place = self.cursor() if self._after is None else self._places.get(query, self._after)
        answer = self._ask_wait({"query": query, "after": place, "count": count, "timeout": timeout}, timeout)
        mails = read_mails(self._api, answer)
        if len(mails) < count:
            came = read_mails(self._api, self._ask_wait({"after": place, "count": _OTHERS_MAX, "timeout": 0}, 0))
            raise NotInTime(query, count, timeout, mails, [mail for mail in came if mail not in mails])
        self._places[query] = int(answer["cursor"])
        return mails

    def _ask_wait(self, params: Params, timeout: float) -> Json:
        """The answer; with fewer messages than wanted when the time is up."""
        params = {**params, "strict": 1}
        with self._api.open("GET", "/api/v1/wait", params, also=408, timeout_s=timeout + PATIENCE_S) as answer:
            waited: Json = json.loads(answer.read())
            return waited
