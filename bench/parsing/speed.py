"""How long a news feed of ordinary size takes: beside lxml's plain parse (the floor) and feedparser, in one run."""

from __future__ import annotations

import io
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import feedparser
from lxml import etree

from feedsvc.sources.feed import parse_feed

ENTRIES = 58  # as many as DW's feeds have
ROUNDS = 15
HEAD = """<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:media="http://search.yahoo.com/mrss/"
 xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><title>样本</title><link>https://news.example/</link>
<description>样本</description><language>zh-Hans</language><ttl>30</ttl>"""
ITEM = """<item><title>第{0}条消息：港口恢复通航 &amp; 航班复飞</title><link>https://news.example/zh/a-{0}?src=rss</link>
<guid isPermaLink="false">a-{0}</guid><pubDate>Tue, 30 Jan 2024 14:{1:02}:52 GMT</pubDate>
<dc:creator>林记者</dc:creator>
<category>政治</category><category>经济</category><media:content url="https://img.example/{0}.jpg" type="image/jpeg"
 width="640" height="360"><media:credit>某社</media:credit></media:content><description>{2}</description>{3}</item>"""
SENTENCE = "风暴过后，渡轮公司宣布<strong>星期二</strong>起恢复全部航线，候船的旅客陆续登船。"


@dataclass(frozen=True, slots=True)
class Timing:
    feed: str
    reader: str
    milliseconds: float  # median


def timings() -> list[Timing]:
    found = []
    for name, document in (("summaries", news_feed(full=False)), ("full texts", news_feed(full=True))):
        found += [Timing(name, reader, median_ms(read, document)) for reader, read in READERS.items()]
    return found


def news_feed(full: bool) -> bytes:
    summary = "<![CDATA[" + SENTENCE * 2 + "]]>"
    text = f"<content:encoded><![CDATA[<p>{SENTENCE * 8}</p>" + f"<p>{SENTENCE * 6}</p>" * 8 + "]]></content:encoded>"
    items = (ITEM.format(number, number % 60, summary, text if full else "") for number in range(ENTRIES))
    return (HEAD + "".join(items) + "</channel></rss>").encode()


def _by_lxml(document: bytes) -> object:
    return etree.fromstring(document, etree.XMLParser(resolve_entities=False))


def _by_feedsvc(document: bytes) -> object:
    captured = datetime(2024, 1, 31, tzinfo=UTC)
    return parse_feed(document, source="s", origin="https://news.example/rss", captured=captured)


def _by_feedparser(document: bytes) -> object:
    return feedparser.parse(io.BytesIO(document))


READERS: dict[str, Callable[[bytes], object]] = {
    "lxml, tree only": _by_lxml,
    "feedsvc": _by_feedsvc,
    "feedparser": _by_feedparser,
}


def median_ms(read: Callable[[bytes], object], document: bytes) -> float:
    taken = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        read(document)
        taken.append((time.perf_counter() - start) * 1000)
    return statistics.median(taken)
