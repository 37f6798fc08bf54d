"""What a published file is, told from its name: its media type, and what kind of thing it is.

A name is a file's path below the output, with slashes: "fentanyl.atom", "events/<uuid>.html". Called by those who serve
the output, and by `storage` for what is served without us.
"""

from __future__ import annotations

import re
from enum import Enum

FEED_TYPES = {
    "atom": "application/atom+xml; charset=utf-8",
    "rss": "application/rss+xml; charset=utf-8",
    "json": "application/feed+json",  # JSON is UTF-8 and its types have no charset (RFC 8259 section 11)
}
PAGE_TYPE = "text/html; charset=utf-8"
TYPES = {
    **FEED_TYPES,
    "html": PAGE_TYPE,
    "opml": "text/x-opml; charset=utf-8",
    "xml": "application/xml; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "txt": "text/plain; charset=utf-8",
    "svg": "image/svg+xml",
    "png": "image/png",
    "jpg": "image/jpeg",
    "webp": "image/webp",
    "avif": "image/avif",
    "gif": "image/gif",
    "ico": "image/x-icon",
    "woff2": "font/woff2",
}
STATUS = "status.json"
OF_STATUS = (STATUS, "status.html", "status.atom")  # for operators: no feed of the site
UNKNOWN_TYPE = "application/octet-stream"
INDEX = "index.html"
EVENTS, EMBED, ARCHIVE = "events/", "embed/", "archive/"
PACKED_ALREADY = re.compile(r"image/(?!svg)|font/|application/octet-stream")


class Kind(Enum):
    FEED = "feed"  # what programs of other sites may read: feeds, the list of feeds
    EMBED = "embed"  # what pages of other sites show
    EVENT = "event"
    PAGE = "page"
    OTHER = "other"


def media_type(name: str) -> str:
    return "application/json" if name == STATUS else TYPES.get(suffix(name), UNKNOWN_TYPE)


def suffix(name: str) -> str:
    return name.rpartition("/")[2].rpartition(".")[2].lower()


def worth_packing(name: str) -> bool:
    return not PACKED_ALREADY.match(media_type(name))


def kind(name: str) -> Kind:
    if name.startswith(EMBED):
        return Kind.EMBED
    if suffix(name) in (*FEED_TYPES, "opml") and name not in OF_STATUS:
        return Kind.FEED
    if suffix(name) != "html":
        return Kind.OTHER
    return Kind.EVENT if name.startswith(EVENTS) else Kind.PAGE
