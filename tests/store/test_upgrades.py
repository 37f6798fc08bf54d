"""States of every released version, with data as it was written then, are brought up to date and publish the same."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config as Alembic
from alembic.script import ScriptDirectory

from feedsvc import inquiry
from feedsvc.config import load
from feedsvc.errors import StateError
from feedsvc.store import copies, open_database
from feedsvc.store import database as db
from feedsvc.text import event_id
from tests.saved import configuration
from tests.test_cycle import entries, tree, update

# What 0.1.0 wrote of an article, field by field.
DATA = {
    "publisher": "dw", "publisher_name": "Deutsche Welle", "source": "saved", "origin": "articles/a.md",
    "url": "https://www.dw.com/zh/a-1", "title": "", "lead": "", "html": "<p>一段</p>", "text": "一段",
    "language": "zh-Hans", "published": None, "modified": None, "authors": [], "agencies": ["AFP"], "rights": "",
    "categories": [], "pictures": [{"url": "https://static.dw.com/1.jpg", "caption": "", "credit": ""}],
    "references": [], "kind": "article",
}  # fmt: skip
TITLES = {"dw:1": "港口罢工第三天", "dw:2": "码头工人继续罢工", "dw:3": "山区降下初雪"}
FIRST = [
    ("source", "id, checked, outcome", [("saved", "2024-03-05 08:00:00.000000", "ok")]),
    ("event", "id, published, lead, absorbed_by", [
        (event_id("dw:1"), "2024-03-04 08:00:00.000000", "dw:1", None),
        (event_id("dw:2"), "2024-03-04 09:00:00.000000", None, event_id("dw:1")),
        (event_id("dw:3"), "2024-03-04 10:00:00.000000", "dw:3", None),
    ]),
    ("membership", "article, event, score, reason", [
        ("dw:1", event_id("dw:1"), 1.0, "founds"), ("dw:2", event_id("dw:1"), 0.9, "same"),
        ("dw:3", event_id("dw:3"), 1.0, "founds"),
    ]),
]  # fmt: skip
LATER = {
    "0002": [
        ("correction", "article, other, same, made", [("dw:1", "dw:2", 1, "2024-03-05 08:00:00.000000")]),
        ("verdict", "question, answer, asked", [("q", "[0]", "2024-03-05 08:00:00.000000")]),
    ],
    "0003": [
        ("statement", "source, article, digest, page, page_url, page_tries", [("live", "dw:3", "d", "", "", 0)]),
        ("serving", "source, believed, doubted, doubts", [("live", "[]", "[]", 0)]),
    ],
    "0010": [("article_count", "source, day, articles", [("saved", "2024-03-04", 3), ("saved", "", 3)])],
}


def versions() -> list[str]:
    return sorted(script.revision for script in ScriptDirectory.from_config(alembic()).walk_revisions())


def alembic() -> Alembic:
    config = Alembic()
    config.set_main_option("script_location", "feedsvc.store:migrations")
    config.set_main_option("path_separator", "os")
    return config


def articles() -> list[tuple[str, str, list[tuple[object, ...]]]]:
    at = {key: f"2024-03-04 {hour:02}:00:00.000000" for hour, key in enumerate(TITLES, 8)}
    keys = [(key, "dw", "saved", f"https://www.dw.com/zh/a-{key[3:]}", at[key], at[key], 1) for key in TITLES]
    data = {key: json.dumps(DATA | {"title": title, "url": f"https://www.dw.com/zh/a-{key[3:]}",
                                    "published": at[key].replace(" ", "T").partition(".")[0] + "+00:00"})
            for key, title in TITLES.items()}  # fmt: skip
    return [
        ("article", '"key", publisher, source, url, time, first_seen, revision', keys),
        ("revision", "article, number, captured, fingerprint, data", [(k, 1, at[k], k, data[k]) for k in TITLES]),
    ]


def built(path: Path, version: str) -> None:
    """A state of this version, filled as it was then."""
    path.parent.mkdir(parents=True, exist_ok=True)
    engine = sa.create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        config = alembic()
        config.attributes["connection"] = connection
        command.upgrade(config, version)
    engine.dispose()
    tables = [*articles(), *FIRST, *(table for since, rows in LATER.items() if since <= version for table in rows)]
    with closing(sqlite3.connect(path)) as connection:
        for table, columns, rows in tables:
            marks = ", ".join("?" * (columns.count(",") + 1))
            connection.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", rows)
        connection.commit()


@pytest.mark.parametrize("version", versions())
def test_a_state_of_any_version_publishes_what_it_published(tmp_path: Path, version: str) -> None:
    (tmp_path / "articles").mkdir()
    config = load(configuration(tmp_path))
    built(config.service.state, version)
    update(config.path)
    found = {e.findtext("{http://www.w3.org/2005/Atom}id"): e for e in entries(tmp_path / "output")}
    assert list(found) == [event_id("dw:3"), event_id("dw:1")]
    assert [len(row["articles"]) for row in inquiry.event_rows(config)] == [1, 2]
    assert (tmp_path / "output" / "events" / f"{event_id('dw:2')[9:]}.html").exists()
    assert copies.damage(config.service.state, thoroughly=True) == ""
    files = tree(tmp_path / "output")
    update(config.path)
    assert tree(tmp_path / "output") == files


@pytest.mark.slow
def test_the_published_bytes_do_not_depend_on_the_version_that_a_state_began_with(tmp_path: Path) -> None:
    trees = []
    for version in versions():
        folder = tmp_path / version
        (folder / "articles").mkdir(parents=True)
        config = load(configuration(folder))
        built(config.service.state, version)
        update(config.path)
        trees.append(tree(folder / "output"))
    assert all(other == trees[0] for other in trees)


@pytest.mark.parametrize("version", versions()[1:])
def test_an_older_feedsvc_refuses_a_newer_state_and_leaves_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str
) -> None:
    path = tmp_path / "state.sqlite"
    built(path, version)
    before = path.read_bytes()
    monkeypatch.setattr(db, "SCHEMA_VERSION", "0001")
    monkeypatch.setattr(db, "is_known_version", lambda found: found == "0001")
    with pytest.raises(StateError, match=f"newer feedsvc .schema {version}."):
        open_database(path)
    assert copies.schema_of(path) == version and len(path.read_bytes()) == len(before)
