"""What came of a publication. Imports next to nothing: a cycle without news has one too."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from feedsvc.model import Selection
    from feedsvc.retention import Leaving
    from feedsvc.store.published import Made, Whole
    from feedsvc.store.told import Shown


@dataclass(frozen=True, slots=True)
class Memory:
    """What the state is to remember of a publication, once all that follows from it is stored."""

    whole: Whole
    everything: bool  # `made` are all files, else those that were looked at
    made: Mapping[str, Made]
    gone: frozenset[str]  # paths of files that nothing makes any more
    shown: Mapping[str, Shown]  # feeds that changed, by slug
    pages: Mapping[str, str]  # of archives, that were made: what stands in each, by path
    feeds: tuple[str, ...]  # slugs of all
    last: int  # number of the last change of an event that is published now
    folders: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class PublishReport:
    events: int  # that stand in some feed
    written: tuple[str, ...]  # paths below the output folder
    held_for: tuple[str, ...] = ()  # ids of the sources for whose sake nothing was written
    selections: tuple[Selection, ...] = ()  # of each feed that may have changed
    leaving: Leaving | None = None  # what the store need not know any more, now that all of this is written
    memory: Memory | None = None  # for `remember`; None: all is as it was remembered
