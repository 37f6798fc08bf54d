"""One request, one reply, within a time that holds whatever the server does: hangs, drips, talks without end.

Follows no redirect, decompresses nothing, reads no more than the limit. What a reply says is not its business.
Called by `asking`.
"""

from __future__ import annotations

import queue
import threading
from dataclasses import dataclass

import httpx

from feedsvc import __version__, text

LARGEST_REPLY = 64 * 1024  # bytes; an answer has a few hundred
LONGEST_REASON = 160  # characters of what the system says of a failed connection


class NoReplyError(Exception):
    """No reply came; says why in one clause. `final`: another try would not fare better."""

    def __init__(self, said: str, *, final: bool) -> None:
        super().__init__(said)
        self.final = final


class TimeUpError(NoReplyError):
    """The time given was over before the reply was whole."""

    def __init__(self) -> None:
        super().__init__("did not reply in time", final=True)


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    retry_after: str  # as sent; empty where it was not
    body: bytes


class Exchange:
    """Keeps one connection alive between requests. Not for several threads at a time."""

    def __init__(self, url: str, key: str) -> None:
        self._url = url
        self._headers = {"User-Agent": f"feedsvc/{__version__}", "Accept-Encoding": "identity"}
        if key:
            self._headers["Authorization"] = f"Bearer {key}"
        self._client: httpx.Client | None = None

    def close(self) -> None:
        """Also ends the thread of a request that was given up: it finds its connection closed."""
        if self._client:
            self._client.close()
        self._client = None

    def _open(self) -> httpx.Client:
        """Made when it is first needed: it takes a moment, and most updates have nothing to ask."""
        try:
            self._client = self._client or httpx.Client(headers=self._headers, follow_redirects=False)
        except Exception as error:  # the environment may name proxies and certificates that cannot be used
            raise _told(error) from error
        return self._client

    def post(self, data: object, seconds: float) -> Reply:
        """Send `data` as JSON. Raises NoReplyError, TimeUpError after so many seconds at the latest."""
        # A client's own timeouts hold between two bytes, and looking up a name has none at all. So the request runs in
        # a thread that can be given up, and that keeps no process from ending.
        outcome: queue.SimpleQueue[Reply | Exception] = queue.SimpleQueue()
        client = self._open()

        def work() -> None:
            try:
                outcome.put(_send(client, self._url, data, seconds))
            except Exception as error:
                outcome.put(error)

        threading.Thread(target=work, name="judge", daemon=True).start()
        try:
            reply = outcome.get(timeout=seconds)
        except queue.Empty:
            raise TimeUpError from None
        if isinstance(reply, Exception):
            raise _told(reply) from reply
        return reply


def _send(client: httpx.Client, url: str, data: object, seconds: float) -> Reply:
    with client.stream("POST", url, json=data, timeout=seconds) as response:
        body = b""
        for chunk in response.iter_raw():
            body += chunk
            if len(body) > LARGEST_REPLY:
                raise NoReplyError(f"sent more than {LARGEST_REPLY // 1024} KiB", final=False)
        return Reply(response.status_code, response.headers.get("Retry-After", ""), body)


def _told(error: Exception) -> NoReplyError:
    """The clause for an error. Nothing of it that the server may have worded is repeated."""
    if isinstance(error, NoReplyError):
        return error
    if isinstance(error, httpx.TimeoutException):
        return TimeUpError()
    if isinstance(error, httpx.ConnectError):
        return NoReplyError(f"cannot be reached ({text.squeeze(str(error))[:LONGEST_REASON]})", final=True)
    # Among these a connection that the server closed just when it was used again: the next one may do.
    if isinstance(error, httpx.TransportError):
        return NoReplyError(f"broke off the connection ({type(error).__name__})", final=False)
    return NoReplyError(f"cannot be asked ({type(error).__name__})", final=True)
