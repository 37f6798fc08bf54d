"""States to correct by hand, and what is to be seen of them afterwards. Tests import the fixtures from here."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from feedsvc import corrections, inquiry
from feedsvc.config import Config, load
from feedsvc.model import Article, Placement
from feedsvc.store import articles, events, open_database
from feedsvc.store import corrections as stored
from feedsvc.text import event_id
from tests.saved import START, configuration, dw, small_archive, write
from tests.test_cycle import update

NOW = datetime(2024, 3, 10, 12, tzinfo=UTC)
RETOLD = [
    "瓦努阿图强震后的第一夜，维拉港居民在户外过夜，港口边两座办公楼已成废墟，至少14人丧生，两百余人受伤。",
    "总理萨尔维（Charlot Salwai）宣布紧急状态七天，请求国际援助；机场跑道出现裂缝，航班停飞，救援人员搜寻幸存者。",
]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Three events: an earthquake that two articles report, an election, a day at the markets."""
    write(tmp_path / "articles", small_archive())
    configuration(tmp_path)
    update(tmp_path / "config.toml")
    return tmp_path


@pytest.fixture
def config(place: Path) -> Config:
    return load(place / "config.toml")


def grouped(config: Config) -> dict[str, list[str]]:
    """Keys of each event's articles, by event id."""
    return {row["id"]: [article["id"] for article in row["articles"]] for row in inquiry.event_rows(config)}


def key_of(config: Config, word: str) -> str:
    """Key of the article whose saved document's name holds the word."""
    return next(a["id"] for row in inquiry.event_rows(config) for a in row["articles"] if word in a["origin"])


@pytest.fixture
def keys(config: Config) -> dict[str, str]:
    return {name: key_of(config, name) for name in ("rfi/quake", "dw/quake", "election", "markets")}


def said(config: Config) -> dict[tuple[str, str], bool]:
    with closing(open_database(config.service.state)) as database, database.reading() as connection:
        return {(c.article, c.other): c.same for c in stored.load(connection)}


def pair(one: str, other: str) -> tuple[str, str]:
    return min(one, other), max(one, other)


def three_in_one(place: Path) -> tuple[Config, str, list[str]]:
    """An event of three articles, in the order of placing, joined by hand if need be."""
    third = dw("维拉港震后之夜 居民户外过夜", RETOLD, 70000009, START + timedelta(hours=9))
    write(place / "articles", {"dw/night.md": third})
    update(place / "config.toml")
    config = load(place / "config.toml")
    keys = [key_of(config, name) for name in ("rfi/quake", "dw/quake", "dw/night")]
    if event_id(keys[2]) in grouped(config):
        corrections.join(config, event_id(keys[0]), event_id(keys[2]), NOW)
    assert grouped(config)[event_id(keys[0])] == keys
    return config, event_id(keys[0]), keys


def lone(number: int, like: Article) -> Article:
    return replace(
        like, key=f"p:{number}", url=f"https://p.example/{number}", first_seen=START + timedelta(hours=number)
    )


def lone_articles(place: Path) -> Config:
    """A state of eight articles, each an event of its own."""
    config = load(configuration(place))
    like = Article(
        key="", publisher="p", publisher_name="P", source="saved", origin="", url="", title="", lead="", html="",
        text="", language="en", published=None, modified=None, first_seen=START, captured=START,
    )  # fmt: skip
    found = [lone(number, like) for number in range(8)]
    with closing(open_database(config.service.state)) as database, database.writing() as connection:
        articles.record(connection, found)
        placements = [Placement(a.key, event_id(a.key), founded=True, score=1.0, reason="") for a in found]
        events.record(connection, placements, {a.key: a.time for a in found})
    return config
