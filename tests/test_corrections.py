"""Correcting by hand: what joins and comes apart, and that nothing can come between."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from lxml import etree

from feedsvc import corrections, inquiry
from feedsvc.config import Config, load
from feedsvc.corrections import Change, desk
from feedsvc.errors import FeedsvcError, StateError
from feedsvc.model import Correction
from feedsvc.store import Database, events, journal, open_database, sole_writer
from feedsvc.text import event_id
from tests.correcting import NOW, config, grouped, keys, lone_articles, pair, place, said, three_in_one
from tests.saved import configuration
from tests.test_cycle import Killed, entries, tree, update

__all__ = ["config", "keys", "place"]


# Joining


@pytest.mark.parametrize("swapped", [False, True])
def test_the_older_event_takes_in_the_younger(config: Config, keys: dict[str, str], swapped: bool) -> None:
    older, younger = event_id(keys["rfi/quake"]), event_id(keys["election"])
    change = corrections.join(config, *((younger, older) if swapped else (older, younger)), now=NOW)
    assert (change.event, change.absorbed, change.moved) == (older, younger, (keys["election"],))
    assert grouped(config)[older] == [keys["rfi/quake"], keys["dw/quake"], keys["election"]]
    assert younger not in grouped(config)


def test_the_next_update_publishes_it_and_the_younger_page_leads_to_the_older(
    place: Path, config: Config, keys: dict[str, str]
) -> None:
    older, younger = event_id(keys["rfi/quake"]), event_id(keys["election"])
    before = tree(place / "output")
    corrections.join(config, older, younger, NOW)
    assert tree(place / "output") == before
    update(config.path)
    assert len(entries(place / "output")) == 2
    moved = (place / "output" / f"events/{younger.removeprefix('urn:uuid:')}.html").read_text()
    assert older.removeprefix("urn:uuid:") in moved
    assert update(config.path)[1].written == ()


def test_all_articles_of_joined_events_are_said_to_be_one(config: Config, keys: dict[str, str]) -> None:
    corrections.join(config, event_id(keys["rfi/quake"]), event_id(keys["election"]), NOW)
    founder = keys["rfi/quake"]
    assert said(config) == {pair(founder, keys[name]): True for name in ("dw/quake", "election")}


@pytest.mark.parametrize(
    "named",
    [
        "{urn}",
        "{uuid}",
        "output/events/{uuid}.html",
        "{uuid}.html",
        "https://news.example/events/{uuid}.html",
        "http://localhost:8000/events/{uuid}.html?x#top",
        " {UUID} ",
    ],
)
def test_an_event_goes_by_many_names(config: Config, keys: dict[str, str], named: str) -> None:
    urn = event_id(keys["markets"])
    uuid = urn.removeprefix("urn:uuid:")
    name = named.format(urn=urn, uuid=uuid, UUID=uuid.upper())
    assert corrections.join(config, event_id(keys["election"]), name, NOW).absorbed == urn


def test_an_absorbed_event_stands_for_the_one_that_it_became(config: Config, keys: dict[str, str]) -> None:
    quake, election, markets = (event_id(keys[name]) for name in ("rfi/quake", "election", "markets"))
    corrections.join(config, election, markets, NOW)
    assert corrections.join(config, markets, quake, NOW).event == quake
    with pytest.raises(FeedsvcError, match="one event already"):
        corrections.join(config, markets, election, NOW)
    assert len(grouped(config)) == 1


@pytest.mark.parametrize("name", ["urn:uuid:00000000-0000-0000-0000-000000000000", "earthquake", "", "dw:70000001"])
def test_an_unknown_event_is_named(config: Config, keys: dict[str, str], name: str) -> None:
    before = grouped(config)
    with pytest.raises(FeedsvcError, match=f"no event {name};"):
        corrections.join(config, event_id(keys["markets"]), name, NOW)
    assert (grouped(config), said(config)) == (before, {})
    assert not journal.journal_of(config.service.state).exists()


# Splitting


def test_who_leaves_founds_an_event(place: Path, config: Config, keys: dict[str, str]) -> None:
    old, new = event_id(keys["rfi/quake"]), event_id(keys["dw/quake"])
    change = corrections.split(config, old, [keys["dw/quake"]], NOW)
    assert (change.event, change.founded, change.moved, change.instead) == (old, new, (keys["dw/quake"],), False)
    assert said(config) == {pair(keys["rfi/quake"], keys["dw/quake"]): False}
    update(config.path)
    assert grouped(config)[old] == [keys["rfi/quake"]]
    rows = {row["id"]: row for row in inquiry.event_rows(config)}
    assert rows[new]["published"] == "2024-03-04T11:00:00Z"
    assert len(entries(place / "output")) == 4
    assert update(config.path)[1].written == ()


@pytest.mark.parametrize(
    "name", ["dw:70000001", "https://www.dw.com/zh/other/a-70000001?maca=x", "articles/dw/quake.md"]
)
def test_an_article_goes_by_many_names(config: Config, keys: dict[str, str], name: str) -> None:
    assert corrections.split(config, event_id(keys["rfi/quake"]), [name], NOW).moved == ("dw:70000001",)


def test_those_that_leave_form_one_event_of_which_the_first_placed_is_the_founder(place: Path) -> None:
    config, event, (first, second, third) = three_in_one(place)
    change = corrections.split(config, event, [third, second], NOW)
    assert (change.founded, change.moved) == (event_id(second), (second, third))
    assert said(config) | {} == {pair(first, second): False, pair(first, third): False, pair(second, third): True}
    assert grouped(config)[event_id(second)] == [second, third]


def test_the_founder_stays_and_the_others_leave_instead(place: Path) -> None:
    config, event, (first, second, third) = three_in_one(place)
    change = corrections.split(config, event, [first, second], NOW)
    assert change.instead
    assert (change.event, change.founded, change.moved) == (event, event_id(third), (third,))
    assert grouped(config)[event] == [first, second]


def test_a_lead_that_leaves_is_followed_by_another_and_one_that_stays_stays(place: Path) -> None:
    config, event, _ = three_in_one(place)
    update(config.path)
    with closing(open_database(config.service.state)) as database, database.reading() as connection:
        lead = next(known.lead for known in events.load(connection) if known.id == event)
    assert lead is not None
    with closing(open_database(config.service.state)) as database, database.writing() as connection:
        connection.execute(sa.text("UPDATE event SET lead = 'dw:70000001'"))
    corrections.split(config, event, ["dw:70000001"], NOW)
    with closing(open_database(config.service.state)) as database, database.reading() as connection:
        leads = {known.id: known.lead for known in events.load(connection)}
    assert (leads[event], leads[event_id("dw:70000001")]) == (None, None)
    update(config.path)
    corrections.split(config, event, ["dw:70000009"], NOW)
    with closing(open_database(config.service.state)) as database, database.reading() as connection:
        leads = {known.id: known.lead for known in events.load(connection)}
    assert leads[event] == lead


@pytest.mark.parametrize(
    ("names", "problem"),
    [
        (["articles/rfi/markets.md"], "articles/rfi/markets.md: not in urn:uuid:"),
        (["articles/dw/quake.md", "articles/rfi/election.md"], "articles/rfi/election.md: not in urn:uuid:"),
        (["articles/rfi/quake.md", "articles/dw/quake.md"], "some must stay"),
        (["dw:70000001", "articles/rfi/quake.md", "dw:70000001"], "some must stay"),
        (["articles/none.md"], "no article articles/none.md"),
    ],
)
def test_what_cannot_be_split_gets_one_line_and_changes_nothing(
    config: Config, keys: dict[str, str], names: list[str], problem: str
) -> None:
    before = grouped(config)
    with pytest.raises(FeedsvcError, match=problem) as raised:
        corrections.split(config, event_id(keys["rfi/quake"]), names, NOW)
    assert "\n" not in str(raised.value)
    assert (grouped(config), said(config)) == (before, {})


def test_an_event_of_one_article_cannot_be_split(config: Config, keys: dict[str, str]) -> None:
    with pytest.raises(FeedsvcError, match="some must stay"):
        corrections.split(config, event_id(keys["markets"]), [keys["markets"]], NOW)


# One after the other


def told(place: Path) -> list[bytes]:
    """The entries of the feed, without what it says of entries that are gone."""
    return [etree.tostring(entry, method="c14n", exclusive=True) for entry in entries(place / "output")]


def test_a_split_takes_a_join_back_with_the_ids_that_were_there(
    place: Path, config: Config, keys: dict[str, str]
) -> None:
    before, shown = grouped(config), told(place)
    quake, election = event_id(keys["rfi/quake"]), event_id(keys["election"])
    corrections.join(config, quake, election, NOW)
    update(config.path)
    assert told(place) != shown
    change = corrections.split(config, quake, [keys["election"]], NOW)
    assert change.founded == election
    assert grouped(config) == before
    update(config.path)
    assert told(place) == shown
    assert f'ref="{election}"' not in (place / "output" / "all.atom").read_text(encoding="utf-8")
    page = place / "output" / f"events/{election.removeprefix('urn:uuid:')}.html"
    assert quake.removeprefix("urn:uuid:") not in page.read_text(encoding="utf-8")


def test_an_event_that_was_absorbed_goes_with_its_founder(config: Config, keys: dict[str, str]) -> None:
    quake, election, markets = (event_id(keys[name]) for name in ("rfi/quake", "election", "markets"))
    corrections.join(config, quake, election, NOW)
    corrections.join(config, quake, markets, NOW)
    corrections.split(config, quake, [keys["election"], keys["markets"]], NOW)
    assert grouped(config)[election] == [keys["election"], keys["markets"]]
    with closing(open_database(config.service.state)) as database, database.reading() as connection:
        assert events.absorbed(connection, [election]) == {markets: election}


def test_a_join_takes_a_split_back(config: Config, keys: dict[str, str]) -> None:
    before = grouped(config)
    quake = event_id(keys["rfi/quake"])
    corrections.split(config, quake, [keys["dw/quake"]], NOW)
    change = corrections.join(config, quake, event_id(keys["dw/quake"]), NOW)
    assert change.corrections == (Correction(*pair(keys["rfi/quake"], keys["dw/quake"]), same=True),)
    assert grouped(config) == before
    assert set(said(config).values()) == {True}


def test_the_last_word_counts_also_when_the_clock_was_set_back(config: Config, keys: dict[str, str]) -> None:
    quake = event_id(keys["rfi/quake"])
    corrections.split(config, quake, [keys["dw/quake"]], NOW)
    corrections.join(config, quake, event_id(keys["dw/quake"]), NOW - timedelta(days=400))
    last = journal.last_words(journal.read(journal.journal_of(config.service.state)))
    assert [known.correction.same for known in last] == [True]


# Answering


def test_yes_joins_and_says_so_of_the_pair(config: Config, keys: dict[str, str]) -> None:
    change = corrections.answer(config, keys["election"], keys["dw/quake"], same=True, now=NOW)
    assert (change.event, change.absorbed) == (event_id(keys["rfi/quake"]), event_id(keys["election"]))
    assert said(config)[pair(keys["election"], keys["dw/quake"])] is True


def test_no_has_the_later_leave(config: Config, keys: dict[str, str]) -> None:
    change = corrections.answer(config, keys["rfi/quake"], keys["dw/quake"], same=False, now=NOW)
    assert change.founded == event_id(keys["dw/quake"])
    assert said(config) == {pair(keys["rfi/quake"], keys["dw/quake"]): False}


@pytest.mark.parametrize(("one", "other", "same"), [("rfi/quake", "dw/quake", True), ("markets", "election", False)])
def test_an_answer_that_agrees_moves_nothing_and_is_kept(
    config: Config, keys: dict[str, str], one: str, other: str, same: bool
) -> None:
    before = grouped(config)
    change = corrections.answer(config, keys[one], keys[other], same=same, now=NOW)
    assert change == Change((Correction(*pair(keys[one], keys[other]), same=same),))
    assert grouped(config) == before
    assert said(config) == {pair(keys[one], keys[other]): same}


def test_an_answer_on_an_unknown_article_is_refused(config: Config, keys: dict[str, str]) -> None:
    with pytest.raises(FeedsvcError, match="not both in events"):
        corrections.answer(config, keys["markets"], "dw:0", same=True, now=NOW)


# Founders


def test_a_founder_that_was_not_placed_first_stays_too(tmp_path: Path) -> None:
    config = lone_articles(tmp_path)
    with closing(open_database(config.service.state)) as database, database.writing() as connection:
        # As after an archive of earlier articles was added: they joined the event of a later one.
        events.move(connection, ["p:1", "p:2"], event_id("p:5"))
    change = corrections.answer(config, "p:5", "p:2", same=False, now=NOW)
    assert (change.event, change.moved) == (event_id("p:5"), ("p:2",))
    change = corrections.split(config, event_id("p:5"), ["p:5"], NOW)
    assert (change.instead, change.event, change.moved) == (True, event_id("p:5"), ("p:1",))


def test_of_two_events_the_one_whose_founder_was_placed_first_lives(tmp_path: Path) -> None:
    config = lone_articles(tmp_path)
    with closing(open_database(config.service.state)) as database, database.writing() as connection:
        events.move(connection, ["p:0"], event_id("p:5"))
    assert corrections.join(config, event_id("p:5"), event_id("p:3"), NOW).event == event_id("p:3")


# Whatever happens


def test_nothing_collides_with_a_running_update(
    config: Config, keys: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk, "LOCK_WAIT_S", 0.1)
    quake, election = event_id(keys["rfi/quake"]), event_id(keys["election"])
    with sole_writer(config.service.state), pytest.raises(StateError, match="another update is at work"):
        corrections.join(config, quake, election, NOW)
    assert said(config) == {}
    assert corrections.join(config, quake, election, NOW).event == quake


def test_without_a_state_there_is_nothing_to_correct(tmp_path: Path) -> None:
    configuration(tmp_path)
    with pytest.raises(StateError, match="run `feedsvc update` first"):
        corrections.join(load(tmp_path / "config.toml"), "a", "b", NOW)
    assert not (tmp_path / "state").exists()


@pytest.mark.parametrize("failure", [Killed, RuntimeError])
def test_what_does_not_come_to_its_end_changes_nothing_and_can_be_done_again(
    config: Config, keys: dict[str, str], monkeypatch: pytest.MonkeyPatch, failure: type[BaseException]
) -> None:
    before = grouped(config)
    quake, election = event_id(keys["rfi/quake"]), event_id(keys["election"])
    writing = Database.writing

    @contextmanager
    def failing(self: Database) -> Iterator[sa.Connection]:
        with writing(self) as connection:
            yield connection
            raise failure

    with monkeypatch.context() as patch, pytest.raises(failure):
        patch.setattr(Database, "writing", failing)
        corrections.join(config, quake, election, NOW)
    assert (grouped(config), said(config)) == (before, {})
    kept = journal.read(journal.journal_of(config.service.state))
    assert bool(kept) is (failure is Killed), "a power cut takes nothing back; a failure that was told does"
    corrections.join(config, quake, election, NOW)
    assert grouped(config)[quake][-1] == keys["election"]
