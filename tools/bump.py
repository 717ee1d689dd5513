"""Writes the next version into meson.build, and into CHANGES.rst what is new in it. Changes both files or none."""

import argparse
import datetime
import os
import re
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from changelog import find_unreleased, list_versions, promote, read_sections
from semver import Version

PARTS = ("patch", "minor", "major")

EXIT_REFUSED = 1
EXIT_USAGE = 2

# The one place that holds the version: the first `version:` in the call of project().
MESON_VERSION = re.compile(r"(?P<before>^project\(.*?^\s*version:\s*')(?P<version>[^']*)(?P<after>')", re.M | re.S)


class BumpError(ValueError):
    """Why there is no next version, in one line."""


@dataclass(frozen=True)
class Bump:
    """A step from one version to the next."""

    old: Version
    new: Version
    bullets: tuple[str, ...]


def find_version(meson_build: str) -> re.Match[str]:
    """Where meson.build says the version."""
    found = MESON_VERSION.search(meson_build)
    if found is None:
        raise BumpError("meson.build: project() has no line version: '...'")
    return found


def read_version(root: Path) -> Version:
    """The version of a checkout."""
    text = find_version((root / "meson.build").read_text(encoding="utf-8"))["version"]
    if not Version.is_valid(text):
        raise BumpError(f"meson.build: '{text}' is not a version such as 1.2.3")
    return Version.parse(text)


def next_version(version: Version, part: str) -> Version:
    """The version after this one, by Semantic Versioning."""
    if version.prerelease or version.build:
        raise BumpError(
            f"meson.build: {version} is no release; make it {version.finalize_version()} or what came before"
        )
    return Version.parse(str(getattr(version, f"bump_{part}")()))


def replace_files(contents: dict[Path, str]) -> None:
    """Gives files new contents: all of them, or none when one can't be written."""
    old = {path: path.read_bytes() for path in contents}
    with tempfile.TemporaryDirectory(prefix=".bump-", dir=next(iter(contents)).parent) as folder:
        for path, text in contents.items():
            new = Path(folder) / path.name
            new.write_text(text, encoding="utf-8")
            new.chmod(path.stat().st_mode)
        try:
            for path in contents:
                (Path(folder) / path.name).replace(path)
        except OSError:
            for path, octets in old.items():
                if path.read_bytes() != octets:
                    path.write_bytes(octets)
            raise


def bump(root: Path, part: str, today: datetime.date) -> Bump:
    """Writes the next version into the files of a checkout."""
    meson_build, changes = root / "meson.build", root / "CHANGES.rst"
    old = read_version(root)
    new = next_version(old, part)
    text = changes.read_text(encoding="utf-8")
    sections = read_sections(text)
    bullets = find_unreleased(sections).bullets
    released = list_versions(sections)
    if released and released[0] != str(old):
        raise BumpError(
            f"meson.build says {old}, but the newest version in CHANGES.rst is {released[0]}; make them agree"
        )

    replace_files(
        {
            changes: promote(text, str(new), today),
            meson_build: MESON_VERSION.sub(
                rf"\g<before>{new}\g<after>", meson_build.read_text(encoding="utf-8"), count=1
            ),
        }
    )
    return Bump(old, new, bullets)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("part", nargs="?", default="", help=f"what to raise: {', '.join(PARTS)}")
    parser.add_argument("--root", type=Path, default=Path.cwd(), help="the checkout (default: the current directory)")
    arguments = parser.parse_args()

    if arguments.part not in PARTS:
        what = f"'{arguments.part}' is no part of a version" if arguments.part else "no part of the version is given"
        print(f"bump: {what}; say PART=patch, PART=minor or PART=major", file=sys.stderr)
        return EXIT_USAGE
    try:
        done = bump(arguments.root, arguments.part, datetime.date.today())
    except (ValueError, OSError) as error:
        print(f"bump: {error}", file=sys.stderr)
        return EXIT_REFUSED
    print(f"{done.old} -> {done.new}")
    return os.EX_OK


if __name__ == "__main__":
    sys.exit(main())
