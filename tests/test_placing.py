"""Matching within whole updates: threads, translations, the judge, and what is kept of an article."""

from __future__ import annotations

import itertools
import logging
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from feedsvc import inquiry, placing
from feedsvc.config import load
from feedsvc.events import keeping, profile, profile_all, shipped
from feedsvc.events.outline import outline as outlined
from feedsvc.store import articles, open_database, profiles
from feedsvc.store.tables import article, borderline, event, membership, outline
from tests.events.test_cost import invented
from tests.judge_server import Behaviour, JudgeServer, answers, closes, hangs, says
from tests.saved import START, configuration, dw, saved, small_archive, write
from tests.test_cycle import NOW, entries, tree, update

SEEDS = Path(__file__).parent.parent / "seeds"
ENGLISH_QUAKE = (
    "<p>A magnitude 7.3 earthquake shook Vanuatu on Monday, killing at least 14 people in the capital, Port Vila.</p>"
    "<p>Prime Minister Charlot Salwai declared a state of emergency. More than 200 people were wounded.</p>"
)
# A reaction in other words: the score alone is unsure about it.
REACTION = [
    "澳大利亚和新西兰表示，正为瓦努阿图派出搜救人员和两架运输机。",
    "萨尔维总理感谢邻国伸出援手，说首都的医院急需药品。",
]


def events(config: Path, feed: str | None = None) -> list[dict[str, Any]]:
    return inquiry.event_rows(load(config), feed)


def headlines(config: Path) -> list[list[str]]:
    return sorted(sorted(a["title"] for a in row["articles"]) for row in events(config))


@pytest.fixture
def reaction(tmp_path: Path) -> Path:
    late = dw("澳新向瓦努阿图派出救援队", REACTION, 70000005, START + timedelta(hours=9))
    write(tmp_path / "articles", small_archive() | {"dw/aid.md": late})
    return tmp_path


def judged(place: Path, behaviour: Behaviour, extra: str = "") -> tuple[list[list[str]], JudgeServer]:
    with JudgeServer(behaviour) as server:
        judge = f'[dedup.judge]\nurl = "{server.url}"\nmodel = "simulated"\n{extra}\n'
        config = configuration(place, extra=judge)
        update(config)
        return headlines(config), server


def offline(place: Path) -> list[list[str]]:
    alone = place / "alone"
    alone.mkdir()
    (alone / "articles").symlink_to(place / "articles")
    config = configuration(alone)
    update(config)
    return headlines(config)


def test_a_judge_puts_the_unsure_article_where_it_says(reaction: Path) -> None:
    found, server = judged(reaction, answers(lambda article, candidates: range(len(candidates))))
    assert any({"澳新向瓦努阿图派出救援队", "瓦努阿图强震14人丧生 全国进入紧急状态"} <= set(titles) for titles in found)
    assert 0 < len(server.payloads) <= 5


def test_a_judge_keeps_apart_what_the_score_would_join(place: Path) -> None:
    found, server = judged(place, answers(lambda article, candidates: ()))
    assert server.payloads
    assert all(len(titles) == 1 for titles in found)


@pytest.mark.parametrize("behaviour", [says("both, I should think"), closes, hangs], ids=["garbage", "closes", "hangs"])
def test_a_judge_that_fails_changes_nothing(reaction: Path, behaviour: Behaviour) -> None:
    assert judged(reaction, behaviour, 'timeout = "1s"')[0] == offline(reaction)


def test_a_judge_that_is_down_changes_nothing(reaction: Path, caplog: pytest.LogCaptureFixture) -> None:
    with JudgeServer(says("")) as server:
        url = server.url  # and gone it is
    config = configuration(reaction, extra=f'[dedup.judge]\nurl = "{url}"\nmodel = "simulated"\n')
    with caplog.at_level(logging.WARNING):
        update(config)
    assert headlines(config) == offline(reaction)
    assert len([record for record in caplog.records if "judge" in record.getMessage()]) == 1


def test_a_question_is_asked_once_though_all_is_placed_anew(place: Path) -> None:
    with JudgeServer(answers(lambda article, candidates: ())) as server:
        config = configuration(place, extra=f'[dedup.judge]\nurl = "{server.url}"\nmodel = "simulated"\n')
        update(config)
        found, asked = headlines(config), len(server.payloads)
        database = open_database(load(config).service.state)
        with database.writing() as connection:
            for table in (borderline, membership, event):
                connection.execute(sa.delete(table))
        database.close()
        update(config)
        assert headlines(config) == found
        assert len(server.payloads) == asked > 0


@pytest.fixture
def place(tmp_path: Path) -> Path:
    write(tmp_path / "articles", small_archive())
    return tmp_path


def test_what_is_kept_of_an_article_equals_what_is_made_of_it(place: Path) -> None:
    config = configuration(place)
    update(config)
    database = open_database(load(config).service.state)
    with database.reading() as connection:
        keys = articles.keys_of(connection, "dw:70000001")
        kept = profiles.load(connection, keys, shipped.version())
        made = profile(articles.first(connection, keys)[keys[0]], shipped.words())
        assert profiles.load(connection, keys, "another version") == {}
    database.close()
    assert keeping.to_bytes(keeping.from_bytes(kept[keys[0]])) == kept[keys[0]] == keeping.to_bytes(made)


def test_a_later_run_matches_without_reading_old_texts_again(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = configuration(place)
    update(config)
    made: list[str] = []

    def counted(articles: Any, words: Any) -> Any:
        made.extend(article.key for article in articles)
        return profile_all(articles, words)

    monkeypatch.setattr(placing, "profile_all", counted)
    later = dw("瓦努阿图地震：维拉港14人遇难", REACTION, 70000006, START + timedelta(hours=9))
    write(place / "articles", {"dw/later.md": later})
    update(config)
    assert made == ["dw:70000006"]


def asked_of_the_store(state: Path, earlier: int) -> list[str]:
    """The statements that it takes to place one article, where so many have their places."""
    new, *known = itertools.islice(invented(), earlier + 1)
    asked: list[str] = []
    with closing(open_database(state)) as database:
        sa.event.listen(database.engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
        for batch in (known, [new]):
            with database.writing() as connection:
                articles.record(connection, batch)
            asked.clear()
            placing.place(database, lambda *_: None)
    return asked


def test_the_store_is_asked_as_often_however_much_is_in_the_window(tmp_path: Path) -> None:
    few, many = (asked_of_the_store(tmp_path / f"{earlier}.db", earlier) for earlier in (10, 120))
    fetched = [sum("FROM profile" in statement for statement in asked) for asked in (few, many)]
    assert max(fetched) <= 2  # of those that were found, then of their events
    assert len(many) - 2 * fetched[1] == len(few) - 2 * fetched[0]  # a transaction each


def test_articles_are_in_memory_a_step_at_a_time_and_may_leave_before_it_is_theirs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = list(itertools.islice(invented(), 7))
    read: list[int] = []
    first = articles.first

    def read_by_then(connection: sa.Connection, keys: list[str]) -> Any:
        read.append(len(keys))
        connection.execute(sa.delete(article).where(article.c.key == known[4].key))
        return first(connection, keys)

    monkeypatch.setattr(placing, "STEP", 3)
    monkeypatch.setattr(articles, "first", read_by_then)
    with closing(open_database(tmp_path / "state.db")) as database:
        with database.writing() as connection:
            articles.record(connection, known)
        monkeypatch.setattr(database, "reading", database.writing)
        placed = placing.place(database, lambda *_: None)
        with database.writing() as connection:
            has_place = set(connection.scalars(sa.select(membership.c.article)))
    assert max(read) == 3
    assert placed.founded + placed.joined == 6
    assert has_place == {each.key for each in known} - {known[4].key}


def test_what_no_version_knew_to_keep_is_made_once_and_kept_from_then_on(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = configuration(place)
    update(config)
    database = open_database(load(config).service.state)
    with database.writing() as connection:
        connection.execute(sa.update(outline).values(version="an earlier one"))
    made: list[str] = []

    def counted(facts: Any, terms: Any, left: Any) -> Any:
        made.append(left.key)
        return outlined(facts, terms, left)

    monkeypatch.setattr(placing, "outline", counted)
    for number, expected in ((70000006, 5), (70000007, 1)):
        made.clear()
        later = dw(f"瓦努阿图地震：第{number}报", REACTION, number, START + timedelta(hours=9))
        write(place / "articles", {f"dw/later{number}.md": later})
        update(config)
        assert len(made) == expected
    with database.reading() as connection:
        assert set(connection.scalars(sa.select(outline.c.version))) == {shipped.version()}
    database.close()


def test_a_feed_that_crosses_languages_has_one_entry_for_both(place: Path) -> None:
    english = saved(
        "Vanuatu earthquake kills 14", "https://courier.example/quake", ENGLISH_QUAKE, START + timedelta(hours=4)
    )
    write(place / "articles", {"courier/quake.md": english})
    feeds = '[[feed]]\nslug = "apart"\n[[feed]]\nslug = "world"\ncross_language = true\n'
    config = configuration(place, feeds=feeds)
    update(config)
    assert len(events(config, "apart")) == len(entries(place / "output", "apart")) == 4
    assert len(events(config, "world")) == len(entries(place / "output", "world")) == 3
    before = tree(place / "output")
    update(config, now=NOW + timedelta(days=1))
    assert tree(place / "output") == before


def test_the_seeds_are_two_events_of_one_thread(tmp_path: Path) -> None:
    (tmp_path / "articles").symlink_to(SEEDS)
    config = configuration(tmp_path)
    update(config)
    found = events(config)
    assert sorted(len(row["articles"]) for row in found) == [1, 4]
    assert found[0]["thread"] == found[1]["thread"] == min(found, key=lambda row: row["published"])["id"]
