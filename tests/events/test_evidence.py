"""What `feedsvc explain` says of two articles."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from feedsvc.events import WINDOW, compare
from feedsvc.model import Article
from tests.events.newsroom import BRIDGE, BRIDGE_RETOLD, ORCHESTRA, article


def words(one: Article, other: Article) -> dict[str, str]:
    return {evidence.name: evidence.words for evidence in compare(one, other).evidence}


def test_two_reports_of_one_event_are_likely_one() -> None:
    verdict = compare(BRIDGE, BRIDGE_RETOLD)
    assert verdict.same
    weights = [abs(evidence.weight) for evidence in verdict.evidence]
    assert weights == sorted(weights, reverse=True)
    assert "垮塌" in words(BRIDGE, BRIDGE_RETOLD)["headlines"]


def test_the_verdict_does_not_depend_on_who_comes_first() -> None:
    one, other = compare(BRIDGE, BRIDGE_RETOLD), compare(BRIDGE_RETOLD, BRIDGE)
    assert one.probability == pytest.approx(other.probability, abs=1e-6)
    assert [e.name for e in one.evidence] == [e.name for e in other.evidence]


@pytest.mark.parametrize(
    ("other", "rule"),
    [
        (replace(BRIDGE_RETOLD, url=BRIDGE.url), "same address: always one event"),
        (replace(BRIDGE, key="x:y", url="https://x.example/y"), "same text: always one event"),
        (replace(BRIDGE_RETOLD, language="en"), "one is in zh, the other in en: languages are not compared"),
        (replace(BRIDGE_RETOLD, published=BRIDGE.time + WINDOW + timedelta(hours=4)), "100 hours apart"),
        (replace(BRIDGE_RETOLD, kind="gallery"), "stays alone"),
        (article("shoes", "旧鞋展", "鞋匠展出旧鞋。"), "next to nothing in common"),
    ],
)
def test_what_settles_it_without_a_score_is_said(other: Article, rule: str) -> None:
    assert rule in words(BRIDGE, other)["rule"]


def test_latin_names_and_hours_are_said() -> None:
    text = "检察官戴安娜·索雷尔（Diana Sorrel）周一说，青河铁桥垮塌案已经立案，调查组开始讯问。"
    one = article("case", "青河铁桥垮塌案立案", text)
    other = article(
        "inquiry",
        "青河铁桥垮塌：检方展开调查",
        text.replace("讯问", "传唤证人") + "索雷尔是本地人。" * 30,
        hours=30,
        publisher="herald",
    )
    found = compare(one, other)
    said = " ".join(evidence.words for evidence in found.evidence)
    assert "30 hours apart" in said
    assert "diana" in said


def test_other_news_is_unlikely() -> None:
    assert compare(BRIDGE, ORCHESTRA).probability < 0.1
