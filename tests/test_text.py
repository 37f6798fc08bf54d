"""Pure text: canonical addresses of hostile input, squeezing, tokens, digests."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from feedsvc import text

ODDITIES = (
    "http:// https:// HTTP: // / news.example WWW. 新闻.例 %E4%B8%AD %2F % %zz %FF ? & = # : 80 443 99999 @ user:pw@ "
    "[::1] [ ] .. . utm_x=1 a=b + 中 ß \u202e xn-- 。 ; \\"
)
ADDRESS_PARTS = st.lists(st.sampled_from([*ODDITIES.split(), " ", "\t", "\x00", "\ud800", "a" * 70]), max_size=12).map(
    "".join
)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (
            "http://www.rfi.fr//cn/中国/20240128-会议",
            "https://www.rfi.fr/cn/%E4%B8%AD%E5%9B%BD/20240128-%E4%BC%9A%E8%AE%AE",
        ),
        ("https://www.rfi.fr/cn/%e4%b8%ad", "https://www.rfi.fr/cn/%E4%B8%AD"),
        ("HTTPS://News.Example:443/a/../b/./c#part", "https://news.example/b/c"),
        ("https://news.example", "https://news.example/"),
        ("https://user:secret@news.example/a", "https://news.example/a"),
        ("https://news.example:8443/a", "https://news.example:8443/a"),
        ("https://www.dw.com/zh/x/a-1?maca=chi-rss-chi-all-1127-rdf", "https://www.dw.com/zh/x/a-1"),
        ("https://news.example/a?utm_source=x&id=7&fbclid=y", "https://news.example/a?id=7"),
        ("https://news.example/a%2Fb", "https://news.example/a%2Fb"),
        ("https://bücher.example/", "https://xn--bcher-kva.example/"),
        ("https://[2001:db8::1]:444/a", "https://[2001:db8::1]:444/a"),
        (" https://news.example/a\n", "https://news.example/a"),
        ("ftp://news.example/a", ""),
        ("javascript:alert(1)", ""),
        ("https:///a", ""),
        ("https://news.example:99999/", ""),
        ('https://news.example"onload=x/', ""),
        ("https://news.example/?k=%D6%D0", "https://news.example/?k=%D6%D0"),
        ("https://[::1/", ""),
        ("/relative", ""),
        ("", ""),
    ],
)
def test_canonical_url(url: str, expected: str) -> None:
    assert text.canonical_url(url) == expected


def test_a_relative_address_is_taken_from_its_page() -> None:
    assert text.canonical_url("../c?x=1", "https://news.example/a/b/") == "https://news.example/a/c?x=1"


@given(st.one_of(ADDRESS_PARTS, st.text(max_size=60), ADDRESS_PARTS.map("https://news.example/".__add__)))
@example("http://a/\ud800")
@example("http://a/?b=\udfff")
@example("http://a\u3002b/")
def test_a_canonical_address_is_ascii_and_its_own_canonical_address(url: str) -> None:
    once = text.canonical_url(url)
    assert once.isascii()
    assert once == "" or once.startswith("https://")
    assert text.canonical_url(once) == once


@given(ADDRESS_PARTS, ADDRESS_PARTS)
def test_no_pair_of_addresses_raises(url: str, base: str) -> None:
    assert text.canonical_url(url, base).isascii()
    assert isinstance(text.url_host(url), str)


@given(st.text())
def test_squeezed_text_is_one_trimmed_line(words: str) -> None:
    squeezed = text.squeeze(words)
    assert squeezed == text.squeeze(squeezed) == squeezed.strip()
    assert "\n" not in squeezed
    assert "  " not in squeezed


def test_folding_joins_the_two_scripts_and_the_two_widths() -> None:
    assert text.fold("ＤＷ：臺灣") == text.fold("dw:台湾")


def test_tokens_are_words_numbers_and_pairs_of_characters() -> None:
    assert text.tokens(text.fold("美国GDP增长2.5%")) == ["美国", "gdp", "增长", "2.5"]


@given(st.lists(st.text(max_size=4), max_size=4), st.lists(st.text(max_size=4), max_size=4))
def test_digests_tell_different_lists_apart(one: list[str], other: list[str]) -> None:
    assert (text.digest(*one) == text.digest(*other)) == (one == other)


PATH_WORDS = "/ // . .. a b2 ~!$&'()*+,;=:@ _ - % %41 ? # \\ é"
PATH_PARTS = st.lists(st.sampled_from([*PATH_WORDS.split(), "", " "]), max_size=8)
HOSTS = (
    "a.example",
    "A.example",
    "a..example",
    "a_b",
    "1.2.3.4",
    "a.example.",
    "-",
    "a" * 64,
    "xn--a",
    "u@h.e",
    "h.e:80",
)


@given(st.sampled_from(["http://", "https://", "HTTP://", "//", ""]), st.sampled_from(HOSTS), PATH_PARTS.map("".join))
@example("http://", "a.example", "/a/../b")
@example("http://", "a.example", "/a/.")
@example("http://", "a.example", "/a/b.c/d..e/")
def test_a_plain_address_is_known_as_one_at_sight(scheme: str, host: str, path: str) -> None:
    url = f"{scheme}{host}{path}"
    if plain := text.PLAIN_URL.fullmatch(url):
        assert f"https{plain[1]}" == text._canonical_url(url, "")


@given(st.text(alphabet="aZ09-._~!$&'()*+,;=:@%48AFafEe2Cé \x00[]<>\"", max_size=12))
def test_a_part_of_a_path_that_is_taken_for_canonical_is(part: str) -> None:
    assert not text.PLAIN_SEGMENT.fullmatch(part) or text._canonical_segment(part) == part


@pytest.mark.slow
def test_text_that_is_printable_needs_no_squeezing_but_of_spaces() -> None:
    said = text.BLANKS.pattern, text.WIDTHLESS.pattern
    unprintable = [chr(code) for code in range(0x110000) if not chr(code).isprintable()]
    noticed = [c for c in map(chr, range(0x110000)) if any(re.fullmatch(pattern, c) for pattern in said)]
    assert set(noticed) - set(unprintable) == {" "}
    assert text.squeeze("  the  ferry ") == text.squeeze("\u200bthe \tferry\u00a0") == "the ferry"


@pytest.mark.parametrize(
    ("term", "words", "stands"),
    [
        ("fenta", "fentanyl, then fenta", True),  # not where it is found first
        ("fenta", "fentanyl", False),
        ("anyl", "fentanyl", False),
        ("2024", "12024", False),
        ("a", "", False),
        ("", "anything", False),
        ("中国", "在中国人民", True),  # no blanks are needed where none are written
        ("g20", "在g20上", True),  # nor between the scripts
        ("c++", "c++ and", True),
        ("a_b", "a_bc", False),
        ("aa", "xaaa aa", True),
    ],
)
def test_terms_stand_as_whole_words_where_words_are_separated(term: str, words: str, *, stands: bool) -> None:
    assert text.contains_term(words, term) is stands
