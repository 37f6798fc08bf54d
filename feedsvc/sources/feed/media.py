"""Pictures, sounds and films of an entry: Media RSS, enclosures, iTunes; and which of them are its pictures.

Called by the readers (what is stated) and by `drafts` (what is shown).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import chain, islice

from lxml import etree

from feedsvc.sources.feed.elements import Fields, fields, first_text, text_of
from feedsvc.sources.feed.statement import Medium, MediumKind, Standing

MOST_MEDIA = 100  # of one entry
KINDS: tuple[MediumKind, ...] = ("image", "audio", "video")
SUFFIXES: dict[MediumKind, frozenset[str]] = {
    "image": frozenset({"jpg", "jpeg", "png", "gif", "webp", "avif"}),
    "audio": frozenset({"mp3", "m4a", "ogg", "oga", "opus", "wav", "aac"}),
    "video": frozenset({"mp4", "m4v", "mov", "webm", "m3u8"}),
}
STANDINGS: tuple[Standing, ...] = ("own", "attached", "preview")
SUFFIX = re.compile(r"\.(\w{2,5})(?:$|[?#])")
CAPTIONS = ("media:description", "media:text", "media:title")


def kind_of(stated: str, url: str) -> MediumKind:
    """From a media type or medium ("image/jpeg", "image"), else from the address."""
    for kind in KINDS:
        if stated.strip().lower().startswith(kind):
            return kind
    suffix = SUFFIX.search(url.lower()[-200:])
    return next((kind for kind in KINDS if suffix and not stated and suffix[1] in SUFFIXES[kind]), "")


def area(width: object, height: object) -> int:
    """Pixels; 0 unless both sides are stated as numbers."""
    sides = [str(side or "").strip().removesuffix("px") for side in (width, height)]
    return int(sides[0]) * int(sides[1]) if all(re.fullmatch(r"[0-9]{1,5}", side) for side in sides) else 0


def stated_media(found: Fields) -> tuple[Medium, ...]:
    """Every medium of an entry, in the feed's order."""
    if not found.keys() & MEDIA_FIELDS:
        return ()
    return tuple(islice((medium for medium in chain(_media_rss(found), _enclosures(found)) if medium.url), MOST_MEDIA))


MEDIA_FIELDS = frozenset(
    {"media:group", "media:content", "media:thumbnail", "enclosure", "atom:link", "link", "itunes:image", "image"}
)


def _media_rss(found: Fields) -> Iterator[Medium]:
    """Media RSS 1.5.1: what a medium does not say of itself, its group or the entry says for it."""
    for number, group in enumerate(found.get("media:group", ()), 1):
        inside = fields(group)
        for content in inside.get("media:content", ()):
            yield _content(content, (inside, found), number)
        yield from _thumbnails(inside, number)
    for content in found.get("media:content", ()):
        yield _content(content, (found,), 0)
    yield from _thumbnails(found, 0)


def _content(content: etree._Element, around: Sequence[Fields], group: int) -> Medium:
    inside = fields(content)
    url = content.get("url", "").strip()
    kind = kind_of(content.get("medium", "") or content.get("type", ""), url)
    caption, credit = _described((inside, *around))
    if not url and "media:thumbnail" in inside:
        return next(_thumbnails(inside, group))
    return Medium(url, kind, area(content.get("width"), content.get("height")), caption, credit, group)


def _described(levels: Sequence[Fields]) -> tuple[str, str]:
    caption = next(filter(None, (first_text(level, CAPTIONS) for level in levels)), "")
    credit = next(filter(None, (_credit(level) for level in levels)), "")
    return caption, credit


def _credit(found: Fields) -> str:
    """The photographer where one is named, else everyone who is, else the holder of the rights."""
    credits = found.get("media:credit", ())
    photographers = [text_of(credit) for credit in credits if "photo" in credit.get("role", "").lower()]
    names = photographers or [text_of(credit) for credit in credits]
    return ", ".join(dict.fromkeys(filter(None, names))) or first_text(found, ("media:copyright",))


def _thumbnails(found: Fields, group: int) -> Iterator[Medium]:
    for thumbnail in found.get("media:thumbnail", ()):
        size = area(thumbnail.get("width"), thumbnail.get("height"))
        url = thumbnail.get("url", "").strip() or text_of(thumbnail)
        yield Medium(url, "image", size, *_described((found,)), group, standing="preview")


def _enclosures(found: Fields) -> Iterator[Medium]:
    for enclosure in found.get("enclosure", ()):
        url = (enclosure.get("url") or enclosure.get("href") or enclosure.text or "").strip()
        caption, credit = _described((fields(enclosure),)) if len(enclosure) else ("", "")
        yield Medium(url, kind_of(enclosure.get("type", ""), url), caption=caption, credit=credit, standing="attached")
    for link in (*found.get("atom:link", ()), *found.get("link", ())):
        if link.get("rel", "").strip().lower() == "enclosure":
            url = link.get("href", "").strip()
            yield Medium(url, kind_of(link.get("type", ""), url), standing="attached")
    for image in (*found.get("itunes:image", ()), *found.get("image", ())):
        url = (image.get("href") or image.get("url") or first_text(fields(image), ("url",)) or text_of(image)).strip()
        yield Medium(url, "image", standing="preview")


def chosen_pictures(media: Sequence[Medium]) -> list[Medium]:
    """The pictures to show, in the feed's order: of each group the largest; attached ones only where none is described,
    previews only where there is no other.
    """
    images = [medium for medium in media if medium.kind == "image" and medium.url]
    best = next((standing for standing in STANDINGS if any(image.standing == standing for image in images)), "own")
    images = [image for image in images if image.standing == best]
    largest: dict[object, Medium] = {}
    for place, image in enumerate(images):
        group: object = ("group", image.group) if image.group else _picture_name(image, place)
        if group not in largest or image.area > largest[group].area:
            largest[group] = image
    return list(largest.values())


def _picture_name(image: Medium, place: int) -> object:
    """Pictures of one address are one; previews outside a group all stand for the entry."""
    return "preview" if image.standing == "preview" else image.url or place
