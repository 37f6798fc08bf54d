"""What matching keeps of an article: sparse vectors of hashed terms and a few facts, computed once.

Pure: the same article gives the same profile whatever came before. Called by matcher.py, explain.py and the bench.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from feedsvc.events import terms
from feedsvc.events.places import places
from feedsvc.events.words import Words, hashed
from feedsvc.model import Article
from feedsvc.text import digest, fold, tokens

Vector = NDArray[Any]
LEAD_CHARACTERS = 220  # the lead paragraph, or as much of the text
OPENING_CHARACTERS = 500
BODY_TERMS = 400  # the heaviest are kept
SENTENCES = 15
QUOTES_WITHIN = 1500
TEXT_TO_SPEAK_OF = 40  # characters; below, two texts may be the same by chance
ROUND_UP = re.compile(
    r"简报|要闻(?!解说|分析)|一周|周报|图集|组图|图片集|头条|早报|晚报|报摘|报纸摘要|新闻摘要|汇总|播音|节目(?:单|表|预告)|"
    r"今日(?:新闻|看点|报纸)|\b(?:briefing|round-?up|in pictures|week in|morning news|press review)\b"
)
# The name of a column at the end of a headline says nothing of the news.
COLUMN = re.compile(r"(?<=\S\S\S\S\S) [-–—|] \S{2,8}$")


@dataclass(frozen=True, slots=True)
class Sparse:
    """A sparse vector: hashed term numbers and their weights."""

    ids: Vector  # int32
    weights: Vector  # float32
    norm: float


@dataclass(frozen=True, slots=True)
class Sentences:
    """The terms of a text's first sentences."""

    ids: Vector  # int32, every sentence's terms once
    places: Vector  # uint8, the sentence of each


@dataclass(frozen=True, slots=True)
class Profile:
    key: str
    publisher: str
    language: str  # base language: "zh"
    hours: float  # Article.time, hours since 1970
    url: str
    text_digest: str  # of the folded title and text; empty if there is no text to speak of
    title: Sparse
    lead: Sparse
    body: Sparse
    triples: Sparse
    sentences: Sentences
    names: Sparse
    numbers: Sparse
    quotes: frozenset[str]
    title_places: frozenset[str]
    places: frozenset[str]  # in the title and lead
    first_place: str
    days: frozenset[int]  # ordinals of days named in the opening
    main_day: int  # the first of them; the article's own where none is named
    day: int  # the article's own
    length: int  # characters of the text
    pictures: frozenset[str]
    references: frozenset[str]
    alone: bool  # a round-up, gallery, schedule: covers many items


def profile(article: Article, words: Words) -> Profile:
    title, lead, text = (words.names.canonical(fold(part)) for part in (article.title, article.lead, article.text))
    # A column whose name was taken off the headline is a category.
    round_up = any(ROUND_UP.search(named) for named in (title, *map(fold, article.categories)))
    title = headline(title)
    whole = f"{title}\n{text}" if lead in text else f"{title}\n{lead}\n{text}"
    lead = (lead or text)[:LEAD_CHARACTERS]
    near = article.time.date()
    opening = f"{title}\n{text[:OPENING_CHARACTERS]}"
    named = terms.days(opening, near)
    named_places = places(f"{title}\n{lead}")

    def sparse(found: Iterable[str], limit: int = 0) -> Sparse:
        return _sparse(Counter(found), words, limit)

    return Profile(
        key=article.key,
        publisher=article.publisher,
        language=article.language.split("-")[0].lower(),
        hours=article.time.timestamp() / 3600,
        url=article.url,
        text_digest=digest(title, "".join(text.split())) if len(text) >= TEXT_TO_SPEAK_OF else "",
        title=sparse(tokens(title)),
        lead=sparse(tokens(lead)),
        body=sparse(tokens(whole), BODY_TERMS),
        triples=sparse(terms.triples(opening)),
        sentences=_sentences(text),
        names=sparse(terms.latin_names(whole)),
        numbers=sparse(terms.quantities(whole)),
        quotes=frozenset(terms.quoted(whole[:QUOTES_WITHIN])),
        title_places=frozenset(places(title)),
        places=frozenset(named_places),
        first_place=named_places[0] if named_places else "",
        days=frozenset(day.toordinal() for day in named),
        main_day=(named[0] if named else near).toordinal(),
        day=near.toordinal(),
        length=len(text),
        pictures=frozenset(picture.url for picture in article.pictures),
        references=frozenset(article.references),
        alone=article.kind in ("gallery", "audio") or round_up,
    )


def headline(folded_title: str) -> str:
    return COLUMN.sub("", folded_title)


def _sparse(counted: Mapping[str, int], words: Words, limit: int) -> Sparse:
    numbered = [words.numbered(term) for term in counted]
    numbers = np.array([number for number, _ in numbered], dtype=np.int32)
    repeats = np.array(list(counted.values()), dtype=np.float64)
    weights = np.array([weight for _, weight in numbered]) * (1 + np.log(repeats))
    # By number, the heaviest first: of terms that share a number the heaviest stays.
    order = np.lexsort((-weights, numbers))
    ids, first = np.unique(numbers[order], return_index=True)
    weights = weights[order][first]
    if limit and len(ids) > limit:
        kept = np.sort(np.lexsort((ids, -weights))[:limit])
        ids, weights = ids[kept], weights[kept]
    return Sparse(ids, weights.astype(np.float32), float(np.sqrt(np.sum(weights**2))))


def _sentences(text: str) -> Sentences:
    found = [sorted({hashed(term) for term in tokens(s)}) for s in terms.sentences(text, SENTENCES)]
    ids = np.array([number for sentence in found for number in sentence], dtype=np.int32)
    return Sentences(ids, np.repeat(np.arange(len(found), dtype=np.uint8), [len(sentence) for sentence in found]))
