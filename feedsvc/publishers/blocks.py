"""The pieces an article is made of once its markup is gone: paragraphs, headings, lists, quotes, pictures.

Pure values and the few operations that adapters need on them; knows no html parser. `markup` makes blocks of a page,
adapters sort out what is the article's own, `render` writes them as clean semantic html.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from html import escape
from typing import Literal, NamedTuple

from feedsvc.model import Picture

INVISIBLE = re.compile(r"[\u200b\u2060\ufeff\u00ad]")
LETTER = re.compile(r"\w")
BLANKS = re.compile(r"\s+")


class Run(NamedTuple):
    """Text of one style within a line."""

    text: str
    strong: bool = False
    emphasis: bool = False
    href: str = ""  # absolute address, empty: no link

    def saying(self, words: str) -> Run:
        """Other words in the same style. (`_replace` takes three times as long, and every piece of text comes by.)"""
        return Run(words, self.strong, self.emphasis, self.href)

    def is_styled_as(self, other: Run) -> bool:
        return self.strong == other.strong and self.emphasis == other.emphasis and self.href == other.href


NO_STYLE = Run("")
Line = tuple[Run, ...]
BlockKind = Literal["p", "h2", "h3", "h4", "ul", "ol", "blockquote", "figure"]


@dataclass(frozen=True)
class Block:
    kind: BlockKind
    lines: tuple[Line, ...] = ()  # one of a paragraph or heading, the items of a list, the paragraphs of a quote
    picture: Picture | None = None  # of a figure
    alternative: str = ""  # what the picture shows, for those who do not see it
    classes: str = ""  # class names of the element it was
    text: str = field(init=False, repr=False, compare=False)  # of the lines; every adapter asks for it

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", "\n".join([line_text(line) for line in self.lines]))


def line_text(line: Line) -> str:
    return line[0].text if len(line) == 1 else "".join([run.text for run in line])


def tidy_line(runs: Sequence[Run]) -> Line:
    """Runs with single blanks, none at the ends, none empty, neighbours of one style joined."""
    if len(runs) == 1:  # as most lines of real articles have
        words = _tidy(runs[0].text).strip()
        return (runs[0].saying(words),) if words else ()
    kept: list[Run] = []
    for run in runs:
        words = _tidy(run.text)
        if words.startswith(" ") and (not kept or kept[-1].text.endswith(" ")):
            words = words[1:]
        if not words:
            continue
        if kept and (words == " " or kept[-1].is_styled_as(run)):
            kept[-1] = kept[-1].saying(kept[-1].text + words)
        else:
            kept.append(run if words == run.text else run.saying(words))
    while kept and not (stripped := kept[-1].text.rstrip()):
        kept.pop()
    if kept and len(stripped) < len(kept[-1].text):
        kept[-1] = kept[-1].saying(stripped)
    return tuple(kept)


def _tidy(words: str) -> str:
    if "  " in words or not words.isprintable():  # else there is nothing to tidy
        return BLANKS.sub(" ", INVISIBLE.sub("", words))
    return words


def drop_start(line: Line, count: int) -> Line:
    """The line without its first `count` characters."""
    kept = []
    for run in line:
        kept.append(run.saying(run.text[count:]))
        count = max(0, count - len(run.text))
    return tidy_line(kept)


def drop_end(line: Line, count: int) -> Line:
    """The line without its last `count` characters."""
    kept = []
    left = len(line_text(line)) - count
    for run in line:
        kept.append(run.saying(run.text[: max(0, left)]))
        left -= len(run.text)
    return tidy_line(kept)


def edit_line(block: Block, edit: Callable[[Line], Line]) -> Block:
    """The block with an edit made to its only line; lists, quotes and figures stay as they are."""
    return replace(block, lines=(edit(block.lines[0]),)) if len(block.lines) == 1 else block


def is_all_strong(block: Block) -> bool:
    if block.kind != "p":
        return False
    return not any(run.text.strip() for line in block.lines for run in line if not run.strong)


def is_all_links(block: Block) -> bool:
    """Whether the block says nothing beyond links, as lists of related articles do."""
    linked = False
    for run in (run for line in block.lines for run in line):
        if run.href:
            linked = True
        elif LETTER.search(run.text):
            return False
    return linked


def plain(block: Block) -> Block:
    """The block without its bold."""
    return replace(block, lines=tuple(tidy_line([r._replace(strong=False) for r in line]) for line in block.lines))


def is_text(block: Block) -> bool:
    return block.kind != "figure"


def pictures(blocks: Iterable[Block]) -> tuple[Picture, ...]:
    return tuple(block.picture for block in blocks if block.picture)


def links(blocks: Iterable[Block]) -> tuple[str, ...]:
    """Addresses that the text links to, each once, in order."""
    found = (run.href for block in blocks for line in block.lines for run in line if run.href)
    return tuple(dict.fromkeys(found))


def render(blocks: Sequence[Block]) -> str:
    return "".join(_rendered(block) for block in blocks)


def _rendered(block: Block) -> str:
    if block.picture:
        return _figure(block.picture, block.alternative)
    inner = [_inline(line) for line in block.lines]
    if block.kind in ("ul", "ol"):
        inner = [f"<li>{item}</li>" for item in inner]
    elif block.kind == "blockquote":
        inner = [f"<p>{paragraph}</p>" for paragraph in inner]
    return f"<{block.kind}>{''.join(inner)}</{block.kind}>"


def _figure(picture: Picture, alternative: str) -> str:
    # Who hears the caption need not hear it twice.
    alternative = "" if picture.caption and alternative.startswith(picture.caption[:40]) else alternative
    image = f'<img src="{_quoted(picture.url)}" alt="{_quoted(alternative)}">'
    credit = f"<em>{escape(picture.credit, quote=False)}</em>" if picture.credit else ""
    caption = " ".join(part for part in (escape(picture.caption, quote=False), credit) if part)
    return f"<figure>{image}{f'<figcaption>{caption}</figcaption>' if caption else ''}</figure>"


def _inline(line: Line) -> str:
    parts: list[str] = []
    href = ""
    for run in (*line, NO_STYLE):
        if run.href != href:
            parts.append("</a>" if href else "")
            parts.append(f'<a href="{_quoted(run.href)}">' if run.href else "")
            href = run.href
        parts.append(_styled(run))
    return "".join(parts)


def _quoted(words: str) -> str:
    """As an attribute's value between double quotes."""
    return escape(words, quote=False).replace('"', "&quot;")


def _styled(run: Run) -> str:
    words = run.text
    if "&" in words or "<" in words or ">" in words:
        words = escape(words, quote=False)
    if run.emphasis:
        words = f"<em>{words}</em>"
    return f"<strong>{words}</strong>" if run.strong else words
