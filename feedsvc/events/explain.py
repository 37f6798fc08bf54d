"""Why two articles count as one event or as two, in words that an editor understands.

Pure. Called by `feedsvc explain`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from feedsvc.events import shipped, terms
from feedsvc.events.forest import Model
from feedsvc.events.pairs import WINDOW_HOURS, Judge, certain
from feedsvc.events.places import places
from feedsvc.events.profile import OPENING_CHARACTERS, Profile, headline, profile
from feedsvc.model import Article, Evidence, PairVerdict
from feedsvc.text import fold, tokens

LEAST_WEIGHT = 0.05  # log-odds; what adds less is not worth an editor's time
MOST_NAMED = 6  # words or numbers in one line

# Features that say one thing together: the line's name, what it is about, and how the features' names begin.
SUBJECTS = (
    ("headlines", ("title_cosine", "title_shared", "title_known")),
    ("names", ("names_",)),
    ("numbers", ("numbers_",)),
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
    judge = Judge(model or shipped.model())
    first, second = profile(one, shipped.words()), profile(other, shipped.words())
    probability = judge.probabilities(first, [second])[0]
    if rule := _rule(judge, first, second):
        return PairVerdict(probability, (Evidence("rule", rule, probability, 0.0),))
    row = judge.evidence(first, [second])[0]
    values = dict(zip(judge.model.forest.features, row.tolist(), strict=True))
    added = judge.model.forest.contributions(row)
    speaker = _Speaker((one, other), first, second, values)
    evidence = []
    for subject, beginnings in SUBJECTS:
        features = [name for name in added if name.startswith(beginnings)]
        weight = sum(added.pop(name) for name in features)
        if abs(weight) >= LEAST_WEIGHT:
            evidence.append(Evidence(subject, speaker.say(subject), values[features[0]], round(weight, 4)))
    return PairVerdict(probability, tuple(sorted(evidence, key=lambda e: (-abs(e.weight), e.name))))


def _rule(judge: Judge, first: Profile, second: Profile) -> str:
    """What settles it without a score, if anything."""
    apart = abs(first.hours - second.hours)
    if first.language != second.language:
        return f"one is in {first.language}, the other in {second.language}: languages are not compared"
    if apart > WINDOW_HOURS:
        return f"{apart:.0f} hours apart: more than {WINDOW_HOURS:.0f} are never one event"
    if reason := certain(first, second):
        return f"{reason}: always one event"
    if first.alone or second.alone:
        return "a round-up or gallery covers many items and stays alone"
    if not judge.alike(first, [second])[0]:
        return "next to nothing in common"
    return ""


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
        return _common("both quote", sorted(self._first.quotes & self._second.quotes), "no quotation in common")

    def _places(self) -> str:
        one, other = (dict.fromkeys(places(text)) for text in self._titles)
        if apart := [p for p in (*one, *other) if (p in one) != (p in other)]:
            return _listed("headlines name different places:", apart)
        shared = [p for p in one if p in other] or sorted(self._first.places & self._second.places)
        return _common("both are about", shared, "no place in common")

    def _days(self) -> str:
        if shared := len(self._first.days & self._second.days):
            return f"{shared} {'day' if shared == 1 else 'days'} named by both"
        apart = abs(self._first.main_day - self._second.main_day)
        return f"what they tell of lies {apart} {'day' if apart == 1 else 'days'} apart" if apart else "the same day"

    def _hours(self) -> str:
        return f"{self._values['hours_apart']:.0f} hours apart"

    def _publisher(self) -> str:
        return "the same publisher" if self._values["same_publisher"] else "two publishers"

    def _reference(self) -> str:
        return "one links to the other" if self._values["reference"] else "neither links to the other"

    def _picture(self) -> str:
        return "the same picture" if self._values["picture"] else "no picture in common"

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
