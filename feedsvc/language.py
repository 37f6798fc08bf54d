"""Pure: which language a text is written in, as a BCP 47 tag.

Tells Simplified from Traditional Chinese by the characters alone, because publishers mix them and state neither.
Any other language is believed as stated, else told by script and by the commonest words; "und" if nothing speaks.
"""

from __future__ import annotations

import functools
import re
from collections import Counter
from itertools import chain

import opencc

UNDETERMINED = "und"
# So many characters that only one script uses decide; below, the stated language may (a headline has two to eight).
ENOUGH_CHARACTERS = 4
SAMPLE = 4000  # characters: the beginning of an article tells as much as the whole
HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
LETTER = re.compile(r"[^\W\d_]")
# Scripts that one language of news uses before all others; kana come first, for Japanese mixes them with Han.
SCRIPTS = (
    ("ja", re.compile(r"[\u3040-\u30ff]"), 0.1),
    ("zh", HAN, 0.3),
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
COMMON_WORDS = {
    "en": "the of and to in that is was for with on as by at from has have his its said",
    "fr": "le la les des et du une dans est pour que qui sur par avec au aux ce pas il",
    "de": "der die das und den von zu mit ist im für auf ein eine dem nicht sich auch des als",
    "es": "el la los las y que en del por con para una su al es lo como más se fue",
    "pt": "o os as e que em do da dos das por com para uma não ao mais se foi é",
    "it": "il lo gli e che di della del per con una non è sono nel alla dei da si ha",
    "nl": "de het een en van in op dat is te voor met zijn aan niet ook door bij er naar",
    "id": "yang dan di dari untuk dengan ini itu pada dalam tidak akan oleh juga ke adalah telah",
    "tr": "ve bir bu için ile olarak da de daha gibi olan ama çok sonra kadar en",
}
COMMON = {language: frozenset(words.split()) for language, words in COMMON_WORDS.items()}
ENOUGH_COMMON_WORDS = 3


def tell(sample: str, stated: str = "") -> str:
    """Chinese by its characters ("zh-Hans", "zh-Hant"), else the stated tag, else an informed guess, else "und"."""
    sample = sample[:SAMPLE]
    characters = Counter(sample)  # a text has ten times as many as there are different ones
    script = _by_script(characters)
    if script == "zh":
        return _chinese(characters, stated)
    return stated or script or _by_common_words(sample) or UNDETERMINED


def _by_script(characters: Counter[str]) -> str:
    different = "".join(characters)
    if different.isascii():
        return ""  # none of these scripts

    def count(pattern: re.Pattern[str]) -> int:
        return sum(characters[character] for character in pattern.findall(different))

    letters = count(LETTER)
    for language, pattern, share in SCRIPTS:
        if letters and count(pattern) >= share * letters:
            return language
    return ""


def _chinese(characters: Counter[str], stated: str) -> str:
    simplified, traditional = (
        sum(count for character, count in characters.items() if character in only) for only in _one_script_only()
    )
    stated_script = _stated_chinese(stated)
    if simplified + traditional < ENOUGH_CHARACTERS and stated_script:
        return stated_script
    if simplified == traditional:
        return stated_script or "zh"
    return "zh-Hans" if simplified > traditional else "zh-Hant"


def _stated_chinese(stated: str) -> str:
    subtags = stated.lower().replace("_", "-").split("-")
    if subtags[0] != "zh":
        return ""
    if {"hant", "tw", "hk", "mo"} & set(subtags):
        return "zh-Hant"
    return "zh-Hans" if {"hans", "cn", "sg", "my"} & set(subtags) else ""


@functools.cache
def _one_script_only() -> tuple[frozenset[str], frozenset[str]]:
    """Characters that OpenCC changes on the way to Traditional, and those it changes on the way to Simplified."""
    characters = [chr(code) for code in chain(range(0x3400, 0x4DC0), range(0x4E00, 0xA000))]
    joined = "\n".join(characters)
    traditional: list[str] = opencc.OpenCC("s2t").convert(joined).split("\n")
    simplified: list[str] = opencc.OpenCC("t2s").convert(joined).split("\n")
    to_traditional = {c for c, other in zip(characters, traditional, strict=True) if c != other}
    to_simplified = {c for c, other in zip(characters, simplified, strict=True) if c != other}
    return frozenset(to_traditional - to_simplified), frozenset(to_simplified - to_traditional)


def _by_common_words(sample: str) -> str:
    words = Counter(re.findall(r"[^\W\d_]+", sample.lower()))
    hits = {language: sum(words[word] for word in common) for language, common in COMMON.items()}
    best = max(hits, key=lambda language: hits[language])
    return best if hits[best] >= ENOUGH_COMMON_WORDS else ""
