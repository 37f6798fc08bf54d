"""What is known to be clean without being cleaned, and the lines of it."""

import re
from html import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedsvc import sanitising
from feedsvc.model import Picture
from feedsvc.publishers.blocks import Block, Run, render

HOSTILE = (
    *(
        "<script>alert(1)</script>",
        "<p onclick=alert(1)>",
        '<p class="a">',
        "<svg/onload=alert(1)>",
        "<!--",
        "<p",
        "<p/>",
    ),
    *("</p>", "</a>", "<em>", "</em>", "<strong>", "<EM>", "<li>", "<ul>", "<figcaption>", "<math><mi>"),
    *('<a href="javascript:alert(1)">', '<a href="https://a.example/" title="b">', '<a href="https://a.example/"x">'),
    *("<a href='https://a.example/'>", '<a href="https://xn--a.example/">', '<a href="https://1.2.3.4/">'),
    *('<img src="https://a.example/p.jpg" alt="" onerror="alert(1)">', '<img src="data:,a" alt="">'),
    *("&nbsp;", "&#60;", "&", "\x00", "\r\n", "\xa0", "\ud800"),
)
# What `blocks` is given: tidy, without what no document can hold.
WORDS = st.text(max_size=8) | st.sampled_from(["a", "芬太尼", "é", " ", "a & b", "<b>"])
RUNS = st.builds(
    Run,
    WORDS.filter(str.strip),
    st.booleans(),
    st.booleans(),
    st.sampled_from(["", "https://a.example/b?c=d&e=f", "https://1.2.3.4/"]),
)
LINES = st.lists(st.lists(RUNS, min_size=1, max_size=4).map(tuple), min_size=1, max_size=3).map(tuple)
PICTURES = st.builds(Picture, st.just("https://a.example/p.jpg"), WORDS, WORDS)
BLOCKS = st.builds(Block, st.sampled_from(["p", "h2", "h4", "ul", "ol", "blockquote"]), LINES) | st.builds(
    Block, st.just("figure"), picture=PICTURES, alternative=WORDS
)
WRITTEN = st.lists(BLOCKS, max_size=4).map(render)


def is_known_clean(html: str) -> bool:
    return sanitising._clean().fullmatch(html) is not None


def cleaned(html: str) -> str:
    """By nh3, whatever it is."""
    return sanitising.CLEANER.clean(sanitising.valid(html)).strip()


@given(WRITTEN)
def test_what_adapters_write_is_what_nh3_makes_of_it(html: str) -> None:
    assert sanitising.sanitise(html) == cleaned(html)


@given(WRITTEN, st.sampled_from(HOSTILE), st.integers(min_value=0), st.integers(min_value=0, max_value=5))
def test_nothing_that_nh3_would_change_is_known_as_clean(html: str, hostile: str, place: int, cut: int) -> None:
    place %= len(html) + 1
    mutated = html[:place] + hostile + html[place + cut :]
    assert not is_known_clean(mutated) or mutated == cleaned(mutated)


PICTURE = '<figure><img src="https://a.example/p.jpg" alt="{}"></figure>'


@pytest.mark.parametrize("around", ["<p>{}</p>", '<p><a href="https://a.example/{}">b</a></p>', PICTURE])
def test_no_character_is_known_as_clean_that_nh3_would_change(around: str) -> None:
    every = (around.format(chr(code)) for code in (*range(0x3100), *range(0xD700, 0x10100), 0x1F600, 0x10FFFF))
    assert not [html for html in every if is_known_clean(html) and html != cleaned(html)]


def test_ordinary_articles_are_known_as_clean() -> None:
    """Else all that is written here would hold, and every article would be cleaned."""
    link = Run("linked", href="https://a.example/b?c=d&e=f")
    line = (Run("One’s “words” & two, "), Run("bold", strong=True), Run(" and ", emphasis=True), link)
    picture = Picture("https://a.example/p.jpg", 'Who\'s "there"', "A. Name")
    many = (Block(kind, (line, line)) for kind in ("ul", "ol", "blockquote"))
    one = (Block(kind, (line,)) for kind in ("p", "h2", "h3", "h4"))
    assert is_known_clean(render([Block("figure", picture=picture, alternative='"There"'), *many, *one]))


@pytest.mark.parametrize("tag", ["script", "b", "div", "p class", "iframe", "style"])
def test_another_tag_is_not_known_as_clean(tag: str) -> None:
    assert not is_known_clean(f"<{tag}>a</{tag}>")
    assert not is_known_clean(f"<p><{tag}>a</{tag}></p>")


def test_a_long_text_takes_time_in_proportion() -> None:
    """Were it not so, this would take longer than anyone waits."""
    assert not is_known_clean("<p>" + "a<em>b</em>" * 20_000)
    assert not is_known_clean("<p>" + "<strong>" * 20_000)
    assert not is_known_clean('<p><a href="https://' + "a." * 20_000)


@pytest.mark.parametrize(
    ("html", "lines"),
    [
        ("<p>One\ntwo</p><h2>Three</h2>", ["One two", "Three"]),
        ("<ul><li>One</li><li><em>Two</em></li></ul>", ["One", "Two"]),
        ('<figure><img src="https://a.example/p.jpg" alt="b"><figcaption>Caption</figcaption></figure><p>a</p>', ["a"]),
        ("<p>1 &lt; 2 &amp;amp; 3</p>", ["1 < 2 &amp; 3"]),
        ("<blockquote><p>One</p>two</blockquote>three", ["One", "two", "three"]),
        ("<p> \xa0 </p>", []),
    ],
)
def test_the_lines_of_clean_html(html: str, lines: list[str]) -> None:
    assert sanitising.plain_lines(html) == lines


@given(st.text(alphabet="ab<>&; \n\xa0"))
def test_lines_are_plain(words: str) -> None:
    lines = sanitising.plain_lines(cleaned(f"<p>{escape(words)}</p>"))
    assert lines == ([" ".join(words.split())] if words.strip() else [])


def test_the_first_heading_with_words() -> None:
    assert sanitising.first_heading("<p>a</p><h2> </h2><h3><em>b</em> &amp; c</h3><h2>d</h2>") == "b & c"
    assert sanitising.first_heading("<p>a</p>") == ""


def test_the_pattern_names_no_tag_that_is_not_allowed() -> None:
    named = set(re.findall(r"<([a-z]\w*)", sanitising._clean().pattern))
    assert named == set(sanitising.ALLOWED)
