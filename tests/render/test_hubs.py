"""WebSub section 4: a feed document names its hubs beside its own address, in every format."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from lxml import etree

from feedsvc.model import TopicFeed
from feedsvc.render import render_atom, render_documents
from feedsvc.render.feedgen_gaps import ATOM

from .examples import empty_feed, harbour_feed

HUBS = ("https://news.example/hub", "https://hub.example/?a=b&c=<d>")


def links(document: bytes, rel: str) -> list[str]:
    """Of the feed itself, not of its entries."""
    root = etree.fromstring(document)
    feed = root[0] if root.tag == "rss" else root
    return [link.get("href") for link in feed.findall(f"{{{ATOM}}}link") if link.get("rel") == rel]


@pytest.mark.parametrize("feed", [harbour_feed(), empty_feed()], ids=["usual", "empty"])
def test_each_format_names_every_hub_and_itself(feed: TopicFeed) -> None:
    documents = render_documents(replace(feed, hubs=HUBS))
    for suffix in ("atom", "rss"):
        document = documents[f"{feed.slug}.{suffix}"]
        assert links(document, "hub") == list(HUBS)
        assert links(document, "self") == [f"{feed.base_url}{feed.slug}.{suffix}"]
    found = json.loads(documents[f"{feed.slug}.json"])
    assert found["hubs"] == [{"type": "WebSub", "url": hub} for hub in HUBS]
    assert found["feed_url"] == f"{feed.base_url}{feed.slug}.json"


def test_without_hubs_nothing_is_said_of_them() -> None:
    for name, document in render_documents(harbour_feed()).items():
        assert b"hub" not in document, name


def test_a_document_without_an_address_cannot_be_subscribed_to() -> None:
    for name, document in render_documents(replace(harbour_feed(""), hubs=HUBS)).items():
        assert b"hub" not in document, name


def test_pages_of_the_archive_bring_no_news() -> None:
    page = replace(harbour_feed(), hubs=HUBS, archive="archive/harbour/page.atom")
    assert links(render_atom(page), "hub") == []
