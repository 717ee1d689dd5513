"""Small disks for tests that fill one up or cut its power. They need root, and loop devices for the latter."""

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from programs import require_program

DISK_BYTES = 256 * 1024 * 1024
SETTLE_S = 0.01
SNAPSHOT_TRIES = 1000

# Fields of /sys/block/*/stat (the kernel's Documentation/block/stat.rst).
WRITES_DONE, IN_FLIGHT = 4, 8


def require_root() -> None:
    if os.geteuid() != 0:
        pytest.skip("mounting a file system needs root")


def _run(*arguments: str) -> str:
    result = subprocess.run(
        [require_program(arguments[0]), *arguments[1:]], capture_output=True, text=True, check=False, timeout=60
    )
    assert result.returncode == 0, f"{' '.join(arguments)}: {result.stderr}"
    return result.stdout.strip()


@contextmanager
def _mounted(*arguments: str, at: Path) -> Iterator[Path]:
    at.mkdir(exist_ok=True)
    try:
        _run("mount", *arguments, str(at))
    except AssertionError as error:
        pytest.skip(f"cannot mount here: {error}")
    try:
        yield at
    finally:
        _run("umount", "--lazy", str(at))


@contextmanager
def small_memory_disk(at: Path, options: str) -> Iterator[Path]:
    """A tmpfs with such options, for as long as it is used."""
    require_root()
    with _mounted("-t", "tmpfs", "-o", options, "dsmtpd-test", at=at):
        yield at


@contextmanager
def read_only_view(directory: Path, at: Path) -> Iterator[Path]:
    """The directory once more, where nothing can be written, whatever becomes of it."""
    require_root()
    with _mounted("--bind", "-o", "ro", str(directory), at=at):
        yield at


class Disk:
    """An ext4 file system in a file, on a loop device."""

    def __init__(self, image: Path, at: Path) -> None:
        self.image = image
        self.at = at
        self._device = ""

    @classmethod
    def make(cls, image: Path, at: Path, n_bytes: int = DISK_BYTES) -> "Disk":
        require_root()
        with image.open("wb") as file:
            file.truncate(n_bytes)
        # All that mkfs could leave for later is done now, or it would be written while the tests look.
        _run("mkfs.ext4", "-q", "-E", "lazy_itable_init=0,lazy_journal_init=0", str(image))
        return cls(image, at)

    @contextmanager
    def mounted(self) -> Iterator[Path]:
        try:
            self._device = _run("losetup", "--find", "--show", str(self.image))
        except AssertionError as error:
            pytest.skip(f"there are no loop devices: {error}")
        try:
            with _mounted(self._device, at=self.at):
                yield self.at
        finally:
            _run("losetup", "--detach", self._device)

    def _written(self) -> tuple[int, int]:
        fields = Path("/sys/block", Path(self._device).name, "stat").read_text().split()
        return int(fields[WRITES_DONE]), int(fields[IN_FLIGHT])

    def copy_as_it_is(self, image: Path, at: Path) -> "Disk":
        """What would be left if the power failed now: what was written to the device, without the system's cache.

        A copy is of one moment only if nothing was written while it was made; else it is made again. So whoever uses
        the disk has to be stopped meanwhile.

        The copy is a new file, never an old one overwritten. A copy that was made before under this name may still be
        mounted: unmounting is lazy, and a test that runs at the same time in a mount namespace of its own holds every
        mount there was. Its kernel goes on writing to that file, after which reading the new copy in the same file
        failed with "Structure needs cleaning". What the copy shows of this disk is the same in either case.
        """
        for _ in range(SNAPSHOT_TRIES):
            before = self._written()
            _run("cp", "--sparse=always", "--remove-destination", str(self.image), str(image))
            if before == self._written() and before[1] == 0:
                return Disk(image, at)
            time.sleep(SETTLE_S)
        raise AssertionError("the disk does not come to rest")
