"""Subscription lists (OPML 1.0 and 2.0) to the feeds that they name, folders flattened, whatever is wrong with them.

Pure: no network, no files. Expands no entity, bounds size and depth; tolerant of what feed readers really export.
Called by `subscriptions`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from lxml import etree

from feedsvc import text
from feedsvc.sources.feed import decode, mending, prologue
from feedsvc.sources.feed.statement import UnreadableError

__all__ = ["LARGEST_LIST", "FeedList", "ListedFeed", "UnreadableError", "parse_opml"]

LARGEST_LIST = 8 * 2**20  # bytes; a thousand feeds take a quarter of one MiB
MOST_ELEMENTS = 100_000
DEEPEST = 100  # folders in folders; feed readers allow one or two
LONGEST_ADDRESS = 2_000  # characters
LONGEST_TITLE = 200  # characters
BEFORE_A_SCHEME = re.compile(r"^feed:(?://)?(?=https?://)", re.IGNORECASE)
FEED_SCHEME = re.compile(r"^feed:(?=//)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ListedFeed:
    url: str  # http or https, in printable ASCII
    title: str  # plain text on one line; may be empty
    home: str  # address of the site's page; may be empty


@dataclass(frozen=True, slots=True)
class FeedList:
    feeds: tuple[ListedFeed, ...]  # in the order of the document, repetitions too
    unusable: tuple[str, ...]  # what stood in place of a feed's address


def parse_opml(body: bytes) -> FeedList:
    """The feeds of a list. Raises UnreadableError where it is none, or an attack."""
    if len(body) > LARGEST_LIST:
        raise UnreadableError(f"is larger than {LARGEST_LIST // 2**20} MiB: no list of feeds is")
    if body.count(b"<") > MOST_ELEMENTS:
        raise UnreadableError(f"has more than {MOST_ELEMENTS} elements: no list of feeds has")
    feeds: list[ListedFeed] = []
    unusable: list[str] = []
    for attributes in _outlines(_tree(decode(body))):
        if not (written := attributes.get("xmlurl", "").strip()):
            continue  # a folder, or a note
        title = text.squeeze(attributes.get("title", "")) or text.squeeze(attributes.get("text", ""))
        if url := _address(written):
            feeds.append(ListedFeed(url, title[:LONGEST_TITLE], _address(attributes.get("htmlurl", ""))))
        else:
            unusable.append(text.squeeze(written)[:LONGEST_TITLE])
    return FeedList(tuple(feeds), tuple(unusable))


def _tree(document: str) -> etree._Element:
    """Raises UnreadableError."""
    document, entities, _ = prologue.strip(document)
    if not document.strip():
        raise UnreadableError("is empty: export the list once more")
    try:
        root = _parsed(document)
    except etree.XMLSyntaxError:
        try:
            root = _parsed(mending.mend(document, entities)[0])
        except etree.XMLSyntaxError as error:
            said = " ".join(str(error.msg).split())[:120]
            raise UnreadableError(f"is not well-formed XML ({said}): export the list once more") from None
    if _name(root) != "opml":
        raise UnreadableError("is no OPML list of feeds; to add a single feed, `feedsvc add URL`")
    return root


def _parsed(document: str) -> etree._Element:
    parser = etree.XMLParser(
        resolve_entities=False, load_dtd=False, no_network=True, huge_tree=False, remove_comments=True, remove_pis=True
    )
    root: etree._Element = etree.fromstring(document.encode("utf-8", "replace"), parser)
    return root


def _outlines(root: etree._Element) -> Iterator[Mapping[str, str]]:
    """Attributes of each outline, with names in lower case: programs write xmlUrl, xmlURL and xmlurl."""
    depth = 0
    for event, element in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        if depth > DEEPEST:
            raise UnreadableError(f"is nested more than {DEEPEST} elements deep: no list of feeds is")
        if event == "start" and _name(element) == "outline":
            yield {str(name).lower(): str(value) for name, value in element.attrib.items()}


def _name(element: etree._Element) -> str:
    return str(element.tag).rpartition("}")[2].lower()


def _address(written: str) -> str:
    """As http(s), fit for a configuration; empty if it is no such address."""
    written = FEED_SCHEME.sub("http:", BEFORE_A_SCHEME.sub("", text.squeeze(written)))
    url = text.link_url(written.replace(" ", "%20"))
    return url if len(url) <= LONGEST_ADDRESS and text.canonical_url(url) else ""
