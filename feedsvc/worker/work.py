"""What each kind of job does, with the conductors of an update and under the locks that keep them apart.

Every job holds the lock of an update together with all other jobs: while one is at work no update, daemon or correction
is, and the other way round. Plain synchronous code, called in threads by `queues`.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from datetime import datetime
from queue import Empty, SimpleQueue
from typing import NamedTuple

from feedsvc import cycle, ingest, watching
from feedsvc.config import Config, Source
from feedsvc.daemon import saying
from feedsvc.daemon.pulse import utc_now
from feedsvc.daemon.settings import Settings
from feedsvc.daemon.work import MOST_SOURCES, NO_NEWS, Stopped, for_a_daemon
from feedsvc.ingest import IngestReport
from feedsvc.place import Address
from feedsvc.publishers import adopt
from feedsvc.reading.agenda import due_sources
from feedsvc.recovery import recover
from feedsvc.sources.politeness import Reserve
from feedsvc.store import Database, articles, corrections, events, jobs
from feedsvc.store.database import refuse_newer
from feedsvc.store.held import MANY, ONE, UPDATE, Held
from feedsvc.worker.jobs import languages_of, share_of, streams

MATCHING = "matching"


class Read(NamedTuple):
    """What came of a share."""

    news: bool  # something is to be matched or published
    more: bool  # is due in it


class Sorted(NamedTuple):
    """What is to be done once a round is read."""

    streams: list[str]  # to be matched
    to_be_told: bool  # troubles of sources have begun, changed or ended; or nothing was published ever


class _Plan:
    """What follows from a configuration."""

    def __init__(self, config: Config) -> None:
        adopt(config.service.adapters, config.path.parent)
        self.config = config
        self.schedule = for_a_daemon(config)
        self.shares: defaultdict[int, list[Source]] = defaultdict(list)  # in the order of the file
        for source in self.schedule.sources:
            self.shares[share_of(source.id, source.url)].append(source)


class Work:
    def __init__(self, settings: Settings, address: Address, reserve: Reserve) -> None:
        self._settings = settings
        self._address = address
        self._reserve = reserve
        self._free: SimpleQueue[Held] = SimpleQueue()
        self._saying = saying.Saying()
        self._stop: Future[None] = Future()
        self._planned: _Plan | None = None

    def stop(self) -> None:
        """Have all jobs end at the next point where nothing is lost, from any thread."""
        if not self._stop.done():
            self._stop.set_result(None)

    def close(self) -> None:
        while not self._free.empty():
            self._free.get().close()

    def due_shares(self, _subject: str) -> tuple[list[int], bool]:
        """In which shares something is due; and whether anything waits for being matched."""
        with self._holding({UPDATE: MANY}) as database:
            due = due_sources(self._plan.schedule, database, _now(database))
            with database.reading() as connection:
                return sorted({share_of(source.id, source.url) for source in due}), bool(articles.unplaced(connection))

    def fetch(self, share: str) -> Read:
        schedule, mine = self._plan.schedule, self._plan.shares[int(share)]
        began_s = time.monotonic()
        with self._holding({UPDATE: MANY, f"share {share}": ONE}) as database:
            now = _now(database)
            due = due_sources(schedule, database, now, most=MOST_SOURCES, among=mine)
            report = ingest.read(schedule, database, now, self._progress, due, stop=self._stop, reserve=self._reserve)
        self._saying.turn(report, None, time.monotonic() - began_s)
        self._progress()  # what was left out because someone asked to end is due still
        return Read(_has_news(report), len(due) == MOST_SOURCES)

    def sort(self, _subject: str) -> Sorted:
        config = self._plan.config
        anew = not self.was_published()
        # A state that begins anew takes over what is published: nobody may match meanwhile.
        with self._holding({UPDATE: MANY, "sorting": ONE} | ({MATCHING: ONE} if anew else {})) as database:
            if anew:
                recover(config, database)
            changed = watching.note(config, database, _now(database))
            return Sorted(_streams(config, database), bool(changed) or anew)

    def was_published(self, _subject: str = "") -> bool:
        with self._holding({UPDATE: MANY}) as database, database.reading() as connection:
            return events.was_published(connection)

    def match(self, subject: str) -> None:
        languages = languages_of(subject)
        alone = {MATCHING: ONE} if languages is None else {MATCHING: MANY}
        locks = {UPDATE: MANY} | alone | {f"language {language}": ONE for language in languages or ()}
        with self._holding(locks) as database:
            ingest.match(self._plan.config, database, _now(database), self._progress, languages)

    def publish(self, _subject: str) -> None:
        config = self._plan.config
        began_s = time.monotonic()
        with self._holding({UPDATE: MANY, MATCHING: ONE}) as database:
            published = cycle.bring_out(config, database, _now(database), self._progress)
        self._saying.turn(IngestReport(), published, time.monotonic() - began_s)

    def tell(self, _subject: str) -> None:
        for problem in cycle.tell(self._plan.config, utc_now()):
            self._saying.problem(problem)

    @contextmanager
    def _holding(self, locks: Mapping[str, bool]) -> Iterator[Database]:
        """With a connection that no other job has, kept for those that come.

        Raises NewerError where the state was brought further meanwhile; under the lock of an update nobody does so.
        """
        self._progress()
        try:
            hand = self._free.get_nowait()
        except Empty:
            hand = Held(self._address)
        try:
            with hand.holding(locks) as database:
                refuse_newer(database)
                yield database
        finally:
            self._free.put(hand)

    @property
    def _plan(self) -> _Plan:
        plan = self._planned
        if plan is None or plan.config is not self._settings.config:
            plan = self._planned = _Plan(self._settings.config)
        return plan

    def _progress(self, _step: str = "", _done: int = 0, _total: int = 0) -> None:
        if self._stop.done():
            raise Stopped


def _now(database: Database) -> datetime:
    with database.reading() as connection:
        return jobs.now(connection)


def _has_news(report: IngestReport) -> bool:
    return any(getattr(report, name) for name in report.__slots__ if name not in NO_NEWS)


def _streams(config: Config, database: Database) -> list[str]:
    with database.reading() as connection:
        waiting = articles.base_languages(connection, articles.unplaced(connection))
        said = corrections.load(connection)
        known = articles.base_languages(connection, {key for c in said for key in (c.article, c.other)})
    pairs = (frozenset(known[key] for key in (c.article, c.other) if key in known) for c in said)
    tied = {pair for pair in pairs if len(pair) > 1}
    return streams(set(waiting.values()), tied, together=ingest.crosses_languages(config))
