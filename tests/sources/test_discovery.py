"""The feeds that a web page names."""

import pytest

from feedsvc.sources.feed import FeedLink, discover

URL = "https://a.example/news/"


def test_links_are_absolute_in_the_page_s_order_with_comments_last() -> None:
    html = """<html><head><base href="/b/">
    <link rel="alternate" type="application/rss+xml" title="Comments Feed" href="comments.rss">
    <LINK REL="Alternate" TYPE="application/atom+xml; charset=utf-8" TITLE="全部 &amp; 要闻" HREF="all.atom">
    <link rel="alternate" type="application/rss+xml" href="//feeds.example/x">
    <link rel="alternate" hreflang="en" href="/en"><link rel="stylesheet" type="text/xml" href="/s">
    <link rel="alternate" type="application/feed+json" href="all.json"><link rel="alternate" type="application/rss+xml">
    <link rel="alternate" type="application/rss+xml" href="javascript:alert(1)">
    </head><body><a href="/rss">RSS</a></body></html>"""
    assert discover(html, URL) == (
        FeedLink("https://a.example/b/all.atom", "全部 & 要闻"),
        FeedLink("https://feeds.example/x"),
        FeedLink("https://a.example/b/all.json"),
        FeedLink("https://a.example/b/comments.rss", "Comments Feed"),
    )


@pytest.mark.parametrize(
    "href", ["/rss", "/rss/", "/feed", "rss.xml", "/feeds/all.atom.xml", "index.rdf", "/cn/rss?x", "/rss2"]
)
def test_where_the_head_names_none_links_that_look_like_feeds_are_taken(href: str) -> None:
    found = discover(f'<p><a href="/rsstaurant">x</a><a href="/feedback">y</a><a href="{href}"> 订阅 </a></p>', URL)
    assert [link.title for link in found] == ["订阅"]


@pytest.mark.parametrize(
    "html", ["", " ", "<", "<html>", "plain", "\x00", "<link rel=alternate type=text/xml>", "<p>" * 9999]
)
def test_pages_without_any(html: str) -> None:
    assert discover(html, URL) == ()
