"""RSS 2.0: held to the specification and the RSS Advisory Board's profile, and what ours carries."""

from __future__ import annotations

from dataclasses import replace
from html import unescape
from typing import Any

import pytest
from lxml import etree

from feedsvc.model import Tombstone, TopicFeed
from feedsvc.render import render_rss
from feedsvc.render.feedgen_gaps import ATOM, DC, MEDIA
from feedsvc.text import event_id
from tests.composing import compose

from .examples import BASE, HARBOUR, HOSTILE, PUBLISHERS, START, article, empty_feed, event, harbour_feed, hostile_feed
from .rules.rss import broken_rules

CONTENT = "{http://purl.org/rss/1.0/modules/content/}encoded"
FEEDS = {
    "usual": harbour_feed(),
    "no base_url": harbour_feed(""),
    "full content": harbour_feed(BASE, frozenset(PUBLISHERS)),
    "empty": empty_feed(),
    "joined events": replace(harbour_feed(), gone=(Tombstone(event_id("dw:9"), START, START),)),
    **{f"hostile: {name}": hostile_feed(words) for name, words in HOSTILE.items()},
}


def channel(feed: TopicFeed) -> Any:
    root = etree.fromstring(render_rss(feed))
    assert (root.tag, root.get("version"), len(root)) == ("rss", "2.0", 1)
    return root[0]


@pytest.mark.parametrize("feed", FEEDS.values(), ids=FEEDS.keys())
def test_every_feed_meets_the_specification_and_the_profile(feed: TopicFeed) -> None:
    assert broken_rules(render_rss(feed), public=bool(feed.base_url)) == []
    assert [guid.text for guid in channel(feed).iter("guid")] == [entry.id for entry in feed.entries]


def test_the_feed_says_where_it_is() -> None:
    (link,) = channel(harbour_feed()).findall(f"{{{ATOM}}}link")
    assert dict(link.attrib) == {"href": f"{BASE}harbour.rss", "rel": "self", "type": "application/rss+xml"}
    assert channel(harbour_feed()).findtext("link") == f"{BASE}harbour.html"


def test_a_channel_has_its_language_and_an_item_the_articles_own() -> None:
    found = channel(harbour_feed())
    assert found.findtext("language") == "zh-Hans"
    assert [i.findtext(f"{{{DC}}}language") for i in found.iter("item")] == ["en", "zh-Hant", *["zh-Hans"] * 3]


def test_an_item_comes_with_summary_first_then_everything() -> None:
    item = channel(harbour_feed()).findall("item")[-1]
    names = [child.tag for child in item]
    assert names.index("description") < names.index(CONTENT)
    assert item.findtext("description").startswith("海港管理处周二宣布")
    assert [child.get("url") for child in item.iter(f"{{{MEDIA}}}thumbnail")] == ["https://pictures.example/lamp.jpg"]
    assert item.find(f"{{{MEDIA}}}content").findtext(f"{{{MEDIA}}}credit") == "林远/海港通讯社"
    assert [c.text for c in item.findall(f"{{{DC}}}contributor")] == ["海港通讯社"]


def test_without_base_url_the_channels_link_is_its_own_name() -> None:
    found = channel(harbour_feed(""))
    assert found.findtext("link").startswith("urn:uuid:")
    assert found.find(f"{{{ATOM}}}link") is None


def test_an_item_names_authors_source_rights_and_the_other_reports() -> None:
    item = channel(harbour_feed()).findall("item")[-1]
    assert [c.text for c in item.findall(f"{{{DC}}}creator")] == ["沈舟"]
    assert item.findtext(f"{{{DC}}}rights") == "© 2031 法广（样本）"
    assert [c.text for c in item.findall("category")] == ["海港", "社会"]
    assert (item.find("source").get("url"), item.findtext("source")) == ("https://www.rfi.example/", "法广")
    assert [a.get("rel") for a in item.findall(f"{{{ATOM}}}link")] == ["related"] * 3 + ["describedby"]
    assert item.find(f"{{{MEDIA}}}content").get("url") == "https://pictures.example/lamp.jpg"
    assert "also-reported-by" in item.findtext(CONTENT)


def test_a_description_is_html_so_text_is_escaped_once_more() -> None:
    bad = event(article(lead="5 < 6 & <b>7</b>"))
    feed = compose(HARBOUR, [bad], BASE, frozenset())
    description = channel(feed).findtext("item/description")
    assert description == "5 &lt; 6 &amp; &lt;b&gt;7&lt;/b&gt;"
    assert unescape(description) == "5 < 6 & <b>7</b>"
