"""Beside what nobody else does: the limits. lxml's plain parse and writing, a plain SQLite insert, sha256 of the bytes.

All of 50 of the same feeds of whole articles, in memory, in one process; CPU of each step, medians. What is rendered is
a feed of the 200 newest of them.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import feedparser
from lxml import etree, html

from bench.polling.origin import ITEMS, document
from bench.suite.figures import Figure, Found, Note
from feedsvc.model import Article, Draft, Event, Membership, Topic, TopicFeed
from feedsvc.normalise import normalise
from feedsvc.publishers import publisher_for
from feedsvc.render.pieces import SUFFIXES, Pieces, cut, pieces_of, put_together
from feedsvc.sources.feed import ParsedFeed, parse_feed
from feedsvc.store import articles, open_database
from feedsvc.text import event_id
from tests.composing import compose

CAPTURED = datetime(2024, 2, 1, tzinfo=UTC)
AS_PEER = 10  # feeds for a reader that is sixty times as slow


def measure(rounds: int, sources: int) -> Iterator[Found]:
    documents = [document(str(source), 0, full=True) for source in range(sources)]
    entries = sources * ITEMS
    parsed = [_parsed(source) for source in documents]
    drafts = [draft for feed in parsed for draft in feed.entries]
    found = [article for article in map(_article, drafts) if article]
    assert len(found) == entries, "not every entry became an article"

    def us(work: Callable[[], object], count: int = entries) -> float:
        return statistics.median(_cpu_s(work) for _ in range(rounds)) / count * 1e6

    some = documents[:AS_PEER]
    parse, tree = us(lambda: list(map(_parsed, documents))), us(lambda: list(map(etree.fromstring, documents)))
    slow = us(lambda: list(map(feedparser.parse, some)), len(some) * ITEMS)
    yield Figure("parsing, an entry", "µs", parse, "lxml, tree only", tree)
    yield Figure("parsing, an entry", "µs", parse, "feedparser", slow)
    yield Figure("publisher adapter and sanitising, an entry", "µs", us(lambda: list(map(_article, drafts))))
    kept, plain = (
        statistics.median(insert(found) for _ in range(rounds)) / entries * 1e6 for insert in (_keep, _insert)
    )
    yield Figure("storing, an entry", "µs", kept, "SQLite insert", plain)
    hashed = us(lambda: [hashlib.sha256(each).digest() for each in documents], sources)
    yield Figure("sha256 of a feed's bytes: the least that an unchanged one costs", "µs", hashed)
    feed = _feed(found)
    before = _rendered(replace(feed, entries=feed.entries[1:]))
    assert _renewed(feed, before) == _rendered(feed), "what is taken over is not what would be rendered"
    many = len(feed.entries)
    anew, written = us(lambda: _rendered(feed), many), us(_writing(_rendered(feed)), many)
    what = f"rendering a feed of {many} whole entries as Atom, RSS, JSON and page, an entry"
    yield Figure(what, "µs", anew, "lxml and json, writing them from ready trees", written)
    what = f"the same where one of the {many} is new and the others are taken over, an entry of the feed"
    yield Figure(what, "µs", us(lambda: _renewed(feed, before), many), "all rendered anew", anew)
    yield Note("feedgen makes our Atom and RSS, so rendering is held against writing ready trees, and not against it.")


def _cpu_s(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def _parsed(body: bytes) -> ParsedFeed:
    origin = "https://paper.example/feed"
    feed = parse_feed(body, source="s", origin=origin, captured=CAPTURED, content_type="application/rss+xml")
    assert isinstance(feed, ParsedFeed)
    return feed


def _article(draft: Draft) -> Article | None:
    article = normalise(publisher_for(draft.url).read(draft))
    return article if isinstance(article, Article) else None


def _keep(found: Sequence[Article]) -> float:
    with tempfile.TemporaryDirectory() as folder, closing(open_database(Path(folder) / "state.sqlite")) as database:

        def write() -> None:
            for start in range(0, len(found), ITEMS):
                with database.writing() as connection:
                    articles.record(connection, found[start : start + ITEMS])

        return _cpu_s(write)


def _insert(found: Sequence[Article]) -> float:
    """One row an article, as many to a transaction."""
    with tempfile.TemporaryDirectory() as folder, closing(sqlite3.connect(f"{folder}/plain.sqlite")) as connection:
        connection.execute("pragma journal_mode = wal")
        connection.execute("create table article (key text primary key, url text, title text, text text, html text)")

        def write() -> None:
            for start in range(0, len(found), ITEMS):
                rows = [(a.key, a.url, a.title, a.text, a.html) for a in found[start : start + ITEMS]]
                with connection:
                    connection.executemany("insert into article values (?, ?, ?, ?, ?)", rows)

        return _cpu_s(write)


def _feed(found: Sequence[Article]) -> TopicFeed:
    events = [Event(event_id(a.key), a, (Membership(a, 1.0, ""),), a.time, a.time) for a in found]
    return compose(Topic("all", "All"), events, "https://news.example/", frozenset(a.source for a in found))


def _rendered(feed: TopicFeed) -> dict[str, bytes]:
    return put_together(feed, pieces_of(feed), [entry.published for entry in feed.entries])


def _renewed(feed: TopicFeed, before: Mapping[str, bytes]) -> dict[str, bytes]:
    """Only the newest is rendered; `before`: the documents without it."""
    new = pieces_of(replace(feed, entries=feed.entries[:1]))
    known = map(Pieces, *(cut(suffix, before[suffix]).pieces for suffix in SUFFIXES))
    return put_together(feed, [*new, *known], [entry.published for entry in feed.entries])


def _writing(documents: Mapping[str, bytes]) -> Callable[[], object]:
    """What writes the same documents again, from all that is in them."""
    trees = [etree.fromstring(documents[suffix]) for suffix in ("atom", "rss")]
    page, values = html.document_fromstring(documents["html"]), json.loads(documents["json"])
    return lambda: (
        [etree.tostring(tree, encoding="utf-8", xml_declaration=True) for tree in trees],
        html.tostring(page, encoding="utf-8"),
        json.dumps(values, ensure_ascii=False, indent=1).encode(),
    )
