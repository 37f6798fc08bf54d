"""What matching keeps of an article: numbered terms in a few fields and a few facts, computed once.

Pure: the same article gives the same profile whatever came before. Called by matcher.py, explain.py and the bench.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from feedsvc.events import terms
from feedsvc.events.days import days
from feedsvc.events.numbered import counted, distinct, token_checksums, triple_checksums
from feedsvc.events.places import places
from feedsvc.events.words import Words, hashed
from feedsvc.model import Article
from feedsvc.text import digest, fold

Vector = NDArray[Any]
# What an article is compared by; each holds a term at most once. The first ones are words, the others facts; what tells
# soonest that two articles have nothing in common comes first.
FIELDS = (
    *("title", "body", "lead", "triples", "names", "numbers"),
    *("title_numbers", "quotes", "title_places", "places", "days", "pictures", "agencies", "references"),
)
LEAD_CHARACTERS = 220  # the lead paragraph, or as much of the text
OPENING_CHARACTERS = 500
BODY_TERMS = 288  # the heaviest are kept
TRIPLES = 360
QUOTES_WITHIN = 1500
TEXT_TO_SPEAK_OF = 40  # characters; below, two texts may be the same by chance
REPEATS = 32  # a term's weight in the body, 1 + ln(times), is kept in parts of this
ROUND_UP = re.compile(
    r"简报|要闻(?!解说|分析)|一周|周报|图集|组图|图片集|头条|早报|晚报|报摘|报纸摘要|新闻摘要|汇总|播音|节目(?:单|表|预告)|"
    r"今日(?:新闻|看点|报纸)|\b(?:briefing|round-?up|in pictures|week in|morning news|press review)\b"
)
# Headlines of those who comment on news rather than bring it.
COMMENT = re.compile(
    r"观察|专访|评论|社论|分析|专栏|解读|学者|专家|媒体|摘要|解说|特写|人物|是谁|为何|为什么|怎么|什么|背后|回顾|历史|盘点|"
    r"焦点|热点|\b(?:analysis|opinion|comment|interview|explainer|profile|why|how|who is)\b"
)
# The name of a column at the end of a headline says nothing of the news.
COLUMN = re.compile(r"(?<=\S\S\S\S\S) [-–—|] \S{2,8}$")


@dataclass(frozen=True, slots=True)
class Profile:
    key: str
    publisher: str
    language: str  # base language: "zh"
    hours: float  # Article.time, hours since 1970
    first_seen: float  # hours since 1970
    url: str
    text_digest: str  # of the folded title and text; empty if there is no text to speak of
    first_place: str  # that headline and lead name
    main_day: int  # ordinal of the first day that the opening names; the article's own where none is named
    day: int  # the article's own
    length: int  # characters of the text
    alone: bool  # a round-up, gallery, schedule: covers many items
    comment: bool  # the headline is of an analysis, interview, commentary
    places: frozenset[str]  # in headline and lead
    references: tuple[str, ...]  # keys
    ids: Vector  # int32, numbered terms: those of the first of FIELDS, then of the next …
    lengths: Vector  # uint16, how many terms each of FIELDS has
    repeats: Vector  # uint8, for each term how often it occurs: (1 + ln times) · REPEATS in the body, REPEATS elsewhere

    def field(self, name: str) -> Vector:
        """The numbers of a field's terms."""
        return self.ids[self._span(name)]

    def weighed(self, name: str, rarity: Vector) -> tuple[Vector, Vector]:
        """A field's terms, and the weight that each has there. `rarity`: of each term's number."""
        span = self._span(name)
        return self.ids[span], rarity[self.ids[span]] * (self.repeats[span] / np.float32(REPEATS))

    def _span(self, name: str) -> slice:
        place = FIELDS.index(name)
        start = int(self.lengths[:place].sum())
        return slice(start, start + int(self.lengths[place]))


class _Folded(NamedTuple):
    """What is read of an article."""

    title: str  # without the name of a column
    lead: str  # or as much of the text
    text: str
    whole: str
    opening: str
    round_up: bool


class _Named(NamedTuple):
    days: Sequence[date]  # in headline and opening, in order
    places: Sequence[str]  # in headline and lead, likewise


def profile(article: Article, words: Words) -> Profile:
    return profile_all([article], words)[0]


def profile_all(articles: Sequence[Article], words: Words) -> list[Profile]:
    """Of each. What one kind of term takes is done for all of them before the next kind, in two thirds of the time: the
    processor's cache holds what one kind needs.
    """
    folded = [_folded(article, words) for article in articles]
    named_days = [days(each.opening, article.time.date()) for each, article in zip(folded, articles, strict=True)]
    named_places = [places(f"{each.title}\n{each.lead}") for each in folded]
    bodies = [_heaviest(token_checksums(each.whole), words, BODY_TERMS) for each in folded]
    fields = {
        "title": [distinct(token_checksums(each.title)) for each in folded],
        "lead": [distinct(token_checksums(each.lead)) for each in folded],
        "body": [ids for ids, _ in bodies],
        "triples": [_heaviest(triple_checksums(each.opening), words, TRIPLES)[0] for each in folded],
        "names": [_numbered(terms.latin_names(each.whole)) for each in folded],
        "numbers": [_numbered(terms.quantities(each.whole)) for each in folded],
        "title_numbers": [_numbered(terms.figures(each.title)) for each in folded],
        "quotes": [_numbered(terms.quoted(each.whole[:QUOTES_WITHIN])) for each in folded],
        "title_places": [_numbered(places(each.title)) for each in folded],
        "places": [_numbered(named) for named in named_places],
        "days": [_numbered(day.isoformat() for day in named) for named in named_days],
        "pictures": [_numbered(picture.url for picture in article.pictures) for article in articles],
        "agencies": [_numbered(article.agencies) for article in articles],
        # With its own key among them, one that links to another shares a term with it.
        "references": [_numbered((article.key, *article.references)) for article in articles],
    }
    of_each = zip(*(fields[name] for name in FIELDS), strict=True)
    named = map(_Named, named_days, named_places)
    repeats = [repeats for _, repeats in bodies]
    return list(map(_profile, articles, folded, named, of_each, repeats))


def _folded(article: Article, words: Words) -> _Folded:
    title, lead, text = (words.names.canonical(fold(part)) for part in (article.title, article.lead, article.text))
    # A column whose name was taken off the headline is a category.
    round_up = any(ROUND_UP.search(named) for named in (title, *map(fold, article.categories)))
    title = headline(title)
    whole = f"{title}\n{text}" if lead in text else f"{title}\n{lead}\n{text}"
    lead = (lead or text)[:LEAD_CHARACTERS]
    return _Folded(title, lead, text, whole, f"{title}\n{text[:OPENING_CHARACTERS]}", round_up)


def _profile(article: Article, folded: _Folded, named: _Named, fields: Sequence[Vector], repeats: Vector) -> Profile:
    """`fields`: the terms of each of FIELDS; `repeats`: of the body's."""
    near = article.time.date()
    lengths = [len(ids) for ids in fields]
    before = sum(lengths[: FIELDS.index("body")])
    often = np.full(sum(lengths), REPEATS, dtype=np.uint8)
    often[before : before + len(repeats)] = repeats
    is_text = len(folded.text) >= TEXT_TO_SPEAK_OF
    return Profile(
        key=article.key,
        publisher=article.publisher,
        language=article.language.split("-")[0].lower(),
        hours=article.time.timestamp() / 3600,
        first_seen=article.first_seen.timestamp() / 3600,
        url=article.url,
        text_digest=digest(folded.title, "".join(folded.text.split())) if is_text else "",
        first_place=named.places[0] if named.places else "",
        main_day=(named.days[0] if named.days else near).toordinal(),
        day=near.toordinal(),
        length=len(folded.text),
        alone=article.kind in ("gallery", "audio") or folded.round_up,
        comment=bool(COMMENT.search(folded.title)),
        places=frozenset(named.places),
        references=article.references,
        ids=np.concatenate(fields),
        lengths=np.array(lengths, dtype=np.uint16),
        repeats=often,
    )


def headline(folded_title: str) -> str:
    return COLUMN.sub("", folded_title)


def _numbered(found: Iterable[str]) -> Vector:
    return np.array(sorted({hashed(term) for term in found}), dtype=np.int32)


def _heaviest(checksums: Vector, words: Words, most: int) -> tuple[Vector, Vector]:
    """The terms that weigh most, and how often each occurs."""
    ids, times = counted(checksums)
    factors = 1 + np.log(times)
    if len(ids) > most:
        kept = np.sort(np.argsort(-words.weights[ids] * factors, kind="stable")[:most])
        ids, factors = ids[kept], factors[kept]
    return ids, np.minimum(np.round(factors * REPEATS), 255).astype(np.uint8)
