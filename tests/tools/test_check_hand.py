"""C that is written in another hand than the rest."""

from pathlib import Path

import pytest

from tests.tools.checkout import ROOT, run


def function(*lines: str) -> str:
    """A function with these lines, between other things."""
    return "\n".join(["#include <glib.h>", "", "void f(void) {", *(f"  {line}".rstrip() for line in lines), "}", ""])


PAIRS = {
    "declaration": (function("int a = 0;", "g(a);"), function("int a = 0;", "", "g(a);")),
    "several": (
        function("const A *a = b->c;", "g_autoptr(GError) error = NULL; /* why; */", "return a;"),
        function("const A *a = b->c;", "g_autoptr(GError) error = NULL; /* why; */", "", "return a;"),
    ),
    "long ones": (
        function(
            "static const struct {", "  int a;", "} rows[] = {{1}};", "void (*run)(int) = g;", "/* why */", "h();"
        ),
        function(
            "static const struct {", "  int a;", "} rows[] = {{1}};", "void (*run)(int) = g;", "", "/* why */", "h();"
        ),
    ),
    "not null": (function("if (a != NULL)", "  b(*c->d == NULL);"), function("if (a)", "  b(*c->d == NULL);")),
    "null": (
        function("while (*a->b[1] == NULL && (c(d)->e == NULL || f))", "  ;"),
        function("while (!*a->b[1] && (!c(d)->e || f))", "  ;"),
    ),
    "loop": (function("for (; a->b != NULL; a++)", "  ;"), function("for (; a->b; a++)", "  ;")),
    "choice": (function("a = b != NULL ? c : d;"), function("a = b ? c : d;")),
    "assignment": (function("while ((a = b()) != NULL)", "  ;"), function("while ((a = b()))", "  ;")),
    "section": ("int a;\n\n/* Reading. */\n\nint b;\n", "int a;\n\n/* --- reading */\n\nint b;\n"),
}

GOOD = [good for _, good in PAIRS.values()] + [
    function("return a != NULL && b == NULL;"),
    function("gboolean is_there = a != NULL;", "", "g(is_there, a != NULL);"),
    function("if ((a != NULL) == b || c + (d != NULL) > 1)", "  e();"),
    function("a = b;", "int c = a;", "g(c);"),
    function("int a;"),
    function('g("if (a != NULL)"); /* if (a != NULL) */'),
    "/* What this is. */\n#include <glib.h>\n\n/* Of the next. */\nint a;\n",
]


@pytest.mark.parametrize(("bad", "good"), PAIRS.values(), ids=PAIRS)
def test_what_is_found_is_mended(tmp_path: Path, bad: str, good: str) -> None:
    file = tmp_path / "scratch.c"
    file.write_text(bad, encoding="utf-8")
    found = run("python3", ROOT / "tools/check_hand.py", file, cwd=tmp_path)
    assert found.returncode == 1
    assert "scratch.c:" in found.stdout

    assert run("python3", ROOT / "tools/check_hand.py", "--fix", file, cwd=tmp_path).returncode == 0
    assert file.read_text(encoding="utf-8") == good


@pytest.mark.parametrize("text", GOOD)
def test_what_is_written_as_the_rest_passes(tmp_path: Path, text: str) -> None:
    file = tmp_path / "scratch.c"
    file.write_text(text, encoding="utf-8")
    result = run("python3", ROOT / "tools/check_hand.py", file, cwd=tmp_path)
    assert (result.returncode, result.stdout) == (0, "")


def test_the_project_is_written_in_one_hand() -> None:
    result = run("python3", ROOT / "tools/check_hand.py", cwd=ROOT)
    assert result.stdout == ""
