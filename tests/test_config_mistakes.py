"""Mistakes in the configuration: each is told in one line, with its place, what is wrong and what to write."""

import os
from pathlib import Path
from typing import Any

import pytest

from feedsvc.config import load
from feedsvc.config.places import line_of, lines_of
from feedsvc.config.schema import RESERVED_SLUGS
from feedsvc.errors import ConfigError

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
        ('state = "postgresql:feedsvc"', "is no PostgreSQL address; write it as"),
        ('state = "sqlite:///x"', "is no PostgreSQL address; write it as"),
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
        ('adapters = "a:A"', '"a:A" is no list'),
        ('adapters = ["a.A"]', 'is not allowed; write a module and a class in it, e.g. "daily_example:DailyExample"'),
        ('adapters = ["../a:A"]', "is not allowed"),
        ('adapters = ["a..b:A"]', "is not allowed"),
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
        ("stat = 1\n" + SEEDS, "1: stat: unknown table; known are service, dedup, source, feed"),
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


# The judge

JUDGE = '[dedup.judge]\nurl = "http://localhost:11434/v1"\nmodel = "qwen"\n'


def instead_of_its_like(line: str) -> tuple[str, list[str]]:
    """The key that a line sets, and the lines of a judge's table without that key."""
    key, _, _ = line.partition(" = ")
    return key, [kept for kept in JUDGE.splitlines() if not kept.startswith(f"{key} = ")]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('url = "localhost:11434"', '"localhost:11434" is no web address; write one that begins with "https://"'),
        ('url = "ftp://localhost/v1"', "is no web address"),
        ('url = "https://api.example/v1/chat/completions"', "is no base address; write where the API begins, e.g."),
        ('url = "http://[::1"', "is no web address"),
        ('url = ""', "is empty; write something"),
        ('model = ""', "is empty; write something"),
        ("budget = 0", "0 is out of range; write a number from 1 to 1000000"),
        ('timeout = "0s"', '"0s" leaves no time for an answer; write e.g. "20s"'),
        ("timeout = 20", "20 is not a duration"),
        ('modle = "qwen"', 'unknown key; did you mean "model"?'),
    ],
)
def test_a_mistake_about_the_judge(tmp_path: Path, line: str, said: str) -> None:
    key, kept = instead_of_its_like(line)
    found = only_mistake(tmp_path, SEEDS + "\n".join([*kept, line]))
    assert found.startswith(f"{4 + len(kept)}: [dedup.judge] · {key}: ")
    assert said in found


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('url = "https://me:hunter2@api.example/v1"', "holds a user name or a query; a key belongs into"),
        ('url = "https://api.example/v1?key=hunter2"', "holds a user name or a query; a key belongs into"),
        ('api_key_env = "sk-hunter2"', "is no name of an environment variable in capitals"),
        ('api_key_env = "HUNTER-hunter2"', "is no name of an environment variable in capitals"),
        ('api_key = "hunter2"', 'unknown key; did you mean "api_key_env"?'),
    ],
)
def test_a_key_that_stands_in_the_file_is_refused_and_not_repeated(tmp_path: Path, line: str, said: str) -> None:
    _, kept = instead_of_its_like(line)
    found = only_mistake(tmp_path, SEEDS + "\n".join([*kept, line]))
    assert said in found
    assert "hunter2" not in found


def test_an_empty_judge_misses_address_and_model(tmp_path: Path) -> None:
    assert mistakes(tmp_path, f"{SEEDS}[dedup.judge]\n") == [
        "4: [dedup.judge] · url: is missing; every [dedup.judge] needs one",
        "4: [dedup.judge] · model: is missing; every [dedup.judge] needs one",
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[dedup]]\n", "4: dedup: is one table; write [dedup], once, in single brackets"),
        ("[dedup]\njudge = true\n", "5: [dedup] · judge: true is no table; write [dedup.judge] on a line of its own"),
        ("[[dedup.judge]]\n", "4: [dedup] · judge: [{}] is no table; write [dedup.judge] on a line of its own"),
        ("[dedup]\njugde = 1\n", '5: [dedup] · jugde: unknown key; did you mean "judge"?'),
    ],
)
def test_a_judge_is_a_table_of_the_table_dedup(tmp_path: Path, text: str, said: str) -> None:
    assert only_mistake(tmp_path, SEEDS + text).startswith(said)


def test_mistakes_in_both_tables_are_told_at_once(tmp_path: Path) -> None:
    assert len(mistakes(tmp_path, f'{SEEDS}[dedup]\nx = 1\n[dedup.judge]\nurl = ""\nmodel = "m"\n')) == 2


# What goes out

FEED = '[[feed]]\nslug = "all"\n'
HOOK = "[[feed.webhook]]\n"


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ("", "webhook: has neither of url and url_env"),
        ('url = "https://a.example/"\nurl_env = "A_URL"', "webhook: has both of url and url_env"),
        ('url = "ftp://s3cr3t.example/"', 'webhook · url: is no web address; write one that begins with "https://"'),
        ('url = "https://s3cr3t.example/ x"', "webhook · url: is no web address"),
        ('url_env = "https://s3cr3t.example/"', "webhook · url_env: is no name of an environment variable"),
        ('url_env = "A"\nsecret_env = "s3cr3t"', "webhook · secret_env: is no name of an environment variable"),
        ('url_env = "A"\nshape = "irc"', 'webhook · shape: "irc" is not allowed; write one of "json", "slack"'),
        ('url_env = "A"\nshape = "matrix"', "write the name of the environment variable that holds the access token"),
        ('url_env = "A"\non = ["gone"]', 'webhook · on: "gone" is not allowed; write one of "new", "updated"'),
        ('url_env = "A"\non = []', "webhook · on: [] is empty, so nothing would be told"),
        ('url_env = "A"\ntimeout = "0s"', 'webhook · timeout: "0s" is out of range; write a time from "1s" to "60s"'),
        ('url_env = "A"\nshap = "json"', 'webhook · shap: unknown key; did you mean "shape"?'),
        (f'url_env = "A"\n{HOOK}url_env = "A"', "webhook · url_env: is the address of an earlier webhook"),
    ],
)
def test_mistakes_in_a_webhook(tmp_path: Path, keys: str, said: str) -> None:
    line = only_mistake(tmp_path, SEEDS + FEED + HOOK + keys + "\n")
    assert line.partition(": ")[2].startswith('[[feed]] "all" · webhook')
    assert said in line
    assert "s3cr3t" not in line


def test_a_mistake_in_the_second_webhook_of_the_second_feed_has_its_line(tmp_path: Path) -> None:
    good = f'{HOOK}url_env = "A_URL"\n'
    text = f'{SEEDS}[[feed]]\nslug = "one"\n{good}[[feed]]\nslug = "two"\n{good}{HOOK}url_env = "B_URL"\nshape = 3\n'
    assert only_mistake(tmp_path, text).startswith('14: [[feed]] "two" · webhook · shape: ')


def test_a_webhook_is_a_table_of_its_own(tmp_path: Path) -> None:
    assert "write [[feed.webhook]], in double brackets" in only_mistake(tmp_path, SEEDS + FEED + 'webhook = "x"\n')


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ('hub = ["https://hub.example/"]', "needs to know where the feeds are; write base_url too"),
        ('hub = ["built-in"]', "needs to know where the feeds are; write base_url too"),
        ('base_url = "https://a.example/"\nhub = ["builtin"]', '"builtin" is no web address; write one that'),
        ('base_url = "https://a.example/"\nhub = ["https://desk:s3cr3t@hub.example/"]', "holds a user name"),
    ],
)
def test_mistakes_in_a_hub(tmp_path: Path, keys: str, said: str) -> None:
    line = only_mistake(tmp_path, f"[service]\n{keys}\n{SEEDS}")
    assert "[service] · hub: " in line
    assert said in line
    assert "s3cr3t" not in line
