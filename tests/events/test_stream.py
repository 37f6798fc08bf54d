"""One run equals many: order of arrival, restarts and batches change nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedsvc.events import Matcher, canonical_order, matcher
from feedsvc.events.forest import Model
from feedsvc.events.index import key_terms
from feedsvc.events.outline import outline, read_outlines
from feedsvc.events.profile import profile
from feedsvc.events.shipped import model, words
from feedsvc.events.trace import trace
from feedsvc.events.window import facts_of
from feedsvc.model import Article, Correction
from feedsvc.text import event_id
from tests.events.newsroom import (
    BRIDGE,
    BRIDGE_RETOLD,
    BRIDGE_TRADITIONAL,
    ORCHESTRA,
    article,
    counts,
    market_close,
)

LINK = article(
    "link",
    "河谷大桥垮塌与乐团音乐会",
    BRIDGE.text + "\n" + ORCHESTRA.text,
    hours=9,
    publisher="weekly",
)
STREAM = [
    BRIDGE,
    BRIDGE_RETOLD,
    BRIDGE_TRADITIONAL,
    ORCHESTRA,
    LINK,
    *(counts(day, 1200 + 57 * day, 30 - day) for day in range(4)),
    *(counts(day, 1200 + 57 * day, 30 - day, "herald") for day in range(4)),
    *(market_close(day, 21630.4 - 31 * day, 14.2 * (day + 1), "投资人担心升息。") for day in range(4)),
]
# So lenient that events merge all the time: what the rules of order must bear.
LENIENT = replace(model(), join_article=0.03, join_event=0.05, merge=0.02)
MODELS = st.sampled_from([model(), LENIENT])


Restore = Callable[[Matcher, Iterable[Article], Mapping[str, str]], None]


def whole(matcher: Matcher, known: Iterable[Article], events: Mapping[str, str]) -> None:
    for one in known:
        matcher.restore(one, events[one.key])


def outlined(matcher: Matcher, known: Iterable[Article], events: Mapping[str, str]) -> None:
    """As one run restores what another kept: outlines, and profiles of those that are asked for."""
    profiles = {one.key: profile(one, words()) for one in known}
    if profiles:
        kept = [
            outline(facts_of(made), key_terms(made, words()).ids, trace(made, words().weights))
            for made in profiles.values()
        ]
        told = read_outlines(list(profiles), [one.facts for one in kept], [one.terms for one in kept])
        found = [events[key] for key in profiles]
        matcher.restore_outlines(told, found, lambda keys: [profiles[key] for key in keys])


def placed(batches: Sequence[Sequence[Article]], chosen: Model, restore: Restore | None = None) -> dict[str, str]:
    """The event of each article after all batches: by a matcher that lives on, or one that begins anew with each."""
    found: dict[str, Article] = {}
    events: dict[str, str] = {}
    matcher = Matcher(chosen)
    for batch in batches:
        if restore:
            matcher = Matcher(chosen)
            restore(matcher, [known for _, known in sorted(found.items())], events)
        for one in canonical_order(batch):
            placement = matcher.place(one)
            absorbed = set(placement.absorbed)
            events = {key: placement.event if event in absorbed else event for key, event in events.items()}
            events[one.key] = placement.event
            found[one.key] = one
    return events


@settings(max_examples=15, deadline=None)
@given(st.permutations(STREAM), MODELS)
def test_the_order_within_a_batch_changes_nothing(shuffled: list[Article], chosen: Model) -> None:
    assert placed([shuffled], chosen) == placed([STREAM], chosen)


@settings(max_examples=15, deadline=None)
@given(st.sets(st.integers(1, len(STREAM) - 1), max_size=4), MODELS, st.sampled_from([whole, outlined]))
def test_any_split_into_runs_equals_one_run(cuts: set[int], chosen: Model, restore: Restore) -> None:
    ordered = canonical_order(STREAM)
    ends = [0, *sorted(cuts), len(ordered)]
    batches = [ordered[start:end] for start, end in pairwise(ends)]
    assert placed(batches, chosen, restore) == placed([ordered], chosen)


MOVED = replace(
    ORCHESTRA, key="herald:moved", title="改过的标题", text="改过的正文，与原文没有一个词相同。"
)  # the same page
LINKING = article("linking", "简短消息", "详情另见。", hours=2, publisher="herald", references=(BRIDGE.key,))
SAID = [Correction(LINK.key, BRIDGE.key, same=True), Correction(BRIDGE.key, BRIDGE_RETOLD.key, same=False)]


@settings(max_examples=25, deadline=None)
@given(st.sets(st.integers(1, len(STREAM) + 1), max_size=4), MODELS, st.integers(1, 9), st.sampled_from([[], SAID]))
def test_placed_together_or_one_by_one_it_is_the_same_to_the_letter(
    cuts: set[int], chosen: Model, at_once: int, said: list[Correction]
) -> None:
    ordered = canonical_order([*STREAM, MOVED, LINKING])
    ends = [0, *sorted(cuts), len(ordered)]
    one_by_one, together = Matcher(chosen, corrections=said), Matcher(chosen, corrections=said)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(matcher, "AT_ONCE", at_once)
        found = [placed for start, end in pairwise(ends) for placed in together.place_all(ordered[start:end])]
    assert found == [one_by_one.place(one) for one in ordered]


def test_what_comes_twice_among_those_placed_together_is_placed_once() -> None:
    known = Matcher()
    known.place(ORCHESTRA)
    first, again, another, old = known.place_all([BRIDGE, BRIDGE, BRIDGE_RETOLD, ORCHESTRA])
    assert (first.founded, again.reason, old.reason) == (True, "already placed", "already placed")
    assert first.event == again.event == another.event
    assert known.place_all([]) == []


def test_the_same_page_is_found_though_no_word_is_shared_and_only_its_outline_is_there() -> None:
    matcher, event = Matcher(), event_id(BRIDGE.key)
    outlined(matcher, [BRIDGE], {BRIDGE.key: event})
    assert matcher.place(replace(ORCHESTRA, key="herald:moved", url=BRIDGE.url)).event == event


def test_events_that_turn_out_to_be_one_keep_the_older_id() -> None:
    """The lenient model brings events together: every event goes on under the id of the article that came first."""
    events = placed([STREAM], LENIENT)
    order = [one.key for one in canonical_order(STREAM)]
    alone = placed([STREAM], replace(LENIENT, merge=2.0))
    assert len(set(events.values())) < len(set(alone.values()))
    for event in set(events.values()):
        first = min((key for key, found in events.items() if found == event), key=order.index)
        assert alone[first] == event
