"""What became news is written down: in the journal, and for each target in the outbox, in one transaction.

News is what differs from what the state says was published last, so a crash anywhere loses none of it: the next
publication finds it again. Sends nothing. Called after each publication, by the cycle.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from feedsvc import storage as storages
from feedsvc.config import Config
from feedsvc.config.settings import Happening
from feedsvc.model import Event, Mention, Selection
from feedsvc.notify.identity import hub_id, target_id, target_ids
from feedsvc.notify.rows import Row, news_row
from feedsvc.store import Database, documents, news, outbox
from feedsvc.store.news import KnownFeed, Told
from feedsvc.store.outbox import Message
from feedsvc.text import digest

JOURNAL_KEPT = timedelta(days=30)  # also what was given up
FORMATS = ("atom", "rss", "json")


@dataclass(frozen=True, slots=True)
class Change:
    event: Event
    happened: Happening
    quiet: bool  # it stands in the journal, but nobody is told: the feed is new, or its rules are


def record(config: Config, database: Database, now: datetime, selections: Sequence[Selection]) -> None:
    """After each publication. `selections` is empty where nothing was published, which is no news."""
    with database.writing() as connection:
        outbox.keep_only(connection, target_ids(config))
        news.keep_feeds(connection, [topic.slug for topic in config.feeds])
        news.drop_before(connection, now - JOURNAL_KEPT)
        outbox.drop_given_up(connection, now - JOURNAL_KEPT)
        for selection in selections:
            _record_feed(config, connection, now, selection)
        if selections:
            _record_documents(config, connection, now)


def _record_feed(config: Config, connection: sa.Connection, now: datetime, selection: Selection) -> None:
    slug = selection.topic.slug
    known, told = news.feed(connection, slug), news.told(connection, slug, [m.id for m in selection.mentions])
    rules = _rules(config, selection)
    found = list(changes(connection, selection, rules, known, told))
    origins = documents.origins(connection, [m.article.key for change in found for m in change.event.members])
    rows = [
        news_row(change.event, selection.topic, change.happened, origins, config.service.base_url) for change in found
    ]
    news.append(connection, slug, now, rows)
    loud = [(change, row) for change, row in zip(found, rows, strict=True) if not change.quiet]
    states = outbox.states(connection) if config.webhooks else {}
    for webhook in config.webhooks:
        id_ = target_id(webhook)
        if webhook.feed == slug and not (id_ in states and states[id_].gone):
            outbox.put(connection, [_message(id_, now, *one) for one in loud if one[0].happened in webhook.on])
    news.remember_told(connection, slug, _to_remember(selection, told))
    if known != KnownFeed(rules, selection.newest):
        news.remember_feed(connection, slug, KnownFeed(rules, selection.newest))


def changes(
    connection: sa.Connection, selection: Selection, rules: str, known: KnownFeed | None, told: Mapping[str, Told]
) -> Iterator[Change]:
    """What readers of the live feed see that they had not seen, oldest event first.

    Quiet is what only new rules brought in, not the hour: a feed that begins must not announce its whole archive.
    """
    shown = sorted(selection.mentions[: selection.shown], key=lambda mention: (mention.published, mention.id))
    happened = {mention.id: found for mention in shown if (found := _happened(mention, told.get(mention.id)))}
    events = selection.events(connection, happened.keys())
    for id_, what in happened.items():
        late = known and known.newest and events[id_].published > known.newest
        new_rules = known is None or (known.rules != rules and not late)
        yield Change(events[id_], what, quiet=what == "new" and new_rules)


def _happened(mention: Mention, before: Told | None) -> Happening | None:
    if before is None:
        return "new"
    if mention.updated > before.updated:
        return "updated"
    return "joined" if mention.reports > before.reports else None


def _to_remember(selection: Selection, told: Mapping[str, Told]) -> dict[str, Told]:
    """The most that was ever said of each event that belongs to the feed, also of those that it does not show."""
    changed = {}
    for mention in selection.mentions:
        before = told.get(mention.id, Told(mention.updated, 0))
        now = Told(max(before.updated, mention.updated), max(before.reports, mention.reports))
        if now != before:
            changed[mention.id] = now
    return changed


def _rules(config: Config, selection: Selection) -> str:
    """Of all in the configuration that may let old events in; `limit` does not: what is not shown is remembered too."""
    topic = selection.topic
    rules = (topic.any, topic.all, topic.none, topic.sources, topic.languages, topic.min_sources, topic.cross_language)
    sources = sorted(source.id for source in config.sources if source.enabled)
    return digest(*map(repr, (*rules, config.service.keep, sources)))


def _message(target: str, now: datetime, change: Change, row: Row) -> Message:
    reports = sorted(member.article.key for member in change.event.members)
    key = digest("message", target, change.event.id, change.happened, row["updated"], *reports)
    return Message(target, change.event.id, key, now, row)


def _record_documents(config: Config, connection: sa.Connection, now: datetime) -> None:
    """A ping for each hub and each feed document whose bytes it was not told of; it replaces an older one unsent."""
    documents = dict(_digests(config)) if config.service.hubs else {}
    for hub in config.service.hubs:
        target = hub_id(hub)
        known = news.digests(connection, target)
        for topic, found in documents.items():
            if known.get(topic) != found:
                key = digest("ping", target, topic, found)
                outbox.replace(connection, Message(target, topic, key, now, {"topic": topic}))
                news.remember_digest(connection, target, topic, found)


def _digests(config: Config) -> Iterator[tuple[str, str]]:
    """Address and digest of each feed document as it lies in the output; a private one's address is for nobody else."""
    storage = storages.opened(config.service.output)
    for topic in config.feeds:
        for suffix in () if topic.private else FORMATS:
            name = f"{topic.slug}.{suffix}"
            if found := storage.digest(name):
                yield config.service.base_url + name, found
