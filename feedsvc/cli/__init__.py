"""The terminal: commands, tables, progress. Nothing else knows it."""

from feedsvc.cli.commands import main

__all__ = ["main"]
