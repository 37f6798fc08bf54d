"""The html that an entry carries into a feed reader, the same in every format. Called by the feed renderers."""

from __future__ import annotations

from feedsvc.model import Entry, Report, Step
from feedsvc.text import rfc3339

from .addresses import absolute
from .markup import Markup, tag, text
from .phrases import Phrases, clock_words


def entry_html(entry: Entry, phrases: Phrases) -> Markup:
    """What the feed carries of the lead article, then who else reported the event, then what came before it."""
    return text(Markup(entry.content), also_reported_by(entry, phrases), earlier_in_this_story(entry, phrases))


def also_reported_by(entry: Entry, phrases: Phrases) -> Markup:
    """Publisher, title, time and link of every other article; empty if there is none."""
    if not entry.reports:
        return Markup()
    page = absolute(entry.page)
    return text(
        tag("p", tag("strong", phrases.also_reported_by)),
        tag("ul", map(_report, entry.reports), class_="also-reported-by"),
        page and tag("p", tag("a", phrases.all_reports, href=page)),
    )


def earlier_in_this_story(entry: Entry, phrases: Phrases) -> Markup:
    """Title, time and page of the events that this one goes on from, newest first; empty if there is none."""
    if not entry.earlier:
        return Markup()
    return text(tag("p", tag("strong", phrases.earlier)), tag("ul", map(_step, entry.earlier), class_="earlier"))


def _step(step: Step) -> Markup:
    title = tag("bdi", step.title, lang=step.language or None)
    page = absolute(step.page)
    time = tag("time", clock_words(step.published), datetime=rfc3339(step.published))
    return tag("li", tag("a", title, href=page) if page else title, ", ", time)


def _report(report: Report) -> Markup:
    # <bdi> keeps a title's writing direction, honest or hostile, from reordering what stands beside it.
    title = tag("bdi", report.title, lang=report.language or None)
    linked = tag("a", title, href=report.url) if report.url else title
    time = tag("time", clock_words(report.time), datetime=rfc3339(report.time))
    return tag("li", tag("bdi", report.publisher), ": ", linked, ", ", time)
