"""Pure: which language a text is written in, as a BCP 47 tag.

Tells Simplified from Traditional Chinese by the characters alone, because publishers mix them and state neither.
Any other language is believed as stated, else told by script and by the commonest words; "und" if nothing speaks.
"""

from __future__ import annotations

import re
from collections import Counter

UNDETERMINED = "und"
# So many characters that only one script uses decide; below, the stated language may (a headline has two to eight).
ENOUGH_CHARACTERS = 4
SAMPLE = 4000  # characters: the beginning of an article tells as much as the whole
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
    script = ""
    if not sample.isascii():
        from feedsvc import scripts  # noqa: PLC0415 - slow to load

        script = scripts.language_by_script(sample)
        if script == "zh":
            return _chinese(*scripts.chinese_characters(sample), stated)
    return stated or script or _by_common_words(sample) or UNDETERMINED


def _chinese(simplified: int, traditional: int, stated: str) -> str:
    """By how many characters of the text only one of the two scripts has."""
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


def _by_common_words(sample: str) -> str:
    words = Counter(re.findall(r"[^\W\d_]+", sample.lower()))
    hits = {language: sum(words[word] for word in common) for language, common in COMMON.items()}
    best = max(hits, key=lambda language: hits[language])
    return best if hits[best] >= ENOUGH_COMMON_WORDS else ""
