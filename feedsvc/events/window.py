"""Profiles laid end to end, so that one article is held against many at once; some 4 KB an article.

Pure, in memory. Called by matcher.py, features.py and explain.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from feedsvc.events.profile import FIELDS, REPEATS, Profile
from feedsvc.events.words import Words, hashed
from feedsvc.text import digest

Array = NDArray[Any]
FACTS = np.dtype(
    [
        ("hours", "f8"),
        ("first_seen", "f8"),
        ("page", "i8"),  # hash of the address
        ("text", "i8"),  # hash of the text; 0 if there is none to speak of
        ("publisher", "i4"),
        ("language", "i4"),
        ("first_place", "i4"),  # -1: none
        ("main_day", "i4"),
        ("day", "i4"),
        ("length", "i4"),
        ("alone", "?"),
        ("comment", "?"),
    ]
)
GROWTH = 1.2
REPEATS_BITS = 8


class Column:
    """An array that grows at its end."""

    def __init__(self, width: tuple[int, ...], dtype: Any) -> None:
        self._rows = np.zeros((64, *width), dtype=dtype)
        self._count = 0

    def extend(self, rows: Array) -> None:
        needed = self._count + len(rows)
        if needed > len(self._rows):
            larger = np.zeros((int(needed * GROWTH) + 64, *self._rows.shape[1:]), dtype=self._rows.dtype)
            larger[: self._count] = self._rows[: self._count]
            self._rows = larger
        self._rows[self._count : needed] = rows
        self._count = needed

    @property
    def rows(self) -> Array:
        return self._rows[: self._count]


class Window:
    """Slots are numbers, given in order of arrival from 0."""

    def __init__(self, words: Words) -> None:
        self.words = words
        self.keys: list[str] = []
        self.references: dict[int, tuple[str, ...]] = {}  # slot -> keys, of those who have any
        self._terms = Column((), np.int32)  # the number of each, with its repeats behind it
        self._bounds = Column((len(FIELDS) + 1,), np.int64)  # where each field of a slot begins, and the last one ends
        self._facts = Column((), FACTS)
        self._masses = Column((len(FIELDS),), np.float32)
        self._squares = Column((len(FIELDS),), np.float32)
        self._counts = Column((len(FIELDS),), np.int32)
        self._hours = Column((), np.float64)  # beside the facts: these two are asked of very many slots at once
        self._languages = Column((), np.int32)

    def __len__(self) -> int:
        return len(self.keys)

    def add(self, profile: Profile) -> int:
        self._note(profile.key, profile.references)
        terms = profile.ids << REPEATS_BITS | profile.repeats
        return self._lay(terms, profile.lengths, _facts(profile))

    def take(self, other: Window, slot: int) -> int:
        """A slot of another window."""
        bounds = other._bounds.rows[slot]
        whole = slice(bounds[0], bounds[-1])
        self._note(other.keys[slot], other.references.get(slot, ()))
        facts = other.facts[slot : slot + 1]
        return self._lay(other._terms.rows[whole], np.diff(bounds), facts)

    def _note(self, key: str, references: tuple[str, ...]) -> None:
        if references:
            self.references[len(self.keys)] = references
        self.keys.append(key)

    def _lay(self, terms: Array, lengths: Array, facts: Array) -> int:
        start = len(self._terms.rows)
        weights = self.words.weights[terms >> REPEATS_BITS] * (repeated(terms) / REPEATS)
        owner = np.repeat(np.arange(len(FIELDS)), lengths)
        self._terms.extend(terms)
        self._bounds.extend(start + np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)])[None, :])
        self._facts.extend(facts)
        self._counts.extend(np.asarray(lengths)[None, :])
        self._hours.extend(facts["hours"])
        self._languages.extend(facts["language"])
        self._masses.extend(np.bincount(owner, weights, len(FIELDS))[None, :])
        self._squares.extend(np.bincount(owner, weights**2, len(FIELDS))[None, :])
        return len(self.keys) - 1

    @property
    def facts(self) -> Array:
        """FACTS of every slot."""
        return self._facts.rows

    @property
    def masses(self) -> Array:
        """Sum of the weights of each field's terms: a row a slot, a column for each of FIELDS."""
        return self._masses.rows

    @property
    def squares(self) -> Array:
        """Sum of their squares."""
        return self._squares.rows

    @property
    def counts(self) -> Array:
        """How many terms each field has."""
        return self._counts.rows

    @property
    def hours(self) -> Array:
        return self._hours.rows

    @property
    def languages(self) -> Array:
        return self._languages.rows

    def field(self, slot: int, name: str) -> Array:
        place = FIELDS.index(name)
        start, end = self._bounds.rows[slot, place : place + 2]
        found: Array = self._terms.rows[start:end] >> REPEATS_BITS
        return found

    def terms(self, slot: int, width: int = len(FIELDS)) -> tuple[Array, Array, Array]:
        """The terms of a slot's first `width` fields, the number of the field of each, and its weight there."""
        bounds = self._bounds.rows[slot, : width + 1]
        whole = slice(bounds[0], bounds[-1])
        terms = self._terms.rows[whole]
        fields = np.repeat(np.arange(width), np.diff(bounds))
        ids, repeats = terms >> REPEATS_BITS, repeated(terms)
        return ids, fields, self.words.weights[ids] * (repeats / np.float32(REPEATS))

    def laid(self, slots: Array, width: int = len(FIELDS)) -> tuple[Array, Array]:
        """The terms of the first `width` fields of several slots one after another, each its number with its repeats
        behind it; and where each field of each slot ends, a slot's fields before the next slot's."""
        bounds = self._bounds.rows[slots, : width + 1]
        terms = self._terms.rows
        laid = np.concatenate([terms[start:end] for start, end in bounds[:, [0, -1]].tolist()])
        return laid, np.cumsum(np.diff(bounds, axis=1))


def repeated(terms: Array) -> Array:
    """How often each of a window's terms occurs, in parts of REPEATS; uint8."""
    return (terms & ((1 << REPEATS_BITS) - 1)).astype(np.uint8)


def window_of(profiles: Iterable[Profile], words: Words) -> Window:
    window = Window(words)
    for profile in profiles:
        window.add(profile)
    return window


def _facts(profile: Profile) -> Array:
    row = (
        profile.hours,
        profile.first_seen,
        number(profile.url),
        number(profile.text_digest) if profile.text_digest else 0,
        hashed(profile.publisher),
        hashed(profile.language),
        hashed(profile.first_place) if profile.first_place else -1,
        profile.main_day,
        profile.day,
        profile.length,
        profile.alone,
        profile.comment,
    )
    return np.array([row], dtype=FACTS)


def number(text: str) -> int:
    """63 bits of the text's digest: two texts share a number if they are the same."""
    return int(digest(text)[:16], 16) >> 1


def marks(facts: Array) -> Sequence[int]:
    """What one row of FACTS has in common with another only if both are the same page or text."""
    return [int(mark) for mark in (facts["page"], facts["text"]) if mark]
