"""Clients that send messages which prove themselves whole, and the account of which were acknowledged."""

from __future__ import annotations

import base64
import hashlib
import itertools
import random
import re
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

from hostile_support import split_stored
from server import PATIENCE_S
from smtp_wire import SmtpWire

KIB = 1024

# Messages over 64 KiB take another way to the disk than small ones.
SIZES = [500, 4 * KIB, 1 * KIB, 100 * KIB, 2 * KIB, 30 * KIB, 500, 63 * KIB, 1 * KIB, 700 * KIB]

_NAME = re.compile(rb"X-Load: (\S+)\n")
_FILLING = base64.encodebytes(random.Random(0).randbytes(max(SIZES))).replace(b"\n", b"\r\n")


class Account:
    """What was sent and what became of it, over any number of rounds. Shared by threads."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._names = itertools.count()
        self.digests: dict[str, str] = {}
        self.acknowledged: set[str] = set()
        self.rejected: set[str] = set()
        self.removed: set[str] = set()

    def new_mail(self, size: int) -> tuple[str, bytes]:
        """A message like no other, as it is sent."""
        with self._changed:
            name = f"mail-{next(self._names)}"
            start = random.Random(name).randrange(len(_FILLING) - size + 1)
            body = _FILLING[start : start + size].replace(b"\r", b"").replace(b"\n", b"\r\n")
            content = b"Subject: load\r\nX-Load: " + name.encode() + b"\r\n\r\n" + body + b"\r\n"
            self.digests[name] = hashlib.sha256(content.replace(b"\r\n", b"\n")).hexdigest()
            return name, content

    def note(self, name: str, code: int) -> None:
        """What the server said to it."""
        with self._changed:
            (self.acknowledged if code == 250 else self.rejected).add(name)
            self._changed.notify_all()

    def wait_for_more(self, n_messages: int) -> None:
        """Waits until so many more are acknowledged."""
        with self._changed:
            goal = len(self.acknowledged) + n_messages
            assert self._changed.wait_for(lambda: len(self.acknowledged) >= goal, PATIENCE_S), "the load stands still"

    def known(self) -> frozenset[str]:
        """Those acknowledged by now."""
        with self._changed:
            return frozenset(self.acknowledged)

    def read_whole(self, path: Path) -> str:
        """The name of a stored message, which has to be just what was sent."""
        _, mail = split_stored(path.read_bytes())
        match = _NAME.search(mail)
        assert match, f"{path} is no whole mail"
        name = match[1].decode()
        assert hashlib.sha256(mail).hexdigest() == self.digests[name], f"{path} is not what was sent as {name}"
        return name

    def check(self, maildir: Path, acknowledged: frozenset[str] | None = None) -> Counter[str]:
        """Holds a Maildir to having each acknowledged mail, whole and once, and no part of any other. What was removed
        stays away. Returns what is there."""
        found = Counter(
            self.read_whole(path) for directory in ("new", "cur") for path in (maildir / directory).iterdir()
        )
        assert {name: n for name, n in found.items() if n > 1} == {}, "stored more than once"
        assert (self.known() if acknowledged is None else acknowledged) - self.removed - found.keys() == set(), "lost"
        assert self.removed & found.keys() == set(), "came back after it was deleted"
        assert self.rejected & found.keys() == set(), "stored although it was refused"
        return found


class Load:
    """Clients that send for as long as the server lives."""

    def __init__(self, port: int, account: Account, *, n_clients: int = 4, sizes: list[int] = SIZES) -> None:
        self._port = port
        self._account = account
        self._sizes = sizes
        self._ending = threading.Event()
        self._clients = [threading.Thread(target=self._send, args=(n,), daemon=True) for n in range(n_clients)]

    def __enter__(self) -> Load:
        for client in self._clients:
            client.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.end()

    def end(self) -> None:
        """Lets each client end its mail, unless the server has gone."""
        self._ending.set()
        for client in self._clients:
            client.join(PATIENCE_S)
            assert not client.is_alive(), "a client waits for an answer that does not come"

    def _send(self, n_client: int) -> None:
        sizes = self._sizes[n_client % len(self._sizes) :] + self._sizes[: n_client % len(self._sizes)]
        try:
            with SmtpWire.connect(self._port) as wire:
                wire.send(b"EHLO load.example.com\r\n")
                self._expect(wire, 220, 250)
                for size in itertools.cycle(sizes):
                    if self._ending.is_set():
                        return
                    self._send_mail(wire, size)
        except OSError:
            return  # the server was killed, which is what these tests are about

    @staticmethod
    def _expect(wire: SmtpWire, *codes: int) -> None:
        for code in codes:
            if (reply := wire.read_reply()).code == 421:
                raise ConnectionError("the server is stopping")
            assert reply.code == code, reply

    def _send_mail(self, wire: SmtpWire, size: int) -> None:
        name, content = self._account.new_mail(size)
        wire.send(b"MAIL FROM:<load@example.com>\r\nRCPT TO:<r@example.com>\r\nDATA\r\n")
        self._expect(wire, 250, 250, 354)
        wire.send(content + b".\r\n")
        self._account.note(name, wire.read_reply().code)


class MailProgram:
    """Reads messages while they come: files some in cur/ with flags, deletes others, leaves the rest in new/."""

    def __init__(self, maildir: Path, account: Account, *, deletes: bool) -> None:
        self._maildir = maildir
        self._account = account
        self._deletes = deletes

    def look(self) -> None:
        """Goes once through what is in new/."""
        for n, path in enumerate(sorted((self._maildir / "new").iterdir())):
            name = self._account.read_whole(path)
            if n % 3 == 0:
                path.rename(self._maildir / "cur" / f"{path.name}:2,FS")
            elif n % 3 == 1 and self._deletes:
                path.unlink()
                self._account.removed.add(name)

    def names_in_cur(self) -> Iterator[str]:
        for path in (self._maildir / "cur").iterdir():
            if path.name.endswith(":2,FS"):
                yield self._account.read_whole(path)
