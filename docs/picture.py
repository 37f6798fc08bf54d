"""Makes docs/page.png: the feed page of the bundled seeds in a real browser. Run by `make picture`, after `make run`.

The publishers' photographs are theirs, so plain drawings stand in for them.
"""

from __future__ import annotations

import itertools
import re
import shutil
from pathlib import Path

from playwright.sync_api import Route, sync_playwright

ROOT = Path(__file__).parent.parent
COLOURS = itertools.cycle([("#35524a", "#a9c3b0"), ("#6b3e2e", "#e0b48c"), ("#2f4858", "#9fb7c9")])


def drawing(dark: str, light: str) -> str:
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 160 90">'
        f'<rect width="160" height="90" fill="{light}"/>'
        '<circle cx="118" cy="28" r="13" fill="#fff8"/>'
        f'<path d="M0 90 48 38 84 70 108 50 160 90z" fill="{dark}"/></svg>'
    )


def stand_in(route: Route) -> None:
    route.fulfill(body=drawing(*next(COLOURS)), content_type="image/svg+xml")


def main() -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1100, "height": 1180})
        page.route(re.compile("^https?:"), stand_in)
        page.goto((ROOT / "output" / "fentanyl.html").as_uri(), wait_until="networkidle")
        page.screenshot(path=ROOT / "docs" / "page.png")
        browser.close()


main()
