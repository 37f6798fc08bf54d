"""What operators and monitors read: output/status.json. Only facts that stay the same while nothing happens."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from feedsvc.model import SourceStatus, TopicFeed

from .characters import legible, presentable
from .jsonfeed import dump
from .phrases import rfc3339

ADDRESS = re.compile(r"https?://[^\s,;()<>\"`]+")


def render_status(feeds: Sequence[TopicFeed], sources: Sequence[SourceStatus]) -> bytes:
    """UTF-8 JSON: the feeds and the sources in the given order; times RFC 3339 UTC, null where there is none."""
    return dump(
        {
            "feeds": [_feed(feed) for feed in map(presentable, feeds)],
            "sources": [_source(source) for source in map(legible, sources)],
        },
        keep=("feeds", "sources"),
    )


def _source(source: SourceStatus) -> dict[str, Any]:
    return {
        "id": source.id,
        "name": source.name,
        "enabled": source.enabled,
        "articles": source.articles,
        "newest": rfc3339(source.newest) if source.newest else None,
        "outcome": _told(source.outcome) or None,
        "faults": [{"origin": _public(fault.origin), "problem": _told(fault.problem)} for fault in source.faults],
        "remarks": [_told(remark) for remark in source.remarks],
    }


def _told(words: str) -> str:
    """The words with every address in them made public."""
    return ADDRESS.sub(lambda found: _public(found[0]), words)


def _public(origin: str) -> str:
    """The origin without what may be secret: the output folder is open to all, and a query may hold a token."""
    if "://" not in origin:
        return origin
    try:
        parts = urlsplit(origin)
    except ValueError:  # brackets that are no IPv6 address
        return "an address that is none"
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def _feed(feed: TopicFeed) -> dict[str, Any]:
    return {
        "slug": feed.slug,
        "title": feed.title,
        "language": feed.language,
        "entries": len(feed.entries),
        "updated": rfc3339(feed.updated) if feed.entries else None,
    }
