"""Pictures come late and move nothing; and where none are wanted, a reader asks nobody but our own server."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from feedsvc import render
from feedsvc.composing import without_pictures
from tests import saved
from tests.browsing import browser, needs_chromium
from tests.composing import compose
from tests.test_cycle import update

from .examples import BASE, HARBOUR, article, event, harbour_events, harbour_feed, picture

__all__ = ["browser"]

EVENT = render.event_path(harbour_events()[0].id)
TALL = "<svg xmlns='http://www.w3.org/2000/svg' width='300' height='900'/>"
SHIFTS = """() => { window.shift = 0; new PerformanceObserver(list => {
  for (const entry of list.getEntries()) window.shift += entry.value;
}).observe({type: 'layout-shift', buffered: true}); }"""
HTML = '<p>a</p><figure><img src="https://p.example/a.jpg" alt="x"><figcaption>b</figcaption></figure><p>c</p>'


@needs_chromium[0]
@needs_chromium[1]
@pytest.mark.parametrize("name", ["harbour.html", EVENT])
def test_a_picture_that_comes_late_moves_nothing(site: Path, seen: Any, name: str) -> None:
    page = seen(400, bypass_csp=True)
    held: list[Any] = []

    def hold(route: Any) -> None:
        held.append(route)

    page.context.unroute_all()
    page.context.route(re.compile("^https?:"), hold)
    page.goto((site / name).as_uri(), wait_until="commit")
    page.evaluate(SHIFTS)
    page.wait_for_function("document.querySelector('main img')")
    page.locator("main img").first.scroll_into_view_if_needed()
    before = page.evaluate("document.documentElement.scrollHeight")
    assert held
    for route in held:
        route.fulfill(body=TALL, content_type="image/svg+xml")
    page.wait_for_function("document.querySelector('main img').naturalHeight === 900")
    assert page.evaluate("document.documentElement.scrollHeight") == before
    assert page.evaluate("window.shift") < 0.01


def test_without_pictures_no_document_of_a_feed_names_one() -> None:
    events = [*harbour_events(), event(article("rfi", 9, html=HTML, pictures=(picture(),)))]
    feed = compose(replace(HARBOUR, pictures=False), events, BASE, frozenset({"rfi"}))
    documents = [*render.render_documents(feed).values(), render.render_feed_page(feed)]
    documents += [render.render_event_page(without_pictures(each), BASE) for each in events]
    for document in documents:
        assert b"<img" not in document and b"&lt;img" not in document
        assert b"pictures.example" not in document and b"p.example" not in document
    (entry,) = (entry for entry in feed.entries if entry.id == events[-1].id)
    assert entry.content == "<p>a</p><p>c</p>"
    assert any(b"pictures.example" in document for document in render.render_documents(harbour_feed()).values())


@needs_chromium[0]
@needs_chromium[1]
def test_a_page_without_pictures_asks_nobody_else(seen: Any, tmp_path: Path) -> None:
    feed = compose(replace(HARBOUR, pictures=False), harbour_events(), BASE, frozenset())
    (tmp_path / "feed.html").write_bytes(render.render_feed_page(feed))
    (tmp_path / "event.html").write_bytes(render.render_event_page(without_pictures(harbour_events()[0]), BASE))
    (tmp_path / "pictured.html").write_bytes(render.render_feed_page(harbour_feed()))
    page = seen()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for name in ("feed", "event"):
        page.goto((tmp_path / f"{name}.html").as_uri(), wait_until="networkidle")
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    page.goto((tmp_path / "pictured.html").as_uri(), wait_until="networkidle")
    assert [url for url in asked if url.startswith("https://pictures.example/")] != []


def published(folder: Path, **written: str) -> Path:
    saved.write(folder / "articles", saved.small_archive())
    update(saved.configuration(folder, **written))
    return folder / "output"


def names_a_picture(path: Path) -> bool:
    return "picture.jpg" in path.read_text(encoding="utf-8")


def every_document(output: Path) -> Iterator[Path]:
    return (path for path in output.rglob("*") if path.is_file())


def test_a_service_without_pictures_publishes_none(tmp_path: Path) -> None:
    output = published(tmp_path, extra="pictures = false\n")
    assert not any(map(names_a_picture, every_document(output)))


def test_a_feed_without_pictures_has_none_on_the_pages_of_its_events_alone(tmp_path: Path) -> None:
    feeds = '[[feed]]\nslug = "plain"\npictures = false\nany = ["法耶"]\n[[feed]]\nslug = "seen"\nany = ["地震"]\n'
    output = published(tmp_path, feeds=feeds)
    assert not any(names_a_picture(path) for path in output.glob("plain.*"))
    assert names_a_picture(output / "seen.html") and names_a_picture(output / "seen.atom")
    pages = {path: path.read_text(encoding="utf-8") for path in output.glob("events/*.html")}
    assert {"法耶" in page: "picture.jpg" in page for page in pages.values()} == {True: False, False: True}
