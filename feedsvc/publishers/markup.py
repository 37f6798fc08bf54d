"""Hostile html to blocks: parses once, leaves out what is never an article's own, flattens the rest.

What is left out here is junk on any site (scripts, forms, adverts, share buttons, related-article boxes by their class
names); a publisher's own junk is its adapter's business.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from feedsvc.model import Picture
from feedsvc.publishers import pictures
from feedsvc.publishers.blocks import Block, BlockKind, Run, is_text, plain, tidy_line
from feedsvc.publishers.links import absolute_url
from feedsvc.publishers.tree import Element, bare_text, class_names, first, first_that, parse, remove, text_of

__all__ = ["Element", "Matter", "Rules", "class_names", "class_words", "flatten", "is_junk", "parse"]

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


@functools.lru_cache(maxsize=4096)
def class_words(names: str) -> tuple[str, ...]:
    """Words in class names, whatever their style: "moreArticle-title js_EndAd" -> more article title js end ad."""
    return tuple(word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", names))


@functools.lru_cache(maxsize=4096)
def _names_junk(names: str) -> bool:
    words = class_words(names)
    phrase = f" {' '.join(words)} "
    return not JUNK_WORDS.isdisjoint(words) or any(f" {junk} " in phrase for junk in JUNK_PHRASES)


def is_junk(tag: Element) -> bool:
    """Whether an element's class or id says that it is no part of the article."""
    classes, identity = tag.get("class"), tag.get("id")
    if not classes and not identity:
        return False  # as most elements are
    return _names_junk(f"{classes or ''} {identity or ''}") and len(bare_text(tag)) < PROSE


@dataclass(frozen=True, slots=True)
class Rules:
    """What a publisher's adapter knows better than html does."""

    base: str  # the article's address, for relative links
    link: Callable[[str], str] = str  # a link's absolute address as readers should get it; empty: no link
    picture: Callable[[str], str] = str  # a picture's absolute address; empty: no picture
    junk: Callable[[Element], bool] = is_junk


@dataclass(slots=True)
class Matter:
    """What flattening found."""

    blocks: list[Block] = field(default_factory=list)
    players: set[str] = field(default_factory=set)  # "video", "audio"


def flatten(root: Element, rules: Rules) -> Matter:
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

    def children(self, tag: Element, style: Run, classes: str, depth: int) -> None:
        if tag.text:
            self.runs.append(style.saying(tag.text))
        for child in tag:
            self.element(child, style, classes, depth + 1)
            if child.tail:
                self.runs.append(style.saying(child.tail))

    def flush(self, classes: str, kind: BlockKind = "p") -> None:
        if not self.runs:
            return
        line = tidy_line(self.runs)
        self.runs = []
        if line:
            self.add(Block(kind, (line,), classes=classes))

    def add(self, block: Block) -> None:
        self.matter.blocks.append(block)
        self.after_media = not is_text(block)

    def element(self, tag: Element, style: Run, classes: str, depth: int) -> None:
        name = str(tag.tag)
        if name in LEFT_OUT or self.rules.junk(tag):
            return
        if depth > DEEPEST:
            self.runs.append(style.saying(text_of(tag, " ")))
        elif name in ("b", "strong"):
            self.children(tag, Run("", True, style.emphasis, style.href), classes, depth)
        elif name in ("i", "em"):
            self.children(tag, Run("", style.strong, True, style.href), classes, depth)
        elif name == "a":
            self.children(tag, Run("", style.strong, style.emphasis, self.link(tag) or style.href), classes, depth)
        elif name in BLOCK_TAGS and not tag.keys():  # most of all: nothing but its name says what it is
            self.flush(classes)
            self.children(tag, style, "", depth)
            self.flush("")
        elif self.is_caption(tag):
            self.caption(tag)
        else:
            self.structure(tag, style, classes, depth)

    def structure(self, tag: Element, style: Run, classes: str, depth: int) -> None:
        name = str(tag.tag)
        if name in ("img", "amp-img"):
            self.image(tag, classes)
        elif name in ("video", "audio"):
            self.player(tag, classes)
        elif name == "noscript":
            if first(tag, "img") is not None:
                self.children(tag, style, classes, depth)
        elif name == "figure" and self.figure(tag, classes):
            pass  # it was a picture with its caption, and is taken; any other figure is a block like others
        elif name in HEADING_KINDS:
            self.heading(tag, classes, depth)
        elif name in ("ul", "ol", "blockquote", "tr"):
            self.flush(classes)
            self.group(tag, depth)
        elif name in BLOCK_TAGS:
            self.flush(classes)
            own = class_names(tag)
            self.children(tag, style, own, depth)
            self.flush(own)
        else:
            self.children(tag, style, classes, depth)

    def link(self, tag: Element) -> str:
        url = absolute_url(tag.get("href") or "", self.rules.base)
        return self.rules.link(url) if url else ""

    def heading(self, tag: Element, classes: str, depth: int) -> None:
        self.flush(classes)
        for block in self.inside(tag, depth):
            self.add(replace(plain(block), kind=HEADING_KINDS[tag.tag]) if block.kind == "p" else block)

    def inside(self, tag: Element, depth: int) -> list[Block]:
        """The element's content as blocks of their own."""
        part = _Flattener(self.rules, Matter(players=self.matter.players), self.seen)
        own = class_names(tag)
        part.children(tag, Run(""), own, depth)
        part.flush(own)
        return part.matter.blocks

    def group(self, tag: Element, depth: int) -> None:
        """A list, quote or table row: its lines become one block, its pictures stand before it."""
        if tag.tag == "tr":
            self.row(tag, depth)
            return
        parts = [tag] if tag.tag == "blockquote" else list(tag)
        # Each element is entered once: twice at every level would double the work with each level of nesting.
        blocks = [block for part in parts for block in self.part(part, depth)]
        for figure in (block for block in blocks if not is_text(block)):
            self.add(figure)
        lines = tuple(line for block in blocks for line in block.lines)
        if lines:
            self.add(Block(_group_kind(tag), lines, classes=class_names(tag)))

    def part(self, tag: Element, depth: int) -> list[Block]:
        """A list's item or a quote's content."""
        if tag.tag in LEFT_OUT or self.rules.junk(tag):
            return []
        if depth > DEEPEST:
            return [Block("p", (tidy_line([Run(text_of(tag, " "))]),))]
        return self.inside(tag, depth)

    def row(self, tag: Element, depth: int) -> None:
        """Cells of data become one line; cells that hold paragraphs only lay a page out."""
        cells = [self.inside(cell, depth) for cell in tag if cell.tag in ("td", "th")]
        if any(len(cell) > 1 or not all(map(is_text, cell)) for cell in cells):
            for block in (block for cell in cells for block in cell):
                self.add(block)
            return
        runs: list[Run] = []
        for line in (line for cell in cells for block in cell for line in block.lines):
            runs += [Run(" | "), *line] if runs else line
        self.runs = runs
        self.flush(class_names(tag))

    def image(self, tag: Element, classes: str, names: Sequence[str] = pictures.ADDRESS_ATTRIBUTES) -> None:
        url = pictures.address({str(name): value for name, value in tag.attrib.items()}, self.rules.base, names)
        url = self.rules.picture(url) if url else ""
        if url and url not in self.seen:
            self.flush(classes)
            self.seen.add(url)
            alternative = " ".join((tag.get("alt") or "").split())
            self.add(Block("figure", picture=Picture(url), alternative=alternative, classes=classes))
        self.after_media = self.after_media or not any(run.text.strip() for run in self.runs)

    def player(self, tag: Element, classes: str) -> None:
        self.matter.players.add(tag.tag)
        self.flush(classes)
        if tag.get("poster"):
            self.image(tag, classes, pictures.POSTER)
        self.after_media = True

    def figure(self, tag: Element, classes: str) -> bool:
        """Takes a figure that shows something; a figure of words alone is left to the caller."""
        media = list(tag.iterdescendants("img", "amp-img", "video", "audio"))
        if not media or sum(len(text_of(p)) for p in tag.iterdescendants("p")) > PROSE:
            return False
        self.flush(classes)
        for shown in media:
            (self.player if shown.tag in ("video", "audio") else self.image)(shown, class_names(tag))
        caption = first(tag, "figcaption")
        if caption is None:
            caption = first_that(tag, _has_caption_class)
        if caption is not None:
            self.caption(caption)
        return True

    def is_caption(self, tag: Element) -> bool:
        if tag.tag == "small":
            is_one = self.after_media and not any(run.text.strip() for run in self.runs)
        else:
            is_one = tag.tag == "figcaption" or _has_caption_class(tag)
        return is_one and first(tag, "img", "video") is None and len(text_of(tag)) <= LONGEST_CAPTION

    def caption(self, tag: Element) -> None:
        """Gives the caption to the picture before it; without one it is dropped, for it is no text of the article."""
        last = self.matter.blocks[-1] if self.matter.blocks else None
        if not self.after_media or last is None or last.picture is None or last.picture.caption:
            return
        credit_tag = first_that(tag, _has_credit_class)
        stated = text_of(remove(credit_tag), " ") if credit_tag is not None else ""
        caption, credit = pictures.split_credit(text_of(tag, " "))
        credit = " ".join(stated.split()).removeprefix("©").strip() or credit
        self.matter.blocks[-1] = replace(last, picture=replace(last.picture, caption=caption, credit=credit))


def _group_kind(tag: Element) -> BlockKind:
    if tag.tag == "ol":
        return "ol"
    return "ul" if tag.tag == "ul" else "blockquote"


def _has_caption_class(tag: Element) -> bool:
    names = tag.get("class")
    return bool(names) and not CAPTION_WORDS.isdisjoint(class_words(names))


def _has_credit_class(tag: Element) -> bool:
    return tag.tag == "cite" or not CREDIT_WORDS.isdisjoint(class_words(class_names(tag)))
