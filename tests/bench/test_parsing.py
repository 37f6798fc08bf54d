"""The measurement of feed reading sees what it is there to see."""

import json
from pathlib import Path

import pytest

from bench.parsing.__main__ import measure
from bench.parsing.corpus import GUID, LINK, TIME, TITLE, cases

ENTRY = (
    "<rss><channel><item><title>一</title><guid>1</guid>"
    "<pubDate>Tue, 30 Jan 2024 01:02:03 GMT</pubDate></item></channel></rss>"
)


def expecting(expectation: str, feed: str = ENTRY) -> str:
    return f"<!--\nDescription: own\nExpect:      not bozo and {expectation}\n-->\n{feed}"


@pytest.mark.parametrize(
    ("expectation", "meaning", "agreed"),
    [
        ("entries[0]['title'] == '一'", TITLE, 1),
        ("entries[0]['title'] == '二'", TITLE, 0),
        ("entries[0]['id'] == '1'", GUID, 1),
        ("entries[0]['id'] == '2'", GUID, 0),
        ("entries[0]['published_parsed'] == (2024, 1, 30, 1, 2, 3, 1, 30, 0)", TIME, 1),
        ("entries[0]['published_parsed'] == (2024, 1, 30, 1, 2, 4, 1, 30, 0)", TIME, 0),
    ],
)
def test_stated_expectations_are_held_against_what_is_read(
    tmp_path: Path, expectation: str, meaning: str, agreed: int
) -> None:
    (tmp_path / "own.xml").write_text(expecting(expectation), encoding="utf-8")
    outcome = measure(tmp_path)
    assert (outcome.stated.agreed[meaning], outcome.stated.differed[meaning]) == (agreed, 1 - agreed)
    assert outcome.failed == (not agreed)


def test_expectations_in_a_file_beside_the_feed(tmp_path: Path) -> None:
    (tmp_path / "own.xml").write_text(ENTRY, encoding="utf-8")
    item = {
        "title": "一",
        "guid": {"value": "2"},
        "link": "https://a.example/",
        "pubDateParsed": "2024-01-30T01:02:03Z",
    }
    (tmp_path / "own.json").write_text(json.dumps({"items": [item]}), encoding="utf-8")
    assert len(list(cases(tmp_path))) == 1
    stated = measure(tmp_path).stated
    assert (stated.agreed[TITLE], stated.differed[GUID], stated.silent[LINK], stated.agreed[TIME]) == (1, 1, 1, 1)


def test_a_feed_in_which_only_feedparser_finds_entries_fails_the_run(tmp_path: Path) -> None:
    nested = "<rss>" * 300 + "<item><title>一</title></item>" + "</rss>" * 300
    (tmp_path / "own.xml").write_text(nested, encoding="utf-8")
    outcome = measure(tmp_path)
    assert outcome.failed
    assert "feedparser finds 1" in outcome.failures[0]
