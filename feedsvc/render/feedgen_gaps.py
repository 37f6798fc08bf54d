"""What feedgen 1.0 leaves out or gets wrong, filled in through its extension API. Only this module knows the gaps.

- links of an entry lose rel, type and title: entries get their links here and give feedgen none;
- RFC 5005 (links between the pages of an archive) and RFC 6721 (tombstones) are unknown to it;
- atom:source holds only title and link: written here whole;
- the last link of a feed becomes RSS's channel link, whatever its rel: set here;
- now() stands where a date was not given: `new_feed` and `add_entry` leave none out, and an empty feed has none in RSS;
- a control character raises ValueError: `characters.presentable` removes them before anything comes here;
- RSS's profile wants "&" and "<" in plain text as numbers: `number_references`.
"""

from __future__ import annotations

import re
from typing import Any

from feedgen.entry import FeedEntry
from feedgen.ext.base import BaseEntryExtension, BaseExtension
from feedgen.feed import FeedGenerator
from lxml import etree

from feedsvc.model import Entry, Picture, TopicFeed
from feedsvc.text import rfc3339

from .addresses import MEDIA_TYPES, absolute, feed_id, page_links, picture_type, published_at
from .phrases import Phrases

ATOM = "http://www.w3.org/2005/Atom"
DC = "http://purl.org/dc/elements/1.1/"
MEDIA = "http://search.yahoo.com/mrss/"
HISTORY = "http://purl.org/syndication/history/1.0"
TOMBSTONES = "http://purl.org/atompub/tombstones/1.0"
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
CONTENT = "http://purl.org/rss/1.0/modules/content/"
GENERATOR = "feedsvc"  # without a version: an upgrade must not change every byte of every feed


class FeedGaps(BaseExtension):  # type: ignore[misc]
    """What a feed as a whole lacks."""

    def __init__(self) -> None:
        self.feed: TopicFeed | None = None

    def extend_ns(self) -> dict[str, str]:
        assert self.feed is not None
        archive = {"fh": HISTORY} if self.feed.archive else {}
        tombstones = {"at": TOMBSTONES} if self.feed.gone else {}
        return {"dc": DC, "media": MEDIA, **archive, **tombstones}

    def extend_atom(self, element: Any) -> Any:
        feed = self.feed
        assert feed is not None
        if feed.archive:
            _child(element, f"{{{HISTORY}}}archive")
        for rel, href in page_links(feed).items():
            if href:
                _child(element, "link", rel=rel, href=href, type=MEDIA_TYPES["atom"])
        for hub in _hubs(feed):
            _child(element, "link", rel="hub", href=hub)
        for tombstone in feed.gone:
            _child(element, f"{{{TOMBSTONES}}}deleted-entry", ref=tombstone.id, when=rfc3339(tombstone.when))
        return number_references(element)

    def extend_rss(self, rss: Any) -> Any:
        assert self.feed is not None
        channel = rss.find("channel")
        # The channel needs an address with a scheme. Without a base_url it has none but its name, which is honest.
        channel.find("link").text = published_at(self.feed, "html") or feed_id(self.feed)
        if not self.feed.size:
            channel.remove(channel.find("lastBuildDate"))
        for hub in reversed(_hubs(self.feed)):
            link = _child(channel, f"{{{ATOM}}}link", rel="hub", href=hub)
            channel.find(f"{{{ATOM}}}link").addnext(link)
        # Those of Atom alone go: RSS knows no tombstones.
        etree.cleanup_namespaces(rss, keep_ns_prefixes=["atom", "content", "dc", "media"])
        return number_references(rss)


class EntryGaps(BaseEntryExtension):  # type: ignore[misc]
    """What an entry lacks, in both formats."""

    def __init__(self) -> None:
        self.entry: Entry | None = None
        self.phrases: Phrases | None = None

    def extend_atom(self, element: Any) -> Any:
        entry, _phrases = self._given()
        if entry.language:
            element.set(XML_LANG, entry.language)
        if entry.url:
            _link(element, "link", "alternate", entry.url, hreflang=entry.language)
        self._other_links(element, "link")
        _source(element, entry)
        _picture(element, entry.picture)
        return number_references(element, "content")

    def extend_rss(self, element: Any) -> Any:
        entry, _ = self._given()
        for author in entry.authors:
            _child(element, f"{{{DC}}}creator", author)
        for agency in entry.agencies:
            _child(element, f"{{{DC}}}contributor", agency)
        if entry.rights:
            _child(element, f"{{{DC}}}rights", entry.rights)
        if entry.language:
            _child(element, f"{{{DC}}}language", entry.language)
        _child(element, f"{{{ATOM}}}updated", rfc3339(entry.updated))
        self._other_links(element, f"{{{ATOM}}}link")
        _picture(element, entry.picture)
        return number_references(element, "description", f"{{{CONTENT}}}encoded")

    def _given(self) -> tuple[Entry, Phrases]:
        assert self.entry is not None and self.phrases is not None
        return self.entry, self.phrases

    def _other_links(self, element: Any, name: str) -> None:
        """The other articles, the pages of what came before, and the page on which all reports stand side by side."""
        entry, phrases = self._given()
        for report in entry.reports:
            if report.url:
                title = f"{report.publisher}: {report.title}"
                _link(element, name, "related", report.url, title=title, hreflang=report.language)
        for step in entry.earlier:
            if absolute(step.page):
                title = f"{phrases.earlier}: {step.title}"
                _link(element, name, "related", step.page, title=title, hreflang=step.language)
        if absolute(entry.page):
            _link(element, name, "describedby", entry.page, title=phrases.all_reports)


def new_feed(feed: TopicFeed, phrases: Phrases) -> FeedGenerator:
    """A feedgen feed with all that Atom and RSS have in common, and no now() in it."""
    generator = FeedGenerator()
    generator.register_extension("gaps", FeedGaps, EntryGaps)
    generator.gaps.feed = feed
    generator.id(feed_id(feed))
    generator.title(feed.title)
    generator.updated(feed.updated)
    generator.language(feed.language or None)
    generator.description(phrases.about_feed.format(feed.title))
    generator.generator(GENERATOR)
    generator.docs("https://www.rssboard.org/rss-specification")
    return generator


def add_entry(generator: FeedGenerator, entry: Entry, phrases: Phrases) -> FeedEntry:
    """A feedgen entry with all that Atom and RSS have in common; the order of the calls is the order of the feed."""
    added = generator.add_entry(order="append")
    added.gaps.entry, added.gaps.phrases = entry, phrases
    added.id(entry.id)
    added.title(entry.title)
    added.published(entry.published)
    added.updated(entry.updated)
    added.category([{"term": category} for category in entry.categories])
    return added


def _hubs(feed: TopicFeed) -> tuple[str, ...]:
    """Where news of this document can be subscribed to (WebSub section 4): the live feed, if it knows its address."""
    return feed.hubs if feed.base_url and not feed.archive else ()


def _child(parent: Any, name: str, words: str = "", **attributes: str) -> Any:
    child = etree.SubElement(parent, name, {key: value for key, value in attributes.items() if value})
    child.text = words or None
    return child


def number_references(root: Any, *carry_html: str) -> Any:
    """In place, plain text with "&#x26;" for "&amp;" and so on: readers that would take it for html get that right
    (RSS Best Practices Profile, character data).
    """
    for element in [e for e in root.iter(etree.Element) if e.tag not in carry_html]:
        words, *rest = re.split("([&<>])", element.text or "")
        for sign, following in zip(rest[::2], rest[1::2], strict=True):
            element.text = words
            reference = etree.Entity(f"#x{ord(sign):X}")
            reference.tail = following
            element.append(reference)
    return root


def _link(parent: Any, name: str, rel: str, href: str, **others: str) -> None:
    _child(parent, name, rel=rel, type=MEDIA_TYPES["html"], href=href, **others)


def _source(parent: Any, entry: Entry) -> None:
    """RFC 4287 section 4.2.11. The publisher is the source; its feed's own address may hold a subscriber's token."""
    source = _child(parent, "source")
    if entry.publisher_url:
        _child(source, "id", entry.publisher_url)
    _child(source, "title", entry.publisher)
    _child(source, "updated", rfc3339(entry.updated))
    if entry.publisher_url:
        _link(source, "link", "alternate", entry.publisher_url)


def _picture(parent: Any, picture: Picture | None) -> None:
    """Media RSS 1.5. No enclosure: that is a thing to download, and its length in bytes is not known."""
    if picture is None or not picture.url:
        return
    media = _child(parent, f"{{{MEDIA}}}content", url=picture.url, medium="image", type=picture_type(picture.url))
    if picture.caption:
        _child(media, f"{{{MEDIA}}}description", picture.caption, type="plain")
    if picture.credit:
        _child(media, f"{{{MEDIA}}}credit", picture.credit)
    _child(parent, f"{{{MEDIA}}}thumbnail", url=picture.url)
