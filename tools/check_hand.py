"""Finds C that is written in another hand than the rest, in what clang-format leaves to the writer.

- A blank line follows the declarations that a function begins with.
- A condition asks `if (x)` or `if (!x)` of a pointer. Where the comparison is the value, as in `return x != NULL`, it
  stays.
- A comment that stands alone between blank lines names a section: `/* --- reading */`.

Name files or directories to check only those; --fix mends what is found, after which clang-format may have to fill
lines again. The exit code is 1 when something was found.
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
DIRECTORIES = ["src", "fuzz", "tests", "bench"]

# Comments, strings and characters, whose contents are no code.
NO_CODE = re.compile(r"""/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'""", re.S)
KEYWORDS = r"return|goto|else|case|break|continue|if|for|while|switch|do|default|typedef|sizeof"
QUALIFIER = r"static|const|volatile|extern|unsigned|signed|long|short|struct|enum|union"
TYPE = r"g_auto(?:ptr|slist|list|queue)?\([^)]*\)|g_autofree\s+(?:const\s+)?\w+|\w+"
DECLARATION = re.compile(
    rf"""(?!(?:{KEYWORDS})\b)(?:(?:{QUALIFIER})\s+)*(?:
        (?:{TYPE})(?:\s+const)?[\s*]+(?:const\s+)?(?<=[\s*])\w+\s*(?:\[|=(?!=)|;|,)  # char *name;
      | (?:{TYPE})[\s*]*\(\s*\*\s*\w+[^)]*\)\s*\(  # void (*name)(void);
      | (?<=\s)(?:\w+\s*)?\{{  # enum {{ A }};
    )""",
    re.X,
)
COMPARISON = re.compile(r"\s*([!=]=)\s*NULL\b")
SECTION = re.compile(r"(?<=\n\n)/\* (?!--- )([^\n]*?)\.? \*/(?=\n\n)")

OPENING = {")": "(", "]": "[", "}": "{"}
CONDITIONS = {"if", "while", "for"}


class Finding(NamedTuple):
    """What is to change: the text from `start` to `end`."""

    start: int
    end: int
    text: str
    why: str


def blank(text: str) -> str:
    """The text with spaces for all that is not code."""
    return NO_CODE.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), text)


def closing(code: str, start: int) -> int:
    """Where the bracket that opens at `start` closes."""
    depth = 0
    for at in range(start, len(code)):
        if code[at] in "([{":
            depth += 1
        elif code[at] in ")]}":
            depth -= 1
            if depth == 0:
                return at
    return len(code) - 1


def opening(code: str, end: int) -> int:
    """Where the bracket that closes at `end` opens."""
    depth = 0
    for at in range(end, -1, -1):
        if code[at] in ")]}":
            depth += 1
        elif code[at] in "([{":
            depth -= 1
            if depth == 0:
                return at
    return 0


def bodies(code: str) -> Iterator[int]:
    """Where the bodies of functions begin."""
    at = 0
    while (at := code.find("{", at)) >= 0:
        if code[:at].rstrip().endswith(")"):
            yield at + 1
        at = closing(code, at) + 1


def statement_end(code: str, start: int) -> int:
    """Where the statement ends, at its semicolon."""
    at = start
    while at < len(code) and code[at] not in ";}":
        at = closing(code, at) + 1 if code[at] in "([{" else at + 1
    return at


def find_declarations(text: str, code: str) -> Iterator[Finding]:
    """Declarations at the start of a function that no blank line follows."""
    for body in bodies(code):
        at = end = body
        while True:
            at += len(code[at:]) - len(code[at:].lstrip())
            # From the space before it, which the expression looks back at.
            if not DECLARATION.match(code, at):
                break
            at = end = statement_end(code, at) + 1
        if end == body:
            continue
        line_end = text.find("\n", end)
        following = text[line_end + 1 : text.find("\n", line_end + 1)].strip()
        is_alone = not code[end:line_end].strip()
        if is_alone and following and following != "}" and not following.startswith("#"):
            yield Finding(line_end, line_end, "\n", "a blank line follows the declarations")


def is_condition(code: str, at: int) -> bool:
    """Whether a comparison, before which `at` is, decides what is done: it is not a value."""
    right = at
    while right < len(code) and code[right] not in ",;:)}?]":
        right = closing(code, right) + 1 if code[right] in "([{" else right + 1
    if code[right : right + 1] == "?":
        return True
    left = at - 1
    while left >= 0 and code[left] not in "({}[":
        left = opening(code, left) - 1 if code[left] in ")]" else left - 1
    if left < 0 or code[left] != "(":
        return False
    word = re.search(r"[\w\])]*$", code[:left].rstrip())
    if word and word[0] == "return":
        return False
    if word and word[0]:
        return word[0] in CONDITIONS
    after = closing(code, left) + 1
    is_logical = re.search(r"(?:&&|\|\||[(!])$", code[:left].rstrip()) and re.match(
        r"\s*(?:&&|\|\||[)?])", code[after:]
    )
    return bool(is_logical) and is_condition(code, after)


def operand_start(code: str, end: int) -> int | None:
    """Where the expression that ends at `end` begins; None: it is more than a name with what belongs to it."""
    at = end
    while True:
        if code[at - 1] in ")]":
            at = opening(code, at - 1)
        name = re.search(r"\w+$", code[:at])
        if name:
            at = name.start()
        elif code[at] not in "([":
            return None
        if code[:at].endswith("->"):
            at -= 2
        elif code[:at].endswith("."):
            at -= 1
        elif code[at] != "[":
            break
    while code[at - 1] == "*":
        at -= 1
    before = code[:at].rstrip()
    return None if before.endswith(")") and not re.search(r"\b(?:if|while)\s*\($", before) else at


def find_comparisons(code: str) -> Iterator[Finding]:
    """Comparisons of pointers with NULL that are conditions."""
    why = "a condition asks (x) or (!x) of a pointer"
    for match in COMPARISON.finditer(code):
        start = operand_start(code, match.start())
        if start is None or not is_condition(code, match.end()):
            continue
        yield Finding(match.start(), match.end(), "", why)
        if match[1] == "==":
            yield Finding(start, start, "!", "")


def find_sections(text: str) -> Iterator[Finding]:
    """Comments alone between blank lines that are not written like the names of sections."""
    for match in SECTION.finditer(text):
        name = match[1] if match[1][:2].isupper() else match[1][:1].lower() + match[1][1:]
        yield Finding(match.start(), match.end(), f"/* --- {name} */", "the name of a section begins with ---")


def findings_of(text: str) -> list[Finding]:
    """All that is to change in a file."""
    code = blank(text)
    found = [*find_declarations(text, code), *find_comparisons(code), *find_sections(text)]
    return sorted(found, key=lambda finding: (finding.start, finding.end))


def files_of(names: list[str]) -> Iterator[Path]:
    """The files that are looked at below what was named."""
    for name in names:
        path = ROOT / name
        for file in sorted(path.rglob("*.[ch]")) if path.is_dir() else [path]:
            if "node_modules" not in file.parts:
                yield file


def main() -> int:
    """Print what was found, one line each, or mend it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--fix", action="store_true", help="mend it")
    parser.add_argument("path", nargs="*", default=DIRECTORIES, help="files and directories, relative to the project")
    arguments = parser.parse_args()
    n_found = 0
    for file in files_of(arguments.path):
        text = file.read_text(encoding="utf-8")
        found = findings_of(text)
        n_found += len(found)
        for finding in found:
            if finding.why and not arguments.fix:
                print(f"{os.path.relpath(file, ROOT)}:{text.count(chr(10), 0, finding.start) + 1}: {finding.why}")
        if found and arguments.fix:
            for finding in reversed(found):
                text = text[: finding.start] + finding.text + text[finding.end :]
            file.write_text(text, encoding="utf-8")
    return 1 if n_found and not arguments.fix else 0


if __name__ == "__main__":
    sys.exit(main())
