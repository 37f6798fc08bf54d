"""Days that a text speaks of, in many languages, resolved against the day of its article.

Pure; works on folded text only (text.fold). What months and weekdays are called elsewhere than in Chinese and Japanese
is shipped as calendar.tsv (bench/places.py, from CLDR). Called by profile.py.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from feedsvc.events import shipped
from feedsvc.text import UNSPACED

DAY_OF_MONTH = re.compile(r"(?:(\d{4})年)?(?:(\d{1,2})月)?(\d{1,2})[日号](?![\d本])")
WEEKDAY = re.compile(r"(?<!每)([上下]?)个?(?:周|星期|礼拜)([一二三四五六日天])")
JAPANESE_WEEKDAY = re.compile("([月火水木金土日])曜")
RELATIVE_DAYS = dict.fromkeys(("前天",), -2)
RELATIVE_DAYS |= dict.fromkeys(("昨天", "昨日", "昨晚", "きのう"), -1)
RELATIVE_DAYS |= dict.fromkeys(("今天", "今日", "今早", "今晚", "きょう"), 0)
RELATIVE_DAYS |= dict.fromkeys(("明天", "明日", "あす", "あした"), 1)
# Whole words. Not those that mean something else in another language or place: hier, morgen, mañana, اليوم.
RELATIVE_WORDS = dict.fromkeys(("yesterday", "gestern", "ayer", "ieri", "ontem", "вчера", "امس", "البارحة"), -1)
RELATIVE_WORDS |= dict.fromkeys(("today", "tonight", "aujourd'hui", "aujourd’hui", "heute", "hoy"), 0)
RELATIVE_WORDS |= dict.fromkeys(("oggi", "hoje", "сегодня"), 0)
RELATIVE_WORDS |= dict.fromkeys(("tomorrow", "demain", "domani", "amanhã", "завтра", "غدا"), 1)
NEWSPAPERS = r"(?<!usa )(?<!russia )(?<!india )"  # USA Today
# In English the week before or after this one; elsewhere the next such day.
WEEKS_AWAY = {"上": -1, "last": -1, "下": 1, "next": 1}
COMING = frozenset(["kommenden", "nächsten", "prochain", "próximo", "prossimo", "المقبل", "القادم"])
GERMAN_DAY = re.compile(r"tag$|^mittwoch$")
PARTS = ("abend", "morgen", "mittag", "nachmittag", "vormittag", "nacht")  # of a day, written onto it
# Soon after the weekday, in the same clause: what is to come.
ANNOUNCED = re.compile(
    rf"[{UNSPACED}\w ]{{0,12}}?(?:将|拟|\b(?:will|is to|wird|werden|soll|sollen|doit|doivent|sera|seront|será|serán)\b)"
)
BESIDE = 6  # characters between a weekday and its date: ", dem "
CHINESE_WEEKDAYS = {c: i for i, c in enumerate("一二三四五六日")} | {"天": 6}
WORD = re.compile(rf"[^\W\d_{UNSPACED}]{{2,}}")
LETTER = rf"[^\W\d_{UNSPACED}]"


@dataclass(frozen=True, slots=True)
class _Calendar:
    months: Mapping[str, int]
    weekdays: Mapping[str, int]
    words: frozenset[str]  # of the names: a text without any of them need not be searched
    day_month: re.Pattern[str]
    month_day: re.Pattern[str]
    weekday: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class _Mention:
    """A weekday that is named."""

    start: int
    end: int
    weekday: int  # 0: Monday
    weeks: int = 0  # -1: of last week, 1: of next
    coming: bool = False


@functools.cache
def _calendar() -> _Calendar:
    months, weekdays = parse_calendar(shipped.calendar())
    weekdays |= {day + part: number for day, number in weekdays.items() if GERMAN_DAY.search(day) for part in PARTS}
    month, modifier = _any_of(months), _any_of(("last", "next", *COMING))
    return _Calendar(
        months,
        weekdays,
        frozenset(word for name in (*months, *weekdays, *RELATIVE_WORDS) for word in WORD.findall(name)),
        re.compile(
            rf"(?<![\d.,])(\d{{1,2}})(?:st|nd|rd|th|er|\.|o)? (?:of |de |d['’])?({month})"
            rf"(?!{LETTER}| (?:have|be|not)\b)"
            r"(?:,? (?:de |del )?(\d{4})(?!\d))?"
        ),
        re.compile(rf"(?<!{LETTER})({month}) (\d{{1,2}})(?:st|nd|rd|th)?(?![\d:%]|[.,]\d)(?:,? (\d{{4}})(?!\d))?"),
        re.compile(rf"(?<!{LETTER})(?:({modifier}) )?({_any_of(weekdays)})(?!{LETTER})(?: ({modifier})(?!{LETTER}))?"),
    )


def parse_calendar(text: str) -> tuple[dict[str, int], dict[str, int]]:
    """Months by name, 1 to 12, and weekdays, 0 for Monday: reads "month 5<TAB>name<TAB>name…" a line."""
    found: dict[str, dict[str, int]] = {"month": {}, "weekday": {}}
    for line in text.splitlines():
        if line and not line.startswith("#"):
            key, *names = line.split("\t")
            kind, number = key.split(" ")
            found[kind] |= dict.fromkeys(names, int(number))
    return found["month"], found["weekday"]


def _any_of(words: Iterable[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=lambda word: (-len(word), word)))


RELATIVE = re.compile("|".join(RELATIVE_DAYS))
RELATIVE_WORD = re.compile(f"{NEWSPAPERS}(?<!{LETTER})(?:{_any_of(RELATIVE_WORDS)})(?!{LETTER})")


def days(folded: str, near: date) -> list[date]:
    """Days that the text names, in order, resolved to those nearest to `near` (the article's own day)."""
    found = [(m.start(), _day_of_month(m, near)) for m in DAY_OF_MONTH.finditer(folded)]
    foreign = not _calendar().words.isdisjoint(WORD.findall(folded))
    months = list(_named_months(folded, near)) if foreign else []
    dated = [start for start, _ in months]
    found += months
    found += [(m.start(), near + timedelta(RELATIVE_DAYS[m[0]])) for m in RELATIVE.finditer(folded)]
    relative = RELATIVE_WORD.finditer(folded) if foreign else ()
    found += [(m.start(), near + timedelta(RELATIVE_WORDS[m[0]])) for m in relative]
    # "Saturday, September 25" is one day, told twice.
    mentions = [m for m in _mentions(folded, foreign=foreign) if not any(0 < d - m.end <= BESIDE for d in dated)]
    found += _weekdays(mentions, folded, near)
    return [day for _, day in sorted(found, key=lambda f: f[0]) if day is not None]


def _named_months(folded: str, near: date) -> Iterator[tuple[int, date | None]]:
    calendar = _calendar()
    for m in calendar.day_month.finditer(folded):
        yield m.start(), _nearest(int(m[3] or 0), calendar.months[m[2]], int(m[1]), near)
    for m in calendar.month_day.finditer(folded):
        # "20 March 15 people": the number before the month is its day.
        if not re.search(r"\d(?:st|nd|rd|th|er|\.|o)? (?:of |de |d['’])?$", folded[: m.start()][-8:]):
            yield m.start(), _nearest(int(m[3] or 0), calendar.months[m[1]], int(m[2]), near)


def _weekdays(mentions: Sequence[_Mention], folded: str, near: date) -> list[tuple[int, date]]:
    """Each weekday's place and day. One that is announced anywhere in the text is announced wherever it is named:
    headlines leave out the "will" that their lead has."""
    coming: dict[int, date] = {}
    for mention in mentions:
        if mention.weeks > 0:
            coming[mention.weekday] = near + timedelta(7 - near.weekday() + mention.weekday)
        elif not mention.weeks and (mention.coming or ANNOUNCED.match(folded, mention.end)):
            coming.setdefault(mention.weekday, near + timedelta((mention.weekday - near.weekday()) % 7))
    return [(m.start, _weekday(m.weekday, m.weeks, coming, near)) for m in mentions]


def _mentions(folded: str, *, foreign: bool) -> Iterator[_Mention]:
    for m in WEEKDAY.finditer(folded):
        yield _Mention(m.start(), m.end(), CHINESE_WEEKDAYS[m[2]], WEEKS_AWAY.get(m[1], 0))
    for m in JAPANESE_WEEKDAY.finditer(folded):
        yield _Mention(m.start(), m.end(), "月火水木金土日".index(m[1]))
    calendar = _calendar()
    for m in calendar.weekday.finditer(folded) if foreign else ():
        modifiers = {m[1], m[3]}
        weeks = sum(WEEKS_AWAY.get(modifier or "", 0) for modifier in modifiers)
        yield _Mention(m.start(), m.end(), calendar.weekdays[m[2]], weeks, bool(modifiers & COMING))


def _day_of_month(match: re.Match[str], near: date) -> date | None:
    year, month, day = (int(g) if g else 0 for g in match.groups())
    if month:
        return _nearest(year, month, day, near)
    months = [near - timedelta(back) for back in (0, 28)]
    return _closest((_date(year or m.year, m.month, day) for m in months), near)


def _nearest(year: int, month: int, day: int, near: date) -> date | None:
    """`year` 0: none is named."""
    return _closest((_date(y, month, day) for y in ((year,) if year else range(near.year - 1, near.year + 2))), near)


def _closest(candidates: Iterable[date | None], near: date) -> date | None:
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
