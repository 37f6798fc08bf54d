"""A server inside a larger process: in a thread of its own, with parts that others bring."""

from __future__ import annotations

import signal
import threading
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from starlette.responses import PlainTextResponse

from feedsvc import web
from feedsvc.errors import FeedsvcError
from tests.web.serving import in_thread, publish


def ask(url: str) -> httpx.Response:
    return httpx.get(url, trust_env=False)


def test_a_part_brings_routes_work_and_metrics(tmp_path: Path) -> None:
    publish(tmp_path)
    (tmp_path / "extra").write_text("a file of the same name")
    seen: list[str] = []

    @asynccontextmanager
    async def work() -> AsyncIterator[None]:
        seen.append("entered")
        yield
        seen.append("left")

    part = web.Part({"/extra": PlainTextResponse("of the part")}, work, lambda: ["of_the_part 7"])
    with in_thread(tmp_path, part, web.Part()) as server:
        url = server.url.rstrip("/")
        assert ask(f"{url}/extra").text == "of the part"
        assert seen == ["entered"]
        assert ask(f"{url}/harbour.atom").status_code == 200
        counted = ask(f"{url}/metrics").text.splitlines()
        assert "of_the_part 7" in counted and 'feedsvc_http_requests_total{method="GET",status="200"} 2' in counted
    assert seen == ["entered", "left"]


def test_figures_that_take_long_hold_up_no_reader(tmp_path: Path) -> None:
    publish(tmp_path)
    asked, answered = threading.Event(), threading.Event()

    def metrics() -> list[str]:
        asked.set()
        return [f"in_time {int(answered.wait(10))}"]

    with in_thread(tmp_path, web.Part(metrics=metrics)) as server, ThreadPoolExecutor() as monitor:
        scrape = monitor.submit(ask, f"{server.url}metrics")
        assert asked.wait(10)
        assert ask(f"{server.url}harbour.atom").status_code == 200
        answered.set()
        assert "in_time 1" in scrape.result().text


def test_a_part_that_cannot_begin_is_the_servers_end(tmp_path: Path) -> None:
    @asynccontextmanager
    async def work() -> AsyncIterator[None]:
        raise FeedsvcError("hub: no secret")
        yield

    server = web.Server(web.Published(tmp_path, web.Freshness()), "127.0.0.1", 0, [web.Part(running=work)])
    with pytest.raises(FeedsvcError, match="hub: no secret"):
        server.run()
    with pytest.raises(httpx.ConnectError):
        ask(server.url)


def test_signals_are_left_to_the_process(tmp_path: Path) -> None:
    server = web.Server(web.Published(tmp_path, web.Freshness()), "127.0.0.1", 0)
    seen = []

    def look_and_end() -> None:
        ask(server.url)
        seen.extend(signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT))
        server.stop()

    def own(*_: object) -> None: ...

    before = [signal.signal(number, own) for number in (signal.SIGTERM, signal.SIGINT)]
    try:
        thread = threading.Thread(target=look_and_end)
        thread.start()
        server.run()
        thread.join(timeout=30)
    finally:
        for number, handler in zip((signal.SIGTERM, signal.SIGINT), before, strict=True):
            signal.signal(number, handler)
    assert seen == [own, own]


@pytest.mark.parametrize(("name", "told"), [("harbour.rss", True), ("harbour.html", False), ("index.html", False)])
def test_feeds_name_the_hub(tmp_path: Path, name: str, told: bool) -> None:
    publish(tmp_path)
    with in_thread(tmp_path, hub="https://news.example/hub") as server:
        links = ask(server.url + name).headers.get("link", "")
    assert ('<https://news.example/harbour.rss>; rel="self"; type="application/rss+xml"' in links) == told
    assert ('<https://news.example/hub>; rel="hub"' in links) == told


def test_a_private_feed_names_no_hub_and_is_not_for_search_engines(tmp_path: Path) -> None:
    publish(tmp_path)
    with in_thread(tmp_path, hub="https://news.example/hub", private=frozenset({"harbour"})) as server:
        page = tmp_path / "archive" / "harbour" / "2024.atom"
        page.parent.mkdir(parents=True)
        page.write_bytes((tmp_path / "harbour.atom").read_bytes())
        for name in ("harbour.rss", "harbour.html", "archive/harbour/2024.atom"):
            answer = ask(server.url + name)
            assert answer.headers["x-robots-tag"] == "noindex" and "hub" not in answer.headers.get("link", "")
        assert "x-robots-tag" not in ask(server.url).headers
