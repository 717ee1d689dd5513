"""Requests to the HTTP API, and its errors as exceptions. A request has a connection of its own, on any thread."""

from __future__ import annotations

import base64
import http.client
import json
import re
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Any
from urllib.parse import SplitResult, quote, unquote, urlencode, urlsplit

from dsmtpd.errors import BadQuery, NoServer, NotFound, Refused

#: Seconds without a byte from the server after which a request fails.
PATIENCE_S = 30.0

_ERROR_OCTETS_MAX = 4096
_BAD_QUERY = re.compile(r"invalid query: at (\d+): ")

Params = Mapping[str, "str | int | float | None"]


class Answer:
    """A response, which can be read like a file."""

    def __init__(
        self, response: http.client.HTTPResponse, trouble_explained: Callable[[], AbstractContextManager[None]]
    ) -> None:
        self._response = response
        self._trouble_explained = trouble_explained

    def read(self, n_octets: int = -1) -> bytes:
        """Reads at most this many bytes; with -1, all. Raises NoServer if the response is incomplete."""
        with self._trouble_explained():
            return self._response.read(None if n_octets < 0 else n_octets)


class Api:
    """The API of one server."""

    def __init__(self, url: str, context: ssl.SSLContext | None = None) -> None:
        self._url = _parse_url(url)
        self._context = context
        self._root = self._url.path.rstrip("/")
        self._headers = {"Accept": "application/json, */*", "User-Agent": "dsmtpd-python"}
        if self._url.username is not None:
            login = f"{unquote(self._url.username)}:{unquote(self._url.password or '')}"
            self._headers["Authorization"] = f"Basic {base64.b64encode(login.encode()).decode()}"

    @property
    def url(self) -> str:
        """The address of the server, without a password."""
        return f"{self._url.scheme}://{self._url.netloc.rpartition('@')[2]}{self._root}"

    @property
    def host(self) -> str:
        """Host name or address of the server."""
        return self._url.hostname or ""

    @contextmanager
    def open(
        self,
        method: str,
        path: str,
        params: Params | None = None,
        body: bytes | None = None,
        *,
        also: int = 200,
        timeout_s: float = PATIENCE_S,
    ) -> Iterator[Answer]:
        """The response, to be read inside the block. `also` is a further status that is not an error."""
        given = {name: value for name, value in (params or {}).items() if value is not None}
        target = f"{self._root}{path}" + (f"?{urlencode(given, quote_via=quote)}" if given else "")
        connection = self._connection(timeout_s)
        try:
            with self._trouble_explained():
                connection.request(method, target, body, self._headers)
                response = connection.getresponse()
            answer = Answer(response, self._trouble_explained)
            if response.status not in (200, also):
                text = answer.read(_ERROR_OCTETS_MAX).decode("utf-8", "replace").strip()
                raise _error(response.status, text, str(given.get("query", "")))
            yield answer
        finally:
            connection.close()

    def ask(self, method: str, path: str, params: Params | None = None, body: bytes | None = None) -> bytes:
        """The bytes of the response."""
        with self.open(method, path, params, body) as answer:
            return answer.read()

    def get_json(self, path: str, params: Params | None = None) -> Any:
        """The response, read as JSON."""
        return json.loads(self.ask("GET", path, params))

    def send_json(self, method: str, path: str, value: object, params: Params | None = None) -> None:
        """Sends JSON and ignores the response."""
        self.ask(method, path, params, json.dumps(value).encode())

    @contextmanager
    def _trouble_explained(self) -> Iterator[None]:
        try:
            yield
        except (OSError, http.client.HTTPException) as error:
            reason = (
                "the response was cut off" if isinstance(error, http.client.IncompleteRead) else error or repr(error)
            )
            raise NoServer(f"no dsmtpd at {self.url}: {reason}; start one, or set DSMTPD_URL to its address") from error

    def _connection(self, timeout_s: float) -> http.client.HTTPConnection:
        if self._url.scheme == "https":
            return http.client.HTTPSConnection(self.host, self._url.port, timeout=timeout_s, context=self._context)
        return http.client.HTTPConnection(self.host, self._url.port, timeout=timeout_s)


def _parse_url(url: str) -> SplitResult:
    try:
        parsed = urlsplit(url)
        is_good = parsed.scheme in ("http", "https") and parsed.hostname and parsed.port != 0
    except ValueError:
        is_good = False
    if not is_good:
        raise ValueError(f"invalid address {url!r}; it must look like http://127.0.0.1:8025")
    return parsed


def _error(status: int, text: str, query: str) -> Refused:
    bad_query = _BAD_QUERY.match(text)
    if status == 400 and bad_query:
        return BadQuery(text, query, int(bad_query[1]) - 1)
    if status == 404:
        return NotFound(text)
    return Refused(status, text)
