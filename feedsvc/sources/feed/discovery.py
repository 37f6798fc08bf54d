"""The feeds that a web page names, for `feedsvc add` and for the operator whose address leads to a page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

from feedsvc.sources.feed.plain import one_line, resolve

READ_AT_MOST = 512 * 1024  # characters: the head of a page has far fewer
MOST_LINKS = 100
FEED_TYPES = frozenset(
    {
        *("application/rss+xml", "application/atom+xml", "application/rdf+xml", "application/feed+json"),
        *("application/x.atom+xml", "application/x-atom+xml", "text/rss+xml", "text/xml", "application/xml"),
    }
)
FEED_ADDRESS = re.compile(
    r"(?:^|[/._-])(?:rss|atom|feed|rdf)s?(?:[-_/]?\d{0,3})?(?:[./?][\w-]{0,20})?/?$", re.IGNORECASE
)
COMMENTS = re.compile(r"comment|评论|評論|留言", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class FeedLink:
    url: str  # absolute
    title: str = ""  # as the page calls it


def discover(html: str, url: str) -> tuple[FeedLink, ...]:
    """Feeds that the page at `url` names by <link rel="alternate">, those of comments last; where it names none, links
    in its text that look like feeds. Empty where it has neither.
    """
    root = _tree(html)
    if root is None:
        return ()
    base = next((resolve(tag.get("href", ""), url) for tag in root.iter("base") if tag.get("href")), url)
    found = {link.url: link for link in _declared(root, base)} or {link.url: link for link in _linked(root, base)}
    links = [link for link in found.values() if link.url.startswith(("http://", "https://"))][:MOST_LINKS]
    return tuple(sorted(links, key=lambda link: bool(COMMENTS.search(link.title + link.url))))


def _tree(html: str) -> etree._Element | None:
    parser = etree.HTMLParser(
        no_network=True, remove_comments=True, remove_pis=True, collect_ids=False, encoding="utf-8"
    )
    try:
        root: etree._Element | None = etree.fromstring(html[:READ_AT_MOST].encode("utf-8", "replace"), parser)
    except (etree.XMLSyntaxError, ValueError):
        return None
    return root


def _declared(root: etree._Element, base: str) -> Iterator[FeedLink]:
    for link in root.iter("link"):
        relations = link.get("rel", "").lower().split()
        kind = link.get("type", "").partition(";")[0].strip().lower()
        href = link.get("href", "").strip()
        is_json_feed = kind == "application/json" and "feed" in href.lower()
        named = "alternate" in relations and (kind in FEED_TYPES or is_json_feed)
        if href and (named or "feed" in relations):
            yield FeedLink(resolve(href, base), one_line(link.get("title", "")))


def _linked(root: etree._Element, base: str) -> Iterator[FeedLink]:
    for anchor in root.iter("a"):
        href = anchor.get("href", "").strip()
        if len(href) < 2000 and FEED_ADDRESS.search(href[-60:]):
            yield FeedLink(resolve(href, base), one_line("".join(map(str, anchor.itertext())))[:200])
