"""The only module of the room that reads files: the package's own tables, once per process.

Called where no model is given.
"""

from __future__ import annotations

import functools
from importlib.resources import files

from feedsvc.events.forest import Model, parse_model
from feedsvc.events.names import parse_names
from feedsvc.events.rarity import parse_rarity, with_common
from feedsvc.events.words import Words
from feedsvc.text import digest


@functools.cache
def words() -> Words:
    rarity = with_common(parse_rarity(_text("rarity.tsv")), _text("common.tsv"))
    return Words(rarity, parse_names(_text("names.tsv")))


@functools.cache
def model() -> Model:
    return parse_model(_text("model.json"))


def places() -> str:
    """The text of the table of places; places.py reads it."""
    return _text("places.tsv")


def calendar() -> str:
    """The text of the table of months and weekdays; days.py reads it."""
    return _text("calendar.tsv")


# What tells a profile made today from one made by an earlier feedsvc: raise it when profile.py makes others.
PROFILES = 2
TABLES = ("rarity.tsv", "common.tsv", "names.tsv", "places.tsv", "calendar.tsv")


@functools.cache
def version() -> str:
    """Of the profiles that this code makes with these tables; those of another version are to be made anew."""
    return f"{PROFILES}-{digest(*map(_text, TABLES))[:12]}"


def _text(name: str) -> str:
    return (files("feedsvc.events") / name).read_text(encoding="utf-8")
