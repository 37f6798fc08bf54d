"""The access log: a line for each request, without its query, written out together with its neighbours.

Called by `watch` for each answer, and by `server` each second.
"""

from __future__ import annotations

import logging
import re
import time
from functools import lru_cache
from typing import NamedTuple, TextIO

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

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream
        self._lines: list[str] = []

    def note(self, done: Exchange) -> None:
        """Time (UTC), client, request, status, bytes of content, milliseconds, user agent."""
        if self._stream is None:
            return
        path = done.path[:LONGEST_PATH].decode("latin-1")
        self._lines.append(
            f'{_timestamp(int(time.time()))} {_plain(done.client)} "{_plain(done.method)} {_plain(path)}" '
            f'{done.status} {done.size} {done.seconds * 1000:.1f} "{_plain(done.agent[:LONGEST_AGENT])}"\n'
        )

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


@lru_cache(maxsize=2)
def _timestamp(second: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(second))


@lru_cache(maxsize=2048)
def _plain(words: str) -> str:
    """Without a character that could command a terminal or end a quotation."""
    return UNPRINTABLE.sub("?", words)
