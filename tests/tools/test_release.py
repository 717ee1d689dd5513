"""Releases against a bare repository, with the slow steps replaced by short commands."""

import os
import shlex
import subprocess
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.tools.checkout import NOTHING_NEW, Checkout, git, run, run_tool

MAIN, TAG = "refs/heads/main", "refs/tags/v2.1.0"


def release(
    checkout: Checkout, *options: str, checks: list[str] | None = None, publish: str = "true"
) -> subprocess.CompletedProcess[str]:
    """Releases a minor version. The commands run in a shell."""
    words = [word for command in checks or [] for word in ("--check", f"sh -c {shlex.quote(command)}")]
    command = ["--publish", f"sh -c {shlex.quote(publish)} sh", *(words or ["--no-checks"])]
    return run_tool("release.py", "minor", *command, *options, cwd=checkout.path)


def assert_rejected(result: subprocess.CompletedProcess[str], complaint: str) -> None:
    assert result.returncode == 1
    assert complaint in result.stderr
    assert result.stderr.endswith("; nothing was pushed\n")
    assert len(result.stderr.splitlines()) == 1


def push_from_elsewhere(checkout: Checkout, ref: str) -> str:
    """A command that pushes somebody else's commit to the bare repository."""
    return textwrap.dedent(f"""
        folder=$(mktemp -d) && git clone --quiet {checkout.bare} "$folder" && cd "$folder" &&
        git commit --quiet --allow-empty --message elsewhere && git push --quiet origin HEAD:{ref} && rm -rf "$folder"
    """)


def test_release(checkout: Checkout, tmp_path: Path) -> None:
    before, here = checkout.remote_refs(), checkout.state()
    seen = tmp_path / "seen"
    result = release(
        checkout,
        checks=[f"grep -m 1 ' version:' meson.build >>{seen}", f"git log --format=%s >>{seen}"],
        publish=f'git -C {checkout.bare} show-ref --tags "$1" >>{seen}',
    )
    assert result.returncode == 0, result.stderr
    after = checkout.remote_refs()
    assert after == {**before, MAIN: after[MAIN], TAG: after[MAIN]}
    assert git(checkout.bare, "rev-parse", "main^") == before[MAIN]
    assert git(checkout.bare, "diff", "--name-only", "main^", "main").split() == ["CHANGES.rst", "meson.build"]
    assert "version: '2.1.0'" in git(checkout.bare, "show", "main:meson.build")
    assert git(checkout.bare, "log", "-1", "--format=%B", "main").splitlines() == [
        "Release version 2.1.0",
        "",
        "* Mails come with 250 and with a smile, which takes more words than fit",
        "  into a single line of this page, so that it goes on here.",
        "* A second thing.",
    ]
    # The checks saw the bumped and committed tree, publishing the pushed tag.
    assert seen.read_text(encoding="utf-8").splitlines() == [
        "  version: '2.1.0',",
        "Release version 2.1.0",
        "start",
        f"{after[TAG]} {TAG}",
    ]
    # Where it was made, everything is as it was.
    assert checkout.state() == here


def test_a_second_release_follows_on_the_first(checkout: Checkout) -> None:
    assert release(checkout).returncode == 0
    git(checkout.path, "pull", "--quiet")
    assert_rejected(release(checkout), "Unreleased has no bullet")
    changes = (checkout.path / "CHANGES.rst").read_text(encoding="utf-8")
    checkout.write_changes(changes.replace("----------\n\nVersion", "----------\n\n* Third.\n\nVersion", 1))
    checkout.push_all("third")
    assert release(checkout).returncode == 0
    assert git(checkout.bare, "log", "-1", "--format=%B", "v2.2.0") == "Release version 2.2.0\n\n* Third."


def test_what_is_not_committed_is_left_out_and_left_alone(checkout: Checkout) -> None:
    (checkout.path / "CHANGES.rst").write_text("half-written", encoding="utf-8")
    assert release(checkout).returncode == 0
    assert (checkout.path / "CHANGES.rst").read_text(encoding="utf-8") == "half-written"
    assert "half-written" not in git(checkout.bare, "show", "main:CHANGES.rst")


def test_dry_run_shows_the_commit(checkout: Checkout) -> None:
    before, here = checkout.remote_refs(), checkout.state()
    result = release(checkout, "--dry-run", checks=["echo checked"], publish="echo published")
    assert result.returncode == 0, result.stderr
    assert "\nchecked\n" in result.stdout
    assert "published" not in result.stdout
    assert "Release version 2.1.0" in result.stdout
    assert "+  version: '2.1.0'," in result.stdout
    assert (checkout.remote_refs(), checkout.state()) == (before, here)


def write_nothing_new(checkout: Checkout) -> None:
    checkout.write_changes(NOTHING_NEW)
    checkout.push_all("nothing new")


def move_main(checkout: Checkout) -> None:
    assert run("sh", "-c", push_from_elsewhere(checkout, MAIN), cwd=checkout.path).returncode == 0


def commit_only_here(checkout: Checkout) -> None:
    git(checkout.path, "commit", "--quiet", "--allow-empty", "--message", "mine")


def push_tag(checkout: Checkout) -> None:
    git(checkout.path, "push", "--quiet", "origin", f"HEAD:{TAG}")


def remove_old_tag(checkout: Checkout) -> None:
    git(checkout.path, "push", "--quiet", "origin", ":refs/tags/v2.0.0")


def move_main_during_the_push(checkout: Checkout) -> None:
    hook = checkout.path / ".git" / "hooks" / "pre-push"
    script = f"unset GIT_DIR GIT_INDEX_FILE GIT_WORK_TREE\n{push_from_elsewhere(checkout, MAIN)}"
    hook.write_text(f"#!/bin/sh\n{script}", encoding="utf-8")
    hook.chmod(0o755)


def assert_nothing_happened(checkout: Checkout, here: list[str], published: Path) -> None:
    """What others pushed is there, and nothing of the release."""
    assert not published.exists()
    assert checkout.state() == here
    for ref in checkout.remote_refs():
        assert "Release version" not in git(checkout.bare, "log", "--format=%s", ref)


@pytest.mark.parametrize(
    ("prepare", "complaint"),
    [
        (write_nothing_new, "Unreleased has no bullet"),
        (move_main, "main of origin is at"),
        (commit_only_here, "main of origin is at"),
        (push_tag, "origin has a tag v2.1.0 already"),
        (remove_old_tag, "origin has no tag v2.0.0"),
        (move_main_during_the_push, "git push: "),
    ],
)
def test_nothing_is_pushed(
    checkout: Checkout, tmp_path: Path, prepare: Callable[[Checkout], None], complaint: str
) -> None:
    prepare(checkout)
    here = checkout.state()
    published = tmp_path / "published"
    assert_rejected(release(checkout, publish=f"touch {published}"), complaint)
    assert_nothing_happened(checkout, here, published)


@pytest.mark.parametrize(("ref", "complaint"), [(MAIN, "main of origin is at"), (TAG, "git push: ")])
def test_what_others_push_during_the_checks_stays(checkout: Checkout, tmp_path: Path, ref: str, complaint: str) -> None:
    here, before = checkout.state(), checkout.remote_refs()
    published = tmp_path / "published"
    result = release(checkout, checks=[push_from_elsewhere(checkout, ref)], publish=f"touch {published}")
    assert_rejected(result, complaint)
    assert_nothing_happened(checkout, here, published)
    after = checkout.remote_refs()
    assert after == {**before, ref: after[ref]}
    assert git(checkout.bare, "log", "-1", "--format=%s", ref) == "elsewhere"


@pytest.mark.parametrize(
    ("check", "complaint"),
    [("sh -c 'exit 7'", "failed with exit code 7"), ("./not-there", "No such file"), ("'", "No closing quotation")],
)
def test_failed_check(checkout: Checkout, tmp_path: Path, check: str, complaint: str) -> None:
    here, before = checkout.state(), checkout.remote_refs()
    published = tmp_path / "published"
    result = run_tool("release.py", "minor", "--check", check, "--publish", f"touch {published}", cwd=checkout.path)
    assert_rejected(result, complaint)
    assert_nothing_happened(checkout, here, published)
    assert checkout.remote_refs() == before


def test_remote_that_is_gone(checkout: Checkout, tmp_path: Path) -> None:
    checkout.bare.rename(tmp_path / "gone.git")
    assert_rejected(release(checkout), "git ls-remote: ")


def test_a_later_check_does_not_run_after_a_failed_one(checkout: Checkout) -> None:
    result = release(checkout, checks=["echo first", "false", "echo last"])
    assert_rejected(result, "failed with exit code 1")
    assert "\nfirst\n" in result.stdout
    assert "\nlast\n" not in result.stdout


def test_failed_publish_fails_the_release_and_says_what_remains(checkout: Checkout) -> None:
    here = checkout.state()
    result = release(checkout, publish="exit 4")
    assert result.returncode == 3
    assert result.stderr == (
        "release: v2.1.0 is pushed, but publishing it failed with exit code 4: the commit and the tag stay. "
        "Mend the cause and run Publish on v2.1.0 again, or release the next patch\n"
    )
    refs = checkout.remote_refs()
    assert refs[TAG] == refs[MAIN]
    assert checkout.state() == here


def test_without_options_the_targets_are_made_and_publish_is_run(
    checkout: Checkout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gh = """\
case "$1 $2" in
"run list") echo 42 ;;
"run view") echo '{"conclusion": "success", "url": "https://example.com/42"}' ;;
esac"""
    for name, answer in {"make": "true", "gh": gh}.items():
        program = tmp_path / "programs" / name
        program.parent.mkdir(exist_ok=True)
        program.write_text(f'#!/bin/sh\necho "{name} $*" >>{tmp_path}/calls\n{answer}\n', encoding="utf-8")
        program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path / "programs"), prepend=os.pathsep)
    result = run_tool("release.py", "minor", cwd=checkout.path)
    assert result.returncode == 0, result.stderr
    calls = (tmp_path / "calls").read_text(encoding="utf-8").splitlines()
    assert calls[:4] == ["make test", "make build", "make check-dist", "gh workflow run publish.yml --ref v2.1.0"]
    assert TAG in checkout.remote_refs()


@pytest.mark.parametrize("part", ["", "tiny"])
def test_unknown_part(checkout: Checkout, part: str) -> None:
    result = run_tool("release.py", part, cwd=checkout.path)
    assert result.returncode == 2
    assert "invalid choice" in result.stderr
