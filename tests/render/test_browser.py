"""The pages as people see them: in a real Chromium, wide and narrow, by day and by night."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from feedsvc import render
from tests.browsing import browser, needs_chromium

from .examples import harbour_events, hostile_event

__all__ = ["browser"]

pytestmark = [*needs_chromium, pytest.mark.slow]
EVENT = render.event_path(harbour_events()[0].id)
HOSTILE_EVENT = render.event_path(hostile_event("").id)
EMBEDDED = ["embed/index.html", "embed/harbour.html", "embed/hostile.html"]
PAGES = ["index.html", "harbour.html", "nothing.html", "hostile.html", EVENT, HOSTILE_EVENT, *EMBEDDED]

# Every element that holds words of its own, with the contrast of its colour against what is painted behind it.
CONTRAST = """() => {
  const channel = v => (v /= 255) <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4;
  const numbers = colour => colour.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => .2126 * channel(r) + .7152 * channel(g) + .0722 * channel(b);
  const ground = e => { for (; e; e = e.parentElement) {
    const c = numbers(getComputedStyle(e).backgroundColor); if (c.length < 4 || c[3] > 0) return c; }
    return [255, 255, 255]; };
  return [...document.body.querySelectorAll('*')]
    .filter(e => [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()) && e.checkVisibility())
    .map(e => { const [a, b] = [light(numbers(getComputedStyle(e).color)), light(ground(e))];
      return [(Math.max(a, b) + .05) / (Math.min(a, b) + .05), e.outerHTML.slice(0, 80)]; });
}"""


@pytest.mark.parametrize("name", PAGES)
def test_nothing_scrolls_sideways(site: Path, seen: Any, name: str) -> None:
    page = seen()
    page.goto((site / name).as_uri())
    for width in (320, 390, 820, 1200):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_all_words_can_be_read(site: Path, seen: Any, name: str, scheme: str) -> None:
    page = seen(1200, scheme)
    page.goto((site / name).as_uri())
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    measured = page.evaluate(CONTRAST)
    assert len(measured) > 5
    assert [(ratio, where) for ratio, where in measured if ratio < 4.5] == []


def test_the_night_is_dark(site: Path, seen: Any) -> None:
    grounds = {}
    for scheme in ("light", "dark"):
        page = seen(1200, scheme)
        page.goto((site / "harbour.html").as_uri())
        grounds[scheme] = page.evaluate("getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number)")
    assert min(grounds["light"]) > 230 and max(grounds["dark"]) < 40


@pytest.mark.parametrize("name", PAGES)
def test_a_page_asks_for_pictures_only_and_breaks_no_policy(site: Path, seen: Any, name: str) -> None:
    page = seen()
    complaints: list[str] = []
    wanted: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: wanted.append(request.resource_type))
    page.goto((site / name).as_uri())
    page.evaluate("window.scrollTo(0, document.body.scrollHeight)")
    page.wait_for_load_state("load")
    assert set(wanted) <= {"document", "image"}
    assert complaints == []


def test_links_lead_where_they_say(site: Path, seen: Any) -> None:
    page = seen(java_script_enabled=False)
    page.goto((site / "index.html").as_uri())
    page.get_by_role("link", name="港口与海岛").click()
    assert page.url == (site / "harbour.html").as_uri()
    page.locator("article", has_text="停用十一年的灯塔").get_by_role("link", name="各家报道对照").click()
    assert page.url == (site / EVENT).as_uri()
    page.get_by_role("link", name="全部专题", exact=True).click()
    assert page.url == (site / "index.html").as_uri()


@pytest.mark.parametrize("name", ["index.html", "harbour.html", EVENT])
def test_no_link_inside_the_site_is_dead(site: Path, seen: Any, name: str) -> None:
    page = seen()
    page.goto((site / name).as_uri())
    links = page.evaluate("[...document.querySelectorAll('a, link[rel=alternate]')].map(a => a.href.split('#')[0])")
    inside = {Path(link.removeprefix("file://")) for link in links if link.startswith("file:")}
    assert len(inside) > 1 and all(path.is_file() for path in inside)


def test_the_page_of_a_joined_event_leads_on_without_script(site: Path, seen: Any) -> None:
    page = seen(java_script_enabled=False)
    page.goto((site / "events/moved.html").as_uri())
    page.wait_for_url((site / EVENT).as_uri())


def test_the_keyboard_reaches_the_content_first(site: Path, seen: Any) -> None:
    page = seen()
    page.goto((site / "harbour.html").as_uri())
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('href')") == "#content"
    assert page.evaluate("document.activeElement.getBoundingClientRect().left") >= 0
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"


def test_the_reasons_open_with_a_click(site: Path, seen: Any) -> None:
    page = seen(java_script_enabled=False)
    page.goto((site / EVENT).as_uri())
    reason = page.get_by_text("标题与导语共有：灯塔、海港").first
    assert not reason.is_visible()
    page.get_by_text("为何归为同一事件").click()
    assert reason.is_visible()
