"""The configuration: what a file means, and that every mistake in it is told with its place and its mending."""

import dataclasses
import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedsvc.config import Config, Service, Source, effective, load
from feedsvc.config.places import line_of, lines_of
from feedsvc.config.schema import RESERVED_SLUGS
from feedsvc.errors import ConfigError
from feedsvc.model import Topic

SEEDS = '[[source]]\nid = "seeds"\npath = "seeds"\n'
DW = '[[source]]\nid = "dw"\nurl = "https://rss.dw.com/rdf/rss-chi-all"\n'


def write(folder: Path, text: str) -> Path:
    path = folder / "config.toml"
    path.write_text(text, encoding="utf-8")
    return path


def mistakes(folder: Path, text: str) -> list[str]:
    """What `load` says of a text, without the path of the file: "12: [service] · keep: …"."""
    path = write(folder, text)
    with pytest.raises(ConfigError) as caught:
        load(path)
    return [line.removeprefix(f"{path}").removeprefix(":") for line in caught.value.mistakes]


def only_mistake(folder: Path, text: str) -> str:
    (line,) = mistakes(folder, text)
    return line


# What a file means


def test_defaults_are_those_of_the_contract(tmp_path: Path) -> None:
    config = load(write(tmp_path, SEEDS + DW + '[[feed]]\nslug = "all"\n'))
    assert config.path == tmp_path / "config.toml"
    assert config.service == Service(
        state=tmp_path / "state/feedsvc.sqlite",
        output=tmp_path / "output",
        base_url="",
        contact="",
        keep=None,
        allow_private=False,
        max_feed_size=512,
    )
    folder, live = config.sources
    assert folder == Source(
        id="seeds",
        url="",
        path=tmp_path / "seeds",
        prefix="seeds",
        name="seeds",
        publisher="",
        language="",
        every=timedelta(0),
        content="summary",
        full_text=False,
        enabled=True,
    )
    assert (live.url, live.path, live.prefix) == ("https://rss.dw.com/rdf/rss-chi-all", None, "")
    assert live.every == timedelta(minutes=30)
    assert config.feeds == (Topic(slug="all", title="all"),)


def test_every_key_reaches_the_configuration(tmp_path: Path) -> None:
    config = load(
        write(
            tmp_path,
            """
            [service]
            state = "/var/lib/feedsvc/state.sqlite"
            output = "../public"
            base_url = "https://news.example/feeds"
            contact = "ops@news.example"
            keep = "90d"
            allow_private = true
            max_feed_size = 1024

            [[source]]
            id = "rfi_cn.2"
            path = "./saved/rfi/"
            name = "RFI 中文"
            publisher = "RFI"
            language = "zh-Hans"
            every = "1h30m"
            content = "full"
            full_text = true
            enabled = false

            [[feed]]
            slug = "fentanyl"
            title = "芬太尼与禁毒"
            any = ["芬太尼", "fentanyl"]
            all = ["中国"]
            none = ["足球"]
            sources = ["rfi_cn.2"]
            languages = ["zh", "*"]
            min_sources = 2
            limit = 50
            """,
        )
    )
    assert config.service == Service(
        state=Path("/var/lib/feedsvc/state.sqlite"),
        output=tmp_path / "../public",
        base_url="https://news.example/feeds/",
        contact="ops@news.example",
        keep=timedelta(days=90),
        allow_private=True,
        max_feed_size=1024,
    )
    assert config.sources == (
        Source(
            id="rfi_cn.2",
            url="",
            path=tmp_path / "saved/rfi",
            prefix="saved/rfi",
            name="RFI 中文",
            publisher="RFI",
            language="zh-Hans",
            every=timedelta(hours=1, minutes=30),
            content="full",
            full_text=True,
            enabled=False,
        ),
    )
    assert config.feeds == (
        Topic(
            slug="fentanyl",
            title="芬太尼与禁毒",
            any=("芬太尼", "fentanyl"),
            all=("中国",),
            none=("足球",),
            sources=("rfi_cn.2",),
            languages=("zh", "*"),
            min_sources=2,
            limit=50,
        ),
    )


def test_relative_paths_start_from_the_file_not_from_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "etc").mkdir()
    write(tmp_path / "etc", SEEDS)
    monkeypatch.chdir(tmp_path)
    config = load(Path("etc/config.toml"))
    assert config.path == tmp_path / "etc/config.toml"
    assert config.sources[0].path == tmp_path / "etc/seeds"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("0s", timedelta(0)),
        ("30m", timedelta(minutes=30)),
        ("1h30m", timedelta(hours=1, minutes=30)),
        ("2d", timedelta(days=2)),
        ("1d2h3m4s", timedelta(days=1, hours=2, minutes=3, seconds=4)),
        ("90m", timedelta(minutes=90)),
    ],
)
def test_durations(tmp_path: Path, written: str, meant: timedelta) -> None:
    assert load(write(tmp_path, f'{SEEDS}every = "{written}"')).sources[0].every == meant


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("", ""),
        ("https://news.example", "https://news.example/"),
        ("http://news.example:8080/a/", "http://news.example:8080/a/"),
    ],
)
def test_base_url_ends_with_a_slash(tmp_path: Path, written: str, meant: str) -> None:
    assert load(write(tmp_path, f'{SEEDS}[service]\nbase_url = "{written}"')).service.base_url == meant


def test_a_byte_order_mark_and_windows_line_ends_are_no_mistake(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(b"\xef\xbb\xbf" + SEEDS.replace("\n", "\r\n").encode())
    assert [source.id for source in load(path).sources] == ["seeds"]


def test_the_configuration_cannot_be_changed(tmp_path: Path) -> None:
    config = load(write(tmp_path, SEEDS))
    for part, key in ((config, "path"), (config.service, "output"), (config.sources[0], "path")):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(part, key, tmp_path)


# The effective configuration

plain = st.text(st.characters(exclude_categories=("Cc", "Cs"), exclude_characters="\ufffe\uffff"), max_size=20)
words = plain.map(str.strip).filter(lambda word: word.strip() != "" and word == word.strip())
names = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,20}", fullmatch=True)
slugs = st.from_regex(r"[a-z0-9][a-z0-9-]{0,20}", fullmatch=True).filter(lambda slug: slug not in RESERVED_SLUGS)
languages = st.sampled_from(["zh", "zh-Hans", "zh-Hant", "en", "de-CH"])
durations = st.integers(0, 36_500 * 86_400).map(lambda seconds: timedelta(seconds=seconds))
terms = st.lists(st.sampled_from(["芬太尼", "fentanyl", '"quoted"', "back\\slash", "é{x}", "#"]), max_size=3).map(tuple)


@st.composite
def configs(draw: st.DrawFn, file: Path) -> Config:
    folder = file.parent
    service = Service(
        state=folder / draw(st.sampled_from(["state/feedsvc.sqlite", "../state", "/var/lib/状态.sqlite"])),
        output=folder / draw(st.sampled_from(["output", "../公开", "/srv/www"])),
        base_url=draw(st.sampled_from(["", "https://news.example/", "http://[::1]:8080/新闻/"])),
        contact=draw(words | st.just("")),
        keep=draw(st.none() | durations.filter(bool)),
        allow_private=draw(st.booleans()),
        max_feed_size=draw(st.integers(16, 1_048_576)),
    )
    sources = [draw(drawn_source(folder, name)) for name in draw(st.lists(names, min_size=1, max_size=3, unique=True))]
    ids = st.lists(st.sampled_from([source.id for source in sources]), max_size=2).map(tuple)
    feeds = [
        Topic(
            slug=slug,
            title=draw(words),
            any=draw(terms),
            all=draw(terms),
            none=draw(terms),
            sources=draw(ids),
            languages=draw(st.lists(languages, max_size=2).map(tuple)),
            min_sources=draw(st.integers(1, 9)),
            limit=draw(st.integers(1, 10_000)),
        )
        for slug in draw(st.lists(slugs, max_size=3, unique=True))
    ]
    return Config(path=file, service=service, sources=tuple(sources), feeds=tuple(feeds))


@st.composite
def drawn_source(draw: st.DrawFn, folder: Path, name: str) -> Source:
    prefix = draw(st.sampled_from(["", "seeds", "../saved/rfi", "/data/文章"]))
    return Source(
        id=name,
        url="" if prefix else draw(st.sampled_from(["https://rss.dw.com/rdf/rss-chi-all", "http://例子.example/?a=b"])),
        path=folder / prefix if prefix else None,
        prefix=prefix,
        name=draw(words),
        publisher=draw(words | st.just("")),
        language=draw(languages | st.just("")),
        every=draw(durations),
        content=draw(st.sampled_from(["summary", "full"])),
        full_text=draw(st.booleans()),
        enabled=draw(st.booleans()),
    )


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_the_effective_configuration_loads_to_an_equal_one(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    file = tmp_path_factory.getbasetemp() / "effective.toml"
    config = data.draw(configs(file))
    file.write_text(effective(config), encoding="utf-8")
    assert load(file) == config


def test_the_effective_configuration_says_every_default(tmp_path: Path) -> None:
    path = write(tmp_path, f'{SEEDS}[[feed]]\nslug = "all"\n')
    said = effective(load(path)).splitlines()
    assert said[:8] == [
        "[service]",
        'state = "state/feedsvc.sqlite"',
        'output = "output"',
        'base_url = ""',
        'contact = ""',
        "# keep is not set: nothing is dropped for its age",
        "allow_private = false",
        "max_feed_size = 512",
    ]
    assert {'every = "0s"', 'content = "summary"', "min_sources = 1", "limit = 200", 'title = "all"'} <= set(said)


# Mistakes


def test_every_mistake_is_told_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    text = """\
[service]
state = "output/feedsvc.sqlite"
keep = 30

[[source]]
id = "dw"
url = "https://rss.dw.com/rdf/rss-chi-all"
every = "soon"
evry = "1h"

[[source]]
id = "dw"
enabled = "yes"

[[feed]]
slug = "index"
sources = ["rfi"]
"""
    found = mistakes(tmp_path, text)
    assert [line.split(": ")[:2] for line in found] == [
        ["2", "[service] · state"],
        ["3", "[service] · keep"],
        ["8", '[[source]] "dw" · every'],
        ["9", '[[source]] "dw" · evry'],
        ["11", '[[source]] "dw"'],
        ["12", '[[source]] "dw" · id'],
        ["13", '[[source]] "dw" · enabled'],
        ["16", '[[feed]] "index" · slug'],
        ["17", '[[feed]] "index" · sources'],
    ]
    assert found[2] == '8: [[source]] "dw" · every: "soon" is not a duration; write e.g. "30m", "2h" or "0s"'


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("state = 1", "1 is no text; write it in quotes"),
        ('state = ""', '"" is empty; write something or leave the key out'),
        ('state = "postgresql://db/feedsvc"', "is a PostgreSQL address, not in this version; name a file"),
        ('state = "sqlite:///x"', "is an address; write the path"),
        ('state = "~/state.sqlite"', 'begins with "~", which is not expanded; write the whole path'),
        (r'output = "a\u0000b"', "holds a line break or control character"),
        ('base_url = "news.example"', 'is no web address; write one that begins with "https://"'),
        ('base_url = "ftp://news.example/"', "is no web address"),
        ('base_url = "https://news.example/?a=b"', "has a query or fragment"),
        ('contact = "a\\nb"', '"a\\nb" holds a line break'),
        ("keep = 30", "30 is not a duration"),
        ('keep = "0s"', "would keep nothing"),
        ('keep = "36501d"', "is too long"),
        ('keep = "999999999d999999999h"', "is too long"),
        ("allow_private = 1", "1 is not allowed; write true or false"),
        ("max_feed_size = true", "true is no whole number; write it without quotes"),
        ("max_feed_size = 0", "0 is out of range; write a number from 16 to 1048576"),
    ],
)
def test_mistakes_in_service(tmp_path: Path, line: str, said: str) -> None:
    found = only_mistake(tmp_path, f"{SEEDS}[service]\n{line}\n")
    assert found.startswith(f"5: [service] · {line.split(' ', maxsplit=1)[0]}: ")
    assert said in found


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('every = ""', '"" is not a duration'),
        ('every = "30"', "is not a duration"),
        ('every = "-1h"', "is not a duration"),
        ('every = "30m1h"', "is not a duration"),
        ('every = "٣m"', "is not a duration"),
        ('content = "all"', '"all" is not allowed; write "summary" or "full"'),
        ("content = 1", "1 is not allowed"),
        ('language = "Chinese, Simplified"', 'write a language tag, e.g. "zh-Hans"'),
        ('full_text = "no"', '"no" is not allowed; write true or false'),
        ("name = ['a']", '["a"] is no text'),
        ("name = 1979-05-27", '"1979-05-27" is no text'),
    ],
)
def test_mistakes_in_a_source(tmp_path: Path, line: str, said: str) -> None:
    found = only_mistake(tmp_path, f"{SEEDS}{line}\n")
    assert found.startswith(f'4: [[source]] "seeds" · {line.split(" ", maxsplit=1)[0]}: ')
    assert said in found


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('any = "芬太尼"', '"芬太尼" is no list; write it in brackets, e.g. any = ["…"]'),
        ("all = [1]", "1 is no text"),
        ('none = [""]', '"" is empty'),
        ('none = ["ok", " "]', "is empty"),
        ('languages = ["Chinese!"]', 'e.g. "zh" for all Chinese'),
        ("min_sources = 0", "write a number from 1 to 1000"),
        ("limit = 10001", "write a number from 1 to 10000"),
        ('limit = "9"', "is no whole number"),
        ("limit = 9.0", "9.0 is no whole number"),
        ('sources = ["sedes"]', '"sedes" is the id of no [[source]]; known: seeds'),
    ],
)
def test_mistakes_in_a_feed(tmp_path: Path, line: str, said: str) -> None:
    found = only_mistake(tmp_path, f'{SEEDS}[[feed]]\nslug = "all"\n{line}\n')
    assert found.startswith(f'6: [[feed]] "all" · {line.split(" ", maxsplit=1)[0]}: ')
    assert said in found


@pytest.mark.parametrize("slug", ["Fentanyl", "芬太尼", "a/b", "../x", "a b", "-a", "a.b", "a" * 65])
def test_a_slug_is_a_plain_file_name(tmp_path: Path, slug: str) -> None:
    assert "lower-case ASCII letters" in only_mistake(tmp_path, f'{SEEDS}[[feed]]\nslug = "{slug}"')


@pytest.mark.parametrize("slug", RESERVED_SLUGS)
def test_a_slug_is_not_the_name_of_another_file(tmp_path: Path, slug: str) -> None:
    assert "another file of the output" in only_mistake(tmp_path, f'{SEEDS}[[feed]]\nslug = "{slug}"')


@pytest.mark.parametrize("name", ["德", "a/b", "a b", "-a", ""])
def test_an_id_is_plain(tmp_path: Path, name: str) -> None:
    assert "2: [[source]]" in only_mistake(tmp_path, f'[[source]]\nid = "{name}"\npath = "seeds"')


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (SEEDS + SEEDS, '5: [[source]] "seeds" · id: "seeds" is the id of an earlier [[source]] too'),
        (SEEDS + '[[feed]]\nslug = "a"\n' * 2, '7: [[feed]] "a" · slug: "a" is the slug of an earlier [[feed]] too'),
        ('[[source]]\nid = "a"\n', '1: [[source]] "a": has neither of url and path'),
        (DW + 'path = "seeds"', '1: [[source]] "dw": has both of url and path'),
        ('[[source]]\npath = "seeds"\n', "1: [[source]] number 1 · id: is missing; every [[source]] needs one"),
        (SEEDS + "[[feed]]\n", "4: [[feed]] number 1 · slug: is missing; every [[feed]] needs one"),
        ('[[source]]\nid = "a"\nurl = "file:///etc/passwd"', "is no web address"),
        ('[[source]]\nid = "a"\nurl = "https://"', "is no web address"),
        ('[[source]]\nid = "a"\npath = "https://rss.dw.com/"', "is an address; write the path"),
        ("", "no [[source]]: write one"),
        (SEEDS + "[[feeds]]\n", '4: feeds: unknown table; did you mean "feed"?'),
        ("stat = 1\n" + SEEDS, "1: stat: unknown table; known are service, source, feed"),
        (SEEDS + 'URL = "x"', '4: [[source]] "seeds" · URL: unknown key; did you mean "url"?'),
        (SEEDS + '"a b" = 1', '4: [[source]] "seeds" · "a b": unknown key; known are id, url, path'),
        ('[source]\nid = "a"\npath = "seeds"', "1: source: is a list of tables; write [[source]]"),
        (SEEDS + "[[service]]\n", "4: service: is one table; write [service], once"),
        ("feed = 1\n" + SEEDS, "1: feed: is a list of tables; write [[feed]]"),
    ],
)
def test_mistakes_between_tables(tmp_path: Path, text: str, said: str) -> None:
    assert said in only_mistake(tmp_path, text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            '[service]\nstate = "output/state.sqlite"\n',
            '2: [service] · state: "output/state.sqlite" lies in the output',
        ),
        ('[service]\nstate = "x/../output/a/b"\n', "lies in the output folder"),
        ('[service]\nstate = "link/state.sqlite"\n', "lies in the output folder"),
        ('[service]\noutput = "state"\n', '1: [service] · state: "state/feedsvc.sqlite" lies in the output folder'),
        ('[[source]]\nid = "a"\npath = "output/saved"\n', '3: [[source]] "a" · path: "output/saved" and the output'),
        ('[[source]]\nid = "a"\npath = "link"\n', "lie in one another"),
        ('[[source]]\nid = "a"\npath = "."\n', '"." and the output folder "output" lie in one another'),
    ],
)
def test_nothing_lies_in_the_public_folder(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "output").mkdir()
    (tmp_path / "link").symlink_to("output")
    assert said in only_mistake(tmp_path, text + (SEEDS if "source" not in text else ""))


def test_the_output_folder_does_not_hold_the_configuration(tmp_path: Path) -> None:
    found = mistakes(tmp_path, f'[service]\noutput = "."\nstate = "/var/lib/feedsvc.sqlite"\n{SEEDS}')
    assert found[0].startswith('2: [service] · output: "." holds this file')


def test_links_in_a_circle_are_no_traceback(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    assert load(write(tmp_path, '[[source]]\nid = "a"\npath = "a/c"')).sources[0].prefix == "a/c"


def test_a_long_wrong_value_is_shown_shortened(tmp_path: Path) -> None:
    assert len(only_mistake(tmp_path, f'{SEEDS}every = "{"x" * 5000}"')) < 200


# Files that cannot be read


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        (SEEDS + "every = 30m\n", 4, "not TOML: "),
        (SEEDS + 'name = "open\n', 4, "not TOML: "),
        (SEEDS + 'id = "again"\n', 4, "not TOML: cannot overwrite a value"),
        (SEEDS + "name = [\n\n\n", 4, "not TOML: "),
        ("[[source]\n", 1, "not TOML: "),
        ("a = " + "9" * 5000, 1, "not TOML: "),
    ],
)
def test_wrong_toml_is_told_with_its_line(tmp_path: Path, text: str, line: int, said: str) -> None:
    assert only_mistake(tmp_path, text).startswith(f"{line}: {said}")


def test_brackets_without_end_are_no_traceback(tmp_path: Path) -> None:
    assert "nested too deeply" in only_mistake(tmp_path, "a = " + "[" * 20_000)


def test_a_missing_file_names_the_way_out(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nowhere\.toml not found; copy the config\.toml .* or pass --config PATH"):
        load(tmp_path / "nowhere.toml")


def test_a_folder_is_no_configuration(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"is a folder; pass the file in it, e\.g\. --config .*config\.toml"):
        load(tmp_path)


def test_another_encoding_is_told_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(SEEDS.encode() + "name = '新闻'".encode("gb18030"))
    with pytest.raises(ConfigError, match=r":4: not UTF-8; save the file with the encoding UTF-8"):
        load(path)


def test_a_file_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path, SEEDS)
    path.chmod(0)
    if os.access(path, os.R_OK):  # whoever runs as root may read everything

        def refuse(_: Path) -> bytes:
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(ConfigError, match="cannot be read: Permission denied; let this user read it"):
        load(path)


# Places

TRICKY = '''\
# [[source]]
top = 1
[service]   # [other]
state = """
[[source]]
id = "no"
""""
'quoted key' = ['[', "]", # ]
  "#", [1,
  2]]
dotted.inner = 1

[[source]]
id = "a"
[source.table]
deep = {x = 1, y = "}"}
[[source]]
id = \'\'\'
x\'\'\'
'''


@pytest.mark.parametrize(
    ("place", "line"),
    [
        (("top",), 2),
        (("service",), 3),
        (("service", "state"), 4),
        (("service", "quoted key"), 8),
        (("service", "dotted", "inner"), 11),
        (("source",), 13),
        (("source", 0), 13),
        (("source", 0, "id"), 14),
        (("source", 0, "table"), 15),
        (("source", 0, "table", "deep", "y"), 16),
        (("source", 1), 17),
        (("source", 1, "id"), 18),
        (("source", 1, "missing"), 17),
        (("service", "quoted key", 2, "x"), 8),
    ],
)
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_the_line_of_a_key(place: tuple[Any, ...], line: int, line_end: str) -> None:
    assert line_of(lines_of(TRICKY.replace("\n", line_end)), place) == line
