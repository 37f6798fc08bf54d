"""What matching keeps of an article: sparse vectors of hashed terms and a few facts, computed once.

Pure: the same article gives the same profile whatever came before. Called by matcher.py, explain.py and the bench.
"""

from __future__ import annotations

import math
import re
import zlib
from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from feedsvc.events import terms
from feedsvc.events.rarity import Rarity
from feedsvc.model import Article
from feedsvc.text import digest, fold, tokens

Vector = NDArray[Any]
TERM_SPACE = 1 << 21  # hashed terms; two terms that share a number are rare enough not to matter
LEAD_CHARACTERS = 220  # the lead paragraph, or as much of the text
OPENING_CHARACTERS = 500
BODY_TERMS = 400  # the heaviest are kept
SEVERAL_HEADLINES = re.compile(r"[;；|｜]")


@dataclass(frozen=True, slots=True)
class Sparse:
    """A sparse vector: hashed term numbers and their weights."""

    ids: Vector  # int32
    weights: Vector  # float32
    norm: float


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
    names: Sparse
    numbers: Sparse
    title_numbers: frozenset[str]
    days: frozenset[int]  # ordinals of days named in the opening
    main_day: int  # the first of them; the article's own where none is named
    day: int  # the article's own
    length: int  # characters of the text
    pictures: frozenset[str]
    references: frozenset[str]
    alone: bool  # a round-up, gallery, schedule: covers many items


def sparse(counted: Counter[str], rarity: Rarity, limit: int = 0) -> Sparse:
    weighted = {}
    for term, count in counted.items():
        number = zlib.crc32(term.encode()) % TERM_SPACE
        weighted[number] = max(weighted.get(number, 0.0), rarity.weight(term) * (1 + math.log(count)))
    if limit and len(weighted) > limit:
        heaviest = sorted(weighted.items(), key=lambda item: (-item[1], item[0]))[:limit]
        weighted = dict(heaviest)
    ids = np.array(sorted(weighted), dtype=np.int32)
    weights = np.array([weighted[i] for i in ids.tolist()], dtype=np.float32)
    return Sparse(ids, weights, float(np.sqrt(np.sum(weights.astype(np.float64) ** 2))))


def profile(article: Article, rarity: Rarity) -> Profile:
    title, text = fold(article.title), fold(article.text)
    lead = fold(article.lead)[:LEAD_CHARACTERS] if article.lead else text[:LEAD_CHARACTERS]
    opening = f"{title}\n{text[:OPENING_CHARACTERS]}"
    whole = f"{title}\n{lead}\n{text}" if article.lead and article.lead not in article.text else f"{title}\n{text}"
    near = article.time.date()
    named = terms.days(opening, near)
    return Profile(
        key=article.key,
        publisher=article.publisher,
        language=article.language.split("-")[0].lower(),
        hours=article.time.timestamp() / 3600,
        url=article.url,
        text_digest=digest(title, "".join(text.split())) if len(text) >= 40 else "",
        title=sparse(Counter(tokens(title)), rarity),
        lead=sparse(Counter(tokens(lead)), rarity),
        body=sparse(Counter(tokens(whole)), rarity, BODY_TERMS),
        triples=sparse(Counter(terms.triples(opening)), rarity),
        names=sparse(Counter(dict.fromkeys(terms.latin_names(whole), 1)), rarity),
        numbers=sparse(Counter(dict.fromkeys(terms.quantities(whole), 1)), rarity),
        title_numbers=frozenset(terms.quantities(title)),
        days=frozenset(d.toordinal() for d in named),
        main_day=(named[0] if named else near).toordinal(),
        day=near.toordinal(),
        length=len(text),
        pictures=frozenset(picture.url for picture in article.pictures),
        references=frozenset(article.references),
        alone=covers_many(article, title),
    )


ROUND_UP = re.compile(
    r"简报|要闻|一周|周报|图集|组图|图片集|头条|早报|晚报|报摘|报纸摘要|新闻摘要|快讯汇总|汇总|盘点|播音|节目(单|表|预告)|"
    r"今日(?:新闻|看点|报纸)|每日|综述|\b(?:briefing|round-?up|in pictures|week in|live blog|morning news|press review)\b"
)


def covers_many(article: Article, folded_title: str) -> bool:
    return article.kind in ("gallery", "audio") or bool(ROUND_UP.search(folded_title))
