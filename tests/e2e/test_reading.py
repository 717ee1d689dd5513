"""What src/message reads of hard messages, compared with Python's email (fields) and GMime's parser (parts).

Both sides read the stored form; tests/support/mail_dump.c prints ours.
"""

import hashlib
import json
import os
import subprocess
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.headerregistry import AddressHeader, DateHeader
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from hard_messages import CHARSETS, FILE_NAMES, RFC_2047, hard_messages

MESSAGES = hard_messages()
DUMP = Path(os.environ.get("DSMTPD_BINARY", "build/dsmtpd")).parent / "tests" / "support" / "mail_dump"

# Python's email takes a field with white space before its colon for the end of the header (RFC 5322 4.5.8 has it).
UNKNOWN_TO_PYTHON = "RFC 5322 A.6.3"
# Messages whose addresses it reads differently: those with comments and routes in them, and UTF-8 in bytes.
OTHER_ADDRESSES = {"RFC 5322 A.5", "RFC 5322 A.6.1", "smtputf8"}
# It gives up where base64 is damaged.
OTHER_CONTENTS = {"base64 with line noise"}
# GMime's parser sees no mail without a header, and drops base64 that is not padded.
OTHER_TO_GMIME = {"no headers", "empty", "base64 without padding"}


@pytest.fixture(scope="module")
def dumps(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What is read of each message, by its name."""
    directory = tmp_path_factory.mktemp("mails")
    paths = []
    for number, data in enumerate(MESSAGES.values()):
        paths.append(directory / f"{number}.eml")
        paths[-1].write_bytes(data)
    lines = subprocess.run([DUMP, *paths], capture_output=True, check=True).stdout.decode().split("\n")
    return {name: json.loads(line) for name, line in zip(MESSAGES, lines, strict=False)}


@pytest.fixture(params=[name for name in MESSAGES if name != UNKNOWN_TO_PYTHON])
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def by_python(name: str) -> EmailMessage:
    message = message_from_bytes(MESSAGES[name], policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


def leaves(part: EmailMessage) -> Iterator[EmailMessage]:
    """The parts that are no multipart; a message in a message is one of them."""
    if part.get_content_maintype() == "multipart" and part.is_multipart():
        for child in part.iter_parts():
            assert isinstance(child, EmailMessage)
            yield from leaves(child)
    else:
        yield part


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def addresses(message: EmailMessage, field: str) -> list[list[str]]:
    headers = message.get_all(field, [])
    assert all(isinstance(header, AddressHeader) for header in headers)
    return [[address.display_name, address.addr_spec] for header in headers for address in header.addresses]


def test_headers(name: str, dumps: dict[str, Any]) -> None:
    """Names and unfolded values, in order."""
    message = message_from_bytes(MESSAGES[name], policy=policy.compat32)
    expected = [
        [field, str(value).encode("ascii", "surrogateescape").decode("utf-8", "replace").replace("\n", "").strip(" \t")]
        for field, value in message.raw_items()
    ]
    assert [[field.strip(" \t"), value] for field, value in expected] == [row[:2] for row in dumps[name]["headers"]]


def test_addresses(name: str, dumps: dict[str, Any]) -> None:
    if name in OTHER_ADDRESSES:
        return
    message = by_python(name)
    for field, key in (("From", "from"), ("To", "to"), ("Cc", "cc"), ("Reply-To", "reply_to")):
        assert dumps[name][key] == addresses(message, field)


def test_obsolete_addresses(dumps: dict[str, Any]) -> None:
    """RFC 5322 appendix A.5 and A.6."""
    assert dumps["RFC 5322 A.5"]["from"] == [["Pete", "pete@silly.test"]]
    assert [address for _, address in dumps["RFC 5322 A.5"]["to"]] == [
        "c@public.example",
        "joe@example.org",
        "jdoe@one.test",
    ]
    assert dumps["RFC 5322 A.5"]["cc"] == []
    assert dumps["RFC 5322 A.6.1"]["from"] == [["Joe Q. Public", "john.q.public@example.com"]]
    assert dumps["RFC 5322 A.6.1"]["to"] == [["Mary Smith", "mary@example.net"], ["", "jdoe@test.example"]]
    assert dumps["RFC 5322 A.6.3"]["from"] == [["John Doe", "jdoe@machine.example"]]
    assert dumps["RFC 5322 A.6.3"]["to"] == [["Mary Smith", "mary@example.net"]]
    assert dumps["RFC 5322 A.6.3"]["date_us"] == 880_127_706_000_000
    assert dumps["smtputf8"]["to"] == [["Jörg", "jörg@例え.jp"]]


def test_date(name: str, dumps: dict[str, Any]) -> None:
    header = by_python(name)["Date"]
    assert header is None or isinstance(header, DateHeader)
    expected = int(header.datetime.timestamp() * 1_000_000) if header and header.datetime else 0
    assert dumps[name]["date_us"] == expected


def test_ids(name: str, dumps: dict[str, Any]) -> None:
    message = by_python(name)
    assert dumps[name]["has_message_id"] == ("Message-ID" in message)
    assert dumps[name]["references"] == [word.strip("<>") for word in str(message["References"] or "").split()]


def test_parts(name: str, dumps: dict[str, Any]) -> None:
    """Types, file names and decoded contents."""
    ours = [part for part in dumps[name]["parts"] if part["kind"] != "container"]
    theirs = list(leaves(by_python(name)))
    assert [part["type"] for part in ours] == [part.get_content_type() for part in theirs]
    if name in OTHER_CONTENTS:
        return
    for our, their in zip(ours, theirs, strict=True):
        assert our["name"] == their.get_filename()
        if their.get_content_maintype() != "message":
            content = their.get_payload(decode=True)
            assert isinstance(content, bytes)
            assert our["sha256"] == sha256(content)


def test_parts_compared_with_gmime(name: str, dumps: dict[str, Any]) -> None:
    """Types and decoded contents as GMime's own parser sees them."""
    if name in OTHER_TO_GMIME:
        return
    ours = [part for part in dumps[name]["parts"] if part["kind"] != "container"]
    theirs = dumps[name]["gmime"]
    assert [part["type"] for part in ours] == [content_type for content_type, _ in theirs]
    for our, (_, checksum) in zip(ours, theirs, strict=True):
        assert checksum in ("", our["sha256"])


@pytest.mark.parametrize("value", RFC_2047)
def test_encoded_words(value: str, dumps: dict[str, Any]) -> None:
    name = f"RFC 2047 {list(RFC_2047).index(value)}"
    assert dumps[name]["subject"] == RFC_2047[value]


@pytest.mark.parametrize("value", FILE_NAMES)
def test_file_names(value: str, dumps: dict[str, Any]) -> None:
    name = f"file name {list(FILE_NAMES).index(value)}"
    assert dumps[name]["parts"][0]["name"] == FILE_NAMES[value]


@pytest.mark.parametrize("charset", CHARSETS)
def test_charsets(charset: str, dumps: dict[str, Any]) -> None:
    texts = {dump["text"].strip() for name, dump in dumps.items() if name.rsplit(" ", 1)[0] == charset}
    assert texts == {CHARSETS[charset]}


def test_text_of_the_message(name: str, dumps: dict[str, Any]) -> None:
    """The first text of each kind as Python's email finds it is in what we give out."""
    message = by_python(name)
    for kind, key in (("plain", "text"), ("html", "html")):
        body = message.get_body((kind,))
        if body is None or name in OTHER_CONTENTS:
            continue
        try:
            text = body.get_content()
        except LookupError:
            continue
        assert str(text).rstrip("\n") in str(dumps[name][key])
