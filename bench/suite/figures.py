"""What a measurement finds: figures, each with its aim, and the points of a picture. They travel as lines of JSON."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table."""

    what: str
    unit: str
    ours: float
    peer: str = ""  # who or what it is held against, in the same run
    theirs: float | None = None
    most: float | None = None  # the aim: not more than this,
    least: float | None = None  # or not less
    of_peer: bool = False  # the aim is for ours / theirs, else for ours

    @property
    def ratio(self) -> float | None:
        return self.ours / self.theirs if self.theirs else None

    @property
    def holds(self) -> bool | None:
        """None: there is no aim."""
        judged = self.ratio if self.of_peer else self.ours
        if judged is None or (self.most is None and self.least is None):
            return None
        return (self.most is None or judged <= self.most) and (self.least is None or judged >= self.least)


@dataclass(frozen=True, slots=True)
class Curve:
    """One line of a picture: (x, y) from left to right."""

    picture: str
    label: str
    points: list[tuple[float, float]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Note:
    """What a reader of the table has to know: a peer that is missing, a version, what was counted."""

    words: str


Found = Figure | Curve | Note
KINDS: dict[str, type[Figure] | type[Curve] | type[Note]] = {kind.__name__: kind for kind in (Figure, Curve, Note)}


def to_line(found: Found) -> str:
    return json.dumps({"kind": type(found).__name__} | asdict(found), ensure_ascii=False)


def from_line(line: str) -> Found:
    values = json.loads(line)
    return KINDS[values.pop("kind", "Figure")](**values)
