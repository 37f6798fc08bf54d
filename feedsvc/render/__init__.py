"""TopicFeed -> documents: Atom, RSS, JSON Feed, pages, OPML, status. Same input, same bytes.

Pure: no I/O, no clock, no configuration; writes no file. Called by `publish`.
"""

from __future__ import annotations

from feedsvc.model import ServiceStatus, TopicFeed
from feedsvc.render.addresses import MEDIA_TYPES, page_links
from feedsvc.render.atom import render_atom
from feedsvc.render.embed import MOST_ENTRIES as IN_FRAME
from feedsvc.render.embed import frame_path, frame_pieces, guide_paths, render_embedding, render_frame, render_guide
from feedsvc.render.event_page import render_event_page, render_moved_page
from feedsvc.render.feed_page import render_feed_page
from feedsvc.render.index_page import render_index
from feedsvc.render.jsonfeed import render_json
from feedsvc.render.opml import render_opml
from feedsvc.render.relinking import relinked
from feedsvc.render.rss import render_rss
from feedsvc.render.status import render_status
from feedsvc.render.status_feed import NAME as STATUS_FEED
from feedsvc.render.status_feed import PAGE as STATUS_PAGE
from feedsvc.render.status_feed import render_status_feed
from feedsvc.render.status_page import render_status_page
from feedsvc.text import event_path

__all__ = [
    "IN_FRAME",
    "MEDIA_TYPES",
    "event_path",
    "frame_path",
    "frame_pieces",
    "guide_paths",
    "page_links",
    "relinked",
    "render_atom",
    "render_documents",
    "render_embedding",
    "render_event_page",
    "render_feed_page",
    "render_frame",
    "render_guide",
    "render_index",
    "render_json",
    "render_moved_page",
    "render_opml",
    "render_rss",
    "render_status",
    "render_troubles",
]


def render_documents(feed: TopicFeed) -> dict[str, bytes]:
    """The documents that feed readers subscribe to, by file name in the output folder."""
    return {
        f"{feed.slug}.atom": render_atom(feed),
        f"{feed.slug}.rss": render_rss(feed),
        f"{feed.slug}.json": render_json(feed),
    }


def render_troubles(status: ServiceStatus, base_url: str) -> dict[str, bytes]:
    """What people are told of how the service is, by file name in the output folder."""
    return {
        STATUS_PAGE: render_status_page(status, bool(base_url)),
        STATUS_FEED: render_status_feed(status, base_url),
    }
