"""What a user can ask of the state, as plain data: the shapes of `--json`. Reads only.

Called by the command line; times are RFC 3339 in UTC.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from feedsvc import topics
from feedsvc.config import Config
from feedsvc.events import compare
from feedsvc.model import Article, Event, PairVerdict
from feedsvc.naming import find_article
from feedsvc.publish import source_statuses, standing_events
from feedsvc.store import Database, articles, borderline, corrections, documents, open_database, sources
from feedsvc.store import events as stored_events

Row = dict[str, Any]
LEAD_CHARACTERS = 200  # of an article, enough to see what it is about


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
    with _opened(config) as database, database.reading() as connection:
        keys = [find_article(connection, reference) for reference in (one, other)]
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
        "evidence": _evidence_rows(verdict),
    }


def _evidence_rows(verdict: PairVerdict) -> list[Row]:
    return [
        {"name": e.name, "words": e.words, "value": round(e.value, 4), "weight": round(e.weight, 4)}
        for e in verdict.evidence
    ]


def correction_rows(config: Config) -> list[Row]:
    """Every correction, newest first; `titles` are null of articles that this state does not know."""
    with _opened(config) as database, database.reading() as connection:
        known = corrections.known(connection)
        pairs = [(k.correction.article, k.correction.other) for k in known]
        found = articles.current(connection, {key for pair in pairs for key in pair})
    return [
        {
            "article": k.correction.article,
            "other": k.correction.other,
            "same": k.correction.same,
            "made": rfc3339(k.made.replace(microsecond=0)),
            "titles": [found[key].title if key in found else None for key in pair],
        }
        for k, pair in zip(known, pairs, strict=True)
    ]


def waiting_rows(
    config: Config, passed: Collection[tuple[str, str]] = (), most: int | None = None
) -> tuple[int, list[Row]]:
    """How many borderline pairs wait for a person's word, without those in `passed` (articles' ids as in the row);
    and the first of them, most unsure first, with their evidence.
    """
    with _opened(config) as database, database.reading() as connection:
        waiting = [pair for pair in borderline.waiting(connection) if (pair.article, pair.other) not in passed]
        shown = waiting[:most]
        keys = {key for pair in shown for key in (pair.article, pair.other)}
        found = articles.first(connection, keys)
        places = stored_events.places(connection, keys)
    return len(waiting), [_waiting_row(found[p.article], found[p.other], places, p.score) for p in shown]


def _waiting_row(article: Article, other: Article, places: Mapping[str, tuple[str, str]], score: float) -> Row:
    return {
        "probability": round(score, 4),
        "articles": [
            {
                "id": a.key,
                "event": places[a.key][0],
                "source": a.source,
                "publisher": a.publisher,
                "title": a.title,
                "lead": (a.lead or a.text)[:LEAD_CHARACTERS],
                "url": a.url,
                "published": rfc3339(a.time),
            }
            for a in (article, other)
        ],
        "evidence": _evidence_rows(compare(article, other)),
    }


def _membership_words(keys: Sequence[str], places: Mapping[str, tuple[str, str]]) -> str:
    if any(key not in places for key in keys):
        return "not both are placed in events yet; run `feedsvc update`"
    (event, reason), (other, other_reason) = (places[key] for key in keys)
    if event == other:
        return f"both are in {event}: {reason}; {other_reason}"
    return f"they are in two events: {event} ({reason}) and {other} ({other_reason})"


@contextmanager
def _opened(config: Config) -> Iterator[Database]:
    database = open_database(config.service.state, create=False)
    try:
        yield database
    finally:
        database.close()


def rfc3339(time: datetime) -> str:
    return time.isoformat().replace("+00:00", "Z")
