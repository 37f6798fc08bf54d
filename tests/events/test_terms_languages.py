"""What articles are compared by, in other languages than Chinese."""

from datetime import date

import pytest

from feedsvc.events.days import days
from feedsvc.events.shipped import words
from feedsvc.events.terms import latin_names, quantities, quoted, triples
from feedsvc.text import fold, tokens

THURSDAY = date(2021, 9, 23)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("الرَّئِيسُ إلى المدينة", "الرئيس الى المدينة"),
        ("الحكـــومة", "الحكومة"),
        ("آسيا وأوروبا", "اسيا واوروبا"),
        ("٢٠٢١", "2021"),
        ("۱۲۳", "123"),
        ("٣٫٥", "3.5"),
        ("İstanbul", "istanbul"),
        ("STRASSE", "Straße"),
        ("ｶﾞｻﾞ", "ガザ"),
        ("２２日", "22日"),
        ("東京", "东京"),
    ],
)
def test_spellings_fold_into_one(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("L’armée d'Espagne, qu'il", ["armée", "espagne", "qu'il"]),
        ("London's O'Brien", ["london", "o'brien"]),
        ("dell'Italia", ["italia"]),
        ("والجيش للجيش الجيش بالجيش", ["جيش"] * 4),
        ("الله", ["الله"]),
        ("首相が東京で", ["首相", "相が", "が东", "东京", "京で"]),
        ("3.5 Millionen", ["3.5", "millionen"]),
    ],
)
def test_tokens_come_without_what_is_written_onto_them(text: str, expected: list[str]) -> None:
    assert tokens(fold(text)) == expected


def test_pairs_of_words_skip_what_is_written_onto_them() -> None:
    assert triples(fold("l’armée d'Espagne")) == ["armée espagne"]


def test_names_keep_their_accents() -> None:
    assert latin_names(fold("Müller et l'Élysée")) == {"müller", "élysée"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1.200 Menschen, 1,5 Millionen Euro, 12,5 Prozent", {"1200menschen", "1500000euro", "12.5%"}),
        ("1 200 personnes, 300 blessés, 3,2 %", {"1200personnes", "300blessés", "3.2%"}),
        ("300 mil personas", {"300000personas"}),
        ("1,200 people, $1.5 billion, 3.125 per cent", {"1200people", "1500000000", "3.125%"}),
        ("٣٠٠ شخص، ١٫٥ مليون دولار، ٢٠ في المئة", {"300شخص", "1500000دولار", "20%"}),
        ("３００人、1.2億円、２０パーセント", {"300人", "120000000円", "20%"}),
    ],
)
def test_numbers_mean_the_same_however_they_are_written(text: str, expected: set[str]) -> None:
    assert quantities(fold(text)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("on September 22, 2021", [date(2021, 9, 22)]),
        ("on 22nd of September", [date(2021, 9, 22)]),
        ("Sept. 5", [date(2021, 9, 5)]),
        ("am 22. September 2021", [date(2021, 9, 22)]),
        ("le 1er octobre", [date(2021, 10, 1)]),
        ("el 22 de septiembre de 2021", [date(2021, 9, 22)]),
        ("في ٢٢ أيلول/سبتمبر", [date(2021, 9, 22)]),
        ("9月22日（水曜日）", [date(2021, 9, 22), date(2021, 9, 22)]),
        ("Saturday, September 25", [date(2021, 9, 25)]),  # one day, told twice
        ("mardi dernier", [date(2021, 9, 21)]),
        ("am Dienstagabend", [date(2021, 9, 21)]),
        ("el próximo lunes", [date(2021, 9, 27)]),
        ("Samstag wird gewählt", [date(2021, 9, 25)]),
        ("الثلاثاء الماضي", [date(2021, 9, 21)]),
        ("yesterday, gestern, ayer, أمس, きのう", [date(2021, 9, 22)] * 5),
        ("USA Today", []),
        ("3 out of 5 may have won 6 sets", []),
        ("30 février, 99 May", []),
    ],
)
def test_days_are_told_in_many_languages(text: str, expected: list[date]) -> None:
    assert days(fold(text), THURSDAY) == expected


def test_quotation_marks_of_other_countries() -> None:
    text = "„Wir machen weiter“ « Nous ne céderons pas » “We will not give up on this” 「がんばる」"
    assert quoted(fold(text)) == {
        "wir machen weiter",
        "nous ne céderons pas",
        "we will not give up on this",
        "がんばる",
    }


@pytest.mark.parametrize("common", ["the", "said", "der", "wurde", "dans", "según", "في", "して", "of the"])
def test_the_commonest_words_of_a_language_say_little(common: str) -> None:
    rarity = words().rarity
    assert rarity.weight(common) < rarity.weight("北京") < rarity.weight("kryptonite")
