"""A topic's feed as RSS 2.0, as the RSS Advisory Board's profile recommends. Called through `render_documents`."""

from __future__ import annotations

from html import escape
from typing import cast

from feedsvc.model import Entry, TopicFeed

from .addresses import MEDIA_TYPES, feed_id, published_at
from .characters import presentable
from .content import entry_html
from .feedgen_gaps import add_entry, new_feed
from .phrases import Phrases, phrases_for


def render_rss(feed: TopicFeed) -> bytes:
    """UTF-8. Without a base_url there is no self link, and the channel's link is the feed's name (a URN)."""
    feed = presentable(feed)
    phrases = phrases_for(feed.language)
    generator = new_feed(feed, phrases)
    if feed.base_url:
        generator.link(rel="self", href=published_at(feed, "rss"), type=MEDIA_TYPES["rss"])
    else:
        generator.link(href=feed_id(feed))
    for entry in feed.entries:
        _add(generator, entry, phrases)
    return cast(bytes, generator.rss_str(pretty=True))


def _add(generator: object, entry: Entry, phrases: Phrases) -> None:
    added = add_entry(generator, entry, phrases)
    if entry.url:
        added.link(href=entry.url)
    if entry.publisher_url:
        added.source(url=entry.publisher_url, title=entry.publisher)
    added.content(entry_html(entry, phrases), type="html")
    # Readers take the description for html: text is escaped once for html, once more for XML.
    added.description(escape(entry.summary, quote=False) or None)
