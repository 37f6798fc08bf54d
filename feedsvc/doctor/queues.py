"""The queues of workers: does somebody work on each, and does anything wait for long, or fail?"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta

from feedsvc.config import Config
from feedsvc.doctor.finding import Finding, bad, ok, warn
from feedsvc.store import jobs, open_database
from feedsvc.store.jobs import QueueState

LONG = timedelta(minutes=15)  # for a job to wait that could be begun


def queues(config: Config) -> Iterator[Finding]:
    """Nothing where no worker ever was."""
    with closing(open_database(config.service.state)) as database, database.reading() as connection:
        if jobs.schema(connection) is None:
            return
        known = {queue.name: queue for queue in jobs.queues(connection)}
        now = jobs.now(connection)
    if not any(queue.workers for queue in known.values()) and not any(queue.waiting for queue in known.values()):
        yield ok("workers", "none is at work, and nothing waits for one")
        return
    for name in jobs.QUEUES:
        yield from _queue(known.get(name, QueueState(name, 0, 0, 0, None, 0)), now)


def _queue(queue: QueueState, now: datetime) -> Iterator[Finding]:
    check = f"queue {queue.name}"
    if not queue.workers:
        remedy = f"start one: feedsvc worker --queues {queue.name}"
        yield bad(check, f"no worker works on it; {queue.waiting} jobs wait", remedy)
    elif queue.failing:
        yield warn(check, f"{queue.failing} jobs failed and are tried again", "the workers' log says why")
    elif queue.oldest and now - queue.oldest > LONG:
        minutes = (now - queue.oldest) // timedelta(minutes=1)
        yield warn(check, f"{queue.waiting} jobs wait, the first for {minutes} minutes", "start more workers")
    else:
        yield ok(check, f"{queue.workers} workers; {queue.waiting} jobs wait, {queue.running} run")
