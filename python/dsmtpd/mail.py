"""Messages, and what they contain.

A `Mail` has what a list says of it. Everything else, such as `mail.text` and `mail.code`, is requested on first use and
then kept.
"""

from __future__ import annotations

import email
import email.policy
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from functools import cached_property
from typing import Any

from dsmtpd.api import Api
from dsmtpd.errors import NotFound

Json = dict[str, Any]


@dataclass(frozen=True)
class Address:
    """An address with its display name."""

    #: The name; empty if there is none.
    name: str
    #: Such as ``bob@example.com``.
    address: str

    def __str__(self) -> str:
        return self.address


@dataclass(frozen=True)
class Link:
    """A link in a message."""

    #: Where it leads.
    url: str
    #: ``link``, ``image``, ``stylesheet``, or ``text`` for a URL that is written out.
    kind: str
    #: What is shown for it.
    text: str
    #: The text around it.
    context: str


@dataclass(frozen=True)
class Code:
    """A one-time code, or a link to confirm."""

    #: The code without the spaces between groups of digits, or the URL.
    value: str
    #: ``code`` or ``link``.
    kind: str
    #: The text around it.
    context: str
    #: How likely it is, in percent.
    confidence: int


@dataclass(frozen=True)
class Finding:
    """Something a real server or recipient would object to."""

    #: Such as ``no-date``.
    name: str
    #: What it means, and where that is written.
    text: str


@dataclass(frozen=True)
class SessionLine:
    """A line of an SMTP session."""

    #: Since the first line.
    milliseconds: float
    #: ``client``, ``server`` or ``connection``.
    side: str
    #: The line; passwords are masked.
    text: str


@dataclass(frozen=True)
class Attachment:
    """A file in a message."""

    #: Its number in the message, such as ``1.2``.
    part_id: str
    #: Made up if it has none.
    file_name: str
    #: Such as ``application/pdf``.
    content_type: str
    #: Content-ID, without angle brackets.
    content_id: str
    #: Bytes, decoded.
    size: int
    #: Of the decoded content, in hexadecimal.
    sha256: str
    _mail: Mail = field(repr=False, compare=False)

    @cached_property
    def content(self) -> bytes:
        """The decoded content."""
        return self._mail.part(self.part_id)


@dataclass(frozen=True, eq=False)
class Mail:
    """A message. Two are equal if they are the same message of the same server."""

    #: Its ID, which the log and the ``250`` reply have too.
    id: str
    #: Without angle brackets; made up if the message has none.
    message_id: str
    #: The first address of From.
    from_: Address
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    #: Also envelope recipients that no field names.
    bcc: tuple[Address, ...]
    reply_to: tuple[Address, ...]
    subject: str
    tags: tuple[str, ...]
    #: User that logged in; empty without a login.
    username: str
    #: Bytes, as received.
    size: int
    #: Whether it had been read when it was listed.
    read: bool
    #: Whether it was flagged.
    flagged: bool
    #: When it was received.
    created: datetime
    #: Beginning of its text.
    snippet: str
    _api: Api = field(repr=False)

    def __str__(self) -> str:
        recipients = ", ".join(str(address) for address in (*self.to, *self.cc, *self.bcc))
        return f"{self.from_.address or '(no From)'} -> {recipients} [{self.subject}]"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Mail) and (self.id, self._api.url) == (other.id, other._api.url)

    def __hash__(self) -> int:
        return hash(self.id)

    # What marks it as read.

    @cached_property
    def _whole(self) -> Json:
        whole: Json = self._api.get_json(f"/api/v1/message/{self.id}")
        return whole

    @property
    def text(self) -> str:
        """The text, or that of the HTML if there is no other. Marks the message as read."""
        return str(self._whole["Text"])

    @property
    def html(self) -> str:
        """The HTML; empty if there is none. Marks the message as read."""
        return str(self._whole["HTML"])

    @property
    def date(self) -> datetime:
        """The date of its header, or when it was received. Marks the message as read."""
        return _read_time(self._whole["Date"])

    @property
    def return_path(self) -> str:
        """The sender of the envelope. Marks the message as read."""
        return str(self._whole["ReturnPath"])

    @cached_property
    def attachments(self) -> tuple[Attachment, ...]:
        """The attachments. Marks the message as read."""
        return tuple(self._attachments("Attachments"))

    @cached_property
    def inline(self) -> tuple[Attachment, ...]:
        """The files that its HTML shows. Marks the message as read."""
        return tuple(self._attachments("Inline"))

    def _attachments(self, key: str) -> Iterable[Attachment]:
        for part in self._whole[key]:
            yield Attachment(
                part["PartID"],
                part["FileName"],
                part["ContentType"],
                part["ContentID"],
                part["Size"],
                part["Checksums"]["SHA256"],
                self,
            )

    # What does not.

    @cached_property
    def headers(self) -> dict[str, list[str]]:
        """The values of each header field, in order, not decoded. Names are written like ``Message-Id``."""
        headers: dict[str, list[str]] = self._api.get_json(f"/api/v1/message/{self.id}/headers")
        return headers

    @cached_property
    def raw(self) -> bytes:
        """The message, byte by byte as received."""
        return self._api.ask("GET", f"/api/v1/message/{self.id}/raw")

    @cached_property
    def message(self) -> EmailMessage:
        """The message as Python's email package parses it."""
        return email.message_from_bytes(self.raw, policy=email.policy.default)

    def part(self, part_id: str) -> bytes:
        """The decoded content of a part."""
        return self._api.ask("GET", f"/api/v1/message/{self.id}/part/{part_id}")

    @cached_property
    def links(self) -> tuple[Link, ...]:
        """Its links, each once."""
        found = self._api.get_json(f"/api/v1/message/{self.id}/links")["Links"]
        return tuple(Link(link["URL"], link["Kind"], link["Text"], link["Context"]) for link in found)

    @cached_property
    def codes(self) -> tuple[Code, ...]:
        """One-time codes and links to confirm, most likely first."""
        found = self._api.get_json(f"/api/v1/message/{self.id}/codes")["Codes"]
        return tuple(Code(code["Value"], code["Kind"], code["Context"], code["Confidence"]) for code in found)

    @property
    def code(self) -> str:
        """The one-time code, the most likely if there are several. Raises NotFound if there is none."""
        return self._code_of("code")

    @property
    def link(self) -> str:
        """The link to confirm something, such as an address; `links` has all links.

        Raises NotFound if there is none.
        """
        return self._code_of("link")

    def _code_of(self, kind: str) -> str:
        for code in self.codes:
            if code.kind == kind:
                return code.value
        raise NotFound(f"no {kind} found in {self}: {self.snippet}")

    @cached_property
    def diagnostics(self) -> tuple[Finding, ...]:
        """What a real server or recipient would object to."""
        found = self._api.get_json(f"/api/v1/message/{self.id}/diagnostics")["Diagnostics"]
        return tuple(Finding(finding["Name"], finding["Text"]) for finding in found)

    @cached_property
    def session(self) -> tuple[SessionLine, ...]:
        """The SMTP session that brought it. Raises NotFound if it did not arrive by SMTP."""
        lines = self._api.get_json(f"/api/v1/message/{self.id}/session")["Session"]
        return tuple(SessionLine(line["Milliseconds"], line["Side"], line["Text"]) for line in lines)

    def thread(self) -> list[Mail]:
        """Its conversation as it is now, oldest first."""
        return read_mails(self._api, self._api.get_json(f"/api/v1/message/{self.id}/thread"))


class AwaitedMail(Mail):
    """A message that has not arrived yet; it gets its content when it does."""

    def __init__(self) -> None:
        pass

    def arrive(self, mail: Mail) -> None:
        """Becomes this message."""
        vars(self).update(vars(mail))

    def __repr__(self) -> str:
        return super().__repr__() if vars(self) else "<a message that has not arrived yet>"

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"{name}: the message has not arrived yet; it is available after the with block")


def read_mail(api: Api, summary: Json) -> Mail:
    """A message of a list."""
    return Mail(
        summary["ID"],
        summary["MessageID"],
        _read_address(summary["From"]),
        _read_addresses(summary["To"]),
        _read_addresses(summary["Cc"]),
        _read_addresses(summary["Bcc"]),
        _read_addresses(summary["ReplyTo"]),
        summary["Subject"],
        tuple(summary["Tags"]),
        summary["Username"],
        summary["Size"],
        summary["Read"],
        summary["Flagged"],
        _read_time(summary["Created"]),
        summary["Snippet"],
        api,
    )


def read_mails(api: Api, page: Json) -> list[Mail]:
    """The messages of a list."""
    return [read_mail(api, summary) for summary in page["messages"]]


def _read_address(address: Json) -> Address:
    return Address(address["Name"], address["Address"])


def _read_addresses(addresses: Iterable[Json]) -> tuple[Address, ...]:
    return tuple(_read_address(address) for address in addresses)


def _read_time(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))  # Python 3.10 does not know Z
