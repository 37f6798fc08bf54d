"""Which event tells which older one anew in another language: kept, and true whatever becomes of the events."""

from __future__ import annotations

from feedsvc.store import Database, events

from .test_threads import absorb, three


def translate(database: Database, *links: tuple[int, int]) -> dict[int, int | None]:
    """The oldest event that each event is told to translate, by number."""
    with database.writing() as connection:
        events.translate(connection, {f"urn:uuid:dw:{later}": f"urn:uuid:dw:{older}" for later, older in links})
    return translated(database)


def translated(database: Database) -> dict[int, int | None]:
    with database.reading() as connection:
        known = events.load(connection)
    return {int(e.id[-1]): int(e.translates[-1]) if e.translates else None for e in known}


def test_links_lead_to_the_oldest(database: Database) -> None:
    three(database)
    assert translate(database) == {2: None, 1: None, 0: None}
    assert translate(database, (1, 0), (2, 1)) == {2: 0, 1: 0, 0: None}


def test_links_lead_to_earlier_events_alone(database: Database) -> None:
    three(database)
    assert translate(database, (1, 0), (0, 2), (2, 2)) == {2: None, 1: 0, 0: None}


def test_a_link_to_an_absorbed_event_leads_to_the_one_that_it_is(database: Database) -> None:
    three(database)
    translate(database, (2, 1))
    absorb(database, 1, 0)
    assert translated(database) == {2: 0, 0: None}


def test_a_thread_and_a_translation_are_two_things(database: Database) -> None:
    three(database)
    translate(database, (2, 1))
    with database.reading() as connection:
        assert {e.follows for e in events.load(connection)} == {None}
