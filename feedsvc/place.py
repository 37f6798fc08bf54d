"""Where the state lies: in a SQLite file, or in a database of a PostgreSQL server.

Says nothing of how either is opened. Known by the configuration, the store and whoever joins them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

# As libpq reads it; what means something in an address stands in a name or password only escaped.
ESCAPED = r"%(?!00)[0-9A-Fa-f]{2}"
NAME = rf"(?:[^:@/?#\s%]|{ESCAPED})*"
HOST = rf"(?:\[[0-9A-Fa-f:.]*\]|(?:[^:@/?#\s%,\[\]]|{ESCAPED})*)(?::[0-9]{{0,5}})?"
SETTING = rf"[A-Za-z_]+=(?:[^&#\s%]|{ESCAPED})*"
POSTGRESQL = re.compile(
    rf"(?P<scheme>postgres(?:ql)?://)(?:(?P<user>{NAME})(?::{NAME})?@)?"
    rf"(?P<where>{HOST}(?:,{HOST})*(?:/{NAME})?)(?:\?{SETTING}(?:&{SETTING})*)?"
)


@dataclass(frozen=True, slots=True, repr=False)
class Address:
    """A PostgreSQL database, "postgresql://user:password@host:5432/name". Shows itself without password and settings.

    Raises ValueError where it is none.
    """

    url: str

    def __post_init__(self) -> None:
        if not POSTGRESQL.fullmatch(self.url):
            raise ValueError("no PostgreSQL address")

    def __str__(self) -> str:
        found = POSTGRESQL.fullmatch(self.url)
        assert found
        user = f"{found['user']}@" if found["user"] else ""
        return f"{found['scheme']}{user}{found['where']}"

    def __repr__(self) -> str:
        return f"Address({str(self)!r})"


Place: TypeAlias = Path | Address


def place_of(stated: str) -> Place:
    """What a person names. Raises ValueError where that is an address that cannot be one."""
    return Address(stated) if is_address(stated) else Path(stated)


def is_address(stated: str) -> bool:
    """Of whatever kind: in a spelling of its own it is no path either, and its password not to be shown."""
    return "://" in stated or re.match(r"(?i)postgres(ql)?:", stated) is not None


def without_password(argument: str) -> str:
    """A word of a command line as it may be shown."""
    return str(Address(argument)) if POSTGRESQL.fullmatch(argument) else argument
