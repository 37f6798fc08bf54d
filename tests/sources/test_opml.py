"""Subscription lists as programs export them, and as attackers would."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedsvc.sources.opml import LARGEST_LIST, MOST_ELEMENTS, ListedFeed, UnreadableError, parse_opml


def listed(outlines: str, head: str = "") -> tuple[ListedFeed, ...]:
    return parse_opml(f'{head}<opml version="2.0"><body>{outlines}</body></opml>'.encode()).feeds


def test_feeds_in_order_with_folders_flattened() -> None:
    outlines = """
      <outline text="One" title="The One" type="rss" xmlUrl="https://one.example/rss" htmlUrl="https://one.example/"/>
      <outline text="Folder"><outline text="Deeper">
        <outline text="Two" xmlUrl="http://two.example/?a=1&amp;b=2"/>
      </outline></outline>
      <outline text="a note"/>
      <outline xmlUrl="https://three.example/feed"/>
    """
    assert listed(outlines) == (
        ListedFeed("https://one.example/rss", "The One", "https://one.example/"),
        ListedFeed("http://two.example/?a=1&b=2", "Two", ""),
        ListedFeed("https://three.example/feed", "", ""),
    )


@pytest.mark.parametrize(
    ("written", "url"),
    [
        ("feed://news.example/rss", "http://news.example/rss"),
        ("feed:https://news.example/rss", "https://news.example/rss"),
        ("feed://https://news.example/rss", "https://news.example/rss"),
        ("  https://news.example/新闻 1 ", "https://news.example/%E6%96%B0%E9%97%BB%201"),
        ("https://user:word@news.example/rss", "https://user:word@news.example/rss"),
    ],
)
def test_addresses_as_they_can_be_asked(written: str, url: str) -> None:
    assert [feed.url for feed in listed(f'<outline xmlUrl="{written}"/>')] == [url]


@pytest.mark.parametrize(
    "written", ["javascript:alert(1)", "file:///etc/passwd", "news.example/rss", "https://", "x" * 3000]
)
def test_what_is_no_web_address_is_named(written: str) -> None:
    found = parse_opml(f'<opml><body><outline text="x" xmlUrl="{written}"/></body></opml>'.encode())
    assert found.feeds == ()
    assert found.unusable == (written[:200],)


@pytest.mark.parametrize("name", ["xmlUrl", "xmlurl", "xmlURL", "XMLURL"])
def test_spellings_of_the_attribute(name: str) -> None:
    assert len(listed(f'<outline {name}="https://news.example/"/>')) == 1


def test_titles_are_plain_text_on_one_line() -> None:
    outline = '<outline text="a&#10;b\u202e &lt;i&gt;c" xmlUrl="https://news.example/"/>'
    assert listed(outline)[0].title == "a b <i>c"
    assert len(listed(f'<outline text="{"x" * 5000}" xmlUrl="https://news.example/"/>')[0].title) == 200


def test_bare_ampersands_and_entities_of_html_are_mended() -> None:
    (feed,) = listed('<outline text="Bücher & Caf&eacute;" xmlUrl="https://news.example/?a=1&b=2"/>')
    assert (feed.title, feed.url) == ("Bücher & Café", "https://news.example/?a=1&b=2")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "gb18030"])
def test_encodings(encoding: str) -> None:
    text = f'<?xml version="1.0" encoding="{encoding.removesuffix("-sig")}"?>'
    text += '<opml><body><outline text="港湾新闻" xmlUrl="https://news.example/"/></body></opml>'
    assert parse_opml(text.encode(encoding)).feeds[0].title == "港湾新闻"


LAUGHS = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 10))
FEED = '<outline text="&e;" xmlUrl="https://news.example/"/>'


def test_no_file_is_read_for_an_entity() -> None:
    (feed,) = listed(FEED, '<!DOCTYPE opml [<!ENTITY e SYSTEM "file:///etc/passwd">]>')
    assert feed.title == ""


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "is empty"),
        (b"   ", "is empty"),
        (b"hello", "is not well-formed XML"),
        (b"\x00\xff\xfe\x01", "is "),
        (b"<opml><body><outline", "is not well-formed XML"),
        (b"<html><body>not found</body></html>", "is no OPML"),
        (b"<rss version='2.0'><channel/></rss>", "is no OPML list of feeds; to add a single feed, `feedsvc add URL`"),
        (b"<opml>" + b"<outline>" * 120 + b"</outline>" * 120 + b"</opml>", "nested more than 100"),
        (b"<opml>" + b"<outline>" * 9_000 + b"</outline>" * 9_000 + b"</opml>", "is "),
        (b"<opml>" + b"<outline/>" * (MOST_ELEMENTS + 1) + b"</opml>", "has more than"),
        (b" " * (LARGEST_LIST + 1), "is larger than 8 MiB"),
        (f'<!DOCTYPE opml [<!ENTITY l0 "ha">{LAUGHS}]><opml title="&l9;"/>'.encode(), "refused as an attack"),
        (b"<!DOCTYPE opml [" + b"x" * 50_000, "does not end"),
    ],
)  # fmt: skip
def test_what_is_no_list_is_refused_in_one_line(body: bytes, said: str) -> None:
    with pytest.raises(UnreadableError, match=said) as caught:
        parse_opml(body)
    assert "\n" not in str(caught.value)


WHOLE = """<?xml version="1.0"?><!DOCTYPE opml [<!ENTITY pier "Pier">]><opml version="2.0"><head>
<title>&pier;</title></head><body><outline text="Folder"><outline text="A &amp; B" xmlUrl="https://a.example/?x=1&amp;y=2"/></outline>
<outline title="新闻" xmlUrl="feed://b.example/rss" htmlUrl="https://b.example/"/></body></opml>""".encode()


@given(st.binary() | st.text().map(str.encode))
def test_any_bytes_are_a_list_or_a_clear_line(body: bytes) -> None:
    _never_anything_else(body)


@given(
    st.integers(0, len(WHOLE)),
    st.integers(0, 30),
    st.sampled_from([b"", b"<", b"&#0;", b"&x;", b"\x00", b"]]>", b"<!--"]),
)
def test_any_damage_is_borne(start: int, length: int, instead: bytes) -> None:
    _never_anything_else(WHOLE[:start] + instead + WHOLE[start + length :])


def _never_anything_else(body: bytes) -> None:
    try:
        found = parse_opml(body)
    except UnreadableError as problem:
        assert "\n" not in str(problem)
    else:
        assert all(feed.url.isascii() and feed.url.startswith(("http://", "https://")) for feed in found.feeds)
        assert all("\n" not in feed.title for feed in found.feeds)
