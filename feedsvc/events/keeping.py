"""A profile as bytes, for whoever keeps it between two runs: some 3 KB.

Pure. Called by the conductor that places articles. Bytes of another version (shipped.version) are not to be read.
"""

from __future__ import annotations

import json
from dataclasses import fields

import numpy as np

from feedsvc.events.profile import FIELDS, Profile

ARRAYS = {"ids": np.dtype("<i4"), "lengths": np.dtype("<u2"), "repeats": np.dtype("u1")}
FACTS = tuple(field.name for field in fields(Profile) if field.name not in ARRAYS)


def to_bytes(profile: Profile) -> bytes:
    """A line of JSON, then the lengths, the terms, how often each occurs."""
    facts = [getattr(profile, name) for name in FACTS]
    line = json.dumps([sorted(f) if isinstance(f, frozenset) else f for f in facts], ensure_ascii=False)
    arrays = (profile.lengths.astype("<u2"), profile.ids.astype("<i4"), profile.repeats.astype("u1"))
    return line.encode("utf-8", "surrogatepass") + b"\n" + b"".join(array.tobytes() for array in arrays)


def from_bytes(data: bytes) -> Profile:
    """What `to_bytes` wrote."""
    line, _, rest = data.partition(b"\n")
    facts = dict(zip(FACTS, json.loads(line.decode("utf-8", "surrogatepass")), strict=True))
    facts["places"], facts["references"] = frozenset(facts["places"]), tuple(facts["references"])
    lengths = np.frombuffer(rest, "<u2", len(FIELDS))
    terms = int(lengths.sum())
    ids = np.frombuffer(rest, "<i4", terms, offset=lengths.nbytes)
    repeats = np.frombuffer(rest, "u1", terms, offset=lengths.nbytes + ids.nbytes)
    return Profile(**facts, ids=ids, lengths=lengths, repeats=repeats)
