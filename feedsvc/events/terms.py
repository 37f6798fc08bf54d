"""What an article is compared by: terms of any script, Latin names, numbers with units, days that the text speaks of.

Pure; works on folded text only (text.fold), so that spellings and scripts do not matter. Called by profile.py.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping
from datetime import date, timedelta

from feedsvc.text import UNSPACED

IDEOGRAPHS = r"\u3400-\u4dbf\u4e00-\u9fff"
SENTENCE_END = re.compile(r"[。!?！？;；\n]|\. ")
SHORTEST_SENTENCE = 8
QUOTED = re.compile('[“"「『《]([^“”"「」『』《》\n]{2,20})[”"」』》]')
LATIN_NAME = re.compile(r"(?<![a-z])[a-z][a-z'’-]{2,}(?![a-z])")
BRACKETED = re.compile(r"[(（]([^()（）]{2,60})[)）]")
SCALES = {"千": 1e3, "万": 1e4, "百万": 1e6, "千万": 1e7, "亿": 1e8, "million": 1e6, "billion": 1e9}
NUMBER = re.compile(
    rf"(?<![\d.])(?<!\d,)(?<![a-z])(\d{{1,3}}(?:,\d{{3}})+(?:\.\d+)?|\d+(?:\.\d+)?)\s?(百万|千万|[千万亿]|million|billion)?(?:多|余)?"
    rf"\s?(%|[{IDEOGRAPHS}]|[a-z]+)?"
)
FIGURE = re.compile(r"\d+(?:[.,]\d+)*")
# Parts of dates and clock times: they are days, not quantities.
CALENDAR_UNITS = frozenset("年月日号时点分")
DAY_OF_MONTH = re.compile(r"(?:(\d{4})年)?(?:(\d{1,2})月)?(\d{1,2})[日号](?![\d本])")
WEEKDAY = re.compile(r"(?<!每)([上下]?)个?(?:周|星期|礼拜)([一二三四五六日天])")
RELATIVE_DAYS = {
    "前天": -2,
    "昨天": -1,
    "昨日": -1,
    "昨晚": -1,
    "今天": 0,
    "今日": 0,
    "今早": 0,
    "今晚": 0,
    "明天": 1,
    "明日": 1,
}
RELATIVE = re.compile("|".join(RELATIVE_DAYS))
ENGLISH_WEEKDAY = re.compile(r"\b(last |next |)(mon|tues|wednes|thurs|fri|satur|sun)day\b")
WEEKS_AWAY = {"上": -1, "last ": -1, "下": 1, "next ": 1}
# Soon after the weekday, in the same clause: what is to come.
ANNOUNCED = re.compile(rf"[{UNSPACED}\w ]{{0,12}}?(?:将|拟|\bwill\b|\bis to\b)")
WEEKDAY_NUMBER = {c: i for i, c in enumerate("一二三四五六日")} | {"天": 6}
WEEKDAY_NUMBER |= {w: i for i, w in enumerate(("mon", "tues", "wednes", "thurs", "fri", "satur", "sun"))}
WORD = re.compile(rf"[^\W\d_{UNSPACED}]+")
RUN = re.compile(rf"[{UNSPACED}]+")


def triples(folded: str) -> list[str]:
    """Triples of characters of unspaced scripts, pairs of words of the others: these tell names from words."""
    found = [run[i : i + 3] for run in RUN.findall(folded) for i in range(len(run) - 2)]
    words = WORD.findall(folded)
    return found + [f"{first} {second}" for first, second in itertools.pairwise(words)]


def sentences(folded: str, most: int) -> list[str]:
    """The first sentences that say something."""
    found = (part for part in SENTENCE_END.split(folded) if len(part) >= SHORTEST_SENTENCE)
    return list(itertools.islice(found, most))


def figures(folded: str) -> set[str]:
    """All numbers as they stand, without units."""
    return set(FIGURE.findall(folded))


def quoted(folded: str) -> set[str]:
    """Words in quotation marks: what was said, titles of works."""
    return set(QUOTED.findall(folded))


def latin_names(folded: str) -> set[str]:
    """Latin words; in text of another script these are names, codes and brands."""
    return set(LATIN_NAME.findall(folded))


def quantities(folded: str) -> set[str]:
    """Numbers of two digits or more with their unit, scaled: "1.2万例" and "12000例" are one."""
    found = set()
    for digits, scale, unit in NUMBER.findall(folded):
        if unit in CALENDAR_UNITS and not scale:
            continue
        value = float(digits.replace(",", "")) * SCALES.get(scale, 1)
        if value >= 10 or "." in digits or unit == "%":
            found.add(f"{value:.10g}{unit}")
    return found


def days(folded: str, near: date) -> list[date]:
    """Days that the text names, in order, resolved to those nearest to `near` (the article's own day)."""
    found = [(m.start(), _day_of_month(m, near)) for m in DAY_OF_MONTH.finditer(folded)]
    found += [(m.start(), near + timedelta(RELATIVE_DAYS[m[0]])) for m in RELATIVE.finditer(folded)]
    found += _weekdays(folded, near)
    return [day for _, day in sorted(found, key=lambda f: f[0]) if day is not None]


def _weekdays(folded: str, near: date) -> list[tuple[int, date]]:
    """Each weekday's place and day. One that is announced anywhere in the text is announced wherever it is named:
    headlines leave out the "will" that their lead has."""
    mentions = [m for pattern in (WEEKDAY, ENGLISH_WEEKDAY) for m in pattern.finditer(folded)]
    coming: dict[int, date] = {}
    for mention in mentions:
        weekday, weeks = WEEKDAY_NUMBER[mention[2]], WEEKS_AWAY.get(mention[1], 0)
        if weeks > 0:
            coming[weekday] = near + timedelta(7 - near.weekday() + weekday)
        elif not weeks and ANNOUNCED.match(folded, mention.end()):
            coming.setdefault(weekday, near + timedelta((weekday - near.weekday()) % 7))
    return [(m.start(), _weekday(WEEKDAY_NUMBER[m[2]], WEEKS_AWAY.get(m[1], 0), coming, near)) for m in mentions]


def _day_of_month(match: re.Match[str], near: date) -> date | None:
    year, month, day = (int(g) if g else None for g in match.groups())
    assert day is not None
    months = (
        [(near.year, month)] if month else [((near - timedelta(b)).year, (near - timedelta(b)).month) for b in (0, 28)]
    )
    candidates = [_date(year or y, m, day) for y, m in months if m]
    candidates += [_date(near.year + step, month, day) for step in (-1, 1) if month and not year]
    return min((c for c in candidates if c), key=lambda c: (abs(c - near), c), default=None)


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _weekday(weekday: int, weeks: int, coming: Mapping[int, date], near: date) -> date:
    """Without further words the last such day up to tomorrow: news speaks of what has just happened, or is about to."""
    if weeks < 0:
        return near + timedelta(weekday - near.weekday() - 7)
    if weekday in coming:
        return coming[weekday]
    return near + timedelta(1 - (near.weekday() + 1 - weekday) % 7)
