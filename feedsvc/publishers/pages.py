"""Article pages: where an article's own matter stands in a page made for browsers, and what its JSON-LD says of it.

For adapters that read pages; each gives the draft new html, which its `read` then understands as any other. Never
fails: what does not fit is not taken.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bs4 import BeautifulSoup
from bs4.element import Tag

from feedsvc import text
from feedsvc.model import Draft
from feedsvc.publishers import moments, tree

MOST_TAGS = 40_000  # of a page, and a tree of more costs memory; those of news sites have a fifth of that
SHORTEST_ARTICLE = 150  # characters of running text; less is a teaser, a video's caption, a notice about cookies
ARTICLE_TYPE = re.compile(r"(?:Article|BlogPosting|Report|Review)$")
TRAILING_COMMA = re.compile(r",(?=\s*[}\]])")
DEEPEST_JSON = 12
MOST_OBJECTS = 2000
AROUND = ["nav", "aside", "form", "script", "style", "template", "noscript", "footer"]
MOST_ARTICLES = 50  # elements of that name: pages that list others have dozens
MOST_OF_THE_TEXT = 0.6


@dataclass(frozen=True, slots=True)
class Told:
    """What a page says of its article in JSON-LD (schema.org Article), else in meta elements."""

    published: str = ""
    modified: str = ""
    authors: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()


def parse_page(body: str) -> Tag | None:
    """None for what is no article's page."""
    return BeautifulSoup(tree.wrapped(body), "lxml", from_encoding="utf-8") if body.count("<") <= MOST_TAGS else None


def read_page(draft: Draft, body: str) -> Draft | None:
    """The draft with the text of a page of which nothing is known; None where none is found there."""
    root = parse_page(body)
    if root is None:
        return None
    stated = told(root)
    html = main_matter(root)
    return with_page(draft, html, stated) if html else None


def with_page(draft: Draft, html: str, told: Told) -> Draft:
    """The draft with the page's text, and what it says that the feed did not."""
    published = moments.read_time(told.published)
    return replace(
        draft,
        html=html,
        published=draft.published or published.moment,
        published_day=draft.published_day or published.day,
        modified=draft.modified or moments.read_time(told.modified).moment,
        authors=draft.authors or told.authors,
        categories=draft.categories or told.keywords,
    )


def told(root: Tag) -> Told:
    found = next((o for o in _json_ld(root) if _is_article(o)), {})
    return Told(
        published=_line(found.get("datePublished")) or _meta(root, "article:published_time"),
        modified=_line(found.get("dateModified")) or _meta(root, "article:modified_time"),
        authors=_names(found.get("author")),
        keywords=_keywords(found.get("keywords")),
    )


def _json_ld(root: Tag) -> Iterator[dict[str, Any]]:
    for script in root.find_all("script", type="application/ld+json", limit=20):
        written = script.get_text()
        for attempt in (written, TRAILING_COMMA.sub("", written)):
            try:
                value = json.loads(attempt, strict=False)
            except (ValueError, RecursionError):
                continue
            yield from objects(value)
            break


def objects(value: object) -> Iterator[dict[str, Any]]:
    """Every object in a JSON value, outermost first."""
    waiting = [(value, 0)]
    for _ in range(MOST_OBJECTS):
        if not waiting:
            return
        current, depth = waiting.pop(0)
        if isinstance(current, dict):
            yield current
        inner: Sequence[object] = list(current.values()) if isinstance(current, dict) else []
        inner = current if isinstance(current, list) else inner
        if depth < DEEPEST_JSON:
            waiting += [(each, depth + 1) for each in inner if isinstance(each, dict | list)]


def _is_article(found: dict[str, Any]) -> bool:
    types = found.get("@type")
    return any(
        isinstance(name, str) and ARTICLE_TYPE.search(name) for name in (types if isinstance(types, list) else [types])
    )


def _line(value: object) -> str:
    return text.squeeze(value) if isinstance(value, str) else ""


def _names(value: object) -> tuple[str, ...]:
    """Of a person, a name, or a list of either."""
    listed = value if isinstance(value, list) else [value]
    names = (_line(each.get("name") if isinstance(each, dict) else each) for each in listed)
    return tuple(dict.fromkeys(name for name in names if name))


def _keywords(value: object) -> tuple[str, ...]:
    listed = value.split(",") if isinstance(value, str) else value if isinstance(value, list) else []
    return tuple(dict.fromkeys(word for word in map(_line, listed) if word))


def _meta(root: Tag, name: str) -> str:
    found = root.find("meta", attrs={"property": name}) or root.find("meta", attrs={"name": name})
    return str(found.get("content") or "") if isinstance(found, Tag) else ""


def main_matter(root: Tag) -> str:
    """Html of the element that holds the article on a page of which nothing is known; empty where there is none.

    Of the articles on the page the one with the most running text, else the whole page; and of that the innermost
    element with most of the text in paragraphs. Changes `root`.
    """
    for tag in root.find_all(AROUND):
        tag.extract()
    articles = root.find_all(["article", "main"], limit=MOST_ARTICLES)
    holder = max(articles, key=_running_text, default=root)
    total = _running_text(holder)
    if total < SHORTEST_ARTICLE:
        holder, total = root, _running_text(root)
    inner: Tag | None = holder
    while inner is not None:
        holder = inner
        parts = holder.find_all(True, recursive=False)
        inner = next((part for part in parts if _running_text(part) >= MOST_OF_THE_TEXT * total), None)
    return str(holder) if total >= SHORTEST_ARTICLE else ""


def _running_text(tag: Tag) -> int:
    """Characters in paragraphs below the element."""
    return sum(len(paragraph.get_text(" ", strip=True)) for paragraph in tag.find_all("p"))
