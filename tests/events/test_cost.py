"""What matching does for an article, counted: bounded, however many others there are and however alike they are."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice

import numpy as np
import pytest

from feedsvc.events import Matcher, profile
from feedsvc.events.index import MOST, key_terms
from feedsvc.events.matcher import AT_ONCE, MOST_MEMBERS, MOST_TIED
from feedsvc.events.outline import Outlines
from feedsvc.events.pairs import Pairs, Verdicts
from feedsvc.events.postings import Columns, Postings
from feedsvc.events.profile import Profile
from feedsvc.events.shipped import words
from feedsvc.events.window import facts_of
from feedsvc.model import Article
from feedsvc.text import event_id
from tests.events.newsroom import article

SYLLABLES = [first + second for first in "bdfgklmnprstvz" for second in "aeiou"]


def invented() -> Iterator[Article]:
    """News without end, as it is: common words that all share, rarer ones that some do, names of its own."""
    chance = random.Random(5)

    def word(least: int) -> str:
        return "".join(chance.choices(SYLLABLES, k=chance.randint(least, least + 1)))

    common, rarer = [word(1) for _ in range(150)], [word(2) for _ in range(3000)]
    number = 0
    while True:
        names = [word(4).title() for _ in range(3)]
        title = [*names[:2], *chance.choices(rarer, k=4)]
        text = [*names * 2, *chance.choices(common, k=60), *chance.choices(rarer, k=60)]
        chance.shuffle(text)
        yield article(f"n{number}", " ".join(title), " ".join(text), hours=number % 90, language="en")
        number += 1


def of_one_template() -> Iterator[Article]:
    chance = random.Random(6)
    for number in range(10_000):
        name = "".join(chance.choices(SYLLABLES, k=4)).title()
        text = (
            f"{name} said on Tuesday that its profit of the third quarter rose by {chance.randint(1, 60)} per cent to "
            f"{chance.randint(10, 900)} million crowns. The board proposed a dividend of {chance.randint(1, 9)} crowns "
            f"a share. Shares of {name} closed at {chance.randint(10, 400)} crowns in Northport."
        )
        yield article(f"q{number}", f"{name} raises profit, proposes dividend", text, hours=number / 60, language="en")


@dataclass
class Work:
    """Done for the article that is being placed."""

    compared: list[int] = field(default_factory=list)  # others, in each step
    postings: int = 0


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> Work:
    done = Work()
    verdicts, find = Pairs.verdicts, Postings.find

    def compared(self: Pairs, ones: np.ndarray, others: np.ndarray) -> Verdicts:
        done.compared.append(len(others))
        return verdicts(self, ones, others)

    def looked_through(self: Postings, terms: np.ndarray) -> Columns:
        found = find(self, terms)
        done.postings += len(found.slots)
        return found

    monkeypatch.setattr(Pairs, "verdicts", compared)
    monkeypatch.setattr(Postings, "find", looked_through)
    return done


def filled(matcher: Matcher, profiles: list[Profile], fetched: list[str]) -> None:
    """With outlines, as the next run begins."""
    terms = [key_terms(known, words()).ids for known in profiles]
    facts = np.concatenate([facts_of(known) for known in profiles])
    keys = [known.key for known in profiles]
    of_key = dict(zip(keys, profiles, strict=True))

    def fetch(asked: list[str]) -> list[Profile]:
        fetched.extend(asked)
        return [of_key[key] for key in asked]

    told = Outlines(keys, facts, np.concatenate(terms), [len(each) for each in terms])
    matcher.restore_outlines(told, [event_id(key) for key in keys], fetch)  # type: ignore[arg-type]


def test_an_article_is_compared_with_no_more_of_a_larger_window(work: Work) -> None:
    new, *background = [profile(one, words()) for one in islice(invented(), 3201)]
    looked_through, fetched = [], []
    for size in (400, 3200):
        matcher, asked = Matcher(), list[str]()
        filled(matcher, background[:size], asked)
        work.postings = 0
        matcher.place(new)
        looked_through.append(work.postings)
        fetched.append(len(asked))
    assert 0 < looked_through[1] < 10 * looked_through[0]  # where the window is eight times as large
    assert 0 < fetched[1] <= MOST + MOST_TIED
    assert sum(work.compared) <= 2 * (MOST + MOST_TIED + MOST_MEMBERS)


def test_most_of_what_is_placed_together_is_compared_in_one_step(work: Work) -> None:
    new = [profile(one, words()) for one in islice(invented(), AT_ONCE)]
    Matcher().place_all(new)
    together = work.compared.copy()
    work.compared.clear()
    matcher = Matcher()
    for one in new:
        matcher.place(one)
    assert sum(together) == sum(work.compared)
    assert max(together) > sum(together) / 2 > max(work.compared)


def test_news_of_one_template_is_compared_with_some_of_its_kind_however_many_there_are(work: Work) -> None:
    matcher, fetched = Matcher(), list[str]()
    new, *background = [profile(one, words()) for one in islice(of_one_template(), 1001)]
    filled(matcher, background, fetched)
    matcher.place(new)
    assert MOST <= work.compared[0] <= MOST + MOST_TIED
    assert len(fetched) <= MOST + MOST_TIED + MOST_MEMBERS


def test_one_large_event_is_compared_with_no_more_than_some_of_it(work: Work) -> None:
    matcher = Matcher()
    for one in islice(of_one_template(), 2 * MOST_MEMBERS):
        matcher.restore(one, "urn:event")
    work.compared.clear()
    matcher.place(next(islice(of_one_template(), 2 * MOST_MEMBERS, None)))
    assert 0 < sum(work.compared) <= 2 * MOST_MEMBERS
