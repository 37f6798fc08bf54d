"""One publication: which events and feeds changed, and what is made of them. Called by `publish`.

What changed is written down first, in one transaction, so that whoever is cut short afterwards finds it again; that all
was made is remembered last, once all that follows from it is stored.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa

from feedsvc import retention, telling
from feedsvc.config import Config
from feedsvc.model import Event, Mention, Progress, Selection, ServiceStatus, Topic
from feedsvc.output import Output
from feedsvc.publishing.checking import Looked
from feedsvc.publishing.feeds import FeedMaker, Standing
from feedsvc.publishing.overview import Overview, paths
from feedsvc.publishing.pages import PageMaker
from feedsvc.publishing.report import Memory, PublishReport
from feedsvc.publishing.retelling import Retelling, Retold
from feedsvc.publishing.teller import Teller
from feedsvc.retention import Leaving, Past
from feedsvc.store import Database, changes, events, published, told
from feedsvc.store.past import ArchivePage
from feedsvc.store.published import Whole
from feedsvc.store.told import Shown
from feedsvc.text import digest

EMPTY = Whole("", "", 0, 0, 0, None, None, "")
PAGES_AT_ONCE = 5_000  # of which the rows, without articles, are in memory


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be made. Nothing of it is forgotten before that is remembered."""

    counted: Whole  # as it will have been when all is made
    past: Past
    teller: Teller  # holds the events that were retold, as long as there are few
    everything: bool
    retold: Retold
    changed: frozenset[str]  # events, with all that are told of otherwise for their sake
    last: int  # number of the last change that was read
    stale: tuple[Topic, ...]  # feeds
    unfinished: frozenset[str]  # slugs of those that were stale before: what was told of them last is not all made


@dataclass(frozen=True, slots=True)
class MadeFeed:
    shown: Shown | None  # None: as before
    selection: Selection


class Publication:
    """One time that something is published."""

    def __init__(self, config: Config, database: Database, progress: Progress, output: Output, basis: str) -> None:
        self.config = config
        self.database = database
        self.progress = progress
        self.output = output
        self.basis = basis  # digest of what all documents depend on

    def bring_out(self, looked: Looked, status: ServiceStatus, now: datetime | None) -> PublishReport:
        with self.database.writing() as connection:
            plan = self._plan(connection, published.whole(connection), looked.lost)
        with self.database.reading() as connection:
            gone = self._event_pages(PageMaker(self.config, connection, plan.teller, self.output), plan, looked.lost)
            maker = FeedMaker(self.config, connection, plan.past, plan.teller, self.output)
            feeds, archived = self._feeds(connection, maker, plan)
            new = {slug: made.shown for slug, made in feeds.items() if made.shown}
            known = {} if plan.everything else published.files(connection, paths(self.config))
            self.output.known.update(known)
            overview = Overview(self.config, self.output, self.basis)
            status_ = overview.make(told.shown(connection) | new, new.keys() if known else None, status, now)
        leaving = self._leaving(plan, archived)
        last = {page.path for page in archived}  # made for the last time
        self.output.finish()
        whole = replace(plan.counted, status=digest(repr(status_)), checked=looked.up_to)
        memory = Memory(
            whole=whole,
            everything=plan.everything,
            made=self.output.made,
            gone=frozenset(gone | looked.lost - self.output.made.keys()),
            shown=new,
            pages={path: made for path, made in maker.pages.items() if path not in last},
            feeds=tuple(topic.slug for topic in self.config.feeds),
            last=plan.last,
            folders=self._folders(plan),
        )
        return PublishReport(
            whole.shown,
            tuple(self.output.written),
            (),
            tuple(made.selection for made in feeds.values()),
            leaving,
            memory,
        )

    # What is to be made

    def _plan(self, connection: sa.Connection, before: Whole | None, lost: Collection[str]) -> Plan:
        past = retention.read(connection, self.config.service.keep)
        waiting = changes.waiting(connection)
        ends = past.horizon.store if past.horizon else None
        everything = bool(
            before is None
            or before.inputs != self.basis
            or before.leaving != ends
            or waiting.everything
            or past.leaving
        )
        teller = Teller(self.config, past)
        slugs = [topic.slug for topic in self.config.feeds]
        unfinished = frozenset(slugs if everything else told.stale(connection, slugs))
        retelling = Retelling(self.config, connection, past, teller)
        if everything or before is None:
            told.drop_all(connection)
            published.remember_whole(connection, None)  # its counts are not of what is told from here on
            retold = retelling.of(events.ids(connection))
        else:
            aged = _aged(connection, before.young, past)
            retold = retelling.of(waiting.events | aged, aged)
            published.remember_whole(connection, _counted(before, retold))
        told.make_stale(connection, _feeds_in(lost))
        after = changes.waiting(connection)
        stale = set(told.stale(connection, slugs))
        counted = _counted(EMPTY if everything or before is None else before, retold)
        young = past.horizon.feeds if past.horizon else None
        return Plan(
            counted=replace(counted, inputs=self.basis, young=young, leaving=ends),
            past=past,
            teller=teller,
            everything=everything,
            retold=retold,
            changed=after.events | retold.affected | retold.own | _events_in(connection, lost),
            last=after.last,
            stale=tuple(topic for topic in self.config.feeds if topic.slug in stale),
            unfinished=unfinished,
        )

    # What is made

    def _event_pages(self, maker: PageMaker, plan: Plan, lost: Collection[str]) -> set[str]:
        """Paths of pages that nothing makes any more."""
        ids = sorted(plan.changed)
        gone: set[str] = set()
        for done in range(0, max(len(ids), 1), PAGES_AT_ONCE):
            self.progress("publishing event pages", done, len(ids))
            batch = ids[done : done + PAGES_AT_ONCE]
            more: tuple[Collection[str], Collection[str]] = (plan.retold.threads, plan.retold.origins)
            more = ((), ()) if plan.everything else more
            gone |= maker.make(batch, more[0], more[1], self.basis)
        self.progress("publishing event pages", len(ids), len(ids))
        return gone - self.output.made.keys()

    def _feeds(
        self, connection: sa.Connection, maker: FeedMaker, plan: Plan
    ) -> tuple[dict[str, MadeFeed], list[ArchivePage]]:
        """The feeds that changed, by slug, and the pages of their archives that are made for the last time."""
        made: dict[str, MadeFeed] = {}
        archived: list[ArchivePage] = []
        maker.learn(plan.stale)
        retold = plan.retold.own | plan.retold.affected | plan.retold.origins
        for topic in plan.stale:
            self.progress("publishing feeds", len(made), len(plan.stale))
            standing = maker.standing(topic, None if topic.slug in plan.unfinished else retold)
            shown, entries = maker.make(standing, self.basis)
            made[topic.slug] = MadeFeed(shown, self._selection(connection, plan, standing, entries))
            archived += plan.past.pages_left(topic.slug, standing.archive)
        return made, archived

    def _selection(self, connection: sa.Connection, plan: Plan, standing: Standing, entries: int) -> Selection:
        topic, young = standing.topic, plan.past.horizon.feeds if plan.past.horizon else None
        live = {line.id for line in standing.live}
        lines = [line for line in standing.live if line.id in plan.changed]
        # Those that the live feed has no room for come after all that it has.
        others = {
            id_ for id_ in plan.changed if id_ not in live and (standing.events is None or id_ in standing.events)
        }
        if others:
            found = told.lines(connection, topic.slug, young, among=others)
            lines += [line for line in found if line.id in others]
        first = {line.id for line in standing.live[:entries]}

        def tell(connection: sa.Connection, ids: Collection[str]) -> dict[str, Event]:
            return plan.teller.as_lines(connection, [line for line in lines if line.id in ids])

        return Selection(
            topic=topic,
            mentions=tuple(Mention(line.id, line.published, line.updated, line.articles) for line in lines),
            shown=sum(line.id in first for line in lines),
            newest=standing.live[0].published if standing.live else None,
            events=tell,
        )

    def _leaving(self, plan: Plan, archived: Sequence[ArchivePage]) -> Leaving | None:
        """Seldom: then all events are loaded, for what is left of those that leave follows from all others."""
        if not plan.past.leaving:
            return None
        news = telling.told(self.config, self.database)
        return plan.past.leave(news.known, news.events, archived)

    def _folders(self, plan: Plan) -> dict[str, int]:
        with self.database.reading() as connection:
            before = () if plan.everything else published.folders(connection)
        made = {path.rpartition("/")[0] for path in self.output.made}
        return self.output.folders([f"{folder}/" if folder else "" for folder in {*before, *made}])


def _counted(before: Whole, retold: Retold) -> Whole:
    return replace(
        before,
        shown=before.shown + retold.shown,
        events=before.events + retold.events,
        merged=before.merged + retold.merged,
    )


def _aged(connection: sa.Connection, before: datetime | None, past: Past) -> set[str]:
    """Events that became too old for live feeds since, or are so no longer."""
    now = past.horizon.feeds if past.horizon else None
    if before == now:
        return set()
    first, end = sorted(time for time in (before, now) if time) if before and now else (None, before or now)
    return told.between(connection, first, end)


def _events_in(connection: sa.Connection, paths: Iterable[str]) -> set[str]:
    """Those whose pages these are."""
    ids = {f"urn:uuid:{path[7:-5]}" for path in paths if path.startswith("events/")}
    return ids | set(events.became(connection, ids).values())


def _feeds_in(paths: Iterable[str]) -> set[str]:
    """Slugs of those whose documents these are, or could be."""
    found: set[str] = set()
    for path in paths:
        folder, _, name = path.rpartition("/")
        found.add(folder.removeprefix("archive/") if folder.startswith("archive/") else name.rpartition(".")[0])
    return found
