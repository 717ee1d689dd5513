"""Cuts a release of the commit that is checked out: bump, checks, commit, tag, one atomic push, Publish.

Everything happens in a worktree of its own, and commit and tag have no name before they are pushed, both or neither.
What fails before that leaves no trace, here or at the remote. When publishing fails after it, commit and tag stay and
the exit code is 3; docs/releasing.md tells what to do then.
"""

import argparse
import datetime
import os
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bump import PARTS, Bump, bump, next_version, read_version
from changelog import wrap_bullets

EXIT_REFUSED = 1
EXIT_UNPUBLISHED = 3

CHECKS = ("make test", "make build", "make check-dist")
PUBLISH = shlex.join([sys.executable, str(Path(__file__).resolve().parent / "start_publish.py")])


class ReleaseError(Exception):
    """Why there is no release, in one line. Nothing was pushed."""


class PublishError(Exception):
    """Why a release that was pushed is not published, in one line."""


@dataclass(frozen=True)
class Release:
    """What is released, and between where."""

    checkout: Path
    start: str  # the commit it is made of
    remote: str
    branch: str


def git(directory: Path, *arguments: str) -> str:
    """What git prints; its last word is the error when it fails."""
    result = subprocess.run(["git", *arguments], cwd=directory, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        complaint = [line for line in result.stderr.splitlines() if not line.startswith("hint:")]
        raise ReleaseError(f"git {arguments[0]}: {'; '.join(complaint) or f'exit code {result.returncode}'}")
    return result.stdout.strip()


def remote_commit(release: Release, ref: str) -> str | None:
    """What a branch or tag of the remote is at; None when there is none of that name."""
    line = git(release.checkout, "ls-remote", release.remote, ref)
    return line.split()[0] if line else None


def require_unmoved(release: Release) -> None:
    at = remote_commit(release, f"refs/heads/{release.branch}")
    if at != release.start:
        where = f"is at {at[:12]}" if at else "is not there"
        raise ReleaseError(
            f"{release.branch} of {release.remote} {where}, and this release is made of {release.start[:12]}; "
            "get the newest and release again"
        )


def require_tag(release: Release, tag: str, *, there: bool) -> None:
    found = remote_commit(release, f"refs/tags/{tag}") is not None
    if found and not there:
        raise ReleaseError(f"{release.remote} has a tag {tag} already")
    if there and not found:
        raise ReleaseError(
            f"{release.remote} has no tag {tag}, so what meson.build says was never released; "
            "release that first, by hand (docs/releasing.md)"
        )


@contextmanager
def scratch_worktree(release: Release) -> Iterator[Path]:
    """A checkout of the start, for as long as it is used."""
    with tempfile.TemporaryDirectory(prefix="dsmtpd-release-", ignore_cleanup_errors=True) as folder:
        tree = Path(folder) / "tree"
        git(release.checkout, "worktree", "add", "--quiet", "--detach", str(tree), release.start)
        try:
            yield tree
        finally:
            # Whether this succeeds says nothing about the release, which may be out by now.
            remove = ["git", "worktree", "remove", "--force", str(tree)]
            subprocess.run(remove, cwd=release.checkout, stderr=subprocess.DEVNULL, check=False)


def say(text: str) -> None:
    print(f"=== {text}", flush=True)


def run_check(tree: Path, command: str) -> None:
    say(command)
    code = subprocess.run(shlex.split(command), cwd=tree, check=False).returncode
    if code != 0:
        raise ReleaseError(f"'{command}' failed with exit code {code}")


def commit(tree: Path, bumped: Bump) -> str:
    """Commits what the bump changed. The hooks are left out: they check less than what follows."""
    message = f"Release version {bumped.new}\n\n{wrap_bullets(bumped.bullets)}\n"
    git(tree, "commit", "--quiet", "--no-verify", "--all", "--message", message)
    return git(tree, "rev-parse", "HEAD")


def push(release: Release, made: str, tag: str) -> None:
    """The branch and the tag, or neither."""
    say(f"push {release.branch} and {tag} to {release.remote}")
    refs = [f"{made}:refs/heads/{release.branch}", f"{made}:refs/tags/{tag}"]
    try:
        git(release.checkout, "push", "--quiet", "--atomic", release.remote, *refs)
    except ReleaseError:
        # What was lost may be the answer, not the push.
        if remote_commit(release, f"refs/tags/{tag}") != made:
            raise


def publish(release: Release, command: str, tag: str) -> None:
    say(f"publish {tag}")
    code = subprocess.run([*shlex.split(command), tag], cwd=release.checkout, check=False).returncode
    if code != 0:
        raise PublishError(
            f"{tag} is pushed, but publishing it failed with exit code {code}: the commit and the tag stay. "
            f"Mend the cause and run Publish on {tag} again, or release the next patch"
        )


def cut(release: Release, part: str, checks: Sequence[str], publish_command: str, *, dry_run: bool) -> str:
    """Makes the release and returns its tag."""
    old = read_version(release.checkout)
    tag = f"v{next_version(old, part)}"
    require_unmoved(release)
    require_tag(release, f"v{old}", there=True)
    require_tag(release, tag, there=False)
    with scratch_worktree(release) as tree:
        bumped = bump(tree, part, datetime.date.today())
        say(f"{bumped.old} -> {bumped.new}")
        made = commit(tree, bumped)
        for command in checks:
            run_check(tree, command)
        require_unmoved(release)
        if dry_run:
            say(f"a dry run: nothing was pushed. This would be {tag}")
            print(git(tree, "show", "--no-color", made))
            return tag
        push(release, made, tag)
    publish(release, publish_command, tag)
    say(f"{tag} is released")
    return tag


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="exit codes: 0 released; 1 refused or failed, nothing was pushed; 2 wrong command line; "
        "3 pushed, but not published",
    )
    parser.add_argument("part", choices=PARTS, help="what to raise")
    parser.add_argument("--remote", default="origin", help="where to push to (default: %(default)s)")
    parser.add_argument("--branch", default="main", help="the branch to release (default: %(default)s)")
    checking = parser.add_mutually_exclusive_group()
    checking.add_argument("--check", action="append", metavar="COMMAND", help=f"in place of {', '.join(CHECKS)}")
    checking.add_argument("--no-checks", dest="check", action="store_const", const=[], help="they have passed already")
    parser.add_argument(
        "--publish", default=PUBLISH, metavar="COMMAND", help="what publishes the tag that is put behind it"
    )
    parser.add_argument("--dry-run", action="store_true", help="stop before the push, and show the commit")
    return parser.parse_args()


def main() -> int:
    arguments = parse_arguments()
    checks = CHECKS if arguments.check is None else arguments.check
    try:
        checkout = Path(git(Path.cwd(), "rev-parse", "--show-toplevel"))
        release = Release(checkout, git(checkout, "rev-parse", "HEAD"), arguments.remote, arguments.branch)
        cut(release, arguments.part, checks, arguments.publish, dry_run=arguments.dry_run)
    except (ReleaseError, ValueError, OSError) as error:
        print(f"release: {error}; nothing was pushed", file=sys.stderr)
        return EXIT_REFUSED
    except PublishError as error:
        print(f"release: {error}", file=sys.stderr)
        return EXIT_UNPUBLISHED
    return os.EX_OK


if __name__ == "__main__":
    sys.exit(main())
