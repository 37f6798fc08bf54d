"""Conductor of conductors: one whole cycle under the lock. Called by `feedsvc update` and the daemon.

What belongs to every cycle stands here, in `gather` or in `bring_out`: the daemon leaves the second out where the first
found nothing new.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import Future
from contextlib import closing, contextmanager
from datetime import datetime

from feedsvc import mending, notify, quiet, watching
from feedsvc.config import Config
from feedsvc.model import Progress
from feedsvc.publish import PublishReport, publish, remember
from feedsvc.reading import agenda
from feedsvc.reading.report import IngestReport
from feedsvc.store import Database, open_database, outbox, sole_writer


@contextmanager
def at_work(config: Config, progress: Progress, wait_s: float = 0.0) -> Iterator[Database]:
    """The state, open, for this process alone. What is due is to be judged by a clock that is read in here, not before.

    Waits up to `wait_s` while another process holds it. Raises StateError where one still does or the state cannot be
    used.
    """

    def waiting(holder: str, waited_s: float) -> None:
        progress(f"waiting for {holder}", int(waited_s), int(wait_s))

    state = config.service.state
    with (
        sole_writer(state, wait_s=wait_s, waiting=waiting) as fence,
        closing(open_database(state, fence=fence)) as database,
    ):
        yield database


def gather(
    config: Config,
    database: Database,
    now: datetime,
    progress: Progress,
    only: Collection[str] = (),
    *,
    schedule: Config | None = None,
    most: int | None = None,
    stop: Future[None] | None = None,
) -> IngestReport:
    """Read what is due at `now` (or the sources named in `only`) and match it; `most` and `stop` as for `ingest`.

    Then see what is in trouble. `schedule`: the same configuration with each `every` as what is due goes by it, where
    that is not as it is written and told.
    """
    schedule = schedule or config
    report = IngestReport()
    if only or not agenda.is_done(schedule, database, now):
        # All that fetches, reads and matches: half of what a cycle with nothing due would take.
        from feedsvc.ingest import ingest  # noqa: PLC0415

        report = ingest(schedule, database, now, progress, only, most=most, stop=stop)
    return report + IngestReport(troubles_changed=watching.note(config, database, now))


def bring_out(config: Config, database: Database, now: datetime, progress: Progress) -> PublishReport:
    """Publish what changed, write down whom to tell, then that it was done, and drop what is too old.

    Raises FeedsvcError where the output cannot be written.
    """
    published = publish(config, database, progress, now)
    notify.record(config, database, now, published.selections)
    remember(database, published)
    if published.leaving:
        from feedsvc import retention  # noqa: PLC0415 - with whatever made something to leave

        retention.drop(database, published.leaving)
    return published


def tell(config: Config, now: datetime) -> Sequence[str]:
    """Send what is to be sent, for `feedsvc update`; needs no lock of a cycle. Problems, a line each."""
    if not notify.target_ids(config):
        return ()
    from feedsvc.notify.sending import send_due  # noqa: PLC0415 - only who tells somebody needs the network for it

    with closing(open_database(config.service.state)) as database:
        return send_due(config, database, now).problems


def run_cycle(
    config: Config, now: datetime, progress: Progress, only: Collection[str] = ()
) -> tuple[IngestReport, PublishReport]:
    """All of it, at a given time. Raises what its parts raise; StateError at once where another process is at work."""
    return run_when_free(config, lambda: now, progress, only)


def run_when_free(
    config: Config, clock: Callable[[], datetime], progress: Progress, only: Collection[str] = (), wait_s: float = 0.0
) -> tuple[IngestReport, PublishReport]:
    """All of it, once the state is free: what another process has read meanwhile is not due any more.

    Remembers where there was nothing to do, so that the next one need not begin.
    """

    def cycle() -> tuple[IngestReport, PublishReport]:
        before = quiet.seen(config)
        with at_work(config, progress, wait_s) as database:
            now = clock()
            ingested = gather(config, database, now, progress, only)
            published = bring_out(config, database, now, progress)
            due = now if published.held_for or _is_anything_unsent(database) else agenda.next_due(config, database)
        # Neither this cycle nor anybody else has changed anything while it looked.
        if quiet.seen(config) == before:
            quiet.remember(config, before, now, due, published.events)
        return ingested, published

    return mending.despite_damage(config, cycle, clock, wait_s)


def _is_anything_unsent(database: Database) -> bool:
    with database.reading() as connection:
        return any(count.waiting for count in outbox.counts(connection).values())
