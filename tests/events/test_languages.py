"""The same matching in other languages: three newsrooms tell one event, one another of its kind, one neither."""

from pathlib import Path

import pytest

from feedsvc.events.matcher import Matcher
from feedsvc.model import Article

from .newsroom import article

NEWSROOMS = Path(__file__).parent / "newsrooms"
LANGUAGES = ("ar", "de", "en", "es", "fr", "ja")


def newsroom(language: str) -> dict[str, tuple[Article, str]]:
    """Articles by name, each with the event that it reports; a heading is "# name | publisher | hours | event"."""
    found = {}
    for part in (NEWSROOMS / f"{language}.txt").read_text(encoding="utf-8").removeprefix("# ").split("\n# "):
        heading, title, text = part.split("\n", 2)
        name, publisher, hours, event = heading.split(" | ")
        told = article(name, title, text.strip(), hours=float(hours), publisher=publisher, language=language)
        found[name] = told, event
    return found


def together(placed: dict[str, str]) -> set[frozenset[str]]:
    return {frozenset(name for name in placed if placed[name] == event) for event in placed.values()}


@pytest.mark.parametrize("language", LANGUAGES)
def test_one_event_is_merged_and_others_of_its_kind_are_not(language: str) -> None:
    articles = newsroom(language)
    matcher = Matcher()
    placed = {name: matcher.place(told).event for name, (told, _) in articles.items()}
    assert together(placed) == together({name: event for name, (_, event) in articles.items()})
