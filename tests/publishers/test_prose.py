"""The short way from html to blocks gives what the long way gives, or leaves it alone."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from feedsvc.publishers import markup, prose
from feedsvc.publishers.blocks import Block

BASE = "https://www.news.example/story/71"
# Pieces of simple html, and what is near to it without being simple.
WORDS = (
    "The ferry",
    " ",
    "\n",
    "\t ",
    "sails at nine",
    "渡船",
    ".",
    "\u00a0",
    "\u200b",
    "\u3000",
    "é",
    "𝄞",
    "\r\n",
    "]]>",
)
REFERENCES = (
    "&amp;",
    "&lt;",
    "&gt;",
    "&quot;",
    "&nbsp;",
    "&#39;",
    "&#160;",
    "&#8217;",
    "&#8203;",
    "&hellip;",
    "&rsquo;",
)
TAGS = ("<p>", "</p>", "<b>", "</b>", "<strong>", "</strong>", "<em>", "</em>", "</a>", "<br>", "<br/>", "<br />")
LINKS = (
    '<a href="/quay">', '<a href="https://b.example/?a=1&amp;b=2">', '<a href="">', '<a href="#top">', '<a href="//[">',
    '<a href="javascript:go()">', '<a href="q" target="_blank" rel="noopener nofollow">', '<a href="%e6?x;y">',
)  # fmt: skip
NOT_SIMPLE = (
    "<i>",
    "</i>",
    "<div>",
    "<P>",
    "&",
    "<",
    ">",
    "&amp",
    "&#1;",
    "&copy;",
    "\x0b",
    "\x85",
    "\ufffe",
    "<a>",
    "<p >",
)
PIECES = (*WORDS, *REFERENCES, *TAGS, *LINKS)


def the_long_way(html: str) -> list[Block]:
    return markup.flatten(markup.parse(html), markup.Rules(BASE)).blocks


@st.composite
def well_nested(draw: st.DrawFn) -> str:
    """Paragraphs and loose lines, most of which are simple html."""
    inline = st.recursive(
        st.sampled_from((*WORDS, *REFERENCES, "<br>", "<br />")) | st.text(max_size=5),
        lambda inner: st.tuples(st.sampled_from(("b", "strong", "em", "a")), st.lists(inner, max_size=4)).flatmap(
            lambda made: st.sampled_from(LINKS).map(
                lambda link: f"{link if made[0] == 'a' else f'<{made[0]}>'}{''.join(made[1])}</{made[0]}>"
            )
        ),
        max_leaves=8,
    )
    parts = draw(st.lists(st.tuples(st.booleans(), st.lists(inline, max_size=5).map("".join)), max_size=5))
    return "".join(f"<p>{inner}</p>" if is_paragraph else inner for is_paragraph, inner in parts)


@pytest.mark.slow
@settings(max_examples=400, deadline=None)
@given(
    well_nested() | st.lists(st.sampled_from((*PIECES, *NOT_SIMPLE)), max_size=14).map("".join) | st.text(max_size=30)
)
@example("")
@example("<p>a<p>b</p></p>")
@example("<a href='x'>a</a>")
@example('<a href="x"><a href="y">b</a></a>')
@example("<b>a<p>b</p></b>")
@example("<p>" + "long " * 3000 + "</p>")
def test_the_short_way_is_the_long_way(html: str) -> None:
    found = prose.blocks_of(html, BASE)
    assert found is None or found == the_long_way(html)


@pytest.mark.parametrize(
    "html",
    [
        "",
        "The ferry sails at nine.",
        "Fish &amp; chips &#8217;",
        "<p>The <b>ferry</b> sails to <a href='/'>town</a>.</p>".replace("'", '"'),
        '<p><em><strong>Ferry</strong></em> <a href="https://b.example/" target="_blank">sails</a>.</p>\n<p>At 9.</p>',
        "One line<br>another<br />",
    ],
)
def test_what_most_feeds_carry_goes_the_short_way(html: str) -> None:
    assert prose.blocks_of(html, BASE) == the_long_way(html)


@pytest.mark.parametrize(
    "html",
    [
        "<p>a</p>" * 20_000,
        *("<div>a</div>", '<p class="share">a</p>', "<i>2024-01-30</i>", "<p>a", "a</p>", "<b><b>a</b></b>"),
        *("<p><p>a</p></p>", "a < b", "AT&T", "&copy", "a\x00", "a\ud800", "<!-- a -->", "<script>a</script>"),
        *('<a href="x" class="ad">a</a>', '<a href="x" href="y">a</a>', "<img>", "<time>9</time>"),
    ],
)  # fmt: skip
def test_anything_else_goes_the_long_way(html: str) -> None:
    assert prose.blocks_of(html, BASE) is None
