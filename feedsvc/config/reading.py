"""A TOML file becomes a `Config`, or a `ConfigError` with one line for every mistake, in the order of the file.

Joins `schema` (what a table may hold) and `places` (where it stands), and checks what concerns several tables.
"""

from __future__ import annotations

import os
import re
import secrets
import tomllib
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from feedsvc.errors import ConfigError
from feedsvc.model import Topic
from feedsvc.place import Address, Place, is_address

from .mistakes import Mistakes
from .schema import DedupTable, FeedTable, JudgeTable, ServiceTable, SourceTable, Table, WebhookTable
from .settings import BUILT_IN, Config, Dedup, JudgeSettings, Service, Source, Webhook

AnyTable = TypeVar("AnyTable", bound=Table)
TABLES = ("service", "dedup", "source", "feed")
WRONG_TYPE = {
    "string_type": "is no text; write it in quotes",
    "bool_type": "is not allowed; write true or false, without quotes",
    "int_type": "is no whole number; write it without quotes, e.g. 3",
    "list_type": 'is no list; write it in brackets, e.g. {key} = ["…"]',
    "dict_type": "is no table; write [dedup.{key}] on a line of its own before its keys",
    "missing": "is missing; every {table} needs one",
}
UNSHOWN = ("missing", "extra_forbidden", "secret")  # mistakes that are told without the value
TOKEN = 16  # characters of the random word that makes a private feed's slug: 64 bits and more
EVERY_FOLDER, EVERY_FEED = timedelta(0), timedelta(minutes=30)


def load(path: Path) -> Config:
    """The configuration in a file. Raises ConfigError with every mistake found, each with file, line and key."""
    return parse(read_text(path), path)


def parse(content: str, path: Path) -> Config:
    """The configuration that `content` would be, were it the file's. Raises ConfigError as `load` does."""
    mistakes = Mistakes(str(path), raw := _parse(path, content), content)
    _check_tables(raw, mistakes)
    service = _table(ServiceTable, raw.get("service", {}), ("service",), mistakes) or ServiceTable()
    _table(DedupTable, raw.get("dedup", {}), ("dedup",), mistakes)
    judge = _table(JudgeTable, _inner(raw, "dedup", "judge"), ("dedup", "judge"), mistakes)
    sources = [_table(SourceTable, t, ("source", i), mistakes) for i, t in enumerate(_tables(raw, "source"))]
    feeds = [_table(FeedTable, t, ("feed", i), mistakes) for i, t in enumerate(_tables(raw, "feed"))]
    webhooks = [
        (index, _table(WebhookTable, table, ("feed", index, "webhook", number), mistakes))
        for index, feed in enumerate(_tables(raw, "feed"))
        for number, table in enumerate(_tables(feed, "webhook"))
    ]
    _check_names(raw, mistakes)
    _check_outgoing(raw, mistakes)
    _check_private(raw, mistakes)
    _check_folders(raw, path, mistakes)
    mistakes.raise_any()
    folder = path.absolute().parent
    return Config(
        path=path.absolute(),
        service=_service(service, folder),
        dedup=Dedup(judge=_judge(judge) if judge else None),
        sources=tuple(_source(table, folder) for table in sources if table),
        feeds=tuple(_feed(table, service.pictures) for table in feeds if table),
        webhooks=tuple(
            _webhook(feed.slug, table) for index, table in webhooks if table and (feed := feeds[index]) is not None
        ),
    )


def read_text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        advice = "copy the config.toml that comes with feedsvc, or pass --config PATH"
        raise ConfigError(f"{path} not found; {advice}") from None
    except IsADirectoryError:
        raise ConfigError(f"{path} is a folder; pass the file in it, e.g. --config {path / 'config.toml'}") from None
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise ConfigError(f"{path}:{line}: not UTF-8; save the file with the encoding UTF-8") from None
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}; let this user read it") from None


def _parse(path: Path, content: str) -> dict[str, Any]:
    try:
        return tomllib.loads(content)
    except RecursionError:
        raise ConfigError(f"{path}: not TOML: brackets nested too deeply") from None
    except ValueError as error:
        said = re.fullmatch(r"(.*?) \(at (?:line (\d+), column \d+|end of document)\)", str(error), re.DOTALL)
        problem = said[1] if said else str(error)
        line = said[2] if said and said[2] else content.rstrip().count("\n") + 1
        raise ConfigError(f"{path}:{line}: not TOML: {problem[:1].lower()}{problem[1:]}") from None


def _check_tables(raw: dict[str, Any], mistakes: Mistakes) -> None:
    for key in raw:
        if key not in TABLES:
            mistakes.add((key,), _unknown(key, TABLES, "table"))
    for key in ("service", "dedup"):
        if not isinstance(raw.get(key, {}), dict):
            mistakes.add((key,), f"is one table; write [{key}], once, in single brackets")
    for key in ("source", "feed"):
        value = raw.get(key, [])
        if not (isinstance(value, list) and all(isinstance(table, dict) for table in value)):
            mistakes.add((key,), f"is a list of tables; write [[{key}]], in double brackets, before each")
    if not raw.get("source"):
        mistakes.add((), 'no [[source]]: write one with an id and a path or url, e.g. id = "seeds", path = "seeds"')


def _tables(raw: dict[str, Any], key: str) -> list[dict[str, Any]]:
    tables = raw.get(key, [])
    return [table for table in tables if isinstance(table, dict)] if isinstance(tables, list) else []


def _inner(raw: dict[str, Any], table: str, key: str) -> object:
    outer = raw.get(table)
    return outer.get(key) if isinstance(outer, dict) else None


def _table(schema: type[AnyTable], raw: object, place: tuple[str | int, ...], mistakes: Mistakes) -> AnyTable | None:
    if not isinstance(raw, dict):
        return None
    name = ".".join(part for part in place if isinstance(part, str))
    header = f"[[{name}]]" if isinstance(place[-1], int) else f"[{name}]"
    try:
        return schema.model_validate(raw)
    except ValidationError as error:
        for detail in error.errors(include_url=False):
            known = tuple(schema.model_fields)
            value = {} if detail["type"] in UNSHOWN else {"value": detail["input"]}
            mistakes.add((*place, *detail["loc"]), _said(detail, known, header), **value)
        return None


def _said(detail: ErrorDetails, known: tuple[str, ...], table: str) -> str:
    key = str(detail["loc"][0])
    if detail["type"] == "extra_forbidden":
        return _unknown(key, known, "key")
    return WRONG_TYPE.get(detail["type"], detail["msg"]).replace("{key}", key).replace("{table}", table)


def _unknown(name: str, known: tuple[str, ...], kind: str) -> str:
    near = get_close_matches(name.lower(), known, 1)
    return f"unknown {kind}; " + (f'did you mean "{near[0]}"?' if near else f"known are {', '.join(known)}")


def _check_names(raw: dict[str, Any], mistakes: Mistakes) -> None:
    """What the tables say of one another; on raw tables, so that it is told along with everything else."""
    sources, feeds = _tables(raw, "source"), _tables(raw, "feed")
    for kind, key, tables in (("source", "id", sources), ("feed", "slug", feeds)):
        for place, name in _repeated(kind, key, tables):
            mistakes.add(place, f"is the {key} of an earlier [[{kind}]] too; write another", value=name)
    for index, table in enumerate(sources):
        if ("url" in table) == ("path" in table):
            both = "both" if "url" in table else "neither"
            wanted = "write url for a feed's address or path for a folder of saved articles"
            mistakes.add(("source", index), f"has {both} of url and path; {wanted}")
    ids = tuple(dict.fromkeys(table["id"] for table in sources if isinstance(table.get("id"), str)))
    for index, table in enumerate(feeds):
        wanted = table.get("sources", [])
        for name in wanted if isinstance(wanted, list) else []:
            if ids and isinstance(name, str) and name not in ids:
                near = get_close_matches(name, ids, 1) or [", ".join(ids)]
                mistakes.add(("feed", index, "sources"), f"is the id of no [[source]]; known: {near[0]}", value=name)


def _check_private(raw: dict[str, Any], mistakes: Mistakes) -> None:
    """The address of a private feed is all that keeps it private, and is made of its slug."""
    for index, table in enumerate(_tables(raw, "feed")):
        slug = table.get("slug")
        if table.get("private") is True and isinstance(slug, str):
            token = slug.rpartition("-")[2]
            if len(token) < TOKEN or len(set(token)) < TOKEN // 2:
                ready = f"{slug[:30].strip('-') or 'feed'}-{secrets.token_hex(16)}"
                said = "can be guessed, and the feed is private; write a slug that ends in a long random word"
                mistakes.add(("feed", index, "slug"), f'{said}, e.g. "{ready}"', value=slug)


def _check_outgoing(raw: dict[str, Any], mistakes: Mistakes) -> None:
    """What hubs and webhooks need besides their own tables."""
    service = raw.get("service")
    if isinstance(service, dict) and service.get("hub") and not service.get("base_url"):
        mistakes.add(("service", "hub"), "needs to know where the feeds are; write base_url too")
    if isinstance(service, dict) and BUILT_IN in _listed(service.get("hub")) and _is_address(service, "output"):
        said = f'"{BUILT_IN}" is part of `feedsvc serve`, which serves folders; write the address of a hub elsewhere'
        mistakes.add(("service", "hub"), said)
    for index, feed in enumerate(_tables(raw, "feed")):
        for place, _ in (
            *_repeated("webhook", "url", hooks := _tables(feed, "webhook")),
            *_repeated("webhook", "url_env", hooks),
        ):
            mistakes.add(("feed", index, *place), "is the address of an earlier webhook of this feed too; write one")
        for number, table in enumerate(hooks):
            if ("url" in table) == ("url_env" in table):
                both = "both" if "url" in table else "neither"
                wanted = "write url, or in url_env the name of the environment variable that holds it"
                mistakes.add(("feed", index, "webhook", number), f"has {both} of url and url_env; {wanted}")
            if table.get("shape") == "matrix" and not table.get("secret_env"):
                wanted = "write the name of the environment variable that holds the access token as secret_env"
                mistakes.add(("feed", index, "webhook", number), f"has a room to write to but no token; {wanted}")


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _repeated(kind: str, key: str, tables: list[dict[str, Any]]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    seen: Counter[str] = Counter()
    for index, table in enumerate(tables):
        if isinstance(name := table.get(key), str):
            if seen[name]:
                yield (kind, index, key), name
            seen[name] += 1


def _check_folders(raw: dict[str, Any], file: Path, mistakes: Mistakes) -> None:
    """Everything in the output folder is public and may be replaced, so nothing else may lie there."""
    service = raw.get("service")
    if _is_address(service, "output"):
        return
    shown = _path(service, "output") or ServiceTable().output
    state = "" if _is_address(service, "state") else _path(service, "state") or ServiceTable().state
    output = _place_of(shown, file)
    if file.resolve().is_relative_to(output):
        mistakes.add(("service", "output"), "holds this file; write a folder of its own", value=shown)
    if state and _place_of(state, file).is_relative_to(output):
        said = f'lies in the output folder "{shown}", which is public; write a path outside it'
        mistakes.add(("service", "state"), said, value=state)
    for index, table in enumerate(_tables(raw, "source")):
        if path := _path(table, "path"):
            saved = _place_of(path, file)
            if saved.is_relative_to(output) or output.is_relative_to(saved):
                said = f'and the output folder "{shown}" lie in one another; write a folder apart from it'
                mistakes.add(("source", index, "path"), said, value=path)


def _path(table: object, key: str) -> str:
    """The path under a key of a raw table; empty where none stands there, or one that `schema` complains of."""
    value = table.get(key) if isinstance(table, dict) else None
    return value if isinstance(value, str) and "\0" not in value and "://" not in value else ""


def _is_address(table: object, key: str) -> bool:
    return isinstance(table, dict) and isinstance(table.get(key), str) and "://" in table[key]


def _place_of(path: str, file: Path) -> Path:
    # Unlike Path.resolve, this does not raise on links that run in a circle.
    return Path(os.path.realpath(file.absolute().parent / path))


def _service(table: ServiceTable, folder: Path) -> Service:
    return Service(
        state=_state(table.state, folder),
        output=table.output if "://" in table.output else folder / table.output,
        base_url=table.base_url,
        contact=table.contact,
        keep=table.keep,
        allow_private=table.allow_private,
        max_feed_size=table.max_feed_size,
        pictures=table.pictures,
        adapters=tuple(table.adapters),
        on_damage=table.on_damage,
        log=table.log,
        hubs=tuple(dict.fromkeys(address for address in table.hub if address != BUILT_IN)),
        built_in_hub=BUILT_IN in table.hub,
    )


def _state(stated: str, folder: Path) -> Place:
    return Address(stated) if is_address(stated) else folder / stated


def _judge(table: JudgeTable) -> JudgeSettings:
    return JudgeSettings(
        url=table.url,
        model=table.model,
        api_key_env=table.api_key_env,
        budget=table.budget,
        timeout=table.timeout,
    )


def _source(table: SourceTable, folder: Path) -> Source:
    return Source(
        id=table.id,
        url=table.url or "",
        path=folder / table.path if table.path else None,
        prefix=Path(table.path).as_posix() if table.path else "",
        name=table.name or table.id,
        publisher=table.publisher,
        language=table.language,
        every=(EVERY_FOLDER if table.path else EVERY_FEED) if table.every is None else table.every,
        content=table.content,
        full_text=table.full_text,
        enabled=table.enabled,
    )


def _webhook(slug: str, table: WebhookTable) -> Webhook:
    return Webhook(
        feed=slug,
        url=table.url or "",
        url_env=table.url_env,
        shape=table.shape,
        secret_env=table.secret_env,
        on=tuple(table.on),
        timeout=table.timeout,
    )


def _feed(table: FeedTable, pictures: bool) -> Topic:
    return Topic(
        slug=table.slug,
        title=table.title or table.slug,
        any=tuple(table.any),
        all=tuple(table.all),
        none=tuple(table.none),
        sources=tuple(table.sources),
        languages=tuple(table.languages),
        min_sources=table.min_sources,
        limit=table.limit,
        cross_language=table.cross_language,
        pictures=pictures if table.pictures is None else table.pictures,
        private=table.private,
    )
