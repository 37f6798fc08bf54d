"""Any host: what full-text feeds and saved pages of news sites have in common, and no rule for a single one.

Where a pattern is not sure to mean what it usually means, the text stays as it is. Last in the table of publishers.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from itertools import islice

from feedsvc import text
from feedsvc.model import Draft, Kind
from feedsvc.publishers import blocks as pieces
from feedsvc.publishers import credits, markup, moments, prose, sorting
from feedsvc.publishers.blocks import Block
from feedsvc.publishers.links import belongs_to
from feedsvc.publishers.moments import Stated
from feedsvc.publishers.protocol import PageAddress
from feedsvc.publishers.tree import Element, first, remove, text_of

COPYRIGHT = re.compile(r"^(?:©|\(c\)|Copyright\b|版[权權]所有|版[权權][声聲]明).{0,200}$", re.IGNORECASE)
DECORATION = re.compile(r"^[\s=*_~\-–—•·|#]+$")
MORE = re.compile(
    r"[\s.…]{0,12}(?:more|read more|continue reading|阅读全文|閱讀全文|查看原文)\s*[→»>]*$", re.IGNORECASE
)
SECTION = re.compile(r"^\[([^\[\]]{1,30})\]\s+")
ARTICLE_NUMBER = re.compile(r"\d{4}")
# Invitations of the house, not of the article.
INVITATION = re.compile(
    r"^(?=.{4,140}$)(?:.*(?:[订訂][阅閱]|sign up|subscribe).*(?:[电電]子[报報]|[简簡][报報]|newsletter)"
    r"|.*view video in browser$)",
    re.IGNORECASE,
)
LONGEST_NOISE = 140  # characters
HEADER_AT_MOST = 120  # characters of `<div><i>author<br>time</i></div>`
LEADING_BLOCKS = 4  # the time and the opener stand in the first few
TAIL = 3  # the staff stands in the last few


class Generic:
    """Adapter of every host that has no adapter of its own."""

    id = ""
    hosts = ()

    def read(self, draft: Draft) -> Draft:
        url = text.canonical_url(draft.url)
        host = text.url_host(url)
        matter, stated, authors = _matter(draft.html, url)
        title, categories = _title(draft.title, matter.blocks)
        found = sorting.drop_repeated_title(sorting.drop_mirror_advert(matter.blocks), title)
        found, rights = _copyright(sorting.drop_closing_links(sorting.drop_related(_without_more(found, url))))
        found, agencies, opened = _opening(found)
        found, closing_agencies, closed = _closing(found)
        found = sorting.raise_headings(sorting.set_lead(found))
        stated = _best(stated, opened, closed, Stated(day=_day_in_link(draft, url)))
        return replace(
            draft,
            publisher=host,
            publisher_name=draft.publisher_name or host,
            title=title,
            html=pieces.render(found),
            lead=sorting.first_paragraph(found) or draft.lead,
            published=draft.published or stated.moment,
            published_day=draft.published_day or stated.day,
            authors=draft.authors or authors,
            agencies=tuple(dict.fromkeys((*draft.agencies, *agencies, *closing_agencies))),
            rights=rights or draft.rights,
            categories=draft.categories or categories,
            pictures=pieces.pictures(found) or draft.pictures,
            references=_references(found, url, host),
            kind=_kind(draft, found, matter.players),
        )

    def page_addresses(self, url: str) -> tuple[PageAddress, ...]:
        return (PageAddress(url),)

    def read_page(self, draft: Draft, body: str) -> Draft | None:
        from feedsvc.publishers import pages  # noqa: PLC0415 - BeautifulSoup is slow to load, and few sources need it

        return pages.read_page(draft, body)


def _matter(html: str, url: str) -> tuple[markup.Matter, Stated, tuple[str, ...]]:
    """Everything on the page but the time and authors that stand before the text."""
    if (found := prose.blocks_of(html, url)) is not None:
        return markup.Matter(found), Stated(), ()
    root = markup.parse(html)
    stated, authors = _header(root)
    return markup.flatten(root, markup.Rules(url)), stated, authors


def _best(*candidates: Stated) -> Stated:
    """The first full time, and the first day where there is none."""
    moment = next((stated.moment for stated in candidates if stated.moment), None)
    return Stated(moment, None if moment else next((stated.day for stated in candidates if stated.day), None))


def _title(stated: str, found: Sequence[Block]) -> tuple[str, tuple[str, ...]]:
    """The title without the section in brackets that a mirror put before it, if the page's own heading has none."""
    title = text.squeeze(stated)
    match = SECTION.match(title)
    if match and any(block.text == title[match.end() :] for block in found[:LEADING_BLOCKS]):
        return title[match.end() :], (match[1],)
    return title, ()


def _header(root: Element) -> tuple[Stated, tuple[str, ...]]:
    """Takes the author and time that stand before the text off the page; <time datetime> too, wherever it stands."""
    stated = Stated()
    authors: tuple[str, ...] = ()
    for tag in list(islice(root.iter("time"), 3)):
        stated = _best(stated, moments.read_time(tag.get("datetime") or text_of(tag)))
        remove(tag)
    address = first(root, "address")
    if address is not None and len(text_of(address)) <= HEADER_AT_MOST:
        authors = credits.people(text.squeeze(text_of(remove(address), " ")))
    italic = first(root, "i")
    if italic is not None and len(text_of(italic)) <= HEADER_AT_MOST:
        *names, last = text_of(italic, "\n").split("\n")
        written = moments.read_time(last)
        if written != Stated():
            remove(italic)
            return _best(stated, written), authors or credits.people(text.squeeze(" ".join(names)))
    return stated, authors


def _without_more(found: Sequence[Block], url: str) -> list[Block]:
    """Without ornaments and invitations, and without the "…more" that excerpts end with."""
    kept = [block for block in found if not (pieces.is_text(block) and _is_noise(block.text))]
    if kept and kept[-1].kind == "p" and any(text.canonical_url(link) == url for link in pieces.links(kept[-1:])):
        match = MORE.search(kept[-1].text)
        length = len(kept[-1].text) - match.start() if match else 0
        kept[-1] = pieces.edit_line(kept[-1], partial(pieces.drop_end, count=length))
    return [block for block in kept if block.picture or block.text]


def _is_noise(line: str) -> bool:
    return len(line) <= LONGEST_NOISE and bool(DECORATION.match(line) or INVITATION.match(line))


def _copyright(found: Sequence[Block]) -> tuple[list[Block], str]:
    rights = next((block.text for block in found if _is_notice(block)), "")
    return [block for block in found if not _is_notice(block)], rights


def _is_notice(block: Block) -> bool:
    return block.kind == "p" and bool(COPYRIGHT.match(block.text))


def _opening(found: Sequence[Block]) -> tuple[list[Block], tuple[str, ...], Stated]:
    """Takes an agency's opener off the first paragraphs; it may state the day."""
    kept = list(found)
    for place in [place for place, block in enumerate(kept) if block.kind == "p"][:LEADING_BLOCKS]:
        credit = credits.opening_agency(kept[place].text)
        if credit.length:
            stated = moments.read_time(kept[place].text[: credit.length])
            kept[place] = pieces.edit_line(kept[place], partial(pieces.drop_start, count=credit.length))
            return [block for block in kept if block.picture or block.text], credit.names, stated
    return kept, (), Stated()


def _closing(found: Sequence[Block]) -> tuple[list[Block], tuple[str, ...], Stated]:
    """Takes the editorial staff and "(end)" off the last paragraphs; Taiwanese copy dates them."""
    kept = list(found)
    stated = Stated()
    agencies: tuple[str, ...] = ()
    for place in [place for place, block in enumerate(kept) if block.kind == "p"][-TAIL:]:
        line = kept[place].text
        in_brackets = line.endswith(credits.CLOSING_ENDS)
        if in_brackets and (match := credits.AFTER_AGENCY.search(line)):
            agencies = credits.split_names(match[1])
            kept[place] = pieces.edit_line(kept[place], partial(pieces.drop_end, count=len(line) - match.start()))
        elif in_brackets and (match := credits.STAFF_BRACKET.search(line)):
            stated = Stated(day=moments.republican_day(match[1])) if match[1] else stated
            kept[place] = pieces.edit_line(kept[place], partial(pieces.drop_end, count=len(line) - match.start()))
        elif credits.STAFF_LINE.match(line):
            kept[place] = replace(kept[place], lines=((),))
        if in_brackets and (match := credits.FULL_STOP.search(kept[place].text)):
            length = len(kept[place].text) - match.start()
            kept[place] = pieces.edit_line(kept[place], partial(pieces.drop_end, count=length))
    return [block for block in kept if block.picture or block.text], agencies, stated


def _day_in_link(draft: Draft, url: str) -> date | None:
    """The day in the article's address; digits that would be a day to come are something else."""
    day = moments.day_in_link(url)
    return day if day and day <= (draft.captured + timedelta(days=1)).date() else None


def _references(found: Sequence[Block], url: str, host: str) -> tuple[str, ...]:
    """Canonical addresses of the same host's articles (they have a number) that the text links to."""
    own = (text.canonical_url(link) for link in pieces.links(found) if belongs_to(link, (host,)))
    return tuple(dict.fromkeys(link for link in own if ARTICLE_NUMBER.search(link) and link != url))


def _kind(draft: Draft, found: Sequence[Block], players: set[str]) -> Kind:
    if draft.kind == "article" and sum(block.kind == "p" for block in found) <= 2:
        return "video" if "video" in players else "audio" if "audio" in players else "article"
    return draft.kind
