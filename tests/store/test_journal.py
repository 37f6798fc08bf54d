"""The journal: corrections outlive the state, whatever happens to the last line."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from feedsvc.errors import StateError
from feedsvc.model import Correction
from feedsvc.store import corrections, journal, open_database
from feedsvc.store.journal import KnownCorrection

T0 = datetime(2024, 3, 4, 8, tzinfo=UTC)


def said(article: str, other: str, *, same: bool, hours: float = 0) -> KnownCorrection:
    return KnownCorrection(Correction(article, other, same), T0 + timedelta(hours=hours))


FIRST = said("dw:1", "rfi:a", same=True)
SECOND = said("dw:2", "rfi:a", same=False, hours=1)


def write(path: Path, *known: KnownCorrection) -> None:
    with journal.appending(path) as append:
        append(known)


def restored(path: Path) -> list[Correction]:
    """What a new state beside this journal knows."""
    database = open_database(path.with_name("feedsvc.sqlite"))
    try:
        with database.reading() as connection:
            return corrections.load(connection)
    finally:
        database.close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return journal.journal_of(tmp_path / "feedsvc.sqlite")


def test_it_lies_beside_the_state() -> None:
    assert journal.journal_of(Path("state/feedsvc.sqlite")) == Path("state/feedsvc.corrections.jsonl")
    assert journal.journal_of(Path("state/feedsvc")) == Path("state/feedsvc.corrections.jsonl")


def test_what_was_written_is_read_again(path: Path) -> None:
    write(path, FIRST)
    write(path, SECOND)
    assert journal.read(path) == [FIRST, SECOND]


def test_a_new_state_begins_with_the_last_word_on_each_pair(path: Path) -> None:
    write(path, FIRST, SECOND, said("rfi:a", "dw:1", same=False, hours=2))
    assert restored(path) == [Correction("dw:1", "rfi:a", False), Correction("dw:2", "rfi:a", False)]


def test_a_state_that_exists_is_left_alone(path: Path) -> None:
    assert restored(path) == []
    write(path, FIRST)
    assert restored(path) == []


def test_the_word_made_last_counts_wherever_it_stands(path: Path) -> None:
    write(path, said("a", "b", same=True, hours=3), said("a", "b", same=False, hours=1))
    assert restored(path) == [Correction("a", "b", True)]


def test_of_one_instant_the_later_line_counts(path: Path) -> None:
    write(path, said("a", "b", same=True), said("a", "b", same=False))
    assert restored(path) == [Correction("a", "b", False)]


@pytest.mark.parametrize("cut", [1, 30, -2])
def test_a_line_that_a_crash_cut_short_is_left_out_and_written_over(
    path: Path, caplog: pytest.LogCaptureFixture, cut: int
) -> None:
    write(path, FIRST)
    whole = path.read_bytes()
    path.write_bytes(whole + whole[:cut])
    with caplog.at_level(logging.WARNING):
        assert restored(path) == [FIRST.correction]
    assert "line 2: was cut short" in caplog.text
    write(path, SECOND)
    assert journal.read(path) == [FIRST, SECOND]


def test_a_whole_last_line_without_its_end_counts(path: Path) -> None:
    write(path, FIRST)
    path.write_bytes(path.read_bytes().rstrip(b"\n"))
    assert journal.read(path) == [FIRST]
    write(path, SECOND)
    assert journal.read(path) == [FIRST, SECOND]


GOOD = {"article": "a", "other": "b", "same": True, "made": "2024-03-04T08:00:00Z"}


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (b"nonsense", "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"[]", "article, other, same, made"),
        (json.dumps(GOOD | {"made": None}).encode(), "made must be"),
        (json.dumps(GOOD | {"made": "2024-03-04T08:00:00"}).encode(), "made must be"),
        (json.dumps(GOOD | {"made": "0001-01-01T00:00:00+23:00"}).encode(), "made must be"),
        (json.dumps(GOOD | {"same": 1}).encode(), "same must be"),
        (json.dumps(GOOD | {"other": "a"}).encode(), "the same article"),
        (json.dumps(GOOD | {"other": "\x1b[2J"}).encode(), "ids of articles"),
        (json.dumps(GOOD | {"other": ""}).encode(), "ids of articles"),
    ],
    ids=lambda value: value if isinstance(value, str) else repr(value[:20]),
)
def test_any_other_bad_line_is_named_and_no_state_begins_without_it(path: Path, line: bytes, problem: str) -> None:
    path.write_bytes(json.dumps(GOOD).encode() + b"\n" + line + b"\n")
    with pytest.raises(StateError, match=problem) as raised:
        restored(path)
    assert f"{path}, line 2: " in str(raised.value)
    assert "\n" not in str(raised.value)
    path.write_bytes(json.dumps(GOOD).encode() + b"\n")
    assert restored(path) == [Correction("a", "b", True)]


def test_what_failed_after_all_is_taken_back(path: Path) -> None:
    write(path, FIRST)
    before = path.read_bytes()
    with pytest.raises(ValueError, match="after all"), journal.appending(path) as append:
        append([SECOND])
        append([SECOND])
        raise ValueError("after all")
    assert path.read_bytes() == before


def test_nothing_said_leaves_no_file(path: Path) -> None:
    with journal.appending(path):
        pass
    assert not path.exists()


def test_a_place_that_cannot_be_written_is_said_plainly(path: Path) -> None:
    path.mkdir()
    with pytest.raises(StateError, match="cannot write the corrections"):
        write(path, FIRST)
    with pytest.raises(StateError, match="cannot read the corrections"):
        restored(path)
