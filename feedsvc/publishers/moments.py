"""Times as publishers write them. Nothing is invented: a time without a zone is only known by its day.

Called by adapters, which know their publisher's zone where it has one.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

ISO = re.compile(
    r"(?<!\d)(\d{4})-(\d{2})-(\d{2})"
    r"(?:[T ]\s?(\d{2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?\s?(Z|UTC|GMT|[+-]\d{2}:?\d{2})?)?(?!\d)"
)
RFC_822 = re.compile(r"(?:[A-Z][a-z]{2}, )?\d{1,2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}(?::\d{2})? (?:[A-Z]{1,4}|[+-]\d{4})")
SLASHED = re.compile(r"(?<!\d)(\d{1,2})/(\d{1,2})/(\d{4})(?:\s*-?\s*(\d{1,2}):(\d{2}))?(?!\d)")
CHINESE_DAY = re.compile(r"(?<!\d)(\d{4})年(\d{1,2})月(\d{1,2})日")
REPUBLICAN_DAY = re.compile(
    r"(?<!\d)(1\d{2})(0[1-9]|1[0-2])([0-2]\d|3[01])(?!\d)"
)  # of the Republic of China: 1 = 1912
# Days in links: /20201117-slug, /202011170169.aspx, story20201117-1, /2020/11/17/, /20/11/17/, jt-11172020094049.html
LINK_DAYS = (
    re.compile(r"(?<!\d)(?P<y>(?:19|20)\d{2})(?P<m>0[1-9]|1[0-2])(?P<d>0[1-9]|[12]\d|3[01])"),
    re.compile(r"/(?P<y>(?:19|20)\d{2})[/-](?P<m>\d{1,2})[/-](?P<d>\d{1,2})(?!\d)"),
    re.compile(r"/(?P<y>\d{2})/(?P<m>\d{1,2})/(?P<d>\d{1,2})/"),
    re.compile(r"-(?P<m>0[1-9]|1[0-2])(?P<d>0[1-9]|[12]\d|3[01])(?P<y>20\d{2})\d{6}(?!\d)"),
)


class Stated(NamedTuple):
    """What a publisher says of a time: the instant, or only the day, or nothing."""

    moment: datetime | None = None
    day: date | None = None


def read_time(words: str) -> Stated:
    """The first time in the words: ISO 8601, RFC 822, or a day as Chinese writes it."""
    if match := RFC_822.search(words):
        return _rfc_822(match[0])
    if match := ISO.search(words):
        return _iso(match)
    if match := CHINESE_DAY.search(words):
        return Stated(day=_day(match[1], match[2], match[3]))
    return Stated()


def _rfc_822(words: str) -> Stated:
    try:
        moment = parsedate_to_datetime(words)
    except (ValueError, OverflowError):
        return Stated()
    return Stated(moment.astimezone(UTC)) if moment.tzinfo else Stated(day=moment.date())


def _iso(match: re.Match[str]) -> Stated:
    year, month, day, hour, minute, second, zone = match.groups()
    if hour is None or zone is None:
        return Stated(day=_day(year, month, day))
    try:
        offset = zone if zone[0] in "+-" else "+00:00"
        moment = datetime.fromisoformat(f"{year}-{month}-{day}T{hour}:{minute}:{second or '00'}{offset}")
        return Stated(moment.astimezone(UTC))
    except (ValueError, OverflowError):
        return Stated()


def read_slashed(words: str, zone: ZoneInfo) -> Stated:
    """Day/month/year with or without a wall-clock time of the zone ("29/01/2024 - 00:00")."""
    match = SLASHED.search(words)
    if match is None:
        return Stated()
    day, month, year, hour, minute = match.groups()
    try:
        if hour is None:
            return Stated(day=date(int(year), int(month), int(day)))
        local = datetime(int(year), int(month), int(day), int(hour), int(minute), tzinfo=zone)
        return Stated(local.astimezone(UTC))
    except (ValueError, OverflowError):
        return Stated()


def day_in_link(url: str) -> date | None:
    """The day that many publishers put into an article's address."""
    for pattern in LINK_DAYS:
        if match := pattern.search(url):
            year = match["y"] if len(match["y"]) == 4 else f"20{match['y']}"
            return _day(year, match["m"], match["d"])
    return None


def republican_day(digits: str) -> date | None:
    """Seven digits of Taiwan's calendar ("1091117": 17 November 2020)."""
    match = REPUBLICAN_DAY.fullmatch(digits)
    return _day(str(int(match[1]) + 1911), match[2], match[3]) if match else None


def _day(year: str, month: str, day: str) -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None
