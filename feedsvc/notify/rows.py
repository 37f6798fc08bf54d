"""An event as plain data: the shape of `feedsvc events --json`, of webhooks and of `feedsvc tail`.

Times are RFC 3339 in UTC. Called by `recording`, and by the inquiries of the command line.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from feedsvc import composing
from feedsvc.model import Article, Event, Topic
from feedsvc.text import event_path, link_url, rfc3339

Row = dict[str, Any]


def event_row(event: Event, origins: Mapping[str, Sequence[str]]) -> Row:
    """`origins`: of each article, by key, the documents that it came from."""
    return {
        "id": event.id,
        "title": event.lead.title,
        "published": rfc3339(event.published),
        "updated": rfc3339(composing.distinct_updated(event)),
        "language": event.language,
        "thread": event.thread,
        "articles": [article_row(m.article, origins.get(m.article.key, ())) for m in event.members],
    }


def article_row(article: Article, origins: Sequence[str]) -> Row:
    return {
        "id": article.key,
        "source": article.source,
        "publisher": article.publisher,
        "url": article.url,
        "title": article.title,
        "published": rfc3339(article.time),
        "time_basis": "published" if article.published else "first_seen",
        "origin": article.origin,
        "origins": sorted({article.origin, *origins}),
    }


def news_row(event: Event, topic: Topic, happened: str, origins: Mapping[str, Sequence[str]], base_url: str) -> Row:
    """The event, in which feed what happened to it, and what a short message shows of it."""
    return {
        "happened": happened,
        "feed": topic.slug,
        "feed_title": topic.title,
        **event_row(event, origins),
        "title": event.lead.title or composing.readable_fallback(event.lead),
        "summary": composing.summary_of(event.lead),
        "url": link_url(event.lead.url),
        "page": base_url and base_url + event_path(event.id),
        "publishers": list(dict.fromkeys(m.article.publisher_name or m.article.publisher for m in event.members)),
    }


def trial_row(topic: Topic, now: datetime, base_url: str) -> Row:
    """A message about nothing, in the same shape, to see whether messages arrive."""
    time = rfc3339(now.replace(microsecond=0))
    return {
        "happened": "trial",
        "feed": topic.slug,
        "feed_title": topic.title,
        "id": "",
        "title": f"feedsvc tells here what happens in {topic.title}",
        "published": time,
        "updated": time,
        "language": "en",
        "thread": None,
        "articles": [],
        "summary": "This is a trial; no event stands behind it.",
        "url": base_url,
        "page": base_url,
        "publishers": ["feedsvc"],
    }
