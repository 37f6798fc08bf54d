"""Whole articles that differ as news does: small words in common, names and rarer words of their own.

Two or three sources report each story, each in sentences of its own. Invented words; the same ones each time.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from functools import cache

SMALL = (
    "the of and to in a for on that is was with by as at from it he has his be are said have had an not this but who "
    "which after were been will they their its or about also more one when"
)
SYLLABLES = "ba con de fi gar hol in ka lem mo nor pel qui ra sten tu vo"
# So many that an article resembles 9 to 18 of its candidates, as saved ones do (14 of 55 among 2,500).
VOCABULARY = 40_000
PARAGRAPHS, SENTENCES = 10, 3
OWN_WORDS = 24  # of a story, whoever tells it


@dataclass(frozen=True, slots=True)
class Story:
    title: str
    paragraphs: tuple[str, ...]
    names: tuple[str, ...]  # of whom and what it tells, whoever tells it


@cache
def _words() -> list[str]:
    chance = random.Random(1)
    words = sorted({"".join(chance.choices(SYLLABLES.split(), k=chance.randint(2, 4))) for _ in range(4 * VOCABULARY)})
    return chance.sample(words, VOCABULARY)


def story(source: int, number: int, generation: int) -> Story:
    """What a source says in its item."""
    facts = random.Random(f"{number} {source * 2 // 5} {generation}")  # those of two or three sources in a row
    own = [word.title() if place % 2 else word for place, word in enumerate(facts.choices(_words(), k=OWN_WORDS))]
    chance = random.Random(f"{source} {number} {generation} words")

    def sentence() -> str:
        rare = chance.choices(_words(), k=4) + chance.choices(own, k=4)
        chance.shuffle(rare)
        small = chance.choices(SMALL.split(), k=len(rare))
        return " ".join(f"{little} {word}" for little, word in zip(small, rare, strict=True))

    paragraphs = (". ".join(sentence() for _ in range(SENTENCES)) + "." for _ in range(PARAGRAPHS))
    return Story(" ".join(facts.sample(own, 5) + chance.choices(_words(), k=3)), tuple(paragraphs), tuple(own))
