"""The terminal: commands, tables, progress. Nothing else knows it."""

from feedsvc.cli import (  # their commands belong to the same app
    corrections,
    notifications,
    operating,
    running,
    serving,
    subscriptions,
    upkeep,
    working,
)
from feedsvc.cli.commands import main

__all__ = [
    "corrections",
    "main",
    "notifications",
    "operating",
    "running",
    "serving",
    "subscriptions",
    "upkeep",
    "working",
]
