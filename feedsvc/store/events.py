"""Events and who belongs to them: what we concluded from the articles."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from feedsvc.model import Membership, Placement
from feedsvc.store import articles, changes, past, published
from feedsvc.store.tables import article, correction, event, membership, past_event, told_event
from feedsvc.text import event_id


@dataclass(frozen=True, slots=True)
class KnownEvent:
    id: str
    published: datetime
    lead: str | None  # article key; None until first published
    members: tuple[Membership, ...]  # each article in its current revision; by time, then key
    follows: str | None = None  # id of the event that it goes on from: published before, it stands or is of the past
    translates: str | None = None  # id of the oldest that it tells anew in another language: likewise


def record(connection: sa.Connection, placements: Sequence[Placement], times: Mapping[str, datetime]) -> None:
    """Write where the matcher put articles. `times`: best known time of each placed article, by key."""
    for placed in placements:
        if placed.founded:
            connection.execute(sa.insert(event).values(id=placed.event, published=times[placed.article]))
        connection.execute(
            sa.insert(membership).values(
                article=placed.article, event=placed.event, score=placed.score, reason=placed.reason
            )
        )
        for younger in placed.absorbed:
            absorb(connection, younger, placed.event)
    changes.mark(connection, (placed.event for placed in placements))


def link(connection: sa.Connection, links: Mapping[str, str]) -> None:
    """Remember of each of these events from which earlier one it goes on."""
    _point(connection, event.c.follows, links)


def translate(connection: sa.Connection, links: Mapping[str, str]) -> None:
    """Remember of each of these events which older one, in another language, reports the same occurrence."""
    _point(connection, event.c.translates, links)


def _point(connection: sa.Connection, column: sa.Column[str | None], links: Mapping[str, str]) -> None:
    rows = [{"id_": id_, "older_": older} for id_, older in links.items()]
    if rows:
        changed = sa.update(event).where(event.c.id == sa.bindparam("id_"))
        connection.execute(changed.values({column: sa.bindparam("older_")}), rows)
        changes.mark(connection, links)


def absorb(connection: sa.Connection, younger: str, older: str) -> None:
    """The younger event turned out to be the older: its articles move, its id stays known for a redirect."""
    connection.execute(sa.update(membership).where(membership.c.event == younger).values(event=older))
    same = (event.c.id == younger) | (event.c.absorbed_by == younger)
    connection.execute(sa.update(event).where(same).values(absorbed_by=older))
    changes.mark(connection, [younger, older])


def around(connection: sa.Connection, start: datetime, end: datetime) -> list[tuple[str, str]]:
    """(article key, event id) of every article of every event that has one between `start` and `end`."""
    touched = (
        sa.select(membership.c.event)
        .join(article, article.c.key == membership.c.article)
        .where(article.c.time.between(start, end))
    )
    query = sa.select(membership.c.article, membership.c.event).where(membership.c.event.in_(touched))
    return [(key, id_) for key, id_ in connection.execute(query.order_by(membership.c.article))]


@dataclass(frozen=True, slots=True)
class Link:
    """To what an event that stands refers, as far as that stands, or is of the past, and was published before it."""

    id: str
    published: datetime
    follows: str | None
    translates: str | None


def load(connection: sa.Connection) -> list[KnownEvent]:
    """Every event that stands, newest first."""
    known = among(connection)
    linked = {link.id: link for link in links(connection)}
    gone = past.events(connection)
    oldest = origins(linked.values(), {e.id: e.translates for e in gone if e.translates})
    return [replace(e, follows=linked[e.id].follows, translates=oldest.get(e.id)) for e in known]


def among(connection: sa.Connection, ids: Collection[str] | None = None) -> list[KnownEvent]:
    """Those of these events, or all, that stand, newest first; without what they refer to."""
    members: dict[str, list[Membership]] = defaultdict(list)
    rows = list(_rows(connection, sa.select(membership), membership.c.event, ids))
    found = articles.current(connection, [row.article for row in rows])
    for row in rows:
        members[row.event].append(Membership(found[row.article], row.score, row.reason))
    query = sa.select(event.c.id, event.c.published, event.c.lead).where(event.c.absorbed_by.is_(None))
    standing = sorted(_rows(connection, query, event.c.id, ids), key=lambda row: row.id)
    return [
        KnownEvent(
            id=row.id,
            published=row.published,
            lead=row.lead,
            members=tuple(sorted(members[row.id], key=lambda m: (m.article.time, m.article.key))),
        )
        for row in sorted(standing, key=lambda row: row.published, reverse=True)
        if members[row.id]
    ]


def links(connection: sa.Connection, ids: Collection[str] | None = None) -> list[Link]:
    """Of those of these events, or of all, that stand; oldest first."""
    query = sa.select(event.c.id, event.c.published, event.c.follows, event.c.translates)
    has_members = sa.exists().where(membership.c.event == event.c.id)
    standing = query.where(event.c.absorbed_by.is_(None) & has_members)
    rows = list(_rows(connection, standing, event.c.id, ids))
    named = None if ids is None else {id_ for row in rows for id_ in (row.follows, row.translates) if id_}
    became = {
        row.id: row.absorbed_by
        for row in _rows(
            connection,
            sa.select(event.c.id, event.c.absorbed_by).where(event.c.absorbed_by.is_not(None)),
            event.c.id,
            named,
        )
    }
    meant = None if named is None else {became.get(id_, id_) for id_ in named}
    gone = _rows(connection, sa.select(past_event.c.id, past_event.c.published), past_event.c.id, meant)
    published = {row.id: row.published for row in [*rows, *gone]}
    if meant is not None:
        others = meant - published.keys()
        published |= {row.id: row.published for row in _rows(connection, standing, event.c.id, others)}
    return [
        Link(
            row.id,
            row.published,
            _earlier(became.get(row.follows or "", row.follows), row.published, published),
            _earlier(became.get(row.translates or "", row.translates), row.published, published),
        )
        for row in sorted(rows, key=lambda row: (row.published, row.id))
    ]


def origins(oldest_first: Iterable[Link], before: Mapping[str, str]) -> dict[str, str]:
    """Of each event that tells another one anew the oldest that it goes back to; `before`: what is known of others."""
    oldest = dict(before)
    for link in oldest_first:
        if link.translates:
            oldest[link.id] = oldest.get(link.translates, link.translates)
    return oldest


def referring(connection: sa.Connection, ids: Collection[str]) -> set[str]:
    """Ids of the events that follow or translate one of these, or one that turned out to be one of these."""
    absorbed_here = {row.id for row in _rows(connection, sa.select(event.c.id), event.c.absorbed_by, ids)}
    return {
        row.id
        for column in (event.c.follows, event.c.translates)
        for row in _rows(connection, sa.select(event.c.id), column, {*ids, *absorbed_here})
    }


def _rows(
    connection: sa.Connection, query: sa.Select[Any], column: sa.Column[Any], values: Collection[str] | None
) -> Iterator[sa.Row[Any]]:
    """Those with one of these values in the column; all where None are given."""
    if values is None:
        yield from connection.execute(query).all()
    else:
        for batch in articles.in_batches(sorted(values)):
            yield from connection.execute(query.where(column.in_(batch))).all()


def _earlier(id_: str | None, before: datetime, published: Mapping[str, datetime]) -> str | None:
    """The id, if it is of an event that stands and was published before. So links never lead round in a circle,
    nor from an event to itself, whatever was absorbed or split since they were made.
    """
    return id_ if id_ is not None and id_ in published and published[id_] < before else None


def absorbed(connection: sa.Connection, into: Collection[str]) -> dict[str, str]:
    """Which events turned out to be one of these, and which one each."""
    query = sa.select(event.c.id, event.c.absorbed_by)
    return {row.id: row.absorbed_by for row in _rows(connection, query, event.c.absorbed_by, into)}


def became(connection: sa.Connection, ids: Collection[str]) -> dict[str, str]:
    """Of those of these events that were absorbed, which one each turned out to be."""
    query = sa.select(event.c.id, event.c.absorbed_by).where(event.c.absorbed_by.is_not(None))
    return {row.id: row.absorbed_by for row in _rows(connection, query, event.c.id, ids)}


def gone(connection: sa.Connection, keys: Collection[str]) -> frozenset[str]:
    """Ids of the events that these articles founded, and that were absorbed or that a correction says are another one:
    a rebuild places their articles there at once, knows of no absorption, and must yet publish the same bytes.
    """
    founded = {event_id(key): key for key in keys}
    said = {
        event_id(row.key)
        for column in (correction.c.article, correction.c.other)
        for row in _rows(connection, sa.select(column.label("key")).where(correction.c.same), column, keys)
    }
    found = [
        (row.id, row.absorbed_by)
        for row in _rows(connection, sa.select(event.c.id, event.c.absorbed_by), event.c.id, founded)
    ]
    return frozenset((said | {id_ for id_, older in found if older}) - {id_ for id_, older in found if older is None})


def ids(connection: sa.Connection) -> list[str]:
    """Of all events that stand."""
    return list(connection.scalars(sa.select(membership.c.event).distinct().order_by(membership.c.event)))


def keep_leads(connection: sa.Connection, leads: Mapping[str, str]) -> None:
    """Remember which article stands for each event that has none yet, from now on."""
    rows = [{"id_": id_, "lead_": lead} for id_, lead in leads.items()]
    if rows:
        without = (event.c.id == sa.bindparam("id_")) & event.c.lead.is_(None)
        connection.execute(sa.update(event).where(without).values(lead=sa.bindparam("lead_")), rows)


def places(connection: sa.Connection, keys: Iterable[str]) -> dict[str, tuple[str, str]]:
    """(event id, reason) of each article that has a place."""
    query = sa.select(membership.c.article, membership.c.event, membership.c.reason)
    return {
        key: (event_id, reason)
        for batch in articles.in_batches(sorted(set(keys)))
        for key, event_id, reason in connection.execute(query.where(membership.c.article.in_(batch)))
    }


def standing(connection: sa.Connection, id_: str) -> str | None:
    """The event with this id, or the one that it turned out to be; None where the id was never given."""
    row = connection.execute(sa.select(event.c.id, event.c.absorbed_by).where(event.c.id == id_)).one_or_none()
    return row and (row.absorbed_by or row.id)


def members_of(connection: sa.Connection, id_: str) -> list[str]:
    """Keys of the event's articles, in order."""
    query = sa.select(membership.c.article).where(membership.c.event == id_)
    return list(connection.scalars(query.order_by(membership.c.article)))


def found_anew(connection: sa.Connection, id_: str, published: datetime) -> bool:
    """An event that is to stand by itself: a new one, or one that was absorbed, with all that it had. True if new."""
    before = connection.scalar(sa.select(event.c.absorbed_by).where(event.c.id == id_))
    changes.mark(connection, {id_, before or id_})
    revived = sa.update(event).where(event.c.id == id_).values(absorbed_by=None)
    if connection.execute(revived).rowcount:
        return False
    connection.execute(sa.insert(event).values(id=id_, published=published))
    return True


def redirect(connection: sa.Connection, ids: Sequence[str], to: str) -> None:
    """Of these events those that were absorbed turned out to be another one than was thought."""
    among = event.c.id.in_(ids) & event.c.absorbed_by.is_not(None)
    connection.execute(sa.update(event).where(among).values(absorbed_by=to))
    changes.mark(connection, [*ids, to])


def move(connection: sa.Connection, keys: Sequence[str], to: str) -> None:
    """Put articles into another event."""
    changes.mark_articles(connection, keys)
    connection.execute(sa.update(membership).where(membership.c.article.in_(keys)).values(event=to))
    changes.mark(connection, [to])


def explain(connection: sa.Connection, reasons: Mapping[str, str]) -> None:
    """Why, by a person's word and so without doubt, articles are where they are."""
    for key, reason in reasons.items():
        connection.execute(sa.update(membership).where(membership.c.article == key).values(score=1.0, reason=reason))
    changes.mark_articles(connection, reasons.keys())


def forget_lost_leads(connection: sa.Connection, ids: Sequence[str]) -> None:
    """An event whose lead left it gets another when it is published next."""
    among = sa.exists().where((membership.c.article == event.c.lead) & (membership.c.event == event.c.id))
    connection.execute(sa.update(event).where(event.c.id.in_(ids) & ~among).values(lead=None))
    changes.mark(connection, ids)


def counts(connection: sa.Connection) -> tuple[int, int]:
    """How many events there are, and how many of them more than one article reports; with those that left the store."""
    known, merged = _now(connection)
    left = past.counts(connection)
    return known + left.get("events", 0), merged + left.get("merged", 0)


def _now(connection: sa.Connection) -> tuple[int, int]:
    """As they were counted when all was published, and what changed since."""
    whole, unpublished = published.whole(connection), changes.waiting(connection)
    if whole is None or unpublished.everything:
        return sizes(connection)
    known, merged = sizes(connection, sorted(unpublished.events))
    told = sa.select(told_event.c.articles).where(~told_event.c.united)
    before = [row.articles for row in _rows(connection, told, told_event.c.event, unpublished.events)]
    return whole.events + known - len(before), whole.merged + merged - sum(articles > 1 for articles in before)


def sizes(connection: sa.Connection, ids: Sequence[str] | None = None) -> tuple[int, int]:
    """How many events are in the store, or of these, and how many of them more than one article reports."""
    members = sa.select(sa.func.count().label("size")).select_from(membership).group_by(membership.c.event)
    known = merged = 0
    for batch in [None] if ids is None else articles.in_batches(ids):
        found = (members if batch is None else members.where(membership.c.event.in_(batch))).subquery()
        query = sa.select(sa.func.count(), sa.func.count(sa.case((found.c.size > 1, 1)))).select_from(found)
        counted = connection.execute(query).one()
        known, merged = known + counted[0], merged + counted[1]
    return known, merged


def was_published(connection: sa.Connection) -> bool:
    """Whether any event ever was: from then on it has a lead."""
    return connection.scalar(sa.select(event.c.id).where(event.c.lead.is_not(None)).limit(1)) is not None


def forget_all(connection: sa.Connection) -> None:
    """Whatever was concluded. The articles stay."""
    connection.execute(sa.delete(membership))
    connection.execute(sa.delete(event))
    changes.mark_all(connection)


def publish_again(connection: sa.Connection, id_: str, published: datetime, keys: Sequence[str], reason: str) -> None:
    """An event that was published before this state began, as it was told of; the lead's key first."""
    if not keys:
        return
    connection.execute(sa.insert(event).values(id=id_, published=published, lead=keys[0]))
    rows = [{"article": key, "event": id_, "score": 1.0, "reason": reason} for key in keys]
    connection.execute(sa.insert(membership), rows)
    changes.mark(connection, [id_])
