"""The README stays short, and its links lead somewhere."""

import re

from tests.tools.checkout import ROOT

WORDS_MAX = 900


def test_newcomers_read_900_words_at_most() -> None:
    before, heading, _ = (ROOT / "README.md").read_text(encoding="utf-8").partition("## For developers")
    assert heading
    assert len(before.split()) <= WORDS_MAX


def anchors_of(text: str) -> set[str]:
    """The anchors that GitHub gives to the headings of a document."""
    headings = re.findall(r"^#+ (.+)$", text, re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_links_between_documents_lead_somewhere() -> None:
    wrong = []
    for document in [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("examples/**/README.md")]:
        if "node_modules" in document.parts:
            continue
        text = document.read_text(encoding="utf-8")
        for target in re.findall(r"\]\((?!https?:|mailto:|#)([^)\s]+)\)", text) + [
            f"{document.name}{anchor}" for anchor in re.findall(r"\]\((#[^)\s]+)\)", text)
        ]:
            path, _, anchor = target.partition("#")
            file = document.parent / path
            if not file.exists() or (anchor and anchor not in anchors_of(file.read_text(encoding="utf-8"))):
                wrong.append(f"{document.relative_to(ROOT)}: {target}")
    assert wrong == []
