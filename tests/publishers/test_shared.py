"""The real articles in ../shared: invariants over all of them, facts and figures of the five seeds."""

import re
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import pytest

from feedsvc.model import Article, Fault
from feedsvc.normalise import normalise
from feedsvc.publishers import publisher_for
from feedsvc.sanitising import ALLOWED
from feedsvc.sources import folder
from feedsvc.sources.folder import Listing

SHARED = Path(__file__).parent.parent.parent.parent / "shared"
pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not (SHARED / "archive").is_dir(), reason=f"the real articles are not in {SHARED}"),
]
FORBIDDEN = re.compile(
    r"^分享\s*[:：]\s*$|获取更多RSS|api\.dw\.com|weserv\.nl|版[权權][声聲]明|selfpromo|^同一主[题題]$|<script|javascript:",
    re.MULTILINE,
)
TAG = re.compile(r"</?([a-z0-9]+)")


def article(listing: Listing | Fault) -> Article:
    assert isinstance(listing, Listing), listing
    data = folder.read_bytes(listing, "shared")
    assert isinstance(data, bytes), data
    document = folder.parse_document(listing, data, "shared")
    assert not isinstance(document, Fault), document
    found = normalise(publisher_for(document.url).read(folder.draft(document, "shared")))
    assert isinstance(found, Article), found
    return found


@cache
def articles(name: str) -> tuple[Article, ...]:
    return tuple(article(listing) for listing in folder.list_documents(SHARED / name, name, "shared"))


def seed(end_of_key: str) -> Article:
    return next(found for found in articles("seeds") if found.key.endswith(end_of_key))


@pytest.mark.slow
def test_no_article_of_the_archive_is_lost() -> None:
    files = [path for path in (SHARED / "archive").rglob("*.md") if path.name.upper() != "README.MD"]
    assert len(articles("archive")) == len(files)


def test_each_has_title_link_time_and_an_ascii_key() -> None:
    for found in articles("archive"):
        assert found.title, found.origin
        assert found.url.startswith("https://"), found.origin
        assert found.key.isascii(), found.origin
        assert datetime(2020, 1, 1, tzinfo=UTC) < found.time <= found.captured + timedelta(days=1), found.origin


def test_nothing_that_is_no_article_is_left_in_any() -> None:
    for found in articles("archive") + articles("seeds"):
        words = "\n".join((found.title, found.lead, found.html, found.text, found.rights))
        assert not FORBIDDEN.search(words), found.origin
        assert set(TAG.findall(found.html)) <= set(ALLOWED), found.origin
        assert "<p></p>" not in found.html, found.origin


def test_titles_carry_no_sites_name() -> None:
    assert not [found.origin for found in articles("archive") if re.search(r"(- RFI|国际广播电台|\| DW)$", found.title)]


def test_nearly_every_article_has_text_and_a_lead() -> None:
    without = [found.origin for found in articles("archive") if not found.text or not found.lead]
    assert len(without) <= 5  # three videos of RFI have none in the original


def test_times_are_close_before_the_capture_where_the_publisher_states_them() -> None:
    for found in articles("archive"):
        if found.publisher in ("rfi", "dw") and found.published:
            assert (found.published - found.captured).total_seconds() < 3600, found.origin


def test_scripts_are_told_apart() -> None:
    languages: dict[str, set[str]] = {found.publisher: set() for found in articles("archive")}
    for found in articles("archive"):
        languages[found.publisher].add(found.language)
    assert languages["cna.com.tw"] == {"zh-Hant"}
    assert languages["dw"] == {"zh-Hans", "zh-Hant"}
    assert languages["zaobao.com"] == languages["rfi"] == {"zh-Hans"}


def test_agency_copy_of_rfi_is_known_by_its_rights() -> None:
    copies = [found for found in articles("archive") if found.publisher == "rfi" and found.rights]
    assert len(copies) > 500
    assert all(found.agencies == ("AFP",) and "AFP" in found.rights for found in copies)


def test_midnight_in_paris_is_an_hour_earlier_in_utc() -> None:
    published = {found.published for found in articles("seeds") if "/20240128-" in found.key}
    assert published == {datetime(2024, 1, 28, 23, 0, tzinfo=UTC)}


def test_seeds_of_dw_know_what_they_follow() -> None:
    assert "dw:68123985" in seed("dw:68136197").references
    assert {"dw:65231251", "dw:67005506", "dw:67456098", "dw:67399381"} == set(seed("dw:68123985").references)


@pytest.mark.parametrize(("key", "agency"), [("dw:68123985", "美联社"), ("dw:68136197", "路透社")])
def test_seeds_of_dw_keep_credit_and_rights_as_data(key: str, agency: str) -> None:
    found = seed(key)
    assert (found.agencies, found.rights) == ((agency,), "© 2024年德国之声")
    assert not found.text.endswith(")")
    assert len(found.pictures) == 2
    for picture in found.pictures:
        assert re.fullmatch(r"https://static\.dw\.com/image/\d+_303\.jpg", picture.url)
        assert picture.caption
        assert picture.caption not in found.text


def test_seeds_of_rfi_have_lead_and_picture() -> None:
    found = [one for one in articles("seeds") if one.publisher == "rfi"]
    assert len(found) == 3
    for one in found:
        assert one.text.startswith(one.lead)
        assert len(one.lead) > 60
        assert [picture.url.startswith("https://s.rfi.fr/media/display/") for picture in one.pictures] == [True]
        assert one.references == ()
