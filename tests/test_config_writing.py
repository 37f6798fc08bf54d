"""Sources are added to a configuration file: nothing else in it changes, and it is never half written or unusable."""

import os
import stat
import tomllib
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedsvc.config import NewSource, add_sources, load, source_tables
from feedsvc.config.writing import with_sources
from feedsvc.errors import ConfigError

NEW = NewSource("harbour", "https://harbour.example/rss", "Harbour “News”", "en", timedelta(minutes=90))
ADDED = """
[[source]]
id = "harbour"
name = "Harbour “News”"
url = "https://harbour.example/rss"
language = "en"
every = "1h30m"
"""
FIRST = '# mine\n[[source]]\nid = "a" # the first\npath = "a"\n'
FEED = '[[feed]]\nslug = "all"\n'
# The text before the new table and the text after it, with the blank line that parts them.
SHAPES = {
    "at the end": (FIRST, ""),
    "without a last line break": (FIRST.rstrip(), "", "\n"),
    "before the feeds": (FIRST, "\n" + FEED),
    "with no blank line before the feeds": (FIRST, FEED),
    "what introduces the feeds stays with them": (FIRST, "\n# What comes out:\n\n" + FEED),
    "also where no blank line parts it": (FIRST, "# What comes out:\n" + FEED),
    "a key in a comment stays with its source": (FIRST + "# enabled = false\n", "\n" + FEED),
    "behind the last source, feeds between them": (FIRST + FEED + '[[source]]\nid = "b"\npath = "b"\n', "\n# bye\n"),
    "a text of several lines that looks like a table": (
        FIRST + 'name = """\n[[feed]]\n"""\n',
        '[[feed]]\nslug = "x"\ntitle = """\n[[source]]"""\n',
    ),
    "other line ends": (FIRST.replace("\n", "\r\n"), ("\n" + FEED).replace("\n", "\r\n")),
    "a line separator inside a text": (FIRST + 'name = "x\u2028[[source]]"\n', FEED),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_only_the_new_table_comes_in(shape: str) -> None:
    before, after, *gap = SHAPES[shape]
    added = "".join(gap) + ADDED + ("\n" if after and after.lstrip(" ")[0] not in "\r\n" else "")
    expected = before + (added.replace("\n", "\r\n") if "\r\n" in before else added) + after
    assert with_sources(before + after, [NEW]) == expected
    raw = tomllib.loads(expected)
    assert raw["source"][-1]["id"] == "harbour"
    assert len(raw["source"]) == expected.count('id = "')


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"])), st.text(st.characters(exclude_categories=["Cs", "Cc"])))
def test_whatever_a_name_holds_is_read_back(name: str, comment: str) -> None:
    content = f"{FIRST}# {comment}\n\n{FEED}"
    changed = with_sources(content, [NewSource("new", "https://news.example/", name)])
    raw = tomllib.loads(changed)
    assert raw["source"][1] == {"id": "new", "url": "https://news.example/"} | ({"name": name} if name else {})
    assert changed.replace("\n" + source_tables([NewSource("new", "https://news.example/", name)]), "", 1) == content


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "config.toml"
    file.write_text(FIRST + "\n" + FEED, encoding="utf-8")
    return file


def test_the_file_loads_with_the_new_sources_in_order(path: Path) -> None:
    add_sources(path, [NEW, NewSource("other", "https://other.example/")])
    sources = load(path).sources
    assert [source.id for source in sources] == ["a", "harbour", "other"]
    assert (sources[1].name, sources[1].language, sources[1].every) == ("Harbour “News”", "en", timedelta(minutes=90))


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        (NewSource("a", "https://news.example/"), "is the id of an earlier [[source]] too"),
        (NewSource("has space", "https://news.example/"), "is not allowed"),
        (NewSource("new", "ftp://news.example/"), "is no web address"),
        (NewSource("new", "https://news.example/", "two\nlines"), "line break"),
    ],
)
def test_a_file_that_would_not_load_is_not_written(path: Path, bad: NewSource, said: str) -> None:
    before = path.read_bytes()
    with pytest.raises(ConfigError, match="was left as it is") as caught:
        add_sources(path, [NEW, bad])
    assert said in str(caught.value)
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


def test_sources_written_as_one_list_are_left_to_the_user(path: Path) -> None:
    path.write_text('source = [{id = "a", path = "a"}]\n', encoding="utf-8")
    with pytest.raises(ConfigError, match="was left as it is"):
        add_sources(path, [NEW])


def test_a_file_that_is_wrong_already_says_so(path: Path) -> None:
    path.write_text(FIRST + "pfad = 1\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="unknown key"):
        add_sources(path, [NEW])


def test_a_crash_while_writing_leaves_the_old_file(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = path.read_bytes()

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ConfigError, match="cannot be written: No space left on device; it is as it was"):
        add_sources(path, [NEW])
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


def test_an_edit_at_the_same_moment_is_not_lost(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    edited = path.read_text(encoding="utf-8") + "# an editor saved this\n"
    monkeypatch.setattr(os, "fsync", lambda _: path.write_text(edited, encoding="utf-8"))
    with pytest.raises(ConfigError, match="changed by someone else"):
        add_sources(path, [NEW])
    assert path.read_text(encoding="utf-8") == edited


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give a file away")
def test_the_owner_stays(path: Path) -> None:
    os.chown(path, 12, 34)
    add_sources(path, [NEW])
    assert (path.stat().st_uid, path.stat().st_gid) == (12, 34)


def test_mode_byte_order_mark_and_link_stay(path: Path) -> None:
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    path.chmod(0o640)
    link = path.parent / "elsewhere.toml"
    link.symlink_to(path)
    add_sources(link, [NEW])
    assert link.is_symlink()
    assert path.read_bytes().startswith(b"\xef\xbb\xbf# mine")
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert len(load(path).sources) == 2
