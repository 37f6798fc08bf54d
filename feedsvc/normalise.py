"""Draft to Article: written ladders for key, URL, title and dates; sanitising; the plain text that matching compares.

Pure: no configuration, no clock, no files. Trusts no adapter with safety: whatever html a draft holds, only the
allowlist comes out. What no rung of a ladder supplies stays empty. Called by `ingest`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from html import unescape
from urllib.parse import quote

import nh3

from feedsvc import language, text
from feedsvc.model import Article, Draft, Fault, Picture

ALLOWED = {
    "p": set(), "h2": set(), "h3": set(), "h4": set(), "ul": set(), "ol": set(), "li": set(), "blockquote": set(),
    "figure": set(), "figcaption": set(), "img": {"src", "alt"}, "a": {"href"}, "em": set(), "strong": set(),
}  # fmt: skip
ATTRIBUTES = {**ALLOWED, "*": set()}  # else nh3 allows title and lang everywhere
# Made once: to make it takes longer than to clean a summary.
CLEANER = nh3.Cleaner(tags=set(ALLOWED), attributes=ATTRIBUTES, url_schemes={"http", "https"}, link_rel=None)
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)  # no news was on the web before
AHEAD_AT_MOST = timedelta(days=1)  # clocks differ, and some publishers write local time as UTC
EARLIEST_ZONE = timedelta(hours=14)  # a day begins in Kiribati, 14 hours before it does in UTC
LATEST_ZONE = timedelta(hours=12)  # and ends on Baker Island
TITLE_WORDS = 60  # characters of the lead that stand for a missing title
TITLE_LONGEST = 300  # characters; the longest of 27,000 real headlines has under 120
TAG = re.compile("<[^<>]*>")  # nh3 escapes both everywhere else, in attributes too
LINE_EDGE = re.compile(r"<(/?)(p|h2|h3|h4|li|blockquote|ul|ol|figure)>")
CAPTION = re.compile(r"<figcaption>.*?</figcaption>", re.DOTALL)
HEADINGS = frozenset({"h2", "h3", "h4"})


def normalise(draft: Draft) -> Article | Fault:
    """The article that an adapter's draft describes; a Fault without a usable link or anything to call it by."""
    url = text.canonical_url(draft.url)
    if not url:
        return Fault(draft.source, draft.origin, "links to no http or https address: correct the link")
    html = sanitise(draft.html)
    lines = list(_lines(html))
    lead = _one_line(draft.lead)
    title = _title(draft, lines, lead)
    if not title:
        return Fault(draft.source, draft.origin, "has neither a title nor any text: save the article again")
    body = "\n".join(line for _, line in lines)
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


def sanitise(html: str) -> str:
    """Only the allowlist of `model.Article.html`, links and pictures over http and https."""
    return CLEANER.clean(_valid(html)).strip()


def _lines(html: str) -> Iterator[tuple[str, str]]:
    """Tag and plain text of each paragraph, heading, list item; sanitised html only. No captions."""
    inside = "p"
    words, *rest = LINE_EDGE.split(CAPTION.sub("", html))
    for closing, name, following in zip(rest[::3], rest[1::3], rest[2::3], strict=True):
        if words and (line := _plain(words)):
            yield inside, line
        words, inside = following, "p" if closing else name
    if line := _plain(words):
        yield inside, line


def _plain(words: str) -> str:
    if "<" in words:
        words = TAG.sub("", words)
    return text.squeeze(unescape(words) if "&" in words else words)


def _title(draft: Draft, lines: list[tuple[str, str]], lead: str) -> str:
    """Stated title, else the first heading, else the first words of the lead or text."""
    stated = _one_line(unescape(draft.title))[:TITLE_LONGEST]
    heading = next((line for name, line in lines if name in HEADINGS), "")
    beginning = lead or next((line for _, line in lines), "")
    return stated or heading or (beginning if len(beginning) <= TITLE_WORDS else f"{beginning[:TITLE_WORDS].rstrip()}…")


def _key(draft: Draft, url: str) -> str:
    """Native id, else guid, else canonical URL, under the publisher; printable ASCII."""
    return _prefixed(draft.publisher, draft.native_id or draft.guid.strip() or url)


def _prefixed(publisher: str, identity: str) -> str:
    return quote(_valid(f"{publisher}:{identity}"), safe="%/:?#[]@!$&'()*+,;=~-._")


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
    return text.squeeze(_valid(words))


def _valid(words: str) -> str:
    """Without what UTF-8 cannot hold (lone surrogates from hostile escapes)."""
    return words.encode("utf-8", "ignore").decode("utf-8")


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
