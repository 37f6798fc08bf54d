"""Which file an address names, and what it has to do with others. Knows no disk.

A name is a file's path below the output folder, with slashes: "fentanyl.atom", "events/<uuid>.html".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from urllib.parse import quote, unquote_to_bytes

from feedsvc.media import ARCHIVE, FEED_TYPES, INDEX, OF_STATUS, media_type

LONGEST_PATH = 1000  # bytes: more than any of ours, and what is remembered of strangers stays small
# Neither hidden nor half written (".name.new"), no way up, no character that another system reads as a separator.
PLAIN_SEGMENT = re.compile(r"(?!\.)[^\x00-\x1f\x7f/\\]+")


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
    return rest.partition("/")[0] if f"{folder}/" == ARCHIVE else name.rpartition(".")[0]


def address(name: str, base_url: str) -> str:
    """Absolute where it is known where the folder is served, else relative to a document beside it."""
    return base_url + quote(name)
