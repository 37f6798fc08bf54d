"""What a request asks for under conditions: unchanged, other, or a part (RFC 9110 sections 13 and 14). Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import formatdate, mktime_tz, parsedate_tz

ENTITY_TAG = re.compile(r'(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"')
ONE_RANGE = re.compile(r"\s*bytes\s*=\s*([0-9]{0,18})\s*-\s*([0-9]{0,18})\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Validators:
    """What tells one version of a representation from another."""

    entity_tag: str  # strong, in quotes
    modified: int  # seconds since 1970

    @property
    def last_modified(self) -> str:
        return formatdate(self.modified, usegmt=True)


def status_for(headers: Mapping[str, str], known: Validators) -> int:
    """200: answer in full; 304: the client has it; 412: the client wants another (in the order of section 13.2.2)."""
    if "if-match" in headers:
        if not _names(headers["if-match"], known.entity_tag, weak=False):
            return 412
    elif (limit := _seconds(headers.get("if-unmodified-since"))) is not None and known.modified > limit:
        return 412
    if "if-none-match" in headers:
        return 304 if _names(headers["if-none-match"], known.entity_tag, weak=True) else 200
    since = _seconds(headers.get("if-modified-since"))
    return 304 if since is not None and known.modified <= since else 200


def _names(field: str, entity_tag: str, *, weak: bool) -> bool:
    if field in (entity_tag, "*"):
        return True
    tags = ENTITY_TAG.findall(field)
    # A proxy that packs on its way makes strong tags weak: the client still has what we have.
    return entity_tag in ([tag.removeprefix("W/") for tag in tags] if weak else tags)


def _seconds(date: str | None) -> int | None:
    """Seconds since 1970 of an HTTP date in any of its three shapes; None where it is none."""
    parsed = parsedate_tz(date) if date else None
    try:
        return int(mktime_tz(parsed)) if parsed else None
    except (OverflowError, ValueError):
        return None


def range_asked(headers: Mapping[str, str], known: Validators, size: int, now: float) -> range | None:
    """The bytes asked for; an empty range: there are none such (416); None: send all.

    Several ranges at once, other units and what is no range are answered in full, which section 14.2 allows.
    """
    asked = ONE_RANGE.fullmatch(headers.get("range", ""))
    if not asked or not any(asked.groups()) or not _range_holds(headers.get("if-range"), known, now):
        return None
    first, last = asked.groups()
    if not first:
        return range(max(0, size - int(last)), size)
    if last and int(last) < int(first):
        return None
    return range(int(first), min(size, int(last) + 1) if last else size)


def _range_holds(condition: str | None, known: Validators, now: float) -> bool:
    if condition is None:
        return True
    if '"' in condition:
        return condition.strip() == known.entity_tag
    # A date is exact to the second: it tells two versions apart only once that second is over (section 8.8.2.2).
    return _seconds(condition) == known.modified and now - known.modified > 1
