"""What a check found. Known by all checks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Level = Literal["ok", "warn", "bad"]


@dataclass(frozen=True, slots=True)
class Finding:
    check: str  # what was looked at: "state", "disk"
    level: Level
    words: str  # one clause
    remedy: str = ""  # what to do; empty where nothing is to be done


def ok(check: str, words: str) -> Finding:
    return Finding(check, "ok", words)


def warn(check: str, words: str, remedy: str) -> Finding:
    return Finding(check, "warn", words, remedy)


def bad(check: str, words: str, remedy: str) -> Finding:
    return Finding(check, "bad", words, remedy)
