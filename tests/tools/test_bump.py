"""make bump's script: both files, or neither."""

import datetime
from pathlib import Path

import bump
import pytest

from tests.tools.checkout import CHANGES, MESON_BUILD, NOTHING_NEW, ROOT, run_tool, write_project


@pytest.fixture
def project(tmp_path: Path) -> Path:
    write_project(tmp_path)
    return tmp_path


def files_of(project: Path) -> dict[str, str]:
    return {path.name: path.read_text(encoding="utf-8") for path in project.iterdir() if path.is_file()}


@pytest.mark.parametrize(("part", "new"), [("patch", "2.0.1"), ("minor", "2.1.0"), ("major", "3.0.0")])
def test_next_version_is_in_both_files(project: Path, part: str, new: str) -> None:
    before = datetime.date.today()
    result = run_tool("bump.py", part, cwd=project)
    dates = {before.isoformat(), datetime.date.today().isoformat()}
    assert (result.returncode, result.stdout, result.stderr) == (0, f"2.0.0 -> {new}\n", "")
    files = files_of(project)
    assert set(files) == {"meson.build", "CHANGES.rst"}
    assert files["meson.build"] == MESON_BUILD.replace("2.0.0", new)
    section = files["CHANGES.rst"].split(f"Version {new}\n-------------\n\nReleased on ")[1]
    assert section[:10] in dates
    assert section[10:].startswith(".\n\nWhat follows is new.\n\n* Mails")


def test_two_releases_one_after_the_other(project: Path) -> None:
    assert run_tool("bump.py", "minor", cwd=project).returncode == 0
    assert "Unreleased has no bullet" in run_tool("bump.py", "patch", cwd=project).stderr
    changes = files_of(project)["CHANGES.rst"]
    (project / "CHANGES.rst").write_text(
        changes.replace("----------\n\nVersion", "----------\n\n* Third.\n\nVersion", 1), encoding="utf-8"
    )
    assert run_tool("bump.py", "patch", cwd=project).stdout == "2.1.0 -> 2.1.1\n"


def with_version(version: str) -> dict[str, str]:
    return {"meson.build": MESON_BUILD.replace("2.0.0", version)}


@pytest.mark.parametrize(
    ("arguments", "changed", "code", "complaint"),
    [
        ([], {}, 2, "no part of the version is given; say PART=patch"),
        ([""], {}, 2, "no part of the version is given; say PART=patch"),
        (["Patch"], {}, 2, "'Patch' is no part of a version; say PART=patch"),
        (["3.0.0"], {}, 2, "'3.0.0' is no part of a version"),
        (["patch"], {"CHANGES.rst": NOTHING_NEW}, 1, "Unreleased has no bullet"),
        (["patch"], {"CHANGES.rst": CHANGES.replace("``250``", "``250")}, 1, "CHANGES.rst:9: "),
        (["patch"], with_version("2.0.0-rc1"), 1, "2.0.0-rc1 is no release"),
        (["patch"], with_version("2.0.0+dirty"), 1, "2.0.0+dirty is no release"),
        (["patch"], with_version("2.0"), 1, "'2.0' is not a version"),
        (["patch"], with_version("v2.0.0"), 1, "'v2.0.0' is not a version"),
        (["patch"], with_version("2.0.1"), 1, "meson.build says 2.0.1, but the newest version in CHANGES.rst is 2.0.0"),
        (["patch"], {"meson.build": "project('example', 'c')\n"}, 1, "no line version:"),
    ],
)
def test_what_is_rejected_changes_nothing(
    project: Path, arguments: list[str], changed: dict[str, str], code: int, complaint: str
) -> None:
    for name, text in changed.items():
        (project / name).write_text(text, encoding="utf-8")
    before = files_of(project)
    result = run_tool("bump.py", *arguments, cwd=project)
    assert (result.returncode, result.stdout) == (code, "")
    assert result.stderr.startswith("bump: ")
    assert complaint in result.stderr
    assert result.stderr.count("\n") == 1
    assert files_of(project) == before


def test_without_a_checkout(tmp_path: Path) -> None:
    result = run_tool("bump.py", "patch", cwd=tmp_path)
    assert result.returncode == 1
    assert "meson.build" in result.stderr
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize("fails_at", [1, 2])
def test_a_file_that_cannot_be_replaced_leaves_both(
    project: Path, monkeypatch: pytest.MonkeyPatch, fails_at: int
) -> None:
    before = files_of(project)
    replaced = []

    def replace(self: Path, target: Path) -> None:
        replaced.append(target)
        if len(replaced) == fails_at:
            raise OSError("disk full")
        self.rename(target)

    monkeypatch.setattr(Path, "replace", replace)
    with pytest.raises(OSError, match="disk full"):
        bump.bump(project, "patch", datetime.date.today())
    assert len(replaced) == fails_at
    assert files_of(project) == before
    assert sorted(path.name for path in project.iterdir()) == ["CHANGES.rst", "meson.build"]


def test_the_version_of_this_project_can_be_read() -> None:
    assert bump.read_version(ROOT).prerelease is None


@pytest.mark.parametrize(
    ("version", "tag", "output"),
    [
        ("2.0.0", "v2.0.0", "prerelease=false\n"),
        ("2.1.0-rc1", "v2.1.0-rc1", "prerelease=true\n"),
        ("2.0.0", "v2.0.0-rc1", ""),
        ("2.0.0", "2.0.0", ""),
        ("2.0.0", "v2.0.1", ""),
        ("2.0.0", "main", ""),
    ],
)
def test_a_tag_is_that_of_the_version(project: Path, version: str, tag: str, output: str) -> None:
    (project / "meson.build").write_text(with_version(version)["meson.build"], encoding="utf-8")
    result = run_tool("check_tag.py", tag, cwd=project)
    assert (result.returncode == 0, result.stdout) == (output != "", output)
    assert result.stderr == ("" if output else f"check_tag: the tag is {tag}, and meson.build says {version}\n")
