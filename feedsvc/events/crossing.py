"""Which older event in another language reports the same occurrence, by evidence that crosses languages.

Pure, in memory; looks at article times only. What it answers depends on the earlier articles of the window alone, not
on the order in which they were restored. Called by the ingest conductor beside matcher.py, when an event is founded.
"""

from __future__ import annotations

import functools
import math
import re
import unicodedata
from array import array
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from feedsvc.events import shipped, terms
from feedsvc.events.days import days
from feedsvc.events.link import Link
from feedsvc.events.places import place_name, places
from feedsvc.events.profile import ROUND_UP
from feedsvc.events.words import Words
from feedsvc.model import Article
from feedsvc.text import event_id, fold

CROSSING_WINDOW = timedelta(hours=72)
WINDOW_HOURS = CROSSING_WINDOW / timedelta(hours=1)
OPENING_CHARACTERS = 1500  # of the text: what comes after is background
# Log-odds that two articles tell of one occurrence. A clue is worth ln(TOLD / rate): TOLD is how likely the second
# report gives it too, `rate` how many of a thousand unrelated articles do: what the window shows, with a prior worth
# PRIOR_ARTICLES. Clues of one kind depend on one another (first name and family name, town and country), so the second
# of a kind counts half, the third a quarter, … LIKENESS counts how much of all that both articles hold is shared, 0 to
# 1. Learned from pairs of articles of different newsrooms, read as if these wrote in two languages (docs/matching.md).
ODDS = -6.0
PER_WORTH = {"name": 0.27, "number": 0.25, "place": 0.05, "day": 0.43, "picture": 1.0}
LIKENESS = {"name": 1.3, "number": 2.6, "place": 4.0}
PER_HOUR = -0.06
PER_TITLE_PLACE = 1.25
TITLES_ELSEWHERE = -0.85  # each headline names a place, and they share none
TOLD = 0.4
LEAST = 3.0  # log-odds of a link
KINDS = 2  # of evidence, days apart: a famous name alone proves nothing
TELLING = 2.5  # worth of a clue by which candidates are found
PRIOR_ARTICLES = 1000
NAME_RATE = 0.001
PLACE_RATE = 0.02
POWERS = {"US", "CN", "GB", "FR", "DE", "RU", "JP", "EU", "UN"}
POWERS |= {"US-DC", "CN-BJ", "Europe/London", "Europe/Paris", "Europe/Berlin", "Europe/Moscow", "Europe/Brussels"}
POWER_RATE = 0.1
DAY_RATE = 0.02
NEAR_DAY_RATE = 0.3  # of a day at most one from the article's own
NUMBER_RATES = (0.05, 0.03, 0.005, 0.001)  # by significant digits
PICTURE_RATE = 0.0005
WORDS = (("name", "both name"), ("number", "both give"), ("place", "both in"), ("picture", "one picture"))
MOST_NAMED = 4  # clues of a kind in words

NUMBER = re.compile(r"[\d.]+")
YEARS = range(1900, 2100)
# A word with a capital inside a sentence. In German these are all nouns; other languages hardly share them.
CAPITALISED = re.compile(r"(?<=[\w,;)»”%] )(?:[ldLD]['’])?([^\W\d_a-z][\w’'-]{2,})")
LATIN_SCRIPT = re.compile("[a-zA-Z]")

Array = NDArray[Any]
Clue = tuple[str, str]  # kind ("name", "number", "place", "day", "picture") and what it says
Worth = Callable[[Clue], float]


@dataclass(frozen=True, slots=True)
class _Known:
    event: str
    language: str
    hours: float
    day: int  # ordinal
    clues: frozenset[Clue]
    title_places: frozenset[str]


class Crossing:
    """Articles of the last days, by what of them can be told in any language.

    An event is held against articles that are earlier, by CROSSING_WINDOW at most, and no others: where all of those
    were restored, each once, the answer is that of one who has seen everything.
    """

    def __init__(self, words: Words | None = None) -> None:
        self._rarity = (words or shipped.words()).rarity
        self._known: list[_Known] = []  # by slot
        self._hours = array("d")  # by slot
        self._holding: defaultdict[Clue, array[int]] = defaultdict(lambda: array("i"))  # slots
        self._founded: dict[str, float] = {}  # event id -> hours of its founding article, where that is known

    def restore(self, article: Article, event: str) -> None:
        """Take in an article that has its place, once."""
        known = _known(article, event)
        if event_id(article.key) == event:
            self._founded[event] = known.hours
        for clue in known.clues:
            self._holding[clue].append(len(self._known))
        self._known.append(known)
        self._hours.append(known.hours)

    def translates(self, article: Article, event: str) -> Link | None:
        """The event in another language that this article's founding of `event` tells anew; asked before or after the
        article is restored.
        """
        new = _known(article, event)
        hours = np.array(self._hours)
        window = (hours >= new.hours - WINDOW_HOURS) & (hours < new.hours)

        articles = int(window.sum())

        @functools.cache
        def worth(clue: Clue) -> float:
            holding = int(window[np.array(self._holding[clue])].sum()) if clue in self._holding else 0
            rate = (holding + PRIOR_ARTICLES * self._prior(clue, new.day)) / (articles + PRIOR_ARTICLES)
            return max(math.log(TOLD / rate), 0.0)

        found = [(_log_odds(new, known, worth), known) for known in self._candidates(new, worth, window)]
        likely = [(odds, known) for odds, known in found if odds >= LEAST]
        if not likely:
            return None
        odds, best = max(likely, key=lambda f: (f[0], -f[1].hours, f[1].event))
        return Link(best.event, round(1 / (1 + math.exp(-odds)), 6), _words(new, best, worth))

    def rename(self, younger: str, older: str) -> None:
        """The younger event turned out to be the older one."""
        self._founded.pop(younger, None)
        for slot, known in enumerate(self._known):
            if known.event == younger:
                self._known[slot] = replace(known, event=older)

    def _candidates(self, new: _Known, worth: Worth, window: Array) -> list[_Known]:
        """Earlier articles in other languages that share a telling clue, of events that are older."""
        telling = [np.array(self._holding[c]) for c in new.clues if c in self._holding and worth(c) >= TELLING]
        slots = np.unique(np.concatenate(telling)) if telling else np.empty(0, dtype=np.intc)
        return [
            known
            for known in map(self._known.__getitem__, slots[window[slots]].tolist())
            if known.language != new.language
            and known.event != new.event
            and self._founded.get(known.event, -math.inf) < new.hours
        ]

    def _prior(self, clue: Clue, day: int) -> float:
        """The share of articles that hold the clue, before any was seen."""
        kind, value = clue
        match kind:
            case "name":
                return max(NAME_RATE, self._rarity.counts.get(value, 0) / self._rarity.articles)
            case "place":
                return POWER_RATE if value in POWERS else PLACE_RATE
            case "day":
                return NEAR_DAY_RATE if abs(int(value) - day) <= 1 else DAY_RATE
            case "number":
                digits = len(value.rstrip("%").replace(".", "").strip("0"))
                return NUMBER_RATES[min(digits, len(NUMBER_RATES)) - 1]
            case _:
                return PICTURE_RATE


def _log_odds(new: _Known, known: _Known, worth: Worth) -> float:
    """Negative without end where it cannot reach LEAST, or too few kinds of evidence agree."""
    shared = _worths(new.clues & known.clues, worth)
    if len(shared.keys() - {"day"}) < KINDS:
        return -math.inf
    both = len(new.title_places & known.title_places)
    odds = ODDS + PER_HOUR * (new.hours - known.hours) + PER_TITLE_PLACE * both
    odds += TITLES_ELSEWHERE * bool(not both and new.title_places and known.title_places)
    for kind, worths in shared.items():
        odds += PER_WORTH[kind] * sum(each * 0.5**rank for rank, each in enumerate(sorted(worths, reverse=True)))
    if odds + sum(LIKENESS.values()) < LEAST:
        return -math.inf
    ours, theirs = _worths(new.clues, worth), _worths(known.clues, worth)
    for kind in [kind for kind in LIKENESS if sum(shared[kind])]:
        odds += LIKENESS[kind] * sum(shared[kind]) / math.sqrt(sum(ours[kind]) * sum(theirs[kind]))
    return odds


def _worths(clues: Iterable[Clue], worth: Worth) -> dict[str, list[float]]:
    found: defaultdict[str, list[float]] = defaultdict(list)
    for clue in sorted(clues):
        found[clue[0]].append(worth(clue))
    return found


def _values(clues: Iterable[Clue], kind: str) -> list[str]:
    return [value for of_kind, value in clues if of_kind == kind]


def _words(new: _Known, known: _Known, worth: Worth) -> str:
    shared = sorted(new.clues & known.clues, key=lambda clue: (-worth(clue), clue))
    said = [f"{new.hours - known.hours:.0f} hours earlier in {known.language}"]
    for kind, words in WORDS:
        if values := _values(shared, kind)[:MOST_NAMED]:
            named = map(place_name, values) if kind == "place" else values
            said.append(words if kind == "picture" else f"{words} {', '.join(named)}")
    return "; ".join(said)


def _known(article: Article, event: str) -> _Known:
    day, title = article.time.date(), fold(article.title)
    language = article.language.split("-")[0].lower()
    alone = article.kind in ("gallery", "audio") or ROUND_UP.search(title)
    clues = frozenset() if alone or language == "und" else frozenset(_clues(article, day))
    hours = article.time.timestamp() / 3600
    return _Known(event, language, hours, day.toordinal(), clues, frozenset(places(title)))


def _clues(article: Article, day: date) -> Iterable[Clue]:
    text = article.text if article.lead in article.text else f"{article.lead}\n{article.text}"
    text = text[:OPENING_CHARACTERS]
    opening = fold(f"{article.title}\n{text}")
    yield from (("name", name) for name in _names(text, opening))
    yield from (("number", number) for number in _numbers(opening))
    yield from (("place", code) for code in places(opening))
    yield from (("day", str(named.toordinal())) for named in days(opening, day))
    yield from (("picture", picture.url) for picture in article.pictures)


def _names(text: str, folded: str) -> set[str]:
    """Latin names without accents: in text of another script all Latin words, else those with a capital."""
    letters = len(LATIN_SCRIPT.findall(text))
    if letters * 2 < sum(map(str.isalpha, text)):
        found = terms.latin_names(folded)
    else:
        capitalised = (word for word in CAPITALISED.findall(text) if word[0].isupper())
        found = terms.latin_names(fold(" , ".join(capitalised)))
    return {bare for name in found if len(bare := _bare(name)) >= 3}


def _bare(folded: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFD", folded) if not unicodedata.combining(c))


def _numbers(folded: str) -> set[str]:
    """Scaled numbers without their units, which differ between languages; no years."""
    found = set()
    for quantity in terms.quantities(folded):
        number = NUMBER.match(quantity)
        if number and not (number[0].isdigit() and int(number[0]) in YEARS):
            found.add(number[0] + ("%" if quantity.endswith("%") else ""))
    return found
