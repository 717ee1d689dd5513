"""Reads the corpus of awkward messages in tests/corpus: NAME.eml, the bytes as sent, and NAME.json, the right values.

Right values come from standards and from what mail programs show, never from what dsmtpd prints. tests/corpus/README.md
lists the keys.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from server import ROOT

DIRECTORY = ROOT / "tests" / "corpus"
NEEDED = {"why", "structure", "text", "links", "codes"}
KNOWN = NEEDED | {
    "attachments",
    "cc",
    "date",
    "findings",
    "from",
    "from_name",
    "html",
    "inline",
    "pictures",
    "python",
    "search",
    "subject",
    "to",
}


@dataclass(frozen=True)
class Case:
    """One message and what is right for it."""

    name: str
    data: bytes
    expected: dict[str, Any]

    @property
    def compares_python(self) -> bool:
        """Whether Python's email package reads this message right."""
        return "python" not in self.expected


def read_case(path: Path) -> Case:
    """The message at `path`, an .eml file, with the values beside it."""
    expected = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    missing, unknown = NEEDED - expected.keys(), expected.keys() - KNOWN
    if missing or unknown:
        raise ValueError(f"{path.with_suffix('.json')}: missing keys {sorted(missing)}, unknown keys {sorted(unknown)}")
    return Case(str(path.relative_to(DIRECTORY).with_suffix("")), path.read_bytes(), expected)


def read_corpus() -> list[Case]:
    """All messages, in the order of their names."""
    return [read_case(path) for path in sorted(DIRECTORY.glob("*/*.eml"))]


def outline(part: EmailMessage, depth: int = 0) -> list[str]:
    """The media types of a message as Python's email reads them; a message within a message counts as one part."""
    lines = ["  " * depth + part.get_content_type()]
    if part.get_content_maintype() == "multipart" and part.is_multipart():
        for child in part.iter_parts():
            assert isinstance(child, EmailMessage)
            lines += outline(child, depth + 1)
    return lines


def file_names(part: EmailMessage) -> list[str]:
    """The file names of a message's parts as Python's email reads them."""
    parts = [leaf for leaf in part.walk() if leaf.get_content_maintype() != "multipart"]
    return [name for name in (leaf.get_filename() for leaf in parts) if name]


def parse_with_python(data: bytes) -> EmailMessage:
    """The message as Python's email package reads it."""
    message = message_from_bytes(data, policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message
