"""What is told of all feeds: the front page, the list to import, how to embed them, how the service is doing.

Made of what is kept of each feed, without its entries. Called by `publication`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime

from feedsvc import render
from feedsvc.composing import NEVER
from feedsvc.config import Config
from feedsvc.model import Entry, ServiceStatus, Topic, TopicFeed
from feedsvc.output import Output
from feedsvc.store.told import Shown
from feedsvc.text import digest


class Overview:
    def __init__(self, config: Config, output: Output, basis: str) -> None:
        self._config = config
        self._output = output
        self._basis = basis
        self._base_url = config.service.base_url

    def make(
        self, shown: Mapping[str, Shown], new: Collection[str] | None, status: ServiceStatus, now: datetime | None
    ) -> ServiceStatus:
        """Gives the status as it was told. `new`: slugs of the feeds that changed; None where it is not known."""
        output, base_url = self._output, self._base_url
        listed = [_feed(topic, shown[topic.slug], base_url) for topic in self._config.feeds if not topic.private]
        bare = [replace(feed, entries=()) for feed in listed]  # all but the front page need no headlines
        named = digest(self._basis, *(repr((feed.slug, feed.title, feed.language)) for feed in listed))
        guide = render.guide_paths(base_url)
        if not set(guide) <= {path for path in guide if output.holds(path, named)}:
            output.write_all(render.render_guide(bare, base_url), named)
        output.make("feeds.opml", named, lambda: render.render_opml(bare, base_url))
        if output.written and now:
            status = replace(status, published=now.replace(microsecond=0))
        output.write_all(render.render_troubles(status, base_url))
        output.write("status.json", render.render_status(bare, status))
        before = output.read("index.html") if new is not None and output.is_as_left("index.html") else b""
        output.write("index.html", render.render_index(listed, status.sources, base_url, before, new or ()))
        return status


def paths(config: Config) -> list[str]:
    """Of the files that are not made anew at each update."""
    return ["index.html", "feeds.opml", *render.guide_paths(config.service.base_url)]


def _feed(topic: Topic, shown: Shown, base_url: str) -> TopicFeed:
    return TopicFeed(
        slug=topic.slug,
        title=topic.title,
        base_url=base_url,
        language=shown.language,
        updated=shown.updated,
        entries=tuple(_headline(*headline) for headline in shown.headlines),
        total=shown.entries,
        private=topic.private,
    )


def _headline(title: str, language: str, url: str) -> Entry:
    return Entry(
        id="", title=title, url=url, page="", summary="", content="", published=NEVER, updated=NEVER, language=language,
        publisher="", publisher_url="", authors=(), agencies=(), rights="", categories=(), picture=None, reports=(),
    )  # fmt: skip
