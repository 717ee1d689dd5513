"""The words that texts for users may not have."""

from pathlib import Path

import pytest

from tests.tools.checkout import ROOT, run


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("page.md", "It accepts the mail of any mail program behind a proxy.", ["the mail"]),
        ("page.md", "One mail program and the mail server catch mail; there is no limit.", []),
        ("page.md", "It is no Maildir, comes behind the list and is told 550.", ["behind", "is no", "is told"]),
        ("page.md", "1.2.1 wrote `Found N mails` and ``no folder``.", []),
        ("page.md", "An application/octet-stream has octets.", ["octets"]),
        ("text.c", '/* the mails of a folder */ const char *text = "no mails";', ["mails"]),
        ("text.c", 'const char *names[] = {"mails", "folder"};', []),
        ("text.c", 'const char *sql = "SELECT seq FROM mails WHERE seq = ?";', []),
        ("text.c", 'const char *template = "holds <mails>{, <octets> mails in all}";', ["mails"]),
        ("text.js", "// anew\nconst text = `${n} mails`;", ["mails"]),
    ],
)
def test_words_are_found_in_prose_only(tmp_path: Path, name: str, text: str, words: list[str]) -> None:
    file = tmp_path / name
    file.write_text(text + "\n", encoding="utf-8")
    result = run("python3", ROOT / "tools/check_words.py", file, cwd=tmp_path)
    assert [line.split('"')[1] for line in result.stdout.splitlines()] == words, result.stderr
    assert result.returncode == (1 if words else 0)
