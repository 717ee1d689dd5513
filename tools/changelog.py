"""CHANGES.rst: what is not released yet, and how it becomes a version's."""

import datetime
import io
import re
import textwrap
from dataclasses import dataclass
from typing import cast

from docutils import nodes
from docutils.core import publish_doctree

UNRELEASED = "Unreleased"
VERSION_TITLE = re.compile(r"Version (\S+)")

# The report levels of docutils: 2 is a warning; nothing it finds is to end it.
WARNING, NEVER = 2, 5


class ChangelogError(ValueError):
    """Why a changelog can't be used, in one line."""


@dataclass(frozen=True)
class Section:
    """A section of the page, without those within it."""

    title: str
    title_line: int  # counted from 0
    bullets: tuple[str, ...]  # as plain text, a line each


def _bullets(section: nodes.section) -> tuple[str, ...]:
    items = [item for item in section.findall(nodes.list_item) if _is_outermost(item)]
    return tuple(" ".join(item.astext().split()) for item in items)


def _is_outermost(item: nodes.list_item) -> bool:
    above = item.parent.parent
    return isinstance(item.parent, nodes.bullet_list) and not isinstance(above, nodes.list_item)


def read_sections(text: str) -> list[Section]:
    """The sections below the page's title, in their order. Anything docutils warns of is an error."""
    complaints = io.StringIO()
    settings = {
        "doctitle_xform": False,
        "file_insertion_enabled": False,
        "halt_level": NEVER,
        "raw_enabled": False,
        "report_level": WARNING,
        "warning_stream": complaints,
    }
    document = publish_doctree(text, source_path="CHANGES.rst", settings_overrides=settings)
    if complaints.getvalue():
        raise ChangelogError(complaints.getvalue().splitlines()[0])
    return [
        # The line of a section is that of the line under its title.
        Section(section[0].astext(), cast(int, section.line) - 2, _bullets(section))
        for section in document.findall(nodes.section)
        if isinstance(section.parent, nodes.section) and isinstance(section.parent.parent, nodes.document)
    ]


def find_unreleased(sections: list[Section]) -> Section:
    """The section of what is to be released, which comes first and has something in it."""
    if not sections or sections[0].title != UNRELEASED:
        raise ChangelogError(f"CHANGES.rst: its first section is not {UNRELEASED}; put it back")
    if not sections[0].bullets:
        raise ChangelogError(f"CHANGES.rst: {UNRELEASED} has no bullet; add one for what a user notices")
    return sections[0]


def list_versions(sections: list[Section]) -> list[str]:
    """The versions that have a section, in the order of the page."""
    titles = [VERSION_TITLE.fullmatch(section.title) for section in sections]
    return [title[1] for title in titles if title]


def promote(text: str, version: str, date: datetime.date) -> str:
    """The page with the bullets of Unreleased under this version, and a new Unreleased above it."""
    unreleased = find_unreleased(read_sections(text))
    lines = text.splitlines()
    underline = lines[unreleased.title_line + 1][0]
    title = f"Version {version}"
    lines[unreleased.title_line : unreleased.title_line + 2] = [
        UNRELEASED,
        underline * len(UNRELEASED),
        "",
        title,
        underline * len(title),
        "",
        f"Released on {date.isoformat()}.",
    ]
    promoted = "\n".join(lines) + "\n"
    newest = [(section.title, section.bullets) for section in read_sections(promoted)[:2]]
    if newest != [(UNRELEASED, ()), (title, unreleased.bullets)]:
        line = unreleased.title_line + 1
        raise ChangelogError(
            f"CHANGES.rst:{line}: {UNRELEASED} must be a title with a line under it, as the versions are"
        )
    return promoted


def wrap_bullets(bullets: tuple[str, ...], width: int = 72) -> str:
    """The bullets as the body of a commit."""
    return "\n".join(
        textwrap.fill(bullet, width, initial_indent="* ", subsequent_indent="  ", break_long_words=False)
        for bullet in bullets
    )
