"""Countries, territories and cities that a text names, in many languages, as codes: 北韩, 朝鲜 and Nordkorea are one.

The names are general knowledge from CLDR, shipped as places.tsv (bench/places.py). Pure. Called by profile.py.
"""

from __future__ import annotations

import functools
import re
from collections import defaultdict
from collections.abc import Mapping

from feedsvc.events import shipped
from feedsvc.text import UNSPACED

NOWHERE = "-"  # longer names in which the name of a place stands, which they are not
SPACED = re.compile(rf"[^\W{UNSPACED}]")
ARABIC = re.compile("[\u0621-\u064a]")
PROCLITICS = re.compile("(?<![^\\W_])[وفبلك]{1,2}$")  # "and", "so", "in", "to", "like" are written onto the word


class Gazetteer:
    """Finds names of places: at each character that may begin one, the longest."""

    def __init__(self, codes: Mapping[str, str], english: Mapping[str, str]) -> None:
        self._codes, self._english = codes, english
        self._names: dict[str, list[str]] = defaultdict(list)  # by their first two characters
        for name in sorted(codes, key=lambda name: (-len(name), name)):
            self._names[name[:2]].append(name)
        self._beginning = dict(self._names).get

    def codes(self, folded: str) -> list[str]:
        found: list[str] = []
        end = 0
        for start in range(len(folded) - 1):
            names = self._beginning(folded[start : start + 2])
            if names is None or start < end or not _begins(folded, start):
                continue
            for name in names:
                if folded.startswith(name, start) and not _goes_on(folded, start + len(name)):
                    end = start + len(name)
                    found.append(self._codes[name])
                    break
        return [code for code in found if code != NOWHERE]

    def named(self, code: str) -> str:
        return self._english.get(code, code)


def _begins(folded: str, start: int) -> bool:
    """Whether no word goes on from before this place."""
    return not _joined(folded[start], folded[start - 1 : start]) or _after_proclitics(folded, start)


def _goes_on(folded: str, end: int) -> bool:
    """Whether a word goes on behind this place."""
    return _joined(folded[end - 1], folded[end : end + 1])


def _joined(edge: str, beyond: str) -> bool:
    """In scripts without spaces only katakana tells where words end. `beyond` is empty at the ends of a text."""
    if SPACED.match(edge):
        return SPACED.match(beyond) is not None
    return "\u30a0" <= edge <= "\u30ff" and "\u30a0" <= beyond <= "\u30ff"


def _after_proclitics(folded: str, start: int) -> bool:
    return ARABIC.match(folded[start]) is not None and PROCLITICS.search(folded[max(0, start - 3) : start]) is not None


def parse_places(text: str) -> Gazetteer:
    """Reads one place a line: code, English name, then folded names, between tabs; "#" begins a comment."""
    codes: dict[str, str] = {}
    english: dict[str, str] = {}
    for line in text.splitlines():
        if not line.startswith("#"):
            code, called, *names = line.split("\t")
            codes |= dict.fromkeys(names, code)
            english[code] = called
    return Gazetteer(codes, english)


@functools.cache
def _gazetteer() -> Gazetteer:
    return parse_places(shipped.places())


def places(folded: str) -> list[str]:
    """Codes of the places that the text names, in order: "FR" (ISO 3166), "Europe/Paris" (the time zone's), "US-CA"."""
    return _gazetteer().codes(folded)


def place_name(code: str) -> str:
    """What the place is called in English, for an editor."""
    return _gazetteer().named(code)
