"""What each key of the configuration may hold, and what holds where it is absent.

One table at a time; what concerns several is up to `reading`, the only caller. Every message ends with what to write.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Annotated, Literal, get_args
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict
from pydantic_core import PydanticCustomError

from feedsvc import text
from feedsvc.logs import Form
from feedsvc.model import Topic
from feedsvc.place import Address, is_address

from .settings import BUILT_IN, Content, Happening, OnDamage, Shape

RESERVED_SLUGS = ("index", "feeds", "status", "events", "embed")  # other files and folders of the output
ANY_EVENT = Topic(slug="", title="")  # what a feed without rules is like
LONGEST = timedelta(days=36_500)
DURATION = re.compile(r"(?:(\d{1,9})d)?(?:(\d{1,9})h)?(?:(\d{1,9})m)?(?:(\d{1,9})s)?", re.ASCII)


def mistake(said: str) -> PydanticCustomError:
    # Braces would be taken for places to fill in.
    return PydanticCustomError("mistake", "{said}", {"said": said})


def secret(said: str) -> PydanticCustomError:
    """A mistake whose value is not repeated: it may be a key or password, and messages end up in mails and logs."""
    return PydanticCustomError("secret", "{said}", {"said": said})


def mistaken(value: str) -> Callable[[str], PydanticCustomError]:
    """`secret` where the value may be an address with a password, whatever is wrong with it; else `mistake`."""
    return secret if text.may_hold_password(value) else mistake


def one_line(value: str) -> str:
    # XML 1.0 can carry neither control characters nor these two noncharacters, not even escaped.
    if any(unicodedata.category(c) == "Cc" or c in "\ufffe\uffff" for c in value):
        raise mistaken(value)("holds a line break or control character; write plain text on one line")
    return value.strip()


def not_empty(value: str) -> str:
    if not value:
        raise mistake("is empty; write something or leave the key out")
    return value


def matching(pattern: str, allowed: str) -> Callable[[str], str]:
    def check(value: str) -> str:
        if value and not re.fullmatch(pattern, value, re.ASCII):
            raise mistake(f"is not allowed; write {allowed}")
        return value

    return check


def between(low: int, high: int) -> Callable[[int], int]:
    def check(value: int) -> int:
        if not low <= value <= high:
            raise mistake(f"is out of range; write a number from {low} to {high}")
        return value

    return check


def file_path(value: str) -> str:
    if re.match(r"[\w+.-]+://", value):
        raise mistaken(value)("is an address; write the path of a file or folder")
    if value.startswith("~"):
        raise mistaken(value)('begins with "~", which is not expanded; write the whole path')
    return value


def output_place(value: str) -> str:
    """A folder, or an address that fsspec understands: "s3://bucket/folder"."""
    if "://" not in value:
        return file_path(value)
    if "@" in value or "?" in value or "#" in value:
        raise secret(
            "holds a user name or a query; keys belong into the environment, as the storage's library wants it"
        )
    if re.match(r"(https?|file|local)://", value):
        raise mistake("is no object storage that can be written to; write the path of a folder, or s3://bucket/folder")
    if not re.fullmatch(r"[a-z][a-z0-9+.-]*://[^/\s:]+(/[^/\s]+)*/?", value) or re.search(r"/\.\.?(/|$)", value):
        raise mistake('is neither a path nor an address of object storage; write it as "s3://bucket/folder"')
    return value.rstrip("/")


def state_place(value: str) -> str:
    if not is_address(value):
        return file_path(value)
    try:
        return Address(value).url
    except ValueError:
        words = 'write it as "postgresql://user:password@host:5432/name", with %40 for an @ in the password'
        raise secret(f"is no PostgreSQL address; {words}; or write the path of a file") from None


def web_address(value: str) -> str:
    if value and (not text.canonical_url(value) or " " in value):
        raise mistaken(value)('is no web address; write one that begins with "https://" or "http://"')
    return value


def base_address(value: str) -> str:
    parts = urlsplit(web_address(value))
    if parts.query or parts.fragment:
        raise mistaken(value)(
            'has a query or fragment; write only where the output is served, e.g. "https://news.example/"'
        )
    return value if not value or value.endswith("/") else value + "/"


def api_address(value: str) -> str:
    if "@" in value or "?" in value:
        raise secret("holds a user name or a query; a key belongs into the environment variable named in api_key_env")
    if not web_address(value) or "#" in value or value.rstrip("/").endswith("/chat/completions"):
        raise mistake('is no base address; write where the API begins, e.g. "http://localhost:11434/v1"')
    return value.rstrip("/")


def variable_name(value: str) -> str:
    # Capitals only: a key pasted here by mistake is told from the name of a variable, and never shown.
    if value and not re.fullmatch(r"[A-Z_][A-Z0-9_]{0,63}", value, re.ASCII):
        raise secret('is no name of an environment variable in capitals; write e.g. "JUDGE_API_KEY", not the key')
    return value


def webhook_address(value: str) -> str:
    # Of most chat services the address is the password: it is never repeated.
    if not text.canonical_url(value) or re.search(r"[\s#]", value):
        raise secret('is no web address; write one that begins with "https://" or "http://"')
    return value


def hub_address(value: str) -> str:
    if "@" in value:
        raise secret("holds a user name; feeds show the addresses of their hubs to everyone, so write one without")
    if value != BUILT_IN and (not text.canonical_url(value) or re.search(r"[\s#]", value)):
        raise mistake(f'is no web address; write one that begins with "https://", or "{BUILT_IN}"')
    return value


def one_of(allowed: Sequence[str]) -> Callable[[object], object]:
    def check(value: object) -> object:
        if value not in allowed:
            raise mistake(f"is not allowed; write one of {', '.join(map(repr, allowed))}".replace("'", '"'))
        return value

    return check


def inner_tables(value: object) -> object:
    if not (isinstance(value, list) and all(isinstance(table, dict) for table in value)):
        raise secret("is a list of tables; write [[feed.webhook]], in double brackets, before each")
    return value


def some_happenings(value: list[Happening]) -> list[Happening]:
    if not value:
        raise mistake('is empty, so nothing would be told; write e.g. ["new"]')
    return value


def answer_time(value: timedelta) -> timedelta:
    if not timedelta(seconds=1) <= value <= timedelta(minutes=1):
        raise mistake('is out of range; write a time from "1s" to "60s"')
    return value


def not_reserved(value: str) -> str:
    if value in RESERVED_SLUGS:
        raise mistake(f"is the name of another file of the output; write any slug but {', '.join(RESERVED_SLUGS)}")
    return value


def content_mode(value: object) -> object:
    if value not in get_args(Content):
        raise mistake('is not allowed; write "summary" or "full"')
    return value


def log_form(value: object) -> object:
    if value not in get_args(Form):
        raise mistake('is not allowed; write "plain" or "json"')
    return value


def searchable(value: str) -> str:
    if not text.fold_within_script(value).strip():
        raise mistake("has nothing to look for; write a word")
    return value


def duration(value: object) -> timedelta:
    """Days, hours, minutes and seconds as "1h30m"; the largest unit first, each at most once."""
    found = DURATION.fullmatch(value) if isinstance(value, str) and value else None
    if not found:
        raise mistake('is not a duration; write e.g. "30m", "2h" or "0s"')
    days, hours, minutes, seconds = (int(count or 0) for count in found.groups())
    try:
        length = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
    except OverflowError:
        length = timedelta.max
    if length > LONGEST:
        raise mistake(f'is too long; write at most "{LONGEST.days}d"')
    return length


def some_time(value: timedelta) -> timedelta:
    if not value:
        raise mistake('would keep nothing; write e.g. "90d", or leave the key out to keep everything')
    return value


def some_wait(value: timedelta) -> timedelta:
    if not value:
        raise mistake('leaves no time for an answer; write e.g. "20s", or leave [dedup.judge] out to ask nobody')
    return value


Line = Annotated[str, AfterValidator(one_line)]
Word = Annotated[Line, AfterValidator(not_empty)]
FilePath = Annotated[Word, AfterValidator(file_path)]
Duration = Annotated[timedelta, BeforeValidator(duration)]
Identifier = Annotated[
    Word,
    AfterValidator(
        matching(r"[A-Za-z0-9][\w.-]{0,63}", "at most 64 ASCII letters, digits, hyphens, dots, underscores")
    ),
]
Slug = Annotated[
    Word,
    AfterValidator(matching(r"[a-z0-9][a-z0-9-]{0,63}", "at most 64 lower-case ASCII letters, digits and hyphens")),
    AfterValidator(not_reserved),
]
LANGUAGE = r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*"
Language = Annotated[Line, AfterValidator(matching(LANGUAGE, 'a language tag, e.g. "zh-Hans" or "en"'))]
LanguageRange = Annotated[
    Word, AfterValidator(matching(rf"\*|{LANGUAGE}", 'a language tag, e.g. "zh" for all Chinese or "zh-Hans"'))
]
Term = Annotated[Word, AfterValidator(searchable)]


AdapterName = Annotated[
    Word,
    AfterValidator(
        matching(
            r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*",
            'a module and a class in it, e.g. "daily_example:DailyExample"',
        )
    ),
]


class Table(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class ServiceTable(Table):
    state: Annotated[Word, AfterValidator(state_place)] = "state/feedsvc.sqlite"
    output: Annotated[Word, AfterValidator(output_place)] = "output"
    base_url: Annotated[Line, AfterValidator(base_address)] = ""
    contact: Line = ""
    keep: Annotated[Duration, AfterValidator(some_time)] | None = None
    allow_private: bool = False
    max_feed_size: Annotated[int, AfterValidator(between(16, 1_048_576))] = 512
    pictures: bool = ANY_EVENT.pictures
    adapters: list[AdapterName] = []
    on_damage: Annotated[OnDamage, BeforeValidator(one_of(get_args(OnDamage)))] = "stop"
    log: Annotated[Form, BeforeValidator(log_form)] = "plain"
    hub: list[Annotated[Word, AfterValidator(hub_address)]] = []


class SourceTable(Table):
    id: Identifier
    url: Annotated[Word, AfterValidator(web_address)] | None = None
    path: FilePath | None = None
    name: Line = ""
    publisher: Line = ""
    language: Language = ""
    every: Duration | None = None
    content: Annotated[Literal["summary", "full"], BeforeValidator(content_mode)] = "summary"
    full_text: bool = False
    enabled: bool = True


class FeedTable(Table):
    slug: Slug
    title: Line = ""
    any: list[Term] = []
    all: list[Term] = []
    none: list[Term] = []
    sources: list[Word] = []
    languages: list[LanguageRange] = []
    min_sources: Annotated[int, AfterValidator(between(1, 1_000))] = ANY_EVENT.min_sources
    limit: Annotated[int, AfterValidator(between(1, 10_000))] = ANY_EVENT.limit
    cross_language: bool = ANY_EVENT.cross_language
    pictures: bool | None = None  # as [service] says
    private: bool = ANY_EVENT.private
    # WebhookTables, each validated by itself.
    webhook: Annotated[list[dict[str, object]], BeforeValidator(inner_tables)] = []


class WebhookTable(Table):
    url: Annotated[Line, AfterValidator(not_empty), AfterValidator(webhook_address)] | None = None
    url_env: Annotated[Line, AfterValidator(variable_name)] = ""
    shape: Annotated[Shape, BeforeValidator(one_of(get_args(Shape)))] = "json"
    secret_env: Annotated[Line, AfterValidator(variable_name)] = ""
    on: Annotated[
        list[Annotated[Happening, BeforeValidator(one_of(get_args(Happening)))]], AfterValidator(some_happenings)
    ] = ["new"]
    timeout: Annotated[Duration, AfterValidator(answer_time)] = timedelta(seconds=10)


class DedupTable(Table):
    judge: dict[str, object] | None = None  # a JudgeTable, validated by itself


class JudgeTable(Table):
    url: Annotated[Word, AfterValidator(api_address)]
    model: Word
    api_key_env: Annotated[Line, AfterValidator(variable_name)] = ""
    budget: Annotated[int, AfterValidator(between(1, 1_000_000))] = 500
    timeout: Annotated[Duration, AfterValidator(some_wait)] = timedelta(seconds=20)
