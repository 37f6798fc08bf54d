"""Conductor: due sources -> documents, feeds, pages -> articles -> events. Decides nothing itself.

A crash between two steps loses and repeats nothing: what is stored is known by its digest, what is not yet placed is
found again. Called by the command line and the daemon.

Steps are imported where there is something for them to do: most updates find nothing new.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING

from feedsvc.config import Config, Source
from feedsvc.model import Progress
from feedsvc.reading.agenda import due_sources, next_due
from feedsvc.reading.report import IngestReport
from feedsvc.store import Database, articles, events, sources, statements

if TYPE_CHECKING:
    from feedsvc.events.matcher import Ask
    from feedsvc.reading.feeds import Chance
    from feedsvc.reading.looking import Look
    from feedsvc.sources.politeness import Reserve

__all__ = ["IngestReport", "ingest", "look_at", "next_due"]


def ingest(
    config: Config,
    database: Database,
    now: datetime,
    progress: Progress,
    only: Collection[str] = (),
    *,
    chance: Chance = random.random,
    most: int | None = None,
    stop: Future[None] | None = None,
) -> IngestReport:
    """Read the sources that are due, or those named in `only`, due or not; then place what is in no event.

    `chance` spreads the times at which sources are due next. `most`: so many sources at once, those that have been due
    for longest; the others stay due. Once `stop` is done, no answer is waited for any more. Raises ConfigError before
    anything is read if the judge's key cannot be had.
    """
    with _judge(config, database, now) as ask:
        due = due_sources(config, database, now, only, most)
        report = read(config, database, now, progress, due, asked=bool(only), chance=chance, stop=stop)
        _recover(config, database)
        return report + place(config, database, progress, ask)


def read(
    config: Config,
    database: Database,
    now: datetime,
    progress: Progress,
    due: Sequence[Source],
    *,
    asked: bool = False,
    chance: Chance = random.random,
    stop: Future[None] | None = None,
    reserve: Reserve | None = None,
) -> IngestReport:
    """The first half: documents, feeds and pages of these sources. `reserve`: where other processes read too."""
    report = _read_folders([source for source in due if source.path], database, now, progress)
    live = [source for source in due if not source.path]
    if live:
        from feedsvc.reading.feeds import read_feeds  # noqa: PLC0415 - all that speaks HTTP

        report += read_feeds(
            config, database, now, live, progress, asked=asked, chance=chance, stop=stop, reserve=reserve
        )
    if _wants_pages(live, database):
        from feedsvc.reading.pages import read_pages  # noqa: PLC0415

        report += read_pages(config, database, now, live, progress, stop=stop, reserve=reserve)
    return report


def _wants_pages(live: Sequence[Source], database: Database) -> bool:
    if not any(source.full_text for source in live):
        return False
    with database.reading() as connection:
        return statements.is_any_waiting(connection)


def _recover(config: Config, database: Database) -> None:
    with database.reading() as connection:
        if events.was_published(connection):
            return
    from feedsvc.recovery import recover  # noqa: PLC0415 - once in the life of a state

    recover(config, database)


def look_at(config: Config, looked_at: Sequence[Source], now: datetime) -> Iterator[Look]:
    """What each source holds at this moment, without reading it into the state."""
    from feedsvc.reading import looking  # noqa: PLC0415

    return looking.look_at(config, looked_at, now)


def match(
    config: Config, database: Database, now: datetime, progress: Progress, languages: Collection[str] | None
) -> IngestReport:
    """The second half, but for what a state that begins anew takes over: of all articles, or of those in `languages`.

    Those of several languages may be matched at once, if no feed crosses languages.
    """
    with _judge(config, database, now) as ask:
        return place(config, database, progress, ask, languages)


def crosses_languages(config: Config) -> bool:
    return any(feed.cross_language for feed in config.feeds)


@contextmanager
def _judge(config: Config, database: Database, now: datetime) -> Iterator[Ask | None]:
    if config.dedup.judge is None:
        yield None
    else:
        from feedsvc.judging import Judging  # noqa: PLC0415 - speaks HTTP, and few have a judge

        with Judging(config.dedup.judge, database, now) as judging:
            yield judging.ask


def place(
    config: Config, database: Database, progress: Progress, ask: Ask | None, languages: Collection[str] | None = None
) -> IngestReport:
    """Gives what is in no event its place."""
    with database.reading() as connection:
        if not articles.is_any_unplaced(connection):
            return IngestReport()
    from feedsvc import placing  # noqa: PLC0415 - matching is slow to load, and most cycles bring nothing new

    placed = placing.place(database, progress, ask, cross_language=crosses_languages(config), languages=languages)
    return IngestReport(articles_joined=placed.joined, events_founded=placed.founded, events_absorbed=placed.absorbed)


def _read_folders(due: Sequence[Source], database: Database, now: datetime, progress: Progress) -> IngestReport:
    report = IngestReport()
    for source in due:
        from feedsvc.reading.folders import read_folder  # noqa: PLC0415

        read = read_folder(source, database, now, progress)
        report += read
        outcome = read.faults[0].problem if read.faults else sources.OK
        with database.writing() as connection:
            sources.remember(connection, source.id, sources.SourceState(now, outcome))
    return report
