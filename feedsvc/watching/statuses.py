"""What there is to say of each source and of the whole, without anything that changes while nothing happens.

Reads only. What does change, such as when a source was asked last, is told by `inquiry`, to who asks.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from feedsvc import storage
from feedsvc.config import Config, Source
from feedsvc.model import QueueStatus, ServiceStatus, SourceStatus, WorkerStatus
from feedsvc.reading.polled import rhythm_of
from feedsvc.sources.rhythm import Rhythm, misses_entries
from feedsvc.store import Database, documents, events, jobs, polls, sources, troubles
from feedsvc.store.polls import Poll

DAYS = 30  # of which articles are counted one by one
STATUS = "status.json"
WAITS_LONG = timedelta(minutes=15)  # so long may a job of workers wait before it is told


def service_status(config: Config, database: Database, before: Mapping[str, Any]) -> ServiceStatus:
    """How all is. `before`: the published status."""
    with database.reading() as connection:
        yields = sources.yields(connection)
        of_sources = _source_statuses(config, connection, yields)
        told = [trouble for trouble in troubles.load(connection) if trouble.changed]
        known, merged = events.counts(connection)
        queues, workers = _at_work(connection)
    return ServiceStatus(
        sources=tuple(of_sources),
        troubles=tuple(sorted(told, key=lambda t: (t.changed, t.id), reverse=True)),
        articles=sum(each.articles for each in yields.values()),
        events=known,
        merged=merged,
        until=_newest_day(yields),
        published=_last_published(before),
        queues=queues,
        workers=workers,
    )


def _at_work(connection: sa.Connection) -> tuple[tuple[QueueStatus, ...], tuple[WorkerStatus, ...]]:
    workers = tuple(
        WorkerStatus(worker.name, worker.queues, worker.since, None if worker.alive else worker.seen)
        for worker in jobs.workers(connection)
    )
    if not workers:
        return (), ()
    waits_long = jobs.now(connection) - WAITS_LONG
    queues = (
        QueueStatus(q.name, q.workers, q.oldest if q.oldest and q.oldest < waits_long else None)
        for q in jobs.queues(connection)
        if q.name in jobs.QUEUES
    )
    return tuple(queues), workers


def source_statuses(config: Config, database: Database) -> list[SourceStatus]:
    """What there is to say of each source, in the order of the configuration."""
    with database.reading() as connection:
        return _source_statuses(config, connection, sources.yields(connection))


def _source_statuses(
    config: Config, connection: sa.Connection, yields: Mapping[str, sources.Yield]
) -> list[SourceStatus]:
    states, known, faults = sources.states(connection), polls.load(connection), documents.all_faults(connection)
    until = _newest_day(yields)
    counted = sources.by_day(connection, until - timedelta(days=DAYS - 1)) if until else {}
    return [
        SourceStatus(
            id=source.id,
            name=source.name,
            enabled=source.enabled,
            articles=yields[source.id].articles if source.id in yields else 0,
            newest=yields[source.id].newest if source.id in yields else None,
            outcome=states[source.id].outcome if source.id in states else "",
            faults=tuple(faults.get(source.id, ())),
            every=source.every,
            days=_days(counted.get(source.id, {}), until) if until else (),
            **_polled(source, known.get(source.id), states.get(source.id)),
        )
        for source in config.sources
    ]


def _newest_day(yields: Mapping[str, sources.Yield]) -> date | None:
    return max(each.newest for each in yields.values()).date() if yields else None


def _days(counted: Mapping[date, int], until: date) -> tuple[int, ...]:
    """Oldest first; none where there was nothing in all of them."""
    days = tuple(counted.get(until - timedelta(days=back), 0) for back in range(DAYS - 1, -1, -1))
    return days if any(days) else ()


def _polled(source: Source, known: Poll | None, state: sources.SourceState | None) -> dict[str, Any]:
    if known is None or known.url != source.url:
        return {}
    rhythm = rhythm_of(known)
    return {
        "remarks": known.remarks,
        "per_day": round(rhythm.per_day, 1) if rhythm else None,
        "hours_held": round(rhythm.held / timedelta(hours=1), 1) if rhythm else None,
        "last_good": known.succeeded if state and state.outcome != sources.OK else None,
    }


def too_seldom(source: Source, rhythm: Rhythm | None) -> str:
    """What to do where entries can come and go between two fetches; empty where they cannot."""
    if rhythm is None or not misses_entries(source.every, rhythm):
        return ""
    hours = rhythm.held / timedelta(hours=1)
    minutes = max(5, int(hours * 60 / 2) // 5 * 5)
    return (
        f"its feed holds the news of {hours:.1f} hours and is asked less often, so entries are missed: "
        f'set every = "{minutes}m"'
    )


def missing(config: Config, statuses: Sequence[SourceStatus]) -> tuple[str, ...]:
    """Folders that failed, of which the state knows no article, though the published status says that they had some.

    So it is after a rebuild of the state while a disk is not mounted: to publish then would empty the feeds. What live
    sources do not bring again is taken over from what is published.
    """
    folders = {source.id for source in config.sources if source.path}
    failed = [s.id for s in statuses if s.enabled and not s.articles and s.outcome not in ("", sources.OK)]
    suspects = [id_ for id_ in failed if id_ in folders]
    try:
        had = {row["id"]: row["articles"] for row in published_status(config)["sources"]} if suspects else {}
    except (LookupError, TypeError):
        return ()
    return tuple(id_ for id_ in suspects if had.get(id_))


def published_status(config: Config) -> dict[str, Any]:
    """What status.json says; empty where there is none that can be read. Raises FeedsvcError where a storage fails."""
    try:
        found = json.loads(storage.opened(config.service.output).read(STATUS))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _last_published(before: Mapping[str, Any]) -> datetime | None:
    """As the output tells it, so that it outlives the state."""
    try:
        return datetime.fromisoformat(before["published"]).astimezone(UTC)
    except (LookupError, TypeError, ValueError):
        return None
