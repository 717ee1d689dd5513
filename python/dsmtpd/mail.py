"""Mails, and what is in them.

A `Mail` has what lists say of it. What else is in it, such as `mail.text` and `mail.code`, is asked for when it is
first used, and kept.
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
    """An address, and the name that stands with it."""

    #: The name; empty when there is none.
    name: str
    #: Such as ``bob@example.com``.
    address: str

    def __str__(self) -> str:
        return self.address


@dataclass(frozen=True)
class Link:
    """A link in a mail: http, https or mailto."""

    #: Where it leads.
    url: str
    #: ``link``, ``image``, ``stylesheet``, or ``text`` for what is written out.
    kind: str
    #: What is shown for it.
    text: str
    #: What stands around it.
    context: str


@dataclass(frozen=True)
class Code:
    """A one-time code, or a link that is to be followed."""

    #: The code without the blanks between groups of digits, or the URL.
    value: str
    #: ``code`` or ``link``.
    kind: str
    #: What stands around it.
    context: str
    #: How sure that is, in percent.
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
    """A line of what was said by SMTP."""

    #: Since the first of them.
    milliseconds: float
    #: ``client``, ``server`` or ``connection``.
    side: str
    #: What was said; secrets are masked.
    text: str


@dataclass(frozen=True)
class Attachment:
    """A file in a mail."""

    #: Its number in the mail, such as ``1.2``.
    part_id: str
    #: Made up when it has none.
    file_name: str
    #: Such as ``application/pdf``.
    content_type: str
    #: What HTML calls it by, without angle brackets.
    content_id: str
    #: Octets, decoded.
    size: int
    #: Of what is decoded, in hexadecimal digits.
    sha256: str
    _mail: Mail = field(repr=False, compare=False)

    @cached_property
    def content(self) -> bytes:
        """The octets, decoded."""
        return self._mail.part(self.part_id)


@dataclass(frozen=True, eq=False)
class Mail:
    """A mail that was caught. Two are equal when they are the same mail of the same server."""

    #: Its ID, which the log and the ``250`` tell too.
    id: str
    #: Without angle brackets; made up when the mail has none.
    message_id: str
    #: Who it says it is from.
    from_: Address
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    #: Also recipients that no header names.
    bcc: tuple[Address, ...]
    reply_to: tuple[Address, ...]
    subject: str
    tags: tuple[str, ...]
    #: Who was logged in; empty: nobody.
    username: str
    #: Octets, as received.
    size: int
    #: Whether it had been read when it was listed.
    read: bool
    #: Whether it was flagged.
    flagged: bool
    #: When it came.
    created: datetime
    #: How its text begins.
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
        """The text; made of the HTML when there is no other. Marks the mail as read."""
        return str(self._whole["Text"])

    @property
    def html(self) -> str:
        """The HTML; empty when there is none. Marks the mail as read."""
        return str(self._whole["HTML"])

    @property
    def date(self) -> datetime:
        """Its Date header; without one, when it came. Marks the mail as read."""
        return _read_time(self._whole["Date"])

    @property
    def return_path(self) -> str:
        """The sender of the envelope. Marks the mail as read."""
        return str(self._whole["ReturnPath"])

    @cached_property
    def attachments(self) -> tuple[Attachment, ...]:
        """The files attached to it. Marks the mail as read."""
        return tuple(self._attachments("Attachments"))

    @cached_property
    def inline(self) -> tuple[Attachment, ...]:
        """The files that its HTML shows. Marks the mail as read."""
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
        """The values of each header, in their order, not decoded. Names are written like ``Message-Id``."""
        headers: dict[str, list[str]] = self._api.get_json(f"/api/v1/message/{self.id}/headers")
        return headers

    @cached_property
    def raw(self) -> bytes:
        """The mail, octet by octet as it was received."""
        return self._api.ask("GET", f"/api/v1/message/{self.id}/raw")

    @cached_property
    def message(self) -> EmailMessage:
        """The mail as Python's email package reads it."""
        return email.message_from_bytes(self.raw, policy=email.policy.default)

    def part(self, part_id: str) -> bytes:
        """The octets of a part, decoded."""
        return self._api.ask("GET", f"/api/v1/message/{self.id}/part/{part_id}")

    @cached_property
    def links(self) -> tuple[Link, ...]:
        """The links in it, each once."""
        found = self._api.get_json(f"/api/v1/message/{self.id}/links")["Links"]
        return tuple(Link(link["URL"], link["Kind"], link["Text"], link["Context"]) for link in found)

    @cached_property
    def codes(self) -> tuple[Code, ...]:
        """One-time codes and links that are to be followed, the surest first."""
        found = self._api.get_json(f"/api/v1/message/{self.id}/codes")["Codes"]
        return tuple(Code(code["Value"], code["Kind"], code["Context"], code["Confidence"]) for code in found)

    @property
    def code(self) -> str:
        """The one-time code in it, the surest if there are several. Raises NotFound when there is none."""
        return self._code_of("code")

    @property
    def link(self) -> str:
        """The link that is to be followed, such as one that confirms an address; `links` has all there are.

        Raises NotFound when there is none.
        """
        return self._code_of("link")

    def _code_of(self, kind: str) -> str:
        for code in self.codes:
            if code.kind == kind:
                return code.value
        raise NotFound(f"there is no {kind} in the mail {self}: {self.snippet}")

    @cached_property
    def diagnostics(self) -> tuple[Finding, ...]:
        """What a real server or recipient would object to in it."""
        found = self._api.get_json(f"/api/v1/message/{self.id}/diagnostics")["Diagnostics"]
        return tuple(Finding(finding["Name"], finding["Text"]) for finding in found)

    @cached_property
    def session(self) -> tuple[SessionLine, ...]:
        """What was said by SMTP when it came. Raises NotFound when that was not kept."""
        lines = self._api.get_json(f"/api/v1/message/{self.id}/session")["Session"]
        return tuple(SessionLine(line["Milliseconds"], line["Side"], line["Text"]) for line in lines)

    def thread(self) -> list[Mail]:
        """The conversation it is part of, the oldest first, as it is now."""
        return read_mails(self._api, self._api.get_json(f"/api/v1/message/{self.id}/thread"))


class AwaitedMail(Mail):
    """A mail that is still to come; it gets what a mail has when it arrives."""

    def __init__(self) -> None:
        pass

    def arrive(self, mail: Mail) -> None:
        """Becomes this mail."""
        vars(self).update(vars(mail))

    def __repr__(self) -> str:
        return super().__repr__() if vars(self) else "<a mail that has not come yet>"

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"{name}: the mail has not come yet; it is there when the with block is left")


def read_mail(api: Api, summary: Json) -> Mail:
    """A mail out of a list."""
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
    """The mails of a list."""
    return [read_mail(api, summary) for summary in page["messages"]]


def _read_address(address: Json) -> Address:
    return Address(address["Name"], address["Address"])


def _read_addresses(addresses: Iterable[Json]) -> tuple[Address, ...]:
    return tuple(_read_address(address) for address in addresses)


def _read_time(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))  # Python 3.10 knows no Z
