"""Numbers made all at once are those that are made term by term."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from feedsvc.events.numbered import counted, distinct, token_checksums, triple_checksums
from feedsvc.events.terms import triples
from feedsvc.events.words import hashed
from feedsvc.text import fold, tokens

# Letters of many scripts, among them some without spaces, of the basic plane and beyond.
WRITING = st.text(st.sampled_from("河谷大桥々〇가나ประเทศかタ𠀀𠀁aé’'я7.,٣ \n。！😀\ufffe"), max_size=40)


def commonest(terms: list[str]) -> dict[int, int]:
    times: dict[int, int] = {}
    for term, count in Counter(terms).items():
        times[hashed(term)] = max(count, times.get(hashed(term), 0))
    return times


@given(WRITING | st.text(st.characters(exclude_categories=["Cs"]), max_size=40))
@example("河")
@example("")
@example("大桥 大桥，大桥垮塌 a1a")
def test_the_numbers_of_a_text_are_those_of_its_terms(text: str) -> None:
    folded = fold(text)
    for checksums, terms in ((token_checksums, tokens(folded)), (triple_checksums, triples(folded))):
        numbers, times = counted(checksums(folded))
        assert dict(zip(numbers.tolist(), times.tolist(), strict=True)) == commonest(terms)
        assert numbers.tolist() == sorted(numbers.tolist())
        assert distinct(checksums(folded)).tolist() == numbers.tolist()


@pytest.mark.parametrize("text", ["河谷大桥垮塌", "大", "ประเทศไทย", "abc 大桥 de"])
def test_a_term_that_comes_twice_counts_twice(text: str) -> None:
    numbers, times = counted(token_checksums(text))
    more, often = counted(token_checksums(f"{text}\n{text}"))
    assert (more.tolist(), often.tolist()) == (numbers.tolist(), (2 * times).tolist())
