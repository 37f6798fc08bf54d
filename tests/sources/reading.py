"""Reading feeds in tests: what every one of them needs."""

from datetime import UTC, datetime
from pathlib import Path

from feedsvc.model import Draft, Fault
from feedsvc.sources.feed import ParsedFeed, parse_feed

FEEDS = Path(__file__).parent / "feeds"
ORIGIN = "https://origin.example/feeds/all.xml"
CAPTURED = datetime(2024, 1, 31, tzinfo=UTC)


def outcome(body: bytes | str, content_type: str = "", base: str = "") -> ParsedFeed | Fault:
    raw = body.encode() if isinstance(body, str) else body
    return parse_feed(raw, source="it", origin=ORIGIN, captured=CAPTURED, content_type=content_type, base=base)


def read(body: bytes | str, content_type: str = "", base: str = "") -> ParsedFeed:
    found = outcome(body, content_type, base)
    assert isinstance(found, ParsedFeed), found
    return found


def problem(body: bytes | str) -> str:
    found = outcome(body)
    assert isinstance(found, Fault), found
    assert (found.source, found.origin) == ("it", ORIGIN)
    assert "\n" not in found.problem
    return found.problem


def rss(items: str, channel: str = "<title>样本</title>") -> str:
    return f"""<?xml version="1.0"?><rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"
    xmlns:media="http://search.yahoo.com/mrss/" xmlns:content="http://purl.org/rss/1.0/modules/content/"
    xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"
    xmlns:atom="http://www.w3.org/2005/Atom"><channel>{channel}{items}</channel></rss>"""


def item(inside: str) -> Draft:
    """The one entry of an RSS feed."""
    feed = read(rss(f"<item><guid>1</guid>{inside}</item>"))
    assert len(feed.entries) == 1
    return feed.entries[0]


def atom(inside: str, attributes: str = "") -> ParsedFeed:
    return read(f'<feed xmlns="http://www.w3.org/2005/Atom" {attributes}><title>样本</title>{inside}</feed>')


def entry(inside: str, attributes: str = "") -> Draft:
    """The one entry of an Atom feed."""
    feed = atom(f"<entry><id>urn:1</id>{inside}</entry>", attributes)
    assert len(feed.entries) == 1
    return feed.entries[0]
