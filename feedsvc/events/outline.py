"""As much of articles as matching needs to come upon them: what a run loads of thousands of which it looks at few.

Pure. Made and read again by the conductor that places articles; bytes of another version (shipped.version) are not to
be read.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from feedsvc.events.trace import Trace, Traces
from feedsvc.events.window import FACTS

Array = NDArray[Any]
KEPT_FACTS, KEPT_TERMS = FACTS.newbyteorder("<"), np.dtype("<i4")
KEPT_TRACE = np.dtype([("term", "<i4"), ("weight", "<f2")])


class Outline(NamedTuple):
    """Of one article, as it is kept."""

    facts: bytes  # a row of FACTS
    terms: bytes  # its key terms
    trace: bytes  # the terms of its trace, with their weights
    places: str  # of its trace, between blanks
    language: int  # as in its facts


@dataclass(frozen=True, slots=True)
class Outlines:
    """What the matcher is told of many articles, end to end."""

    keys: Sequence[str]
    facts: Array  # FACTS of each
    terms: Array  # int32: the key terms of the first, then of the next …
    lengths: Sequence[int]  # how many each has


def outline(facts: Array, terms: Array, trace: Trace) -> Outline:
    """`facts`: one row; `terms`: key terms."""
    told = np.empty(len(trace.terms), KEPT_TRACE)
    told["term"], told["weight"] = trace.terms, trace.weights
    kept = facts.astype(KEPT_FACTS).tobytes(), terms.astype(KEPT_TERMS).tobytes()
    return Outline(*kept, told.tobytes(), " ".join(sorted(trace.places)), int(facts["language"].item()))


def read_outlines(keys: Sequence[str], facts: Iterable[bytes], terms: Sequence[bytes]) -> Outlines:
    """What `outline` made of articles, but for their traces."""
    lengths = [len(each) // KEPT_TERMS.itemsize for each in terms]
    return Outlines(keys, read_facts(facts), np.frombuffer(b"".join(terms), KEPT_TERMS), lengths)


def read_traces(keys: Sequence[str], facts: Iterable[bytes], traces: Sequence[bytes], places: Sequence[str]) -> Traces:
    told, of = np.frombuffer(b"".join(traces), KEPT_TRACE), read_facts(facts)
    lengths = np.array([len(each) // KEPT_TRACE.itemsize for each in traces], dtype=np.int64)
    shared = {each: frozenset(each.split()) for each in set(places)}
    return Traces(
        keys,
        of["hours"],
        of["publisher"],
        [shared[each] for each in places],
        told["term"],
        told["weight"].astype(np.float64),
        lengths,
    )


def read_facts(kept: Iterable[bytes]) -> Array:
    return np.frombuffer(b"".join(kept), KEPT_FACTS).astype(FACTS)
