"""What is asked of a server and what came of it: the values between fetching and everyone else.

Pure. Every way out of a fetch is an Answer; its outcome says which. Headers are read here, tolerantly: what does not
make sense counts as not stated. Built by `fetch`, judged by `schedule`, read by the conductors.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Literal

PERMANENT = frozenset({301, 308})
REDIRECTS = PERMANENT | {302, 303, 307}
DOCUMENTS = frozenset({200, 203})  # 203: changed by a proxy on the way
# What to do about a refusal, for the operator; RFC 9110 section 15 and RFC 6585.
REMEDIES = {
    401: "write the user and password into its url, or ask the publisher for access",
    403: "the publisher turns us away; see whether the url opens in a browser, and ask the publisher",
    404: "look for the feed's new url on the publisher's site",
    407: "correct the proxy's user and password",
    429: 'the publisher wants fewer requests; raise "every" of its sources',
    451: "it is blocked for legal reasons; disable the source",
}
MAX_AGE = re.compile(r'(?:^|[\s,])max-age\s*=\s*"?(\d{1,10})', re.IGNORECASE)
CHARSET = re.compile(r'charset\s*=\s*["\']?([\w.:+-]+)', re.IGNORECASE | re.ASCII)


class FetchError(Exception):
    """Ends one fetch; the message is the problem in one clause. Never leaves this room."""


@dataclass(frozen=True, slots=True)
class Request:
    source: str  # id of the source in the configuration
    url: str  # http or https; a user and password in it go to that origin only
    etag: str = ""  # as the server gave it last time, to the byte (Latin-1)
    last_modified: str = ""  # likewise
    digest: str = ""  # of the body last time
    wanted: Literal["feed", "page", "json", "robots"] = "feed"


@dataclass(frozen=True, slots=True)
class Redirect:
    status: int
    url: str  # where it led to


@dataclass(frozen=True, slots=True)
class Received:
    """A document that differs from last time's."""

    body: bytes  # decompressed
    digest: str  # SHA-256 of the body, hexadecimal
    media_type: str  # "application/rss+xml", lower case; empty where not stated
    charset: str  # as stated in Content-Type; empty where not stated


@dataclass(frozen=True, slots=True)
class Unchanged:
    by: Literal["status", "digest"]  # the server said so (304), or sent the same bytes again


@dataclass(frozen=True, slots=True)
class Retired:
    """410 Gone: never to be asked again, until the configuration changes."""

    problem: str


@dataclass(frozen=True, slots=True)
class Refused:
    """The server answered with anything but a document."""

    status: int
    retry_after: timedelta | None  # how long it asks to be left alone
    problem: str


@dataclass(frozen=True, slots=True)
class Failed:
    """There was no answer, or none that can be used."""

    problem: str


Outcome = Received | Unchanged | Retired | Refused | Failed


@dataclass(frozen=True, slots=True)
class Answer:
    request: Request
    outcome: Outcome
    url: str  # where the last response came from, or should have: after all redirects, without user and password
    redirects: tuple[Redirect, ...]  # in order
    etag: str  # to send next time
    last_modified: str  # to send next time
    max_age: timedelta | None  # Cache-Control; None where not stated
    elapsed_s: float  # of the requests, redirects included; waiting for a turn is not counted
    bytes_on_wire: int  # of the body, as it was compressed
    date: datetime | None = None  # when it was sent, by the server's clock; None where not stated

    @property
    def problem(self) -> str:
        """One clause for the operator, empty if all went well."""
        return "" if isinstance(self.outcome, Received | Unchanged) else self.outcome.problem

    @property
    def moved_to(self) -> str:
        """Where permanent redirects lead, up to the first that is not permanent; empty if there is none."""
        target = ""
        for redirect in self.redirects:
            if redirect.status not in PERMANENT:
                break
            target = redirect.url
        return target


def refused(status: int, retry_after: timedelta | None) -> Refused:
    trouble = "the server is in trouble, not you; it will be asked again" if status >= 500 else ""
    remedy = REMEDIES.get(status) or trouble or "no feed does that; open the url in a browser and correct it"
    return Refused(status, retry_after, f"answers {status_words(status)}: {remedy}")


def retired() -> Retired:
    return Retired(f"answers {status_words(410)}: the feed has ended and is not asked for again; remove the source")


def status_words(status: int) -> str:
    """With the phrase, as in "403 Forbidden"; the number alone where it is no registered status."""
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def parse_retry_after(value: str, now: datetime) -> timedelta | None:
    """Seconds or a date (RFC 9110 section 10.2.3) as the time left, never negative; None if it is neither."""
    value = value.strip()
    if re.fullmatch(r"\d{1,10}", value, re.ASCII):
        return timedelta(seconds=int(value))
    try:
        moment = parsedate_to_datetime(value)
        # A date without a zone is read as UTC: HTTP dates always are (section 5.6.7).
        return max(moment.replace(tzinfo=moment.tzinfo or UTC) - now, timedelta())
    except (ValueError, OverflowError):
        return None


def parse_date(date: str, age: str) -> datetime | None:
    """What the server's clock shows: Date (RFC 9110 section 6.6.1), and for how long a cache held it (Age)."""
    try:
        moment = parsedate_to_datetime(date)
        held = timedelta(seconds=int(age) if re.fullmatch(r"\d{1,9}", age, re.ASCII) else 0)
        return moment.replace(tzinfo=moment.tzinfo or UTC) + held
    except (ValueError, OverflowError):
        return None


def parse_max_age(cache_control: str) -> timedelta | None:
    """How long the server calls its answer fresh (RFC 9111 section 5.2.2.1)."""
    found = MAX_AGE.search(cache_control)
    return timedelta(seconds=int(found[1])) if found else None


def parse_content_type(value: str) -> tuple[str, str]:
    """Media type in lower case and charset as stated (RFC 9110 section 8.3); empty where there is none."""
    media_type, _, parameters = value.partition(";")
    charset = CHARSET.search(parameters)
    return media_type.strip().lower(), charset[1] if charset else ""
