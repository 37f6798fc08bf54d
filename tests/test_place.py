"""Where the state lies: what is an address, and that none shows its password."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from feedsvc.config import load
from feedsvc.config.settings import effective
from feedsvc.errors import ConfigError
from feedsvc.place import Address, place_of, without_password

ADDRESSES = {
    "postgresql://feedsvc:s3cret@db.example:5432/news": "postgresql://feedsvc@db.example:5432/news",
    "postgres://feedsvc:s3cret@db.example/news": "postgres://feedsvc@db.example/news",
    "postgresql:///news?host=/run/postgresql&password=s3cret": "postgresql:///news",
    "postgresql://feedsvc:p%40s3cret@[2001:db8::1]:5433/news": "postgresql://feedsvc@[2001:db8::1]:5433/news",
    "postgresql://a.example:1,b.example:2/news?target_session_attrs=read-write": "postgresql://a.example:1,b.example:2/news",
    "postgresql://:s3cret@/": "postgresql:///",
    "postgresql://": "postgresql://",
}
MISTAKES = [
    "postgresql:feedsvc",
    "postgresql://feedsvc:s3@cret@db.example/news",
    "postgresql://feedsvc:s3/cret@db.example/news",
    "postgresql://feedsvc:s3?cret@db.example/news",
    "postgresql://feedsvc:s3%cret@db.example/news",
    "postgresql://feedsvc:s3cret%00@db.example/news",
    "postgresql://feedsvc:s3cret@db.example/news#fragment",
    "postgresql+psycopg://feedsvc:s3cret@db.example/news",
    "Postgresql://feedsvc:s3cret@db.example/news",
    "mysql://feedsvc:s3cret@db.example/news",
    "./postgresql://feedsvc:s3cret@db.example/news",
]


def configured(folder: Path, state: str, output: str = "output") -> Path:
    path = folder / "config.toml"
    path.write_text(f"[service]\nstate = '{state}'\noutput = '{output}'\n[[source]]\nid = \"s\"\npath = \"saved\"\n")
    return path


@pytest.mark.parametrize("url", ADDRESSES)
def test_an_address_is_taken_whole_and_shown_without_its_password(tmp_path: Path, url: str) -> None:
    config = load(configured(tmp_path, url))
    assert config.service.state == Address(url) == place_of(url)
    shown = f"{config.service.state} {config.service!r} {effective(config)}"
    assert ADDRESSES[url] in shown
    assert "s3cret" not in shown
    assert without_password(url) == ADDRESSES[url]


@pytest.mark.parametrize("url", MISTAKES)
def test_what_is_none_is_a_mistake_that_repeats_nothing(tmp_path: Path, url: str) -> None:
    with pytest.raises(ConfigError) as said:
        load(configured(tmp_path, url))
    (line,) = str(said.value).splitlines()
    assert "state: is no PostgreSQL address; write it as " in line
    assert "cret" not in line


def test_an_address_lies_in_no_folder(tmp_path: Path) -> None:
    """A folder with the name that the state has by default is free then."""
    assert load(configured(tmp_path, "postgresql:///news", output="state")).service.output == tmp_path / "state"


def test_an_address_without_secrets_reads_back_as_it_was_printed(tmp_path: Path) -> None:
    config = load(configured(tmp_path, "postgresql://feedsvc@db.example/news"))
    config.path.write_text(effective(config), encoding="utf-8")
    assert load(config.path) == config


@given(some.text(min_size=3), some.text(min_size=1))
def test_no_password_is_ever_shown(user: str, password: str) -> None:
    secret = f"%7E{password.encode('utf-8', 'replace').hex()}"
    for url in (
        f"postgresql://u:{secret}@{user}",
        f"postgresql://{user}:{secret}@h/d",
        f"postgresql://u:{secret}{user}@h",
    ):
        try:
            address = Address(url)
        except ValueError:
            continue
        if secret not in user:
            assert secret not in f"{address} {address!r}"


def test_a_long_address_is_judged_at_once() -> None:
    with pytest.raises(ValueError, match="no PostgreSQL address"):
        Address("postgresql://" + "a%40" * 50_000 + " ")
