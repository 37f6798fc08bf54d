"""One run equals many: order of arrival, restarts and batches change nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from feedsvc.events import Matcher, canonical_order
from feedsvc.events.forest import Model
from feedsvc.events.shipped import model
from feedsvc.model import Article
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


def placed(batches: Sequence[Sequence[Article]], chosen: Model, restart: bool) -> dict[str, str]:
    """The event of each article after all batches, with a matcher that forgets between them or one that lives on."""
    found: dict[str, Article] = {}
    events: dict[str, str] = {}
    matcher = Matcher(chosen)
    for batch in batches:
        if restart:
            matcher = Matcher(chosen)
            for key, known in sorted(found.items()):
                matcher.restore(known, events[key])
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
    assert placed([shuffled], chosen, restart=False) == placed([STREAM], chosen, restart=False)


@settings(max_examples=15, deadline=None)
@given(st.sets(st.integers(1, len(STREAM) - 1), max_size=4), MODELS)
def test_any_split_into_runs_equals_one_run(cuts: set[int], chosen: Model) -> None:
    ordered = canonical_order(STREAM)
    ends = [0, *sorted(cuts), len(ordered)]
    batches = [ordered[start:end] for start, end in pairwise(ends)]
    assert placed(batches, chosen, restart=True) == placed([ordered], chosen, restart=False)


def test_events_that_turn_out_to_be_one_keep_the_older_id() -> None:
    """The lenient model brings events together: every event goes on under the id of the article that came first."""
    events = placed([STREAM], LENIENT, restart=False)
    order = [one.key for one in canonical_order(STREAM)]
    alone = placed([STREAM], replace(LENIENT, merge=2.0), restart=False)
    assert len(set(events.values())) < len(set(alone.values()))
    for event in set(events.values()):
        first = min((key for key, found in events.items() if found == event), key=order.index)
        assert alone[first] == event
