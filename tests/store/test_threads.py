"""Which event goes on from which: kept, and true whatever becomes of the events."""

from __future__ import annotations

from feedsvc.model import Placement
from feedsvc.store import Database, events

from .test_store import article, founded, place, record


def three(database: Database) -> None:
    """Events of three hours, 0 to 2, named by their number."""
    for hour in range(3):
        record(database, article(f"dw:{hour}", hours=hour))
        place(database, founded(f"dw:{hour}"), hours=hour)


def link(database: Database, *links: tuple[int, int]) -> None:
    with database.writing() as connection:
        events.link(connection, {f"urn:uuid:dw:{later}": f"urn:uuid:dw:{earlier}" for later, earlier in links})


def absorb(database: Database, younger: int, older: int) -> None:
    with database.writing() as connection:
        events.absorb(connection, f"urn:uuid:dw:{younger}", f"urn:uuid:dw:{older}")


def follows(database: Database) -> dict[int, int | None]:
    with database.reading() as connection:
        known = events.load(connection)
    return {int(e.id[-1]): int(e.follows[-1]) if e.follows else None for e in known}


def test_links_are_kept_and_an_event_without_one_has_none(database: Database) -> None:
    three(database)
    link(database)
    assert follows(database) == {2: None, 1: None, 0: None}
    link(database, (1, 0), (2, 1))
    assert follows(database) == {2: 1, 1: 0, 0: None}


def test_a_link_to_an_absorbed_event_leads_to_the_one_that_it_is(database: Database) -> None:
    three(database)
    link(database, (2, 1))
    absorb(database, 1, 0)
    assert follows(database) == {2: 0, 0: None}


def test_an_event_that_absorbed_what_it_follows_does_not_follow_itself(database: Database) -> None:
    three(database)
    link(database, (1, 0))
    absorb(database, 0, 1)
    assert follows(database) == {2: None, 1: None}


def test_links_lead_to_earlier_events_alone_so_that_there_is_no_circle(database: Database) -> None:
    three(database)
    link(database, (1, 0), (2, 1), (0, 2))
    assert follows(database) == {2: 1, 1: 0, 0: None}


def test_a_link_to_an_event_without_articles_leads_nowhere(database: Database) -> None:
    three(database)
    link(database, (2, 1))
    with database.writing() as connection:
        events.move(connection, ["dw:1"], "urn:uuid:dw:0")
    assert follows(database) == {2: None, 0: None}


def test_a_later_article_of_an_event_changes_no_link(database: Database) -> None:
    three(database)
    link(database, (1, 0))
    record(database, article("dw:9", hours=5))
    place(database, Placement("dw:9", "urn:uuid:dw:1", False, 0.9, "same"), hours=5)
    assert follows(database) == {2: None, 1: 0, 0: None}
