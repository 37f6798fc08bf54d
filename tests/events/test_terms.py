"""What an article is compared by."""

from __future__ import annotations

from datetime import date

import pytest

from feedsvc.events.days import days
from feedsvc.events.names import Names
from feedsvc.events.shipped import words
from feedsvc.events.terms import latin_names, quantities, quoted, triples
from feedsvc.text import fold


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("新增1.2万例", {"12000例"}),
        ("新增12,000例，死亡31人", {"12000例", "31人"}),
        ("下跌3.5%，跌幅8%", {"3.5%", "8%"}),
        ("100多名士兵", {"100名"}),
        ("2021年9月22日15时", set()),
        ("3 million people", {"3000000people"}),
        ("两三个人", set()),
    ],
)
def test_quantities_carry_their_unit(text: str, expected: set[str]) -> None:
    assert quantities(fold(text)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("9月22日", [date(2021, 9, 22)]),
        ("22日", [date(2021, 9, 22)]),
        ("30日", [date(2021, 9, 30)]),
        ("5日", [date(2021, 9, 5)]),
        ("昨天和今天", [date(2021, 9, 22), date(2021, 9, 23)]),
        ("周二", [date(2021, 9, 21)]),
        ("周二将举行会谈", [date(2021, 9, 28)]),  # announced: the next
        ("会谈周二举行。周二将首次谈到渔业", [date(2021, 9, 28)] * 2),  # announced once, announced everywhere
        ("下周二", [date(2021, 9, 28)]),
        ("上周二", [date(2021, 9, 14)]),
        ("每周二", []),
        ("next Tuesday", [date(2021, 9, 28)]),
        ("last Tuesday", [date(2021, 9, 14)]),
        ("12月31日", [date(2021, 12, 31)]),
        ("on Wednesday", [date(2021, 9, 22)]),
        ("2月30日", []),
        ("99月99日", []),
    ],
)
def test_days_are_resolved_against_the_articles_own(text: str, expected: list[date]) -> None:
    assert days(fold(text), date(2021, 9, 23)) == expected


def test_days_near_new_year_lie_in_the_right_year() -> None:
    assert days("12月31日", date(2022, 1, 1)) == [date(2021, 12, 31)]
    assert days("1月1日", date(2021, 12, 31)) == [date(2022, 1, 1)]


def test_latin_names_stand_out_of_chinese_text() -> None:
    assert latin_names(fold("史密斯（Jane Smith）与IBM公司")) == {"jane", "smith", "ibm"}


def test_triples_and_pairs_of_words() -> None:
    assert triples("大桥垮塌 harrow dam") == ["大桥垮", "桥垮塌", "harrow dam"]


def test_quotations() -> None:
    assert quoted("他说“绝不后退”，见《河谷日报》") == {"绝不后退", "河谷日报"}


def test_spellings_of_one_name_become_one() -> None:
    names = Names([["布莱恩特", "布莱恩", "拜仁特"]])
    assert names.canonical("布莱恩与拜仁特，布莱恩特") == "布莱恩特与布莱恩特，布莱恩特"
    assert Names([]).canonical("布莱恩") == "布莱恩"


def test_shipped_spellings_lead_to_one() -> None:
    canonical = words().names.canonical
    assert canonical("川普") == canonical("特朗普")
    assert canonical("蒲亭") == canonical("普京")


def test_rare_terms_weigh_more() -> None:
    rarity = words().rarity
    assert rarity.weight("芬太") > rarity.weight("疫苗") > rarity.weight("中国") > 0
