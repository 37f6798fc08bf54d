"""How much is done, counted: what did not change costs nothing, and what is new no more where there is more of it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from feedsvc import normalise, watching
from feedsvc.config import load
from feedsvc.reading import entries
from feedsvc.reading.feeds import read_feeds
from feedsvc.store import Database, open_database
from tests.hostile_origin import Origin, response
from tests.live.newsstand import Story, configuration, rss, sent, source, stories
from tests.live.service import NOW, Service

MOST_STATEMENTS = 0.4  # an article, where there are fifty of them


def counted(monkeypatch: pytest.MonkeyPatch, room: object, name: str) -> list[Any]:
    """What the function of the room is called with from now on."""
    calls: list[Any] = []
    function: Callable[..., Any] = getattr(room, name)

    def counting(*given: Any, **named: Any) -> Any:
        calls.append(given)
        return function(*given, **named)

    monkeypatch.setattr(room, name, counting)
    return calls


def statements(database: Database) -> list[str]:
    """Those that are executed from now on."""
    done: list[str] = []
    sa.event.listen(database.engine, "before_cursor_execute", lambda *given: done.append(given[2]))
    return done


def statements_to_read(folder: Path, origin: Origin, feeds: int, each: int) -> int:
    """To read so many feeds of so many entries that nobody knows."""
    folder.mkdir()
    for feed in range(feeds):
        told = (Story(n % 200, f"{feed}-{n}", f"https://p{feed}.example/{n}") for n in range(each))
        origin.served[f"paper-{feed}"] = sent(rss(told))
    tables = "".join(source(f"s{feed}", origin.url(f"paper-{feed}")) for feed in range(feeds))
    config = load(configuration(folder, tables))
    with closing(open_database(config.service.state)) as database:
        done = statements(database)
        report = read_feeds(config, database, NOW, config.sources, lambda *_: None, asked=True, chance=lambda: 0.5)
    assert report.articles_new == feeds * each
    return len(done)


def test_articles_come_to_the_store_together_however_many_feeds_bring_them(tmp_path: Path, origin: Origin) -> None:
    few, many = (statements_to_read(tmp_path / str(feeds), origin, feeds, 25) / feeds / 25 for feeds in (2, 24))
    assert few <= MOST_STATEMENTS
    assert many <= few / 4, "more feeds are no more work each, but for what all begin and end with"


def test_entries_of_one_feed_come_to_the_store_together(tmp_path: Path, origin: Origin) -> None:
    few, many = (statements_to_read(tmp_path / str(each), origin, 1, each) for each in (5, 150))
    assert many == few


def test_feeds_that_bring_nothing_are_no_statement_each(tmp_path: Path, origin: Origin) -> None:
    """Neither while they are asked nor where it is seen how they are: each has been silent for years, too."""

    def counted(feeds: int) -> int:
        folder = tmp_path / str(feeds)
        statements_to_read(folder, origin, feeds, 5)
        origin.served |= {f"paper-{feed}": response("304 Not Modified") for feed in range(feeds)}
        config, now = load(folder / "config.toml"), NOW + timedelta(days=1_000)
        with closing(open_database(config.service.state)) as database:
            done = statements(database)
            read_feeds(config, database, now, config.sources, lambda *_: None, asked=True, chance=lambda: 0.5)
            assert watching.note(config, database, now) == feeds
            assert len(watching.service_status(config, database, {}).sources) == feeds
        return len(done)

    assert counted(2) == counted(12)


@pytest.mark.parametrize("answer", [response("304 Not Modified"), None], ids=["304", "the same bytes"])
def test_an_unchanged_feed_is_not_parsed(paper: Service, monkeypatch: pytest.MonkeyPatch, answer: bytes | None) -> None:
    paper.serve(rss(stories(range(1, 7))), ETag='"1"')
    paper.update()
    parsed = counted(monkeypatch, entries, "parse_feed")
    if answer:
        paper.origin.served["news"] = answer
    assert (paper.update().feeds_unchanged, parsed) == (1, [])
    paper.serve(rss(stories(range(1, 8))), ETag='"2"')
    paper.update()
    assert len(parsed) == 1


def test_of_a_changed_feed_only_what_is_new_is_cleaned(paper: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    paper.serve(rss(stories(range(1, 31))))
    paper.update()
    cleaned = counted(monkeypatch, normalise, "sanitise")
    paper.serve(rss(stories(range(2, 32))))
    assert (paper.update().articles_new, len(cleaned)) == (1, 1)
