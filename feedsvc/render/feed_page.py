"""The page of one feed: how to subscribe, and its entries day by day. Called by `publish`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import groupby

from feedsvc.model import Entry, Report, Step, TopicFeed
from feedsvc.render.addresses import MEDIA_TYPES, file_name, published_at
from feedsvc.render.characters import presentable
from feedsvc.render.markup import Markup, tag, text
from feedsvc.render.page import day_heading, facts, figure, foreign, hour, link, moment, page
from feedsvc.render.phrases import Phrases, phrases_for
from feedsvc.text import event_path

REPORTS_AT_ONCE = 4  # of one entry; the others stand behind a click
FORMATS = {"atom": "Atom", "rss": "RSS", "json": "JSON Feed"}


def render_feed_page(feed: TopicFeed, entries: Sequence[tuple[datetime, Markup]] | None = None) -> bytes:
    """UTF-8 HTML. `entries`: all of them in order as `page_pieces` made them, each with its publication."""
    feed = presentable(feed)
    phrases = phrases_for(feed.language)
    if entries is None:
        entries = [(entry.published, _entry(entry, phrases)) for entry in feed.entries]
    return page(
        feed.title,
        phrases,
        _opening(feed, phrases),
        _subscribe(feed, phrases),
        list(_days(entries, phrases)),
        head=_head(feed, phrases),
    )


def page_pieces(feed: TopicFeed) -> list[Markup]:
    """What stands of each entry in the page."""
    feed = presentable(feed)
    phrases = phrases_for(feed.language)
    return [_entry(entry, phrases) for entry in feed.entries]


def alternates(feed: TopicFeed) -> Iterator[Markup]:
    """What a feed reader finds when it is given the page's address."""
    for suffix, name in FORMATS.items():
        title = f"{feed.title} ({name})"
        yield tag("link", rel="alternate", type=MEDIA_TYPES[suffix], title=title, href=file_name(feed, suffix))


def _head(feed: TopicFeed, phrases: Phrases) -> Iterator[Markup]:
    yield tag("meta", name="description", content=phrases.about_feed.format(feed.title))
    if feed.private:
        yield tag("meta", name="robots", content="noindex")
    if feed.base_url:
        yield tag("link", rel="canonical", href=published_at(feed, "html"))
    yield from alternates(feed)


def _opening(feed: TopicFeed, phrases: Phrases) -> Markup:
    return tag(
        "header",
        tag("h1", foreign(feed.title), class_="clamp"),
        tag("p", phrases.feeds_hint if feed.size else phrases.empty),
        facts(phrases.entries.format(feed.size), text(phrases.updated.format(""), moment(feed.updated)))
        if feed.size
        else None,
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
        feed.base_url and tag("p", tag("a", phrases.embed, href=f"embed/index.html#{feed.slug}"), class_="more"),
        class_="subscribe",
        aria_labelledby="subscribe",
    )


def _days(entries: Sequence[tuple[datetime, Markup]], phrases: Phrases) -> Iterator[Markup]:
    for day, found in groupby(entries, lambda entry: entry[0].astimezone(UTC).date()):
        yield tag("section", tag("h2", day_heading(day, phrases)), [entry for _, entry in found], class_="day")


def _entry(entry: Entry, phrases: Phrases) -> Markup:
    return tag(
        "article",
        tag(
            "p",
            tag("span", foreign(entry.publisher), class_="publisher"),
            hour(entry.published),
            class_="byline",
        ),
        tag("h3", link(foreign(entry.title, entry.language), entry.url), class_="clamp"),
        figure(entry.picture, "thumbnail", phrases, caption=False),
        entry.summary and tag("p", foreign(entry.summary, entry.language), class_="summary"),
        _others(entry, phrases),
        _earlier(entry, phrases),
        class_="entry",
    )


def _others(entry: Entry, phrases: Phrases) -> Markup | None:
    if not entry.reports:
        return None
    reports = [_report(report, entry) for report in entry.reports]
    at_once = REPORTS_AT_ONCE if len(reports) > REPORTS_AT_ONCE + 1 else len(reports)
    more = phrases.more_reports.format(len(reports) - at_once)
    return tag(
        "div",
        tag("header", tag("h4", phrases.also_reported_by), tag("a", phrases.all_reports, href=event_path(entry.id))),
        tag("ul", reports[:at_once]),
        reports[at_once:] and tag("details", tag("summary", more), tag("ul", reports[at_once:])),
        class_="others",
    )


def _report(report: Report, entry: Entry) -> Markup:
    same_day = report.time.astimezone(UTC).date() == entry.published.astimezone(UTC).date()
    return tag(
        "li",
        tag("span", foreign(report.publisher), class_="publisher"),
        " ",
        link(foreign(report.title, report.language), report.url),
        " ",
        hour(report.time) if same_day else moment(report.time),
    )


def _earlier(entry: Entry, phrases: Phrases) -> Markup | None:
    """What came before in the same story, newest first, with links to the pages of those events."""
    if not entry.earlier:
        return None
    return tag(
        "div",
        tag("header", tag("h4", phrases.earlier)),
        tag("ul", map(_step, entry.earlier)),
        class_="others",
    )


def _step(step: Step) -> Markup:
    title = foreign(step.title, step.language)
    return tag("li", tag("a", title, href=event_path(step.id)), " ", moment(step.published))
