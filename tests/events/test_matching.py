"""Which articles of our own writing come together, and which stay apart."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from numpy.typing import NDArray

from feedsvc.events import WINDOW, Matcher, canonical_order
from feedsvc.events.index import MOST
from feedsvc.events.matcher import MOST_MEMBERS, MOST_TIED
from feedsvc.events.pairs import Pairs, Verdicts
from feedsvc.model import Article, Question
from feedsvc.text import event_id
from tests.events.newsroom import BRIDGE, BRIDGE_RETOLD, BRIDGE_TRADITIONAL, ORCHESTRA, article, counts, market_close

FLOOD_ENGLISH = article(
    "flood",
    "Dam failure near Elmsford forces 3,000 from their homes",
    "A dam above the town of Elmsford gave way on Tuesday, and 3,000 people had to leave their homes.\n"
    "Governor Ruth Calloway said nobody was hurt. Engineers had warned of cracks in the Harrow dam since March.",
    language="en",
)
FLOOD_RETOLD = article(
    "harrow",
    "Thousands flee Elmsford as Harrow dam bursts",
    "Some 3,000 residents of Elmsford fled on Tuesday after the Harrow dam failed; "
    "no one was hurt, said Governor Ruth Calloway.\n"
    "Cracks in the dam had worried engineers since March.",
    hours=3,
    publisher="herald",
    language="en",
)


def events(articles: Iterable[Article]) -> dict[str, str]:
    """The event of each article, placed as an update would."""
    matcher, found = Matcher(), {}
    for one in canonical_order(articles):
        placement = matcher.place(one)
        found = {key: placement.event if event in placement.absorbed else event for key, event in found.items()}
        found[one.key] = placement.event
    return found


def together(*articles: Article) -> bool:
    return len(set(events(articles).values())) == 1


def all_apart(*articles: Article) -> bool:
    return len(set(events(articles).values())) == len(articles)


@pytest.mark.parametrize(
    "pair",
    [
        pytest.param((BRIDGE, BRIDGE_RETOLD), id="other words"),
        pytest.param((BRIDGE, BRIDGE_TRADITIONAL), id="other script"),
        pytest.param((BRIDGE_RETOLD, BRIDGE_TRADITIONAL), id="other words and script"),
        pytest.param((FLOOD_ENGLISH, FLOOD_RETOLD), id="English"),
    ],
)
def test_the_same_news_comes_together(pair: tuple[Article, Article]) -> None:
    assert together(*pair)


@pytest.mark.parametrize(
    "pair",
    [
        pytest.param((BRIDGE, ORCHESTRA), id="other news"),
        pytest.param((counts(0, 1203, 31), counts(1, 1377, 28)), id="figures of two days"),
        pytest.param(
            (
                market_close(0, 21630.4, 143.2, "投资人担心升息。"),
                market_close(1, 21544.9, 85.5, "芯片股遭到抛售，汽车股也走低。"),
            ),
            id="closes of two days under one headline",
        ),
        pytest.param(
            (BRIDGE, replace(BRIDGE_RETOLD, published=BRIDGE.time + WINDOW + timedelta(hours=1))), id="too late"
        ),
        pytest.param((BRIDGE, replace(BRIDGE_RETOLD, language="en")), id="other language"),
    ],
)
def test_other_news_stays_apart(pair: tuple[Article, Article]) -> None:
    assert all_apart(*pair)


@pytest.mark.parametrize(
    "title", ["今日要闻：青河铁桥垮塌；海湾乐团新指挥", "一周图集：青河铁桥垮塌", "Morning briefing: 青河铁桥"]
)
def test_a_round_up_stays_alone(title: str) -> None:
    assert all_apart(BRIDGE, replace(BRIDGE_RETOLD, title=title))


@pytest.mark.parametrize("kind", ["gallery", "audio"])
def test_galleries_and_audio_stay_alone(kind: str) -> None:
    assert all_apart(BRIDGE, replace(BRIDGE_RETOLD, kind=kind))


def test_a_round_up_published_again_is_the_same() -> None:
    again = replace(BRIDGE, key="herald:again", publisher="herald", url="https://herald.example/again")
    assert together(replace(BRIDGE, title="今日要闻"), replace(again, title="今日要闻"))


def test_wire_copy_comes_together_whatever_its_headline() -> None:
    copy = article("wire", "暴雨中的青河", BRIDGE.text + "\n（本报综合报道）", hours=60, publisher="herald")
    matcher = Matcher()
    event = matcher.place(BRIDGE).event
    placement = matcher.place(copy)
    assert (placement.event, placement.score) == (event, 1.0)
    assert placement.reason == "nearly the same text as morning:bridge"


def test_the_same_page_under_two_keys_is_one_event() -> None:
    moved = article("moved", "另一个标题", "另一篇短文。", publisher="herald", url=BRIDGE.url)
    assert together(BRIDGE, moved)


def test_one_person_in_two_transliterations() -> None:
    """The mainland's and Taiwan's spellings of one name are learned; the rest of both texts is the same news."""
    one = article(
        "visit",
        "特朗普取消访问北岭国",
        "美国前总统特朗普周一宣布，因飞机故障取消原定周三对北岭国的访问。北岭国总理说，希望特朗普秋天再来。",
    )
    other = article(
        "visit-tw",
        "飛機故障 川普取消訪問北嶺國",
        "美國前總統川普週一說，他的飛機故障，原定週三前往北嶺國的訪問取消。北嶺國總理希望川普秋天再訪。",
        hours=2,
        publisher="island",
        language="zh-Hant",
    )
    assert together(one, other)


def test_a_founder_gives_the_event_its_id() -> None:
    found = events([BRIDGE, BRIDGE_RETOLD, ORCHESTRA])
    assert found[BRIDGE.key] == found[BRIDGE_RETOLD.key] == event_id(BRIDGE.key)
    assert found[ORCHESTRA.key] == event_id(ORCHESTRA.key)


def test_an_article_is_placed_once() -> None:
    matcher = Matcher()
    first = matcher.place(BRIDGE)
    second = matcher.place(replace(BRIDGE, title="改过的标题", text="改过的正文"))
    assert (first.founded, second.founded) == (True, False)
    assert second.event == first.event


def test_a_revision_takes_its_articles_place() -> None:
    matcher = Matcher()
    stub = replace(BRIDGE, title="快讯", text="详情稍后。", lead="")
    event = matcher.place(stub).event
    matcher.restore(BRIDGE, event)
    assert matcher.place(BRIDGE_RETOLD).event == event


def test_an_article_without_text_is_placed() -> None:
    empty = article("empty", "", "")
    assert all_apart(empty, replace(empty, key="morning:other", url="https://morning.example/other"))


def test_a_very_large_event_is_not_compared_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    verdicts = Pairs.verdicts

    def counted(self: Pairs, ones: NDArray[np.int64], others: NDArray[np.int64]) -> Verdicts:
        asked.append(len(others))
        return verdicts(self, ones, others)

    monkeypatch.setattr(Pairs, "verdicts", counted)
    matcher = Matcher()
    most = MOST + MOST_TIED
    copies = [replace(BRIDGE, key=f"paper{n}:bridge", url=f"https://paper{n}.example/") for n in range(most + 30)]
    events = {matcher.place(copy).event for copy in copies}
    assert len(events) == 1
    assert MOST_MEMBERS <= max(asked) <= most


@pytest.mark.parametrize(("likely", "believed"), [(0.025, False), (0.05, True)])
def test_a_judge_is_not_believed_against_all_likelihood(
    likely: float, *, believed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def verdicts(self: Pairs, ones: NDArray[np.int64], others: NDArray[np.int64]) -> Verdicts:
        return Verdicts(np.full(len(others), likely), [""] * len(others))

    monkeypatch.setattr(Pairs, "verdicts", verdicts)
    asked: list[Question] = []

    def ask(question: Question) -> tuple[int, ...]:
        asked.append(question)
        return (0,)

    matcher = Matcher(ask=ask)
    founder = matcher.place(BRIDGE)
    assert (matcher.place(BRIDGE_RETOLD).event == founder.event) is believed
    assert len(asked) == 1


def test_bare_headlines_of_one_event_come_together() -> None:
    headlines = [
        article("one", "青河铁桥垮塌酿5人失踪 市长允诺彻查", ""),
        article("two", "青河铁桥垮塌 公车坠河5人失踪", "", hours=2, publisher="herald"),
        article("three", "海湾交响乐团任命首位女指挥", "", hours=3, publisher="herald"),
    ]
    matcher = Matcher()
    first, second, third = (matcher.place(headline).event for headline in headlines)
    assert first == second != third
