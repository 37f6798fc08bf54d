"""What joins two events that stay two. Pure. Made by threads.py and crossing.py."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Link:
    """The earlier event that a new one goes on from, or the older one in another language that it reports too."""

    event: str  # id
    likeness: float  # 0 to 1: probability that the two articles most alike tell of one saga, or of one occurrence
    words: str  # for an editor
