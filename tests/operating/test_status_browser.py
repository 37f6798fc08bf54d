"""The status page of a broken source as a person finds it, in a real Chromium."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.browsing import browser, needs_chromium
from tests.live.newsstand import configuration, source
from tests.live.service import NOW, Service

__all__ = ["browser"]
pytestmark = [*needs_chromium, pytest.mark.slow]


@pytest.fixture
def seen(paper: Service, browser: Any) -> Any:
    """The front page of a service that reads one good source and one that answers 404."""
    paper.now = NOW - timedelta(days=5, hours=20)  # when the good one has news of today
    good, broken = paper.origin.url("news"), paper.origin.url("status?code=404")
    configuration(
        paper.folder, source("harbour", good, name='"Harbour News"') + source("quay", broken, name='"The Quay"')
    )
    for _ in range(3):
        paper.update("quay", "harbour")
    page = browser.new_page(viewport={"width": 360, "height": 700})
    page.requested = []
    page.complaints = []
    page.on("request", lambda request: page.requested.append(request.url))
    page.on("console", lambda message: page.complaints.append(message.text))
    page.goto((paper.folder / "output" / "index.html").as_uri())
    yield page
    page.close()


def test_from_the_front_page_to_why_a_source_has_no_news(seen: Any) -> None:
    seen.locator("a[href='status.html']").click()
    attention = seen.locator("section", has=seen.get_by_role("heading", name="Needs attention"))
    assert attention.get_by_text("The Quay cannot be read").is_visible()
    assert attention.get_by_text("look for the feed's new url on the publisher's site").is_visible()
    quay = seen.locator("#source-quay")
    assert quay.get_by_text("cannot be read", exact=True).is_visible()
    assert quay.get_by_text("404 Not Found").first.is_visible()
    assert "well" in seen.locator("#source-harbour").inner_text()


def test_bars_can_be_seen_and_nothing_is_asked_of_anybody(seen: Any) -> None:
    seen.locator("a[href='status.html']").click()
    bars = seen.get_by_role("img", name="Articles a day in the 30 days until 2024-03-04")
    box = bars.bounding_box()
    assert box["width"] > 100 and box["height"] > 20
    assert bars.locator("rect").first.bounding_box()["height"] > 20
    assert bars.evaluate("e => getComputedStyle(e).fill") != "rgb(0, 0, 0)"
    assert seen.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert [url for url in seen.requested if not url.startswith(("file:", "data:"))] == [] == seen.complaints
