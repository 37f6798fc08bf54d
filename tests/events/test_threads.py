"""Arrest, trial and verdict are one thread; what shares only their topic is not."""

from __future__ import annotations

import random
import tracemalloc
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.saved import read_articles
from feedsvc.events import Matcher, canonical_order
from feedsvc.events.chains import MOST, Chains
from feedsvc.events.index import key_terms
from feedsvc.events.link import Link
from feedsvc.events.outline import outline, read_traces
from feedsvc.events.postings import MOST_RECENT, Postings
from feedsvc.events.profile import Profile, profile
from feedsvc.events.shipped import words
from feedsvc.events.threads import LEAST, WINDOW_HOURS, Threads
from feedsvc.events.trace import trace
from feedsvc.events.window import facts_of
from feedsvc.model import Article
from feedsvc.text import event_id
from tests.events.newsroom import article, counts, market_close
from tests.events.sagas import ARREST, CHINESE, DAY, DEAL, ENGLISH, MAYOR, STRIKE, TALKS, TRIAL, VERDICT

ROOT = Path(__file__).parent.parent.parent
SHARED = ROOT.parent / "shared"


def read(one: Article) -> Profile:
    return profile(one, words())


def threads(*placed: Article) -> Threads:
    """Every article its own event."""
    made = Threads()
    for one in placed:
        made.restore(read(one), event_id(one.key))
    return made


def asked(made: Threads, one: Article) -> Link | None:
    return made.follows(read(one), event_id(one.key))


def followed(stream: Sequence[Article]) -> dict[str, str]:
    """Which event each goes on from, by keys, as they come one after another."""
    made, found = Threads(), {}
    names = {event_id(one.key): one.key for one in stream}
    for one in stream:
        if link := asked(made, one):
            found[one.key] = names[link.event]
        made.restore(read(one), event_id(one.key))
    return found


@pytest.mark.parametrize("stream", [CHINESE, ENGLISH], ids=["Chinese", "English"])
def test_the_steps_of_a_saga_are_chained_and_its_neighbours_are_not(stream: tuple[Article, ...]) -> None:
    first, second, third = (ARREST, TRIAL, VERDICT) if stream is CHINESE else (STRIKE, TALKS, DEAL)
    assert followed(stream) == {second.key: first.key, third.key: second.key}


def test_scripts_do_not_matter() -> None:
    traditional = article(
        "appeal",
        "北嶺前港務局長韓若川提出上訴",
        "北嶺國港務局前局長韓若川對受賄案判決提出上訴。他因收受海隆公司賄賂、賤賣三號碼頭，被青河市法院判處九年徒刑。",
        hours=40 * DAY,
        publisher="island",
        language="zh-Hant",
    )
    link = asked(threads(ARREST, TRIAL, VERDICT, MAYOR), traditional)
    assert link is not None and link.event == event_id(VERDICT.key)


def test_a_link_says_how_sure_it_is_and_why() -> None:
    link = asked(threads(ARREST), TRIAL)
    assert link is not None
    assert LEAST <= link.likeness <= 1
    assert "12 days earlier" in link.words and "alike" in link.words


def test_the_last_step_is_followed_where_several_are_as_close() -> None:
    again = [article(f"again-{n}", TRIAL.title, TRIAL.text, hours=(13 + n) * DAY, publisher="herald") for n in range(3)]
    link = asked(threads(ARREST, TRIAL, *again), VERDICT)
    assert link is not None and link.event == event_id(again[-1].key)


def test_an_article_that_arrives_late_follows_nothing_that_came_after_it() -> None:
    assert asked(threads(TRIAL, VERDICT), ARREST) is None


def test_no_event_follows_itself_or_one_that_a_later_article_founded() -> None:
    made = threads(ARREST)
    assert made.follows(read(ARREST), event_id(ARREST.key)) is None
    made = Threads()
    # An event of the verdict's, which an earlier report joined afterwards: it is not earlier than the trial.
    made.restore(read(VERDICT), event_id(VERDICT.key))
    made.restore(read(ARREST), event_id(VERDICT.key))
    assert asked(made, TRIAL) is None


def test_a_saga_that_rested_too_long_begins_anew() -> None:
    def later(hours: float) -> Article:
        return article("later", VERDICT.title, TRIAL.text + VERDICT.text, hours=hours, publisher="island")

    assert asked(threads(TRIAL), later(12 * DAY + WINDOW_HOURS)) is not None
    assert asked(threads(TRIAL), later(12 * DAY + WINDOW_HOURS + 1)) is None


def test_round_ups_and_exchanges_have_no_thread() -> None:
    gallery = article("gallery", VERDICT.title, VERDICT.text, hours=37 * DAY, publisher="island", kind="gallery")
    assert asked(threads(ARREST, TRIAL, VERDICT), gallery) is None
    assert asked(threads(gallery), article("x", VERDICT.title, VERDICT.text, hours=38 * DAY, publisher="y")) is None
    assert followed([market_close(day, 21630.4 - 31 * day, 14.2, "投资人担心升息。") for day in range(4)]) == {}


def test_a_wave_of_an_epidemic_is_followed_day_by_day() -> None:
    days = [counts(day, 1200 + 57 * day, 30 - day) for day in range(4)]
    assert followed(days) == {later.key: earlier.key for earlier, later in pairwise(days)}


def test_an_event_that_was_absorbed_is_followed_under_its_new_name() -> None:
    made = threads(ARREST, TRIAL)
    made.rename(event_id(TRIAL.key), event_id(ARREST.key))
    link = asked(made, VERDICT)
    assert link is not None and link.event == event_id(ARREST.key)


def test_an_event_that_was_absorbed_by_one_that_was_absorbed_has_the_name_of_the_last() -> None:
    made = threads(ARREST, TRIAL)
    made.rename(event_id(TRIAL.key), event_id(ARREST.key))
    made.rename(event_id(ARREST.key), "urn:older")
    link = asked(made, VERDICT)
    assert link is not None and link.event == "urn:older"


@settings(max_examples=20, deadline=None)
@given(st.permutations([*CHINESE[:-1], *ENGLISH]))
def test_the_order_of_restoring_changes_nothing(shuffled: list[Article]) -> None:
    assert asked(threads(*shuffled), VERDICT) == asked(threads(*CHINESE[:-1], *ENGLISH), VERDICT)


def test_traces_that_were_kept_are_as_good_as_the_articles() -> None:
    known = [read(one) for one in CHINESE[:-1]]
    kept = [outline(facts_of(one), key_terms(one, words()).ids, trace(one, words().weights)) for one in known]
    made = Threads()
    columns = zip(*((each.facts, each.trace, each.places) for each in kept), strict=True)
    made.restore_traces(read_traces([one.key for one in known], *columns), [event_id(one.key) for one in known])
    expected = asked(threads(*CHINESE[:-1]), VERDICT)
    assert expected is not None
    assert asked(made, VERDICT) == expected


def test_what_lies_outside_the_window_changes_nothing() -> None:
    ancient = article("ancient", ARREST.title, ARREST.text, hours=-120 * DAY, publisher="island")
    coming = article("coming", TRIAL.title, TRIAL.text, hours=60 * DAY, publisher="island")
    assert asked(threads(ARREST, TRIAL, ancient, coming), VERDICT) == asked(threads(ARREST, TRIAL), VERDICT)


def test_a_name_that_floods_the_news_ties_nothing_together() -> None:
    """韩若川 takes office and is in every headline: then his name alone makes no saga."""
    topics = ["渔业", "教育", "铁路", "医院", "森林", "税收", "住房", "体育", "桥梁", "邮政", "粮食", "电力", "水库"]
    flood = [
        article(
            f"flood-{n}", f"韩若川谈{t}", f"韩若川就{t}问题发表谈话。{t}部门将提出方案。", hours=n, publisher=f"p{n}"
        )
        for n, t in enumerate(topics * 20)
    ]
    one = article("one", "韩若川谈气象", "韩若川就气象问题发表谈话。气象部门表示欢迎。", hours=301, publisher="island")
    two = article("two", "韩若川谈航天", "韩若川就航天问题发表谈话。航天部门表示欢迎。", hours=302, publisher="herald")
    rare, flooded = asked(threads(one), two), asked(threads(one, *flood), two)
    assert rare is not None
    assert flooded is None or flooded.likeness < rare.likeness


@pytest.mark.slow
def test_an_event_costs_two_kilobytes_at_most() -> None:
    """Events of full-length articles, each with words of its own; postings and all."""
    chance = random.Random(2)
    count = 300

    def text(length: int) -> str:
        return "".join(chr(chance.randrange(0x4E00, 0x9FA5)) for _ in range(length))

    made = threads(article("first", text(20), text(500)))
    tracemalloc.start()
    for n in range(count):
        one = article(str(n), text(20), text(500))
        made.restore(read(one), event_id(one.key))
    used, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    # The table of names and rarities is cached on the way; it does not grow with the events.
    assert used / count < 2048


# Postings


def test_postings_find_what_a_dictionary_finds() -> None:
    made, plain = Postings(), {}
    chance = random.Random(3)
    for slot in range(3 * MOST_RECENT // 50):
        terms = np.sort(np.array(chance.sample(range(400), 50)))
        made.add(np.full(50, slot), terms, terms / 100)
        plain[slot] = set(terms.tolist())
    for kept in (None, np.arange(len(plain)) % 3 == 0):
        if kept is not None:
            made.keep(kept)
            plain = dict(enumerate(terms for slot, terms in plain.items() if kept[slot]))
        question = np.array([5, 77, 200, 999])
        found = made.find(question)
        pairs = sorted(zip(question[found.terms].tolist(), found.slots.tolist(), strict=True))
        assert pairs == sorted((t, slot) for slot, terms in plain.items() for t in question.tolist() if t in terms)
        assert np.allclose(found.weights, question[found.terms] / 100, rtol=1e-3)


# Chains


def test_a_chain_is_named_after_its_first_event_and_told_from_each_of_its_steps() -> None:
    chains = Chains("abcde", {"b": "a", "c": "b", "d": "b"})
    assert [chains.root(id_) for id_ in "abcde"] == list("aaaae")
    assert [chains.earlier(id_) for id_ in "abcde"] == [[], ["a"], ["b", "a"], ["b", "a"], []]
    assert [chains.later(id_) for id_ in "abcde"] == [["d", "c", "b"], ["d", "c"], [], [], []]


def test_a_long_chain_tells_the_nearest_steps_before_and_the_newest_after() -> None:
    ids = [f"{n:05}" for n in range(20_000)]
    chains = Chains(ids, dict(zip(ids[1:], ids, strict=False)))
    assert chains.root(ids[-1]) == ids[0]
    assert chains.earlier(ids[100]) == ids[99 : 99 - MOST : -1]
    assert chains.later(ids[100]) == ids[: -MOST - 1 : -1]


# Real articles


@pytest.mark.parametrize(
    "folder",
    [
        ROOT / "seeds",
        pytest.param(
            SHARED / "seeds",
            marks=[
                pytest.mark.shared,
                pytest.mark.skipif(not SHARED.is_dir(), reason="the real articles are not beside this checkout"),
            ],
        ),
    ],
    ids=["our own retelling", "real"],
)
def test_the_talks_on_fentanyl_go_on_from_the_agreement_before_them(folder: Path) -> None:
    matcher, made = Matcher(), Threads()
    follows: dict[str, str] = {}
    for one in canonical_order(read_articles(folder)):
        placed = matcher.place(one)
        if placed.founded:
            link = made.follows(read(one), placed.event)
            follows[placed.event] = link.event if link else ""
        made.restore(read(one), placed.event)
    (first, nothing), (second, earlier) = follows.items()
    assert (nothing, earlier) == ("", first) and second != first
