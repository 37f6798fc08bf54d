"""Headers read tolerantly: what makes no sense counts as not stated."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedsvc.sources.answers import parse_content_type, parse_max_age, parse_retry_after

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120),
        (" 0 ", 0),
        ("Sun, 01 Mar 2026 12:10:00 GMT", 600),
        ("Sun, 01 Mar 2026 13:10:00 +0100", 600),
        ("Sunday, 01-Mar-26 12:10:00 GMT", 600),  # RFC 850, obsolete and allowed
        ("Sun Mar  1 12:10:00 2026", 600),  # asctime, likewise
        ("Sun, 01 Mar 2026 11:00:00 GMT", 0),  # over already
    ],
)
def test_retry_after_in_every_form(value: str, seconds: int) -> None:
    assert parse_retry_after(value, NOW) == timedelta(seconds=seconds)


@pytest.mark.parametrize("value", ["", "soon", "-5", "1.5", "٣", "9" * 40, "Sun, 99 Mar 2026 12:10:00 GMT"])
def test_retry_after_without_sense(value: str) -> None:
    assert parse_retry_after(value, NOW) is None


@given(st.text())
def test_no_header_raises(value: str) -> None:
    parse_retry_after(value, NOW)
    parse_max_age(value)
    parse_content_type(value)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("max-age=60", 60), ("public, Max-Age=60", 60), ('s-maxage=9, max-age="60"', 60), ("max-age=0", 0)],
)
def test_max_age(value: str, seconds: int) -> None:
    assert parse_max_age(value) == timedelta(seconds=seconds)


@pytest.mark.parametrize("value", ["", "no-store", "s-maxage=9", "max-age=-1", "max-age=soon", "x-max-age=9"])
def test_no_max_age(value: str) -> None:
    assert parse_max_age(value) is None


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("application/rss+xml", ("application/rss+xml", "")),
        ('Text/XML; charset="GB18030"', ("text/xml", "GB18030")),
        ("text/xml;version=1;Charset = utf-8", ("text/xml", "utf-8")),
        ("; charset=big5", ("", "big5")),
        ("", ("", "")),
    ],
)
def test_content_type(value: str, expected: tuple[str, str]) -> None:
    assert parse_content_type(value) == expected
