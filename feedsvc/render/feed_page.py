"""The page of one feed: how to subscribe, and its entries day by day. Called by `publish`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC
from itertools import groupby

from feedsvc.model import Entry, Report, TopicFeed
from feedsvc.render.addresses import MEDIA_TYPES, file_name, published_at
from feedsvc.render.characters import presentable
from feedsvc.render.markup import Markup, tag, text
from feedsvc.render.page import facts, figure, foreign, link, moment, other_steps, page
from feedsvc.render.phrases import Phrases, day_words, phrases_for
from feedsvc.text import event_path

FORMATS = {"atom": "Atom", "rss": "RSS", "json": "JSON Feed"}


def render_feed_page(feed: TopicFeed) -> bytes:
    """UTF-8 HTML."""
    feed = presentable(feed)
    phrases = phrases_for(feed.language)
    return page(
        feed.title,
        phrases,
        _opening(feed, phrases),
        _subscribe(feed, phrases),
        list(_days(feed, phrases)),
        head=_head(feed, phrases),
    )


def alternates(feed: TopicFeed) -> Iterator[Markup]:
    """What a feed reader finds when it is given the page's address."""
    for suffix, name in FORMATS.items():
        title = f"{feed.title} ({name})"
        yield tag("link", rel="alternate", type=MEDIA_TYPES[suffix], title=title, href=file_name(feed, suffix))


def _head(feed: TopicFeed, phrases: Phrases) -> Iterator[Markup]:
    yield tag("meta", name="description", content=phrases.about_feed.format(feed.title))
    if feed.base_url:
        yield tag("link", rel="canonical", href=published_at(feed, "html"))
    yield from alternates(feed)


def _opening(feed: TopicFeed, phrases: Phrases) -> Markup:
    updated = max((entry.updated for entry in feed.entries), default=None)
    return tag(
        "header",
        tag("h1", foreign(feed.title), class_="clamp"),
        tag("p", phrases.feeds_hint if feed.entries else phrases.empty),
        feed.entries
        and facts(
            phrases.entries.format(len(feed.entries)),
            updated and text(phrases.updated.format(""), moment(updated)),
        ),
        class_="opening",
    )


def _subscribe(feed: TopicFeed, phrases: Phrases) -> Markup:
    addresses = [
        tag(
            "li",
            tag(
                "a",
                tag("b", name.split()[0]),
                tag("code", published_at(feed, suffix) or file_name(feed, suffix)),
                href=file_name(feed, suffix),
                type=MEDIA_TYPES[suffix],
            ),
        )
        for suffix, name in FORMATS.items()
    ]
    return tag(
        "section",
        tag("h2", phrases.subscribe, id="subscribe"),
        tag("p", phrases.subscribe_hint),
        tag("ul", addresses, class_="addresses"),
        class_="subscribe",
        aria_labelledby="subscribe",
    )


def _days(feed: TopicFeed, phrases: Phrases) -> Iterator[Markup]:
    for day, entries in groupby(feed.entries, lambda entry: entry.published.astimezone(UTC).date()):
        of_day = list(entries)
        heading = tag("time", day_words(of_day[0].published.astimezone(UTC), phrases), datetime=day.isoformat())
        yield tag("section", tag("h2", heading), [_entry(entry, phrases) for entry in of_day], class_="day")


def _entry(entry: Entry, phrases: Phrases) -> Markup:
    return tag(
        "article",
        tag(
            "p",
            tag("span", foreign(entry.publisher), class_="publisher"),
            moment(entry.published, f"{entry.published.astimezone(UTC):%H:%M} UTC"),
            class_="byline",
        ),
        tag("h3", link(foreign(entry.title, entry.language), entry.url), class_="clamp"),
        figure(entry.picture, "thumbnail", phrases, caption=False),
        entry.summary and tag("p", foreign(entry.summary, entry.language), class_="summary"),
        _others(entry, phrases),
        other_steps(tag("h4", phrases.earlier), entry.earlier),
        class_="entry",
    )


def _others(entry: Entry, phrases: Phrases) -> Markup | None:
    if not entry.reports:
        return None
    heading = tag("h4", phrases.also_reported_by)
    side_by_side = tag("a", phrases.all_reports, href=event_path(entry.id))
    return tag(
        "div",
        tag("header", heading, side_by_side),
        tag("ul", [_report(report) for report in entry.reports]),
        class_="others",
    )


def _report(report: Report) -> Markup:
    return tag(
        "li",
        tag("span", foreign(report.publisher), class_="publisher"),
        " ",
        link(foreign(report.title, report.language), report.url),
        " ",
        moment(report.time),
    )
