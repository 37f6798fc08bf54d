"""One publication: which events and feeds changed, and what is made of them."""

from __future__ import annotations

import functools
from bisect import bisect_right
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from feedsvc import archiving, paging, render, telling, topics
from feedsvc.config import Config
from feedsvc.model import Event, Progress, Selection, ServiceStatus, Topic, TopicFeed
from feedsvc.output import Output
from feedsvc.publishing.report import PublishReport
from feedsvc.retention import Past
from feedsvc.store import Database, events
from feedsvc.store.past import ArchivePage
from feedsvc.text import digest

KIB = 1024


class Publication:
    """One time that everything is published."""

    def __init__(self, config: Config, database: Database, progress: Progress, output: Output, basis: str) -> None:
        self.config = config
        self.database = database
        self.progress = progress
        self.output = output
        self.basis = basis  # digest of what all documents depend on
        self.base_url = config.service.base_url
        self.full = frozenset(source.id for source in config.sources if source.content == "full")
        self.stamps: dict[int, tuple[Event, str]] = {}  # by identity, for as long as the event is held here

    def bring_out(self, status: ServiceStatus, now: datetime | None) -> PublishReport:
        config, output = self.config, self.output
        news = telling.told(config, self.database)
        standing, past = news.events, news.past
        chosen = past.recover(topics.assign(standing, config.feeds), standing)
        live = {slug: [event for event in selected if past.is_young(event)] for slug, selected in chosen.items()}
        shown = _shown(chosen)
        with self.database.writing() as connection:
            # From its first publication on an event keeps its lead, whoever else reports it.
            events.keep_leads(connection, {event.id: event.lead.key for event in shown.values()})
        self._event_pages(standing, chosen, shown)
        feeds: list[TopicFeed] = []
        archived: list[ArchivePage] = []
        for topic in config.feeds:
            self.progress("publishing feeds", len(feeds), len(config.feeds))
            archive = self._archive(topic, chosen[topic.slug], past)
            feeds.append(self._feed(topic, live[topic.slug], archive))
            archived += past.pages_left(topic.slug, archive)
        status = self._overview([feed for feed in feeds if not feed.private], status, now)
        output.finish()
        selections = (
            Selection(topic, live[topic.slug], len(feed.entries))
            for topic, feed in zip(config.feeds, feeds, strict=True)
        )
        return PublishReport(
            len(shown),
            tuple(output.written),
            selections=tuple(selections),
            leaving=past.leave(news.known, standing, archived),
            made=output.made,
            inputs=digest(self.basis, repr(status)),
        )

    def _inputs(self, *parts: object) -> str:
        return digest(self.basis, *map(repr, parts))

    def _stamps(self, told: Sequence[Event]) -> list[str]:
        """Of each event a digest of all that there is to say of it."""
        for event in told:
            if id(event) not in self.stamps:
                self.stamps[id(event)] = event, digest(repr(event))
        return [self.stamps[id(event)][1] for event in told]

    # Feeds

    def _feed(self, topic: Topic, selected: Sequence[Event], archive: paging.Archive) -> TopicFeed:
        """The topic's documents and the pages of its archive."""
        pages = [(page.path, self._stamps(page.events)) for page in (*archive.closed, *archive.open)]
        inputs = self._inputs(topic, archive.frozen, pages, self._stamps(selected))
        known = self.output.known.get(f"{topic.slug}.atom")
        files: dict[str, bytes] = {}
        names = [f"{topic.slug}.{suffix}" for suffix in ("atom", "rss", "json", "html")]
        if known and known.entries is not None and all(self.output.holds(name, inputs) for name in names):
            feed = self._composed(topic, selected, archive, known.entries)
        else:
            feed, files = self._fitting(topic, selected, archive)
            files[f"{topic.slug}.html"] = render.render_feed_page(feed)
        self._archive_pages(topic, feed, archive)
        self.output.write_all(files, inputs, len(feed.entries))
        return feed

    def _composed(self, topic: Topic, selected: Sequence[Event], archive: paging.Archive, limit: int) -> TopicFeed:
        feed = topics.compose(replace(topic, limit=limit), selected, self.base_url, self.full)
        older = next(reversed([*archive.frozen, *(page.path for page in _pages(archive, feed))]), "")
        hubs = () if topic.private else self.config.service.hub_addresses
        return replace(feed, older=older, hubs=hubs, private=topic.private)

    def _fitting(
        self, topic: Topic, selected: Sequence[Event], archive: paging.Archive
    ) -> tuple[TopicFeed, dict[str, bytes]]:
        """The live feed's documents, with as many of the newest entries as the topic's limits let in."""

        def size(limit: int) -> int:
            return max(map(len, render.render_documents(self._composed(topic, selected, archive, limit)).values()))

        most = self.config.service.max_feed_size * KIB
        feed = self._composed(topic, selected, archive, topic.limit)
        files = render.render_documents(feed)
        if max(map(len, files.values())) > most:
            fitting = bisect_right(range(1, len(feed.entries)), most, key=size)
            feed = self._composed(topic, selected, archive, max(1, fitting))
            files = render.render_documents(feed)
        return feed, files

    def _archive(self, topic: Topic, selected: Sequence[Event], past: Past) -> paging.Archive:
        """None without a base_url: its pages must name one another."""
        archive = past.archive(topic.slug, selected) if self.base_url else paging.Archive()
        return archiving.as_found(archive, self.output.storage)

    def _archive_pages(self, topic: Topic, feed: TopicFeed, archive: paging.Archive) -> None:
        """Each is linked with those beside it, so all need an address; new ones first: nothing leads there yet."""
        pages = _pages(archive, feed)
        paths = [*(archive.frozen[-1:] or [""]), *(page.path for page in pages), ""]
        linked = zip(pages, paths, paths[2:], strict=False)
        for page, older, newer in sorted(linked, key=lambda of_page: of_page[0].path in self.output.known):
            inputs = self._inputs(topic, older, newer, self._stamps(page.events))
            self.output.make(page.path, inputs, functools.partial(self._archive_page, topic, page, older, newer))
        self.output.keep_only(paging.folder(topic.slug), {page.path for page in pages} | set(archive.frozen))
        archiving.relink(feed, archive, pages, self.output)
        for path in archive.frozen:
            self.output.keep(path)

    def _archive_page(self, topic: Topic, page: paging.Page, older: str, newer: str) -> bytes:
        whole = replace(topic, limit=len(page.events))
        feed = topics.compose(whole, page.events, self.base_url, self.full)
        return render.render_atom(replace(feed, archive=page.path, older=older, newer=newer))

    # Event pages

    def _event_pages(
        self, standing: Sequence[Event], chosen: Mapping[str, Sequence[Event]], shown: Mapping[str, Event]
    ) -> None:
        paged = _with_their_threads(standing, shown)
        pictured = _pictured(self.config, chosen, paged)
        # New ones first: nothing that stands there leads to them yet.
        new_first = sorted(paged.values(), key=lambda event: render.event_path(event.id) in self.output.known)
        for done, event in enumerate(new_first):
            if done % 100 == 0:
                self.progress("publishing event pages", done, len(paged))
            with_pictures = event.id in pictured
            render_page = functools.partial(self._event_page, event, with_pictures)
            self.output.make(
                render.event_path(event.id), self._inputs(with_pictures, *self._stamps([event])), render_page
            )
        told_anew = {event.id: event.translates for event in standing if event.translates and event.id not in paged}
        for id_, older in (_absorbed(self.database, paged) | told_anew).items():
            if older in paged:
                render_page = functools.partial(render.render_moved_page, older, self.base_url)
                self.output.make(render.event_path(id_), self._inputs("moved", older), render_page)
        self.progress("publishing event pages", len(paged), len(paged))

    def _event_page(self, event: Event, with_pictures: bool) -> bytes:
        return render.render_event_page(event if with_pictures else topics.without_pictures(event), self.base_url)

    # What is told of all feeds

    def _overview(self, listed: Sequence[TopicFeed], status: ServiceStatus, now: datetime | None) -> ServiceStatus:
        """Gives the status as it was told."""
        output = self.output
        output.write_all(render.render_embedding(listed, self.base_url))
        output.write("feeds.opml", render.render_opml(listed, self.base_url))
        if output.written and now:
            status = replace(status, published=now.replace(microsecond=0))
        output.write("index.html", render.render_index(listed, status.sources, self.base_url))
        output.write_all(render.render_troubles(status, self.base_url))
        output.write("status.json", render.render_status(listed, status))
        return status


def _shown(chosen: Mapping[str, Sequence[Event]]) -> dict[str, Event]:
    """Every event that stands in a feed, by id; the fullest telling where feeds differ in whether languages cross."""
    found = [event for selected in chosen.values() for event in selected]
    return {event.id: event for event in sorted(found, key=lambda event: len(event.members))}


def _with_their_threads(standing: Sequence[Event], shown: Mapping[str, Event]) -> dict[str, Event]:
    """The events that are shown in feeds, and those that these refer to: every link needs its page."""
    threads = {event.thread for event in shown.values()} - {None}
    return {e.id: shown.get(e.id, e) for e in standing if e.id in shown or e.thread in threads}


def _pictured(config: Config, chosen: Mapping[str, Sequence[Event]], paged: Collection[str]) -> set[str]:
    """Ids of the events whose pages show pictures: as one of their feeds does, or the service where none has them."""
    with_pictures, without = (
        {event.id for topic in config.feeds if topic.pictures is shown for event in chosen[topic.slug]}
        for shown in (True, False)
    )
    return with_pictures | (set(paged) - without if config.service.pictures else set())


def _absorbed(database: Database, into: Collection[str]) -> dict[str, str]:
    with database.reading() as connection:
        return events.absorbed(connection, into)


def _pages(archive: paging.Archive, live: TopicFeed) -> list[paging.Page]:
    return archive.pages({entry.id for entry in live.entries})
