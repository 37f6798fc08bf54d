"""Hostile html to blocks: parses once, leaves out what is never an article's own, flattens the rest.

Only this module and the adapters know BeautifulSoup. What is left out here is junk on any site (scripts, forms,
adverts, share buttons, related-article boxes by their class names); a publisher's own junk is its adapter's business.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from bs4 import BeautifulSoup
from bs4.element import NavigableString, PageElement, PreformattedString, Tag

from feedsvc.model import Picture
from feedsvc.publishers import pictures
from feedsvc.publishers.blocks import Block, BlockKind, Run, is_text, tidy_line
from feedsvc.publishers.links import absolute_url

UNPARSABLE = re.compile(r"<\?.*?>|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]", re.DOTALL)
DEEPEST = 60  # nested elements; deeper markup is an attack on recursion, its text is taken flat


def _words(names: str) -> frozenset[str]:
    return frozenset(names.split())


BLOCK_TAGS = _words(
    "address article aside body br center dd details div dl dt fieldset footer header hr li main p pre section "
    "summary table tbody td tfoot th thead"
)
HEADING_KINDS: dict[str, BlockKind] = {"h1": "h2", "h2": "h2", "h3": "h3", "h4": "h4", "h5": "h4", "h6": "h4"}
LEFT_OUT = _words(
    "script style svg math form button input select textarea iframe object embed nav template canvas dialog "
    "head title meta link base frameset applet map"
)
JUNK_WORDS = _words(
    "ad ads adslot advert advertisement advertising dfp sponsor sponsored promo selfpromo share sharing sharer social "
    "related recommend recommended recommendation recommendations readmore newsletter subscribe subscription subsinput "
    "comments breadcrumb breadcrumbs sidebar taboola outbrain trc cookie paywall popup modal tooltip"
)
JUNK_PHRASES = (
    *("more article", "read more", "also like", "trust badge", "dictionary box"),
    *("off screen", "visually hidden", "self promo"),
)
CAPTION_WORDS = frozenset({"caption", "figcaption", "picinfo", "legend"})
CREDIT_WORDS = frozenset({"credit", "credits", "copyright"})
# Junk by its name that holds so much prose is the article itself in a badly named wrapper.
PROSE = 600  # characters
LONGEST_CAPTION = 500  # characters


def parse(html: str) -> Tag:
    """The one element that holds everything; never raises, whatever the html."""
    return BeautifulSoup(f"<div>{UNPARSABLE.sub(' ', html)}</div>", "lxml")


@functools.lru_cache(maxsize=4096)
def class_words(names: str) -> tuple[str, ...]:
    """Words in class names, whatever their style: "moreArticle-title js_EndAd" -> more article title js end ad."""
    return tuple(word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", names))


@functools.lru_cache(maxsize=4096)
def _names_junk(names: str) -> bool:
    words = class_words(names)
    phrase = f" {' '.join(words)} "
    return not JUNK_WORDS.isdisjoint(words) or any(f" {junk} " in phrase for junk in JUNK_PHRASES)


def class_names(tag: Tag) -> str:
    found = tag.get("class")
    return " ".join(found) if isinstance(found, list) else str(found or "")


def is_junk(tag: Tag) -> bool:
    """Whether an element's class or id says that it is no part of the article."""
    names = f"{class_names(tag)} {tag.get('id') or ''}"
    return names != " " and _names_junk(names) and len(tag.get_text(strip=True)) < PROSE


@dataclass(frozen=True, slots=True)
class Rules:
    """What a publisher's adapter knows better than html does."""

    base: str  # the article's address, for relative links
    link: Callable[[str], str] = str  # a link's absolute address as readers should get it; empty: no link
    picture: Callable[[str], str] = str  # a picture's absolute address; empty: no picture
    junk: Callable[[Tag], bool] = is_junk


@dataclass(slots=True)
class Matter:
    """What flattening found."""

    blocks: list[Block] = field(default_factory=list)
    players: set[str] = field(default_factory=set)  # "video", "audio"


def flatten(root: Tag, rules: Rules) -> Matter:
    """The element's content as blocks in reading order, without junk, empty pieces and repeated pictures."""
    flattener = _Flattener(rules, Matter(), set())
    flattener.children(root, Run(""), "", 0)
    flattener.flush("")
    return flattener.matter


class _Flattener:
    """Walks a tree once; text gathers in `runs` until a block ends."""

    def __init__(self, rules: Rules, matter: Matter, seen: set[str]) -> None:
        self.rules = rules
        self.matter = matter
        self.seen = seen  # addresses of pictures that are already there
        self.runs: list[Run] = []
        self.after_media = False  # a caption may follow

    def children(self, tag: Tag, style: Run, classes: str, depth: int) -> None:
        for child in tag.children:
            if isinstance(child, Tag):
                self.element(child, style, classes, depth + 1)
            elif _is_words(child):
                self.runs.append(style._replace(text=str(child)))

    def flush(self, classes: str, kind: BlockKind = "p") -> None:
        line = tidy_line(self.runs)
        self.runs = []
        if line:
            self.add(Block(kind, (line,), classes=classes))

    def add(self, block: Block) -> None:
        self.matter.blocks.append(block)
        self.after_media = not is_text(block)

    def element(self, tag: Tag, style: Run, classes: str, depth: int) -> None:
        name = tag.name
        if name in LEFT_OUT or self.rules.junk(tag):
            return
        if depth > DEEPEST:
            self.runs.append(style._replace(text=tag.get_text(" ")))
        elif name in ("b", "strong"):
            self.children(tag, style._replace(strong=True), classes, depth)
        elif name in ("i", "em"):
            self.children(tag, style._replace(emphasis=True), classes, depth)
        elif name == "a":
            self.children(tag, style._replace(href=self.link(tag) or style.href), classes, depth)
        elif self.is_caption(tag):
            self.caption(tag)
        else:
            self.structure(tag, style, classes, depth)

    def structure(self, tag: Tag, style: Run, classes: str, depth: int) -> None:
        name = tag.name
        if name in ("img", "amp-img"):
            self.image(tag, classes)
        elif name in ("video", "audio"):
            self.player(tag, classes)
        elif name == "noscript":
            if tag.find("img"):
                self.children(tag, style, classes, depth)
        elif name == "figure" and self.figure(tag, classes):
            pass
        elif name in HEADING_KINDS:
            self.heading(tag, classes, depth)
        elif name in ("ul", "ol", "blockquote", "tr"):
            self.flush(classes)
            self.group(tag, depth)
        elif name in BLOCK_TAGS:
            self.flush(classes)
            self.children(tag, style, class_names(tag), depth)
            self.flush(class_names(tag))
        else:
            self.children(tag, style, classes, depth)

    def link(self, tag: Tag) -> str:
        url = absolute_url(str(tag.get("href") or ""), self.rules.base)
        return self.rules.link(url) if url else ""

    def heading(self, tag: Tag, classes: str, depth: int) -> None:
        self.flush(classes)
        for block in self.inside(tag, depth):
            bare = tuple(tidy_line(run._replace(strong=False) for run in line) for line in block.lines)
            self.add(replace(block, kind=HEADING_KINDS[tag.name], lines=bare) if block.kind == "p" else block)

    def inside(self, tag: Tag, depth: int) -> list[Block]:
        """The element's content as blocks of their own."""
        part = _Flattener(self.rules, Matter(players=self.matter.players), self.seen)
        part.children(tag, Run(""), class_names(tag), depth)
        part.flush(class_names(tag))
        return part.matter.blocks

    def group(self, tag: Tag, depth: int) -> None:
        """A list, quote or table row: its lines become one block, its pictures stand before it."""
        if tag.name == "tr":
            self.row(tag, depth)
            return
        parts = [tag] if tag.name == "blockquote" else [part for part in tag.children if isinstance(part, Tag)]
        # Each element is entered once: twice at every level would double the work with each level of nesting.
        blocks = [block for part in parts for block in self.part(part, depth)]
        for figure in (block for block in blocks if not is_text(block)):
            self.add(figure)
        lines = tuple(line for block in blocks for line in block.lines)
        if lines:
            self.add(Block(_group_kind(tag), lines, classes=class_names(tag)))

    def part(self, tag: Tag, depth: int) -> list[Block]:
        """A list's item or a quote's content."""
        if tag.name in LEFT_OUT or self.rules.junk(tag):
            return []
        if depth > DEEPEST:
            return [Block("p", (tidy_line([Run(tag.get_text(" "))]),))]
        return self.inside(tag, depth)

    def row(self, tag: Tag, depth: int) -> None:
        """Cells of data become one line; cells that hold paragraphs only lay a page out."""
        cells = [self.inside(cell, depth) for cell in tag.find_all(["td", "th"], recursive=False)]
        if any(len(cell) > 1 or not all(map(is_text, cell)) for cell in cells):
            for block in (block for cell in cells for block in cell):
                self.add(block)
            return
        runs: list[Run] = []
        for line in (line for cell in cells for block in cell for line in block.lines):
            runs += [Run(" | "), *line] if runs else line
        self.runs = runs
        self.flush(class_names(tag))

    def image(self, tag: Tag, classes: str, names: Sequence[str] = pictures.ADDRESS_ATTRIBUTES) -> None:
        url = pictures.address(tag.attrs, self.rules.base, names)
        url = self.rules.picture(url) if url else ""
        if url and url not in self.seen:
            self.flush(classes)
            self.seen.add(url)
            alternative = " ".join(str(tag.get("alt") or "").split())
            self.add(Block("figure", picture=Picture(url), alternative=alternative, classes=classes))
        self.after_media = self.after_media or not any(run.text.strip() for run in self.runs)

    def player(self, tag: Tag, classes: str) -> None:
        self.matter.players.add(tag.name)
        self.flush(classes)
        if tag.get("poster"):
            self.image(tag, classes, pictures.POSTER)
        self.after_media = True

    def figure(self, tag: Tag, classes: str) -> bool:
        """Takes a figure that shows something; a figure of words alone is left to the caller."""
        media = tag.find_all(["img", "amp-img", "video", "audio"])
        if not media or sum(len(p.get_text()) for p in tag.find_all("p")) > PROSE:
            return False
        self.flush(classes)
        for shown in media:
            (self.player if shown.name in ("video", "audio") else self.image)(shown, class_names(tag))
        caption = tag.find("figcaption") or tag.find(_has_caption_class)
        if isinstance(caption, Tag):
            self.caption(caption)
        return True

    def is_caption(self, tag: Tag) -> bool:
        if tag.name == "small":
            is_one = self.after_media and not any(run.text.strip() for run in self.runs)
        else:
            is_one = tag.name == "figcaption" or _has_caption_class(tag)
        return is_one and not tag.find(["img", "video"]) and len(tag.get_text()) <= LONGEST_CAPTION

    def caption(self, tag: Tag) -> None:
        """Gives the caption to the picture before it; without one it is dropped, for it is no text of the article."""
        last = self.matter.blocks[-1] if self.matter.blocks else None
        if not self.after_media or last is None or last.picture is None or last.picture.caption:
            return
        credit_tag = tag.find(_has_credit_class)
        stated = credit_tag.extract().get_text(" ") if isinstance(credit_tag, Tag) else ""
        caption, credit = pictures.split_credit(tag.get_text(" "))
        credit = " ".join(stated.split()).removeprefix("©").strip() or credit
        self.matter.blocks[-1] = replace(last, picture=replace(last.picture, caption=caption, credit=credit))


def _is_words(node: PageElement) -> bool:
    """Text, but no comment, declaration or the like."""
    return isinstance(node, NavigableString) and not isinstance(node, PreformattedString)


def _group_kind(tag: Tag) -> BlockKind:
    if tag.name == "ol":
        return "ol"
    return "ul" if tag.name == "ul" else "blockquote"


def _has_caption_class(tag: Tag) -> bool:
    return not CAPTION_WORDS.isdisjoint(class_words(class_names(tag)))


def _has_credit_class(tag: Tag) -> bool:
    return tag.name == "cite" or not CREDIT_WORDS.isdisjoint(class_words(class_names(tag)))
