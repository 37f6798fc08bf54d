"""What places a text names, whatever language it is written in."""

import pytest

from feedsvc.events.places import place_name, places
from feedsvc.text import fold


def named(text: str) -> list[str]:
    return places(fold(text))


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("DE", "Germany Deutschland Allemagne Alemania Germania Alemanha Германия ألمانيا ドイツ 德国 德國"),
        ("KP", "朝鲜 北韓 北朝鮮 Nordkorea КНДР"),
        ("KR", "韩国 南韓 Südkorea"),
        ("RU", "俄国 俄羅斯 Russland Russie Rusia روسيا ロシア"),
        ("IT", "義大利 意大利 Italie"),
        ("NZ", "紐西蘭 新西兰 Neuseeland"),
        ("SA", "沙烏地 沙特 沙特阿拉伯 السعودية"),
        ("EU", "欧盟 歐盟"),
        ("UN", "联合国 聯合國"),
        ("Europe/Paris", "巴黎 Paris Parigi París باريس パリ Париж"),
        ("CN-BJ", "北京 Beijing Peking Pékin"),
    ],
)
def test_one_place_has_one_code_in_every_language(code: str, names: str) -> None:
    assert {name: named(name) for name in names.split()} == {name: [code] for name in names.split()}


def test_places_come_in_the_order_in_which_they_are_named() -> None:
    assert named("Von Paris nach Deutschland und zurück nach Paris") == ["Europe/Paris", "DE", "Europe/Paris"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Nigeria, not Niger", ["NG", "NE"]),
        ("South Sudan and Sudan", ["SS", "SD"]),
        ("印度尼西亚与印度", ["ID", "IN"]),
        ("新墨西哥州与墨西哥", ["MX"]),
        ("New Mexico and Mexico", ["MX"]),
        ("理查德与阿曼达", []),
    ],
)
def test_the_longest_name_counts_and_those_inside_it_do_not(text: str, expected: list[str]) -> None:
    assert named(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Germanys Malian chinaware", []),
        ("l’Allemagne, d'Espagne", ["DE", "ES"]),
        ("在Germany的德国人", ["DE", "DE"]),
        ("タイトルとタイヤ", []),
        ("タイとフランス人", ["TH", "FR"]),
        ("وفرنسا بألمانيا للولايات المتحدة", ["FR", "DE", "US"]),
        ("فرنسية", []),
        ("U.S. forces, U.K. ministers", ["US", "GB"]),
        ("COTE D'IVOIRE, ÉTATS-UNIS, Etats-Unis", ["CI", "US", "US"]),
    ],
)
def test_names_are_whole_words(text: str, expected: list[str]) -> None:
    assert named(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "the chairs of the reunion met Michael Jordan, Chad and Georgia on an island",
        "la réunion du conseil, seul au monde, une grenade",
        "la paz, una casa antigua",
        "مالي وعمان",
        "我国连续三天",
    ],
)
def test_everyday_words_and_given_names_are_no_places(text: str) -> None:
    assert named(text) == []


@pytest.mark.parametrize("text", ["", "a", "马", "里" * 3])
def test_hardly_any_text_names_no_place(text: str) -> None:
    assert named(text) == []


def test_a_code_has_a_name_for_people() -> None:
    assert [place_name(code) for code in ("FR", "Europe/Kyiv", "US-CA", "??")] == ["France", "Kyiv", "California", "??"]
