"""Draft to Article: written ladders for key, URL, title and dates; clean html and the text that matching compares.

Pure: no configuration, no clock, no files. What no rung of a ladder supplies stays empty. Called by `reading`.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from html import unescape
from urllib.parse import quote

from feedsvc import language, text
from feedsvc.model import Article, Draft, Fault, Picture
from feedsvc.sanitising import first_heading, plain_lines, sanitise, valid

EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)  # no news was on the web before
AHEAD_AT_MOST = timedelta(days=1)  # clocks differ, and some publishers write local time as UTC
EARLIEST_ZONE = timedelta(hours=14)  # a day begins in Kiribati, 14 hours before it does in UTC
LATEST_ZONE = timedelta(hours=12)  # and ends on Baker Island
TITLE_WORDS = 60  # characters of the lead that stand for a missing title
TITLE_LONGEST = 300  # characters; the longest of 27,000 real headlines has under 120


def normalise(draft: Draft) -> Article | Fault:
    """The article that an adapter's draft describes; a Fault without a usable link or anything to call it by."""
    url = text.canonical_url(draft.url)
    if not url:
        return Fault(draft.source, draft.origin, "links to no http or https address: correct the link")
    html = sanitise(draft.html)
    lines = plain_lines(html)
    lead = _one_line(draft.lead)
    title = _title(draft, html, lead or next(iter(lines), ""))
    if not title:
        return Fault(draft.source, draft.origin, "has neither a title nor any text: save the article again")
    body = "\n".join(lines)
    article = Article(
        key=_key(draft, url),
        publisher=draft.publisher,
        publisher_name=_one_line(draft.publisher_name) or draft.publisher,
        source=draft.source,
        origin=draft.origin,
        url=url,
        title=title,
        lead=lead,
        html=html,
        text=body,
        language=language.tell(f"{title}\n{lead}\n{body}", draft.language),
        published=_published(draft),
        modified=_sane(draft.modified, draft.captured),
        first_seen=draft.captured,
        captured=draft.captured,
        authors=_names(draft.authors),
        agencies=_names(draft.agencies),
        rights=_one_line(draft.rights),
        categories=_names(draft.categories),
        pictures=tuple(filter(None, map(_picture, draft.pictures))),
        references=tuple(dict.fromkeys(_prefixed(draft.publisher, reference) for reference in draft.references)),
        kind=draft.kind,
    )
    return fingerprinted(article)


def settle(article: Article, draft: Draft, known: Article) -> Article:
    """The article as a later reading of the same source states it, given what is known of it.

    When it was published stays as it was settled first: neither the time that passes, nor a feed that dates its entries
    anew at each fetch, moves it. Only a full time is taken later, where none was known and none was absurd at first.
    """
    stated = _sane(draft.published, known.first_seen)
    return fingerprinted(replace(article, published=known.published or stated, first_seen=known.first_seen))


def fingerprinted(article: Article) -> Article:
    """The article after a change of its fields."""
    return replace(article, fingerprint=_fingerprint(article))


def substance(article: Article) -> str:
    """A digest of what the article says. Left out is what changes without saying anything: markup, times, the addresses
    of its pictures.
    """
    names = (*article.authors, "|", *article.agencies)
    words = (article.url, article.title, article.lead, article.text, article.rights, article.kind)
    return text.digest(*words, *names, "|", *(picture.caption for picture in article.pictures))


def _title(draft: Draft, html: str, beginning: str) -> str:
    """Stated title, else the first heading, else the first words of the lead or text."""
    if stated := _one_line(unescape(draft.title))[:TITLE_LONGEST]:
        return stated
    shortened = beginning if len(beginning) <= TITLE_WORDS else f"{beginning[:TITLE_WORDS].rstrip()}…"
    return first_heading(html) or shortened


def _key(draft: Draft, url: str) -> str:
    """Native id, else guid, else canonical URL, under the publisher; printable ASCII."""
    return _prefixed(draft.publisher, draft.native_id or draft.guid.strip() or url)


def _prefixed(publisher: str, identity: str) -> str:
    return quote(valid(f"{publisher}:{identity}"), safe="%/:?#[]@!$&'()*+,;=~-._")


def _published(draft: Draft) -> datetime | None:
    """The stated time, else that of the last change; of a stated day its noon, unless the capture lies within that day
    somewhere on earth.
    """
    stated, day = _sane(draft.published, draft.captured), draft.published_day
    if draft.published is None and day is None:
        return _sane(draft.modified, draft.captured)
    if stated or day is None or not EARLIEST.date() <= day <= (draft.captured + AHEAD_AT_MOST).date():
        return stated
    return None if _within(draft.captured, day) else _sane(datetime.combine(day, time(12), UTC), draft.captured)


def _within(moment: datetime, day: date) -> bool:
    midnight = datetime.combine(day, time(), UTC)
    return midnight - EARLIEST_ZONE <= moment < midnight + timedelta(days=1) + LATEST_ZONE


def _sane(moment: datetime | None, captured: datetime) -> datetime | None:
    """The moment in UTC unless it is absurd, which nothing replaces."""
    if moment is None or moment.tzinfo is None or not EARLIEST <= moment <= captured + AHEAD_AT_MOST:
        return None
    return moment.astimezone(UTC)


def _picture(picture: Picture) -> Picture | None:
    url = text.canonical_url(picture.url)
    return Picture(url, _one_line(picture.caption), _one_line(picture.credit)) if url else None


def _names(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for name in map(_one_line, names) if name))


def _one_line(words: str) -> str:
    return text.squeeze(valid(words))


def _fingerprint(article: Article) -> str:
    """A hash of all that a reader would see."""
    times = (article.published.isoformat() if article.published else "", str(article.modified or ""))
    names = (*article.authors, "|", *article.agencies, "|", *article.categories)
    shown = (part for picture in article.pictures for part in (picture.url, picture.caption, picture.credit))
    return text.digest(
        article.url,
        article.title,
        article.lead,
        article.html,
        *times,
        article.rights,
        article.kind,
        *names,
        "|",
        *shown,
    )
