"""What waits in the workers' queues and who works, for whoever watches. The queues themselves are kept by `worker`.

Only reads. Called where the status is told.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

QUEUES = ("fetch", "match", "publish")  # that a worker chooses among
GONE_AFTER_S = 30.0  # without a sign of life a worker counts as gone, and its jobs are given to others
FORGOTTEN_AFTER = "1 day"  # and is named for so long


@dataclass(frozen=True, slots=True)
class QueueState:
    name: str
    waiting: int  # that may be begun now
    running: int
    failing: int  # of those that wait, because they failed before
    oldest: datetime | None  # since when the first of those that wait does
    workers: int  # alive, that work on it


@dataclass(frozen=True, slots=True)
class WorkerState:
    name: str
    queues: tuple[str, ...]
    since: datetime
    seen: datetime  # its last sign of life
    alive: bool


def now(connection: sa.Connection) -> datetime:
    """By the server's clock, which all machines share."""
    found: datetime = connection.scalar(sa.text("SELECT clock_timestamp()"))
    return found


def schema(connection: sa.Connection) -> str | None:
    """Where the queues are, quoted; None where there are none: with SQLite, or before the first worker."""
    if connection.dialect.name != "postgresql":
        return None
    found: str | None = connection.scalar(
        sa.text("SELECT to_regnamespace(quote_ident(current_schema() || '_jobs'))::text")
    )
    return found


def workers(connection: sa.Connection) -> list[WorkerState]:
    if (place := schema(connection)) is None:
        return []
    alive = f"seen > clock_timestamp() - make_interval(secs => {GONE_AFTER_S})"
    rows = connection.execute(sa.text(f"SELECT name, queues, since, seen, {alive} FROM {place}.worker ORDER BY name"))  # noqa: S608
    return [
        WorkerState(name, tuple(queues.split(",")), since, seen, alive) for name, queues, since, seen, alive in rows
    ]


def queues(connection: sa.Connection) -> list[QueueState]:
    """Those of which anything is known; by name."""
    if (place := schema(connection)) is None:
        return []
    query = f"""
        SELECT queue_name, count(*) FILTER (WHERE status = 'todo' AND coalesce(scheduled_at, now()) <= now()),
               count(*) FILTER (WHERE status = 'doing'),
               count(*) FILTER (WHERE status = 'todo' AND (args->>'attempt')::int > 0),
               min(coalesce(scheduled_at, at)) FILTER (WHERE status = 'todo' AND coalesce(scheduled_at, now()) <= now())
        FROM {place}.procrastinate_jobs jobs LEFT JOIN LATERAL (
            SELECT min(at) AS at FROM {place}.procrastinate_events WHERE job_id = jobs.id) deferred ON true
        GROUP BY queue_name"""  # noqa: S608
    at_work = Counter(queue for worker in workers(connection) if worker.alive for queue in worker.queues)
    found = {
        name: QueueState(name, waiting, running, failing, oldest, at_work[name])
        for name, waiting, running, failing, oldest in connection.execute(sa.text(query))
    }
    idle = {name: QueueState(name, 0, 0, 0, None, at_work[name]) for name in at_work}
    return [state for _, state in sorted((idle | found).items())]
