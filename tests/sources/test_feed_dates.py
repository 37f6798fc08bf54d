"""Times as feeds write them."""

from datetime import UTC, date, datetime

import pytest

from feedsvc.sources.feed.dates import Time, read_time


@pytest.mark.parametrize(
    "stated",
    [
        "Tue, 30 Jan 2024 14:43:52 GMT",
        "Tue, 30 Jan 2024 15:43:52 +0100",
        "Tue, 30 Jan 2024 09:43:52 EST",
        "30 January 2024 14:43:52 UT",
        "tue,30 jan 24 14:43:52 Z",
        "Tues, 30 Jan 2024 14:43:52 GMT+00:00",
        "Tue, 30-Jan-2024 14:43:52 GMT",
        "mar., 30 janv. 2024 15:43:52 +0100",
        "Di, 30 Jan 2024 15:43:52 MEZ",
        "Jan 30, 2024 2:43:52 PM",
        "Tue Jan 30 14:43:52 2024",
        "Tue Jan 30 06:43:52 PST 2024",
        "2024-01-30T14:43:52Z",
        "2024-01-30T14:43:52.557+00:00",
        "2024-01-30T22:43:52+08:00",
        "2024-01-30T22:43:52+0800",
        "2024-01-30T22:43:52+08",
        "2024-01-30 14:43:52",
        "2024-01-30 14:43:52 UTC",
        "20240130T144352Z",
        "2024/01/30 14:43:52",
        "2024年1月30日 14:43:52",
        "  2024-01-30t14:43:52z  ",
    ],
)
def test_instants(stated: str) -> None:
    assert read_time(stated) == Time(datetime(2024, 1, 30, 14, 43, 52, tzinfo=UTC))


@pytest.mark.parametrize(
    "stated",
    ["2024-01-30", "2024/1/30", "20240130", "30 Jan 2024", "Tue, 30 Jan 2024", "January 30, 2024", "2024年1月30日"],
)
def test_days(stated: str) -> None:
    assert read_time(stated) == Time(day=date(2024, 1, 30))


@pytest.mark.parametrize(
    ("stated", "moment"),
    [
        ("2024-01-30T24:00:00Z", datetime(2024, 1, 31, tzinfo=UTC)),
        ("2016-12-31T23:59:60Z", datetime(2017, 1, 1, tzinfo=UTC)),
        ("1970-01-01T00:00:00Z", datetime(1970, 1, 1, tzinfo=UTC)),
        ("Thu, 31 Dec 2099 23:00:00 GMT", datetime(2099, 12, 31, 23, tzinfo=UTC)),
        ("2024-01-30T01:00+14:00", datetime(2024, 1, 29, 11, tzinfo=UTC)),
        ("Tue, 30 Jan 2024 14:43 GMT", datetime(2024, 1, 30, 14, 43, tzinfo=UTC)),
        ("12 Jan 2024 12:00:00 AM GMT", datetime(2024, 1, 12, tzinfo=UTC)),
    ],
)
def test_odd_but_real(stated: str, moment: datetime) -> None:
    assert read_time(stated).moment == moment


@pytest.mark.parametrize(
    "stated",
    [
        *("", "now", "yesterday", "14:30", "2024", "2024-01", "Tue", "2024-13-01", "2024-02-30", "0000-00-00"),
        *("2024-01-30T25:00:00Z", "2024-01-30T10:61:00Z", "31 Foo 2024 10:00:00 GMT", "1 " * 50_000, "9" * 50),
        *("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "1706483701", "２０２４-０１-３０x"),
    ],
)
def test_nothing_is_made_up(stated: str) -> None:
    assert read_time(stated).moment is None
