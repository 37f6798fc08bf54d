"""How telling a term is: in how many of a body of news articles it stands.

The shipped counts are the cold start; they are facts about words, read once by shipped.py. Pure.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rarity:
    """Document frequencies of folded terms."""

    articles: int  # counted
    floor: int  # terms in fewer articles are not listed
    counts: Mapping[str, int]

    def weight(self, term: str) -> float:
        """Inverse document frequency in nats; a term that is not listed counts as a third of the floor."""
        return self.of_count(self.counts.get(term, self.floor / 3))

    def of_count(self, count: float) -> float:
        """Of a term that so many articles hold."""
        return math.log((self.articles + 1) / (count + 1))


def with_common(rarity: Rarity, text: str) -> Rarity:
    """The same with the commonest words of languages that were not counted.

    Reads "share<TAB>word<TAB>word…" a line: of a hundred articles, how many hold the words; "#" begins a comment.
    """
    counts = dict(rarity.counts)
    for line in text.splitlines():
        if line and not line.startswith("#"):
            share, *words = line.split("\t")
            count = rarity.articles * int(share) // 100
            counts |= {word: max(count, counts.get(word, 0)) for word in words}
    return Rarity(rarity.articles, rarity.floor, counts)


def parse_rarity(text: str) -> Rarity:
    """Reads "name: value" headers after "#", then one "term<TAB>count" a line."""
    header: dict[str, str] = {}
    counts: dict[str, int] = {}
    for line in text.splitlines():
        if line.startswith("#"):
            name, _, value = line[1:].partition(":")
            header[name.strip()] = value.strip()
        elif line:
            term, _, count = line.partition("\t")
            counts[term] = int(count)
    return Rarity(int(header["articles"]), int(header["floor"]), counts)
