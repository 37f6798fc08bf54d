"""Links of hostile pages: what is in order at sight is what taking the address apart gives."""

from hypothesis import example, given
from hypothesis import strategies as st

from feedsvc.publishers import links

BASE = "https://www.news.example/a/b?c=d"
WORDS = "http:// https:// HTTP:// // / a.example A.example . .. ? # = & % %41 ; : :80 @ [ ] é _ ~ - \\"


@given(st.lists(st.sampled_from([*WORDS.split(), " ", "\n"]), max_size=8).map("".join))
@example("https://www.news.example/a/../b?c=d&e=%41")
@example("http://b.example/a//b?")
def test_a_plain_link_is_known_as_one_at_sight(href: str) -> None:
    assert links.absolute_url(href, BASE) == links._absolute_url(href, BASE)


def test_links_are_absolute_or_none() -> None:
    stated = ("https://b.example/a?b=c", "/x y", "//b.example/", "#top", "javascript:go()", "mailto:a@b.example")
    assert [links.absolute_url(href, BASE) for href in stated] == [
        "https://b.example/a?b=c", "https://www.news.example/x%20y", "https://b.example/", "", "", "",
    ]  # fmt: skip
