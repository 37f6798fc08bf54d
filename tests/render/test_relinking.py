"""A page of the archive that is linked anew is, byte for byte, what it would be if it were rendered again."""

from __future__ import annotations

from dataclasses import replace

import pytest

from feedsvc.model import TopicFeed
from feedsvc.render import render_atom
from feedsvc.render.addresses import page_links
from feedsvc.render.relinking import relinked

from .examples import BASE, HOSTILE, harbour_feed, hostile_feed

FEEDS = {"usual": harbour_feed()} | {f"hostile: {name}": hostile_feed(words) for name, words in HOSTILE.items()}
PLACES = [("a", ""), ("a", "c"), ("", "c"), ("", ""), ("b", "d")]


def page(feed: TopicFeed, older: str, newer: str) -> TopicFeed:
    paths = [f"archive/harbour/{name}.atom" if name else "" for name in ("page", older, newer)]
    return replace(feed, archive=paths[0], older=paths[1], newer=paths[2])


@pytest.mark.parametrize("feed", FEEDS.values(), ids=FEEDS.keys())
@pytest.mark.parametrize("older", PLACES)
@pytest.mark.parametrize("newer", PLACES)
def test_linked_anew_as_rendered_again(feed: TopicFeed, older: tuple[str, str], newer: tuple[str, str]) -> None:
    before, after = page(feed, *older), page(feed, *newer)
    assert relinked(render_atom(before), page_links(after), BASE) == render_atom(after)
