"""What a user can ask of the state, as plain data: the shapes of `--json`. Reads only.

Called by the command line; times are RFC 3339 in UTC.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from feedsvc import text, topics
from feedsvc.config import Config
from feedsvc.errors import FeedsvcError
from feedsvc.events import compare
from feedsvc.model import Article, Draft, Event
from feedsvc.normalise import normalise
from feedsvc.publish import source_statuses, standing_events
from feedsvc.publishers import publisher_for
from feedsvc.store import Database, articles, documents, open_database, sources
from feedsvc.store import events as stored_events

Row = dict[str, Any]


def event_rows(config: Config, feed: str | None = None) -> list[Row]:
    """Every event, or those of one feed, newest first, as the contract of `feedsvc events --json` has them."""
    with _opened(config) as database:
        standing = standing_events(config, database)
        if feed is not None:
            standing = topics.select(standing, next(topic for topic in config.feeds if topic.slug == feed))
        with database.reading() as connection:
            origins = documents.origins(connection)
    return [_event_row(event, origins) for event in standing]


def _event_row(event: Event, origins: Mapping[str, Sequence[str]]) -> Row:
    return {
        "id": event.id,
        "title": event.lead.title,
        "published": rfc3339(event.published),
        "updated": rfc3339(topics.distinct_updated(event)),
        "language": event.language,
        "thread": event.thread,
        "articles": [_article_row(m.article, origins.get(m.article.key, ())) for m in event.members],
    }


def _article_row(article: Article, origins: Sequence[str]) -> Row:
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


def source_rows(config: Config) -> list[Row]:
    """Every source of the configuration with what it has brought; all never read where there is no state yet."""
    if not config.service.state.exists():
        return [
            {"id": s.id, "name": s.name, "enabled": s.enabled, "articles": 0, "newest": None}
            | {"checked": None, "due": None, "outcome": "", "faults": []}
            for s in config.sources
        ]
    with _opened(config) as database:
        statuses = source_statuses(config, database)
        with database.reading() as connection:
            states = sources.states(connection)
    rows = []
    for source, status in zip(config.sources, statuses, strict=True):
        state = states.get(source.id)
        due = state.checked + source.every if state and source.enabled else None
        rows.append(
            {
                "id": source.id,
                "name": source.name,
                "enabled": source.enabled,
                "articles": status.articles,
                "newest": status.newest and rfc3339(status.newest),
                "checked": state and rfc3339(state.checked.replace(microsecond=0)),
                "due": due and rfc3339(due.replace(microsecond=0)),
                "outcome": status.outcome,
                "faults": [{"origin": fault.origin, "problem": fault.problem} for fault in status.faults],
            }
        )
    return rows


def explain(config: Config, one: str, other: str) -> Row:
    """The verdict on two articles, named by id, URL or path of a saved document, with its evidence."""
    with _opened(config) as database:
        keys = [_find(database, reference) for reference in (one, other)]
        with database.reading() as connection:
            found = articles.first(connection, keys)
            origins = documents.origins(connection)
            places = stored_events.places(connection, keys)
    pair = [found[key] for key in keys]
    verdict = compare(pair[0], pair[1])
    return {
        "probability": verdict.probability,
        "same": verdict.same,
        "membership": _membership_words(keys, places),
        "articles": [_article_row(article, origins.get(article.key, ())) for article in pair],
        "evidence": [
            {"name": e.name, "words": e.words, "value": round(e.value, 4), "weight": round(e.weight, 4)}
            for e in verdict.evidence
        ],
    }


def _membership_words(keys: Sequence[str], places: Mapping[str, tuple[str, str]]) -> str:
    if any(key not in places for key in keys):
        return "not both are placed in events yet; run `feedsvc update`"
    (event, reason), (other, other_reason) = (places[key] for key in keys)
    if event == other:
        return f"both are in {event}: {reason}; {other_reason}"
    return f"they are in two events: {event} ({reason}) and {other} ({other_reason})"


def _find(database: Database, reference: str) -> str:
    with database.reading() as connection:
        keys = articles.keys_of(connection, reference) or articles.keys_of(connection, _key_of(reference))
        key = keys[0] if keys else documents.article_of(connection, reference)
    if key is None:
        raise FeedsvcError(f"no article {reference}; `feedsvc events --json` lists ids, URLs and saved documents")
    return key


def _key_of(url: str) -> str:
    """The key of the article at this address, in whatever spelling; empty if it is no address of an article."""
    nothing = datetime.fromtimestamp(0, UTC)
    draft = Draft(source="", origin="", captured=nothing, url=url, title=url, html="")
    article = normalise(publisher_for(url).read(draft)) if text.canonical_url(url) else None
    return article.key if isinstance(article, Article) else ""


@contextmanager
def _opened(config: Config) -> Iterator[Database]:
    database = open_database(config.service.state, create=False)
    try:
        yield database
    finally:
        database.close()


def rfc3339(time: datetime) -> str:
    return time.isoformat().replace("+00:00", "Z")
