"""What comes of one language does not depend on the others: so several can be matched at once."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from feedsvc import placing
from feedsvc.model import Article
from feedsvc.normalise import fingerprinted
from feedsvc.store import articles, memory_database
from feedsvc.store.tables import event
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
