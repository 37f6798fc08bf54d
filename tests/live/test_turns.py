"""Whose turn to write it is: entries that could be taken for one another are never written at the same time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from feedsvc.config import Source
from feedsvc.reading.entries import FeedRead, parse
from feedsvc.reading.recording import Reading
from feedsvc.sources.answers import Answer, Received, Request

RSS = """<rss version="2.0"><channel><title>Paper</title><link>{0}</link><description>News</description>
<item><title>The harbour opens</title><link>{0}</link><guid isPermaLink="false">{1}</guid></item></channel></rss>"""


def reading(url: str, guid: str) -> Reading:
    source = Source("s", url, None, "", "", "", "", timedelta(0), "full", False, True)
    got = Received(RSS.format(url, guid).encode(), "", "application/rss+xml", "utf-8")
    read = parse(source, Answer(Request("s", url), got, url, (), "", "", None, 0.0, 0), got, datetime.now(UTC))
    assert isinstance(read, FeedRead)
    return Reading(source, read)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("https://paper.example/1", "1"), ("https://paper.example/2", "2")),
        (("https://[2001:db8::1]/1", "5:x"), ("https://[2001:db8::1:5]/1", "x")),
    ],
    ids=["one publisher", "addresses with colons"],
)
def test_one_after_the_other(one: tuple[str, str], other: tuple[str, str]) -> None:
    assert reading(*one).publishers & reading(*other).publishers


def test_at_once() -> None:
    assert not reading("https://paper.example/1", "1").publishers & reading("https://gazette.example/1", "1").publishers
