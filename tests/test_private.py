"""A private feed: published whole, and named nowhere but in itself."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from feedsvc.config.reading import parse
from feedsvc.errors import ConfigError
from tests.commands import feedsvc

SLUG = "board-7k2m9x4qv1c8t3z6"
SEEDS = Path(__file__).parent.parent / "seeds"
CONFIGURATION = """[service]
base_url = "https://news.example/"
hub = ["https://hub.example/"]
[[source]]
id = "a"
path = "{seeds}"
[[feed]]
slug = "all"
[[feed]]
slug = "{slug}"
private = true
"""


def test_it_is_published_and_named_by_no_other_file(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(CONFIGURATION.format(seeds=SEEDS, slug=SLUG))
    assert feedsvc(tmp_path, "update").returncode == 0
    output = tmp_path / "output"
    own = {output / f"{SLUG}.{suffix}" for suffix in ("atom", "rss", "json", "html")}
    assert {path.name: path.read_text().count("events/") > 0 for path in own} == {path.name: True for path in own}
    others = [path for path in output.rglob("*") if path.is_file() and path not in own]
    assert {"index.html", "feeds.opml", "status.json", "all.atom"} <= {path.name for path in others}
    assert not [path for path in others if SLUG in path.read_text() or SLUG in path.name]
    assert "hub.example" in (output / "all.atom").read_text()
    assert not [path for path in own if "hub.example" in path.read_text()]
    assert '<meta name="robots" content="noindex">' in (output / f"{SLUG}.html").read_text()
    assert "noindex" not in (output / "all.html").read_text()
    assert [feed["slug"] for feed in json.loads((output / "status.json").read_text())["feeds"]] == ["all"]


@pytest.mark.parametrize("slug", ["board", "board-2024", "board-aaaaaaaaaaaaaaaaaaaa", "7k2m9x4q-v1c8t3z6"])
def test_an_address_that_can_be_guessed_is_a_mistake(slug: str) -> None:
    with pytest.raises(ConfigError, match=r'slug: ".*" can be guessed.*write a slug .* e\.g\. ".{30,}"'):
        parse(CONFIGURATION.format(seeds=SEEDS, slug=slug), Path("config.toml"))


def test_the_slug_that_is_proposed_is_taken() -> None:
    with pytest.raises(ConfigError) as caught:
        parse(CONFIGURATION.format(seeds=SEEDS, slug="board"), Path("config.toml"))
    proposed = str(caught.value).rpartition('e.g. "')[2].partition('"')[0]
    assert parse(CONFIGURATION.format(seeds=SEEDS, slug=proposed), Path("config.toml")).feeds[1].private
