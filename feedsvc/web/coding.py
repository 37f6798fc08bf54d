"""Content codings: which one a request asks for, and packing (RFC 9110 sections 8.4 and 12.5.3). Knows no disk."""

from __future__ import annotations

import gzip
import re
from functools import lru_cache

import brotli

IDENTITY = "identity"
CODINGS = ("br", "gzip")  # the better one first
ALIASES = {"x-gzip": "gzip"}
WORTH_IT = 512  # bytes: what is smaller fits into one packet anyway
LONGEST_FIELD = 500  # characters: what is remembered of strangers stays small
WEIGHT = re.compile(r"\s*q\s*=\s*([01](?:\.[0-9]{0,3})?)\s*", re.IGNORECASE)


def preferred(accept_encoding: str) -> tuple[str, ...]:
    """Codings of ours that the client takes, best first; `identity` always among them.

    A client that forbids even `identity` gets it all the same: an answer is of more use to it than none.
    """
    return _preferred(accept_encoding[:LONGEST_FIELD])


@lru_cache(maxsize=1024)
def _preferred(accept_encoding: str) -> tuple[str, ...]:
    weights = _weights(accept_encoding)
    anything = weights.get("*", 0.0)
    wanted = {coding: weights.get(coding, anything) for coding in CODINGS}
    plain = weights.get(IDENTITY, 0.0)
    return (*sorted((c for c, q in wanted.items() if q > 0 and q >= plain), key=lambda c: -wanted[c]), IDENTITY)


def _weights(field: str) -> dict[str, float]:
    weights = {}
    for item in field.lower().split(","):
        coding, separator, parameter = item.partition(";")
        weight = WEIGHT.fullmatch(parameter)
        if weight or not separator:
            coding = coding.strip()
            weights[ALIASES.get(coding, coding)] = float(weight[1]) if weight else 1.0
    return weights


def pack(content: bytes, coding: str) -> bytes:
    """The same content packed, the same bytes each time. Done once for a version of a file, while its reader waits."""
    if coding == "br":
        packed: bytes = brotli.compress(content, mode=brotli.MODE_TEXT, quality=6)
        return packed
    return gzip.compress(content, compresslevel=6, mtime=0)
