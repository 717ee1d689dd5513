"""Finds words that the glossary of docs/design.md replaces, in the texts that users read.

It reads the documents, and in the sources the string literals that hold prose: those with a space, without SQL. Name
files or directories to check only those. The exit code is 1 when it found something.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent

# What may follow "mail" where it is the traffic and not a message.
TRAFFIC = r"(?![- ](?:programs?|servers?|clients?|readers?|services?|system|header|transfer|user|delivery|agent)\b)"
# Articles and adjectives that make "mail" a thing that is counted.
ONE = "a|the|one|this|that|each|every|per|another|which|whose|last|newest|first|next|new|stored|received|such"
# "Behind" is good English for where a server stands.
IN_FRONT = r"(?: (?:a|an|the|your|another|such a))?(?: reverse| TLS)? (?:proxy|proxies|load balancer|firewall|NAT)\b"

# What is looked for, in either case, and what to write in its place.
WORDS = {
    rf"behind(?!{IN_FRONT})": "after",
    r"(?<!there )is no (?!longer\b|more\b|larger\b|smaller\b|later\b|less\b|better\b)": "is not a",
    r"(?<!there )(?:is|are) none\b": "not a, invalid",
    r"(?:is|are|was|were|be) told\b": "gets, is rejected with",
    r"for ever\b": "forever, indefinitely",
    r"can't be had\b": "is not available",
    r"anew\b": "again",
    r"meanwhile\b": "in the meantime, or nothing",
    r"thereby\b": "so",
    r"besides?\b": "next to, also",
    r"(?:go(?:es)?|went|going) on\b": "continue",
    r"octets?\b(?!-stream)": "byte",
    r"(?<!/)mails\b": "messages",
    rf"(?:{ONE}) mail\b{TRAFFIC}": "message",
    r"folders?\b": "directory",
    r"pictures?\b": "image",
    r"doors?\b": "listener",
    r"film\b": "video",
}
PATTERNS = [(re.compile(rf"\b{word}", re.IGNORECASE), instead) for word, instead in WORDS.items()]

DOCUMENTS = ["README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGES.rst", "docs", "examples"]
SOURCES = ["src", "web", "python"]
DOCUMENT_ENDINGS = {".md", ".rst", ".in"}
SOURCE_ENDINGS = {".c", ".h", ".js", ".py"}
DATA = {"openapi.json"}

# A comment, or a string; of C, JavaScript and Python the forms that are used here.
TOKEN = re.compile(
    r"""(?P<comment>/\*.*?\*/|//[^\n]*)|(?P<string>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`)""", re.S
)
# The glossary names the words itself.
GLOSSARY = re.compile(r"^## Words\n.*?(?=^## )", re.S | re.M)
# Names, and what others write.
INLINE_CODE = re.compile(r"``?[^`\n]+``?")
# Code within a text: f"{len(mails)} messages"; in C the fields of a line of the log: "which holds <mails>".
PLACEHOLDER = re.compile(r"\{[^{}]*\}")
LOG_FIELD = re.compile(r"<[a-z_]+;?>")
SQL = re.compile(r"\b(?:SELECT|INSERT|UPDATE|DELETE|CREATE|PRAGMA|FROM|WHERE|JOIN|ORDER BY)\b")


class Finding(NamedTuple):
    """A word that another should replace."""

    path: Path
    line: int
    word: str
    instead: str


def texts_of(path: Path) -> Iterator[tuple[int, str]]:
    """The lines of a document, or the strings of a source that are prose, each with its line number."""
    content = GLOSSARY.sub(lambda match: "\n" * match[0].count("\n"), path.read_text(encoding="utf-8"))
    if path.suffix in DOCUMENT_ENDINGS:
        yield from enumerate(INLINE_CODE.sub("", content).splitlines(), 1)
        return
    code = LOG_FIELD if path.suffix == ".c" else PLACEHOLDER
    for match in TOKEN.finditer(content):
        string = match["string"]
        if string and " " in string and not SQL.search(string):
            yield content.count("\n", 0, match.start()) + 1, code.sub("", string[1:-1])


def findings_of(path: Path) -> Iterator[Finding]:
    """All words in a file that others should replace."""
    for line, text in texts_of(path):
        for pattern, instead in PATTERNS:
            for match in pattern.finditer(text):
                yield Finding(path, line, match[0].strip(), instead)


def files_of(names: list[str]) -> Iterator[Path]:
    """The files that are looked at below what was named."""
    for name in names:
        path = ROOT / name
        found = sorted(path.rglob("*")) if path.is_dir() else [path]
        for file in found:
            is_text = file.suffix in DOCUMENT_ENDINGS | SOURCE_ENDINGS or file.name in DATA
            if "node_modules" not in file.parts and is_text:
                yield file


def main() -> int:
    """Print what was found, one line each."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "path", nargs="*", default=[*DOCUMENTS, *SOURCES], help="files and directories, relative to the project"
    )
    found = [finding for file in files_of(parser.parse_args().path) for finding in findings_of(file)]
    for finding in found:
        print(f'{os.path.relpath(finding.path, ROOT)}:{finding.line}: "{finding.word}": write {finding.instead}')
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
