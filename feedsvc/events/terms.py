"""What an article is compared by: terms of any script, Latin names, numbers with units. Days: days.py.

Pure; works on folded text only (text.fold), so that spellings and scripts do not matter. Called by profile.py.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator

from feedsvc.text import UNSPACED, plain_word

IDEOGRAPHS = r"\u3400-\u4dbf\u4e00-\u9fff"
QUOTED = re.compile(
    '[“"「『《]([^“”"「」『』《》\n]{2,20})[”"」』》]'
    # Elsewhere words are longer, and quotation marks have other shapes.
    rf'|«\s?([^«»\n]{{2,80}}?)\s?»|„([^„“”\n]{{2,80}})[“”]|[“"]([^“”"{UNSPACED}\n]{{21,80}})[”"]'
)
LETTER = "a-zà-öø-ɏ"  # of the Latin script, folded
LATIN_NAME = re.compile(rf"(?<![{LETTER}])[{LETTER}][{LETTER}'’-]{{2,}}(?![{LETTER}])")
SCALES = {"千": 1e3, "万": 1e4, "百万": 1e6, "千万": 1e7, "亿": 1e8}
SCALE_WORDS = {
    1e3: "thousand tausend mille mila mil тыс. тысяч الف الاف",
    1e6: "million millions mio. millionen millones millón milioni milione milhões milhão млн مليون ملايين",
    1e9: "billion mrd. milliarde milliarden milliard milliards miliardi miliardo bilhões млрд مليار مليارات",
}
PER_CENT = (
    *("percent", "per cent", "prozent", "pour cent", "por ciento", "por cento", "процентов", "パーセント"),
    *("بالمئة", "في المئة", "بالمائة", "في المائة"),
)
SPACED = rf"[^\W\d_{UNSPACED}]"


def _any_of(words: Iterable[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=lambda word: (-len(word), word)))


WORD_SCALES = {word: scale for scale, words in SCALE_WORDS.items() for word in words.split()} | {"mil millones": 1e9}
NUMBER = re.compile(
    rf"(?<![\d.])(?<!\d,)(?<![{LETTER}])(?:"
    # As written on the Continent, where what follows is a word of its languages: 1.200, 1 200, 1,5
    rf"(?P<continental>\d{{1,3}}(?:[. ]\d{{3}})+(?:,\d+)?(?=\s(?!{_any_of(PER_CENT)}){SPACED}{{2}})|"
    rf"\d+,\d{{1,2}}(?=\s?(?:%|{SPACED}{{2}})))"
    rf"|(?P<plain>\d{{1,3}}(?:,\d{{3}})+(?:\.\d+)?|\d+(?:\.\d+)?))"
    rf"\s?(?P<scale>百万|千万|[千万亿]|(?:{_any_of(WORD_SCALES)})(?!{SPACED}))?(?:多|余)?"
    rf"\s?(?P<unit>%|(?:{_any_of(PER_CENT)})(?!{SPACED})|[{IDEOGRAPHS}]|{SPACED}+)?"
)
DIGIT = re.compile(r"\d")
FIGURE = re.compile(r"\d+(?:[.,]\d+)*")
# Parts of dates and clock times: they are days, not quantities.
CALENDAR_UNITS = frozenset("年月日号时点分")
WORD = re.compile(rf"{SPACED}+(?:['’]{SPACED}+)*")
RUN = re.compile(rf"[{UNSPACED}]+")


def triples(folded: str) -> list[str]:
    """Triples of characters of unspaced scripts, pairs of words of the others: these tell names from words."""
    found = [run[i : i + 3] for run in RUN.findall(folded) for i in range(len(run) - 2)]
    words = [plain_word(word) for word in WORD.findall(folded)]
    return found + [f"{first} {second}" for first, second in itertools.pairwise(words)]


def figures(folded: str) -> set[str]:
    """All numbers as they stand, without units."""
    return set(FIGURE.findall(folded))


def quoted(folded: str) -> set[str]:
    """Words in quotation marks: what was said, titles of works."""
    return {next(filter(None, groups)) for groups in QUOTED.findall(folded)}


def latin_names(folded: str) -> set[str]:
    """Latin words; in text of another script these are names, codes and brands."""
    return {plain_word(name) for name in LATIN_NAME.findall(folded)}


def quantities(folded: str) -> set[str]:
    """Numbers of two digits or more with their unit, scaled: "1.2万例" and "12000例" are one."""
    found = set()
    for match in _numbers(folded):
        scale, unit = match["scale"] or "", match["unit"] or ""
        if unit in CALENDAR_UNITS and not scale:
            continue
        digits, value = _value(match)
        value *= (SCALES | WORD_SCALES).get(scale, 1)
        if unit in PER_CENT:
            unit = "%"
        if value >= 10 or "." in digits or unit == "%":
            found.add(f"{value:.10g}{unit}")
    return found


def _numbers(folded: str) -> Iterator[re.Match[str]]:
    """As `NUMBER.finditer`, which would try the whole pattern at every character."""
    digit = DIGIT.search(folded)
    while digit:
        match = NUMBER.match(folded, digit.start())
        if match:
            yield match
        digit = DIGIT.search(folded, match.end() if match else digit.end())


def _value(match: re.Match[str]) -> tuple[str, float]:
    """As digits with a point, and as a number."""
    continental = match["continental"]
    digits = re.sub("[. ]", "", continental).replace(",", ".") if continental else match["plain"].replace(",", "")
    return digits, float(digits)
