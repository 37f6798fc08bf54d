"""The configuration: a TOML file becomes a frozen `Config`, or one line for every mistake in it.

Says what is written there and nothing more: whether a folder exists or an address answers is found out by those who
use it. Called by the command line; the conductors are handed the result.
"""

from .reading import load
from .settings import Config, Dedup, JudgeSettings, Service, Source, Webhook, effective
from .writing import NewSource, add_sources, source_tables

__all__ = [
    "Config",
    "Dedup",
    "JudgeSettings",
    "NewSource",
    "Service",
    "Source",
    "Webhook",
    "add_sources",
    "effective",
    "load",
    "source_tables",
]
