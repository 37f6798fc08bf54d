"""One way for all adapter tests to read a draft of our own writing."""

from __future__ import annotations

from datetime import UTC, datetime

from feedsvc.model import Article, Draft
from feedsvc.normalise import normalise
from feedsvc.publishers import publisher_for

CAPTURED = datetime(2024, 1, 31, 12, 0, tzinfo=UTC)


def draft(url: str, html: str, title: str = "标题", **stated: object) -> Draft:
    return Draft(source="s", origin="saved/a.md", captured=CAPTURED, url=url, title=title, html=html, **stated)  # type: ignore[arg-type]


def read(url: str, html: str, title: str = "标题", **stated: object) -> Article:
    """Through the host's adapter and `normalise`, as every document goes."""
    article = normalise(publisher_for(url).read(draft(url, html, title, **stated)))
    assert isinstance(article, Article), article
    return article
