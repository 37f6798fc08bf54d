"""Whatever a source sends in whichever field: nothing of it acts in anything that is published.

With the pages' own policy switched off, which would stop most of it once more.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from lxml import etree

from bench.safety.browser import OF_FEEDS, Examiner
from bench.safety.passage import CALM, published
from feedsvc.sanitising import sanitise
from tests.browsing import browser, needs_chromium
from tests.hostile_markup import CASES

__all__ = ["browser"]

INERT_BY_ITSELF = {  # acts only where somebody puts it into an attribute or believes it to be an address
    "attribute: handler out of an attribute in single quotes",
    "attribute: handler in half a tag",
    "address: bare",
}
KINDS = ("atom", "rss", "json", "saved", "page")


@pytest.fixture(scope="module")
def documents() -> dict[str, bytes]:
    return published(*CASES.values())


@pytest.fixture(scope="module")
def examiner(browser: Any) -> Iterator[Examiner]:
    examiner = Examiner(browser)
    yield examiner
    examiner.close()


@pytest.mark.slow
@needs_chromium[0]
@needs_chromium[1]
@pytest.mark.parametrize("name", [name for name in CASES if name not in INERT_BY_ITSELF])
def test_the_examiner_sees_what_would_act(examiner: Examiner, name: str) -> None:
    assert examiner.audit(f"<p>{CASES[name]}</p>", OF_FEEDS)


@needs_chromium[0]
@needs_chromium[1]
def test_nothing_acts_in_any_document(examiner: Examiner, documents: dict[str, bytes]) -> None:
    assert examiner.findings(documents) == []


@needs_chromium[0]
@needs_chromium[1]
def test_nothing_acts_where_an_adapter_takes_nothing_away(examiner: Examiner) -> None:
    cleaned = [sanitise(CALM + payload) for name, payload in CASES.items() if not name.startswith("tracker")]
    assert examiner.audit("\n".join(cleaned), OF_FEEDS) == []


def test_every_kind_of_source_brought_every_case(documents: dict[str, bytes]) -> None:
    items = json.loads(documents["all.json"])["items"]
    brought = {item["url"] for item in items}
    missing = {f"https://{kind}.example/{n}" for kind in KINDS for n in range(1, len(CASES) + 1)} - brought
    assert missing == set()


def test_a_title_is_the_same_text_in_every_format(documents: dict[str, bytes]) -> None:
    titles = {item["id"]: item["title"] for item in json.loads(documents["all.json"])["items"]}
    atom, rss = (etree.fromstring(documents[f"all.{kind}"]) for kind in ("atom", "rss"))
    assert {e.findtext("{*}id"): e.findtext("{*}title") for e in atom.iterfind("{*}entry")} == titles
    assert {e.findtext("guid"): e.findtext("title") for e in rss.iter("item")} == titles
    page = etree.HTML(documents["all.html"].decode())
    shown = sorted("".join(heading.itertext()) for heading in page.iter("h3"))
    assert shown == sorted(titles.values())
