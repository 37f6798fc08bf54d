"""Corrections going out as labels, and coming in from another state's journal."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from feedsvc.config import Config
from feedsvc.corrections.desk import Change, correcting
from feedsvc.events import canonical_order
from feedsvc.model import Article
from feedsvc.storage import Folder
from feedsvc.store import articles, corrections, events, journal, open_database


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of reading a journal."""

    read: int  # pairs that it speaks of
    new: int  # of them those on which it had the last word
    changes: tuple[Change, ...]


def take_in(config: Config, path: Path) -> Taken:
    """Read a journal, another state's or this one's own: of two words on a pair the one that was said later counts.

    Events that hold articles now said to differ come apart; those of articles now said to be the same are joined, where
    nothing said keeps them apart. Raises StateError, naming the line, if one is no correction; nothing is taken then.
    """
    read = journal.last_words(journal.read(path))
    with correcting(config) as desk:
        known = {(k.correction.article, k.correction.other): k for k in corrections.known(desk.connection)}
        new = [k for k in read if _is_news(k, known.get((k.correction.article, k.correction.other)))]
        words = [k.correction for k in new]
        desk.keep_known(new)
        changes = tuple(desk.settle(words))
        desk.explain(words)
        return Taken(len(read), len(new), changes)


def _is_news(said: journal.KnownCorrection, before: journal.KnownCorrection | None) -> bool:
    return before is None or (said.made > before.made and said.correction.same != before.correction.same)


def export(config: Config, path: Path) -> tuple[int, int]:
    """Write the articles that corrections touch as labels, one JSON line each. Gives how many were written, and how
    many were left out because this state has them in no event. Raises FeedsvcError where the file cannot be written.
    """
    with closing(open_database(config.service.state, create=False)) as database, database.reading() as connection:
        touched = {key for said in corrections.load(connection) for key in (said.article, said.other)}
        places = {key: event for key, (event, _) in events.places(connection, touched).items()}
        found = canonical_order(articles.current(connection, places).values())
    lines = [json.dumps(label, ensure_ascii=False) + "\n" for label in _labels(found, places)]
    folder = Folder(path.parent)
    folder.write(path.name, "".join(lines).encode())
    folder.finish()
    return len(lines), len(touched) - len(lines)


def _labels(found: Sequence[Article], places: Mapping[str, str]) -> Iterator[dict[str, str | None]]:
    """A saved document's name is its label's id, as scoring expects; the article's own id where that names no one."""
    names = Counter(Path(article.origin).stem for article in found)
    together = Counter(places[article.key] for article in found)
    for article in found:
        name = Path(article.origin).stem
        event = places[article.key]
        yield {
            "id": name if names[name] == 1 and "://" not in article.origin else article.key,
            "source": article.publisher,
            "fetched": _milliseconds(article.captured),
            "event": event if together[event] > 1 else None,
        }


def _milliseconds(time: datetime) -> str:
    return time.isoformat(timespec="milliseconds").replace("+00:00", "Z")
