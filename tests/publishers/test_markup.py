"""Hostile html: nothing raises, nothing dangerous or empty comes out, whatever the adapter."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedsvc.publishers import markup
from feedsvc.publishers.blocks import Run, drop_end, drop_start, line_text, tidy_line
from feedsvc.sanitising import ALLOWED
from tests.publishers.reading import read

URLS = ("https://www.rfi.fr/cn/国际/20240128-x", "https://www.dw.com/zh/x/a-68123985", "https://news.example/1")
PIECES = (
    """
<p>|</p>|<div>|</div>|<b>|</b>|<i>|<em>|<strong>|<a href='javascript:alert(1)'>|</a>|<img src=x onerror=alert(1)>
<figure>|</figure>|<figcaption>|<small>|</small>|<ul>|<li>|<ol>|<blockquote>|<table>|<tr>|<td>|<h1>|<h3>|<br>
<hr>|<script>alert(1)</script>|<script>|<svg/onload=alert(1)>|<math>|<!-- -->|<!--|<![CDATA[x]]>|<?xml?>|&lt;script&gt;
&#0;|&#xd800;|\u0000|\ufeff|文|字。|（德国之声中文网）|（法新社1日电）|（路透社）|分享 :|2024-01-30T14:43:52Z|<time>
<noscript>|<iframe>|<style>|<form>|<video poster=//x/y.jpg>|<address>|<divclass="x"data-y>|获取更多RSS：
29/01/2024 - 00:00|© 2024年德国之声版权声明：|责任编辑：文|（完）|<small style="x">|</html>|<body onload=x>
""".strip()
    .replace("\n", "|")
    .split("|")
)


@pytest.mark.parametrize("url", URLS)
@given(pieces=st.lists(st.sampled_from(PIECES), max_size=25))
def test_no_html_raises_and_none_comes_out_dangerous(url: str, pieces: list[str]) -> None:
    html = read(url, " ".join(pieces)).html
    assert {tag.split(" ")[0] for tag in re.findall(r"</?([^>]*)>", html)} <= set(ALLOWED)
    assert not re.search(r"<[^>]*(?:javascript:|\son\w+=)", html)
    assert "<p></p>" not in html


@pytest.mark.parametrize("url", URLS)
@given(html=st.text(max_size=200))
def test_no_text_raises(url: str, html: str) -> None:
    read(url, html)


@pytest.mark.parametrize("tag", ["div", "b", "ul", "blockquote", "table", "unknown"])
@pytest.mark.parametrize("url", URLS)
def test_deep_nesting_is_taken_flat(url: str, tag: str) -> None:
    assert "最里面" in read(url, f"<{tag}>" * 3000 + "最里面" + f"</{tag}>" * 3000).text


@pytest.mark.parametrize("html", ["https://news.example/", "a.txt", "<?xml version='1.0'?><p>x</p>", "\x00<p>x</p>"])
def test_the_parser_warns_of_nothing(html: str) -> None:
    markup.parse(html)  # warnings are errors in tests


@pytest.mark.parametrize("url", URLS)
def test_nested_lists_cost_no_more_than_their_length(url: str) -> None:
    assert read(url, "<ul><li>甲" * 50).text == "\n".join(["甲"] * 50)  # doubling at each level would never end


def test_escaped_markup_stays_escaped() -> None:
    article = read(URLS[2], "<p>&lt;script&gt;alert(1)&lt;/script&gt; 5 &lt; 6 &amp;amp; 7</p>")
    assert article.html == "<p>&lt;script&gt;alert(1)&lt;/script&gt; 5 &lt; 6 &amp;amp; 7</p>"
    assert article.text == "<script>alert(1)</script> 5 < 6 &amp; 7"


@pytest.mark.parametrize(
    ("names", "words"),
    [
        ("moreArticle-title", ("more", "article", "title")),
        ("AdSlot__container___2BqUD", ("ad", "slot", "container", "bq", "ud")),
        ("dotcom-ad", ("dotcom", "ad")),
        ("RSSFeed", ("rss", "feed")),
        ("header shadow", ("header", "shadow")),
    ],
)
def test_class_names_are_read_as_words(names: str, words: tuple[str, ...]) -> None:
    assert markup.class_words(names) == words


RUNS = st.lists(st.builds(Run, st.text("ab \u3000\n\u200b", max_size=4), st.booleans(), st.booleans()), max_size=6)


@given(RUNS)
def test_a_tidy_line_is_tidy(runs: list[Run]) -> None:
    line = tidy_line(runs)
    assert tidy_line(line) == line
    assert line_text(line) == " ".join("".join(run.text for run in runs).replace("\u200b", "").split())
    assert all(run.text for run in line)


@given(RUNS, st.integers(0, 20))
def test_dropping_characters_drops_just_them(runs: list[Run], count: int) -> None:
    line = tidy_line(runs)
    words = line_text(line)
    assert line_text(drop_start(line, count)) == words[count:].strip()
    assert line_text(drop_end(line, count)) == words[: max(0, len(words) - count)].strip()


@pytest.mark.parametrize(
    ("attributes", "shown"),
    [
        ("src=https://a.example/photo.jpg style='display: none'", False),
        ("src=https://a.example/photo.jpg style='width:1px;height:1px'", False),
        ("src=https://a.example/photo.jpg style='VISIBILITY:hidden'", False),
        ("src=https://a.example/photo.jpg hidden", False),
        ("src=https://a.example/photo.jpg style='max-width:100%;border-width:1px'", True),
        ("data-src=https://a.example/photo.jpg style='display:none'", True),
    ],
)
def test_a_picture_that_nobody_is_to_see_only_counts_readers(attributes: str, shown: bool) -> None:
    html = read(URLS[2], f"<p>文字文字文字文字。</p><img {attributes}><p>更多的文字。</p>").html
    assert ("photo.jpg" in html) is shown
