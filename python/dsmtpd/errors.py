"""Exceptions. Each message says what is wrong and what to do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dsmtpd.mail import Mail

_N_SHOWN = 20


class DsmtpdError(Exception):
    """Base class of all errors of this package."""


class NoServer(DsmtpdError):
    """No server answers at this address, or its response is incomplete."""


class NotStarted(DsmtpdError):
    """A server could not be started; the message contains its log."""


class Refused(DsmtpdError):
    """The server rejected the request."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(f"{text} ({status})")
        #: HTTP status.
        self.status = status
        #: What the server said.
        self.text = text


class BadQuery(Refused, ValueError):
    """An invalid query. The message shows where."""

    def __init__(self, text: str, query: str, position: int) -> None:
        Refused.__init__(self, 400, text)
        #: The query.
        self.query = query
        #: Index in the query at which it is invalid.
        self.position = position

    def __str__(self) -> str:
        return f"{self.text}\n    {self.query}\n    {' ' * self.position}^"


class NotFound(Refused, LookupError):
    """No such message, or it has nothing of this kind."""

    def __init__(self, text: str) -> None:
        super().__init__(404, text)

    def __str__(self) -> str:
        return self.text


class NotInTime(DsmtpdError, TimeoutError):
    """The expected messages did not arrive in time. The text lists what did arrive."""

    def __init__(self, query: str, count: int, timeout: float, mails: Sequence[Mail], others: Sequence[Mail]) -> None:
        super().__init__()
        #: The query.
        self.query = query
        #: Number of messages expected.
        self.count = count
        #: Timeout in seconds.
        self.timeout = timeout
        #: Messages that match and did arrive, oldest first.
        self.mails = list(mails)
        #: Other messages that arrived, oldest first.
        self.others = list(others)

    def __str__(self) -> str:
        wanted = f"for {self.query!r} " if self.query else ""
        lines = [f"{len(self.mails)} of {self.count} messages {wanted}arrived within {self.timeout:g} s"]
        lines += _shown(self.mails)
        if self.others:
            lines[-1] += "; others that arrived:"
            lines += _shown(self.others)
        elif not self.mails:
            lines[-1] += "; no message arrived at all"
        return "\n".join(lines)


def _shown(mails: Sequence[Mail]) -> list[str]:
    """The newest of them, one line each."""
    n_hidden = max(len(mails) - _N_SHOWN, 0)
    return [*([f"    {n_hidden} more"] if n_hidden else []), *(f"    {mail}" for mail in mails[n_hidden:])]
