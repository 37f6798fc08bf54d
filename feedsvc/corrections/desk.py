"""Where corrections are carried out: events are joined and come apart, and what was said is kept.

Decides nothing of what is meant: `by_hand` and `exchange` do, which alone call it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from feedsvc.config import Config
from feedsvc.events import canonical_order
from feedsvc.events.corrected import KEPT_APART, Corrections, said_same
from feedsvc.model import Article, Correction
from feedsvc.placing import goes_on_from
from feedsvc.store import articles, corrections, events, journal, open_database, sole_writer
from feedsvc.store.journal import KnownCorrection
from feedsvc.text import event_id

LOCK_WAIT_S = 60.0  # for an update or a daemon at work


@dataclass(frozen=True, slots=True)
class Change:
    """What a correction came to."""

    corrections: tuple[Correction, ...] = ()  # what was said that was not known before
    event: str = ""  # id of the event that goes on; empty where no article moved
    absorbed: str = ""  # id of the event that is no more
    founded: str = ""  # id of the event that came out of it
    moved: tuple[str, ...] = ()  # keys of the articles that are in another event now
    instead: bool = False  # the founding article was to leave: the others did


@contextmanager
def correcting(config: Config) -> Iterator[Desk]:
    """All or nothing: the lock, the journal and one transaction. Raises StateError where one cannot be had."""
    state = config.service.state
    with (
        closing(open_database(state, create=False)) as database,
        sole_writer(state, wait_s=LOCK_WAIT_S) as fence,
        journal.keeping(state) as append,
        database.fenced(fence).writing() as connection,
    ):
        yield Desk(connection, append)


class Desk:
    def __init__(self, connection: sa.Connection, append: Callable[[Iterable[KnownCorrection]], None]) -> None:
        self.connection = connection
        self._append = append

    def members(self, event: str) -> list[Article]:
        """The event's articles: the founding one, then in the order of placing."""
        found = articles.first(self.connection, events.members_of(self.connection, event)).values()
        return sorted(canonical_order(found), key=lambda article: event_id(article.key) != event)

    def said(self) -> Corrections:
        return Corrections(corrections.load(self.connection))

    def keep(self, said: Iterable[Correction], now: datetime) -> tuple[Correction, ...]:
        """Keep what was just said as the last word, also where the clock was set back meanwhile."""
        newest = max([now, *(known.made for known in corrections.known(self.connection)[:1])])
        words = tuple(dict.fromkeys(map(journal.ordered, said)))
        self.keep_known([KnownCorrection(word, newest) for word in words])
        self.explain(words)
        return words

    def keep_known(self, said: Sequence[KnownCorrection]) -> None:
        corrections.record(self.connection, said)
        if said:
            self._append(said)

    def explain(self, words: Iterable[Correction]) -> None:
        """Give all articles of the events that these words touch the reasons that a rebuild would give them."""
        said = self.said()
        touched = {key for word in words for key in (word.article, word.other)}
        for event in sorted({event for event, _ in events.places(self.connection, touched).values()}):
            members = self.members(event)
            founder = members[0]
            keys = [article.key for article in members]
            ties = {key: said.tie(key, keys[:position]) for position, key in enumerate(keys)}
            reasons = {key: said_same(tie) for key, tie in ties.items() if tie}
            if self._kept_apart(said, founder):
                reasons[founder.key] = KEPT_APART
            events.explain(self.connection, reasons)

    def _kept_apart(self, said: Corrections, founder: Article) -> bool:
        others = articles.first(self.connection, said.apart_from(founder.key)).values()
        return canonical_order([founder, *others])[0] is not founder

    def join(self, one: str, other: str) -> Change:
        """The older event, by its founding article's order of placing, takes in the younger."""
        members = {event: self.members(event) for event in (one, other)}
        founder = {found[0].key: event for event, found in members.items()}
        first, second = canonical_order(found[0] for found in members.values())
        older, younger = founder[first.key], founder[second.key]
        events.explain(self.connection, {second.key: said_same(first.key)})
        events.absorb(self.connection, younger, older)
        return Change(event=older, absorbed=younger, moved=tuple(a.key for a in members[younger]))

    def part(self, event: str, leaving: Sequence[Article]) -> Change:
        """Articles leave, in order of placing: the first founds an event, or gets back the one that it had founded."""
        founded, *others = (event_id(article.key) for article in leaving)
        if events.found_anew(self.connection, founded, leaving[0].time):
            earlier = goes_on_from(self.connection, leaving[0])
            events.link(self.connection, {founded: earlier} if earlier else {})
        # What they had founded before they were joined to this event leads to where they are now.
        events.redirect(self.connection, others, founded)
        first, *rest = keys = tuple(article.key for article in leaving)
        events.move(self.connection, keys, founded)
        events.explain(self.connection, {first: KEPT_APART} | dict.fromkeys(rest, said_same(first)))
        events.forget_lost_leads(self.connection, (event, founded))
        return Change(event=event, founded=founded, moved=keys)

    def settle(self, new: Sequence[Correction]) -> Iterator[Change]:
        """Bring events into line with corrections that came from elsewhere and are kept already."""
        said = self.said()
        for event in self._broken_by(new):
            members = {article.key: article for article in self.members(event)}
            _, *leaving = said.groups(list(members))
            for group in leaving:
                yield self.part(event, [members[key] for key in group])
        for word in new:
            places = events.places(self.connection, (word.article, word.other))
            ids = sorted({event for event, _ in places.values()})
            if word.same and len(ids) == 2:
                pair = [[a.key for a in self.members(event)] for event in ids]
                if not any(said.different(one, other) for one in pair[0] for other in pair[1]):
                    yield self.join(*ids)

    def _broken_by(self, new: Iterable[Correction]) -> list[str]:
        """Events that hold two articles now said to differ."""
        found: dict[str, None] = {}
        for word in new:
            places = events.places(self.connection, (word.article, word.other))
            if not word.same and len(places) == 2 and len({event for event, _ in places.values()}) == 1:
                found[places[word.article][0]] = None
        return list(found)
