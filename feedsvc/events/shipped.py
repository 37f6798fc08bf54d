"""The only module of the room that reads files: the package's own tables, once per process.

Called where no model is given.
"""

from __future__ import annotations

import functools
from importlib.resources import files

from feedsvc.events.forest import Model, parse_model
from feedsvc.events.rarity import Rarity, parse_rarity


@functools.cache
def rarity() -> Rarity:
    return parse_rarity(_text("rarity.tsv"))


@functools.cache
def model() -> Model:
    return parse_model(_text("model.json"))


def _text(name: str) -> str:
    return (files("feedsvc.events") / name).read_text(encoding="utf-8")
