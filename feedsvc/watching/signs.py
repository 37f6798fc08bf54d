"""What is wrong at this moment, as the state, the disk and the clock show it; remembered since when.

What follows from a sign, and whether it is worth telling, is decided by `troubles`.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from feedsvc.config import Config, Source
from feedsvc.place import Address, Place
from feedsvc.reading.polled import is_retired, rhythm_of
from feedsvc.sources.schedule import Move
from feedsvc.store import Database, copies, outbox, polls, sources, troubles
from feedsvc.store.polls import Poll
from feedsvc.troubles import Sign, follow
from feedsvc.watching.statuses import missing, source_statuses, too_seldom

LEAST_FREE = 256 << 20  # bytes: enough to write a large output anew beside the old one
FAILURES_PASS = 2  # running; a server that is down for an hour mends itself
CLOCK_AHEAD_AT_MOST = timedelta(days=1)  # of an article's capture, as in `reading.folders`
# A feed that has brought nothing for so many times its usual gap, and so many days, has gone silent.
SILENT_GAPS = 10
SILENT_AT_LEAST = timedelta(days=3)

Free = Callable[[Path], int]


def free_bytes(folder: Path) -> int:
    return shutil.disk_usage(folder).free


def note(config: Config, database: Database, now: datetime, free: Free = free_bytes) -> int:
    """Look for signs of trouble and remember what began and ended: how many. Called under the writer's lock."""
    with database.reading() as connection:
        known = troubles.load(connection)
        signs = [*_of_sources(config, connection, now), *_of_time(connection, now), *_of_deliveries(connection)]
    signs += [
        *_of_space(config, free),
        *_of_damage(config.service.state),
        *_of_missing(config, database, signs),
    ]
    after = follow(known, signs, now)
    changed = len(set(known) ^ set(after))
    if changed:
        with database.writing() as connection:
            troubles.remember(connection, known, after)
    return changed


def _of_sources(config: Config, connection: sa.Connection, now: datetime) -> Iterator[Sign]:
    seen = _Seen(config, connection, now)
    for source in config.sources:
        if source.enabled and source.id in seen.states:
            yield from seen.of_folder(source) if source.path else seen.of_feed(source)


class _Seen:
    """What the state knows of the sources."""

    def __init__(self, config: Config, connection: sa.Connection, now: datetime) -> None:
        self.now = now
        self.states = sources.states(connection)
        self.known = polls.load(connection)
        self.yields = sources.yields(connection)
        self.doubted = polls.doubted(connection)
        # What another source brought first is not counted as this one's, so its feed itself has the last word.
        suspects = [source.id for source in config.sources if self._brought_nothing_since(source)]
        self.served = polls.newest_believed(connection, suspects)

    def of_folder(self, source: Source) -> Iterator[Sign]:
        outcome = self.states[source.id].outcome
        if outcome != sources.OK:
            yield Sign("failing", source.id, outcome)

    def of_feed(self, source: Source) -> Iterator[Sign]:
        known, outcome = self.known.get(source.id), self.states[source.id].outcome
        if known is None or known.url != source.url:
            return
        if is_retired(source, known):
            yield Sign("gone", source.id, outcome)
        elif known.failures:
            yield Sign("failing", source.id, outcome, passing=known.failures <= FAILURES_PASS)
        elif outcome != sources.OK and source.id in self.doubted:
            yield Sign("held", source.id, outcome)
        else:
            yield from self._of_good_feed(source, known)

    def _of_good_feed(self, source: Source, known: Poll) -> Iterator[Sign]:
        move, rhythm = Move(known.moved_to, known.moved_times), rhythm_of(known)
        if move.believed:
            yield Sign("moved", source.id, moved_words(move))
        if seldom := too_seldom(source, rhythm):
            yield Sign("seldom", source.id, seldom)
        bound = self._brought_nothing_since(source)
        since = self.served.get(source.id)
        if rhythm and bound and since and since <= bound:
            problem = (
                f"has had nothing new since then, though its feed used to bring {rhythm.per_day:.3g} entries a day; "
                "see whether the publisher still writes into it, or has another feed"
            )
            yield Sign("silent", source.id, problem, since=since)

    def _brought_nothing_since(self, source: Source) -> datetime | None:
        """Since when a feed that has a rhythm should have brought something and has not; None: it has, or need not."""
        known = self.known.get(source.id)
        rhythm = rhythm_of(known) if known else None
        if rhythm is None:
            return None
        bound = self.now - max(SILENT_AT_LEAST, rhythm.gap * SILENT_GAPS)
        return None if source.id in self.yields and self.yields[source.id].newest > bound else bound


def moved_words(move: Move) -> str:
    return f"has moved for good to {move.url}, where it is asked now: write that into its url"


def _of_time(connection: sa.Connection, now: datetime) -> Iterator[Sign]:
    newest = sources.newest_capture(connection)
    if newest and newest > now + CLOCK_AHEAD_AT_MOST:
        problem = (
            f"an article is noted as captured at {newest:%Y-%m-%d %H:%M} UTC, which is still to come: this machine's "
            "clock is behind, or was ahead then; see that it is set over the network (timedatectl)"
        )
        yield Sign("clock", "", problem)


def _of_deliveries(connection: sa.Connection) -> Iterator[Sign]:
    counts, states = outbox.counts(connection), outbox.states(connection)
    for id_, state in states.items():
        if state.gone or (id_ in counts and counts[id_].given_up):
            problem = f"{state.problem or 'messages were not taken'}; mend it, then run `feedsvc webhooks --retry`"
            yield Sign("undelivered", id_, problem, since=state.failing_since)


def _of_space(config: Config, free: Free) -> Iterator[Sign]:
    for name, folder in config.service.folders:
        there = next(p for p in (folder, *folder.parents) if p.exists())
        if free(there) < LEAST_FREE:
            problem = f"less than {LEAST_FREE >> 20} MiB are free where the {name} lies: make room"
            yield Sign("disk", name, problem)


def _of_damage(state: Place) -> Iterator[Sign]:
    if isinstance(state, Address):
        return
    for aside, at in copies.set_aside(state, "damaged").items():
        problem = (
            f"it is {aside.name} now, and a new one began from what is published and the sources: see whether the "
            "disk is sound, then delete that file"
        )
        yield Sign("damaged", aside.name, problem, since=at)


def _of_missing(config: Config, database: Database, found: Sequence[Sign]) -> Iterator[Sign]:
    if not any(sign.kind == "failing" for sign in found):
        return  # spares asking how all sources are, which takes longer than all other signs
    problem = (
        "failed before this state knew its articles, so nothing is published lest they leave the feeds: mend it, or "
        "take it out of the configuration"
    )
    for source in missing(config, source_statuses(config, database)):
        yield Sign("withheld", source, problem)
