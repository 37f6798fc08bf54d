"""Whatever happens to a feed on its way, reading it never fails and never makes anything up."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.fuzz import BYTES, PIECES
from feedsvc.model import Fault
from feedsvc.sources.feed import ParsedFeed
from feedsvc.sources.feed.dates import read_time
from tests.sources.reading import CAPTURED, FEEDS, ORIGIN, outcome

SEEDS = {path.name: path.read_bytes() for path in sorted(FEEDS.iterdir())}
pieces = st.sampled_from([*(piece.encode() for piece in PIECES), *BYTES]) | st.binary(max_size=8)
# Where, how many bytes are taken out there, what is put in, how often.
damages = st.lists(st.tuples(st.floats(0, 1), st.integers(0, 60), pieces, st.sampled_from((1, 2, 40))), max_size=8)


def damaged(feed: bytes, damages: list[tuple[float, int, bytes, int]]) -> bytes:
    for share, length, piece, times in damages:
        place = int(share * len(feed))
        feed = feed[:place] + piece * times + feed[place + length :]
    return feed


def check(found: ParsedFeed | Fault) -> None:
    """What is promised of every reading."""
    if isinstance(found, Fault):
        assert found.problem.strip()
        assert "\n" not in found.problem
        return
    assert all(remark and "\n" not in remark for remark in found.remarks)
    guids = [draft.guid for draft in found.entries if draft.guid]
    assert len(guids) == len(set(guids))
    for draft in found.entries:
        assert (draft.source, draft.origin, draft.captured) == ("it", ORIGIN, CAPTURED)
        assert draft.url or draft.guid or draft.title
        assert "\n" not in draft.title + draft.lead + draft.rights
        for moment in (draft.published, draft.modified):
            assert moment is None or moment.utcoffset() is not None
        assert all(picture.url for picture in draft.pictures)


@pytest.mark.slow
@settings(max_examples=400, deadline=None)
@given(name=st.sampled_from(sorted(SEEDS)), damages=damages, content_type=st.sampled_from(("", "x; charset=big5")))
def test_damaged_feeds(name: str, damages: list[tuple[float, int, bytes, int]], content_type: str) -> None:
    body = damaged(SEEDS[name], damages)
    found = outcome(body, content_type)
    check(found)
    assert outcome(body, content_type) == found


@settings(max_examples=200, deadline=None)
@given(body=st.binary(max_size=400) | st.text(max_size=400).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_anything_at_all(body: bytes) -> None:
    check(outcome(body))
    check(outcome(b"<rss><channel><item><title>" + body + b"</title></item></channel></rss>"))


@pytest.mark.parametrize("name", sorted(SEEDS))
def test_wherever_a_feed_is_cut_off_only_its_whole_entries_come_out(name: str) -> None:
    whole = outcome(SEEDS[name])
    assert isinstance(whole, ParsedFeed)
    for end in range(0, len(SEEDS[name]), 29):
        found = outcome(SEEDS[name][:end])
        check(found)
        if isinstance(found, ParsedFeed):
            known = [(draft.guid, draft.title, draft.url, draft.published) for draft in whole.entries]
            kept = [(draft.guid, draft.title, draft.url, draft.published) for draft in found.entries]
            assert kept == known[: len(kept)]


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=60) | st.from_regex(r"[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d [+-]?\w{0,5}"))
def test_dates_never_fail(stated: str) -> None:
    moment, day = read_time(stated)
    assert moment is None or day is None
    assert moment is None or moment.utcoffset() is not None
