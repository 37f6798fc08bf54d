"""Conductor: events -> topic feeds -> files. Writes a file atomically and only if its bytes changed.

Never writes less because something failed: what could not be read this time is still in the store.
Called by the command line and the daemon, after ingest.
"""

from __future__ import annotations

import os
from bisect import bisect_right
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from feedsvc import archiving, paging, render, retention, topics, watching
from feedsvc.config import Config
from feedsvc.errors import FeedsvcError
from feedsvc.events.lead import as_announced, choose_lead
from feedsvc.model import Article, Event, Progress, Selection, Step, Tombstone, Topic, TopicFeed
from feedsvc.retention import Leaving, Past, step_title
from feedsvc.store import Database, articles, events
from feedsvc.store.events import KnownEvent
from feedsvc.store.past import ArchivePage
from feedsvc.text import event_id

KIB = 1024


@dataclass(frozen=True, slots=True)
class PublishReport:
    events: int  # that stand in some feed
    written: tuple[str, ...]  # paths below the output folder
    held_for: tuple[str, ...] = ()  # ids of the sources for whose sake nothing was written
    selections: tuple[Selection, ...] = ()  # of each feed
    leaving: Leaving | None = None  # what the store need not know any more, now that all of this is written


def publish(config: Config, database: Database, progress: Progress, now: datetime | None = None) -> PublishReport:
    """Render every topic feed, every event page, index, OPML and status; write what changed.

    Raises FeedsvcError where the output folder cannot be written.
    """
    status = watching.service_status(config, database)
    output = Output(config.service.output)
    if missing := watching.missing(config, status.sources):
        # status.json stays: it knows what there was. People are told all the same.
        output.write_all(render.render_troubles(status, config.service.base_url))
        return PublishReport(0, tuple(output.written), missing)
    news = _told(config, database)
    standing, past = news.events, news.past
    chosen = past.recover(topics.assign(standing, config.feeds), standing)
    live = {slug: [event for event in selected if past.is_young(event)] for slug, selected in chosen.items()}
    shown = _shown(chosen)
    with database.writing() as connection:
        # From its first publication on an event keeps its lead, whoever else reports it.
        events.keep_leads(connection, {event.id: event.lead.key for event in shown.values()})
    feeds: list[TopicFeed] = []
    archived: list[ArchivePage] = []
    for topic in config.feeds:
        progress("publishing feeds", len(feeds), len(config.feeds))
        archive = _archive(config, topic, chosen[topic.slug], past)
        feed, files = _render_topic(config, topic, live[topic.slug], archive)
        output.write_all(files)
        output.keep_only(paging.folder(topic.slug), files.keys() | archive.frozen)
        archiving.relink(feed, archive, _pages(archive, feed), config.service.output, output.write)
        archived += past.pages_left(topic.slug, archive)
        feeds.append(feed)
    paged = _with_their_threads(standing, shown)
    pictured = _pictured(config, chosen, paged)
    for done, event in enumerate(paged.values()):
        if done % 100 == 0:
            progress("publishing event pages", done, len(paged))
        told = event if event.id in pictured else topics.without_pictures(event)
        output.write(render.event_path(event.id), render.render_event_page(told, config.service.base_url))
    told_anew = {event.id: event.translates for event in standing if event.translates and event.id not in paged}
    for id_, older in (_absorbed(database) | told_anew).items():
        if older in paged:
            output.write(render.event_path(id_), render.render_moved_page(older, config.service.base_url))
    listed = [feed for feed in feeds if not feed.private]
    output.write_all(render.render_embedding(listed, config.service.base_url))
    output.write("feeds.opml", render.render_opml(listed, config.service.base_url))
    if output.written and now:
        status = replace(status, published=now.replace(microsecond=0))
    output.write("index.html", render.render_index(listed, status.sources, config.service.base_url))
    output.write_all(render.render_troubles(status, config.service.base_url))
    output.write("status.json", render.render_status(listed, status))
    progress("publishing event pages", len(paged), len(paged))
    selections = (
        Selection(topic, live[topic.slug], len(feed.entries)) for topic, feed in zip(config.feeds, feeds, strict=True)
    )
    leaving = past.leave(news.known, standing, archived)
    return PublishReport(len(shown), tuple(output.written), selections=tuple(selections), leaving=leaving)


@dataclass(frozen=True, slots=True)
class _Told:
    """What the state knows of events, as readers see it or shall see it."""

    events: list[Event]  # newest first, without what was too old before anybody saw it
    known: Sequence[KnownEvent]  # all
    past: Past


def standing_events(config: Config, database: Database) -> list[Event]:
    """Every event that is not too old, as its readers see it or shall see it, newest first."""
    told = _told(config, database)
    return [event for event in told.events if told.past.is_young(event)]


def _told(config: Config, database: Database) -> _Told:
    order = {source.id: position for position, source in enumerate(config.sources)}
    with database.reading() as connection:
        past = retention.read(connection, config.service.keep)
        known = events.load(connection)
        leads = {e.id: e.lead or choose_lead((m.article for m in e.members), order).key for e in known}
        founders = _founders_of(events.gone(connection), known)
        revisions = articles.history(
            connection, [*leads.values(), *(a.key for found in founders.values() for a in found)]
        )
    tombstones = {id_: tuple(_tombstone(revisions[a.key]) for a in found) for id_, found in founders.items()}
    found = ((e, replace(_event(e, revisions[leads[e.id]]), absorbed=tombstones.get(e.id, ()))) for e in known)
    told = [past.as_known_to_readers(event) for e, event in found if e.lead or past.is_young(event)]
    return _Told(_threaded(told, known, past), known, past)


def _founders_of(gone: Collection[str], known: Iterable[KnownEvent]) -> dict[str, list[Article]]:
    """Of each event that absorbed others, the articles that had founded those; by time, then key."""
    if not gone:
        return {}
    found = {e.id: [m.article for m in e.members if event_id(m.article.key) in gone] for e in known}
    return {id_: articles for id_, articles in found.items() if articles}


def _tombstone(revisions: Sequence[Article]) -> Tombstone:
    """For the event that the article had founded. When it was absorbed is not kept, and a clock would make other bytes
    of the same state: `when` is the first whole second after all that its entry can have said of itself.
    """
    founder, moved = as_announced(revisions)
    last = max(filter(None, (founder.time, founder.first_seen, moved)))
    return Tombstone(event_id(founder.key), founder.time, last.replace(microsecond=0) + timedelta(seconds=2))


def _event(known: KnownEvent, revisions: Sequence[Article]) -> Event:
    lead, moved = as_announced(revisions)
    members = tuple(replace(m, article=lead) if m.article.key == lead.key else m for m in known.members)
    updated = max(known.published, moved) if moved else known.published
    return Event(known.id, lead, members, known.published, updated, translates=known.translates)


def _threaded(told: list[Event], known: Sequence[KnownEvent], past: Past) -> list[Event]:
    """The same events, each with its thread where another event of it is, or was, told of."""
    chains = retention.chains([*known, *past.events])
    as_steps = past.steps() | {e.id: Step(e.id, step_title(e), e.published, e.language) for e in told}
    size = Counter(map(chains.root, as_steps))

    def steps(ids: Iterable[str]) -> tuple[Step, ...]:
        return tuple(as_steps[id_] for id_ in ids if id_ in as_steps)

    return [
        replace(
            event,
            thread=chains.root(event.id),
            earlier=steps(chains.earlier(event.id)),
            later=steps(chains.later(event.id)),
        )
        if size[chains.root(event.id)] > 1
        else event
        for event in told
    ]


def _shown(chosen: Mapping[str, Sequence[Event]]) -> dict[str, Event]:
    """Every event that stands in a feed, by id; the fullest telling where feeds differ in whether languages cross."""
    found = [event for selected in chosen.values() for event in selected]
    return {event.id: event for event in sorted(found, key=lambda event: len(event.members))}


def _with_their_threads(standing: Sequence[Event], shown: Mapping[str, Event]) -> dict[str, Event]:
    """The events that are shown in feeds, and those that these refer to: every link needs its page."""
    threads = {event.thread for event in shown.values()} - {None}
    return {e.id: shown.get(e.id, e) for e in standing if e.id in shown or e.thread in threads}


def _pictured(config: Config, chosen: Mapping[str, Sequence[Event]], paged: Collection[str]) -> set[str]:
    """Ids of the events whose pages show pictures: as one of their feeds does, or the service where no feed has them."""
    with_pictures, without = (
        {event.id for topic in config.feeds if topic.pictures is shown for event in chosen[topic.slug]}
        for shown in (True, False)
    )
    return with_pictures | (set(paged) - without if config.service.pictures else set())


def _absorbed(database: Database) -> dict[str, str]:
    with database.reading() as connection:
        return events.absorbed(connection)


def _archive(config: Config, topic: Topic, selected: Sequence[Event], past: Past) -> paging.Archive:
    """None without a base_url: its pages must name one another."""
    archive = past.archive(topic.slug, selected) if config.service.base_url else paging.Archive()
    return archiving.as_found(archive, config.service.output)


def _render_topic(
    config: Config, topic: Topic, selected: Sequence[Event], archive: paging.Archive
) -> tuple[TopicFeed, dict[str, bytes]]:
    """The topic's documents, with as many of the newest entries as its limits let in."""
    full = frozenset(source.id for source in config.sources if source.content == "full")

    def composed(limit: int) -> TopicFeed:
        feed = topics.compose(replace(topic, limit=limit), selected, config.service.base_url, full)
        older = next(reversed([*archive.frozen, *(page.path for page in _pages(archive, feed))]), "")
        hubs = () if topic.private else config.service.hub_addresses
        return replace(feed, older=older, hubs=hubs, private=topic.private)

    def size(limit: int) -> int:
        return max(map(len, render.render_documents(composed(limit)).values()))

    most = config.service.max_feed_size * KIB
    feed = composed(topic.limit)
    files = render.render_documents(feed)
    if max(map(len, files.values())) > most:
        fitting = bisect_right(range(1, len(feed.entries)), most, key=size)
        feed = composed(max(1, fitting))
        files = render.render_documents(feed)
    files |= _render_archive(config, topic, archive.frozen[-1:], _pages(archive, feed), full)
    return feed, files | {f"{topic.slug}.html": render.render_feed_page(feed)}


def _pages(archive: paging.Archive, live: TopicFeed) -> list[paging.Page]:
    return archive.pages({entry.id for entry in live.entries})


def _render_archive(
    config: Config, topic: Topic, before: Sequence[str], pages: Sequence[paging.Page], full: frozenset[str]
) -> dict[str, bytes]:
    """The pages of the archive, after the one `before`. Each is linked with those beside it, so all need an address."""
    paths = [*(before or [""]), *(page.path for page in pages), ""]
    files = {}
    for page, older, newer in zip(pages, paths, paths[2:], strict=False):
        whole = replace(topic, limit=len(page.events))
        feed = topics.compose(whole, page.events, config.service.base_url, full)
        files[page.path] = render.render_atom(replace(feed, archive=page.path, older=older, newer=newer))
    return files


class Output:
    """The output folder: a reader of it sees each file whole, the old one or the new one."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.written: list[str] = []

    def write_all(self, files: dict[str, bytes]) -> None:
        for name, content in files.items():
            self.write(name, content)

    def keep_only(self, folder: str, names: Collection[str]) -> None:
        """Remove from the folder, which is ours alone, the documents that are no longer among these."""
        try:
            for path in sorted((self.folder / folder).glob("*.atom")):
                if f"{folder}/{path.name}" not in names:
                    path.unlink()
        except OSError as error:
            raise FeedsvcError(
                f"{self.folder / folder}: cannot remove an old page: {error.strerror}; let this user write there"
            ) from error

    def write(self, name: str, content: bytes) -> None:
        """Put `content` in place of the file unless it is there already. Raises FeedsvcError where it cannot."""
        path = self.folder / name
        try:
            if _holds(path, content):
                return
            path.parent.mkdir(parents=True, exist_ok=True)
            _replace(path, content)
        except OSError as error:
            raise FeedsvcError(
                f"{path}: cannot write: {error.strerror}; the last good files stay as they are"
            ) from error
        self.written.append(name)


def _holds(path: Path, content: bytes) -> bool:
    try:
        return path.stat().st_size == len(content) and path.read_bytes() == content
    except FileNotFoundError:
        return False


def _replace(path: Path, content: bytes) -> None:
    # A fixed name, so that a killed run leaves one file that the next run overwrites, not a growing heap.
    temporary = path.with_name(f".{path.name}.new")
    with temporary.open("wb") as handle:
        handle.write(content)
        handle.flush()
        os.fsync(handle.fileno())
    temporary.replace(path)
