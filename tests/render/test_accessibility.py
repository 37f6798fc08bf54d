"""What axe-core finds on every kind of page, by day and by night, wide and narrow."""

from __future__ import annotations

from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from feedsvc import render
from tests.browsing import browser, needs_chromium

from .examples import harbour_events

__all__ = ["browser"]

PACKAGE = "axe_playwright_python"
pytestmark = [
    *needs_chromium,
    pytest.mark.slow,
    pytest.mark.skipif(find_spec(PACKAGE) is None, reason=f"no {PACKAGE} here"),
]
PAGES = [
    *("index.html", "harbour.html", "status.html"),
    *(render.event_path(event.id) for event in harbour_events()[:3:2]),
    *("embed/index.html", "embed/harbour.html"),
]
FOUND = """async () => (await axe.run(document, {resultTypes: ['violations']})).violations.flatMap(
  found => found.nodes.map(node => [found.impact, found.id, node.html.slice(0, 120)]))"""


@pytest.fixture(scope="module")
def axe() -> str:
    return (files(PACKAGE) / "axe.min.js").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing(site: Path, seen: Any, axe: str, name: str) -> None:
    page = seen()
    page.goto((site / name).as_uri())
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    page.evaluate(axe)
    found = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        for width in (360, 1280):
            page.set_viewport_size({"width": width, "height": 900})
            found += [(scheme, width, *each) for each in page.evaluate(FOUND)]
    assert found == []


def test_axe_finds_what_is_wrong(seen: Any, axe: str) -> None:
    page = seen()
    page.set_content("<html lang=en><title>x</title><main><h1>x</h1><img src=x><p style='color:#ccc'>pale</main>")
    page.evaluate(axe)
    assert {name for _, name, _ in page.evaluate(FOUND)} == {"image-alt", "color-contrast"}
