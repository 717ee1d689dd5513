"""The log of a server, as JSON lines on a pipe."""

from __future__ import annotations

import json
import os
import select
import threading
from collections import deque
from typing import IO

from dsmtpd.errors import NotStarted

_LINES_MAX = 10_000


class ServerLog:
    """Reads the log of a server until it stops, so that the pipe is never full."""

    def __init__(self, pipe: IO[bytes]) -> None:
        """Closes the pipe when the server has stopped."""
        self._pipe = pipe
        self._rest = b""  # an incomplete line
        self._n_lines = 0
        self._lines: deque[str] = deque(maxlen=_LINES_MAX)
        self._events: dict[str, dict[str, object]] = {}  # the first of each kind
        self._has_ended = False
        self._changed = threading.Condition()
        os.set_blocking(pipe.fileno(), False)
        self._thread = threading.Thread(target=self._follow, daemon=True)
        self._thread.start()

    @property
    def n_lines(self) -> int:
        """Number of lines the server has written so far."""
        with self._changed:
            self._take()
            return self._n_lines

    def lines(self, start: int = 0) -> list[str]:
        """The lines written so far, without the first `start`; at most the last 10,000."""
        with self._changed:
            self._take()
            return list(self._lines)[max(start - self._n_lines + len(self._lines), 0) :]

    def wait_for(self, kind: str, timeout_s: float) -> dict[str, object]:
        """The first event of this kind, as in docs/log.md. Raises NotStarted if there is none."""
        with self._changed:
            if not self._changed.wait_for(lambda: kind in self._events or self._has_ended, timeout_s):
                raise NotStarted(f"dsmtpd was not ready within {timeout_s:g} s; its log:\n" + "\n".join(self._lines))
            if kind not in self._events:
                raise NotStarted("dsmtpd did not start; its log:\n" + "\n".join(self._lines))
            return self._events[kind]

    def wait_for_end(self) -> None:
        """Returns when everything is read of a server that has stopped."""
        self._thread.join()

    def _follow(self) -> None:
        poll = select.poll()
        poll.register(self._pipe, select.POLLIN)
        while not self._has_ended:
            poll.poll()
            with self._changed:
                self._take()
        self._pipe.close()

    def _take(self) -> None:
        """Reads what is in the pipe now. Needs the lock."""
        try:
            while not self._has_ended:
                octets = os.read(self._pipe.fileno(), 65536)
                *lines, self._rest = (self._rest + octets).split(b"\n")
                for line in lines:
                    self._take_line(line.decode("utf-8", "replace"))
                self._has_ended = not octets
        except BlockingIOError:
            pass
        self._changed.notify_all()

    def _take_line(self, text: str) -> None:
        try:
            event = json.loads(text)
            self._events.setdefault(event["event"], event)
            text = f"{event['level']}: {event['message']}"
        except (ValueError, TypeError, KeyError):
            pass  # such as a message of the loader: shown as it is
        self._lines.append(text)
        self._n_lines += 1
