"""The checkers of the formats' rules notice what is broken: a sound document of ours, and one change to it each."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from lxml import etree

from feedsvc.model import Tombstone
from feedsvc.render import render_atom, render_json, render_rss
from feedsvc.text import event_id

from .examples import BASE, START, harbour_feed
from .rules import atom, jsonfeed, rss

A, C, D = atom.ATOM, rss.CONTENT, rss.DC
GONE = Tombstone(event_id("dw:9"), START, START + timedelta(seconds=2))
ATOM_FEED = render_atom(replace(harbour_feed(), gone=(GONE,)))
JSON_FEED: dict[str, Any] = json.loads(render_json(harbour_feed()))


def put(path: str, value: object) -> Callable[[Any], None]:
    """Put the value at the path of the JSON document; None takes away what is there."""

    def change(document: Any) -> None:
        *steps, last = [int(step) if step.isdigit() else step for step in path.split(".")]
        for step in steps:
            document = document[step]
        if value is None:
            del document[last]
        else:
            document[last] = value

    return change


JSON_BROKEN = {
    "version": put("version", "https://jsonfeed.org/version/1"),
    "title is filled": put("title", " "),
    "home_page_url and feed_url should": put("feed_url", None),
    "feed_url is an address": put("feed_url", "harbour.json"),
    "unknown key": put("updated", "2031-03-04T08:30:00Z"),
    "next_url": put("next_url", f"{BASE}harbour.json"),
    "items": put("items", None),
    "id is a string": put("items.0.id", 7),
    "id is unique": put("items.1.id", JSON_FEED["items"][0]["id"]),
    "content": put("items.0.content_html", None),
    "script in content": put("items.0.content_html", "<p>a<script>b()</script>"),
    "relative link in content": put("items.0.content_html", '<a href="events/1.html">a</a>'),
    "raw Chinese in an address": put("items.0.url", "https://x.example/新闻"),
    "date": put("items.0.date_published", "2031-03-04 08:30"),
    "no such day": put("items.0.date_published", "2031-02-30T08:30:00Z"),
    "modified before published": put("items.0.date_modified", "2031-03-04T08:29:59Z"),
    "an empty author": put("items.0.authors", [{}]),
    "author of version 1": put("items.0.author", {"name": "x"}),
    "language": put("items.0.language", "中文"),
    "tags are strings": put("items.0.tags", [1]),
    "hub without address": put("hubs", [{"type": "WebSub"}]),
    "attachment without type": put("items.0.attachments", [{"url": "https://x.example/a"}]),
    "a dot in an extension": put("items.0._feedsvc", {"a.b": 1}),
    "a key of the extension with its sign": put("items.0._feedsvc", {"_a": 1}),
    "about should": put("_feedsvc.about", None),
}


def as_json(document: dict[str, Any]) -> bytes:
    return json.dumps(document, ensure_ascii=False).encode()


@pytest.mark.parametrize("change", JSON_BROKEN.values(), ids=JSON_BROKEN.keys())
def test_json_feed(change: Callable[[Any], None]) -> None:
    document = copy.deepcopy(JSON_FEED)
    assert jsonfeed.broken_rules(as_json(document), public=True) == []
    change(document)
    assert len(jsonfeed.broken_rules(as_json(document), public=True)) == 1


def test_json_feed_puts_its_version_first_and_is_utf_8() -> None:
    last = {**{key: value for key, value in JSON_FEED.items() if key != "version"}, "version": JSON_FEED["version"]}
    assert jsonfeed.broken_rules(as_json(last), public=True) == ["version should appear at the very top"]
    assert jsonfeed.broken_rules(json.dumps(JSON_FEED, ensure_ascii=False).encode("gb18030"), public=True)


def words(path: str, text: str) -> Callable[[Any], None]:
    return lambda root: setattr(root.find(path), "text", text)


def attribute(path: str, name: str, value: str) -> Callable[[Any], None]:
    return lambda root: root.find(path).set(name, value)


def gone(path: str) -> Callable[[Any], None]:
    return lambda root: root.find(path).getparent().remove(root.find(path))


def added(path: str, xml: str) -> Callable[[Any], None]:
    return lambda root: root.find(path).append(etree.fromstring(xml))


def again(path: str) -> Callable[[Any], None]:
    return lambda root: root.find(path).addnext(copy.deepcopy(root.find(path)))


RSS_BROKEN = {
    "version": lambda root: root.set("version", "0.91"),
    "channel's description": gone("channel/description"),
    "channel's link": words("channel/link", "harbour.html"),
    "channel's language": words("channel/language", "中文"),
    "two titles": again("channel/title"),
    "an element that is not known": added("channel/item", "<body>a</body>"),
    "items last": lambda root: root[0].insert(0, root.find("channel/item")),
    "where it is": gone(f"channel/{A}link"),
    "docs": words("channel/docs", "https://x.example/"),
    "date without a zone": words("channel/item/pubDate", "Wed, 05 Mar 2031 13:30:00"),
    "wrong day of the week": words("channel/item/pubDate", "Mon, 05 Mar 2031 13:30:00 +0000"),
    "date of Atom": words("channel/lastBuildDate", "2031-03-05T13:30:00Z"),
    "no guid": gone("channel/item/guid"),
    "guid as an address": attribute("channel/item/guid", "isPermaLink", "true"),
    "guid twice": lambda root: [setattr(g, "text", "urn:x:1") for g in root.findall("channel/item/guid")[:2]],
    "item's link": words("channel/item/link", "urn:x:1"),
    "an author without address": added("channel/item", "<author>A. Reed</author>"),
    "no creator": lambda root: [
        c.getparent().remove(c) for c in root.findall("channel/item")[0].findall(f"{D}creator")
    ],
    "content first": lambda root: root.find("channel/item").insert(0, root.find(f"channel/item/{C}encoded")),
    "relative link in html": words("channel/item/description", "<a href='/a'>a</a>"),
    "handler in html": words(f"channel/item/{C}encoded", "<img src='https://x.example/a' onerror='b()'>"),
    "source's address": attribute("channel/item/source", "url", "x"),
    "relation": attribute(f"channel/item/{A}link", "rel", "next"),
    "html in a title": lambda root: root.find("channel/item/title").append(etree.Element("b")),
    "signs by name": words("channel/item/title", "5 < 6"),
    "namespace": lambda root: etree.cleanup_namespaces(
        root, top_nsmap={"x": "urn:x"}, keep_ns_prefixes=["x", "atom", "content", "dc", "media"]
    ),
}


@pytest.mark.parametrize("change", RSS_BROKEN.values(), ids=RSS_BROKEN.keys())
def test_rss(change: Callable[[Any], Any]) -> None:
    document = render_rss(harbour_feed())
    assert rss.broken_rules(document, public=True) == []
    root = etree.fromstring(document)
    change(root)
    assert len(rss.broken_rules(etree.tostring(root), public=True)) == 1


E1 = f"{A}entry"
ATOM_BROKEN = {
    "the grammar": gone(f"{E1}/{A}id"),
    "where it is": lambda root: [root.remove(link) for link in root.findall(f"{A}link") if link.get("rel") == "self"],
    "updated of its newest entry": words(f"{A}updated", "2031-03-09T00:00:00Z"),
    "entries last": lambda root: root.insert(0, root.find(E1)),
    "xml:base": attribute(E1, atom.XML_BASE, "https://x.example/"),
    "no such day": words(f"{E1}/{A}published", "2031-02-30T00:00:00Z"),
    "id twice": lambda root: setattr(root.findall(E1)[1].find(f"{A}id"), "text", root.findtext(f"{E1}/{A}id")),
    "updated twice": lambda root: (
        [setattr(u, "text", "2031-03-05T13:30:00Z") for u in root.findall(f"{E1}/{A}updated")]
        and setattr(root.find(f"{A}updated"), "text", "2031-03-05T13:30:00Z")
    ),
    "updated before published": words(f"{E1}/{A}published", "2031-03-08T00:00:00Z"),
    "no author": lambda root: [root.find(E1).remove(a) for a in root.find(E1).findall(f"{A}author")],
    "plain content": attribute(f"{E1}/{A}content", "type", "text"),
    "summary as content": lambda root: setattr(
        root.find(f"{E1}/{A}summary"), "text", root.findtext(f"{E1}/{A}content")
    ),
    "script in content": words(f"{E1}/{A}content", "<script>a()</script>"),
    "relative picture": words(f"{E1}/{A}content", "<img src='a.jpg'>"),
    "source's id": gone(f"{E1}/{A}source/{A}id"),
    "relation": attribute(f"{E1}/{A}link", "rel", "tag"),
    "two alternates": again(f"{E1}/{A}link"),
    "blank rights": added(E1, f"<rights xmlns='{A[1:-1]}'> </rights>"),
    "category twice": lambda root: [
        root.find(E1).append(etree.fromstring(f"<category xmlns='{A[1:-1]}' term='a'/>")) for _ in "ab"
    ],
    "a live feed between pages": attribute(f"{A}link[@rel='alternate']", "rel", "next-archive"),
    "a page that leads to no live feed": added(".", f"<archive xmlns='{atom.HISTORY[1:-1]}'/>"),
    "a tombstone without a time": lambda root: root.find(atom.GONE).attrib.pop("when"),
    "a tombstone twice": again(atom.GONE),
    "a tombstone of what is there": lambda root: root.find(atom.GONE).set("ref", root.findtext(f"{E1}/{A}id")),
}


@pytest.mark.parametrize("change", ATOM_BROKEN.values(), ids=ATOM_BROKEN.keys())
def test_atom(change: Callable[[Any], Any]) -> None:
    assert atom.broken_rules(ATOM_FEED, public=True) == []
    root = etree.fromstring(ATOM_FEED)
    change(root)
    assert atom.broken_rules(etree.tostring(root), public=True)


PAGES = ["harbour.atom", "archive/harbour/b.atom", "archive/harbour/a.atom"]


def chain() -> dict[str, bytes]:
    feed = harbour_feed()
    live = replace(feed, entries=feed.entries[:2], older=PAGES[1])
    newer = replace(feed, entries=feed.entries[1:3], archive=PAGES[1], older=PAGES[2])
    older = replace(feed, entries=feed.entries[3:], archive=PAGES[2], newer=PAGES[1])
    return {BASE + path: render_atom(page) for path, page in zip(PAGES, (live, newer, older), strict=True)}


def test_a_chain_of_pages_is_whole() -> None:
    assert atom.broken_chain(BASE + PAGES[0], chain()) == []


@pytest.mark.parametrize(
    ("found", "replacement"),
    [
        (rb'rel="prev-archive" href="[^"]*/a.atom"', rb'rel="prev-archive" href="https://news.example/c.atom"'),
        (rb'rel="prev-archive" href="[^"]*/a.atom"', rb'rel="prev-archive" href="https://news.example/harbour.atom"'),
        (rb'rel="prev-archive" href="[^"]*/a.atom"', rb'rel="via" href="https://x.example/"'),
        (rb'rel="next-archive" href="[^"]*"', rb'rel="next-archive" href="https://news.example/harbour.atom"'),
        (rb'rel="self" href="[^"]*/a.atom"', rb'rel="self" href="https://news.example/harbour.atom"'),
        (event_id("dw:41").encode(), event_id("dw:11").encode()),
    ],
)
def test_a_chain_of_pages_that_is_broken(found: bytes, replacement: bytes) -> None:
    broken = {address: re.sub(found, replacement, document) for address, document in chain().items()}
    assert broken != chain()
    assert atom.broken_chain(BASE + PAGES[0], broken)
