"""What a reader sees of each event, whatever the format.

Pure: no I/O, no clock, no configuration. Called by whoever publishes, announces or remembers events; writes no document
(that is `render`).
"""

from __future__ import annotations

import functools
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import escape
from urllib.parse import urlsplit

from .model import Article, Entry, Event, Picture, Report, Topic
from .text import digest, event_path, link_url, squeeze

# When an empty feed was last updated: before all news, and no earlier than validators believe.
NEVER = datetime(1990, 1, 1, tzinfo=UTC)
# The publishers allow a summary: a "lead" that is a whole article in one paragraph is cut.
SUMMARY_CHARACTERS = 500
MOST_TOMBSTONES = 100  # in one document, the newest
PICTURES = re.compile(r'<figure>.*?</figure>|<img(?: [a-z]+="[^"]*")*>', re.DOTALL)  # as `normalise` leaves them


def without_pictures(event: Event) -> Event:
    """The event as it is shown where nobody but our own server is to be asked for anything."""
    return replace(event, lead=replace(event.lead, pictures=(), html=PICTURES.sub("", event.lead.html)))


def distinct_updated(event: Event) -> datetime:
    """The event's `updated`, moved forward by 0-999,999 µs that follow from its id alone.

    Readers and aggregators that page or deduplicate by instant lose entries that share one, and sources that
    publish to the minute share many. So told apart, the instant is the same in every feed and after a rebuild,
    never before `published`, and grows whenever the event's own `updated` grows.
    """
    return event.updated + distance(event.id)


@functools.lru_cache(maxsize=10_000)  # asked of all that a feed shows whenever it is made
def distance(id_: str) -> timedelta:
    """From an event's own `updated` to the instant that is published."""
    return timedelta(microseconds=int(digest("updated", id_), 16) % 1_000_000)


def settled(updates: Mapping[str, datetime]) -> dict[str, datetime]:
    """Of each id its instant; where two share one, that of the greater id moves by 1 µs."""
    taken: dict[datetime, str] = {}
    for id_, instant in sorted(updates.items(), key=lambda each: (each[1], each[0])):
        free = instant
        while free in taken:
            free += timedelta(microseconds=1)
        taken[free] = id_
    return {id_: instant for instant, id_ in taken.items()}


def entry_of(topic: Topic, event: Event, base_url: str, full_content: frozenset[str]) -> Entry:
    """As the feed shows it, if no other entry shares its instant."""
    lead = event.lead if topic.pictures else without_pictures(event).lead
    picture = first_picture(lead)
    summary = summary_of(lead)
    return Entry(
        id=event.id,
        title=lead.title or readable_fallback(lead),
        url=link_url(lead.url),
        page=base_url + event_path(event.id),
        summary=summary,
        content=_full_html(lead, picture) if lead.source in full_content else _summary_html(summary, picture),
        published=event.published,
        updated=distinct_updated(event),
        language=lead.language,
        publisher=lead.publisher_name or lead.publisher,
        publisher_url=home_of(lead.url),
        authors=lead.authors,
        agencies=lead.agencies,
        rights=lead.rights,
        categories=lead.categories,
        picture=picture,
        reports=tuple(_report(m.article) for m in event.members if m.article.key != lead.key),
        thread=event.thread,
        earlier=tuple(replace(step, page=base_url + event_path(step.id)) for step in event.earlier),
    )


def _report(article: Article) -> Report:
    return Report(
        publisher=article.publisher_name or article.publisher,
        title=article.title or readable_fallback(article),
        url=link_url(article.url),
        time=article.time,
        language=article.language,
    )


def readable_fallback(article: Article) -> str:
    """What stands for a missing title: the first words, else the address."""
    words = summary_of(article)
    return words[:60] + ("…" if len(words) > 60 else "") if words else article.url


def summary_of(article: Article) -> str:
    """Plain text of the lead paragraph, else of the first one; cut where it is longer than a summary."""
    words = squeeze(article.lead) or squeeze(article.text.strip().partition("\n")[0])
    return words if len(words) <= SUMMARY_CHARACTERS else words[: SUMMARY_CHARACTERS - 1].rstrip() + "…"


def first_picture(article: Article) -> Picture | None:
    """The first picture whose address may stand in a document."""
    usable = (replace(picture, url=link_url(picture.url)) for picture in article.pictures)
    return next((picture for picture in usable if picture.url), None)


def home_of(url: str) -> str:
    """The publisher's front page: scheme and host of the article's address."""
    url = link_url(url)
    return f"{urlsplit(url).scheme}://{urlsplit(url).netloc}/" if url else ""


def commonest(languages: Iterable[str]) -> str:
    """The language that most have; of equally common ones the first by name; "und" where there is none."""
    counted = Counter(language for language in languages if language)
    return min(counted, key=lambda language: (-counted[language], language), default="und")


def _summary_html(summary: str, picture: Picture | None) -> str:
    return _figure_html(picture) + (f"<p>{escape(summary, quote=False)}</p>" if summary else "")


def _full_html(article: Article, picture: Picture | None) -> str:
    return article.html if "<img" in article.html else _figure_html(picture) + article.html


def _figure_html(picture: Picture | None) -> str:
    if picture is None:
        return ""
    words = " ".join(filter(None, (picture.caption, picture.credit and f"({picture.credit})")))
    caption = f"<figcaption>{escape(words, quote=False)}</figcaption>" if words else ""
    return f'<figure><img src="{escape(picture.url)}" alt="{escape(picture.caption)}">{caption}</figure>'
