"""A page of another origin shows a feed, by frame and by script: from `feedsvc serve`, and from nginx as documented."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from feedsvc import render
from tests.browsing import browser, needs_chromium
from tests.render.examples import harbour_feed, hostile_feed
from tests.web.nginx import needs_nginx, nginx_over
from tests.web.serving import Served

__all__ = ["browser"]

pytestmark = [*needs_chromium, pytest.mark.slow]
HOSTILE = "\"><img src=x onerror='window.broken=1'><script>window.broken=1</script>"
ENTRIES = """() => [...document.querySelector('[data-feedsvc]').shadowRoot.querySelectorAll('li')].map(row =>
  [row.querySelector('a').textContent, row.querySelector('a').href, row.querySelector('bdi').textContent])"""


@pytest.fixture(params=["feedsvc serve", pytest.param("nginx", marks=needs_nginx)])
def origin(request: pytest.FixtureRequest, own: Served, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the output is served, with what is embedded from there."""
    if request.param == "feedsvc serve":
        embeddable(own.output, own.url)
        yield own.url
        return
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"127.0.0.1:{free.getsockname()[1]}"
    embeddable(own.output, f"http://{address}")
    with nginx_over(own.output, tmp_path_factory.mktemp("n"), address):
        yield f"http://{address}"


def embeddable(output: Path, origin: str) -> None:
    feeds = [harbour_feed(f"{origin}/"), hostile_feed(HOSTILE, f"{origin}/")]
    (output / "embed").mkdir()
    for feed in feeds:
        for name, content in render.render_documents(feed).items():
            (output / name).write_bytes(content)
    for name, content in render.render_embedding(feeds, f"{origin}/").items():
        (output / name).write_bytes(content)


@pytest.fixture
def window(browser: Any) -> Iterator[Any]:
    page = browser.new_page(locale="en-GB")
    page.complaints = []
    page.on("console", lambda message: page.complaints.append(message.text))
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    yield page
    page.close()


def snippets(window: Any, origin: str, feed: str) -> list[str]:
    """What the page for embedding says to copy: the frame, the script."""
    window.goto(f"{origin}/embed/index.html#{feed}")
    found: list[str] = window.locator(f"section#{feed} pre").all_text_contents()
    return found


@pytest.mark.parametrize("feed", ["harbour", "hostile"])
def test_what_is_to_be_copied_works_on_a_page_of_another_origin(
    origin: str, window: Any, other_site: tuple[str, dict[str, str]], feed: str
) -> None:
    frame, script = snippets(window, origin, feed)
    # As strict as a policy can be that lets both in.
    policy = f"default-src 'none'; script-src {origin}; connect-src {origin}; frame-src {origin}"
    other_site[1]["page"] = f'<meta http-equiv=Content-Security-Policy content="{policy}">{frame}{script}'
    window.goto(other_site[0])
    window.locator("[data-feedsvc] li").first.wait_for()
    expected = hostile_feed(HOSTILE, origin) if feed == "hostile" else harbour_feed(origin)
    rows = window.evaluate(ENTRIES)
    assert [row[:2] for row in rows] == [[entry.title, entry.url] for entry in expected.entries]
    assert expected.entries[0].publisher in rows[0][2]
    inside = window.frames[1]
    inside.wait_for_selector("li")
    assert inside.locator("li a").all_text_contents() == [entry.title for entry in expected.entries]
    assert window.evaluate("window.broken") is None and inside.evaluate("window.broken") is None
    assert [said for said in window.complaints if "favicon" not in said] == []


def test_the_page_for_embedding_shows_what_will_be_seen(origin: str, window: Any) -> None:
    window.goto(f"{origin}/embed/index.html")
    preview = window.frame_locator("section#harbour iframe")
    preview.locator("li").first.wait_for()
    assert preview.locator("li").count() == len(harbour_feed().entries)
    assert window.complaints == []
