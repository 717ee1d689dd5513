"""Checks the subject of a commit message: `area: imperative summary`, as a commit-msg hook calls it.

The first word of the summary has to be in commit_verbs.txt. Add a verb there if none of them fits.
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

LENGTH_MAX = 72
VERBS = set(Path(__file__).with_name("commit_verbs.txt").read_text(encoding="utf-8").split())
SUBJECT = re.compile(r"(?P<area>[a-z0-9][a-z0-9_./-]*): (?P<summary>\S.*)")
# What git writes itself.
BY_GIT = re.compile(r"(?:Merge|Revert|fixup!|squash!|amend!|Release version) ")


def fault_of(subject: str) -> str | None:
    """What is wrong with a subject; None when nothing is."""
    if BY_GIT.match(subject):
        return None
    match = SUBJECT.fullmatch(subject)
    if not match:
        return 'write "area: imperative summary", the area being a directory, in lower case'
    if len(subject) > LENGTH_MAX:
        return f"{len(subject)} characters; at most {LENGTH_MAX} are allowed"
    if subject.endswith("."):
        return "leave out the full stop"
    verb = match["summary"].split()[0]
    if verb not in VERBS:
        return f'begin the summary with a verb in the imperative, not "{verb}". Known are: {", ".join(sorted(VERBS))}'
    return None


def main() -> int:
    """Check the file that git wrote the message into."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", type=Path, help="file that holds the commit message")
    subject = parser.parse_args().file.read_text(encoding="utf-8").partition("\n")[0]
    fault = fault_of(subject)
    if fault:
        print(f"{subject!r}: {fault}", file=sys.stderr)
    return 1 if fault else 0


if __name__ == "__main__":
    sys.exit(main())
