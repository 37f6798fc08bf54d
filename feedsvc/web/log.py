"""The access log: a line for each request, without its query, written out together with its neighbours.

Called by `watch` for each answer, and by `server` each second.
"""

from __future__ import annotations

import json
import logging
import re
import time
from functools import lru_cache
from typing import NamedTuple, TextIO

from feedsvc.logs import Form

UNPRINTABLE = re.compile(r"[^\x20-\x21\x23-\x5b\x5d-\x7e]")  # the quote and the backslash too: they end and escape
LONGEST_AGENT = 200  # characters
LONGEST_PATH = 1000

log = logging.getLogger(__name__)


class Exchange(NamedTuple):
    """A request and what became of it."""

    client: str
    method: str
    path: bytes  # as sent, without the query
    agent: str
    status: int
    size: int  # bytes of the answer's content
    seconds: float


class AccessLog:
    """Keeps lines until `flush`; keeps none without a stream."""

    def __init__(self, stream: TextIO | None, form: Form = "plain") -> None:
        self._stream = stream
        self._line = _object_of if form == "json" else _line_of
        self._lines: list[str] = []

    def note(self, done: Exchange) -> None:
        if self._stream is not None:
            self._lines.append(self._line(done, _timestamp(int(time.time()))))

    def flush(self) -> None:
        """What cannot be written is dropped: nobody's feed is late for it."""
        lines, self._lines = self._lines, []
        if not lines or self._stream is None:
            return
        try:
            self._stream.write("".join(lines))
            self._stream.flush()
        except OSError as error:
            log.warning("access log: %d lines lost: %s", len(lines), error.strerror)


def _line_of(done: Exchange, time_: str) -> str:
    """Time (UTC), client, request, status, bytes of content, milliseconds, user agent."""
    path = done.path[:LONGEST_PATH].decode("latin-1")
    return (
        f'{time_} {_plain(done.client)} "{_plain(done.method)} {_plain(path)}" '
        f'{done.status} {done.size} {done.seconds * 1000:.1f} "{_plain(done.agent[:LONGEST_AGENT])}"\n'
    )


def _object_of(done: Exchange, time_: str) -> str:
    """The same as a JSON object, beside those of `feedsvc.logs`."""
    said = {
        "time": time_,
        "level": "info",
        "logger": "feedsvc.access",
        "message": f"{done.method} {done.status}",
        "client": done.client,
        "method": done.method,
        "path": done.path[:LONGEST_PATH].decode("latin-1"),
        "status": done.status,
        "bytes": done.size,
        "ms": round(done.seconds * 1000, 1),
        "agent": done.agent[:LONGEST_AGENT],
    }
    return json.dumps(said) + "\n"


@lru_cache(maxsize=2)
def _timestamp(second: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(second))


@lru_cache(maxsize=2048)
def _plain(words: str) -> str:
    """Without a character that could command a terminal or end a quotation."""
    return UNPRINTABLE.sub("?", words)
