"""Whether what a feed serves all of a sudden can be believed: decisions about one reading, given the ones before.

Pure. A publisher's accident (an emptied database, new ids for everything) must not become news; the rules are stated
in docs/decisions.md. Called by the conductors.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median_low
from typing import Literal

from feedsvc.model import ServedEntry

FEWEST = 5  # entries before; with fewer, nothing is sudden
SHRUNK = 0.2  # of the entries that there were, or fewer
ALIKE = 0.5  # share of entries that are the same after all, though their ids are not
BELIEVED_AFTER = 3  # times running

Doubt = Literal["shrunk", "renamed", "old"]
WORDS: dict[Doubt, str] = {
    "shrunk": "suddenly serves a fifth of its entries or fewer",
    "renamed": "suddenly gives new ids to the entries that it had before",
    "old": "suddenly serves entries that are all new to us, yet not newer than those before",
}
HELD_BACK = (
    f"this is held back until it has been so {BELIEVED_AFTER} times running; to take it now, run "
    "`feedsvc update --source {id}`"
)


@dataclass(frozen=True, slots=True)
class Judgement:
    doubt: Doubt | None  # why the reading is held back; None: it is believed
    doubts: int = 0  # how many times running, this one among them
    ids_change: bool = False  # the guids are new at every fetch: from now on addresses tell the entries apart


def judge(
    now: Sequence[ServedEntry], believed: Sequence[ServedEntry], doubted: Sequence[ServedEntry], doubts: int
) -> Judgement:
    """`doubted`: what was held back last time, `doubts` times running; nothing if the last reading was believed."""
    doubt = doubt_of(now, believed)
    if doubt is None:
        return Judgement(None)
    times = doubts + 1 if doubts and _goes_on(doubt, now, doubted) else 1
    if times < BELIEVED_AFTER:
        return Judgement(doubt, times)
    return Judgement(None, ids_change=doubt == "renamed" and _share(_keys(now), _keys(doubted)) < ALIKE)


def doubt_of(now: Sequence[ServedEntry], before: Sequence[ServedEntry]) -> Doubt | None:
    if len(before) < FEWEST:
        return None
    if len(now) <= len(before) * SHRUNK:
        return "shrunk"
    if _keys(now) & _keys(before):
        return None
    if max(_share(_urls(now), _urls(before)), _share(_titles(now), _titles(before))) >= ALIKE:
        return "renamed"
    return None if _is_newer(now, before) else "old"


def _is_newer(now: Sequence[ServedEntry], before: Sequence[ServedEntry]) -> bool:
    """As after a long pause, when everything that was known has left the feed: most are later than all before."""
    newest = max((entry.published for entry in before if entry.published), default=None)
    stated = [entry.published for entry in now if entry.published]
    return newest is not None and len(stated) >= len(now) * ALIKE and _middle(stated) > newest


def _middle(times: Sequence[datetime]) -> datetime:
    return median_low(times)


def _goes_on(doubt: Doubt, now: Sequence[ServedEntry], doubted: Sequence[ServedEntry]) -> bool:
    """Whether it is still the same as what was held back: what changes each time is never believed."""
    if doubt == "shrunk":
        return True
    return max(_share(_keys(now), _keys(doubted)), _share(_urls(now), _urls(doubted))) >= ALIKE


def _keys(entries: Sequence[ServedEntry]) -> set[str]:
    return {entry.key for entry in entries}


def _urls(entries: Sequence[ServedEntry]) -> set[str]:
    return {entry.url for entry in entries}


def _titles(entries: Sequence[ServedEntry]) -> set[str]:
    return {entry.title for entry in entries}


def _share(ours: Collection[str], theirs: Collection[str]) -> float:
    return len(set(ours) & set(theirs)) / max(1, len(ours))
