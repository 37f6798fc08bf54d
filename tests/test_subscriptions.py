"""New sources: from a list, from an address, from the catalogue. Servers are on the loopback and of our own writing."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from feedsvc.config import Config, NewSource, add_sources, load, source_tables
from feedsvc.config.schema import Identifier
from feedsvc.errors import ConfigError, FeedsvcError
from feedsvc.publishers import publisher_for
from feedsvc.subscriptions import PUBLISHERS, in_catalogue, plan_import, preview, shortcut
from feedsvc.subscriptions.identifiers import source_id
from tests.hostile_origin import Origin, always, response

NOW = datetime(2024, 3, 5, tzinfo=UTC)
ITEMS = "".join(
    f"<item><title>Ferry {n} \x1b[31mleaves</title><link>https://harbour.example/{n}</link>"
    f"<description>The ferry to the islands leaves with the tide.</description>"
    f"<pubDate>Mon, 04 Mar 2024 {n:02}:00:00 GMT</pubDate></item>"
    for n in range(1, 14)
)
RSS = f'<rss version="2.0"><channel><title>Harbour &amp; Tide</title><link>https://harbour.example/</link>{ITEMS}</channel></rss>'
PAGE = """<html><head><link rel="alternate" type="application/rss+xml" href="/sub-dead" title="Old">
<link rel="alternate" type="application/rss+xml" href="/sub-feed" title="News">
<link rel="alternate" type="application/atom+xml" href="/sub-comments" title="Comments"></head></html>"""
always("sub-feed", response("200 OK", RSS.encode(), Content_Type="application/rss+xml"))
always("sub-dead", response("404 Not Found"))
always("sub-page", response("200 OK", PAGE.encode(), Content_Type="text/html"))
always("sub-plain", response("200 OK", b"<html><body>Nothing to subscribe to</body></html>"))
always("sub-old", response("301 Moved Permanently", Location="/sub-feed"))
always("sub-lost", response("200 OK", b'<html><head><link rel="alternate feed" href="/sub-dead"></head></html>'))
HOSTILE = '<html><head><link rel="alternate feed" href="/sub-feed?\x9b31m\u202e"></head></html>'
always("sub-hostile", response("200 OK", HOSTILE.encode(), Content_Type="text/html; charset=utf-8"))
always("sub-empty", response("200 OK", b"<rss version='2.0'><channel><title/></channel></rss>"))


def configured(folder: Path, *sources: str, private: bool = True) -> Config:
    path = folder / "config.toml"
    tables = "".join(f'[[source]]\n{source}\nid = "s{n}"\n' for n, source in enumerate(sources or ('path = "a"',)))
    path.write_text(f"[service]\nallow_private = {str(private).lower()}\n{tables}", encoding="utf-8")
    return load(path)


# --- ids -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("title", "url", "expected"),
    [
        ("The Harbour Courier", "https://x.example/rss", "the-harbour-courier"),
        ("Café Zürich – l'actualité", "https://x.example/rss", "cafe-zurich-lactualite"),
        ("DW 中文", "https://rss.dw.com/", "dw"),
        ("德国之声 (RSS)", "https://rss.dw.com/rdf/rss-chi-all", "dw.com"),
        ("", "https://www.rfi.fr/cn/rss", "rfi.fr"),
        ("法广", "https://feeds.example/", "feeds.example"),
        ("…", "https://新闻.example/", "xn-efvy88h.example"),
        ("x" * 99, "https://x.example/", "x" * 40),
        ("", "http://[2001:db8::1]/", "2001-db8-1"),
        ("", "", "source"),
    ],
)
def test_ids_come_from_the_title_or_the_host(title: str, url: str, expected: str) -> None:
    assert source_id(title, url, set()) == expected


@given(st.text(), st.text(), st.sets(st.sampled_from(["source", "a", "a-2"])))
def test_any_id_is_allowed_and_free(title: str, host: str, taken: set[str]) -> None:
    made = source_id(title, f"https://{host}/", taken)
    assert TypeAdapter(Identifier).validate_python(made) not in taken
    assert made == source_id(title, f"https://{host}/", taken)


# --- lists of subscriptions ------------------------------------------------------------------------------------------


def opml(folder: Path, *outlines: str) -> Path:
    path = folder / "list.opml"
    path.write_text(f"<opml><body>{''.join(f'<outline {o}/>' for o in outlines)}</body></opml>", encoding="utf-8")
    return path


def test_what_is_known_by_its_canonical_address_is_passed_over_and_named(tmp_path: Path) -> None:
    config = configured(tmp_path, 'url = "https://www.news.example/rss?utm_source=x"')
    path = opml(
        tmp_path,
        'text="Known" xmlUrl="http://www.news.example//rss#top"',
        'text="New" xmlUrl="https://other.example/rss"',
        'text="Again" xmlUrl="http://other.example/rss"',
        'text="Bad" xmlUrl="mailto:x"',
    )
    plan = plan_import(config, path)
    assert plan.new == (NewSource("new", "https://other.example/rss", "New"),)
    assert {(passed.url, passed.why) for passed in plan.passed} == {
        ("mailto:x", "is no web address"),
        ("http://www.news.example//rss#top", 'is the source "s0" already'),
        ("http://other.example/rss", 'is the source "new" already'),
    }


def test_titles_that_are_alike_get_numbers(tmp_path: Path) -> None:
    path = opml(tmp_path, *(f'text="News" xmlUrl="https://{n}.example/"' for n in range(3)))
    assert [source.id for source in plan_import(configured(tmp_path), path).new] == ["news", "news-2", "news-3"]


def test_an_imported_list_loads(tmp_path: Path) -> None:
    path = opml(tmp_path, *(f'text="&quot;{n}\\ &amp; 新闻" xmlUrl="https://{n}.example/{n}"' for n in range(300)))
    config = configured(tmp_path)
    add_sources(config.path, plan_import(config, path).new)
    sources = load(config.path).sources
    assert len(sources) == 301
    assert sources[-1].name == '"299\\ & 新闻'


@pytest.mark.parametrize("content", [b"", b"<opml><body/></opml>", b"\xff\xfe", b"<rss/>", b"<opml", None])
def test_a_bad_list_is_one_clear_line(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "list.opml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        plan_import(configured(tmp_path), path)
    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)


# --- one address -----------------------------------------------------------------------------------------------------


def looked_at(config: Config, url: str) -> tuple[NewSource, tuple[str, ...]]:
    shown = preview(config, NewSource("", url), NOW)
    return shown.source, tuple(other.title for other in shown.others)


def test_what_a_feed_would_give(tmp_path: Path, origin: Origin) -> None:
    shown = preview(configured(tmp_path), NewSource("", origin.url("sub-feed")), NOW)
    assert shown.source == NewSource("harbour-tide", origin.url("sub-feed"), "Harbour & Tide")
    assert (shown.title, shown.language, shown.items, shown.known_as) == ("Harbour & Tide", "en", 13, "")
    assert shown.newest == datetime(2024, 3, 4, 13, tzinfo=UTC)
    assert (shown.hours, shown.per_day) == (12, 24)
    assert len(shown.headlines) == 3
    assert shown.headlines[0].startswith("Ferry 13")


def test_of_a_page_the_first_feed_that_can_be_read(tmp_path: Path, origin: Origin) -> None:
    source, others = looked_at(configured(tmp_path), origin.url("sub-page"))
    assert source.url == origin.url("sub-feed")
    assert others == ("Old", "Comments")


def test_a_permanent_redirect_is_written_down_where_it_leads(tmp_path: Path, origin: Origin) -> None:
    assert looked_at(configured(tmp_path), origin.url("sub-old"))[0].url == origin.url("sub-feed")


def test_an_address_with_a_password_stays_as_it_was_given(tmp_path: Path, origin: Origin) -> None:
    url = origin.url("sub-old").replace("http://", "http://user:word@")
    assert looked_at(configured(tmp_path), url)[0].url == url


def test_a_feed_that_is_configured_already_is_named(tmp_path: Path, origin: Origin) -> None:
    config = configured(tmp_path, f'url = "{origin.url("sub-feed")}?utm_source=x"')
    shown = preview(config, NewSource("", origin.url("sub-page")), NOW)
    assert (shown.known_as, shown.known_enabled) == ("s0", True)


def test_what_is_known_but_not_enabled_says_so(tmp_path: Path, origin: Origin) -> None:
    config = configured(tmp_path, f'url = "{origin.url("sub-feed")}"\nenabled = false')
    shown = preview(config, NewSource("", origin.url("sub-feed")), NOW)
    assert (shown.known_as, shown.known_enabled) == ("s0", False)
    plan = plan_import(config, opml(tmp_path, f'text="x" xmlUrl="{origin.url("sub-feed")}"'))
    assert [passed.why for passed in plan.passed] == ['is the source "s0" (not enabled) already']


def test_addresses_that_a_page_names_cannot_command_a_terminal(tmp_path: Path, origin: Origin) -> None:
    source, _ = looked_at(configured(tmp_path), origin.url("sub-hostile"))
    assert source.url == origin.url("sub-feed?%C2%9B31m%E2%80%AE")
    assert source.url.isprintable()


def test_a_feed_without_items_states_nothing(tmp_path: Path, origin: Origin) -> None:
    shown = preview(configured(tmp_path), NewSource("", origin.url("sub-empty")), NOW)
    assert (shown.items, shown.newest, shown.per_day, shown.headlines) == (0, None, None, ())
    assert shown.source.id == "127.0.0.1"


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("sub-plain", "is a web page, not a feed, and names none"),
        ("sub-dead", "404 Not Found"),
        ("sub-lost", "names feeds, but none that can be read"),
        ("loop", "redirects in a circle"),
        ("no-http", "does not answer in HTTP"),
    ],
)
def test_what_gives_nothing_is_told(tmp_path: Path, origin: Origin, path: str, said: str) -> None:
    with pytest.raises(FeedsvcError, match=said):
        looked_at(configured(tmp_path), origin.url(path))


def test_private_networks_are_not_asked_unless_the_configuration_says_so(tmp_path: Path, origin: Origin) -> None:
    origin.forget()
    with pytest.raises(FeedsvcError, match="is no public address"):
        looked_at(configured(tmp_path, private=False), origin.url("sub-feed"))
    assert origin.connections == 0


@pytest.mark.parametrize("url", ["", "news.example", "file:///etc/passwd", "feed://x", "https://", "rfi"])
def test_what_is_no_web_address_is_refused_at_once(tmp_path: Path, url: str) -> None:
    with pytest.raises(ConfigError, match="is no web address"):
        looked_at(configured(tmp_path), url)


@pytest.mark.parametrize("password", ["ge[heim", "ge]heim", "geheim：", "ge／heim"])
@pytest.mark.parametrize("at", ["@", "＠"])
def test_a_password_is_not_repeated_where_its_address_is_none(tmp_path: Path, password: str, at: str) -> None:
    url = f"https://reader:{password}{at}news.example/rss ["
    with pytest.raises(ConfigError, match="is no web address") as said:
        looked_at(configured(tmp_path), url)
    assert "heim" not in str(said.value)


# --- the catalogue ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("publisher", PUBLISHERS)
def test_the_catalogue_is_ready_for_the_configuration(tmp_path: Path, publisher: str) -> None:
    config = configured(tmp_path)
    sources = [known.source for known in in_catalogue(publisher)]
    add_sources(config.path, sources)
    assert {publisher_for(source.url).id for source in load(config.path).sources[1:]} == {publisher}
    assert all(re.fullmatch(rf"{publisher}-[a-z]{{2}}", source.id) for source in sources)
    assert all(source.name and source.language and source.every for source in sources)
    assert len({source.url for source in sources}) == len(sources)


def test_the_catalogue_has_what_the_delivered_configuration_has() -> None:
    delivered = load(Path(__file__).parent.parent / "config.toml")
    urls = {known.source.url for publisher in PUBLISHERS for known in in_catalogue(publisher)}
    assert {source.url for source in delivered.sources if source.url} <= urls


def test_shortcuts(tmp_path: Path) -> None:
    source = shortcut("rfi/tw")
    assert source is not None
    assert (source.id, source.url, source.language) == ("rfi-tw", "https://www.rfi.fr/tw/rss", "zh-Hant")
    assert shortcut("https://www.rfi.fr/cn/rss") is None
    with pytest.raises(ConfigError, match=r'no "dw/xx"; of dw it has zh, en, de'):
        shortcut("dw/xx")
    with pytest.raises(ConfigError, match=r'no publisher "bbc"; it has rfi, dw'):
        in_catalogue("bbc")


def test_what_is_known_of_a_shortcut_stands_in_the_preview(tmp_path: Path, origin: Origin) -> None:
    wanted = NewSource("rfi-cn", origin.url("sub-feed"), "RFI", "zh-Hans")
    assert preview(configured(tmp_path), wanted, NOW).source == wanted
    assert source_tables([wanted]).count("\n") == 5
