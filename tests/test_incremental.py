"""What is published step by step is, byte for byte, what is published at once; nothing is made again of the same."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Collection
from contextlib import closing
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from feedsvc import notify
from feedsvc import publish as publishing
from feedsvc.config import Config, load
from feedsvc.cycle import bring_out
from feedsvc.model import Article, Correction, Placement
from feedsvc.normalise import fingerprinted
from feedsvc.output import Output
from feedsvc.store import articles, corrections, events, open_database, past, sources, tables
from feedsvc.store.journal import KnownCorrection
from feedsvc.text import event_id
from tests import aging
from tests.aging import Told, bring
from tests.republishing import NOW, Counted, at_once, brought_out, revise
from tests.saved import START, configuration
from tests.test_cycle import tree

CONFIGURATIONS = (
    aging.FEEDS,
    '[[feed]]\nslug = "all"\nlimit = 3\n[[feed]]\nslug = "even"\nany = ["even"]\npictures = false\n',
    '[[feed]]\nslug = "all"\nlimit = 3\ncross_language = true\n[[feed]]\nslug = "several"\nmin_sources = 2\n',
    '[[feed]]\nslug = "revised"\nany = ["revised"]\n[[feed]]\nslug = "all"\nnone = ["odd"]\n',
)
Write = Callable[[sa.Connection], object]


class World:
    """A state and what may happen to it. `pick` gives a number below its argument."""

    def __init__(self, folder: Path, pick: Callable[[int], int]) -> None:
        self.config = aging.settings(folder)
        self.pick = pick
        self.told: list[Told] = []
        self.count = 0
        for _ in range(8):
            self.new_event()
        brought_out(self.config)

    def write(self, change: Write) -> None:
        with closing(open_database(self.config.service.state)) as database, database.writing() as connection:
            change(connection)

    def any_keys(self) -> list[str]:
        """Keys of two articles in the state, perhaps the same."""
        found: list[str] = []
        self.write(lambda c: found.extend(c.scalars(sa.select(tables.membership.c.article).order_by("article"))))
        return [found[self.pick(len(found))] for _ in range(2)]

    def new_event(self) -> None:
        self.count += 1
        follows = self.count - 1 - self.pick(3) if self.pick(2) and self.count > 3 else None
        bring(self.config, [Told(self.count, (self.count * 7 + self.pick(20),), follows)])

    def late_article(self) -> None:
        self.count += 1
        key, _ = self.any_keys()
        late = aging.article(f"p:{self.count}-late", self.count * 7, self.count)
        late = fingerprinted(replace(late, publisher="q", language=("en", "fr")[self.pick(2)]))

        def write(connection: sa.Connection) -> None:
            events_of = {key_: id_ for key_, (id_, _) in events.places(connection, [key]).items()}
            articles.record(connection, [late])
            events.record(connection, [Placement(late.key, events_of[key], False, 0.9, "late")], {})

        self.write(write)

    def revision(self) -> None:
        key, _ = self.any_keys()

        def write(connection: sa.Connection) -> None:
            known = articles.current(connection, [key])[key]
            self.count += 1
            words = f"revised {self.count} with quite another headline" if self.pick(2) else f"{known.title}."
            captured = known.captured + timedelta(hours=1 + self.count)
            articles.record(connection, [fingerprinted(replace(known, title=words, text=words, captured=captured))])

        self.write(write)

    def absorption(self) -> None:
        keys = self.any_keys()

        def write(connection: sa.Connection) -> None:
            one, other = (events.places(connection, [key])[key][0] for key in keys)
            if one != other:
                events.absorb(connection, one, other)
                corrections.record(connection, [KnownCorrection(Correction(*keys, same=True), NOW)])

        self.write(write)

    def split(self) -> None:
        key, _ = self.any_keys()

        def write(connection: sa.Connection) -> None:
            id_ = events.places(connection, [key])[key][0]
            if id_ != event_id(key) and len(events.members_of(connection, id_)) > 1:
                events.found_anew(connection, event_id(key), START)
                events.move(connection, [key], event_id(key))
                events.forget_lost_leads(connection, [id_])

        self.write(write)

    def link(self) -> None:
        keys = self.any_keys()

        def write(connection: sa.Connection) -> None:
            one, other = (events.places(connection, [key])[key][0] for key in keys)
            (events.link, events.translate)[self.pick(2)](connection, {one: other})

        self.write(write)

    def configure(self) -> None:
        feeds, keep = CONFIGURATIONS[self.pick(len(CONFIGURATIONS))], ("60d", "3000d")[self.pick(2)]
        self.config = load(configuration(self.config.path.parent, extra=f'keep = "{keep}"\n', feeds=feeds))

    def lose_a_file(self) -> None:
        self.any_file().unlink()

    def damage_a_file(self) -> None:
        path = self.any_file()
        path.write_bytes(b"x" * path.stat().st_size)

    def any_file(self) -> Path:
        # Frozen pages of archives cannot be made again by anybody, and what status.json said is lost with it.
        found = [p for p in sorted(self.config.service.output.rglob("*")) if p.is_file() and "archive" not in p.parts]
        return found[self.pick(len(found))]


HAPPENINGS = (
    World.new_event, World.new_event, World.late_article, World.revision, World.absorption, World.split, World.link,
    World.configure, World.lose_a_file, World.damage_a_file,
)  # fmt: skip


@settings(max_examples=4, deadline=None, phases=[Phase.explicit, Phase.generate])
@given(st.lists(st.lists(st.sampled_from(HAPPENINGS), max_size=3), min_size=4, max_size=8), st.randoms())
def test_step_by_step_is_the_same_as_at_once(steps: list[list[Callable[[World], None]]], random: Any) -> None:
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder, "own"), random.randrange)
        for number, happenings in enumerate(steps):
            for happen in happenings:
                happen(world)
            whole = at_once(world.config, Path(folder, f"twin{number}"))
            assert_counted(world.config)
            brought_out(world.config)
            assert tree(world.config.service.output) == whole
            assert_counted(world.config)


def assert_counted(config: Config) -> None:
    """What is counted while it is written is what there is."""
    columns = tables.article.c
    day = sa.func.date(columns.time)
    with closing(open_database(config.service.state)) as database, database.reading() as connection:
        found = connection.execute(sa.select(columns.source, day, sa.func.count()).group_by(columns.source, day))
        by_day = {(source, date.fromisoformat(on)): count for source, on, count in found}
        told = sources.by_day(connection, date(1990, 1, 1))
        assert {(source, on): count for source, days in told.items() for on, count in days.items()} == by_day
        brought = sum(each.articles for each in sources.yields(connection).values())
        assert brought == sum(by_day.values()) + sum(count for count, _ in past.yields(connection).values())
        left = past.counts(connection)
        known, merged = events.sizes(connection)
        assert events.counts(connection) == (known + left.get("events", 0), merged + left.get("merged", 0))


@pytest.mark.slow
def test_pages_of_an_archive_that_grows_are_linked_as_those_made_at_once(tmp_path: Path) -> None:
    config = aging.settings(tmp_path / "own", "3000d")
    brought_out(config)
    for start in range(0, 200, 50):
        bring(config, [Told(n, (n,)) for n in range(start, start + 50)])
        whole = at_once(config, tmp_path / str(start))
        brought_out(config)
        assert tree(config.service.output) == whole
    assert len(list((config.service.output / "archive" / "all").iterdir())) > 2


def test_a_saga_goes_on_through_what_left_between_events_that_stay(tmp_path: Path) -> None:
    """Of the saga 1-2-4 the second event left; the first, as old, is reported still. It joins another, and parts."""
    config = aging.settings(tmp_path / "own", feeds='[[feed]]\nslug = "all"\n')
    first = [Told(0, (0,)), Told(1, (0,)), Told(2, (5,), follows=1)]
    reported_again = [Told(0, (0, 389)), Told(1, (0, 390))]
    for told in (first, reported_again, [Told(4, (391,), follows=2)], [Told(7, (388,))], [Told(8, (392,), follows=7)]):
        bring(config, told)
        brought_out(config)
    assert aging.counted(config)["past_event"] == 1
    number = iter(range(99))

    def saga_of(told: Told, change: Write) -> list[str]:
        """Of which events its page tells, once this has happened; all is as it would be at once."""
        with closing(open_database(config.service.state)) as database, database.writing() as connection:
            change(connection)
        whole = at_once(config, tmp_path / str(next(number)))
        brought_out(config)
        assert tree(config.service.output) == whole
        page = (config.service.output / "events" / f"{told.id[9:]}.html").read_text("utf-8")
        return [word for word in ("even 0", "odd 1", "even 2", "even 4") if word in page]

    def part(connection: sa.Connection) -> None:
        events.found_anew(connection, Told(1, ()).id, START + timedelta(minutes=1))
        events.move(connection, ["p:1-0", "p:1-1"], Told(1, ()).id)
        events.forget_lost_leads(connection, [Told(0, ()).id])

    bring(config, [Told(9, (393,), follows=8)])  # another saga
    assert saga_of(Told(4, ()), lambda _: None) == ["odd 1", "even 2", "even 4"]
    bring(config, [Told(10, (393,), follows=4)])
    assert saga_of(Told(10, ()), lambda _: None) == ["odd 1", "even 2", "even 4"]
    assert saga_of(Told(10, ()), lambda c: events.absorb(c, Told(1, ()).id, Told(0, ()).id)) == [
        "even 0",
        "even 2",
        "even 4",
    ]
    assert saga_of(Told(10, ()), part) == ["odd 1", "even 2", "even 4"]


# Nothing is made again of the same


@pytest.fixture
def config(tmp_path: Path) -> Config:
    """Twelve events, published: "all" shows them all and "even" one half."""
    feeds = '[[feed]]\nslug = "all"\n[[feed]]\nslug = "even"\nany = ["even"]\n'
    config = aging.settings(tmp_path, feeds=feeds)
    bring(config, [Told(n, (n,)) for n in range(12)])
    assert brought_out(config).written
    return config


@pytest.fixture
def counted(config: Config, monkeypatch: pytest.MonkeyPatch) -> Counted:
    return Counted(monkeypatch)


def test_where_nothing_changed_nothing_is_loaded_made_or_written(config: Config, counted: Counted) -> None:
    before = {p: p.stat().st_mtime_ns for p in config.service.output.rglob("*")}
    for _ in range(2):
        report = brought_out(config)
        assert (report.events, report.written) == (12, ())
    assert counted.made == []
    assert {p: p.stat().st_mtime_ns for p in config.service.output.rglob("*")} == before


def statements(config: Config) -> int:
    """How many statements it takes to publish."""
    found: list[str] = []
    with closing(open_database(config.service.state)) as database:
        sa.event.listen(database.engine, "before_cursor_execute", lambda *given: found.append(given[2]))
        bring_out(config, database, NOW, lambda *_: None)
    return len(found)


def test_how_many_statements_it_takes_does_not_depend_on_how_much_there_is(config: Config) -> None:
    unchanged = statements(config)
    bring(config, [Told(100, (100,))])
    changed = statements(config)
    bring(config, [Told(n, (n,)) for n in range(13, 60)])
    brought_out(config)
    assert statements(config) == unchanged
    bring(config, [Told(101, (101,))])
    assert statements(config) <= changed


def test_a_new_article_makes_only_the_documents_that_tell_of_it(config: Config, counted: Counted) -> None:
    bring(config, [Told(13, (13,))])  # "odd": not of the other feed
    report = brought_out(config)
    of_events = [name for name in counted.made if "event_page" in name]
    assert of_events == [f"render_event_page {Told(13, ()).id}"]
    assert [name for name in counted.made if name.startswith("pieces_of")] == ["pieces_of all"]
    assert {name for name in report.written if "." in name and "/" not in name} == {
        "all.atom", "all.rss", "all.json", "all.html", "index.html", "status.json", "status.html",
    }  # fmt: skip
    assert counted.entries == [1]


def test_how_many_events_are_loaded_does_not_depend_on_how_many_there_are(config: Config, counted: Counted) -> None:
    bring(config, [Told(n, (12,)) for n in range(20, 80)])
    brought_out(config)
    counted.loaded.clear()
    bring(config, [Told(100, (13,), follows=79)])
    brought_out(config)
    assert 1 <= max(counted.loaded) <= 2  # itself, and what it goes on from
    assert sum(counted.loaded) <= 2


def test_no_history_is_read_of_an_article_that_was_never_revised(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    history = articles.history

    def counting(connection: sa.Connection, keys: Collection[str]) -> dict[str, list[Article]]:
        asked.extend(keys)
        return history(connection, keys)

    monkeypatch.setattr(articles, "history", counting)
    bring(config, [Told(100, (13,))])
    brought_out(config)
    assert asked == []
    revise(config, Told(3, (3,)), "another headline")
    brought_out(config)
    assert set(asked) == {a.key for a in Told(3, (3,)).articles()}


def test_an_entry_of_several_feeds_is_rendered_once(config: Config, counted: Counted) -> None:
    bring(config, [Told(100, (12,))])  # "even": both feeds show it
    report = brought_out(config)
    assert {"all.atom", "even.atom"} <= set(report.written)
    assert counted.entries == [1]


@pytest.mark.parametrize(
    "name", ["all.atom", "even.html", "index.html", "status.json", f"events/{Told(3, ()).id[9:]}.html"]
)
@pytest.mark.parametrize("harm", ["lost", "damaged"])
def test_a_file_that_is_lost_or_damaged_is_put_right(config: Config, name: str, harm: str) -> None:
    path, before = config.service.output / name, tree(config.service.output)
    if harm == "lost":
        path.unlink()
    else:
        path.write_bytes(b"x" * len(before[name]))
    assert name in brought_out(config).written
    if name != "status.json":  # which alone tells when something was published
        before = {n: content for n, content in before.items() if not n.startswith("status.")}
        after = tree(config.service.output)
        assert {n: after[n] for n in before} == before


@pytest.mark.parametrize("name", ["all.atom", "all.json", "even.html", "index.html"])
def test_a_file_whose_damage_leaves_no_trace_is_put_right_when_its_feed_changes(config: Config, name: str) -> None:
    path, before = config.service.output / name, (config.service.output / name).stat()
    path.write_bytes(path.read_bytes().replace(b"even 10", b"\xff" * 7))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert path.stat().st_size == before.st_size and b"\xff" in path.read_bytes()
    bring(config, [Told(100, (13,))])
    assert name in brought_out(config).written
    assert b"\xff" not in path.read_bytes()


@pytest.mark.parametrize("base_url", ["", "https://news.example/"])
def test_what_slides_into_a_feed_from_below_is_no_news(tmp_path: Path, base_url: str) -> None:
    (tmp_path / "articles").mkdir()

    def limited(limit: int) -> Config:
        feed = f'[[feed]]\nslug = "all"\nlimit = {limit}\n[[feed.webhook]]\nurl = "https://hook.example/"\n'
        path = configuration(tmp_path, feeds=feed)
        lines = [line for line in path.read_text("utf-8").split("\n") if not line.startswith("base_url")]
        path.write_text("\n".join(lines).replace("[service]", f'[service]\nbase_url = "{base_url}"', 1), "utf-8")
        return load(path)

    config = limited(2)
    bring(config, [Told(n, (n,)) for n in range(8)])
    brought_out(config)
    bring(config, [Told(9, (9,))])
    brought_out(config)
    brought_out(limited(6))
    with closing(open_database(config.service.state)) as database, database.reading() as connection:
        waiting = connection.scalars(sa.select(tables.outbox.c.subject)).all()
    assert waiting == [Told(9, ()).id]


def test_another_version_of_the_program_makes_everything_anew(
    config: Config, counted: Counted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publishing, "program", lambda: "another")
    brought_out(config)
    assert len([name for name in counted.made if "render_event_page" in name]) == 12


@pytest.mark.parametrize("anew", [True, False])
def test_counts_are_right_after_a_publication_that_was_cut_off(
    config: Config, anew: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    bring(config, [Told(n, (n, n + 1)) for n in range(13, 17)])
    if anew:
        monkeypatch.setattr(publishing, "program", lambda: "another")
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(Output, "finish", killed)
        brought_out(config)
    assert_counted(config)
    brought_out(config)
    assert_counted(config)


def test_what_was_not_followed_through_is_published_once_more(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between publication and the record of news a process may be killed: the next one must find the news again."""

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    bring(config, [Told(13, (13,))])
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(notify, "record", killed)
        brought_out(config)
    report = brought_out(config)
    assert report.written == ()
    (selection,) = report.selections
    assert (selection.topic.slug, [m.id for m in selection.mentions]) == ("all", [Told(13, ()).id])
