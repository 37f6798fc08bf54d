"""Pure text: canonical URLs, script folding, tokens for any script, stable hashes.

No I/O, no clock. Known by all rooms; knows only the standard library and text libraries.
"""

from __future__ import annotations

import functools
import hashlib
import re
import unicodedata
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import (
    SplitResult,
    parse_qsl,
    quote,
    unquote_to_bytes,
    urlencode,
    urljoin,
    urlsplit,
    urlunsplit,
)

if TYPE_CHECKING:
    import opencc

# Parameters that say how a reader came to a page, never which page it is.
TRACKERS = re.compile(
    r"^(utm_\w+|maca|fbclid|gclid|dclid|msclkid|yclid|igshid|mc_[ce]id|at_(medium|campaign|custom\d+)|ref|ref_src|"
    r"cmpid|ocid|ito|xtor|ns_(mchannel|source|campaign|linkname|fee)|feature|share|spm|_hs(enc|mi)|wt\.\w+)$",
    re.IGNORECASE,
)
UNSENDABLE = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")
# RFC 3986 section 2.3 (unreserved) plus what a path may hold unescaped (section 3.3).
PATH_SAFE = "/~!$&'()*+,;=:@-._"
HOST = re.compile(
    r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*|[0-9a-f:.]*:[0-9a-f:.]*"
)  # a name or address (RFC 3986 section 3.2.2)
# An address of which nothing but the scheme can be other than `canonical_url` gives it: most of those in feeds.
PLAIN = r"(?:[\w~!$&'()*+,;=:@.-]++|%[89A-F][0-9A-F])"
PLAIN_URL = re.compile(
    rf"https?(://[a-z0-9_-]{{1,63}}(?:\.[a-z0-9_-]{{1,63}})*/(?:(?!\.{{1,2}}(?:/|\Z)){PLAIN}+(?:/(?!/)|\Z))*)",
    re.ASCII,
)
PLAIN_SEGMENT = re.compile(rf"{PLAIN}*", re.ASCII)
PLAIN_HOST = re.compile(r"https?://(?:www\.)?([a-z0-9_-]+(?:\.[a-z0-9_-]+)*)/")
DEFAULT_PORTS = {"http": 80, "https": 443}
# Scripts written without spaces between words: runs of them are compared by pairs of characters.
UNSPACED = (
    r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff"
    r"\U00020000-\U000323af々〇"
)
SPACED_TOKEN = re.compile(rf"\d+(?:[.,]\d+)*|[^\W\d_{UNSPACED}]+(?:['’][^\W\d_{UNSPACED}]+)*")
TOKEN = re.compile(rf"([{UNSPACED}]+)|({SPACED_TOKEN.pattern})")
BLANKS = re.compile(r"[\s\x00-\x1f]+")
# Marks without width that say nothing, or turn the text behind them round (U+202A-E, U+2066-9). Joiners stay: Persian,
# Indic scripts and emoji need them.
WIDTHLESS = re.compile(r"[\u200b\u2060\ufeff\u00ad\u202a-\u202e\u2066-\u2069]")
JOINERS = re.compile(r"[\u200c\u200d]")
# What Arabic is written with or without: vowel signs, Koranic marks, stretching; U+0307 is left of a dotted capital I.
SIGNS = re.compile(r"[\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed\u0640\u0307]")
ARABIC = re.compile(r"[\u0622-\u06ff]")
WIDE = tuple(zip("，：；！？（）％", ",:;!?()%", strict=True))
SPELLINGS = str.maketrans("آأإٱىیک٫٬", "ااااييك.,") | {
    ord(digit): str(value)
    for zero in "\u0660\u06f0"
    for value, digit in enumerate(map(chr, range(ord(zero), ord(zero) + 10)))
}
# Written onto the word in French and Italian, in Arabic ("the", "and the", "by the", "to the"); the English genitive.
ATTACHED = re.compile(
    r"^(?:[cdjlmnst]|(?:jus|lors|puis|quoi)?qu|d?all|d?ell|dell|nell|sull|un)'(?=.{3})|^[وف]?(?:[بك]?ال|لل)(?=...)|'s$"
)


@functools.lru_cache(maxsize=1_024)  # adapters and `normalise` ask several times for an article's
def canonical_url(url: str, base: str = "") -> str:
    """The one address of a page, percent-encoded ASCII; empty if `url` is no http(s) address.

    Lower-case scheme and host (IDNA), https for http, no default port, no user, no doubled slashes, no dot segments,
    normalised percent-encoding (RFC 3986 section 6.2.2), no trackers, no fragment.
    """
    if plain := PLAIN_URL.fullmatch(url):
        return f"https{plain[1]}"
    return _canonical_url(url, base)


def _canonical_url(url: str, base: str) -> str:
    try:
        parts = urlsplit(urljoin(_address(base), _address(url)))
        port = parts.port
        host = (parts.hostname or "").rstrip(".").encode("idna").decode("ascii")
    except (ValueError, UnicodeError):
        return ""
    if parts.scheme not in DEFAULT_PORTS or not HOST.fullmatch(host):
        return ""
    if ":" in host:
        host = f"[{host}]"
    if port and port not in DEFAULT_PORTS.values():
        host = f"{host}:{port}"
    return urlunsplit(SplitResult("https", host, _canonical_path(parts.path), _canonical_query(parts.query), ""))


def _address(url: str) -> str:
    """The address without controls and blanks around it, and without what UTF-8 cannot hold."""
    return UNSENDABLE.sub("", url).strip()


def _canonical_path(path: str) -> str:
    path = re.sub(r"/{2,}", "/", path) or "/"
    # An escaped slash or percent sign is data, not structure: it stays escaped.
    segments = [part if PLAIN_SEGMENT.fullmatch(part) else _canonical_segment(part) for part in path.split("/")]
    kept: list[str] = []
    for segment in segments:
        if segment == "..":
            if len(kept) > 1:
                kept.pop()
        elif segment != ".":
            kept.append(segment)
    return "/".join(kept) if len(kept) > 1 else "/" + "".join(kept)


def _canonical_segment(segment: str) -> str:
    return quote(unquote_to_bytes(segment), safe=PATH_SAFE.replace("/", ""))


def _canonical_query(query: str) -> str:
    # Escapes need not be UTF-8: what is not passes through as the bytes that it is.
    pairs = parse_qsl(query, keep_blank_values=True, errors="surrogateescape")
    kept = [(name, value) for name, value in pairs if not TRACKERS.match(name)]
    return urlencode(kept, quote_via=quote, errors="surrogateescape")


@functools.lru_cache(maxsize=1_024)
def url_host(url: str) -> str:
    """Host of a canonical URL without port and leading "www."; empty if there is none."""
    if plain := PLAIN_HOST.match(url):
        return plain[1]
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return ""
    return host.removeprefix("www.")


def link_url(url: str) -> str:
    """An http(s) address fit for any document: printable ASCII, otherwise unchanged; empty for any other scheme."""
    if not re.match(r"https?://[^/?#\s]", url, re.IGNORECASE):
        return ""
    return quote(url.strip(), safe="%/:?#[]@!$&'()*+,;=~", errors="replace")


def may_hold_password(address: str) -> bool:
    """Of whatever is given as an address, right or wrong: before an "@", of full width too, may stand a password."""
    return "@" in unicodedata.normalize("NFKC", address)


@functools.cache
def _simplifier() -> opencc.OpenCC:
    import opencc  # noqa: PLC0415 - with its dictionaries twice what the rest of this module takes

    return opencc.OpenCC("t2s")


def fold(text: str) -> str:
    """What two spellings of the same words have in common: compatibility forms, case, Traditional to Simplified; Arabic
    without signs, with one form of alef and yeh; digits are 0-9.
    """
    if text.isascii():  # as figures and many names are
        return text.casefold()
    simplified: str = _simplifier().convert(fold_within_script(text))
    return simplified


def fold_within_script(text: str) -> str:
    """As `fold`, but Traditional and Simplified stay what they are."""
    # Nothing else keeps most Chinese text from being in normal form, and to see that it is takes next to nothing.
    for wide, narrow in WIDE:
        text = text.replace(wide, narrow)
    folded = SIGNS.sub("", unicodedata.normalize("NFKC", JOINERS.sub("", WIDTHLESS.sub("", text))).casefold())
    return folded.translate(SPELLINGS) if ARABIC.search(folded) else folded


def squeeze(text: str) -> str:
    """Plain text on one line: runs of blanks (no-break ones too) become one space; controls and widthless marks go."""
    if text.isprintable():  # then no blank but the space, no control, no mark without width
        return " ".join(text.split())
    return BLANKS.sub(" ", WIDTHLESS.sub("", text)).strip()


def tokens(folded: str) -> list[str]:
    """Tokens of already folded text, in order: words of spaced scripts, numbers, overlapping character pairs of
    unspaced scripts (a run of one character is a token of its own). Words come without what is written onto them.
    """
    found: list[str] = []
    for unspaced, spaced in TOKEN.findall(folded):
        if unspaced:
            found += [unspaced[i : i + 2] for i in range(len(unspaced) - 1)] or [unspaced]
        else:
            found.append(plain_word(spaced))
    return found


def plain_word(folded: str) -> str:
    """A word without the article or preposition that its language writes onto it: l'armée, للجيش, London's; a number as
    it is.
    """
    if folded.isascii() and "'" not in folded:
        return folded
    return ATTACHED.sub("", folded.replace("’", "'")) or folded


def contains_term(folded_text: str, folded_term: str) -> bool:
    """Whether the term stands in the text; in scripts that separate words, only as whole words."""
    place = folded_text.find(folded_term) if folded_term else -1
    while place >= 0:
        end = place + len(folded_term)
        before, after = folded_text[place - 1 : place], folded_text[end : end + 1]
        if not (_is_one_word(before, folded_term[0]) or _is_one_word(after, folded_term[-1])):
            return True
        place = folded_text.find(folded_term, place + 1)
    return False


def _is_one_word(outer: str, inner: str) -> bool:
    """Whether a word goes on from one character to the other; `outer` is empty at the ends of a text."""
    return (outer.isalnum() or outer == "_") and not _is_unspaced(outer) and not _is_unspaced(inner)


@functools.lru_cache(maxsize=10_000)
def _is_unspaced(character: str) -> bool:
    return re.match(rf"[{UNSPACED}]", character) is not None


def rfc3339(time: datetime) -> str:
    """RFC 3339 section 5.6 in UTC, with a fraction only where there is one: 2024-01-31T10:54:00Z."""
    return time.astimezone(UTC).isoformat().removesuffix("+00:00") + "Z"


def rfc3339_second(time: datetime | None) -> str | None:
    """Likewise, cut to the second."""
    return rfc3339(time.replace(microsecond=0)) if time else None


def digest(*parts: str) -> str:
    """A stable hash of the parts, 32 hex digits; no two different lists of parts share their bytes."""
    encoded = [part.encode("utf-8", "surrogatepass") for part in parts]
    joined = b"".join([piece for part in encoded for piece in (len(part).to_bytes(8, "big"), part)])
    return hashlib.blake2b(joined, digest_size=16).hexdigest()


# Namespace of event ids: any fixed UUID will do, and it must never change.
EVENT_NAMESPACE = uuid.UUID("6f1c2f0e-58c1-5d0b-9d53-0b6b2e6f7c11")


@functools.lru_cache(maxsize=1_024)  # asked for several times while an article is placed
def event_id(founding_key: str) -> str:
    """The id of the event that the article with this key founded: a name-based UUID (RFC 9562 section 5.5) as a URN."""
    return f"urn:uuid:{uuid.uuid5(EVENT_NAMESPACE, founding_key)}"


def event_path(event: str) -> str:
    """Where the page of the event with this id lies in the output folder."""
    return f"events/{event.removeprefix('urn:uuid:')}.html"
