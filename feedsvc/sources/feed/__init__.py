"""Feeds: bytes of RSS, RDF, Atom or JSON Feed to drafts, whatever is wrong with them, or one clause that says why not.

Pure: no network, no clock, no files. Expands no entity, reads no other document, bounds size, depth and every field.
The swift reader takes what is or can be made well-formed; the careful one the rest. Called by the conductor.
"""

from __future__ import annotations

import re
from datetime import datetime

from lxml import etree

from feedsvc.model import Fault
from feedsvc.sources.feed import careful, jsonfeed, mending, prologue, swift
from feedsvc.sources.feed.discovery import FeedLink, discover
from feedsvc.sources.feed.drafts import Occasion, parsed_feed
from feedsvc.sources.feed.encoding import decode
from feedsvc.sources.feed.statement import ParsedFeed, StatedFeed, UnreadableError

__all__ = ["LARGEST_FEED", "FeedLink", "ParsedFeed", "decode", "discover", "parse_feed"]

LARGEST_FEED = 16 * 2**20  # bytes; podcasts with twenty years of episodes have 10 MiB
MOST_ELEMENTS = 500_000  # what a tree of them needs in memory is many times the bytes
FIRST_ELEMENT = re.compile(r"<(?:([\w.-]{1,40}):)?([A-Za-z_][\w.-]{0,40})")
FEED_ROOTS = frozenset({"rss", "feed", "rdf", "channel", "entry"})
JUNK_AT_MOST = 20_000  # characters that a server may have put before the feed: warnings, blank lines
PAGE = re.compile(r"<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE)
NOT_FEEDS = {
    "opml": "is an OPML list of feeds: take it in with `feedsvc import`",
    "urlset": "is a sitemap, not a feed: look for the feed's address on the site",
    "sitemapindex": "is a sitemap, not a feed: look for the feed's address on the site",
}
TOO_DEEP = f"is nested more than {swift.DEEPEST} elements deep: no honest feed is, tell the publisher"
PACKED = (b"\x1f\x8b", b"PK\x03\x04", b"BZh", b"\x28\xb5\x2f\xfd", b"\xfd7zXZ", b"%PDF", b"\x89PNG", b"\xff\xd8\xff")


def parse_feed(
    body: bytes, *, source: str, origin: str, captured: datetime, content_type: str = "", base: str = ""
) -> ParsedFeed | Fault:
    """What the feed says now.

    `origin` is its configured address, `base` the one it came from in the end, `content_type` the HTTP header (only
    its charset is believed), `captured` when it was fetched.
    """
    base = base or origin
    try:
        stated, remarks = read_statement(body, content_type, base)
    except UnreadableError as problem:
        return Fault(source, origin, str(problem))
    return parsed_feed(stated, Occasion(source, origin, captured, base), remarks)


def read_statement(body: bytes, content_type: str, base: str) -> tuple[StatedFeed, tuple[str, ...]]:
    """What the feed states, every entry as it stands, and what had to be mended. Raises UnreadableError."""
    if len(body) > LARGEST_FEED:
        raise UnreadableError(f"is larger than {LARGEST_FEED // 2**20} MiB: no feed is, correct the address")
    if _elements(body) > MOST_ELEMENTS:
        raise UnreadableError(f"has more than {MOST_ELEMENTS} elements: no feed has, correct the address")
    if body.startswith(PACKED):
        raise UnreadableError("is a packed or binary file, not a feed: correct the feed's address")
    text = decode(body, content_type)
    first = text[:1000].lstrip("\ufeff \t\r\n\x00")[:1] or text.strip("\ufeff \t\r\n\x00")[:1]
    if not first:
        raise UnreadableError("is empty: if it stays so, correct the feed's address")
    if first in "{[":
        return jsonfeed.read(text.lstrip("\ufeff \t\r\n\x00")), ()
    return _from_xml(text, base)


def _elements(body: bytes) -> int:
    """No fewer than a tree of the document has; of XML counted by its brackets alone, which is the most of the work."""
    tags = body.count(b"<")
    if body[:1] == b"<":
        return tags
    return max(tags, body.count(b"{"), body.count(b"["), body.count(b",") // 2)


def _from_xml(text: str, base: str) -> tuple[StatedFeed, tuple[str, ...]]:
    document, entities, remarks = prologue.strip(text)
    root = FIRST_ELEMENT.match(document)
    name = root[2].lower() if root else ""
    if name not in FEED_ROOTS and not mending.ROOT.search(document, 0, JUNK_AT_MOST):
        _refuse(text, name, base)
    stated, complaint = _by_swift(document, base)
    if complaint:
        document, mended = mending.mend(document, entities)
        remarks += mended
        stated, complaint = _by_swift(document, base)
    if stated is None or (not stated.entries and mending.ENTRY.search(document)):
        stated = _by_careful(document, base) or stated
    if stated is None or (complaint and not stated.entries):
        raise UnreadableError(complaint or "is XML but no feed that is known: correct the feed's address")
    return stated, (*remarks, complaint) if complaint else remarks


def _by_swift(document: str, base: str) -> tuple[StatedFeed | None, str]:
    """What it states, or why the document is not well-formed; neither where it is no feed known to this reader."""
    try:
        return swift.read(document.encode("utf-8", "replace"), base), ""
    except etree.XMLSyntaxError as error:
        if swift.is_too_deep(error):
            raise UnreadableError(TOO_DEEP) from None
        return None, f"is not well-formed XML ({' '.join(str(error.msg).split())[:120]}): the publisher must mend it"


def _by_careful(document: str, base: str) -> StatedFeed | None:
    """By the reader of broken markup; what is beyond it gives what it states before and between its errors."""
    stated = careful.read(document, base) if len(document) <= careful.LARGEST else None
    if stated is not None:
        return stated
    try:
        return swift.read(mending.without_forbidden_references(document).encode("utf-8", "replace"), base, lenient=True)
    except (etree.XMLSyntaxError, UnicodeDecodeError):
        return None


def _refuse(text: str, name: str, base: str) -> None:
    """Raises UnreadableError where the document is certainly something else than a feed."""
    if name in NOT_FEEDS:
        raise UnreadableError(NOT_FEEDS[name])
    if PAGE.search(text, 0, JUNK_AT_MOST):
        links = discover(text, base)
        if not links:
            raise UnreadableError("is a web page, not a feed, and names none: look for the feed's address on the site")
        named = ", ".join(link.url for link in links[:3])
        raise UnreadableError(f"is a web page, not a feed; set `url` to the feed that it names: {named}")
    if not name:
        raise UnreadableError("is neither XML nor JSON: correct the feed's address")
