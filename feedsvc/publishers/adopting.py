"""Third parties' adapters: imported, made and tried out, so that what is wrong with one is told at once.

What stands in the configuration is run as code: nothing here makes that safe. Used by this room's table.
"""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType

from feedsvc.errors import ConfigError
from feedsvc.model import Draft
from feedsvc.publishers.protocol import Publisher

ID = re.compile(r"[a-z0-9][a-z0-9.-]{0,63}", re.ASCII)
HOST = re.compile(r"(?!www\.)[a-z0-9-]+(\.[a-z0-9-]+)+", re.ASCII)


class AdapterError(ValueError):
    """Why an adapter cannot be used, in one clause. Never leaves this module."""


def load_adapters(names: Sequence[str], folder: Path) -> tuple[Publisher, ...]:
    """Adapters written "module:Class". Modules are looked for where Python looks, and last in `folder`.

    Raises ConfigError with one line for each that cannot be used.
    """
    if names and str(folder) not in sys.path:
        # At the end: nothing that lies in the folder takes the place of a module that is installed.
        sys.path.append(str(folder))
    loaded: list[Publisher] = []
    mistakes: list[str] = []
    for name in names:
        try:
            adapter = _adapter(name, folder)
            _check_apart(adapter, loaded)
            loaded.append(adapter)
        except AdapterError as problem:
            mistakes.append(f"[service] adapters: {name}: {problem}")
    if mistakes:
        raise ConfigError(*mistakes)
    return tuple(loaded)


def _adapter(name: str, folder: Path) -> Publisher:
    module_name, _, class_name = name.partition(":")
    found = getattr(_module(module_name, folder), class_name, None)
    if not isinstance(found, type):
        is_other = "it is no class" if found is not None else "there is none of that name"
        raise AdapterError(f"the module has no class {class_name}: {is_other}")
    try:
        adapter = found()
    except Exception as error:
        raise AdapterError(f"cannot be made without arguments: {_words(error)}") from error
    return _checked(adapter)


def _module(name: str, folder: Path) -> ModuleType:
    importlib.invalidate_caches()
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name and (name == error.name or name.startswith(f"{error.name}.")):
            place = folder / f"{name.replace('.', '/')}.py"
            raise AdapterError(f"there is no module {error.name}; put it at {place}, or install it") from None
        raise AdapterError(f"it needs the module {error.name}, which is not installed") from error
    except SyntaxError as error:
        raise AdapterError(f"is not Python: {error.filename}, line {error.lineno}: {error.msg}") from error
    except (Exception, SystemExit) as error:
        raise AdapterError(f"fails when it is imported: {_words(error)}") from error


def _checked(adapter: object) -> Publisher:
    id_, hosts, read = (getattr(adapter, name, None) for name in ("id", "hosts", "read"))
    if not (isinstance(id_, str) and ID.fullmatch(id_)):
        raise AdapterError(f'its id is {id_!r}; it must be lower-case letters, digits, hyphens, e.g. "daily-example"')
    if (
        not isinstance(hosts, tuple | list)
        or not hosts
        or not all(isinstance(h, str) and HOST.fullmatch(h) for h in hosts)
    ):
        raise AdapterError(f'its hosts are {hosts!r}; they must be host names without "www.", e.g. ("daily.example",)')
    if not callable(read):
        raise AdapterError("has no read(draft)")
    _try_out(adapter)  # type: ignore[arg-type]
    return adapter  # type: ignore[return-value]


def _try_out(adapter: Publisher) -> None:
    """An empty page is the least that it must bear."""
    moment = datetime(2000, 1, 1, tzinfo=UTC)
    empty = Draft(source="", origin="", captured=moment, url=f"https://{adapter.hosts[0]}/", title="", html="")
    try:
        meant: object = adapter.read(empty)
    except Exception as error:
        raise AdapterError(f"its read fails on an empty page: {_words(error)}") from error
    if not isinstance(meant, Draft):
        raise AdapterError(f"its read returns {type(meant).__name__}; it must return a Draft")
    if meant.publisher != adapter.id:
        raise AdapterError(f"its read sets publisher to {meant.publisher!r}; it must set it to its id, {adapter.id!r}")


def _check_apart(adapter: Publisher, others: Sequence[Publisher]) -> None:
    for other in others:
        if adapter.id == other.id:
            raise AdapterError(f"its id {adapter.id!r} is that of an adapter before it")
        if shared := set(adapter.hosts) & set(other.hosts):
            raise AdapterError(f"the host {min(shared)} is that of an adapter before it too")


def _words(error: BaseException) -> str:
    """One line, whatever the error says."""
    return " ".join(f"{type(error).__name__}: {error}".split())[:300]
