"""A whole site of our own writing on disk, and browser windows onto it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from feedsvc import render
from feedsvc.model import ServiceStatus

from .examples import BASE, empty_feed, harbour_events, harbour_feed, hostile_event, hostile_feed, statuses

UNBROKEN = "W" * 1000
PICTURE = "<svg xmlns='http://www.w3.org/2000/svg' width='16' height='9'/>"  # instead of any from the web


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    (folder / "events").mkdir()
    (folder / "embed").mkdir()
    feeds = [harbour_feed(), empty_feed(), hostile_feed(UNBROKEN)]
    files = {f"{feed.slug}.html": render.render_feed_page(feed) for feed in feeds}
    for feed in feeds:
        files |= render.render_documents(feed)
    for event in (*harbour_events(), hostile_event(UNBROKEN)):
        files[render.event_path(event.id)] = render.render_event_page(event, BASE)
    files["events/moved.html"] = render.render_moved_page(harbour_events()[0].id, BASE)
    files["index.html"] = render.render_index(feeds, statuses(), BASE)
    files |= render.render_embedding(feeds, BASE)
    files["feeds.opml"] = render.render_opml(feeds, BASE)
    files |= render.render_troubles(ServiceStatus(tuple(statuses())), BASE)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder


@pytest.fixture
def seen(browser: Any) -> Iterator[Any]:
    """A new browser window by width and colour scheme; what it requests and complains of is kept on it."""
    contexts = []

    def window(width: int = 1200, scheme: str = "light", **options: Any) -> Any:
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, **options)
        contexts.append(context)
        context.route(re.compile("^https?:"), lambda route: route.fulfill(body=PICTURE, content_type="image/svg+xml"))
        return context.new_page()

    yield window
    for context in contexts:
        context.close()
