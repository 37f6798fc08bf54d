"""What came of a publication. Imports next to nothing: a cycle without news has one too."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from feedsvc.model import Selection
    from feedsvc.retention import Leaving
    from feedsvc.store.published import Made


@dataclass(frozen=True, slots=True)
class PublishReport:
    events: int  # that stand in some feed
    written: tuple[str, ...]  # paths below the output folder
    held_for: tuple[str, ...] = ()  # ids of the sources for whose sake nothing was written
    selections: tuple[Selection, ...] = ()  # of each feed; none where nothing has changed
    leaving: Leaving | None = None  # what the store need not know any more, now that all of this is written
    made: Mapping[str, Made] | None = None  # all files of the output, for `remember`; None: as it was remembered
    inputs: str = ""  # digest of all that this was made from, besides what the database watches
