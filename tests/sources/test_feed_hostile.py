"""Documents made to harm: nothing is expanded, nothing else is read, and every one is done with at once.

Without a guard each of these takes minutes or gigabytes; with it, a fraction of a second.
"""

import pytest

from feedsvc.model import Fault
from feedsvc.sources.feed import LARGEST_FEED, ParsedFeed, decode, discover, swift
from feedsvc.sources.feed.careful import DEEPEST
from feedsvc.sources.feed.mending import without_forbidden_references
from tests.sources.reading import outcome, problem, read, rss


def declaring(entities: str, text: str) -> str:
    body = f"<rss><channel><item><guid>1</guid><title>{text}</title></item></channel></rss>"
    return f"<!DOCTYPE rss [{entities}]>{body}"


def laughs(levels: int) -> str:
    nested = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, levels))
    return declaring(f'<!ENTITY l0 "ha">{nested}', f"&l{levels - 1};")


@pytest.mark.parametrize(
    "body",
    [
        laughs(12),
        declaring(f'<!ENTITY a "{"x" * 20_000}">', "&a;" * 20_000),
        declaring(f'<!ENTITY a "{"x" * 90}">', "&a;" * 20_000),
        declaring('<!ENTITY a "&#38;b;"><!ENTITY b "&#38;a;">', "&a;"),
    ],
    ids=["laughs", "long", "many", "loop"],
)
def test_entities_made_to_grow_are_refused(body: str) -> None:
    assert "refused as an attack" in problem(body)


@pytest.mark.parametrize(
    "entities",
    [
        '<!ENTITY x SYSTEM "file:///etc/passwd">',
        '<!ENTITY x PUBLIC "-//X" "http://127.0.0.1:9/x">',
        '<!ENTITY % load SYSTEM "http://127.0.0.1:9/x"> %load;',
    ],
)
def test_no_other_document_is_read(entities: str) -> None:
    feed = read(declaring(entities, "前&x;后"))
    assert feed.entries[0].title in ("前后", "前&x;后")
    assert ("SYSTEM" in entities and "%" in entities) or "other documents" in feed.remarks[0]


@pytest.mark.parametrize(
    "body",
    [
        rss(f"<item><description>{'<b>' * 100_000}{'</b>' * 100_000}</description></item>"),
        rss(f"<item><description>{'<b>' * 100_000}</description></item>"),
        f"<rss><channel></x>{'<item><q>' * 100_000}",
        "<rss>" * 100_000,
        '{"items": ' + "[" * 100_000,
        '{"items": [], "x": ' + '{"a":' * 100_000 + "1" + "}" * 100_001,
    ],
    ids=["balanced", "open", "soup", "root", "json", "json-members"],
)
def test_deep_nesting_is_refused(body: str) -> None:
    assert "nested" in problem(body)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"<rss>" + b"x" * LARGEST_FEED, "is larger than 16 MiB"),
        (b"<rss><channel>" + b"<item/>" * 600_000, "elements"),
        (b'{"items": [' + b"[]," * 600_000, "elements"),
        (b"<!DOCTYPE rss [" + b"<!--" * 100_000, "does not end"),
        (b"<!DOCTYPE rss [" + b"\"'" * 100_000, "does not end"),
    ],
)
def test_bounds(body: bytes, words: str) -> None:
    assert words in problem(body)


SOUP = "<rss><channel><item><title>a</b></title><description>"


@pytest.mark.parametrize(
    "body",
    [
        rss("<item><guid>1</guid><title>" + "x&lt;b " * 300_000 + "</title></item>"),
        rss("<item><guid>1</guid><description>" + "&lt;script" * 200_000 + "</description></item>"),
        rss("<item><guid>1</guid><description>" + "&lt;!--" * 200_000 + "</description></item>"),
        rss("<item><guid>1</guid><pubDate>" + "1 " * 500_000 + "</pubDate></item>"),
        rss("<item><guid>1</guid><author>" + "a@(" * 300_000 + "</author></item>"),
        rss("<item>" + "<media:thumbnail url='https://a.example/1.jpg'/>" * 50_000 + "<guid>1</guid></item>"),
        "<?x?>" * 200_000 + rss("<item><guid>1</guid></item>"),
        "<rss " + "a='b' " * 100_000 + "><channel><item><guid>1</guid></item></channel></rss>",
        rss("<item><guid>1</guid><title>" + "&" * 500_000 + "</title></item>"),
        SOUP + "<a b='c" * 20_000,
        SOUP + "<a b=c " * 20_000,
        SOUP + "</" * 100_000,
        SOUP + "<![CDATA[x" * 20_000,
        SOUP + "<!x" * 50_000,
        "<html>" + "<a href='/rss'>x</a>" * 20_000,
        bytes(n * 7919 % 251 for n in range(300_000)),
    ],
    ids=range(16),
)
def test_long_fields_and_endless_repetitions_are_read_or_refused(body: str | bytes) -> None:
    found = outcome(body)
    if isinstance(found, ParsedFeed):
        for draft in found.entries:
            assert len(draft.title) <= 2000
            assert len(draft.html) <= 1_000_000
            assert len(draft.authors) + len(draft.pictures) <= 100
    else:
        assert isinstance(found, Fault)


def test_one_feed_gives_at_most_five_thousand_entries() -> None:
    assert len(read(rss("".join(f"<item><guid>{n}</guid></item>" for n in range(6000)))).entries) == 5000


def test_the_careful_reader_bears_nesting_up_to_its_bound() -> None:
    body = f"<rss><channel></x><item><title>一</title><description>{'<b>' * (DEEPEST // 2)}</description></item>"
    assert read(body).entries[0].title == "一"


def test_a_bare_text_is_decoded_whatever_it_is() -> None:
    assert decode(b"\xff\xfe\x00\xd8", "text/xml; charset=\xff") == "\ufffd"
    assert discover("\x00<link", "not an address") == ()


@pytest.mark.parametrize(
    "inside",
    [
        "<m:c:d>x</m:c:d>",
        "<:q>x</:q>",
        "<m:c&odd;>x",
        "<i>&odd;x</i>",
        "<a:b xmlns:a=' '>x</a:b>",
        "&#xD800;&#0;&#xFFFFF;",
    ],
)
def test_the_swift_reader_bears_what_a_lenient_parser_lets_through(inside: str) -> None:
    document = f"<rss><channel><item><title>一{inside}</title>{inside}</item></x></channel></rss>"
    stated = swift.read(without_forbidden_references(document).encode(), "", lenient=True)
    assert stated is not None
    assert stated.entries[0].title.value.startswith("一")
