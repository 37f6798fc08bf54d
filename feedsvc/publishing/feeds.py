"""One feed's documents and the pages of its archive, of what is kept of its events; loads those alone that are to be
rendered. Called by `publication`.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from operator import attrgetter
from typing import Any

import sqlalchemy as sa

from feedsvc import archiving, composing, paging, render
from feedsvc.config import Config
from feedsvc.model import Tombstone, Topic, TopicFeed
from feedsvc.output import Output
from feedsvc.publishing.teller import Teller
from feedsvc.render import pieces
from feedsvc.render.characters import language_tag
from feedsvc.render.markup import Markup
from feedsvc.render.phrases import phrases_for
from feedsvc.render.pieces import Pieces
from feedsvc.retention import Past
from feedsvc.store import published, told
from feedsvc.store.told import Line, Shown
from feedsvc.text import digest

KIB = 1024
HEADLINES = 3
FRAME = "frame"  # beside the suffixes of the other documents
MOST_HELD = 2_000  # rendered entries, some 10 KB each
MOST_ATOM_HELD = 5_000  # of which only Atom was rendered, some 4 KB each


@dataclass(frozen=True, slots=True)
class Standing:
    """A feed's events, as lines."""

    topic: Topic
    live: list[Line]  # those that the limit lets in, newest first
    more: bool  # others are as young
    gone: list[Tombstone]  # of those as young; newest first
    archive: paging.Archive
    events: Collection[str] | None  # ids of all, if it has an archive
    retold: Collection[str] | None  # ids of those of which pages of the archive may tell otherwise; None: of any

    def gone_among(self, shown: Sequence[Line]) -> tuple[Tombstone, ...]:
        """Those that stand where their entries would stand among those shown."""
        cut_off = self.more or len(shown) < len(self.live)
        oldest = shown[-1].published if cut_off else composing.NEVER
        return tuple([stone for stone in self.gone if stone.published >= oldest][: composing.MOST_TOMBSTONES])


@dataclass(frozen=True, slots=True)
class Composed:
    """A live feed with so many entries, or a page of its archive, before any entry is rendered."""

    feed: TopicFeed
    shown: Sequence[Line]
    updated: Mapping[str, datetime]  # as published, by event
    keys: list[str]  # of the pieces


class FeedMaker:
    def __init__(self, config: Config, connection: sa.Connection, past: Past, teller: Teller, output: Output) -> None:
        self._config = config
        self._connection = connection
        self._past = past
        self._teller = teller
        self._output = output
        self._known = output.known
        self._with_gone = told.feeds_with_tombstones(connection)
        # By whether pictures are shown, and key.
        self._rendered: dict[tuple[bool, str], Pieces] = {}
        self._rendered_atom: dict[tuple[bool, str], bytes] = {}
        self.pages: dict[str, str] = {}  # archive pages that were made, by path: seal and keys of their pieces
        self._full = frozenset(source.id for source in config.sources if source.content == "full")

    def standing(self, topic: Topic, retold: Collection[str] | None) -> Standing:
        connection, young = self._connection, self._past.horizon.feeds if self._past.horizon else None
        # No more is read than is shown; the archive has all events of the feed, but is made of few of them anew.
        live = told.lines(connection, topic.slug, young, topic.limit + 1)
        more = len(live) > topic.limit
        gone = [stone for _, stone in told.gone(connection, topic.slug, young)] if topic.slug in self._with_gone else []
        archive, events = paging.Archive(), None
        if self._config.service.base_url:
            places = told.order(connection, topic.slug)
            archive = archiving.as_found(self._past.archive(topic.slug, places), self._output.storage)
            events = {place.id for place in places}
        return Standing(topic, live[: topic.limit], more, gone, archive, events, retold)

    # The live feed

    def make(self, standing: Standing, basis: str) -> tuple[Shown | None, int]:
        """How the feed is shown, None where the documents are as they were; with how many entries."""
        topic, archive = standing.topic, standing.archive
        # Of the archive only which of its pages there must be.
        pages = [(page.path, [event.id for event in page.events]) for page in (*archive.closed, *archive.open)]
        stamps = [line.stamp for line in standing.live]
        inputs = digest(basis, *map(repr, (topic, archive.frozen, pages, stamps, standing.more, standing.gone)))
        names = self._names(topic)
        self._learn(names.values())
        if all(self._output.holds(name, inputs) for name in names.values()):
            entries = self._output.known[names["atom"]].entries or 0
            self._archive_pages(standing, self._composed(standing, entries), basis)
            return None, entries
        made, framed = self._before(topic)
        composed, files = self._fitting(standing, made)
        if FRAME in names:
            files |= self._frame(composed, made, framed)
        seal = _seal(files[name] for name in names.values())
        self._archive_pages(standing, composed, basis)
        self._output.write_all(files, inputs, len(composed.shown))
        first = [pieces.entry_in(made[key]) for key in composed.keys[:HEADLINES]]
        headlines = [[entry.title, entry.language, entry.url] for entry in first]
        feed = composed.feed
        shown = Shown(topic.slug, feed.language, feed.updated, feed.size, headlines, " ".join([seal, *composed.keys]))
        return shown, feed.size

    def _names(self, topic: Topic) -> dict[str, str]:
        names = {suffix: f"{topic.slug}.{suffix}" for suffix in pieces.SUFFIXES}
        framed = self._config.service.base_url and not topic.private
        return names | ({FRAME: render.frame_path(topic.slug)} if framed else {})

    def _learn(self, names: Iterable[str]) -> None:
        wanted = [name for name in names if name not in self._known]
        if wanted:
            self._known.update(published.files(self._connection, wanted))

    def learn(self, topics_: Iterable[Topic]) -> None:
        """What is known of all documents of these feeds, at once."""
        self._learn(name for topic in topics_ for name in self._names(topic).values())

    def _before(self, topic: Topic) -> tuple[dict[str, Pieces], dict[str, Markup]]:
        """What stood of each entry in the documents before, by key, and in the frame; nothing where one is not, byte
        for byte, as it was left: a disk may change what it holds and no stamp of it.
        """
        seal, *keys = told.pieces(self._connection, topic.slug) or [""]
        names = self._names(topic)
        if not keys or not all(map(self._output.is_as_left, names.values())):
            return {}, {}
        try:
            documents = {suffix: self._output.read(name) for suffix, name in names.items()}
        except FileNotFoundError:  # somebody took it away meanwhile
            return {}, {}
        if _seal(documents.values()) != seal:
            return {}, {}
        found = {suffix: pieces.cut(suffix, document).pieces for suffix, document in documents.items()}
        framed = map(Markup, map(bytes.decode, found.pop(FRAME, [])))
        made = map(Pieces, *(found[suffix] for suffix in pieces.SUFFIXES))
        return dict(zip(keys, made, strict=True)), dict(zip(keys, framed, strict=False))

    def _fitting(self, standing: Standing, made: dict[str, Pieces]) -> tuple[Composed, dict[str, bytes]]:
        """The documents, with as many of the newest entries as the topic's limits let in; `made` gets what is new."""

        def documents(count: int) -> tuple[Composed, dict[str, bytes]]:
            composed = self._composed(standing, count)
            self._render(composed, standing.topic, made)
            times = [line.published for line in composed.shown]
            found = pieces.put_together(composed.feed, [made[key] for key in composed.keys], times)
            return composed, {f"{standing.topic.slug}.{suffix}": content for suffix, content in found.items()}

        most = self._config.service.max_feed_size * KIB
        every = len(standing.live)
        found = documents(every)
        if every and _largest(found[1]) > most:
            found = documents(max(1, bisect_right(range(1, every), most, key=lambda n: _largest(documents(n)[1]))))
        return found

    def _frame(self, composed: Composed, made: dict[str, Pieces], framed: dict[str, Markup]) -> dict[str, bytes]:
        shown = composed.keys[: render.IN_FRAME]
        new = [key for key in shown if key not in framed]
        entries = tuple(pieces.entry_in(made[key]) for key in new)
        framed |= zip(new, render.frame_pieces(replace(composed.feed, entries=entries)), strict=True)
        return render.render_frame(composed.feed, [framed[key] for key in shown])

    def _composed(self, standing: Standing, count: int) -> Composed:
        topic, shown = standing.topic, standing.live[:count]
        pages = standing.archive.pages({line.id for line in shown})
        return self._compose(
            topic,
            shown,
            gone=standing.gone_among(shown),
            older=next(reversed([*standing.archive.frozen, *(page.path for page in pages)]), ""),
            hubs=() if topic.private else self._config.service.hub_addresses,
            private=topic.private,
        )

    def _compose(self, topic: Topic, shown: Sequence[Line], **head: Any) -> Composed:
        """`head`: what else the document says, before its entries."""
        updated = composing.settled({line.id: line.updated + composing.distance(line.id) for line in shown})
        language = composing.commonest(line.language for line in shown)
        feed = TopicFeed(
            slug=topic.slug,
            title=topic.title,
            base_url=self._config.service.base_url,
            language=language,
            updated=max(updated.values(), default=composing.NEVER),
            entries=(),
            total=len(shown),
            **head,
        )
        words = phrases_for(language_tag(language)).language
        keys = [
            f"{line.stamp}-{line.united:d}-{(updated[line.id] - line.updated).microseconds}-{words}" for line in shown
        ]
        return Composed(feed, shown, updated, keys)

    def _render(self, composed: Composed, topic: Topic, made: dict[str, Pieces]) -> None:
        """The entries of which `made` has no pieces yet; those that another feed shows, too, once."""
        lines = dict(zip(composed.keys, composed.shown, strict=True))
        made.update(
            {key: self._rendered[topic.pictures, key] for key in lines if (topic.pictures, key) in self._rendered}
        )
        wanted = {key: line for key, line in lines.items() if key not in made}
        if not wanted:
            return
        found = pieces.pieces_of(self._with_entries(composed, topic, wanted.values()))
        if len(self._rendered) > MOST_HELD:
            self._rendered.clear()
        for key, piece in zip(wanted, found, strict=True):
            made[key] = self._rendered[topic.pictures, key] = piece

    def _with_entries(self, composed: Composed, topic: Topic, lines: Collection[Line]) -> TopicFeed:
        """With these entries alone."""
        events, feed = self._teller.as_lines(self._connection, lines), composed.feed
        entries = (
            replace(
                composing.entry_of(topic, events[line.id], feed.base_url, self._full), updated=composed.updated[line.id]
            )
            for line in lines
        )
        return replace(feed, entries=tuple(entries), total=None)

    # The archive

    def _archive_pages(self, standing: Standing, composed: Composed, basis: str) -> None:
        """Each is linked with those beside it, so all need an address; new ones first: nothing leads there yet."""
        topic, archive, output = standing.topic, standing.archive, self._output
        pages = archive.pages({line.id for line in composed.shown})
        paths = [*(archive.frozen[-1:] or [""]), *(page.path for page in pages), ""]
        self._learn([page.path for page in pages])
        gone = self._gone(topic)
        linked = zip(pages, paths, paths[2:], strict=False)
        for page, older, newer in sorted(linked, key=lambda of_page: of_page[0].path in self._known):
            ids = [event.id for event in page.events]
            which = digest(basis, repr(topic), older, newer, *ids)
            if self._is_told_as_before(page.path, which, ids, standing.retold):
                continue
            lines = told.lines(self._connection, topic.slug, among=ids)
            inputs = which + digest(*(line.stamp for line in lines))
            if not output.holds(page.path, inputs):
                stones = sorted((stone for line in lines for stone in gone[line.id]), key=_by_age, reverse=True)
                head = {"gone": tuple(stones[: composing.MOST_TOMBSTONES]), "older": older, "newer": newer}
                whole = self._compose(topic, lines, archive=page.path, **head)
                output.write(page.path, self._archive_page(topic, whole), inputs)
        output.keep_only(paging.folder(topic.slug), {page.path for page in pages} | set(archive.frozen))
        archiving.relink(composed.feed, archive, pages, output)
        for path in archive.frozen:
            output.keep(path)

    def _is_told_as_before(self, path: str, which: str, ids: Iterable[str], retold: Collection[str] | None) -> bool:
        """Whether a page of the archive has these events as it had them, so that their rows need not be read."""
        known = self._known.get(path)
        if known is None or retold is None or not known.inputs.startswith(which):
            return False
        return not any(id_ in retold for id_ in ids) and self._output.holds(path, known.inputs)

    def _gone(self, topic: Topic) -> Mapping[str, list[Tombstone]]:
        """Of each event of the feed those that turned out to be it."""
        found: defaultdict[str, list[Tombstone]] = defaultdict(list)
        for event, stone in told.gone(self._connection, topic.slug) if topic.slug in self._with_gone else ():
            found[event].append(stone)
        return found

    def _archive_page(self, topic: Topic, page: Composed) -> bytes:
        """Nearly all of its entries stand in it, or in a page of another feed, as they are."""
        path, held = page.feed.archive, self._rendered_atom
        made = {key: held[topic.pictures, key] for key in page.keys if (topic.pictures, key) in held}
        made |= self._page_before(path) if len(made) < len(page.keys) else {}
        wanted = {key: line for key, line in zip(page.keys, page.shown, strict=True) if key not in made}
        if wanted:
            new = pieces.atom_pieces(self._with_entries(page, topic, wanted.values()))
            made |= zip(wanted, new, strict=True)
            if len(held) > MOST_ATOM_HELD:
                held.clear()
            held |= {(topic.pictures, key): made[key] for key in wanted}
        content = pieces.atom_of(page.feed, [made[key] for key in page.keys])
        self.pages[path] = " ".join([_seal([content]), *page.keys])
        return content

    def _page_before(self, path: str) -> dict[str, bytes]:
        """As `_before`, of a page of the archive."""
        seal, *keys = told.page_pieces(self._connection, path) or [""]
        if not keys or not self._output.is_as_left(path):
            return {}
        try:
            content = self._output.read(path)
        except FileNotFoundError:  # somebody took it away meanwhile
            return {}
        return dict(zip(keys, pieces.cut("atom", content).pieces, strict=True)) if _seal([content]) == seal else {}


_by_age = attrgetter("published", "id")


def _seal(documents: Iterable[bytes]) -> str:
    seal = hashlib.sha256()
    for document in documents:
        seal.update(len(document).to_bytes(8, "big"))
        seal.update(document)
    return seal.hexdigest()


def _largest(documents: Mapping[str, bytes]) -> int:
    """Bytes, of the documents that feed readers fetch."""
    return max(len(content) for name, content in documents.items() if not name.endswith(".html"))
