"""What the command line says of itself: help, and completions."""

import re
import subprocess
from pathlib import Path

import pytest
from cli_support import EXIT_OK, EXIT_USAGE, Cli
from programs import run_program
from server import PATIENCE_S, binary, clean_environment

COMMAND_ROW = re.compile(r"^  ([a-z]+) {2,}\S", re.MULTILINE)


def help_of(*words: str) -> str:
    done = subprocess.run(
        [binary(), *words, "--help"],
        capture_output=True,
        text=True,
        env=clean_environment(),
        timeout=PATIENCE_S,
        check=False,
    )
    assert (done.returncode, done.stderr) == (EXIT_OK, "")
    return done.stdout


def command_names() -> list[str]:
    """All commands, as the help of the program lists them."""
    _, _, commands = help_of().partition("\nCommands; ")
    return COMMAND_ROW.findall(commands.partition("\n\n")[0])


def test_each_command_explains_itself_within_80_columns() -> None:
    names = command_names()
    assert {"wait", "list", "search", "show", "count", "rm", "tag", "mark", "cursor"} <= set(names)
    for name in names:
        text = help_of(name)
        assert text.startswith(f"Usage: dsmtpd {name} [OPTION]...")
        assert f"  dsmtpd {name}" in text or "$(dsmtpd" in text
        assert "\nExit codes:\n" in text
        assert max(map(len, text.splitlines())) <= 80, name


def test_help_wins_over_what_is_wrong(tmp_path: Path) -> None:
    assert Cli(tmp_path).run("wait", "--help", "--no-such-option").lines[0].startswith("Usage: dsmtpd wait")


def test_commands_stand_first_and_options_in_groups() -> None:
    text = help_of()
    headings = [line for line in text.splitlines() if line[:1].isupper() and line.endswith(":")]
    assert headings[0].startswith("Commands;")
    groups = ["SMTP:", "Storage:", "Retention:", "TLS:", "Logins:", "HTTP:", "Checks:", "Log:", "Other:"]
    assert headings[1:] == [*groups, "Examples:", "Exit codes:"]
    http = text.partition("\nHTTP:\n")[2].partition("\n\n")[0]
    assert "--http ADDRESS" in http
    assert "--smtps" not in http


def test_page_of_the_options_is_the_one_that_make_docs_prints() -> None:
    printed = run_program([str(binary().parent / "src" / "cli" / "pages"), "options"])
    assert (Path(__file__).parents[2] / "docs" / "options.md").read_text(encoding="utf-8") == printed, "run make docs"


def test_help_is_a_command_too(tmp_path: Path) -> None:
    cli = Cli(tmp_path)
    assert cli.run("help").expect().out == help_of()
    assert cli.run("help", "wait").expect().out == help_of("wait")
    cli.run("help", "wiat").expect_error(EXIT_USAGE, 'there is no command "wiat"; did you mean wait?')


@pytest.mark.parametrize(
    ("word", "advice"),
    [
        ("lst", "did you mean list?"),
        ("lsit", "did you mean list?"),
        ("wiat", "did you mean wait?"),
        ("foo", "see dsmtpd help"),
        ("start", "see dsmtpd help"),
        ("frobnicate", "see dsmtpd help"),
    ],
)
def test_unknown_command_gets_a_suggestion(tmp_path: Path, word: str, advice: str) -> None:
    Cli(tmp_path).run(word).expect_error(EXIT_USAGE, f'there is no command "{word}"; {advice}')


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (["wai"], {"wait"}),
        (["wait", "--pr"], {"--print"}),
        (["help", "wa"], {"wait"}),
        (["wait", "--print", "co"], {"code"}),
        (["wait", "--print", "=", "li"], {"link"}),
        (["--sy"], {"--sync"}),
        (["-p", "25", "--webr"], {"--webroot"}),
        (["rm", "--a"], {"--all"}),
        (["tai"], {"tail"}),
        (["tail", "--si"], {"--since"}),
        (["che"], {"check"}),
        (["check", "--fail-on", ""], {"note", "warning", "error", "never"}),
        (["check", "--fail-on", "=", "w"], {"warning"}),
        (["check", "--mi"], {"--min-support"}),
        (["send", "--at"], {"--attach"}),
        (["send", "--re"], {"--read-recipients", "--reply-to"}),
        (["show", "--ch"], {"--checks"}),
        (["cursor", "--al"], set()),
    ],
)
def test_bash_completes_commands_and_their_options(words: list[str], offered: set[str]) -> None:
    page = binary().parent / "src" / "cli" / "dsmtpd"
    script = f'source {page}; COMP_WORDS=(dsmtpd "$@"); COMP_CWORD=$#; _dsmtpd; echo "${{COMPREPLY[*]}}"'
    assert set(run_program(["bash", "-c", script, "bash", *words]).split()) == offered


@pytest.mark.parametrize("words", [["check", "we"], ["send", "--attach", "we"], ["send", "-a", "we"], ["import", "we"]])
def test_bash_completes_files_where_they_are_wanted(tmp_path: Path, words: list[str]) -> None:
    (tmp_path / "welcome.eml").write_text("")
    page = binary().parent / "src" / "cli" / "dsmtpd"
    # As readline does: where there is no word of its own, the option "default" asks for the names of files.
    script = (
        f'source {page}; compopt() {{ [[ $* != *default* ]] || files=1; }}; COMP_WORDS=(dsmtpd "$@"); COMP_CWORD=$#; '
        '_dsmtpd; [[ -z $files ]] || COMPREPLY=($(compgen -f -- "${COMP_WORDS[-1]}")); echo "${COMPREPLY[*]}"'
    )
    assert run_program(["bash", "-c", script, "bash", *words], cwd=tmp_path).split() == ["welcome.eml"]


@pytest.mark.parametrize("page", ["_dsmtpd", "dsmtpd.fish", "dsmtpd.1"])
def test_other_pages_have_every_command_and_its_options(page: str) -> None:
    text = (binary().parent / "src" / "cli" / page).read_text().replace("\\-", "-")
    for name in command_names():
        assert name in text
    for option in ("fail-on", "min-support", "since", "attach", "reply-to", "checks"):
        assert option in text
