"""What is kept of events as they were told, and of how many articles there are."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from feedsvc.model import Tombstone
from feedsvc.store import Database, tallies, told

T0 = datetime(2024, 3, 4, tzinfo=UTC)
STONE = Tombstone("urn:uuid:gone", T0, T0)


def test_a_tombstone_that_went_over_to_another_event_stays(database: Database) -> None:
    with database.writing() as connection:
        told.bury(connection, (), [("all", "one", STONE), ("even", "one", STONE)])
        told.bury(connection, (), [("all", "other", STONE)])  # of which somebody was told first
        told.bury(connection, [("all", "one", STONE), ("even", "one", STONE)], ())
        assert told.gone(connection, "all") == [("other", STONE)]
        assert told.gone(connection, "even") == []
        assert told.tombstones(connection, ["one", "other"]) == {("all", "other", STONE)}


def test_many_sources_and_days_are_counted(database: Database) -> None:
    many = 2_000
    brought = [(f"s{n % 4}", T0 + timedelta(days=n // 4)) for n in range(many)]
    with database.writing() as connection:
        tallies.change(connection, (), brought)
        tallies.change(connection, brought[:4], brought)
        assert tallies.of_sources(connection) == dict.fromkeys(("s0", "s1", "s2", "s3"), many // 2 - 1)
        days = tallies.of_days(connection, T0.date())
        assert days["s0"][T0.date()] == 1 and days["s3"][T0.date() + timedelta(days=9)] == 2
        tallies.change(connection, [*brought, *brought[4:]], ())
        assert tallies.of_sources(connection) == {} == tallies.of_days(connection, T0.date())
