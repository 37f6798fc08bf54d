"""Whether what was read agrees with what a corpus claims: the same to a reader of the feed, not letter by letter."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from html import unescape
from urllib.parse import unquote, urljoin

from bench.parsing.corpus import GUID, LINK, TEXT, TIME, TITLE, Claim
from feedsvc.model import Draft
from feedsvc.sources.feed import ParsedFeed
from feedsvc.sources.feed.plain import from_html

GATED = (TITLE, LINK, GUID, TIME)
TAGS = re.compile(r"<!--.*?-->|</?[a-zA-Z][^<>]*>", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Reading:
    """What came of one file: a feed with the drafts of all its entries, or a problem."""

    feed: ParsedFeed | None = None
    drafts: Sequence[Draft] = ()
    problem: str = ""


@dataclass(slots=True)
class Agreement:
    agreed: Counter[str] = field(default_factory=Counter)
    differed: Counter[str] = field(default_factory=Counter)
    silent: Counter[str] = field(default_factory=Counter)  # the corpus claims something, the reader nothing
    differences: list[str] = field(default_factory=list)

    def judge(self, base: str, where: str, claims: Sequence[Claim], reading: Reading) -> None:
        for claim in claims:
            place = (
                f"{where}: {'feed' if claim.entry is None else f'entry {claim.entry}'} {claim.field}: {claim.value!r}"
            )
            read = _read(claim, reading)
            if not read:
                self.silent[claim.meaning] += 1
                self.differences.append(f"{place}, read nothing")
            elif any(same(claim, value, base) for value in read):
                self.agreed[claim.meaning] += 1
            else:
                self.differed[claim.meaning] += 1
                self.differences.append(f"{place}, read {read!r}")

    def share(self, meaning: str) -> float:
        """Of the values that both sides state."""
        return self.agreed[meaning] / max(1, self.agreed[meaning] + self.differed[meaning])

    @property
    def total(self) -> float:
        """The share over title, link, id and date together."""
        agreed, differed = (sum(counts[m] for m in GATED) for counts in (self.agreed, self.differed))
        return agreed / max(1, agreed + differed)


def _read(claim: Claim, reading: Reading) -> list[str | datetime]:
    """What was read of it: nothing, or each thing that may stand for it."""
    if claim.entry is None:
        feed = reading.feed
        return [value for value in ({TITLE: feed.title, LINK: feed.home}[claim.meaning],) if value] if feed else []
    if claim.entry >= len(reading.drafts):
        return []
    draft = reading.drafts[claim.entry]
    if claim.meaning == TIME:
        return _times(claim, draft)
    values = {TITLE: (draft.title,), LINK: (draft.url,), GUID: (draft.guid,), TEXT: (draft.lead, from_html(draft.html))}
    return [value for value in values[claim.meaning] if value]


def _times(claim: Claim, draft: Draft) -> list[str | datetime]:
    """A feed's several kinds of date have two places in a draft."""
    day = draft.published_day
    first = draft.published or (datetime(day.year, day.month, day.day, tzinfo=UTC) if day else None)
    time = draft.modified or first if "updated" in claim.field else first
    return [time] if time else []


def same(claim: Claim, read: str | datetime, base: str) -> bool:
    if isinstance(claim.value, datetime) or isinstance(read, datetime):
        return claim.value == read or _seconds_apart(claim.value, read) < 1
    if claim.meaning == LINK:
        return _address(claim.value, base) == _address(read, base)
    return _words(claim.value) == _words(read)


def _seconds_apart(one: object, other: object) -> float:
    assert isinstance(one, datetime) and isinstance(other, datetime)
    return abs((one - other).total_seconds())


def _address(value: str, base: str) -> str:
    return unquote(urljoin(base, unescape(value.strip())))


def _words(value: str) -> str:
    shown = unescape(unescape(TAGS.sub("", value)))
    return " ".join(unicodedata.normalize("NFC", TAGS.sub("", shown)).split())
