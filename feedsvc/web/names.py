"""Which file an address names, what that file is, and to whom it may be shown. Knows no disk.

A name is a file's path below the output folder, with slashes: "fentanyl.atom", "events/<uuid>.html".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import Enum
from functools import lru_cache
from urllib.parse import quote, unquote_to_bytes

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
EVENTS, EMBED, ARCHIVE = "events/", "embed/", "archive"
LONGEST_PATH = 1000  # bytes: more than any of ours, and what is remembered of strangers stays small
PACKED_ALREADY = re.compile(r"image/(?!svg)|font/|application/octet-stream")
# Neither hidden nor half written (".name.new"), no way up, no character that another system reads as a separator.
PLAIN_SEGMENT = re.compile(r"(?!\.)[^\x00-\x1f\x7f/\\]+")


class Kind(Enum):
    FEED = "feed"  # what programs of other sites may read: feeds, the list of feeds
    EMBED = "embed"  # what pages of other sites show
    EVENT = "event"
    PAGE = "page"
    OTHER = "other"


def name_of(raw_path: bytes) -> str | None:
    """The name that a request's path means; None where it can mean none.

    Each segment is decoded by itself, once, and must be plain: "%2e%2e", "%2f", "%5c" and "%00" lead nowhere.
    """
    return _name_of(raw_path) if len(raw_path) <= LONGEST_PATH else None


@lru_cache(maxsize=4096)
def _name_of(raw_path: bytes) -> str | None:
    if not raw_path.startswith(b"/"):
        return None
    try:
        segments = [unquote_to_bytes(segment).decode() for segment in raw_path[1:].split(b"/")]
    except UnicodeDecodeError:
        return None
    segments[-1] = segments[-1] or INDEX
    return "/".join(segments) if all(map(PLAIN_SEGMENT.fullmatch, segments)) else None


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


@lru_cache(maxsize=4096)
def formats(name: str) -> Mapping[str, str]:
    """Names and media types of all documents of the feed that this one is of; none where it is of no feed."""
    stem, _, ending = name.rpartition(".")
    if ending not in (*FEED_TYPES, "html") or "/" in name or name in (INDEX, *OF_STATUS):
        return {}
    return {f"{stem}.{each}": media_type(f"{stem}.{each}").partition(";")[0] for each in (*FEED_TYPES, "html")}


def slug(name: str) -> str:
    """Of the feed that a document is of, be it a page of its archive; of any other file it says nothing."""
    folder, _, rest = name.partition("/")
    return rest.partition("/")[0] if folder == ARCHIVE else name.rpartition(".")[0]


def address(name: str, base_url: str) -> str:
    """Absolute where it is known where the folder is served, else relative to a document beside it."""
    return base_url + quote(name)
