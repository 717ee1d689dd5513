"""Folders for the runs, placed so that one run does not slow the next one down."""

from __future__ import annotations

import fcntl
import os
import shutil
import struct
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# linux/fs.h; the bit is `chattr +T`.
FS_IOC_GETFLAGS = 0x80086601
FS_IOC_SETFLAGS = 0x40086602
FS_TOPDIR_FL = 0x00020000


class Workplace:
    """A folder that has one new folder for each run, and goes away with them.

    For minutes, ext4 without a journal does not use an inode again that was deleted, and looks at each such inode
    before it finds one for a new file: after ten thousand deletions a new file costs several times as much. So the
    folders stay until the end, and ext4 is told to spread them over the disk, for there was perhaps a bench before.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def new_folder(self) -> Path:
        """An empty folder that no run has had before; what earlier runs left to be written is written first."""
        folder = Path(tempfile.mkdtemp(dir=self._folder))
        folder.chmod(0o755)  # smtp-sink is another user
        os.sync()
        return folder

    def new_maildir(self) -> Path:
        """An empty Maildir in a folder of its own."""
        maildir = self.new_folder() / "maildir"
        for name in ("tmp", "new", "cur"):
            (maildir / name).mkdir(parents=True)
        return maildir


@contextmanager
def workplace(parent: Path) -> Iterator[Workplace]:
    """A new one inside `with`."""
    folder = Path(tempfile.mkdtemp(prefix="run-", dir=parent))
    folder.chmod(0o755)
    _spread(folder)
    try:
        yield Workplace(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _spread(folder: Path) -> None:
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        (flags,) = struct.unpack("l", fcntl.ioctl(fd, FS_IOC_GETFLAGS, bytes(struct.calcsize("l"))))
        fcntl.ioctl(fd, FS_IOC_SETFLAGS, struct.pack("l", flags | FS_TOPDIR_FL))
    except OSError:
        pass  # no ext4, no need
    finally:
        os.close(fd)
