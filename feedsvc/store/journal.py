"""Corrections in a file beside the state: one JSON line each, so that they outlive the state.

A line is on the disk before the transaction that it belongs to commits; a new state begins with what the file holds.
Called by `open_database` and by the conductor of corrections. Lines may come from elsewhere: each is checked.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa

from feedsvc.disk import sync
from feedsvc.errors import StateError
from feedsvc.model import Correction
from feedsvc.place import Address, Place
from feedsvc.store import copies
from feedsvc.store.tables import correction

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class KnownCorrection:
    correction: Correction
    made: datetime


def ordered(said: Correction) -> Correction:
    """The same words with the smaller key first: a pair has one place, whoever names it how."""
    return Correction(min(said.article, said.other), max(said.article, said.other), said.same)


def journal_of(state: Path) -> Path:
    """state/feedsvc.sqlite -> state/feedsvc.corrections.jsonl"""
    return state.with_suffix(".corrections.jsonl")


def last_words(said: Iterable[KnownCorrection]) -> list[KnownCorrection]:
    """Of several corrections of one pair the one made last; of those made in one instant the one that comes later."""
    last: dict[tuple[str, str], KnownCorrection] = {}
    for known in sorted(said, key=lambda known: known.made):
        last[known.correction.article, known.correction.other] = known
    return list(last.values())


def restore(connection: sa.Connection, path: Path) -> None:
    """Fill the table of an empty state from its journal, if there is one. Raises StateError as `read` does."""
    rows = [
        {"article": k.correction.article, "other": k.correction.other, "same": k.correction.same, "made": k.made}
        for k in (last_words(read(path)) if path.exists() else ())
    ]
    if rows:
        connection.execute(sa.insert(correction), rows)


def read(path: Path) -> list[KnownCorrection]:
    """Every correction in the file, in its order. A last line that a crash cut short is left out, with a warning.

    Raises StateError, naming the line, for any other that is no correction, and where the file cannot be read.
    """
    try:
        lines = path.read_bytes().split(b"\n")
    except OSError as error:
        raise StateError(f"{path}: cannot read the corrections: {error.strerror}") from error
    found = []
    for number, line in enumerate(lines, 1):
        try:
            if line.strip():
                found.append(_parsed(line))
        except ValueError as error:
            if number < len(lines):
                raise StateError(f"{path}, line {number}: {error}; correct the line or delete it") from error
            logger.warning("%s, line %d: was cut short and is left out", path, number)
    return found


@contextmanager
def appending(path: Path) -> Iterator[Callable[[Iterable[KnownCorrection]], None]]:
    """Gives a function that puts corrections on the disk; they are taken back if the block fails after all.

    The function raises StateError where the file cannot be written.
    """
    ends: list[int] = []  # how long the file was before each call

    def append(known: Iterable[KnownCorrection]) -> None:
        try:
            _append(path, b"".join(map(_line, known)), ends)
        except OSError as error:
            raise StateError(f"{path}: cannot write the corrections: {error.strerror}; nothing was changed") from error

    try:
        yield append
    except Exception:
        if ends:
            os.truncate(path, ends[0])
        raise


def keeping(state: Place) -> AbstractContextManager[Callable[[Iterable[KnownCorrection]], None]]:
    """As `appending`, of the state's journal. One on a server has none: they are kept where its rows are."""
    return nullcontext(_nowhere) if isinstance(state, Address) else appending(journal_of(state))


def _nowhere(known: Iterable[KnownCorrection]) -> None:
    """They are in the state's own rows."""


def write(path: Path, known: Iterable[KnownCorrection]) -> None:
    """In place of what the file held, in the order of time. Raises StateError where it cannot be written."""
    lines = [_line(one) for one in sorted(known, key=lambda known: known.made)]
    temporary = path.with_name(f".{path.name}.new")
    try:
        temporary.write_bytes(b"".join(lines))
        copies.put_in_place(temporary, path)
    except OSError as error:
        raise StateError(f"{path}: cannot write the corrections: {error.strerror}") from error


def _append(path: Path, lines: bytes, ends: list[int]) -> None:
    # Unbuffered: what could not be written must not be tried again when the file is closed.
    with path.open("a+b", buffering=0) as handle:
        file = handle.fileno()
        ends.append(_sound_end(file, path.read_bytes()))
        while lines:
            lines = lines[os.write(file, lines) :]
        os.fsync(file)
    sync(path.parent)  # a file that is new must not be forgotten by its folder


def _sound_end(file: int, content: bytes) -> int:
    """Where the next line begins: behind a whole last line, in place of one that was cut short."""
    end = content.rfind(b"\n") + 1
    if content[end:]:
        try:
            _parsed(content[end:])
        except ValueError:
            os.ftruncate(file, end)
        else:
            os.write(file, b"\n")
            end = len(content) + 1
    return end


def _line(known: KnownCorrection) -> bytes:
    said = known.correction
    row = {"article": said.article, "other": said.other, "same": said.same, "made": known.made.isoformat()}
    return json.dumps(row).encode() + b"\n"


def _parsed(line: bytes) -> KnownCorrection:
    """Raises ValueError, in words, where the line is no correction."""
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        raise ValueError("is not JSON") from None
    if not isinstance(row, dict) or not {"article", "other", "same", "made"} <= row.keys():
        raise ValueError("has not all of article, other, same, made")
    keys = row["article"], row["other"]
    if not all(isinstance(key, str) and key and key.isascii() and key.isprintable() for key in keys):
        raise ValueError("article and other must be ids of articles")
    if keys[0] == keys[1]:
        raise ValueError("article and other are the same article")
    if not isinstance(row["same"], bool):
        raise ValueError("same must be true or false")
    return KnownCorrection(ordered(Correction(*keys, row["same"])), _moment(row["made"]))


def _moment(stated: object) -> datetime:
    try:
        moment = datetime.fromisoformat(stated) if isinstance(stated, str) else None
        if moment is not None and moment.tzinfo is not None:
            return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise ValueError('made must be a time with its zone, such as "2024-03-04T08:00:00+00:00"')
