"""The ladders of key, title and dates; what html comes through; what counts as a revision."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedsvc.model import Article, Draft, Fault, Picture
from feedsvc.normalise import normalise
from feedsvc.sanitising import ALLOWED, sanitise

CAPTURED = datetime(2024, 1, 31, 12, 0, tzinfo=UTC)
DRAFT = Draft(
    source="s",
    origin="saved/a.md",
    captured=CAPTURED,
    url="https://www.news.example/zh/1",
    title="河水上涨",
    html="<p>河水周二上涨两米。</p>",
    publisher="news",
    publisher_name="News",
    lead="河水周二上涨两米。",
)


def article(**stated: object) -> Article:
    found = normalise(replace(DRAFT, **stated))  # type: ignore[arg-type]
    assert isinstance(found, Article), found
    return found


def fault(**stated: object) -> Fault:
    found = normalise(replace(DRAFT, **stated))  # type: ignore[arg-type]
    assert isinstance(found, Fault), found
    return found


@pytest.mark.parametrize(
    ("stated", "key"),
    [
        ({"native_id": "77", "guid": "urn:x:1"}, "news:77"),
        ({"guid": " urn:x:1 "}, "news:urn:x:1"),
        ({}, "news:https://www.news.example/zh/1"),
        ({"url": "HTTP://www.news.example//zh/%e6%b2%b3?utm_source=x#y"}, "news:https://www.news.example/zh/%E6%B2%B3"),
        ({"native_id": "/cn/河"}, "news:/cn/%E6%B2%B3"),
        ({"guid": "河 \ud800\n1"}, "news:%E6%B2%B3%20%0A1"),
    ],
)
def test_the_key_is_native_id_else_guid_else_address(stated: dict[str, object], key: str) -> None:
    assert article(**stated).key == key


def test_references_are_keys() -> None:
    assert article(references=("77", "/cn/河", "77")).references == ("news:77", "news:/cn/%E6%B2%B3")


@pytest.mark.parametrize("url", ["", "/zh/1", "javascript:alert(1)", "ftp://news.example/1", "http://"])
def test_without_a_usable_link_there_is_no_article(url: str) -> None:
    assert "no http or https address" in fault(url=url).problem
    assert (fault(url=url).source, fault(url=url).origin) == ("s", "saved/a.md")


@pytest.mark.parametrize(
    ("stated", "title"),
    [
        ({}, "河水上涨"),
        ({"title": " 河水\n上\u200b涨 "}, "河水 上涨"),
        ({"title": "", "html": "<p>一。</p><h3>标题二</h3>"}, "标题二"),
        ({"title": "港口&quot;停摆&quot;"}, '港口"停摆"'),
        ({"title": "港口👩\u200d👩"}, "港口👩\u200d👩"),
        ({"title": "水" * 5000}, "水" * 300),
        ({"title": ""}, "河水周二上涨两米。"),
        ({"title": "", "lead": "水" * 80}, "水" * 60 + "…"),
        ({"title": "", "lead": "", "html": "<p>一。</p>"}, "一。"),
    ],
)
def test_the_title_is_stated_else_a_heading_else_the_first_words(stated: dict[str, object], title: str) -> None:
    assert article(**stated).title == title


def test_without_any_word_there_is_no_article() -> None:
    assert "neither a title nor any text" in fault(title=" ", lead="", html="<p> </p>").problem


@pytest.mark.parametrize(
    ("published", "day", "expected"),
    [
        (datetime(2024, 1, 30, 8, 0, tzinfo=UTC), date(2024, 1, 2), datetime(2024, 1, 30, 8, 0, tzinfo=UTC)),
        (datetime(2024, 1, 30, 8, 0, tzinfo=timezone(timedelta(hours=8))), None, datetime(2024, 1, 30, tzinfo=UTC)),
        (CAPTURED + timedelta(hours=23), None, CAPTURED + timedelta(hours=23)),
        (CAPTURED + timedelta(hours=25), None, None),
        (datetime(1970, 1, 1, tzinfo=UTC), None, None),
        (datetime(1970, 1, 1, tzinfo=UTC), date(2024, 1, 2), datetime(2024, 1, 2, 12, tzinfo=UTC)),
        (datetime(2024, 1, 30, 8, 0), None, None),
        (None, date(2024, 1, 2), datetime(2024, 1, 2, 12, tzinfo=UTC)),
        (None, date(2024, 1, 31), None),
        (None, date(2024, 1, 29), datetime(2024, 1, 29, 12, tzinfo=UTC)),
        (None, date(1970, 1, 1), None),
        (None, date(2024, 3, 1), None),
        (None, date.min, None),
        (None, date.max, None),
        (None, None, None),
    ],
)
def test_dates(published: datetime | None, day: date | None, expected: datetime | None) -> None:
    found = article(published=published, published_day=day)
    assert found.published == expected
    assert found.time == (expected or CAPTURED)


@pytest.mark.parametrize(
    ("captured", "within"),
    [
        (datetime(2024, 1, 30, 10, 0, tzinfo=UTC), True),
        (datetime(2024, 2, 1, 11, 59, tzinfo=UTC), True),
        (datetime(2024, 2, 1, 12, 0, tzinfo=UTC), False),
    ],
)
def test_a_day_that_it_still_is_somewhere_leaves_the_first_capture_standing(captured: datetime, within: bool) -> None:
    found = article(captured=captured, published_day=date(2024, 1, 31))
    assert (found.published is None) == within


def test_first_seen_and_captured_are_the_capture_and_never_now() -> None:
    assert (article().first_seen, article().captured) == (CAPTURED, CAPTURED)


def test_an_absurd_modification_time_is_none() -> None:
    assert article(modified=datetime(2031, 1, 1, tzinfo=UTC)).modified is None


@pytest.mark.parametrize(
    ("html", "clean"),
    [
        ("<p>a</p><script>alert(1)</script>", "<p>a</p>"),
        ('<p onclick="x" style="y" class="z">a</p>', "<p>a</p>"),
        ('<p title="x" lang="y">a</p>', "<p>a</p>"),
        ('<a href="javascript:x">a</a>', "<a>a</a>"),
        ('<a href="https://x.example/" target="_blank">a</a>', '<a href="https://x.example/">a</a>'),
        ('<img src="data:image/png,x" alt="a" onerror="x">', '<img alt="a">'),
        ("<table><tr><td>a</td></tr></table>", "a"),
        ("<iframe src=x></iframe><h1>a</h1>", "a"),
        ("<p>a", "<p>a</p>"),
        ("\ud800<p>a</p>", "<p>a</p>"),
    ],
)
def test_only_the_allowlist_comes_through_whatever_the_adapter_let_pass(html: str, clean: str) -> None:
    assert sanitise(html) == clean


@given(st.text(), st.text(), st.text())
def test_no_words_raise_and_all_that_comes_out_can_be_written_as_utf8(title: str, lead: str, html: str) -> None:
    found = normalise(replace(DRAFT, title=title, lead=lead, html=html, guid=lead, rights=title))
    if isinstance(found, Article):
        assert found.key.isascii()
        for words in (found.title, found.lead, found.html, found.text, found.rights):
            words.encode("utf-8")


def test_the_text_is_one_paragraph_a_line_without_captions() -> None:
    html = (
        "<h2>标题</h2><p>一 <strong>二</strong><a href='https://x.example/?a=1&amp;b=%3E'>三</a></p>"
        "<figure><img src='https://x.example/1' alt='不要 > 这个'><figcaption>不要 <em>这个</em></figcaption></figure>"
        "<ul><li>甲</li><li>乙 &lt;丙&gt;</li></ul><blockquote><p>话</p></blockquote>尾"
    )
    assert article(html=html).text == "标题\n一 二三\n甲\n乙 <丙>\n话\n尾"


def test_every_allowed_tag_survives() -> None:
    html = "".join(f"<{tag}>" if tag == "img" else f"<{tag}>x</{tag}>" for tag in ALLOWED)
    assert {tag for tag in ALLOWED if f"<{tag}>" in sanitise(html)} == set(ALLOWED)


CHANGES: dict[str, object] = {
    "url": "https://www.news.example/zh/2",
    "title": "河水下降",
    "lead": "另一句。",
    "html": "<p>另一句。</p>",
    "published": datetime(2024, 1, 30, tzinfo=UTC),
    "modified": datetime(2024, 1, 30, tzinfo=UTC),
    "rights": "© 2024",
    "kind": "video",
    "authors": ("张三",),
    "agencies": ("张三",),
    "categories": ("张三",),
    "pictures": (Picture("https://x.example/1.jpg"),),
}


@pytest.mark.parametrize("field", CHANGES)
def test_what_a_reader_sees_makes_a_revision(field: str) -> None:
    changed = article(**{field: CHANGES[field], "native_id": "1"})
    assert changed.fingerprint != article(native_id="1").fingerprint
    assert changed.key == article(native_id="1").key


def test_each_change_makes_another_revision() -> None:
    prints = {article(**{field: value}).fingerprint for field, value in CHANGES.items()}
    assert len(prints) == len(CHANGES)


@pytest.mark.parametrize("field", ["captured", "origin", "source"])
def test_what_a_reader_does_not_see_makes_none(field: str) -> None:
    later = {"captured": CAPTURED + timedelta(days=3), "origin": "other.md", "source": "t"}[field]
    assert article(**{field: later}).fingerprint == article().fingerprint


def test_pictures_without_an_address_are_none() -> None:
    pictures = (Picture("data:image/png,x"), Picture("http://x.example/中.jpg", " 桥\n上 "))
    assert article(pictures=pictures).pictures == (Picture("https://x.example/%E4%B8%AD.jpg", "桥 上"),)
