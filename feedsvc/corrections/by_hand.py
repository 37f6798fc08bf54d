"""Joining, splitting, answering: what a person means by it, as words on pairs of articles.

Who joins says of all articles of both events that they report one. Who splits says that those that leave report one,
that those that stay report one, and that each that leaves differs from each that stays. That is what it takes to come
to the same events after a rebuild; the last word on a pair counts. Who answers on one pair says of no other that waits
for an answer of its own that both are one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from feedsvc.config import Config
from feedsvc.corrections.desk import Change, Desk, correcting
from feedsvc.errors import FeedsvcError
from feedsvc.model import Article, Correction
from feedsvc.naming import find_article, find_event
from feedsvc.store import borderline, events
from feedsvc.store.borderline import Borderline


def join(config: Config, one: str, other: str, now: datetime) -> Change:
    """Make one event of two, named by id or page: the older one lives, and the younger's page leads to it.

    Raises FeedsvcError where an event is not known or both are the same, StateError where the state cannot be written.
    """
    with correcting(config) as desk:
        ids = [find_event(desk.connection, reference) for reference in (one, other)]
        if ids[0] == ids[1]:
            raise FeedsvcError(f"{one} and {other} are one event already: {ids[0]}; nothing was changed")
        return _join(desk, ids, now)


def split(config: Config, event: str, references: Sequence[str], now: datetime) -> Change:
    """Have articles leave an event and form another together. The founding article gives the event its id and stays:
    where it is named, the others leave instead. Raises FeedsvcError where an article is not in the event or all are
    named, StateError where the state cannot be written.
    """
    with correcting(config) as desk:
        id_ = find_event(desk.connection, event)
        members = desk.members(id_)
        named = {find_article(desk.connection, reference): reference for reference in references}
        if strangers := [named[key] for key in named if key not in {article.key for article in members}]:
            raise FeedsvcError(f"{', '.join(strangers)}: not in {id_}; nothing was changed")
        instead = members[0].key in named
        leaving = [article for article in members if (article.key in named) != instead]
        if not leaving:
            raise FeedsvcError(f"these are all articles of {id_}: some must stay; nothing was changed")
        return replace(_split(desk, id_, leaving, now), instead=instead)


def answer(config: Config, article: str, other: str, *, same: bool, now: datetime) -> Change:
    """Say of two articles (keys) whether they report one event. "Same" joins their two events; "not" has the later one
    leave the event that both are in. Raises FeedsvcError where one is in no event, StateError as `join`.
    """
    with correcting(config) as desk:
        places = events.places(desk.connection, (article, other))
        if len(places) < 2:
            raise FeedsvcError(f"{article} and {other} are not both in events; nothing was changed")
        (one, _), (another, _) = places[article], places[other]
        word = Correction(article, other, same)
        if same == (one == another):
            return Change(desk.keep([word], now))
        unasked = [
            pair for pair in borderline.waiting(desk.connection) if {pair.article, pair.other} != {article, other}
        ]
        if same:
            return _join(desk, (one, another), now, (word,), unasked)
        # The founding article comes first: of two articles the later is never the one that must stay.
        later = [member for member in desk.members(one) if member.key in (article, other)][-1]
        return _split(desk, one, [later], now, unasked)


def _join(
    desk: Desk, ids: Sequence[str], now: datetime, words: Sequence[Correction] = (), unasked: Iterable[Borderline] = ()
) -> Change:
    change = desk.join(*ids)
    founder, *others = (article.key for article in desk.members(change.event))
    ties = desk.said().together(founder, others)
    return replace(change, corrections=desk.keep([*words, *_without(ties, unasked)], now))


def _split(
    desk: Desk, event: str, leaving: Sequence[Article], now: datetime, unasked: Iterable[Borderline] = ()
) -> Change:
    change = desk.part(event, leaving)
    left = [article.key for article in leaving]
    stayed = [article.key for article in desk.members(event)]
    known = desk.said()
    ties = [*known.together(left[0], left), *known.together(stayed[0], stayed)]
    return replace(change, corrections=desk.keep([*known.apart(left, stayed), *_without(ties, unasked)], now))


def _without(ties: Iterable[Correction], unasked: Iterable[Borderline]) -> list[Correction]:
    pairs = {frozenset((pair.article, pair.other)) for pair in unasked}
    return [tie for tie in ties if frozenset((tie.article, tie.other)) not in pairs]
