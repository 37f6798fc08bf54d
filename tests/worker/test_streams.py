"""What comes of one language does not depend on the others: so several can be matched at once."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from feedsvc import placing
from feedsvc.events import shipped
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
    told = replace(article(f"paper{number}:1", language=language), title=" ".join(words(number, 9)[:5]), lead="")
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
    rows = profiles.around(
        connection,
        START,
        START + timedelta(days=30),
        shipped.version(),
        columns=["facts"],
        languages=[hashed(language)],
    )
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

    def seen(*given: Any, languages: set[int], **others: Any) -> Any:
        asked.append(languages)
        return around(*given, languages=languages, **others)

    around = profiles.around
    with closing(memory_database()) as database:
        with database.writing() as connection:
            articles.record(connection, [*STEPS, step(5, "fr", 20)])
            corrections.record(connection, said)
        placing.place(database, lambda *_: None, languages=["en", "fr"])
        monkeypatch.setattr(profiles, "around", seen)
        placing.place(database, lambda *_: None)
    assert asked == [set(map(hashed, loaded))] * 2
