"""What feedgen 1.0 gets wrong, shown on feedgen alone, and that our feeds do not suffer from it.

Where a test of feedgen alone fails, feedgen has mended that gap and ours can go.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from feedgen.feed import FeedGenerator
from lxml import etree

from feedsvc.render import render_atom, render_rss

from .examples import BASE, empty_feed, harbour_feed, hostile_feed


def plain() -> FeedGenerator:
    feed = FeedGenerator()
    feed.id("urn:x:1")
    feed.title("t")
    feed.description("d")
    feed.link(href="https://x.example/", rel="alternate")
    return feed


def test_feedgen_drops_rel_type_and_title_of_an_entrys_links() -> None:
    feed = plain()
    entry = feed.add_entry()
    entry.id("urn:x:2")
    entry.title("t")
    entry.content("c")
    entry.link(href="https://x.example/1", rel="related", title="other", type="text/html")
    assert b'<link href="https://x.example/1"/>' in feed.atom_str()
    assert b"<link href=" in render_atom(harbour_feed())  # the feed's own, which feedgen writes well
    assert all(b"rel=" in link for link in re.findall(rb"<link [^>]*>", render_atom(harbour_feed())))


def test_feedgen_writes_only_title_and_link_of_a_source() -> None:
    feed = plain()
    entry = feed.add_entry()
    entry.id("urn:x:2")
    entry.title("t")
    entry.content("c")
    entry.source(url="https://x.example/", title="X")
    source = etree.fromstring(feed.atom_str()).find(".//{*}source")
    assert [etree.QName(child).localname for child in source] == ["title", "link"]
    ours = etree.fromstring(render_atom(harbour_feed())).find(".//{*}source")
    assert [etree.QName(child).localname for child in ours] == ["id", "title", "updated", "link"]


def test_feedgen_takes_the_last_link_for_the_channels() -> None:
    feed = plain()
    feed.link(href="https://x.example/feed.rss", rel="self")
    assert b"<link>https://x.example/feed.rss</link>" in feed.rss_str()
    assert f"<link>{BASE}harbour.html</link>".encode() in render_rss(harbour_feed())


def test_feedgen_stamps_now_where_a_date_is_missing() -> None:
    year = datetime.now(UTC).year
    assert f"<updated>{year}-" in plain().atom_str().decode()
    assert f" {year} " in plain().rss_str().decode()
    for feed in (empty_feed(), harbour_feed()):
        assert f"{year}-" not in render_atom(feed).decode()
        assert f" {year} " not in render_rss(feed).decode()
    assert b"<updated>1990-01-01T00:00:00+00:00</updated>" in render_atom(empty_feed())
    assert b"Date>" not in render_rss(empty_feed())


def test_feedgen_raises_on_a_control_character() -> None:
    feed = plain()
    feed.title("a\x00b")
    with pytest.raises(ValueError, match="XML compatible"):
        feed.atom_str()
    assert b"<title>ab</title>" in render_atom(hostile_feed("a\x00b"))
    assert b"<title>ab</title>" in render_rss(hostile_feed("a\x00b"))


def test_feedgen_writes_signs_of_html_by_name() -> None:
    feed = plain()
    feed.title("Fish & <chips>")
    assert b"<title>Fish &amp; &lt;chips&gt;</title>" in feed.rss_str()
    for document in (render_atom(hostile_feed("Fish & <chips>")), render_rss(hostile_feed("Fish & <chips>"))):
        assert document.count(b"<title>Fish &#x26; &#x3C;chips&#x3E;</title>") >= 2
        by_name = re.findall(rb"<([\w:]+)[^<>]*>[^<]*&(?:amp|lt|gt);", document)
        assert by_name and set(by_name) <= {b"content", b"description", b"content:encoded"}
        assert b"<description>Fish &amp;amp; &amp;lt;" in document or b"<entry" in document


def test_an_upgrade_of_feedgen_changes_no_byte() -> None:
    import feedgen.version

    for document in (render_atom(harbour_feed()), render_rss(harbour_feed())):
        assert b"python-feedgen" not in document
        assert f'version="{feedgen.version.version_str}"'.encode() not in document
        assert re.search(rb"<generator>feedsvc</generator>", document)
