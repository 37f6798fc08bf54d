"""Names of the published documents, their media types, and the ids that do not depend on where they are published."""

from __future__ import annotations

import uuid
from urllib.parse import quote, urlsplit

from feedsvc.model import TopicFeed

# Namespace of feed ids: any fixed UUID will do, and it must never change.
FEED_NAMESPACE = uuid.UUID("d2a1f1f4-7c35-5b0c-8f5e-2f8f0a6b9e57")
MEDIA_TYPES = {
    "atom": "application/atom+xml",
    "rss": "application/rss+xml",
    "json": "application/feed+json",
    "html": "text/html",
    "opml": "text/x-opml",
}
PICTURE_TYPES = {
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "png": "image/png",
    "gif": "image/gif",
    "webp": "image/webp",
    "avif": "image/avif",
    "svg": "image/svg+xml",
}


def feed_id(feed: TopicFeed) -> str:
    """A name-based UUID of the slug (RFC 9562 section 5.5): the feed stays itself when its base_url changes."""
    return f"urn:uuid:{uuid.uuid5(FEED_NAMESPACE, feed.slug)}"


def file_name(feed: TopicFeed, suffix: str) -> str:
    """Name of the feed's document of this format, percent-encoded, relative to the output folder."""
    return quote(f"{feed.slug}.{suffix}")


def published_at(feed: TopicFeed, suffix: str) -> str:
    """Absolute address of the feed's document of this format; empty without a base_url."""
    return feed.base_url + file_name(feed, suffix) if feed.base_url else ""


def archived_at(feed: TopicFeed, path: str) -> str:
    """Absolute address of a page of the archive; empty without a base_url or a page."""
    return feed.base_url + quote(path) if feed.base_url and path else ""


def page_links(feed: TopicFeed) -> dict[str, str]:
    """By relation (RFC 5005 section 4): from the live feed to its archive's newest page, from page to page, and back.

    Empty: there is none.
    """
    return {
        "self": archived_at(feed, feed.archive),
        "current": published_at(feed, "atom") if feed.archive else "",
        "prev-archive": archived_at(feed, feed.older),
        "next-archive": archived_at(feed, feed.newer),
    }


def absolute(address: str) -> str:
    """The address if it holds wherever a document is carried, else nothing.

    Feed readers keep entries far from the document they came in, and few resolve what is relative in them:
    without a base_url a feed carries no address of its own rather than one that leads nowhere.
    """
    return address if urlsplit(address).scheme else ""


def picture_type(url: str) -> str:
    """Media type by the address's ending; empty where it tells nothing."""
    return PICTURE_TYPES.get(urlsplit(url).path.rpartition(".")[2].lower(), "")
