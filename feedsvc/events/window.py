"""Profiles laid end to end, so that one article is held against many at once; some 4 KB an article.

Pure, in memory. Called by matcher.py, features.py and explain.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
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

    def grow(self, count: int) -> None:
        """By rows of zeros."""
        self.extend(np.zeros((count, *self._rows.shape[1:]), dtype=self._rows.dtype))

    @property
    def rows(self) -> Array:
        return self._rows[: self._count]


Fetch = Callable[[Sequence[str]], Iterable[Profile]]  # profiles of the articles with these keys


class Window:
    """Slots are numbers, given in order of arrival from 0. Of some articles no more than the facts is there until they
    are held against another: their profiles are fetched then."""

    def __init__(self, words: Words) -> None:
        self.words = words
        self.fetch: Fetch | None = None
        self.keys: list[str] = []
        self.references: dict[int, tuple[str, ...]] = {}  # slot -> keys, of those who have any and were added whole
        self._terms = Column((), np.int32)  # the number of each, with its repeats behind it
        self._whole = Column((), np.bool_)  # whether the terms of a slot are there
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
        slot = self.expect([profile.key], facts_of(profile)).start
        if profile.references:
            self.references[slot] = profile.references
        self._lay([slot], profile.ids << REPEATS_BITS | profile.repeats, profile.lengths[None, :])
        return slot

    def expect(self, keys: Sequence[str], facts: Array) -> range:
        """Articles of which the facts alone are known so far."""
        first = len(self.keys)
        self.keys += keys
        self._facts.extend(facts)
        self._hours.extend(facts["hours"])
        self._languages.extend(facts["language"])
        for column in (self._whole, self._bounds, self._masses, self._squares, self._counts):
            column.grow(len(keys))
        return range(first, len(self.keys))

    def fill(self, slots: Array) -> None:
        """See to it that the terms of these are there."""
        missing = slots[~self._whole.rows[slots]].tolist()
        if missing and self.fetch:
            of_key = {self.keys[slot]: slot for slot in missing}
            found = list(self.fetch(list(of_key)))
            terms = np.concatenate([each.ids << REPEATS_BITS | each.repeats for each in found])
            self._lay([of_key[each.key] for each in found], terms, np.stack([each.lengths for each in found]))

    def kept(self, slots: Sequence[int]) -> Window:
        """A window of these slots, in this order."""
        made = Window(self.words)
        made.fetch = self.fetch
        made.expect([self.keys[slot] for slot in slots], self.facts[slots])
        for place, slot in enumerate(slots):
            if slot in self.references:
                made.references[place] = self.references[slot]
            if self._whole.rows[slot]:
                bounds = self._bounds.rows[slot]
                made._lay([place], self._terms.rows[bounds[0] : bounds[-1]], np.diff(bounds)[None, :])
        return made

    def _lay(self, slots: Sequence[int], terms: Array, lengths: Array) -> None:
        """The terms of several slots, end to end. `lengths`: a row a slot, a column a field."""
        ends = len(self._terms.rows) + lengths.cumsum(dtype=np.int64).reshape(lengths.shape)
        weights = self.words.weights[terms >> REPEATS_BITS] * (repeated(terms) / REPEATS)
        owner = np.repeat(np.arange(lengths.size), lengths.ravel())
        self._terms.extend(terms)
        self._whole.rows[slots] = True
        self._bounds.rows[slots, 0] = ends[:, 0] - lengths[:, 0]
        self._bounds.rows[slots, 1:] = ends
        self._counts.rows[slots] = lengths
        self._masses.rows[slots] = np.bincount(owner, weights, lengths.size).reshape(lengths.shape)
        self._squares.rows[slots] = np.bincount(owner, weights**2, lengths.size).reshape(lengths.shape)

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
        return laid, (bounds[:, 1:] - bounds[:, :-1]).cumsum()


def repeated(terms: Array) -> Array:
    """How often each of a window's terms occurs, in parts of REPEATS; uint8."""
    return (terms & ((1 << REPEATS_BITS) - 1)).astype(np.uint8)


def window_of(profiles: Iterable[Profile], words: Words) -> Window:
    window = Window(words)
    for profile in profiles:
        window.add(profile)
    return window


def facts_of(profile: Profile) -> Array:
    """One row of FACTS."""
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
