"""The catalogue: editions of publishers that have an adapter, ready for the configuration.

From catalogue.tsv, which says what it rests on. Used by the command line through this room.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from feedsvc.config import NewSource
from feedsvc.errors import ConfigError

CATALOGUE = Path(__file__).with_name("catalogue.tsv")
PUBLISHERS = ("rfi", "dw")
UNTRIED = (
    "from what other programs read, not tried by this release: `feedsvc add PUBLISHER/EDITION` shows what one gives"
)
MINUTES = {"30m": 30, "1h": 60}  # what the file uses


@dataclass(frozen=True, slots=True)
class Known:
    """One edition."""

    publisher: str  # "rfi"
    edition: str  # "cn": its name in `rfi/cn`
    source: NewSource


def in_catalogue(publisher: str) -> tuple[Known, ...]:
    """All editions of a publisher. Raises ConfigError for one that has none."""
    if publisher not in PUBLISHERS:
        raise ConfigError(f'the catalogue has no publisher "{publisher}"; it has {", ".join(PUBLISHERS)}')
    return tuple(known for known in _catalogue() if known.publisher == publisher)


def shortcut(written: str) -> NewSource | None:
    """What `rfi/cn` stands for; None where the words are no shortcut. Raises ConfigError for an unknown edition."""
    publisher, slash, edition = written.partition("/")
    if publisher not in PUBLISHERS or not slash:
        return None
    editions = {known.edition: known.source for known in in_catalogue(publisher)}
    if edition not in editions:
        raise ConfigError(f'the catalogue has no "{written}"; of {publisher} it has {", ".join(editions)}')
    return editions[edition]


def _catalogue() -> list[Known]:
    lines = [line for line in CATALOGUE.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    return [
        Known(publisher, edition, NewSource(id_, url, name, language, timedelta(minutes=MINUTES[every])))
        for publisher, edition, id_, name, language, url, every in csv.reader(lines, delimiter="\t")
    ]
