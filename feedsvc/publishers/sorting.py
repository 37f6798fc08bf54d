"""What adapters do with blocks: take off what is no text of the article, tell headings and the lead.

Pure; each function takes blocks and returns blocks. The order of the calls is the adapter's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import zip_longest

from feedsvc import text
from feedsvc.publishers.blocks import Block, is_all_links, is_all_strong, is_text, plain

MIRROR_ADVERT = "获取更多RSS"
RELATED = re.compile(
    r"^(?:延伸[阅閱][读讀]|相[关關](?:[阅閱][读讀]|新[闻聞]|[报報][导導道]|[链連鏈][结結接])|更多(?:[阅閱][读讀]|新[闻聞])"
    r"|推[荐薦][阅閱][读讀]|[点點][击擊][阅閱][读讀]"
    r"|Related(?: (?:articles|stories|topics))?|Read (?:more|also)|More on this story|See also)[:：]?$",
    re.IGNORECASE,
)
LEAD_AT_LEAST = 20  # characters: a shorter bold line is a heading
BARE_ADDRESS = re.compile(r"^(?:https?://)?[\w.-]+\.[a-z]{2,}(?:/\S*)?$", re.IGNORECASE)
LONGEST_HEADING = 42  # characters of an unspaced script; a spaced one needs about twice as many
# An interviewer's question ("Name: …?"), and anything of more than one sentence.
SPOKEN = re.compile(r"^[^：:]{1,12}[：:].*[？?]$|[。！？!?].*\w")
ENDS_A_SENTENCE = re.compile(r"[。！!．.；;：:，,、…][”’」』\"')）]*$")


def drop_mirror_advert(blocks: Sequence[Block]) -> list[Block]:
    """Without what feed mirrors append: 获取更多RSS and the links below it."""
    kept: list[Block] = []
    below = False
    for block in blocks:
        if block.text.startswith(MIRROR_ADVERT):
            below = True
        elif not (below and (is_all_links(block) or re.fullmatch(r"https?://\S+", block.text))):
            below = False
            kept.append(block)
    return kept


def drop_related(blocks: Sequence[Block]) -> list[Block]:
    """Without lists of nothing but links, and without the headings above them."""
    kept: list[Block] = []
    for block in blocks:
        if block.kind in ("ul", "ol") and is_all_links(block):
            while kept and RELATED.match(kept[-1].text):
                kept.pop()
        elif kept and RELATED.match(kept[-1].text) and is_all_links(block):
            continue
        else:
            kept.append(block)
    while kept and RELATED.match(kept[-1].text):
        kept.pop()
    return kept


def drop_repeated_title(blocks: Sequence[Block], title: str) -> list[Block]:
    """Without the lines before the text that only say the title again."""
    folded = text.squeeze(title)
    first = next((place for place, block in enumerate(blocks) if is_text(block) and block.text != folded), len(blocks))
    return [block for place, block in enumerate(blocks) if place >= first or block.text != folded]


def cut_from(blocks: Sequence[Block], begins: Callable[[Block], bool]) -> list[Block]:
    """Everything before the first block that begins what is no article any more."""
    return list(blocks[: next((place for place, block in enumerate(blocks) if begins(block)), len(blocks))])


def raise_headings(blocks: Sequence[Block]) -> list[Block]:
    """A short paragraph that is all bold, ends no sentence and has a paragraph below it becomes a heading."""
    return [
        replace(plain(block), kind="h2") if below and _is_heading(block, below) else block
        for block, below in zip_longest(blocks, blocks[1:])
    ]


def _is_heading(block: Block, below: Block) -> bool:
    if not is_all_strong(block) or is_all_links(block) or (is_text(below) and is_all_strong(below)):
        return False
    longest = LONGEST_HEADING if text.tokens(block.text[:1]) == [block.text[:1]] else LONGEST_HEADING * 2
    return len(block.text) <= longest and not any(said.search(block.text) for said in (ENDS_A_SENTENCE, SPOKEN))


def set_lead(blocks: Sequence[Block]) -> list[Block]:
    """A long bold paragraph before all other text is the lead: it is set as an ordinary one."""
    place = next((place for place, block in enumerate(blocks) if is_text(block)), None)
    if place is None or not is_all_strong(blocks[place]) or len(blocks[place].text) < LEAD_AT_LEAST:
        return list(blocks)
    return [*blocks[:place], plain(blocks[place]), *blocks[place + 1 :]]


def drop_closing_links(blocks: Sequence[Block]) -> list[Block]:
    """Without paragraphs that are a bare address, and without those at the end that are nothing but a link."""
    kept = [block for block in blocks if not (is_all_links(block) and BARE_ADDRESS.match(block.text))]
    while kept and kept[-1].kind == "p" and is_all_links(kept[-1]):
        kept.pop()
    return kept


def first_paragraph(blocks: Sequence[Block]) -> str:
    """The first that says something: a byline or label before it is no lead, unless nothing else is there."""
    paragraphs = [block.text for block in blocks if block.kind == "p"]
    said = (words for words in paragraphs if len(words) >= LEAD_AT_LEAST or ENDS_A_SENTENCE.search(words))
    return next(said, paragraphs[0] if paragraphs else "")
