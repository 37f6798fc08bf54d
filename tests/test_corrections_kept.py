"""Corrections are kept: after a rebuild, on another machine, whatever was said in whatever order."""

from __future__ import annotations

import json
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from feedsvc import corrections, inquiry
from feedsvc.config import Config, load
from feedsvc.errors import FeedsvcError, StateError
from feedsvc.model import Correction
from feedsvc.store import events, journal, open_database
from feedsvc.text import event_id
from tests.correcting import NOW, RETOLD, config, grouped, key_of, keys, lone_articles, pair, place, said, three_in_one
from tests.saved import QUAKE, START, configuration, dw, small_archive, write
from tests.test_cycle import tree, update

__all__ = ["config", "keys", "place"]


def rebuild(config: Config) -> None:
    """Delete the state but not the journal, and read everything again."""
    for suffix in ("", "-wal", "-shm"):
        config.service.state.with_name(config.service.state.name + suffix).unlink(missing_ok=True)
    update(config.path)


# After a rebuild


def test_a_rebuild_comes_to_the_joined_event_with_the_same_bytes(
    place: Path, config: Config, keys: dict[str, str]
) -> None:
    corrections.join(config, event_id(keys["rfi/quake"]), event_id(keys["election"]), NOW)
    update(config.path)
    before, files = grouped(config), tree(place / "output")
    rebuild(config)
    assert grouped(config) == before
    assert tree(place / "output") == files


def test_a_rebuild_comes_to_the_split_events_with_the_same_bytes(place: Path) -> None:
    config, event, (_, second, third) = three_in_one(place)
    corrections.split(config, event, [second, third], NOW)
    update(config.path)
    before, files = grouped(config), tree(place / "output")
    rebuild(config)
    assert grouped(config) == before
    assert tree(place / "output") == files


def test_a_later_run_obeys_what_was_said_before_the_article_came(place: Path, config: Config) -> None:
    with journal.appending(journal.journal_of(config.service.state)) as append:
        known = journal.KnownCorrection(Correction("dw:70000001", "dw:70000009", same=False), NOW)
        append([known])
    corrections.take_in(config, journal.journal_of(config.service.state))
    copy = dw("瓦努阿图7.3级地震 总理宣布紧急状态", QUAKE, 70000009, START + timedelta(hours=9))
    write(place / "articles", {"dw/copy.md": copy})
    update(config.path)
    assert grouped(config)[event_id("dw:70000009")] == ["dw:70000009"]


def reasons(config: Config) -> dict[str, str]:
    with closing(open_database(config.service.state)) as database, database.reading() as connection:
        return {m.article.key: m.reason for known in events.load(connection) for m in known.members}


def test_every_place_says_that_a_correction_gave_it(place: Path) -> None:
    config, event, (first, second, third) = three_in_one(place)
    corrections.split(config, event, [second, third], NOW)
    assert reasons(config)[first].startswith("founds an event: nothing")
    assert reasons(config)[second] == "founds an event: a correction keeps it apart from another"
    assert reasons(config)[third] == f"a correction says: the same event as {second}"
    corrections.join(config, event, event_id(second), NOW)
    assert {reasons(config)[key] for key in (second, third)} == {f"a correction says: the same event as {first}"}


def test_a_rebuild_keeps_what_was_said(config: Config, keys: dict[str, str]) -> None:
    corrections.join(config, event_id(keys["rfi/quake"]), event_id(keys["election"]), NOW)
    corrections.split(config, event_id(keys["rfi/quake"]), [keys["dw/quake"]], NOW)
    before = said(config), inquiry.correction_rows(config)
    rebuild(config)
    assert (said(config), inquiry.correction_rows(config)) == before


# Out and in


def test_corrections_are_listed_newest_first_with_headlines(config: Config, keys: dict[str, str]) -> None:
    corrections.answer(config, keys["markets"], keys["election"], same=False, now=NOW)
    corrections.answer(config, keys["rfi/quake"], keys["dw/quake"], same=True, now=NOW + timedelta(hours=1))
    first, second = inquiry.correction_rows(config)
    assert (first["same"], first["made"], second["same"]) == (True, "2024-03-10T13:00:00Z", False)
    assert set(second["titles"]) == {"日股收跌", "塞内加尔反对党候选人法耶赢得总统大选"}


def labels(config: Config, path: Path) -> list[dict[str, str | None]]:
    corrections.export(config, path)
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_corrections_go_out_as_labels(place: Path, config: Config, keys: dict[str, str]) -> None:
    corrections.answer(config, keys["election"], keys["markets"], same=False, now=NOW)
    corrections.answer(config, keys["rfi/quake"], keys["dw/quake"], same=True, now=NOW)
    quake = event_id(keys["rfi/quake"])
    assert labels(config, place / "labels.jsonl") == [
        # Two saved documents have this name: it names neither.
        {"id": keys["rfi/quake"], "source": "rfi", "fetched": "2024-03-04T08:20:00.000Z", "event": quake},
        {"id": "dw:70000001", "source": "dw", "fetched": "2024-03-04T11:30:00.000Z", "event": quake},
        {"id": "election", "source": "rfi", "fetched": "2024-03-04T13:20:00.000Z", "event": None},
        {"id": "markets", "source": "rfi", "fetched": "2024-03-04T14:20:00.000Z", "event": None},
    ]


def test_what_this_state_does_not_know_is_counted(place: Path, config: Config, keys: dict[str, str]) -> None:
    strange = journal.KnownCorrection(Correction(keys["markets"], "zz:unknown", same=True), NOW)
    with journal.appending(place / "other.jsonl") as append:
        append([strange])
    assert corrections.take_in(config, place / "other.jsonl").new == 1
    assert corrections.export(config, place / "labels.jsonl") == (1, 1)
    assert inquiry.correction_rows(config)[0]["titles"] == ["日股收跌", None]


def test_an_export_that_cannot_be_written_is_said_plainly(place: Path, config: Config) -> None:
    (place / "labels").mkdir()
    with pytest.raises(FeedsvcError, match="labels: cannot write"):
        corrections.export(config, place / "labels")


def another_machine(place: Path) -> Config:
    write(place / "else" / "articles", small_archive())
    third = dw("维拉港震后之夜 居民户外过夜", RETOLD, 70000009, START + timedelta(hours=9))
    write(place / "else" / "articles", {"dw/night.md": third})
    update(configuration(place / "else"))
    return load(place / "else" / "config.toml")


def test_corrections_move_to_another_machine(place: Path) -> None:
    config, event, (_, second, third) = three_in_one(place)
    corrections.split(config, event, [second, third], NOW)
    corrections.join(config, event, event_id(key_of(config, "election")), NOW)
    there = another_machine(place)
    path = journal.journal_of(config.service.state)
    taken = corrections.take_in(there, path)
    assert (taken.read, taken.new) == (len(said(config)), len(said(config)))
    assert grouped(there) == grouped(config)
    assert said(there) == said(config)
    assert corrections.take_in(there, path).changes == ()
    assert corrections.take_in(there, path).new == 0
    assert journal.last_words(journal.read(journal.journal_of(there.service.state)))


def test_what_was_said_earlier_elsewhere_does_not_undo_what_was_said_later_here(
    place: Path, config: Config, keys: dict[str, str]
) -> None:
    there = another_machine(place)
    corrections.split(there, event_id(keys["rfi/quake"]), [keys["dw/quake"]], NOW)
    corrections.answer(config, keys["rfi/quake"], keys["dw/quake"], same=True, now=NOW + timedelta(hours=1))
    taken = corrections.take_in(config, journal.journal_of(there.service.state))
    assert taken.changes == ()
    assert said(config)[pair(keys["rfi/quake"], keys["dw/quake"])] is True


def test_a_bad_line_takes_nothing_in(place: Path, config: Config, keys: dict[str, str]) -> None:
    good = {"article": keys["markets"], "other": keys["election"], "same": True, "made": "2024-03-04T08:00:00Z"}
    (place / "in.jsonl").write_text(json.dumps(good) + "\n{}\n")
    before = grouped(config)
    with pytest.raises(StateError, match=r"in\.jsonl, line 2: "):
        corrections.take_in(config, place / "in.jsonl")
    assert (grouped(config), said(config)) == (before, {})


def test_words_that_contradict_each_other_join_nothing_that_is_kept_apart(
    place: Path, config: Config, keys: dict[str, str]
) -> None:
    quake, election, markets = keys["rfi/quake"], keys["election"], keys["markets"]
    rows = [(quake, election, True), (election, markets, True), (quake, markets, False)]
    with journal.appending(place / "in.jsonl") as append:
        append(journal.KnownCorrection(Correction(*row), NOW) for row in rows)
    (change,) = corrections.take_in(config, place / "in.jsonl").changes
    assert (change.event, change.absorbed) == (event_id(quake), event_id(election))
    assert grouped(config)[event_id(markets)] == [markets]


# Any corrections in any order


number = st.integers(0, 7)
step = st.one_of(
    st.tuples(st.just("join"), number, number), st.tuples(st.sampled_from(["yes", "no", "split"]), number, number)
)


@pytest.mark.slow
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(step, min_size=1, max_size=12))
def test_what_was_said_always_tells_the_whole_of_every_corrected_event(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int, int]]
) -> None:
    """Who joins articles said to be the same and parts those said to differ comes to the events, whatever was done."""
    config = lone_articles(tmp_path_factory.mktemp("steps"))
    for kind, one, other in steps:
        carry_out(config, kind, f"p:{one}", f"p:{other}")
    found = grouped(config)
    words = said(config)
    for event, members in found.items():
        assert event == event_id(min(members))
        tied = {members[0]}
        for _ in members:
            tied |= {b if a in tied else a for (a, b), same in words.items() if same and (a in tied or b in tied)}
        assert tied == set(members)
        assert not any(words.get(pair(a, b)) is False for a in members for b in members)


def carry_out(config: Config, kind: str, one: str, other: str) -> None:
    where = {key: event for event, members in grouped(config).items() for key in members}
    try:
        if kind == "join":
            corrections.join(config, where[one], where[other], NOW)
        elif kind == "split":
            corrections.split(config, where[one], [one, other], NOW)
        elif one != other:
            corrections.answer(config, one, other, same=kind == "yes", now=NOW)
    except FeedsvcError as error:
        assert "nothing was changed" in str(error)
