"""How the service and each of its sources is doing, as plain data: the shapes of `--json`. Reads only.

Light to import, as far as it goes: people and monitors ask often. Called by the command line, the daemon's figures and
the doctor; times are RFC 3339 in UTC.
"""

from __future__ import annotations

import json
import logging
from contextlib import closing
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from feedsvc import logs, text, watching
from feedsvc.config import Config, Source
from feedsvc.errors import FeedsvcError
from feedsvc.model import ServiceStatus, SourceStatus
from feedsvc.notify.identity import target_ids
from feedsvc.reading.polled import rhythm_of
from feedsvc.sources.schedule import Move
from feedsvc.store import Database, has_state, jobs, open_database, polls, sources
from feedsvc.store.polls import Poll
from feedsvc.store.sources import SourceState

Row = dict[str, Any]


def source_rows(config: Config) -> list[Row]:
    """Every source of the configuration with what it has brought; all never read where there is no state yet."""
    if not has_state(config.service.state):
        return [_source_row(s, SourceStatus(s.id, s.name, s.enabled, 0, None), None, None) for s in config.sources]
    with closing(open_database(config.service.state, create=False)) as database:
        statuses = watching.source_statuses(config, database)
        with database.reading() as connection:
            states = sources.states(connection)
            known = polls.load(connection)
    return [
        _source_row(source, status, states.get(source.id), known.get(source.id))
        for source, status in zip(config.sources, statuses, strict=True)
    ]


def status(config: Config) -> Row:
    """As status.json, and what changes by itself: when each source was read and is due, what waits to be sent."""
    deliveries: list[Row] = []
    at_work: Row = {}
    known = ServiceStatus(())
    published = _published(config)
    if has_state(config.service.state):
        with closing(open_database(config.service.state, create=False)) as database:
            known = watching.service_status(config, database, published)
            deliveries = _deliveries(config, database)
            at_work = _at_work(database)
    from feedsvc.render.status import render_status  # noqa: PLC0415 - `sources` has no need of what makes documents

    told: Row = json.loads(render_status((), known))
    told["feeds"] = published.get("feeds", [])
    of_sources = {row["id"]: row for row in told["sources"]}
    told["sources"] = [of_sources.get(row["id"], {}) | row for row in source_rows(config)]
    return told | {"deliveries": deliveries} | at_work  # of queues and workers more than is published


def _published(config: Config) -> Row:
    """What the output says, where it can be reached: how the sources are is told in any case."""
    try:
        return watching.published_status(config)
    except FeedsvcError as error:
        logs.tell(str(error), level=logging.WARNING)
        return {}


def _at_work(database: Database) -> Row:
    """The queues of workers, and who works on them; nothing where there are none."""
    with database.reading() as connection:
        queues, workers = jobs.queues(connection), jobs.workers(connection)
    return {
        "queues": [
            {
                "queue": queue.name,
                "waiting": queue.waiting,
                "running": queue.running,
                "failing": queue.failing,
                "oldest": queue.oldest and text.rfc3339(queue.oldest),
                "workers": queue.workers,
            }
            for queue in queues
        ],
        "workers": [
            {
                "worker": worker.name,
                "queues": list(worker.queues),
                "since": text.rfc3339(worker.since),
                "seen": text.rfc3339(worker.seen),
                "alive": worker.alive,
            }
            for worker in workers
        ],
    }


def _deliveries(config: Config, database: Database) -> list[Row]:
    if not target_ids(config):
        return []
    from feedsvc.notify.status import target_rows  # noqa: PLC0415 - brings the network

    return target_rows(config, database)


def _source_row(source: Source, status: SourceStatus, state: SourceState | None, known: Poll | None) -> Row:
    known = known if known and known.url == source.url else None
    row = {
        "id": source.id,
        "name": source.name,
        "enabled": source.enabled,
        "articles": status.articles,
        "newest": status.newest and text.rfc3339(status.newest),
        "checked": state and text.rfc3339_second(state.checked),
        "due": text.rfc3339_second(_due(source, state, known)) if state and source.enabled else None,
        "succeeded": text.rfc3339_second(state.checked) if state and state.outcome == sources.OK else None,
        "outcome": status.outcome,
        "faults": [{"origin": fault.origin, "problem": fault.problem} for fault in status.faults],
        "remarks": [*_moved(known), *status.remarks],
    }
    return row | _live_row(source, known) if source.url else row


def _moved(known: Poll | None) -> list[str]:
    move = Move(known.moved_to, known.moved_times) if known else Move()
    return [watching.moved_words(move)] if move.believed else []


def _due(source: Source, state: SourceState, known: Poll | None) -> datetime | None:
    """None: never again."""
    if source.url:
        return known.next_due if known else state.checked
    return state.checked + source.every


def _live_row(source: Source, known: Poll | None) -> Row:
    rhythm = rhythm_of(known) if known else None
    return {
        "url": _without_credentials(source.url),
        "succeeded": known and text.rfc3339_second(known.succeeded),
        "failures": known.failures if known else 0,
        "entries": known.entries if known else 0,
        "entries_per_day": rhythm and round(rhythm.per_day, 1),
        "hours_held": rhythm and round(rhythm.held / timedelta(hours=1), 1),
        "warning": watching.too_seldom(source, rhythm),
    }


def _without_credentials(url: str) -> str:
    """As the configuration has it, but for user and password."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
