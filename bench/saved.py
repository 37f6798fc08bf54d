"""Saved articles and their labels, read as `feedsvc update` reads them.

Needs the folder of shared articles (`../shared`). Called by train.py, rarity.py and quality.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from feedsvc.model import Article, Fault
from feedsvc.normalise import normalise
from feedsvc.publishers import publisher_for
from feedsvc.sources import folder

SHARED = Path(__file__).parent.parent.parent / "shared"


@dataclass(frozen=True, slots=True)
class LabelledSet:
    """One set of articles and what annotators say of them."""

    name: str
    articles: tuple[Article, ...]  # every saved document, revisions too
    ids: tuple[str, ...]  # label id of each article: the document's file name
    first: dict[str, str]  # id -> event; an article that is alone has an event of its own
    second: dict[str, str]  # the second annotator's, where there is one; else the first's
    source: dict[str, str]  # id -> publisher


def read_articles(directory: Path) -> Iterator[Article]:
    """The articles saved in a folder, by path; a document that cannot be read is left out, as in an update."""
    listed = [
        item for item in folder.list_documents(directory, directory.name, directory.name) if not isinstance(item, Fault)
    ]
    for listing in sorted(listed, key=lambda item: item.origin):
        data = folder.read_bytes(listing, directory.name)
        document = data if isinstance(data, Fault) else folder.parse_document(listing, data, directory.name)
        if isinstance(document, Fault):
            continue
        draft = folder.draft(document, directory.name)
        try:
            article = normalise(publisher_for(draft.url).read(draft))
        except Exception as error:  # as in an update, it costs one document
            print(f"{listing.origin}: {error!r}", file=sys.stderr)
            continue
        if not isinstance(article, Fault):
            yield replace(article, html="")  # matching reads the text


def set_names(shared: Path = SHARED) -> list[str]:
    return sorted(path.stem for path in (shared / "labels").glob("*.jsonl"))


def read_set(name: str, shared: Path = SHARED) -> LabelledSet:
    rows = [json.loads(line) for line in _labels(name, shared).read_text(encoding="utf-8").splitlines()]
    articles = tuple(read_articles(shared / "archive" / name))
    second_key = "event_second_pass" if any("event_second_pass" in row for row in rows) else "event"

    def events(key: str) -> dict[str, str]:
        return {row["id"]: row[key] or f"alone-{row['id']}" for row in rows}

    return LabelledSet(
        name=name,
        articles=articles,
        ids=tuple(Path(article.origin).stem for article in articles),
        first=events("event"),
        second=events(second_key),
        source={row["id"]: row["source"] for row in rows},
    )


def data_digest(shared: Path = SHARED) -> str:
    """Names the labels and the saved articles that a figure was measured on."""
    hasher = hashlib.sha256()
    for name in set_names(shared):
        for path in [_labels(name, shared), *sorted((shared / "archive" / name).rglob("*.md"))]:
            hasher.update(path.name.encode() + b"\0" + path.read_bytes())
    return hasher.hexdigest()[:16]


def _labels(name: str, shared: Path) -> Path:
    return shared / "labels" / f"{name}.jsonl"
