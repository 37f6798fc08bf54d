"""Real articles, where they are at hand: the five seeds and the archive go the whole way. Quotes none of them."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path

import pytest
from lxml import etree

from feedsvc import inquiry
from feedsvc.config import load
from feedsvc.store import articles, open_database
from tests.test_cycle import ATOM, tree, update

SHARED = Path(__file__).parent.parent.parent / "shared"
pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not (SHARED / "seeds").is_dir(), reason="the real articles are not beside this checkout"),
]
FEED = '[[feed]]\nslug = "{slug}"\ntitle = "{slug}"\n{rules}\n'
# What mirrors and sites add around an article, and the addresses of their proxies and machines.
NOT_OURS = ["分享", "获取更多RSS", "feedx", "selfpromo", "版权声明", "api.dw.com", "weserv", "同一主题", "article-list"]


def configuration(folder: Path, source: Path, *feeds: str) -> Path:
    path = folder / "config.toml"
    head = f'[service]\nbase_url = "https://news.example/"\n[[source]]\nid = "real"\npath = "{source}"\n'
    path.write_text(head + "".join(feeds), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def seeds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("seeds")
    feed = FEED.format(slug="fentanyl", rules='any = ["芬太尼", "禁毒", "fentanyl"]')
    update(configuration(folder, SHARED / "seeds", feed))
    return folder


def test_the_five_seeds_are_two_events(seeds: Path) -> None:
    rows = inquiry.event_rows(load(seeds / "config.toml"), "fentanyl")
    stems = [[Path(article["origin"]).name[:3] for article in row["articles"]] for row in rows]
    assert stems == [["000", "002", "003", "004"], ["001"]]
    assert Counter(article["publisher"] for article in rows[0]["articles"]) == {"rfi": 2, "dw": 2}
    assert rows[0]["articles"][0]["published"] == "2024-01-28T23:00:00Z"


def test_no_mirrors_or_sites_additions_reach_any_output(seeds: Path) -> None:
    for name, content in tree(seeds / "output").items():
        text = content.decode()
        assert [mark for mark in NOT_OURS if mark in text] == [], name


def test_captions_are_captions(seeds: Path) -> None:
    database = open_database(seeds / "state" / "feedsvc.sqlite")
    with database.reading() as connection:
        found = articles.current(connection, ["dw:68123985", "dw:68136197"])
    database.close()
    assert [len(article.pictures) for article in found.values()] == [2, 2]
    for article in found.values():
        for picture in article.pictures:
            assert picture.url.startswith("https://static.dw.com/image/")
            assert picture.caption
            assert f"<figcaption>{picture.caption}" in article.html
            assert picture.caption not in article.text


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("archive")
    feeds = [FEED.format(slug="all", rules=""), FEED.format(slug="hongkong", rules='any = ["香港"]\nlimit = 5000')]
    update(configuration(folder, SHARED / "archive", *feeds))
    return folder


@pytest.mark.slow
def test_no_article_is_lost_and_none_is_without_title_link_or_time(archive: Path) -> None:
    rows = inquiry.event_rows(load(archive / "config.toml"))
    articles = [article for row in rows for article in row["articles"]]
    saved = {path.stem for path in (SHARED / "archive").rglob("*.md")}
    assert {Path(origin).stem for article in articles for origin in article["origins"]} == saved
    assert len({article["id"] for article in articles}) == len(articles)
    for article in articles:
        assert article["title"].strip()
        assert re.fullmatch(r"https://[!-~]+", article["url"])
        assert re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", article["published"])
        assert article["id"].isascii()


@pytest.mark.slow
def test_every_feed_of_the_archive_is_valid(archive: Path) -> None:
    grammar = etree.RelaxNG(etree.parse(Path(__file__).parent / "render" / "atom.rng"))
    for slug in ("all", "hongkong"):
        document = etree.parse(archive / "output" / f"{slug}.atom")
        grammar.assertValid(document)
        for name in ("id", "updated"):
            values = [entry.findtext(f"{ATOM}{name}") for entry in document.findall(f"{ATOM}entry")]
            assert len(set(values)) == len(values) > 50
            assert all(str(value).isascii() for value in values)
        etree.parse(archive / "output" / f"{slug}.rss")
        items = json.loads((archive / "output" / f"{slug}.json").read_text())["items"]
        assert len({item["id"] for item in items}) == len(items) > 50
        for kind in ("atom", "rss", "json"):
            assert (archive / "output" / f"{slug}.{kind}").stat().st_size <= 512 * 1024


@pytest.mark.slow
def test_the_archive_again_changes_nothing_with_or_without_its_database(archive: Path) -> None:
    before = tree(archive / "output")
    ingested, published = update(archive / "config.toml")
    assert (ingested.documents_parsed, published.written) == (0, ())
    for path in (archive / "state").iterdir():
        path.unlink()
    assert update(archive / "config.toml")[1].written == ()
    assert tree(archive / "output") == before


@pytest.mark.slow
def test_nothing_but_article_reaches_the_archives_output(archive: Path) -> None:
    # "分享" is an everyday word of real articles: only the share block's own spelling tells.
    marks = ["分享 :", *NOT_OURS[1:]]
    found = {n: [m for m in marks if m in c.decode()] for n, c in tree(archive / "output").items()}
    assert {name: marks for name, marks in found.items() if marks} == {}
