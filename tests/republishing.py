"""What is published again: brought out as an update does it, all at once, and counted as it goes."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from feedsvc import publish as publishing
from feedsvc import render
from feedsvc.config import Config
from feedsvc.cycle import bring_out
from feedsvc.normalise import fingerprinted
from feedsvc.publish import PublishReport
from feedsvc.publishing import teller
from feedsvc.render import pieces
from feedsvc.store import articles, copies, open_database, tables
from tests.aging import Told
from tests.saved import START
from tests.test_cycle import tree

NOW = START + timedelta(days=900)


def brought_out(config: Config) -> PublishReport:
    with closing(open_database(config.service.state)) as database:
        return bring_out(config, database, NOW, lambda *_: None)


def at_once(config: Config, folder: Path) -> dict[str, bytes]:
    """What a publication that remembers nothing makes of the same state over the same files."""
    service = replace(config.service, state=folder / "state.sqlite", output=folder / "output")
    folder.mkdir(exist_ok=True)
    shutil.copytree(config.service.output, service.output)
    copies.copy(config.service.state, service.state)
    with closing(open_database(service.state)) as database:
        with database.writing() as connection:
            for table in (tables.output_file, tables.output_folder, tables.publication, tables.event_change):
                connection.execute(sa.delete(table))
        publishing.publish(replace(config, service=service), database, lambda *_: None, NOW)
    return tree(service.output)


class Counted:
    """How often the state's events were loaded, and which documents were made."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.made: list[str] = []
        self.entries: list[int] = []  # so many at a time were rendered
        self.loaded: list[int] = []  # so many events at a time, with their articles
        for room, name in (
            (teller, "alone"), (pieces, "pieces_of"), (pieces, "atom_pieces"), (render, "render_event_page"),
            (render, "render_moved_page"), (render, "render_index"),
        ):  # fmt: skip
            monkeypatch.setattr(room, name, self._counting(name, getattr(room, name)))

    def _counting(self, name: str, made: Callable[..., object]) -> Callable[..., object]:
        def counting(*arguments: Any) -> object:
            subject = getattr(arguments[0], "slug", getattr(arguments[0], "id", ""))
            self.made.append(f"{name} {subject}".strip())
            if name in ("pieces_of", "atom_pieces"):
                self.entries.append(len(arguments[0].entries))
            if name == "alone":
                self.loaded.append(len(arguments[2]))
            return made(*arguments)

        return counting


def revise(config: Config, told: Told, title: str) -> None:
    """The article of an event has another headline."""
    with closing(open_database(config.service.state)) as database, database.writing() as connection:
        (found,) = told.articles()
        captured = found.captured + timedelta(hours=1)
        articles.record(connection, [fingerprinted(replace(found, title=title, captured=captured))])
