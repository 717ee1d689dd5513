"""CHANGES.rst, read and promoted."""

import datetime

import pytest
from changelog import ChangelogError, find_unreleased, list_versions, promote, read_sections, wrap_bullets

from tests.tools.checkout import CHANGES, NOTHING_NEW, ROOT

TODAY = datetime.date(2026, 11, 24)


def test_sections_with_their_bullets_as_plain_text() -> None:
    sections = read_sections(CHANGES)
    assert [section.title for section in sections] == ["Unreleased", "Version 2.0.0"]
    assert sections[0].bullets[0].startswith("Mails come with 250 and with a smile")
    assert sections[0].bullets[0].endswith("this page, so that it goes on here.")
    assert sections[0].bullets[1:] == ("A second thing.",)
    assert list_versions(sections) == ["2.0.0"]


def test_promoting_moves_all_below_the_title() -> None:
    promoted = promote(CHANGES, "2.1.0", TODAY)
    title = "Unreleased\n----------\n"
    assert promoted == CHANGES.replace(title, f"{title}\nVersion 2.1.0\n-------------\n\nReleased on 2026-11-24.\n")
    assert list_versions(read_sections(promoted)) == ["2.1.0", "2.0.0"]


def test_underlines_are_as_long_as_their_titles() -> None:
    promoted = promote(CHANGES.replace("----------\n\nWhat", "--------------\n\nWhat"), "10.11.12", TODAY)
    assert "\nUnreleased\n----------\n\nVersion 10.11.12\n----------------\n" in promoted


def test_groups_and_inner_bullets() -> None:
    added, fixed = "Added\n~~~~~\n\n* Outer\n\n  * inner\n", "Fixed\n~~~~~\n\n1. Numbered\n\n* Last\n"
    text = f"Changes\n=======\n\nUnreleased\n----------\n\n{added}\n{fixed}"
    assert find_unreleased(read_sections(text)).bullets == ("Outer inner", "Last")
    assert "Version 3.0.0\n-------------\n" in promote(text, "3.0.0", TODAY)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "first section is not Unreleased"),
        ("Changes\n=======\n\n* loose\n", "first section is not Unreleased"),
        (
            CHANGES[: CHANGES.index("Unreleased")] + CHANGES[CHANGES.index("Version") :],
            "first section is not Unreleased",
        ),
        (NOTHING_NEW, "Unreleased has no bullet"),
        (NOTHING_NEW.replace("Version", "Only prose.\n\nVersion"), "Unreleased has no bullet"),
        (CHANGES.replace("Unreleased\n----------", "Unreleased\n-----"), "CHANGES.rst:5: (WARNING/2)"),
        (CHANGES.replace("``250``", "``250"), "CHANGES.rst:9: (WARNING/2)"),
    ],
)
def test_what_cannot_be_promoted_is_reported_in_one_line(text: str, complaint: str) -> None:
    with pytest.raises(ChangelogError) as caught:
        promote(text, "2.1.0", TODAY)
    assert complaint in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_title_with_a_line_above_is_rejected() -> None:
    text = CHANGES.replace("Unreleased\n---", "----------\nUnreleased\n---")
    with pytest.raises(ChangelogError):
        promote(text, "2.1.0", TODAY)


def test_bullets_of_a_commit_are_wrapped() -> None:
    lines = wrap_bullets(("word " * 30, "https://example.com/" + "x" * 80)).splitlines()
    assert [line[:2] for line in lines] == ["* ", "  ", "  ", "* "]
    assert max(map(len, lines[:3])) <= 72


def test_our_own_changes_can_be_read() -> None:
    sections = read_sections((ROOT / "CHANGES.rst").read_text(encoding="utf-8"))
    assert sections[0].title == "Unreleased"
