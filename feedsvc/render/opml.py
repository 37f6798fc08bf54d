"""All feeds as a subscription list (OPML 2.0), to import into a feed reader. Called by `publish`."""

from __future__ import annotations

from collections.abc import Sequence

from lxml import etree

from feedsvc.model import TopicFeed

from .addresses import file_name, published_at
from .characters import legible, presentable
from .phrases import phrases_for


def render_opml(feeds: Sequence[TopicFeed], base_url: str) -> bytes:
    """UTF-8, without dates: it changes only when a feed joins, leaves or is renamed.

    `xmlUrl` is required: without a base_url it is relative to this file. `htmlUrl` is not, and must be whole.
    """
    base_url = legible(base_url)
    root = etree.Element("opml", version="2.0")
    head, body = etree.SubElement(root, "head"), etree.SubElement(root, "body")
    etree.SubElement(head, "title").text = "feedsvc"
    for feed in map(presentable, feeds):
        attributes = {
            "type": "rss",  # OPML's word for any kind of feed
            "text": feed.title,
            "title": feed.title,
            "description": phrases_for(feed.language).about_feed.format(feed.title),
            "language": feed.language,
            "xmlUrl": base_url + file_name(feed, "atom"),
            "htmlUrl": published_at(feed, "html"),
        }
        etree.SubElement(body, "outline", {key: value for key, value in attributes.items() if value})
    return etree.tostring(root, pretty_print=True, encoding="UTF-8", xml_declaration=True)
