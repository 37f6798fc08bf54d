"""The pages as the server sends them, in a real Chromium: its policy takes nothing from them, and lets nothing in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.browsing import browser, needs_chromium
from tests.web.serving import EVENT, MOVED, Served

__all__ = ["browser"]

pytestmark = [*needs_chromium, pytest.mark.slow]
PICTURE = "<svg xmlns='http://www.w3.org/2000/svg' width='16' height='9'/>"  # instead of any from the web


@pytest.fixture
def page(browser: Any, site: Served) -> Iterator[Any]:
    context = browser.new_context()
    elsewhere = re.compile(r"^https?://(?!127\.0\.0\.1:)")
    context.route(elsewhere, lambda route: route.fulfill(body=PICTURE, content_type="image/svg+xml"))
    page = context.new_page()
    page.complaints = []
    page.on("console", lambda message: page.complaints.append(message.text))
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    yield page
    context.close()


@pytest.mark.parametrize("path", ["/", "/harbour.html", f"/{EVENT}", f"/{MOVED}"])
def test_pages_work_under_the_policy(site: Served, page: Any, path: str) -> None:
    page.goto(site.url + path)
    page.evaluate("window.scrollTo(0, document.body.scrollHeight)")
    page.wait_for_load_state("networkidle")
    assert page.complaints == []
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(250, 248, 243)"  # styled
    assert page.evaluate("[...document.images].every(i => !i.complete || i.naturalWidth > 0)")


def test_a_page_of_another_site_reads_a_feed_and_asks_again_under_condition(
    site: Served, page: Any, other_site: tuple[str, dict[str, str]]
) -> None:
    page.goto(other_site[0])
    answers = page.evaluate(
        """async url => {
          const first = await fetch(url, {cache: 'no-store'});
          const tag = first.headers.get('ETag');
          const again = await fetch(url, {cache: 'no-store', headers: {'If-None-Match': tag}});
          return [first.status, (await first.json()).version, tag.length > 2, again.status,
                  first.headers.get('Link').includes('rel="self"')]; }""",
        f"{site.url}/harbour.json",
    )
    assert answers == [200, "https://jsonfeed.org/version/1.1", True, 304, True]


def test_a_page_may_be_shown_in_a_frame_of_another_site(
    site: Served, page: Any, other_site: tuple[str, dict[str, str]]
) -> None:
    other_site[1]["page"] = f'<iframe src="{site.url}/harbour.html"></iframe>'
    page.goto(other_site[0])
    page.wait_for_load_state("networkidle")
    assert page.frames[1].evaluate("document.querySelectorAll('article').length") > 0


def test_a_script_that_got_into_a_page_does_not_run(browser: Any, own: Served) -> None:
    path = own.output / "harbour.html"
    words = path.read_text(encoding="utf-8")
    words = re.sub(r"<meta http-equiv=\"Content-Security-Policy\"[^>]*>", "", words)
    path.write_text(words.replace("</main>", "<script>document.title = 'ran'</script></main>"), encoding="utf-8")
    page = browser.new_page()
    page.goto(f"{own.url}/harbour.html")
    assert page.title() != "ran"
    page.close()


def test_a_feed_that_carries_a_script_runs_nothing(browser: Any, own: Served) -> None:
    (own.output / "harbour.svg").write_text(
        '<svg xmlns="http://www.w3.org/2000/svg"><script>document.documentElement.id = "ran"</script></svg>'
    )
    page = browser.new_page()
    page.goto(f"{own.url}/harbour.svg")
    assert page.evaluate("document.documentElement.id") == ""
    page.close()
