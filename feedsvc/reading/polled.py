"""What was learnt of a feed when it was asked last: when it is due, whether it is gone, its rhythm.

Pure, and light to import: whoever only looks when something is due needs nothing of what reads. Called by `agenda`,
`feeds`, and by whoever watches sources.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from feedsvc.config import Source
from feedsvc.sources import schedule
from feedsvc.sources.rhythm import Rhythm
from feedsvc.store.polls import Poll
from feedsvc.store.sources import SourceState


def due_at(source: Source, state: SourceState | None, known: Poll | None) -> datetime | None:
    """When the source is to be asked next; None: never again."""
    if state is None or known is None or known.url != source.url:
        return schedule.AT_ONCE
    return schedule.due_at(known.next_due, state.checked, source.every, known.failures)


def is_retired(source: Source, known: Poll | None) -> bool:
    return known is not None and known.url == source.url and known.next_due is None


def rhythm_of(poll: Poll) -> Rhythm | None:
    if poll.held_s is None or poll.gap_s is None:
        return None
    return Rhythm(timedelta(seconds=poll.held_s), timedelta(seconds=poll.gap_s))
