"""Which events belong to a feed, in what order, and what a reader sees of each."""

from __future__ import annotations

import dataclasses
import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedsvc import composing, topics
from feedsvc.composing import distinct_updated
from feedsvc.model import Event, Picture, Topic
from feedsvc.text import event_id
from feedsvc.topics import assign, select
from tests.composing import compose

from .render.examples import BASE, START, article, event, harbour_events, picture

NO_SOURCE: frozenset[str] = frozenset()


def topic(**rules: object) -> Topic:
    return Topic(slug="t", title="T", **rules)  # type: ignore[arg-type]


# Rules


def belongs(event: Event, topic: Topic) -> bool:
    return bool(select([event], topic))


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ({}, True),
        ({"any": ("灯塔",)}, True),
        ({"any": ("燈塔",)}, True),  # Traditional term, Simplified article
        ({"any": ("鲸鱼", "灯塔")}, True),
        ({"any": ("鲸鱼",)}, False),
        ({"all": ("灯塔", "电池")}, True),
        ({"all": ("灯塔", "鲸鱼")}, False),
        ({"none": ("鲸鱼",)}, True),
        ({"none": ("電池",)}, False),
        ({"any": ("FENTANYL",)}, True),  # case
        ({"any": ("fenta",)}, False),  # whole words where words are separated
        ({"any": ("fentanyl crisis",)}, True),
        ({"any": ("ｆｅｎｔａｎｙｌ",)}, True),  # full-width letters
        ({"sources": ("rfi",)}, True),
        ({"sources": ("dw",)}, False),
        ({"languages": ("zh",)}, True),
        ({"languages": ("zh-hans",)}, True),
        ({"languages": ("zh-Hant", "en")}, False),
        ({"languages": ("z",)}, False),
        ({"languages": ("*",)}, True),
        ({"any": ("",)}, False),
    ],
)
def test_rules_on_one_article(rules: dict[str, object], expected: bool) -> None:
    only = event(article(title="北岬灯塔 Fentanyl crisis", lead="导语", text="守塔人换了电池。"))
    assert belongs(only, topic(**rules)) is expected


@pytest.mark.parametrize("field", ["title", "lead", "text"])
def test_terms_are_sought_in_title_lead_and_text(field: str) -> None:
    fields = {"title": "甲", "lead": "乙", "text": "丙"} | {field: "港口的鯨魚"}
    assert belongs(event(article(**fields)), topic(any=("鲸鱼",)))


def test_one_article_brings_the_event() -> None:
    pair = event(article("rfi", 1, title="灯塔"), article("dw", 2, title="港口", lead="鲸鱼", text="鲸鱼"))
    assert belongs(pair, topic(any=("鲸鱼",), sources=("dw",)))


def test_one_article_must_meet_all_rules_alone() -> None:
    pair = event(article("rfi", 1, title="灯塔"), article("dw", 2, title="港口", lead="鲸鱼", text="鲸鱼"))
    assert not belongs(pair, topic(any=("鲸鱼",), sources=("rfi",)))


def test_a_forbidden_term_in_one_article_does_not_bar_the_other() -> None:
    pair = event(article("rfi", 1, title="灯塔"), article("dw", 2, title="灯塔与鲸鱼"))
    assert belongs(pair, topic(any=("灯塔",), none=("鲸鱼",)))


def test_min_sources_counts_publishers_not_articles() -> None:
    thrice_one = event(article("rfi", 1), article("rfi", 2), article("rfi", 3))
    two = event(article("rfi", 1), article("dw", 2))
    assert [belongs(e, topic(min_sources=2)) for e in (thrice_one, two)] == [False, True]


def test_an_article_is_folded_once_for_all_topics(monkeypatch: pytest.MonkeyPatch) -> None:
    folded: list[str] = []
    fold = topics.fold
    monkeypatch.setattr(topics, "fold", lambda text: folded.append(text) or fold(text))
    many = [dataclasses.replace(topic(any=("灯塔",), none=(f"鲸鱼{i}",)), slug=f"t{i}") for i in range(20)]
    chosen = assign([event(article(text="守塔人的长日志"))], many)
    assert sum("守塔人的长日志" in text for text in folded) == 1
    assert {slug: len(found) for slug, found in chosen.items()} == {f"t{i}": 1 for i in range(20)}


def test_no_text_is_folded_for_rules_without_terms(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(topics, "fold", lambda text: pytest.fail("folded"))
    assert len(select(harbour_events(), topic(sources=("rfi",)))) == 3


def test_each_topic_gets_what_it_would_get_alone() -> None:
    many = [Topic("a", "A", any=("灯塔",)), Topic("b", "B", languages=("en",)), Topic("c", "C", min_sources=3)]
    assert assign(iter(harbour_events()), many) == {t.slug: select(harbour_events(), t) for t in many}


# Order and number


def test_newest_first_and_the_same_order_however_they_come() -> None:
    events = [event(article(number=n, published=START + timedelta(hours=n // 3))) for n in range(12)]
    ordered = select(events, topic())
    assert [e.published for e in ordered] == sorted((e.published for e in events), reverse=True)
    random.Random(7).shuffle(events)
    assert select(events, topic()) == ordered


def test_the_limit_keeps_the_newest() -> None:
    events = harbour_events()
    feed = compose(topic(limit=2), select(events, topic()), BASE, NO_SOURCE)
    assert [e.title for e in feed.entries] == [
        e.lead.title for e in sorted(events, key=lambda e: e.published, reverse=True)[:2]
    ]


def test_the_language_of_a_feed_is_that_of_most_entries() -> None:
    assert compose(topic(), harbour_events(), "", NO_SOURCE).language == "zh-Hans"
    assert compose(topic(), [], "", NO_SOURCE).language == "und"


def test_a_feed_was_updated_when_its_newest_entry_was() -> None:
    feed = compose(topic(), harbour_events(), "", NO_SOURCE)
    assert feed.updated == max(e.updated for e in feed.entries)
    assert compose(topic(), [], "", NO_SOURCE).updated == datetime(1990, 1, 1, tzinfo=UTC)


# Distinct instants


def test_entries_of_one_minute_differ_in_updated() -> None:
    events = [event(article(number=n, published=START)) for n in range(500)]
    feed = compose(topic(limit=500), events, BASE, NO_SOURCE)
    assert len({e.updated for e in feed.entries}) == 500


def test_an_event_has_the_same_updated_in_every_feed_and_company() -> None:
    events = [event(article(number=n, published=START)) for n in range(20)]
    together = {e.id: e.updated for e in compose(topic(), events, BASE, NO_SOURCE).entries}
    alone = {e.id: compose(topic(), [e], "", NO_SOURCE).entries[0].updated for e in events}
    assert together == alone == {e.id: distinct_updated(e) for e in events}


@given(st.timedeltas(min_value=timedelta(microseconds=1), max_value=timedelta(days=900)))
def test_updated_is_never_early_and_grows_with_the_event(step: timedelta) -> None:
    before = event(article())
    after = dataclasses.replace(before, updated=before.updated + step)
    assert before.published <= distinct_updated(before) < before.updated + timedelta(seconds=1)
    assert distinct_updated(before) < distinct_updated(after)


def test_instants_that_still_collide_move_apart_by_a_microsecond() -> None:
    first = event(article(number=1))
    twin = event(article(number=2))
    gap = distinct_updated(first) - distinct_updated(twin)
    twin = dataclasses.replace(twin, updated=twin.updated + gap)
    assert distinct_updated(first) == distinct_updated(twin)
    for events in ([first, twin], [twin, first]):
        entries = compose(topic(), events, BASE, NO_SOURCE).entries
        instants = [e.updated for e in sorted(entries, key=lambda e: e.id)]
        assert instants == [distinct_updated(first), distinct_updated(first) + timedelta(microseconds=1)]


# Entries


def lighthouse(full: frozenset[str] = NO_SOURCE, base: str = BASE):  # type: ignore[no-untyped-def]
    return compose(topic(), [harbour_events()[0]], base, full).entries[0]


def test_an_entry_speaks_for_its_lead() -> None:
    entry, lead = lighthouse(), harbour_events()[0].lead
    assert (entry.title, entry.url, entry.summary) == (lead.title, lead.url, lead.lead)
    assert (entry.publisher, entry.publisher_url) == ("法广", "https://www.rfi.example/")
    assert (entry.authors, entry.agencies, entry.rights) == (lead.authors, lead.agencies, lead.rights)
    assert entry.picture == picture()


def test_every_other_article_is_listed_by_time() -> None:
    reports = lighthouse().reports
    assert [r.publisher for r in reports] == ["德国之声", "港灣日報", "The Harbour Courier"]
    assert [r.time for r in reports] == sorted(r.time for r in reports)


def test_several_articles_of_one_publisher_are_each_listed() -> None:
    three = event(article("rfi", 1), article("rfi", 2), article("rfi", 3))
    assert [r.url[-1] for r in compose(topic(), [three], BASE, NO_SOURCE).entries[0].reports] == ["2", "3"]


def test_content_is_the_lead_paragraph_and_picture_unless_the_source_is_shown_whole() -> None:
    assert "太阳能电池，光束" in lighthouse().content and "守塔人把灯油换成了太阳能电池。" not in lighthouse().content
    assert lighthouse().content.startswith(
        '<figure><img src="https://pictures.example/lamp.jpg" alt="夜里的灯塔与渔船">'
        "<figcaption>夜里的灯塔与渔船 (林远/海港通讯社)</figcaption></figure><p>"
    )
    whole = lighthouse(frozenset({"rfi"})).content
    assert whole.endswith(harbour_events()[0].lead.html) and whole.count("<img") == 1
    assert lighthouse(frozenset({"dw"})) == lighthouse()


def test_a_picture_that_the_text_already_shows_is_not_added_to_it() -> None:
    shown = event(article(html='<p>a</p><figure><img src="https://p.example/x.jpg"></figure>', pictures=(picture(),)))
    assert compose(topic(), [shown], BASE, frozenset({"rfi"})).entries[0].content == shown.lead.html


def test_the_summary_of_an_article_without_lead_is_its_first_paragraph_cut_to_a_summary() -> None:
    entry = compose(topic(), [event(article(lead="", text="首段。\n次段。"))], BASE, NO_SOURCE).entries[0]
    assert entry.summary == "首段。"
    entry = compose(topic(), [event(article(lead="", text="长" * 9000))], BASE, NO_SOURCE).entries[0]
    assert len(entry.summary) == composing.SUMMARY_CHARACTERS and len(entry.content) < 600


def test_plain_text_enters_content_escaped() -> None:
    bad = event(article(lead="<b>&", pictures=(Picture('https://p.example/"x', '"><script>', "<i>"),)))
    content = compose(topic(), [bad], BASE, NO_SOURCE).entries[0].content
    assert "<b>" not in content and "<script" not in content and "<i>" not in content
    assert "&lt;b&gt;&amp;" in content


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:image/png;base64,AA", "", "//x.example/y", "/y.jpg"])
def test_addresses_that_are_no_web_addresses_are_left_out(url: str) -> None:
    entry = compose(topic(), [event(article(url=url, pictures=(Picture(url), picture())))], BASE, NO_SOURCE).entries[0]
    assert (entry.url, entry.publisher_url) == ("", "")
    assert entry.picture == picture()


def test_addresses_are_percent_encoded() -> None:
    raw = event(article(url="https://x.example/新闻 一", pictures=(Picture("https://x.example/图.jpg?a=1&b=%E5"),)))
    entry = compose(topic(), [raw], BASE, NO_SOURCE).entries[0]
    assert entry.url == "https://x.example/%E6%96%B0%E9%97%BB%20%E4%B8%80"
    assert entry.picture and entry.picture.url == "https://x.example/%E5%9B%BE.jpg?a=1&b=%E5"


def test_the_events_page_is_absolute_only_with_a_base_url() -> None:
    name = event_id("rfi:1").removeprefix("urn:uuid:")
    assert lighthouse().page == f"{BASE}events/{name}.html"
    assert lighthouse(base="").page == f"events/{name}.html"


def test_a_missing_title_is_not_left_blank() -> None:
    nameless: Event = event(article(title=""))
    assert compose(topic(), [nameless], BASE, NO_SOURCE).entries[0].title == nameless.lead.lead
