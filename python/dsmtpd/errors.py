"""What can go wrong, each in one line that says what, where and what to do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dsmtpd.mail import Mail

_N_SHOWN = 20


class DsmtpdError(Exception):
    """All errors of this package."""


class NoServer(DsmtpdError):
    """No server answers at this address, or not to the end."""


class NotStarted(DsmtpdError):
    """A server could not be started; the message has what it logged."""


class Refused(DsmtpdError):
    """The server answered that it cannot do that."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(f"{text} ({status})")
        #: HTTP's number for it.
        self.status = status
        #: What the server said.
        self.text = text


class BadQuery(Refused, ValueError):
    """A query that cannot be understood. The message shows where it stops to make sense."""

    def __init__(self, text: str, query: str, position: int) -> None:
        Refused.__init__(self, 400, text)
        #: The query.
        self.query = query
        #: Where in it the trouble is: an index of the string, from 0 on.
        self.position = position

    def __str__(self) -> str:
        return f"{self.text}\n    {self.query}\n    {' ' * self.position}^"


class NotFound(Refused, LookupError):
    """There is no such mail, or nothing of the kind in it."""

    def __init__(self, text: str) -> None:
        super().__init__(404, text)

    def __str__(self) -> str:
        return self.text


class NotInTime(DsmtpdError, TimeoutError):
    """The mails that were waited for did not come in time. The message tells which did."""

    def __init__(self, query: str, count: int, timeout: float, mails: Sequence[Mail], others: Sequence[Mail]) -> None:
        super().__init__()
        #: What was waited for.
        self.query = query
        #: How many were wanted.
        self.count = count
        #: How many seconds were waited.
        self.timeout = timeout
        #: Those wanted that did come, the oldest first.
        self.mails = list(mails)
        #: What else came meanwhile, the oldest first.
        self.others = list(others)

    def __str__(self) -> str:
        wanted = f"that {self.query!r} finds " if self.query else ""
        lines = [f"{len(self.mails)} of {self.count} mails {wanted}came within {self.timeout:g} s"]
        lines += _shown(self.mails)
        if self.others:
            lines[-1] += "; others that came:"
            lines += _shown(self.others)
        elif not self.mails:
            lines[-1] += "; no mail came at all"
        return "\n".join(lines)


def _shown(mails: Sequence[Mail]) -> list[str]:
    """The last of them, a line each."""
    n_hidden = max(len(mails) - _N_SHOWN, 0)
    return [*([f"    {n_hidden} more"] if n_hidden else []), *(f"    {mail}" for mail in mails[n_hidden:])]
