"""Times as feeds write them: RFC 822 and RFC 3339 with all that publishers do to them.

Pure: no clock (a missing year is not this one) and no zone of this machine. A time without a zone counts as UTC, which
is what both standards' readers have always taken it for; a day without a time stays a day.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

LONGEST_TIME = 100  # characters
CLOCK = (
    r"(?P<hour>\d{1,2}):(?P<minute>\d{1,2})(?::(?P<second>\d{1,2})(?:[.,]\d+)?)?"
    r"(?:\s*(?P<half>[ap])\.?m\b\.?)?\s*\(?(?P<zone>Z\b|[A-Za-z/_]{0,20}[+-]\d{1,2}:?\d{0,2}|[A-Za-z]{1,5}\b(?!\s*,))?\)?"
)
DAY_NAME = r"(?:[^\W\d_]{2,12}[.,\s]+)?"
FORMS = tuple(
    re.compile(form, re.IGNORECASE)
    for form in (
        # 2024-01-30T14:43:52Z, 2024-01-30 14:43, 20240130T144352Z, 2024/01/30, 2024年1月30日 14:43
        rf"(?P<year>\d{{4}})\s*[-/.年]\s*(?P<month>\d{{1,2}})\s*[-/.月]\s*(?P<day>\d{{1,2}})\s*日?(?!\d)"
        rf"(?:(?:T|\s|,)*(?:{CLOCK})?)?",
        r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})"
        r"(?:T?(?P<hour>\d{2}):?(?P<minute>\d{2}):?(?:(?P<second>\d{2})(?:[.,]\d+)?)?\s*(?P<zone>Z|[+-]\d{2}:?\d{0,2})?)?$",
        # Tue, 30 Jan 2024 14:43:52 +0100; 30-Jan-24
        rf"{DAY_NAME}(?P<day>\d{{1,2}})(?:st|nd|rd|th)?[\s-]+(?P<name>[^\W\d_]{{3,12}})\.?,?[\s-]+(?P<year>\d{{2}}|\d{{4}})"
        rf"(?!\d)(?:[,\s]*(?:{CLOCK})?)?",
        # Tue, Jan 30 2024 14:43; January 30, 2024
        rf"{DAY_NAME}(?P<name>[^\W\d_]{{3,12}})\.?\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<year>\d{{4}})"
        rf"(?:[,\s]*(?:{CLOCK})?)?",
        # Tue Jan 30 14:43:52 UTC 2024
        rf"{DAY_NAME}(?P<name>[^\W\d_]{{3,12}})\s+(?P<day>\d{{1,2}})\s+{CLOCK}\s*(?P<year>\d{{4}})",
    )
)
MONTHS = {
    name: number
    for number, names in enumerate(
        (
            *("jan ene gen янв", "feb fév fev feb fév фев", "mar mär mrt мар", "apr avr abr апр"),
            *("may mai mag mei май мая", "jun juin giu июн", "jul juil lug июл", "aug aoû aou ago авг"),
            *("sep set сен", "oct okt ott out окт", "nov ноя", "dec déc dez dic дек"),
        ),
        1,
    )
    for name in names.split()
}
# Hours east of Greenwich; the first row is RFC 822's, which wins where an abbreviation has several meanings.
ZONES = {
    **{"ut": 0, "gmt": 0, "utc": 0, "z": 0, "edt": -4, "est": -5, "cdt": -5, "cst": -6, "mdt": -6, "mst": -7},
    **{"pdt": -7, "pst": -8, "ast": -4, "adt": -3, "akst": -9, "akdt": -8, "hst": -10, "et": -5, "ct": -6, "mt": -7},
    **{
        "pt": -8,
        "at": -4,
        "wet": 0,
        "west": 1,
        "bst": 1,
        "cet": 1,
        "cest": 2,
        "met": 1,
        "mez": 1,
        "mest": 2,
        "mesz": 2,
    },
    **{"eet": 2, "eest": 3, "msk": 3, "pkt": 5, "hkt": 8, "sgt": 8, "awst": 8, "jst": 9, "kst": 9, "aest": 10},
    **{"aedt": 11, "nzst": 12, "nzdt": 13, "sast": 2, "brt": -3, "a": -1, "m": -12, "n": 1, "y": 12},
}
OFFSET = re.compile(r"([+-])(\d{1,2}):?(\d{2})?$")


class Time(NamedTuple):
    """The instant in UTC, or only the day, or nothing."""

    moment: datetime | None = None
    day: date | None = None


def read_time(stated: str) -> Time:
    """The stated time to the second; nothing where it is none that exists."""
    words = stated[:LONGEST_TIME].strip()
    for form in FORMS:
        if match := form.match(words):
            return _time(match.groupdict())
    return Time()


def _time(parts: dict[str, str | None]) -> Time:
    name = parts.get("name")
    month = _month(name) if name else int(parts["month"] or 0)
    try:
        day = date(_year(parts["year"] or ""), month, int(parts["day"] or 0))
        if parts["hour"] is None:
            return Time(day=day)
        hour, minute, second = (int(parts[unit] or 0) for unit in ("hour", "minute", "second"))
        return Time(
            _instant(day, timedelta(hours=_of_day(hour, parts.get("half")), minutes=minute, seconds=second), parts)
        )
    except (ValueError, OverflowError):
        return Time()


def _instant(day: date, since_midnight: timedelta, parts: dict[str, str | None]) -> datetime:
    """Raises ValueError for a time that no day has; 24:00 and leap seconds are the next day's and minute's first."""
    if since_midnight > timedelta(days=1) or int(parts["minute"] or 0) > 59 or int(parts["second"] or 0) > 60:
        raise ValueError
    return datetime(day.year, day.month, day.day, tzinfo=UTC) + since_midnight - _offset(parts["zone"] or "")


def _of_day(hour: int, half: str | None) -> int:
    return hour if half is None else hour % 12 + (12 if half.lower() == "p" else 0)


def _year(digits: str) -> int:
    """Two digits (RFC 822) are of the years from 1970 to 2069, as in POSIX."""
    year = int(digits)
    return year if len(digits) > 2 else year + (2000 if year < 70 else 1900)


def _month(name: str) -> int:
    name = name.lower()
    return MONTHS.get(name[:3]) or MONTHS.get(name[:4]) or 0


def _offset(zone: str) -> timedelta:
    """What is to be taken off local time; unknown names count as UTC."""
    if match := OFFSET.search(zone):
        offset = timedelta(hours=int(match[2]), minutes=int(match[3] or 0))
        return -offset if match[1] == "-" else offset
    return timedelta(hours=ZONES.get(zone.lower(), 0))
