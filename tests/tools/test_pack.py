"""What the packages are made of, without making them; tests/dist tries the packages themselves."""

import io
import subprocess
import tarfile
from pathlib import Path

import pytest
from pack.archive import normalise
from pack.debian import debian_version, fill_control, fill_copyright, print_changelog
from pack.homebrew import fill_formula
from pack.licences import linked_archives, owner
from pack.needs import Need, read_needs
from server import ROOT

COMMIT_TIME_S = 1_700_000_000
NEEDS = [Need("meson", ["meson"]), Need("pc:glib-2.0", ["glib"]), Need("cc", ["gcc", "libc6-dev"])]


def test_needs_are_the_packages_of_the_build_group(tmp_path: Path) -> None:
    table = tmp_path / "packages.txt"
    table.write_text(
        "# build: what is built with    test: clients\n"
        "# group | probe       | apt           | brew\n"
        "build   | cc          | gcc libc6-dev | -\n"
        "build   | pc:glib-2.0 | libglib2.0-dev | glib\n"
        "test    | mutt        | mutt          | mutt\n"
    )
    assert read_needs(table, "apt") == [Need("cc", ["gcc", "libc6-dev"]), Need("pc:glib-2.0", ["libglib2.0-dev"])]
    assert read_needs(table, "brew") == [Need("pc:glib-2.0", ["glib"])]


@pytest.mark.parametrize(
    ("version", "expected"), [("2.0.0", "2.0.0-1"), ("2.1.0-rc1", "2.1.0~rc1-1"), ("2.1.0-alpha.1", "2.1.0~alpha.1-1")]
)
def test_candidate_has_the_tilde_that_sorts_it_before_its_release(version: str, expected: str) -> None:
    assert debian_version(version) == expected


def test_changelog_has_one_entry_of_the_commit() -> None:
    assert print_changelog("2.1.0-rc1", "A Person <a@example.com>", COMMIT_TIME_S) == (
        "dsmtpd (2.1.0~rc1-1) unstable; urgency=medium\n\n"
        "  * Version 2.1.0-rc1. What has changed is told in changelog.gz.\n\n"
        " -- A Person <a@example.com>  Tue, 14 Nov 2023 22:13:20 +0000\n"
    )


def test_control_names_each_need() -> None:
    assert fill_control("Build-Depends:\n @BUILD_DEPENDS@,\n", NEEDS) == (
        "Build-Depends:\n meson,\n glib,\n gcc,\n libc6-dev,\n"
    )


def test_copyright_carries_the_licence() -> None:
    licence = (ROOT / "LICENSE").read_text()
    lines = fill_copyright("License: BSD-3-Clause\n@LICENSE@\n", licence).splitlines()
    assert lines[1].startswith(" Redistribution and use")
    assert " ." in lines
    assert all(line.startswith(" ") for line in lines[1:])


def test_formula_needs_libraries_always_and_tools_to_build() -> None:
    template = 'url "v@VERSION@/dsmtpd-@VERSION@.tar.xz"\nsha256 "@SHA256@"\n  # @DEPENDS@\n'
    assert fill_formula(template, "2.1.0", "00ff", NEEDS[:2]) == (
        'url "v2.1.0/dsmtpd-2.1.0.tar.xz"\nsha256 "00ff"\n  depends_on "glib"\n  depends_on "meson" => :build\n'
    )


def test_libraries_are_those_that_the_linker_took_something_from() -> None:
    link_map = (
        "Archive member included to satisfy reference by file (symbol)\n\n"
        "src/base/libbase.a(log.c.o)   src/app/libapp.a(server.c.o) (log_new)\n"
        "/usr/lib/gcc/x86_64-linux-gnu/12/../../../x86_64-linux-gnu/libz.a(inflate.o)\n"
        "                              src/http/libhttp.a(body.c.o) (inflate)\n"
        "/usr/lib/libm-2.36.a(s_sin.o) src/base/libbase.a(log.c.o) (sin)\n"
        "LOAD /usr/lib/x86_64-linux-gnu/libgif.a\n"
    )
    assert linked_archives(link_map) == {
        "/usr/lib/gcc/x86_64-linux-gnu/12/../../../x86_64-linux-gnu/libz.a",
        "/usr/lib/libm-2.36.a",
    }


def test_owner_is_the_package_without_its_architecture() -> None:
    assert owner("zlib1g-dev:amd64: /usr/lib/libz.a\nzlib1g-dev:i386: /usr/lib/libz.a\n") == "zlib1g-dev"


def make_tar(path: Path, *, mode: int, mtime_s: int, names: list[str]) -> Path:
    """A tar.xz with a directory and files, as different people would make it."""
    directory = path.with_suffix("")
    (directory / "thing").mkdir(parents=True)
    with tarfile.open(path, "w:xz") as archive:
        for name in names:
            file = directory / "thing" / name
            file.write_text(name)
            file.chmod(mode | (0o100 if name == "script" else 0))
        for file in [directory / "thing", *(directory / "thing" / name for name in names)]:
            member = archive.gettarinfo(file, str(file.relative_to(directory)))
            member.mtime, member.uid, member.uname = mtime_s, mtime_s, f"user{mtime_s}"
            archive.addfile(member, file.open("rb") if file.is_file() else None)
    return path


def test_archive_does_not_say_who_made_it_and_when(tmp_path: Path) -> None:
    one = make_tar(tmp_path / "one.tar", mode=0o600, mtime_s=1, names=["script", "text"])
    other = make_tar(tmp_path / "other.tar", mode=0o664, mtime_s=2, names=["text", "script"])
    for made in (one, other):
        normalise(made, made.with_suffix(".xz"), COMMIT_TIME_S)
    assert one.with_suffix(".xz").read_bytes() == other.with_suffix(".xz").read_bytes()
    with tarfile.open(one.with_suffix(".xz")) as archive:
        assert [(member.name, member.mode) for member in archive] == [
            ("thing", 0o755),
            ("thing/script", 0o755),
            ("thing/text", 0o644),
        ]
        assert {member.mtime for member in archive} == {COMMIT_TIME_S}


def test_archives_leave_the_pictures_of_the_page_out() -> None:
    if not (ROOT / ".git").exists():
        pytest.skip("not a checkout")
    command = ["git", "archive", "--worktree-attributes", "HEAD", "docs"]
    made = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=60)
    with tarfile.open(fileobj=io.BytesIO(made.stdout)) as archive:
        names = archive.getnames()
    assert "docs/page.md" in names
    assert [name for name in names if name.startswith("docs/page/")] == []
