"""Recognises the plain request that nearly every reader sends: one GET or HEAD, whole, alone, without content.

Whatever is not surely that is None, and left to a complete HTTP server. Knows neither network nor disk.
"""

from __future__ import annotations

from typing import NamedTuple

import httptools

LONGEST = 8192  # bytes of a whole request
# What concerns the connection or the content, or tells on whose behalf a proxy asks: not for a shortcut.
NOT_PLAIN = frozenset(
    {
        "content-length",
        "expect",
        "forwarded",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "x-forwarded-for",
        "x-forwarded-proto",
    }
)


class PlainRequest(NamedTuple):
    method: str  # "GET" or "HEAD"
    path: bytes  # as sent, without the query
    fields: dict[str, str]  # values by lower-case name


def plain_request(data: bytes) -> PlainRequest | None:
    if len(data) > LONGEST or not data.endswith(b"\r\n\r\n"):
        return None
    seen = _Seen()
    parser = httptools.HttpRequestParser(seen)
    try:
        parser.feed_data(data)
    except (httptools.HttpParserError, httptools.HttpParserUpgrade):
        return None
    method = parser.get_method()
    alone = seen.begun == seen.complete == 1
    if not alone or method not in (b"GET", b"HEAD") or parser.get_http_version() != "1.1":
        return None
    fields = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in seen.fields}
    once = len(fields) == len(seen.fields)
    kept = fields.get("connection", "keep-alive").lower() == "keep-alive"
    if not (once and kept) or not NOT_PLAIN.isdisjoint(fields) or b"#" in seen.url:
        return None
    return PlainRequest(method.decode(), seen.url.partition(b"?")[0], fields)


class _Seen:
    """What httptools tells; the names are its own."""

    __slots__ = ("begun", "complete", "fields", "url")

    def __init__(self) -> None:
        self.url = b""
        self.fields: list[tuple[bytes, bytes]] = []
        self.begun = self.complete = 0

    def on_message_begin(self) -> None:
        self.begun += 1

    def on_url(self, url: bytes) -> None:
        self.url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self.fields.append((name, value))

    def on_message_complete(self) -> None:
        self.complete += 1
