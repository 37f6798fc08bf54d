"""What comes of one language does not depend on the others: so several can be matched at once."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from feedsvc import placing
from feedsvc.events import shipped, threads
from feedsvc.events.words import hashed
from feedsvc.model import Article, Correction
from feedsvc.normalise import fingerprinted
from feedsvc.store import articles, corrections, memory_database, profiles
from feedsvc.store.journal import KnownCorrection
from feedsvc.store.tables import event, outline
from feedsvc.text import event_id
from tests.saved import START
from tests.store.test_store import article
from tests.worker.press import words

SAGA = " ".join(words(7, 7))  # telling terms, the same in any language


def step(number: int, language: str, days: int) -> Article:
    """Of the saga, with as many words of its own."""
    own = " ".join(words(number, 1))
    told = replace(
        article(f"paper{number}:1", language=language), url=f"https://paper{number}.example/1", references=()
    )
    told = replace(told, title=" ".join(words(number, 9)[:5]), lead="", pictures=())
    time = START + timedelta(days=days)
    return fingerprinted(replace(told, text=f"{SAGA} {own}", published=time, first_seen=time, captured=time))


STEPS = [step(1, "en", 0), step(2, "de", 5), step(3, "en", 10), step(4, "de-AT", 15)]  # too far apart for one event


@pytest.mark.parametrize("streams", [[None], [["en"], ["de"]], [["de"], ["en"]]], ids=["at once", "en, de", "de, en"])
def test_a_saga_goes_on_in_its_own_language(streams: list[list[str] | None]) -> None:
    with closing(memory_database()) as database:
        with database.writing() as connection:
            articles.record(connection, STEPS)
        for languages in streams:
            placing.place(database, lambda *_: None, languages=languages)
        with database.reading() as connection:
            follows = dict(connection.execute(sa.select(event.c.id, event.c.follows)).all())
    ids = [event_id(each.key) for each in STEPS]
    assert follows == {ids[0]: None, ids[1]: None, ids[2]: ids[0], ids[3]: ids[1]}


def test_only_what_is_in_the_languages_is_placed() -> None:
    with closing(memory_database()) as database:
        with database.writing() as connection:
            articles.record(connection, STEPS)
        placing.place(database, lambda *_: None, languages=["de"])
        with database.reading() as connection:
            assert articles.unplaced(connection) == ["paper1:1", "paper3:1"]
            assert articles.unplaced(connection, ["de"]) == []


def outlines_of(connection: sa.Connection, language: str) -> set[str]:
    end = START + timedelta(days=30)
    rows = profiles.around(connection, {hashed(language): START}, end, shipped.version(), columns=["facts"])
    return {row.article for some in rows for row in some}


def test_only_outlines_of_the_languages_are_loaded_and_those_of_which_none_is_known() -> None:
    with closing(memory_database()) as database:
        with database.writing() as connection:
            articles.record(connection, STEPS)
        placing.place(database, lambda *_: None)
        with database.writing() as connection:
            assert outlines_of(connection, "de") == {"paper2:1", "paper4:1"}
            assert outlines_of(connection, "en") == {"paper1:1", "paper3:1"}
            connection.execute(sa.update(outline).where(outline.c.article == "paper1:1").values(language=None))
            connection.execute(sa.update(outline).where(outline.c.article == "paper3:1").values(version="before"))
            assert outlines_of(connection, "de") == {each.key for each in STEPS}


TIE = KnownCorrection(Correction("paper1:1", "paper2:1", same=True), START)


@pytest.mark.parametrize(("said", "loaded"), [([], {"de"}), ([TIE], {"de", "en"})])
def test_languages_that_a_correction_ties_are_loaded_together(
    monkeypatch: pytest.MonkeyPatch, said: list[KnownCorrection], loaded: set[str]
) -> None:
    asked: list[set[int]] = []

    def seen(connection: sa.Connection, starts: dict[int, Any], *others: Any, **named: Any) -> Any:
        asked.append(set(starts))
        return around(connection, starts, *others, **named)

    around = profiles.around
    with closing(memory_database()) as database:
        with database.writing() as connection:
            articles.record(connection, [*STEPS, step(5, "fr", 20)])
            corrections.record(connection, said)
        placing.place(database, lambda *_: None, languages=["en", "fr"])
        monkeypatch.setattr(profiles, "around", seen)
        placing.place(database, lambda *_: None)
    assert asked == [set(map(hashed, loaded))] * 2


OTHERS = [step(number, "en", number) for number in range(5, 8)]
OTHERS = [fingerprinted(replace(each, text=" ".join(words(100 + n, 8)))) for n, each in enumerate(OTHERS)]
LATE = step(9, "en", 9)


@pytest.mark.parametrize(("most", "goes_on"), [(3, False), (4, True)])
@pytest.mark.parametrize("at_once", [True, False], ids=["at once", "one by one"])
def test_no_more_than_the_latest_articles_are_looked_back_at(
    monkeypatch: pytest.MonkeyPatch, most: int, *, goes_on: bool, at_once: bool
) -> None:
    for module in (threads, placing):
        monkeypatch.setattr(module, "MOST_EARLIER", most)
    first, stream = step(1, "en", 0), [step(1, "en", 0), *OTHERS, LATE]
    with closing(memory_database()) as database:
        for batch in [stream] if at_once else [[each] for each in stream]:
            with database.writing() as connection:
                articles.record(connection, batch)
            placing.place(database, lambda *_: None)
        with database.reading() as connection:
            assert connection.scalar(sa.select(sa.func.count()).select_from(event)) == len(stream)
            follows = dict(connection.execute(sa.select(event.c.id, event.c.follows)).all())
    assert follows[event_id(LATE.key)] == (event_id(first.key) if goes_on else None)


def test_what_is_older_than_the_latest_is_not_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded: list[set[str]] = []

    def seen(*given: Any, **named: Any) -> Any:
        loaded.append({row.article for some in around(*given, **named) for row in some})
        return around(*given, **named)

    around = profiles.around
    monkeypatch.setattr(placing, "MOST_EARLIER", 2)
    with closing(memory_database()) as database:
        for batch in ([step(1, "en", 0), step(2, "de", 0), *OTHERS], [LATE, step(10, "de", 9)]):
            with database.writing() as connection:
                articles.record(connection, batch)
            loaded.clear()
            monkeypatch.setattr(profiles, "around", seen)
            placing.place(database, lambda *_: None)
    _near, earlier = loaded
    assert earlier == {"paper2:1", *(each.key for each in OTHERS[-2:])}
