"""The terminal: commands, tables, progress. Nothing else knows it."""

from feedsvc.cli import corrections, running, serving, subscriptions  # their commands belong to the same app
from feedsvc.cli.commands import main

__all__ = ["corrections", "main", "running", "serving", "subscriptions"]
