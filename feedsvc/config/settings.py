"""What the rest of the program gets of the configuration, and how that reads as TOML again.

No default stands here: those belong to `schema`. Called by `reading`, and by `feedsvc check`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import timedelta
from pathlib import Path
from typing import Literal

from feedsvc.freshness import Freshness, freshness
from feedsvc.logs import Form
from feedsvc.model import Topic
from feedsvc.place import Address, Place

Content = Literal["summary", "full"]
Shape = Literal["json", "slack", "mattermost", "discord", "telegram", "teams", "matrix", "ntfy"]
Happening = Literal["new", "updated", "joined"]
OnDamage = Literal["stop", "rebuild"]
BUILT_IN = "built-in"  # the hub that is part of `feedsvc serve`


@dataclass(frozen=True, slots=True)
class Service:
    """Settings of the whole service; the table [service]."""

    state: Place  # the SQLite file, absolute, or the address of a PostgreSQL database
    output: Path | str  # the folder that a web server serves, absolute, or an address of object storage
    base_url: str  # where `output` is served, "https://news.example/" with the slash; empty: unknown
    contact: str  # how a publisher reaches the operator; empty: nothing stated
    keep: timedelta | None  # events whose newest article is so much older than the newest of all are dropped
    allow_private: bool  # whether feeds may lie in private networks
    max_feed_size: int  # KiB, of one live feed document
    pictures: bool  # whether the documents of a feed that does not say so itself, and event pages, name pictures
    adapters: tuple[str, ...]  # third parties' publisher adapters, "module:Class", importable from beside the file too
    on_damage: OnDamage  # whether a damaged state waits for the operator or is moved aside and begun anew
    log: Form  # how problems are told: for people or for a collector
    hubs: tuple[str, ...]  # WebSub hubs elsewhere, which are told of each change
    built_in_hub: bool  # whether `feedsvc serve` is a hub itself

    @property
    def folders(self) -> tuple[tuple[str, Path], ...]:
        """Those of this machine that are written into, each with what lies there."""
        state = [("state", self.state.parent)] if isinstance(self.state, Path) else []
        return (*state, *([("output", self.output)] if isinstance(self.output, Path) else []))

    @property
    def hub_addresses(self) -> tuple[str, ...]:
        """Every hub that feeds name."""
        return (*((self.base_url + "hub",) if self.built_in_hub else ()), *self.hubs)


@dataclass(frozen=True, slots=True)
class Source:
    """Where articles come from: an address or a folder, never both; a table [[source]]."""

    id: str
    url: str  # of a feed; empty for a folder
    path: Path | None  # absolute: a folder of saved articles
    prefix: str  # the folder as configured, with slashes: how its documents are named; empty for a feed
    name: str  # for people; the id where none is given
    publisher: str  # for people, where the articles themselves do not tell
    language: str  # BCP 47, where the articles themselves do not tell
    every: timedelta  # due again after so long; zero: at every update
    content: Content  # how much of an article a feed may carry
    full_text: bool  # whether to fetch the article's page where the feed has a summary only
    enabled: bool


@dataclass(frozen=True, slots=True)
class Webhook:
    """Whom to tell what happens in a feed; a table [[feed.webhook]]."""

    feed: str  # slug
    url: str  # empty: it stands in the environment
    url_env: str  # name of the environment variable that holds the address, where that is a secret; else empty
    shape: Shape
    secret_env: str  # name of the environment variable that holds the secret; empty: none is needed
    on: tuple[Happening, ...]
    timeout: timedelta  # of one delivery


@dataclass(frozen=True, slots=True)
class JudgeSettings:
    """Whom to ask where the score is unsure; the table [dedup.judge]."""

    url: str  # base address of an API that speaks OpenAI's chat completions; no slash at the end
    model: str  # as the server names it
    api_key_env: str  # name of the environment variable that holds the key; empty: none is sent
    budget: int  # questions in 24 hours
    timeout: timedelta  # the longest that one update waits for answers, in all


@dataclass(frozen=True, slots=True)
class Dedup:
    """How articles are told apart; the table [dedup]."""

    judge: JudgeSettings | None  # None: the score decides alone


@dataclass(frozen=True, slots=True)
class Config:
    path: Path  # absolute: the file it was read from, which relative paths start from
    service: Service
    dedup: Dedup
    sources: tuple[Source, ...]  # in the order of the file
    feeds: tuple[Topic, ...]  # in the order of the file
    webhooks: tuple[Webhook, ...]  # likewise

    @property
    def freshness(self) -> Freshness:
        """How long readers may keep what is published."""
        return freshness(source.every for source in self.sources if source.enabled)


def effective(config: Config) -> str:
    """The configuration as TOML with every default written out; in the same file it loads to an equal `Config`."""
    tables = [
        ("[service]", _service(config)),
        ("[dedup]", _dedup(config.dedup)),
        *([("[dedup.judge]", _judge(config.dedup.judge))] if config.dedup.judge else []),
        *(("[[source]]", _source(source)) for source in config.sources),
        *(table for feed in config.feeds for table in _feed_tables(config, feed)),
    ]
    return "\n".join("\n".join([header, *lines, ""]) for header, lines in tables)


def _service(config: Config) -> Iterator[str]:
    service = config.service
    state = service.state
    # Without its password, which is in no other place of what this prints.
    yield _line("state", str(state) if isinstance(state, Address) else _from_file(state, config))
    output = service.output
    yield _line("output", output if isinstance(output, str) else _from_file(output, config))
    yield _line("base_url", service.base_url)
    yield _line("contact", service.contact)
    yield "# keep is not set: nothing is dropped for its age" if service.keep is None else _line("keep", service.keep)
    yield _line("allow_private", service.allow_private)
    yield _line("max_feed_size", service.max_feed_size)
    yield _line("pictures", service.pictures)
    yield _line("adapters", service.adapters)
    yield _line("on_damage", service.on_damage)
    yield _line("log", service.log)
    yield _line("hub", (*((BUILT_IN,) if service.built_in_hub else ()), *service.hubs))


def _dedup(dedup: Dedup) -> Iterator[str]:
    if dedup.judge is None:
        yield "# judge is not set: the score decides alone"


def _judge(judge: JudgeSettings) -> Iterator[str]:
    for key in ("url", "model", "api_key_env", "budget", "timeout"):
        yield _line(key, getattr(judge, key))


def _source(source: Source) -> Iterator[str]:
    yield _line("id", source.id)
    yield _line("url", source.url) if source.path is None else _line("path", source.prefix)
    for key in ("name", "publisher", "language", "every", "content", "full_text", "enabled"):
        yield _line(key, getattr(source, key))


def _feed_tables(config: Config, feed: Topic) -> Iterator[tuple[str, Iterator[str]]]:
    yield "[[feed]]", _feed(feed)
    for webhook in config.webhooks:
        if webhook.feed == feed.slug:
            yield "[[feed.webhook]]", _webhook(webhook)


def _webhook(webhook: Webhook) -> Iterator[str]:
    yield _line("url", webhook.url) if webhook.url else _line("url_env", webhook.url_env)
    for key in ("shape", "secret_env", "on", "timeout"):
        yield _line(key, getattr(webhook, key))


def _feed(feed: Topic) -> Iterator[str]:
    for field in fields(feed):
        yield _line(field.name, getattr(feed, field.name))


def _from_file(path: Path, config: Config) -> str:
    folder = config.path.parent
    return (path.relative_to(folder) if path.is_relative_to(folder) else path).as_posix()


def _line(key: str, value: str | bool | int | timedelta | tuple[str, ...]) -> str:
    if isinstance(value, timedelta):
        value = duration(value)
    # What JSON escapes, TOML escapes alike; control characters, where they differ, are never let in.
    return f"{key} = {json.dumps(value, ensure_ascii=False)}"


def duration(value: timedelta) -> str:
    """A duration as the configuration writes it: "1h30m"; "0s" for none."""
    minutes, seconds = divmod(value.seconds, 60)
    hours, minutes = divmod(minutes, 60)
    counts = {"d": value.days, "h": hours, "m": minutes, "s": seconds}
    return "".join(f"{count}{unit}" for unit, count in counts.items() if count) or "0s"
