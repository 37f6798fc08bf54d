"""Why two articles count as one event or as two, in words that an editor understands.

Pure. Called by `feedsvc explain`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np

from feedsvc.events import shipped, terms
from feedsvc.events.features import features
from feedsvc.events.forest import Model
from feedsvc.events.pairs import WINDOW_HOURS, Pairs, alike, brief
from feedsvc.events.places import place_name, places
from feedsvc.events.profile import OPENING_CHARACTERS, QUOTES_WITHIN, Profile, headline, profile
from feedsvc.events.window import window_of
from feedsvc.model import Article, Evidence, PairVerdict
from feedsvc.text import fold, tokens

LEAST_WEIGHT = 0.05  # log-odds; what adds less is not worth an editor's time
MOST_NAMED = 6  # words or numbers in one line

# Features that say one thing together: the line's name, what it is about, and how the features' names begin.
SUBJECTS = (
    ("headlines", ("title_cosine", "title_shared", "title_known")),
    ("names", ("names_",)),
    ("agencies", ("agencies_",)),
    ("comment", ("comments",)),
    ("numbers", ("numbers_", "title_numbers_")),
    ("quotes", ("quotes_",)),
    ("places", ("title_places", "places_", "first_place")),
    ("days", ("days_", "main_days", "own_days")),
    ("hours", ("hours_",)),
    ("publisher", ("same_publisher",)),
    ("reference", ("reference",)),
    ("picture", ("picture",)),
    ("told", ("title_in_", "lead_in_")),
    ("phrases", ("triples_",)),
    ("lengths", ("length_",)),
    ("likeness", ("body_", "lead_")),
)


def compare(one: Article, other: Article, model: Model | None = None) -> PairVerdict:
    """How likely two articles report the same event, with the evidence, strongest first."""
    model = model or shipped.model()
    first, second = profile(one, shipped.words()), profile(other, shipped.words())
    pairs = Pairs(model, window_of([first, second], shipped.words()))
    if rule := _rule(pairs, first, second):
        return PairVerdict(rule[0], (Evidence("rule", rule[1], rule[0], 0.0),))
    rows = features(pairs.shared(np.array([0]), np.array([1])))
    row, forest = rows[0], model.brief if brief(rows)[0] else model.forest
    probability = float(forest.probability(row[None, :])[0])
    values = dict(zip(forest.features, row.tolist(), strict=True))
    added = forest.contributions(row)
    speaker = _Speaker((one, other), first, second, values)
    evidence = []
    for subject, beginnings in SUBJECTS:
        named = [name for name in added if name.startswith(beginnings)]
        weight = sum(added.pop(name) for name in named)
        if abs(weight) >= LEAST_WEIGHT:
            evidence.append(Evidence(subject, speaker.say(subject), values[named[0]], round(weight, 4)))
    return PairVerdict(probability, tuple(sorted(evidence, key=lambda e: (-abs(e.weight), e.name))))


def _rule(pairs: Pairs, first: Profile, second: Profile) -> tuple[float, str] | None:
    """What settles it without a score, if anything: the probability and why."""
    apart = abs(first.hours - second.hours)
    if first.language != second.language:
        return 0.0, f"one is in {first.language}, the other in {second.language}: languages are not compared"
    if apart > WINDOW_HOURS:
        return 0.0, f"{apart:.0f} hours apart: more than {WINDOW_HOURS:.0f} are never one event"
    shared = pairs.shared(np.array([0]), np.array([1]))
    if reason := pairs.certain(shared)[0]:
        return 1.0, f"{reason}: always one event"
    if first.alone or second.alone:
        return 0.0, "a round-up or gallery covers many items and stays alone"
    if not alike(shared)[0]:
        return 0.0, "next to nothing in common"
    return None


class _Speaker:
    """Says what two articles have or lack in common."""

    def __init__(
        self, articles: tuple[Article, Article], first: Profile, second: Profile, row: Mapping[str, float]
    ) -> None:
        self._words = shipped.words()
        canonical = self._words.names.canonical
        self._titles = tuple(canonical(headline(fold(a.title))) for a in articles)
        self._texts = tuple(canonical(fold(f"{a.title}\n{a.lead}\n{a.text}")) for a in articles)
        self._first, self._second, self._values = first, second, row

    def say(self, subject: str) -> str:
        said: str = getattr(self, f"_{subject}")()
        return said

    def _headlines(self) -> str:
        return _common("headlines share", _in_common(self._titles), "headlines have no word in common")

    def _phrases(self) -> str:
        one, other = (set(terms.triples(text[:OPENING_CHARACTERS])) for text in self._texts)
        shared = sorted(one & other, key=lambda triple: (-self._words.rarity.weight(triple), triple))
        return _common("openings share", shared, "openings share no phrase")

    def _likeness(self) -> str:
        return f"texts are {self._values['body_cosine']:.0%} alike, weighted by how rare their words are"

    def _told(self) -> str:
        low, high = self._values["title_in_body_min"], self._values["title_in_body_max"]
        return f"the texts tell {high:.0%} and {low:.0%} of each other's headline"

    def _names(self) -> str:
        shared = terms.latin_names(self._texts[0]) & terms.latin_names(self._texts[1])
        ranked = sorted(shared, key=lambda name: (-self._words.rarity.weight(name), name))
        return _common("both name", ranked, "no Latin name in common")

    def _numbers(self) -> str:
        one, other = (terms.quantities(text) for text in self._texts)
        if one & other:
            return _listed("both give", sorted(one & other))
        return "no number in common" if one and other else "one of them gives no number"

    def _quotes(self) -> str:
        one, other = (terms.quoted(text[:QUOTES_WITHIN]) for text in self._texts)
        return _common("both quote", sorted(one & other), "no quotation in common")

    def _agencies(self) -> str:
        return "the same agency's copy" if self._values["agencies_count"] else "no agency in common"

    def _comment(self) -> str:
        number = int(self._values["comments"])
        return ("neither comments", "one is a comment or interview", "both are comments or interviews")[number]

    def _places(self) -> str:
        one, other = (dict.fromkeys(places(text)) for text in self._titles)
        if apart := [p for p in (*one, *other) if (p in one) != (p in other)]:
            return _listed("headlines name different places:", [place_name(p) for p in apart])
        shared = [p for p in one if p in other] or sorted(self._first.places & self._second.places)
        return _common("both are about", [place_name(p) for p in shared], "no place in common")

    def _days(self) -> str:
        if shared := int(self._values["days_count"]):
            return f"{shared} {'day' if shared == 1 else 'days'} named by both"
        apart = abs(self._first.main_day - self._second.main_day)
        return f"what they tell of lies {apart} {'day' if apart == 1 else 'days'} apart" if apart else "the same day"

    def _hours(self) -> str:
        return f"{self._values['hours_apart']:.0f} hours apart"

    def _publisher(self) -> str:
        return "the same publisher" if self._values["same_publisher"] else "two publishers"

    def _reference(self) -> str:
        return "one links to the other" if self._values["references_count"] else "neither links to the other"

    def _picture(self) -> str:
        return "the same picture" if self._values["pictures_count"] else "no picture in common"

    def _lengths(self) -> str:
        return f"{self._first.length} and {self._second.length} characters long"


def _common(said: str, found: Collection[str], otherwise: str) -> str:
    return _listed(said, found) if found else otherwise


def _listed(said: str, found: Collection[str]) -> str:
    more = " …" if len(found) > MOST_NAMED else ""
    return f"{said} {'、'.join(list(found)[:MOST_NAMED])}{more}"


def _in_common(titles: Sequence[str]) -> list[str]:
    """What both titles hold, as long as it goes: overlapping pairs of characters are put together again."""
    in_other = set(tokens(titles[1]))
    held: list[str] = []
    for token in tokens(titles[0]):
        longer = held[-1] + token[1:] if held and held[-1][-1] == token[0] and not token.isascii() else ""
        if longer and longer in titles[1]:
            held[-1] = longer
        elif token in in_other and not any(token in earlier for earlier in held):
            held.append(token)
    return held
