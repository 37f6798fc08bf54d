"""Pure: which script a text is written in, by counting its characters in an array of them.

Ten times as fast as a `Counter`, and a module of its own because NumPy is slow to load: `language` imports it where a
text is not plain ASCII.
"""

from __future__ import annotations

import functools
import re
from itertools import chain

import numpy as np
import numpy.typing as npt
import opencc

LETTER = re.compile(r"[^\W\d_]")
# Scripts that one language of news uses before all others; kana come first, for Japanese mixes them with Han. The share
# of a text's letters that tells.
SCRIPTS = (
    ("ja", re.compile(r"[\u3040-\u30ff]"), 0.1),
    ("zh", re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]"), 0.3),
    ("ko", re.compile(r"[\uac00-\ud7af\u1100-\u11ff]"), 0.3),
    ("uk", re.compile(r"[іїєґІЇЄҐ]"), 0.03),
    ("ru", re.compile(r"[\u0400-\u04ff]"), 0.5),
    ("fa", re.compile(r"[پچژگ]"), 0.02),
    ("ar", re.compile(r"[\u0600-\u06ff]"), 0.5),
    ("he", re.compile(r"[\u0590-\u05ff]"), 0.5),
    ("el", re.compile(r"[\u0370-\u03ff]"), 0.5),
    ("th", re.compile(r"[\u0e00-\u0e7f]"), 0.5),
    ("hi", re.compile(r"[\u0900-\u097f]"), 0.5),
)
UNITS = 0x10000  # of UTF-16; what lies beyond is in none of these scripts


def language_by_script(sample: str) -> str:
    """BCP 47 tag of the language that the script speaks for; empty where it speaks for none."""
    kinds, counted = _kinds()
    letters, *found = (np.bincount(kinds[_units(sample)], minlength=len(counted)) @ counted).tolist()
    for (language, _, share), count in zip(SCRIPTS, found, strict=True):
        if letters and count >= share * letters:
            return language
    return ""


def chinese_characters(sample: str) -> tuple[int, int]:
    """How many that only Simplified Chinese uses, and how many that only Traditional Chinese does."""
    _, simplified, traditional = np.bincount(_chinese_kinds()[_units(sample)], minlength=3).tolist()
    return simplified, traditional


def _units(sample: str) -> npt.NDArray[np.uint16]:
    return np.frombuffer(sample.encode("utf-16-le", "surrogatepass"), "<u2")


@functools.cache
def _kinds() -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.intp]]:
    """A kind for each unit, and for each kind whether it counts as a letter and for each of the scripts."""
    every = "".join(map(chr, range(UNITS)))
    flags = np.zeros(UNITS, np.intp)
    for place, pattern in enumerate((LETTER, *(pattern for _, pattern, _ in SCRIPTS))):
        flags[list(map(ord, pattern.findall(every)))] |= 1 << place
    different, kinds = np.unique(flags, return_inverse=True)
    return kinds.astype(np.uint8), different[:, np.newaxis] >> np.arange(len(SCRIPTS) + 1) & 1


@functools.cache
def _chinese_kinds() -> npt.NDArray[np.uint8]:
    """1 for each unit that only Simplified Chinese uses, 2 for those of Traditional Chinese."""
    kinds = np.zeros(UNITS, np.uint8)
    for kind, only in enumerate(one_script_only(), 1):
        kinds[list(map(ord, only))] = kind
    return kinds


def one_script_only() -> tuple[frozenset[str], frozenset[str]]:
    """Characters that OpenCC changes on the way to Traditional, and those it changes on the way to Simplified."""
    characters = [chr(code) for code in chain(range(0x3400, 0x4DC0), range(0x4E00, 0xA000))]
    joined = "\n".join(characters)
    traditional: list[str] = opencc.OpenCC("s2t").convert(joined).split("\n")
    simplified: list[str] = opencc.OpenCC("t2s").convert(joined).split("\n")
    to_traditional = {c for c, other in zip(characters, traditional, strict=True) if c != other}
    to_simplified = {c for c, other in zip(characters, simplified, strict=True) if c != other}
    return frozenset(to_traditional - to_simplified), frozenset(to_simplified - to_traditional)
