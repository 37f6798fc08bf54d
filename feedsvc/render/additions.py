"""What a report brings that none before it had: figures, names in Latin letters, words in quotation marks.

Facts to look at, not sentences: those belong to the publisher. Pure; called by the page of an event.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from feedsvc.model import Article
from feedsvc.text import UNSPACED, fold, squeeze

MOST = 4  # of one report
READ_CHARACTERS = 20_000  # of one report
WORD = rf"[^\W\d_{UNSPACED}]"
UNITS = (
    "[%％人名位岁歲例宗倍票架艘枚辆輛级級度天周次元]|个月|個月|小时|小時|百分点|百分點|[美欧歐日港台]元|英镑|英鎊|"
    f"公里|公斤|平方|海里|[千万萬亿億]|{WORD}{{3,20}}(?!{WORD})"
)
FACT = re.compile(
    r"(?P<quote>《[^《》\n]{2,20}》|“[^“”\n]{3,16}”|「[^「」\n]{3,16}」)"
    rf"|(?<!{WORD})(?<![\d.:,/-])(?P<figure>\d{{1,3}}(?:,\d{{3}})+(?:\.\d+)?|\d+(?:\.\d+)?)"
    rf"\s?(?P<unit>(?:百[万萬]|千[万萬]|[千万萬亿億])?[多余餘]?(?:{UNITS}))"
    # Two to four capitalised words in a row; a single one may only begin a sentence.
    rf"|(?P<name>(?<!{WORD})(?=[A-ZÀ-Þ])(?:{WORD}|[.'’-]){{2,20}}(?:[ ·]+(?=[A-ZÀ-Þ])(?:{WORD}|[.'’-]){{1,20}}){{1,3}})"
)
MONTHS = re.compile(r"jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec", re.IGNORECASE)
FIGURES = re.compile(r"[\d.]+")  # a figure stands where the whole run is it


@dataclass(slots=True)
class _Told:
    """All that was said so far in a language, folded. Figures apart: an event of hundreds of reports has thousands."""

    words: str = ""
    figures: set[str] = field(default_factory=set)

    def add(self, folded: str) -> None:
        self.words += f" {folded}"
        self.figures.update(run.rstrip(".") for run in FIGURES.findall(folded.replace(",", "")))

    def holds(self, essence: str) -> bool:
        return essence in (self.figures if FIGURES.fullmatch(essence) else self.words)


def additions(articles: Sequence[Article]) -> dict[str, tuple[str, ...]]:
    """By key of the article, in the order of its text, what it says first. `articles`: by time.

    Nothing of the first in a language: what could it add to?
    """
    told: dict[str, _Told] = {}  # by base language
    found: dict[str, tuple[str, ...]] = {}
    left = Counter(map(_language, articles))
    for article in articles:
        language = _language(article)
        left[language] -= 1
        if language not in told and not left[language]:
            continue  # as of most events, which have one report
        words = squeeze(f"{article.title} {article.lead} {article.text[:READ_CHARACTERS]}")
        if language in told:
            found[article.key] = _new(words, told[language])
        if left[language]:
            told.setdefault(language, _Told()).add(fold(words))
    return found


def _language(article: Article) -> str:
    return article.language.split("-")[0].lower()


def _new(words: str, told: _Told) -> tuple[str, ...]:
    new: dict[str, str] = {}
    for fact, essence in _facts(words):
        if not told.holds(essence):
            new.setdefault(essence, fact)
        if len(new) == MOST:
            break  # the rest of the text need not be looked through
    return tuple(new.values())


def _facts(words: str) -> Iterator[tuple[str, str]]:
    """Each as it is written, and the part of it that another report would have in common."""
    for match in FACT.finditer(words):
        if match["figure"]:
            if not MONTHS.match(match["unit"]):
                yield match[0], fold(match["figure"]).replace(",", "")
        else:
            yield match[0].rstrip(".'’- "), fold(match[0].strip("《》“”「」.'’- "))
