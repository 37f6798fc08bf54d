"""Who wrote it, as news copy says it: agency openers, agency closers, bylines. Pure text.

Each function takes the plain text of a line and says what stands at its beginning or end and how long it is,
so that the adapter can take it off the text and keep it as data.
"""

from __future__ import annotations

import re
from typing import NamedTuple

SEPARATORS = re.compile(r"\s*[、，,;；/／丶]\s*|\s+(?:和|及|und|and|et)\s+")
# Words around the names that are no names.
AROUND = re.compile(r"^(?:据|據)|等+$|(?:综合|綜合)?(?:报导|报道|報導|報道)$|^(?:综合|綜合)$|(?:综合|綜合)$")
AGENCY = re.compile(
    r"^(?:[\w·]{1,8}(?:社|通讯社|通訊社)|[\w·]{2,10}(?:日报|日報|时报|時報|晚报|周刊|电视台|電視台|电台|廣播電台|新闻网|明镜)"
    r"|德广联|德廣聯|路透|AFP|AP|Reuters|dpa|DPA|epd|KNA|Xinhua|ARD|ZDF|BBC|CNN|EFE|ANSA|TASS|Bloomberg)$"
)
CLOSING_BRACKET = re.compile(r"\s*[（(]\s*([^（）()]{2,80})\s*[）)]\s*[。.]?$")
KNOWN_AGENCIES = (
    "法新社|路透社?|美联社|美聯社|德新社|中央社|新华社|新華社|中新社|共同社|韩联社|韓聯社|塔斯社|彭博社?|大纪元|大紀元"
)
OPENERS = (
    re.compile(
        rf"^[（(【〔\[]\s*({KNOWN_AGENCIES})[^（）()【】〔〕]{{0,40}}(?:[电電讯訊]|[报報][导導道]|综述)\s*[）)】〕\]]\s*"
    ),
    re.compile(rf"^({KNOWN_AGENCIES})[^\s，。、]{{0,12}}?\d{{1,2}}月\d{{1,2}}日\s*(?:[-–—]+|[电電讯訊]：?)\s*"),
    re.compile(r"^(?:[A-Z][A-Za-z.,/ -]{1,40}[ ,])?\((Reuters|AP|AFP|dpa|Xinhua|EFE|ANSA)\)\s*[-–—]+\s*"),
)
FULL_STOP = re.compile(r"\s*[（(](?:完|全文完|END|end)[）)]$")
REPORTER = re.compile(
    r"^[（(【〔\[][^（）()【】〔〕]{0,20}(?:记者|記者)[^（）()【】〔〕]{1,40}(?:[电電讯訊]|[报報][导導道]|翻[译譯])\s*[）)】〕\]]\s*"
)
AFTER_AGENCY = re.compile(
    r"\s*[（(][本此]文(?:依据|采用|採用|参考|參考)了?\s*([^（）()]{2,40}?)\s*的?(?:报道|报导|報導|報道)。?[）)]$"
)
STAFF = (
    r"(?:责任编辑|責任編輯|责编|責編|编辑|編輯|编译|編譯|审校|審校|译者|譯者|核稿|校对|翻译|翻譯|网编|網編|撰稿|整理)"
)
STAFF_BRACKET = re.compile(rf"\s*[（(]{STAFF}\s*[：:／/ ]\s*[^（）()]{{1,60}}[）)]\s*[#＃]?\s*(\d{{7}})?$")
# Nothing but a line that ends so can end in one of the brackets above; to search costs more than to look.
CLOSING_ENDS = ("）", ")", "#", "＃", *"0123456789")
STAFF_LINE = re.compile(rf"^(?=.{{3,80}}$)[^！？]*{STAFF}\s*[：: ]\s*[^。！？]{{1,60}}[）)]?\s*[#＃]?$")
TRANSLATOR = re.compile(
    r"\s*[（(]((?:实习|實習)?(?:译者|譯者|编译|編譯|编辑|編輯))\s*[：:]\s*([^（）()]{1,60})[）)]\s*$"
)
NAME = re.compile(r"^[^\W\d_][^\d_（）()：:。！？]{0,40}$")
NOT_A_NAME = re.compile(r"^(?:null|undefined|none|n/?a)$", re.IGNORECASE)


class Credit(NamedTuple):
    """Names found at one end of a line."""

    length: int  # characters of the line that are the credit; 0: there is none
    names: tuple[str, ...] = ()


def split_names(words: str) -> tuple[str, ...]:
    """Names out of "A/B、C等", each once."""
    parts = (AROUND.sub("", part.strip()).strip() for part in SEPARATORS.split(words))
    return tuple(dict.fromkeys(part for part in parts if part and not NOT_A_NAME.match(part)))


def people(words: str) -> tuple[str, ...]:
    return tuple(name for name in split_names(words) if NAME.match(name))


def opening_agency(line: str) -> Credit:
    """An agency's opener: （法新社伦敦30日电）, 【大纪元11月17日讯】, 路透北京11月18日 -, PARIS (Reuters) -."""
    length = 0
    names: tuple[str, ...] = ()
    for _ in range(2):  # some openers come in two brackets
        match = next((m for m in (pattern.match(line[length:]) for pattern in (*OPENERS, REPORTER)) if m), None)
        if match is None:
            break
        length, names = length + match.end(), (*names, *match.groups())
    return Credit(length, tuple(dict.fromkeys(names)))


def closing_agencies(line: str, known_only: bool = True) -> Credit:
    """Agencies in brackets at the end of a line: （路透社、德新社等）; also （综合报导）, which names none.

    `known_only`: what is no agency by its name is not taken for one.
    """
    match = CLOSING_BRACKET.search(line)
    if match is None:
        return Credit(0)
    names = split_names(match[1])
    if not known_only or all(AGENCY.match(name) for name in names):
        return Credit(len(line) - match.start(), names)
    return Credit(0)


def translator(line: str) -> Credit:
    """（译者：name/核稿：name）at the end of a line: the first name with its role."""
    match = TRANSLATOR.search(line)
    if match is None:
        return Credit(0)
    first = re.split(r"[/／、，,]", match[2])[0].strip()
    return Credit(len(line) - match.start(), (f"{first}（{match[1]}）",) if first else ())
