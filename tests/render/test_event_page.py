"""What a page of an event says beside its reports: when each came, what it was the first to say."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from lxml import etree

from feedsvc import render
from feedsvc.model import Article, Topic
from feedsvc.render import additions as adding
from feedsvc.render.additions import MOST, additions
from feedsvc.render.feed_page import REPORTS_AT_ONCE
from tests.composing import compose

from .examples import BASE, HOSTILE, START, article, event, harbour_events


def parsed(page: bytes) -> Any:
    return etree.HTML(page.decode())


def words(element: Any) -> str:
    return " ".join("".join(element.itertext()).split())


def test_the_timeline_leads_to_each_report_day_by_day() -> None:
    first, second = article("rfi", 1), article("dw", 2, published=START + timedelta(hours=20))
    page = parsed(render.render_event_page(event(first, article("gangwan", 3), second), BASE))
    timeline = page.find(".//section[@class='timeline']")
    assert [words(h) for h in timeline.iter("h3")] == ["2031年3月4日 星期二", "2031年3月5日 星期三"]
    assert [words(li) for li in timeline.iter("li")] == ["08:31 UTC 法广", "08:33 UTC 港灣日報", "04:30 UTC 德国之声"]
    targets = [page.find(f".//article[@id='{a.get('href')[1:]}']") for a in timeline.iter("a")]
    assert [words(card.find("p/span")) for card in targets] == ["法广", "港灣日報", "德国之声"]


def test_a_single_report_has_no_timeline() -> None:
    assert parsed(render.render_event_page(harbour_events()[2], BASE)).find(".//section[@class='timeline']") is None


def added(*texts: str, language: str = "zh-Hans") -> list[tuple[str, ...]]:
    """What each text adds to those before it."""
    articles = [
        article("rfi", n, title="灯塔", lead="", text=text, language=language) for n, text in enumerate(texts, 1)
    ]
    found = additions(articles)
    return [found.get(each.key, ()) for each in articles]


@pytest.mark.parametrize(
    ("before", "then", "new"),
    [
        ("灯塔复光。", "灯塔耗资 320万元，14人参与。", ("320万元", "14人")),
        ("灯塔耗资320万元。", "灯塔耗资３２０萬元。", ()),
        ("耗资1,200,000元。", "耗资1200000元。", ()),
        ("有 14 人。", "共14名。", ()),
        ("有114人。", "有14人。", ("14人",)),
        ("涨3.14%，又涨1.14.5%。", "有14人，涨3%。", ("14人", "3%")),
        ("共有14.", "有14人。", ()),
        ("他说“30天后见”。", "他说“30天后见”。", ()),
        ("灯塔复光。", "2031年3月4日8时30分复光。", ()),
        ("灯塔复光。", "守塔人阿·里德（Aron Reed）说。", ("Aron Reed",)),
        ("守塔人Aron Reed说。", "守塔人ARON REED说。", ()),
        ("灯塔复光。", "他称之为“海上的眼睛”，见《北岬旧事》。", ("“海上的眼睛”", "《北岬旧事》")),
        ("他稱之為「海上的眼睛」。", "他称之为“海上的眼睛”。", ()),
        ("灯塔复光。", "一" * 50_000, ()),
        (
            "灯塔复光。",
            "".join(f"“第{n}句话”" for n in "甲乙丙丁戊己庚"),
            ("“第甲句话”", "“第乙句话”", "“第丙句话”", "“第丁句话”"),
        ),
    ],
)
def test_what_a_report_is_the_first_to_say(before: str, then: str, new: tuple[str, ...]) -> None:
    assert added(before, then) == [(), new]
    assert len(new) <= MOST


def test_what_nothing_is_compared_with_is_not_folded(monkeypatch: pytest.MonkeyPatch) -> None:
    folded: list[str] = []
    fold = adding.fold
    monkeypatch.setattr(adding, "fold", lambda words: folded.append(words) or fold(words))
    additions([article("a:1", text="Thirty 3000 people"), article("b:1", text="autre", language="fr")])
    assert folded == []
    additions([article("a:1", text="Thirty 3000 people"), article("c:1", text="The same.")])
    assert len(folded) == 1


def test_what_is_said_in_another_language_is_not_compared() -> None:
    chinese, english = (
        article("rfi", 1),
        article("courier", 2, language="en", text="It cost 14 million, says Aron Reed."),
    )
    again = article("dw", 3, language="en", text="It cost 14 million. Aron Reed and Mary Okafor spent 12 percent more.")
    assert additions([chinese, english, again]) == {"dw:3": ("Mary Okafor", "12 percent")}


@pytest.mark.parametrize("hostile", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_words_stay_words(hostile: str) -> None:
    bad: list[Article] = [article("rfi", n, text=f"“{hostile[:10]}”{hostile}") for n in (1, 2)]
    page = parsed(render.render_event_page(event(*bad), BASE))
    assert not list(page.iter("script")) and len(page.findall(".//article")) == 2


def test_many_reports_fold_on_the_page_of_a_feed() -> None:
    topic = Topic(slug="x", title="x")

    def lists(reports: int) -> list[int]:
        members = [article("rfi", n) for n in range(1, reports + 2)]
        page = parsed(render.render_feed_page(compose(topic, [event(*members)], BASE, frozenset())))
        return [len(ul) for ul in page.findall(".//div[@class='others']//ul")]

    assert lists(REPORTS_AT_ONCE) == [REPORTS_AT_ONCE]
    assert lists(REPORTS_AT_ONCE + 1) == [REPORTS_AT_ONCE + 1]  # to unfold one is no gain
    assert lists(REPORTS_AT_ONCE + 7) == [REPORTS_AT_ONCE, 7]
