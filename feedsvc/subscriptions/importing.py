"""A subscription list against a configuration: which of its feeds are new, which are passed over and why.

Used within this room.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from feedsvc import text
from feedsvc.config import Config, NewSource, Source
from feedsvc.errors import ConfigError
from feedsvc.sources.opml import LARGEST_LIST, FeedList, UnreadableError, parse_opml
from feedsvc.subscriptions.identifiers import source_id


@dataclass(frozen=True, slots=True)
class Passed:
    """A feed of the list that is not added."""

    url: str  # as the list writes it, where it is no web address
    title: str
    why: str  # one clause


@dataclass(frozen=True, slots=True)
class ImportPlan:
    new: tuple[NewSource, ...]  # in the order of the list
    passed: tuple[Passed, ...]


def plan_import(config: Config, path: Path) -> ImportPlan:
    """What taking in the list would do. Raises ConfigError where the file cannot be read or is no list of feeds."""
    try:
        listed = parse_opml(_read(path))
    except UnreadableError as problem:
        raise ConfigError(f"{path} {problem}") from None
    if not listed.feeds and not listed.unusable:
        raise ConfigError(f"{path} names no feed: no outline in it has an xmlUrl")
    return _plan(config, listed)


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(LARGEST_LIST + 1)
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}") from None


def _plan(config: Config, listed: FeedList) -> ImportPlan:
    known = {text.canonical_url(source.url): _called(source) for source in config.sources if source.url}
    taken = {source.id for source in config.sources}
    new: list[NewSource] = []
    passed = [Passed(written, "", "is no web address") for written in listed.unusable]
    for feed in listed.feeds:
        address = text.canonical_url(feed.url)
        if address in known:
            passed.append(Passed(feed.url, feed.title, f"is the source {known[address]} already"))
            continue
        id_ = source_id(feed.title, feed.home or feed.url, taken)
        taken.add(id_)
        known[address] = f'"{id_}"'
        new.append(NewSource(id_, feed.url, feed.title))
    return ImportPlan(tuple(new), tuple(passed))


def _called(source: Source) -> str:
    return f'"{source.id}"' if source.enabled else f'"{source.id}" (not enabled)'
