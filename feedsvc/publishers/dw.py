"""Deutsche Welle (www.dw.com): what its articles mean as full-text feeds and saved articles carry them.

Facts it rests on, measured over 6,500 saved articles of 2020 and 2021: see docs/adapters.md. Only the number in the
link is stable: headline, link and text of one article change within hours.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from itertools import pairwise
from urllib.parse import urlsplit

from feedsvc import text
from feedsvc.model import Draft, Kind
from feedsvc.publishers import blocks as pieces
from feedsvc.publishers import credits, markup, moments, sorting
from feedsvc.publishers.blocks import Block
from feedsvc.publishers.links import belongs_to
from feedsvc.publishers.protocol import PageAddress
from feedsvc.publishers.tree import Element, bare_text, first, remove, text_of

NATIVE_ID = re.compile(r"/(?:(a|av|live|g|t|video|audio)-|api/detail/\w+/|graph-api/\w+/content/\w+/)(\d{4,})(?:/|$)")
KIND_OF_LINK: dict[str, Kind] = {"av": "video", "video": "video", "audio": "audio", "live": "live", "g": "gallery"}
API_LINK = re.compile(r"^https?://api\.dw\.com/api/detail/(\w+)/(\d+)")
LETTERS_OF_LINK = {"video": "av", "gallery": "g", "imagegallery": "g", "liveblog": "live"}
API_PICTURE = re.compile(r"^https://api\.dw\.com/image/")
FORMAT_PLACEHOLDER = re.compile(r"\$(?:\{|%7B)formatId(?:\}|%7D)", re.IGNORECASE)
PICTURE_FORMAT = "303"  # 700 pixels wide
OWN_NAME = re.compile(r"德[国國]之[声聲]|^DW\b|Deutsche Welle")
OPENER = re.compile(r"^[（(]\s*(?:德[国國]之[^（）()]{1,8}|DW[^（）()]{0,12})[）)]\s*")
COPYRIGHT = re.compile(r"(?:[©Ⓒ@]\s*\ufe0f?\s*)?(?:\d{4}\s*年?\s*)?德[国國]之[声聲]\s*版[权權][声聲]明.*", re.DOTALL)
NOTICE = re.compile(r"\s*版[权權][声聲]明.*", re.DOTALL)
HOUSE_NOTICE = re.compile(
    r"^\W*(?:德[国國]之[声聲]致力于|德[国國]之[声聲]致力於|摘[编編譯译]自其[他它]|以上.{0,8}摘[编編]自|DW中文有|[长長]摄影|文中[评評][论論]及"
    r"|欢迎[订訂]阅|使用我们的App)"
)
RELATED_GALLERY = re.compile(r"^相[关關][图圖]集")
AUTHOR_NOISE = re.compile(
    r"\bnull\b|(?:采访记者|採訪記者)\s*[：:]?|[（(]?(?:综合|綜合)(?:报[导道]|報[導道])[）)]?|[（(]?摘[编編译譯][）)]?"
)
BYLINE = re.compile(r"^([^（）()。，：:！？]{0,40}?)\s*[（(][^（）()]{2,80}[）)]$")
NAMES_ONLY = re.compile(r"^[\w·. ]{2,20}(?:[/／][\w·. ]{2,20}){1,3}$")
TWO_NAMES = re.compile(r"^[^，。：:！？（(]{2,20}[/／][^，。：:！？（(]{2,20}[（(]")
TAIL = 3  # text blocks at the end that may be credits
GALLERY_ITEMS = 3  # fewer pictures with a bold name are no gallery


class DW:
    """Adapter for all languages; the Chinese one is measured."""

    id = "dw"
    hosts = ("dw.com", "dw.de")

    def read(self, draft: Draft) -> Draft:
        # A question mark in the headline part of the path is sometimes not escaped.
        url = text.canonical_url(draft.url.replace("?/", "%3F/"))
        language = _language(url)
        root = markup.parse(draft.html)
        stated, authors = _header(root)
        _drop_related_galleries(root)
        rules = markup.Rules(url, link=partial(_link, language=language), picture=_picture)
        matter = markup.flatten(root, rules)
        found, rights = _copyright(sorting.drop_mirror_advert(matter.blocks))
        found, agencies, bylines = _closing(_without_openers(sorting.drop_closing_links(found)))
        found = sorting.raise_headings(sorting.drop_related(sorting.drop_repeated_title(found, draft.title)))
        return replace(
            draft,
            url=url,
            publisher=self.id,
            publisher_name="Deutsche Welle",
            native_id=_native_id(url),
            title=text.squeeze(draft.title).removesuffix(" | DW").removesuffix(" – DW"),
            html=pieces.render(found),
            lead=sorting.first_paragraph(found) or draft.lead,
            published=stated.moment or draft.published,
            published_day=stated.day or draft.published_day,
            language=draft.language or language,
            authors=authors or draft.authors or bylines,
            agencies=agencies or draft.agencies,
            rights=rights or draft.rights,
            pictures=pieces.pictures(found) or draft.pictures,
            references=_references(found, url),
            kind=_kind(url, found, matter.players),
        )

    def page_addresses(self, url: str) -> tuple[PageAddress, ...]:
        from feedsvc.publishers import dw_page  # noqa: PLC0415 - BeautifulSoup is slow to load, and few sources need it

        url = text.canonical_url(url)
        return dw_page.addresses(url, _language(url), NATIVE_ID.search(urlsplit(url).path))

    def read_page(self, draft: Draft, body: str) -> Draft | None:
        from feedsvc.publishers import dw_page  # noqa: PLC0415

        return dw_page.read(draft, body)


def _header(root: Element) -> tuple[moments.Stated, tuple[str, ...]]:
    """Takes `<div><i>author<br>time</i></div>` off the page, if it stands before all text."""
    tag = first(root, "i")
    if tag is None:
        return moments.Stated(), ()
    lines = text_of(tag, "\n").split("\n")
    stated = moments.read_time(lines[-1])
    if stated == moments.Stated():
        return stated, ()
    remove(tag)
    names = AUTHOR_NOISE.sub(" ", " ".join(lines[:-1]))
    return stated, tuple(name for name in credits.people(text.squeeze(names)) if not OWN_NAME.search(name))


def _drop_related_galleries(root: Element) -> None:
    """Takes off `<h3>相关图集：…</h3>` and the captioned pictures below it: another article, shown as an advert."""
    for heading in list(root.iter("h2", "h3", "h4")):
        if RELATED_GALLERY.match(bare_text(heading)):
            while (below := heading.getnext()) is not None and _is_gallery_item(below):
                remove(below)
            remove(heading)


def _is_gallery_item(tag: Element) -> bool:
    return tag.tag == "div" and first(tag, "img") is not None and first(tag, "b") is not None


def _link(url: str, language: str) -> str:
    """A link for people where the text has one for programs."""
    match = API_LINK.match(url)
    if match:
        letters = LETTERS_OF_LINK.get(match[1].lower(), "a")
        return f"https://www.dw.com/{language or 'zh'}/{letters}-{match[2]}"
    return "" if urlsplit(url).hostname == "api.dw.com" else url


def _picture(url: str) -> str:
    url = FORMAT_PLACEHOLDER.sub(PICTURE_FORMAT, url)
    return API_PICTURE.sub("https://static.dw.com/image/", url)


def _copyright(found: Sequence[Block]) -> tuple[list[Block], str]:
    """Takes the copyright notice off; what stands before it on its line (a byline) stays."""
    kept: list[Block] = []
    rights = ""
    for block in found:
        notice = COPYRIGHT.search(block.text) if pieces.is_text(block) and NOTICE.search(block.text) else None
        if notice:
            rights = rights or NOTICE.sub("", notice[0]).strip()
            kept.append(pieces.edit_line(block, partial(pieces.drop_end, count=len(block.text) - notice.start())))
        elif not HOUSE_NOTICE.match(block.text):
            kept.append(block)
    return [block for block in kept if block.picture or block.text], text.squeeze(rights)


def _without_openers(found: Sequence[Block]) -> list[Block]:
    """Takes （德国之声中文网）off the first paragraphs."""
    kept = []
    for block in found:
        opener = OPENER.match(block.text) if block.kind == "p" else None
        opened = pieces.edit_line(block, partial(pieces.drop_start, count=opener.end())) if opener else block
        if opened.picture or opened.text:
            kept.append(opened)
    return kept


def _closing(found: Sequence[Block]) -> tuple[list[Block], tuple[str, ...], tuple[str, ...]]:
    """Takes bylines and agency credits off the end: "names（路透社、德新社等）", "（路透社）", "name/name"."""
    kept = list(found)
    agencies: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    for place in [place for place, block in enumerate(kept) if block.kind == "p"][-TAIL:]:
        line = kept[place].text
        credit = credits.closing_agencies(line, known_only=not TWO_NAMES.match(line))
        whole = bool(credit.length and BYLINE.match(line)) or bool(NAMES_ONLY.match(line))
        if whole:
            names = credits.people(line[: len(line) - credit.length]) or names
        length = len(line) if whole else credit.length
        agencies = tuple(dict.fromkeys((*agencies, *(n for n in credit.names if not OWN_NAME.search(n)))))
        kept[place] = pieces.edit_line(kept[place], partial(pieces.drop_end, count=length))
    return [block for block in kept if block.picture or block.text], agencies, names


def _native_id(url: str) -> str:
    match = NATIVE_ID.search(urlsplit(url).path)
    return match[2] if match else ""


def _language(url: str) -> str:
    first = urlsplit(url).path.strip("/").split("/")[0]
    return first if re.fullmatch(r"[a-z]{2}(?:-[a-z]{2,4})?", first) else ""


def _references(found: Sequence[Block], url: str) -> tuple[str, ...]:
    own = (link for link in pieces.links(found) if belongs_to(link, DW.hosts))
    ids = (_native_id(link) for link in own)
    return tuple(dict.fromkeys(found_id for found_id in ids if found_id and found_id != _native_id(url)))


def _is_named(block: Block) -> bool:
    """Whether the line begins with a bold name, as the words below a gallery's pictures do."""
    return block.kind == "p" and block.lines[0][0].strong and not pieces.is_all_strong(block)


def _kind(url: str, found: Sequence[Block], players: set[str]) -> Kind:
    match = NATIVE_ID.search(urlsplit(url).path)
    if match and match[1] in KIND_OF_LINK:
        return KIND_OF_LINK[match[1]]
    paragraphs = [block for block in found if block.kind == "p"]
    if "video" in players and len(paragraphs) <= 2:
        return "video"
    items = sum(bool(above.picture) and _is_named(below) for above, below in pairwise(found))
    return "gallery" if items >= GALLERY_ITEMS and items >= len(paragraphs) / 2 else "article"
