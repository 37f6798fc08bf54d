"""What a user can ask about events and articles, as plain data: the shapes of `--json`. Reads only.

Called by the command line; times are RFC 3339 in UTC.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager

from feedsvc import topics
from feedsvc.config import Config
from feedsvc.events import compare
from feedsvc.model import Article, PairVerdict
from feedsvc.naming import find_article
from feedsvc.notify.rows import Row, article_row, event_row
from feedsvc.store import Database, articles, borderline, corrections, documents, open_database
from feedsvc.store import events as stored_events
from feedsvc.telling import standing_events
from feedsvc.text import rfc3339, rfc3339_second

LEAD_CHARACTERS = 200  # of an article, enough to see what it is about


def event_rows(config: Config, feed: str | None = None) -> list[Row]:
    """Every event, or those of one feed, newest first, as the contract of `feedsvc events --json` has them."""
    with _opened(config) as database:
        standing = standing_events(config, database)
        if feed is not None:
            standing = topics.select(standing, next(topic for topic in config.feeds if topic.slug == feed))
        with database.reading() as connection:
            origins = documents.origins(connection)
    return [event_row(event, origins) for event in standing]


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
        "articles": [article_row(article, origins.get(article.key, ())) for article in pair],
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
            "made": rfc3339_second(k.made),
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
