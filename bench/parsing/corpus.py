"""The files of a corpus that are feeds or should be, and what their authors expect a reader to find in them."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

SUFFIXES = frozenset({".xml", ".rss", ".atom", ".rdf", ".json", ".kml", ".opml"})
OF_FEED = frozenset({"title", "link"})
PLACE = re.compile(r"(?:entries\[(?P<entry>\d+)\]|feed)\['(?P<field>[a-z_]+?)(?:_detail'\]\['value)?'\]")
ORIGIN = "http://127.0.0.1:8097/"  # where feedparser's tests serve theirs
EXPECT = re.compile(r"Expect:\s*(.*)\s*-->")
HEADER = re.compile(r"^Header:\s+([^:]+):(.*)$", re.MULTILINE)
TITLE, LINK, GUID, TIME, TEXT = "title", "link", "id", "date", "text"
MEANINGS = {
    **{"title": TITLE, "link": LINK, "id": GUID, "guid": GUID},
    **{"published_parsed": TIME, "updated_parsed": TIME, "created_parsed": TIME},
    **{"summary": TEXT, "description": TEXT},
}


@dataclass(frozen=True, slots=True)
class Claim:
    """One value of one entry that a corpus states."""

    entry: int | None  # its number; None: the feed itself
    meaning: str  # TITLE, LINK, GUID, TIME, TEXT
    value: str | datetime
    field: str  # as the corpus calls it


@dataclass(frozen=True, slots=True)
class Case:
    path: Path
    body: bytes
    content_type: str
    base: str
    claims: tuple[Claim, ...]


def cases(corpus: Path) -> Iterator[Case]:
    """Every feed below the folder, in the order of their paths; expectation files are no feeds."""
    files = sorted(p for p in corpus.rglob("*") if p.suffix.lower() in SUFFIXES and p.is_file())
    stems = {p.with_suffix("") for p in files if p.suffix.lower() != ".json"}
    for path in files:
        if path.suffix.lower() == ".json" and (path.with_suffix("") in stems or _is_expectation(path)):
            continue
        yield _case(path)


def _is_expectation(path: Path) -> bool:
    return path.stem.endswith("_expected") or ("translator" in path.parts and "json" not in path.parts)


def _case(path: Path) -> Case:
    body = path.read_bytes()
    text = body.decode("utf-8", "replace")
    headers = {name.strip().lower(): value.strip() for name, value in HEADER.findall(text)}
    expected = path.with_suffix(".json")
    if path.suffix.lower() != ".json" and expected.exists():
        claims = tuple(_gofeed_claims(expected))
    else:
        claims = tuple(_feedparser_claims(_readable(body)))
    base = urljoin(ORIGIN if path.name.startswith("http_") else "", headers.get("content-location", ""))
    return Case(path, body, headers.get("content-type", ""), base, claims)


def _readable(body: bytes) -> str:
    """The comment that states the expectation, whatever encoding it is in."""
    if body[:4].count(0) in (2, 3):
        width = "utf-32" if body[:4].count(0) == 3 or body[:2] == b"\0\0" else "utf-16"
        is_big = body[:1] == b"\0" or body[:2] == b"\xfe\xff"
        return body.decode(f"{width}-{'be' if is_big else 'le'}", "replace")
    if body[:2] in (b"\xfe\xff", b"\xff\xfe"):
        return body.decode("utf-16", "replace")
    return body.decode("utf-8", "replace")


def _feedparser_claims(text: str) -> Iterator[Claim]:
    """From `Expect: entries[0]['title'] == '…' and …`; parts that say something else are passed over."""
    match = EXPECT.search(text)
    if match is None:
        return
    try:
        expression = ast.parse(match[1].strip(), mode="eval").body
    except (SyntaxError, ValueError):
        return
    parts = (
        expression.values if isinstance(expression, ast.BoolOp) and isinstance(expression.op, ast.And) else [expression]
    )
    for part in parts:
        if isinstance(part, ast.Compare) and all(isinstance(operator, ast.Eq) for operator in part.ops):
            for left in (part.left, *part.comparators[:-1]):
                yield from _comparison(left, part.comparators[-1])


def _comparison(left: ast.expr, right: ast.expr) -> Iterator[Claim]:
    place = PLACE.fullmatch(ast.unparse(left))
    if place is None or place["field"] not in (MEANINGS if place["entry"] else OF_FEED):
        return
    try:
        value = ast.literal_eval(right)
    except ValueError:
        return
    yield from claim(int(place["entry"]) if place["entry"] else None, place["field"], value)


def claim(entry: int | None, field: str, value: object) -> Iterator[Claim]:
    """What feedparser's field with that value claims, if anything."""
    if MEANINGS[field] == TIME:
        if isinstance(value, tuple) and len(value) >= 6:
            year, month, day, hour, minute, second = value[:6]
            yield Claim(entry, TIME, datetime(year, month, day, hour, minute, second, tzinfo=UTC), field)
    elif isinstance(value, str) and value.strip():
        yield Claim(entry, MEANINGS[field], value, field)


def _gofeed_claims(path: Path) -> Iterator[Claim]:
    try:
        feed = json.loads(path.read_bytes())
    except ValueError:
        return
    for field in OF_FEED:
        yield from claim(None, field, feed.get(field))
    for number, item in enumerate(feed.get("items") or feed.get("entries") or ()):
        yield from _gofeed_item(number, item)


def _gofeed_item(number: int, item: dict[str, Any]) -> Iterator[Claim]:
    guid = item.get("guid") or item.get("id")
    stated = {
        TITLE: item.get("title"),
        LINK: item.get("link"),
        GUID: guid.get("value") if isinstance(guid, dict) else guid,
    }
    for meaning, value in stated.items():
        if isinstance(value, str) and value.strip():
            yield Claim(number, meaning, value, meaning)
    for field in ("publishedParsed", "updatedParsed", "pubDateParsed"):
        if value := item.get(field):
            yield Claim(number, TIME, datetime.fromisoformat(value).astimezone(UTC), field)
