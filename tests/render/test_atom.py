"""Atom: held to a grammar written from RFC 4287, and by code to what a grammar cannot say."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from lxml import etree

from feedsvc.model import TopicFeed
from feedsvc.render import render_atom
from feedsvc.render.feedgen_gaps import ATOM, MEDIA, XML_LANG

from .examples import BASE, HOSTILE, PUBLISHERS, empty_feed, harbour_feed, hostile_feed
from .rules.atom import SCHEMA, broken_rules

A, M = f"{{{ATOM}}}", f"{{{MEDIA}}}"
FEEDS = {
    "usual": harbour_feed(),
    "no base_url": harbour_feed(""),
    "full content": harbour_feed(BASE, frozenset(PUBLISHERS)),
    "empty": empty_feed(),
    **{f"hostile: {name}": hostile_feed(words) for name, words in HOSTILE.items()},
}


def parsed(feed: TopicFeed) -> Any:
    return etree.fromstring(render_atom(feed))


def entry(number: int = -1, base_url: str = BASE) -> Any:
    return parsed(harbour_feed(base_url)).findall(f"{A}entry")[number]


def links(element: Any, rel: str) -> list[dict[str, str]]:
    return [dict(link.attrib) for link in element.findall(f"{A}link") if link.get("rel") == rel]


@pytest.mark.parametrize("feed", FEEDS.values(), ids=FEEDS.keys())
def test_every_feed_is_valid(feed: TopicFeed) -> None:
    assert broken_rules(render_atom(feed), public=bool(feed.base_url)) == []
    assert [e.findtext(f"{A}id") for e in parsed(feed).iter(f"{A}entry")] == [entry.id for entry in feed.entries]


def _drop(name: str) -> Callable[[Any], None]:
    return lambda feed: feed.remove(feed.find(f"{A}{name}"))


def _set(path: str, words: str) -> Callable[[Any], None]:
    def change(feed: Any) -> None:
        feed.find(path.replace("~", A)).text = words

    return change


def _attribute(path: str, name: str, value: str) -> Callable[[Any], None]:
    return lambda feed: feed.find(path.replace("~", A)).set(name, value)


BROKEN = {
    "no id": _drop("id"),
    "no title": _drop("title"),
    "no updated": _drop("updated"),
    "two ids": lambda feed: feed.append(etree.fromstring(f"<id xmlns='{ATOM}'>urn:x:1</id>")),
    "relative id": _set("~entry/~id", "events/1"),
    "raw Chinese in an id": _set("~entry/~id", "urn:x:事件"),
    "date without zone": _set("~entry/~updated", "2031-03-05T13:30:00"),
    "date of RSS": _set("~entry/~published", "Wed, 05 Mar 2031 13:30:00 +0000"),
    "author without name": _set("~entry/~author/~name", " "),
    "content of unknown type": _attribute("~entry/~content", "type", "CDATA"),
    "raw Chinese in a link": _attribute("~entry/~link", "href", "https://x.example/新闻"),
    "link without href": lambda feed: feed.find(f"{A}link").attrib.pop("href"),
    "language that is none": _attribute("~entry", XML_LANG, "中文"),
    "unknown attribute": _attribute("~entry", "guid", "1"),
    "unknown element of the namespace": lambda feed: etree.SubElement(feed, f"{A}pubDate"),
    "element of no namespace": lambda feed: etree.SubElement(feed, "link"),
}


@pytest.mark.parametrize("break_it", BROKEN.values(), ids=BROKEN.keys())
def test_the_grammar_refuses_what_is_broken(break_it: Callable[[Any], None]) -> None:
    document = parsed(harbour_feed())
    assert SCHEMA.validate(document)
    break_it(document)
    assert not SCHEMA.validate(document)


def test_a_feed_says_where_it_is_and_where_its_page_is() -> None:
    feed = parsed(harbour_feed())
    assert links(feed, "self") == [{"href": f"{BASE}harbour.atom", "rel": "self", "type": "application/atom+xml"}]
    assert links(feed, "alternate") == [{"href": f"{BASE}harbour.html", "rel": "alternate", "type": "text/html"}]


def test_a_feed_has_its_language_and_says_what_it_is() -> None:
    feed = parsed(harbour_feed())
    assert feed.get(XML_LANG) == "zh-Hans" and feed.findtext(f"{A}title") == "港口与海岛"
    assert "港口与海岛" in feed.findtext(f"{A}subtitle") and feed.findtext(f"{A}generator") == "feedsvc"
    assert XML_LANG not in parsed(empty_feed()).attrib


def test_a_feed_without_base_url_holds_no_relative_address() -> None:
    feed = parsed(harbour_feed(""))
    assert all(link.get("href").startswith("https://") for link in feed.iter(f"{A}link"))
    assert not links(feed, "self") and b"events/" not in render_atom(harbour_feed(""))


def test_ids_do_not_depend_on_the_base_url() -> None:
    ids = [[e.text for e in parsed(harbour_feed(base)).iter(f"{A}id")] for base in (BASE, "https://other.example/", "")]
    assert ids[0] == ids[1] == ids[2]


def test_an_entrys_links_keep_rel_type_title_and_language() -> None:
    assert links(entry(), "alternate") == [
        {"rel": "alternate", "type": "text/html", "href": "https://www.rfi.example/cn/1", "hreflang": "zh-Hans"}
    ]
    related = links(entry(), "related")
    assert [link["href"].split("/")[2] for link in related] == [
        "www.dw.example",
        "www.gangwan.example",
        "www.courier.example",
    ]
    assert related[1] == {
        "rel": "related",
        "type": "text/html",
        "href": "https://www.gangwan.example/cn/3",
        "title": "港灣日報: 北岬燈塔復光 漁船夜航有依靠",
        "hreflang": "zh-Hant",
    }
    assert links(entry(), "describedby")[0]["href"].startswith(f"{BASE}events/")


def test_the_publisher_is_the_source_with_id_title_updated_and_link() -> None:
    source = entry().find(f"{A}source")
    assert [child.tag.removeprefix(A) for child in source] == ["id", "title", "updated", "link"]
    assert source.findtext(f"{A}id") == "https://www.rfi.example/"
    assert source.findtext(f"{A}title") == "法广"
    assert source.find(f"{A}link").get("href") == "https://www.rfi.example/"


def test_authors_are_the_articles_else_the_publisher() -> None:
    assert [a.findtext(f"{A}name") for a in entry().findall(f"{A}author")] == ["沈舟"]
    assert [a.findtext(f"{A}name") for a in entry(0).findall(f"{A}author")] == ["A. Reed", "M. Okafor"]
    (publisher,) = entry(1).findall(f"{A}author")
    assert publisher.findtext(f"{A}name") == "港灣日報"
    assert publisher.findtext(f"{A}uri") == "https://www.gangwan.example/"


def test_an_entry_carries_rights_categories_agencies_and_language() -> None:
    assert entry().findtext(f"{A}rights") == "© 2031 法广（样本）"
    assert [c.get("term") for c in entry().findall(f"{A}category")] == ["海港", "社会"]
    assert entry().findtext(f"{A}contributor/{A}name") == "海港通讯社"
    assert [e.get(XML_LANG) for e in parsed(harbour_feed()).findall(f"{A}entry")] == [
        *("en", "zh-Hant", "zh-Hans", "zh-Hans", "zh-Hans")
    ]


def test_the_picture_comes_with_caption_and_credit() -> None:
    media = entry().find(f"{M}content")
    assert dict(media.attrib) == {
        "url": "https://pictures.example/lamp.jpg",
        "medium": "image",
        "type": "image/jpeg",
    }
    assert (media.findtext(f"{M}description"), media.findtext(f"{M}credit")) == ("夜里的灯塔与渔船", "林远/海港通讯社")
    assert entry().find(f"{M}thumbnail").get("url") == "https://pictures.example/lamp.jpg"
    assert entry(1).find(f"{M}content") is None


def test_content_ends_with_who_else_reported_it() -> None:
    content = entry().findtext(f"{A}content")
    listed = etree.HTML(content).find(".//ul[@class='also-reported-by']")
    rows = [" ".join(li.itertext()) for li in listed]
    assert len(rows) == 3
    assert "The Harbour Courier" in rows[2] and "2031-03-04 17:30 UTC" in rows[2]
    assert [a.get("href") for a in listed.iter("a")][2] == "https://www.courier.example/cn/4"
    assert "其他报道" in content
    assert "also-reported-by" not in entry(1).findtext(f"{A}content")


def test_the_summary_is_plain_text() -> None:
    summary = entry().find(f"{A}summary")
    assert summary.get("type") == "text" and summary.text.startswith("海港管理处周二宣布")
