"""Feeds of whole events, for what renders them: as `publishing` makes them of what it keeps of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from operator import attrgetter

from feedsvc.composing import MOST_TOMBSTONES, NEVER, commonest, distinct_updated, entry_of, settled
from feedsvc.model import Event, Tombstone, Topic, TopicFeed
from feedsvc.topics import newest_first, tombstones


def compose(topic: Topic, events: Sequence[Event], base_url: str, full_content: frozenset[str]) -> TopicFeed:
    """The live feed: the newest of the selected events, as many as the topic's limit allows.

    `base_url`: absolute with the slash at its end, or empty. `full_content`: ids of the sources whose
    articles may be carried whole; of all others the feed carries the lead paragraph and the picture.
    """
    shown = newest_first(events)[: topic.limit]
    updated = settled({event.id: distinct_updated(event) for event in shown})
    entries = tuple(replace(entry_of(topic, e, base_url, full_content), updated=updated[e.id]) for e in shown)
    return TopicFeed(
        slug=topic.slug,
        title=topic.title,
        base_url=base_url,
        language=commonest(entry.language for entry in entries),
        updated=max((entry.updated for entry in entries), default=NEVER),
        entries=entries,
        gone=tuple(_gone(topic, events, shown)[:MOST_TOMBSTONES]),
    )


def _gone(topic: Topic, events: Sequence[Event], shown: Sequence[Event]) -> list[Tombstone]:
    """Newest first, the tombstones that stand where their entries would stand among those shown.

    An absorbed event was in the feed only if one of its articles meets the rules. Which ones were its own is no longer
    known, but the one that founded the event that lives on was not: that one alone brings no tombstone into a feed.
    """
    oldest = shown[-1].published if len(shown) < len(events) else NEVER
    found = [t for event in events for t in tombstones(topic, event) if t.published >= oldest]
    return sorted(found, key=attrgetter("published", "id"), reverse=True)
