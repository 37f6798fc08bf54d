"""The terms of a text as numbers, all at once: those of `tokens` and `triples`, numbered as `words.hashed` does.

Pure. A checksum (CRC-32) is linear: that of two characters is that of the first, moved on by the bytes of the second,
xor that of the second. So a table of characters gives the checksums of all pairs and triples of a text without making
any of them. Called by profile.py.
"""

from __future__ import annotations

import functools
import re
import zlib
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from feedsvc.events.postings import beginnings
from feedsvc.events.terms import RUN, triples
from feedsvc.events.words import TERM_SPACE, checksum
from feedsvc.text import SPACED_TOKEN, plain_word, tokens

Vector = NDArray[Any]
# Characters of the basic plane; those of unspaced scripts are three bytes of UTF-8 each.
BASIC = 1 << 16
BEYOND = re.compile("[\U00020000-\U000323af]")  # further ones of unspaced scripts: rare
POLYNOMIAL = 0xEDB88320  # of CRC-32, reversed (RFC 1952 section 8)
# Checksums of as many zero bytes as one, two, three characters have: what a table that begins with zero leaves out.
ONE, TWO, THREE = (np.uint32(zlib.crc32(bytes(3 * characters))) for characters in (1, 2, 3))
BITS = np.uint32(32 - (TERM_SPACE.bit_length() - 1))  # of a checksum that its number lacks


def token_checksums(folded: str) -> Vector:
    """Of each token of the text, as often as it occurs; uint32, in any order."""
    if BEYOND.search(folded):
        return _checksums(tokens(folded))
    last, before, _, unspaced = _characters(folded)
    pairs = unspaced[:-1] & unspaced[1:]
    alone = unspaced.copy()
    alone[:-1] ^= pairs  # what begins a pair
    alone[1:] &= ~pairs
    of_pairs = (before[:-1] ^ last[1:])[pairs] ^ TWO
    spaced = map(plain_word, SPACED_TOKEN.findall(RUN.sub(" ", folded)))
    return np.concatenate([of_pairs, last[alone] ^ ONE, _checksums(spaced)])


def triple_checksums(folded: str) -> Vector:
    """Likewise of terms.triples."""
    if BEYOND.search(folded):
        return _checksums(triples(folded))
    last, before, first, unspaced = _characters(folded)
    whole = unspaced[:-2] & unspaced[1:-1] & unspaced[2:]
    of_triples = (first[:-2] ^ before[1:-1] ^ last[2:])[whole] ^ THREE
    return np.concatenate([of_triples, _checksums(triples(RUN.sub(" ", folded)))])


def distinct(checksums: Vector) -> Vector:
    """The numbers of the terms, sorted; int32."""
    return np.unique(checksums % TERM_SPACE).astype(np.int32)


def counted(checksums: Vector) -> tuple[Vector, Vector]:
    """The same, and how often each term occurs: of terms that share a number the commonest."""
    # By number first, then by the rest of the checksum.
    ordered = np.sort(checksums << BITS | checksums >> (32 - BITS))
    starts = beginnings(ordered)
    times = np.append(starts[1:], len(ordered)) - starts if len(starts) else starts
    numbers = (ordered[starts] >> BITS).astype(np.int32)
    first = beginnings(numbers)
    return numbers[first], np.maximum.reduceat(times, first) if len(first) else times


def _characters(folded: str) -> tuple[Vector, ...]:
    """What each character adds to a term's checksum as its last, last but one, last but two; whether it is of an
    unspaced script."""
    points = np.frombuffer(folded.encode("utf-32-le", "surrogatepass"), "<i4")
    return tuple(table.take(points, mode="clip") for table in (*_tables(), _unspaced()))


def _checksums(terms: Iterable[str]) -> Vector:
    return np.array(list(map(checksum, terms)), dtype=np.uint32)


@functools.cache
def _unspaced() -> Vector:
    """Which characters of the basic plane are of an unspaced script; the last is not, nor are those beyond."""
    found = np.zeros(BASIC, dtype=bool)
    for run in RUN.finditer("".join(map(chr, range(BASIC)))):
        found[run.start() : run.end()] = True
    return found


@functools.cache
def _tables() -> tuple[Vector, ...]:
    of_byte = np.arange(256, dtype=np.uint32)
    for _ in range(8):
        of_byte = np.where(of_byte & 1, of_byte >> 1 ^ POLYNOMIAL, of_byte >> 1).astype(np.uint32)
    points = np.arange(BASIC, dtype=np.uint32)
    register, found = np.zeros_like(points), []
    utf8 = (0xE0 | points >> 12, 0x80 | points >> 6 & 0x3F, 0x80 | points & 0x3F)
    for three in (utf8, (0, 0, 0), (0, 0, 0)):
        for byte in three:
            register = of_byte[(register ^ byte) & 0xFF] ^ register >> 8
        found.append(register)
    return tuple(found)
