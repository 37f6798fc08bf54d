"""What the documents name exists: commands, options, configuration keys, make targets, files."""

import re
import tomllib
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest
from typer.core import TyperGroup
from typer.main import get_command

from feedsvc.cli.commands import app
from feedsvc.config import Config, load
from feedsvc.config.schema import FeedTable, JudgeTable, ServiceTable, SourceTable, Table, WebhookTable
from feedsvc.config.settings import duration

PROJECT = Path(__file__).parent.parent
README = (PROJECT / "README.md").read_text(encoding="utf-8")
DOCUMENTS = [
    "README.md",
    "CHANGELOG.md",
    "config.toml",
    "seeds/README.md",
    "docs/decisions.md",
    "docs/operations.md",
    "docs/deployment.md",
    "docs/notifications.md",
    "docs/performance.md",
    "docs/scaling.md",
]
TABLES: Mapping[str, type[Table]] = {
    "[service]": ServiceTable,
    "[dedup.judge]": JudgeTable,
    "[[source]]": SourceTable,
    "[[feed]]": FeedTable,
    "[[feed.webhook]]": WebhookTable,
}
# A command stands in code: after a backquote, or at the start or after "/" or "&&" of an indented or commented line.
COMMAND = re.compile(r"(?:`|^ {4,}|^#.*  |bin/)feedsvc +([a-z][a-z-]*)([^`\n]*)", re.MULTILINE)
OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]*")


def commands() -> dict[str, set[str]]:
    """Every command with its options."""
    group = get_command(app)
    assert isinstance(group, TyperGroup)
    return {
        name: {option for parameter in command.params for option in parameter.opts if option.startswith("--")}
        for name, command in group.commands.items()
    }


def text_of(document: str) -> str:
    return (PROJECT / document).read_text(encoding="utf-8")


def section(heading: str) -> str:
    """The text below a heading, up to the next one."""
    found = re.search(rf"^#+ {re.escape(heading)}\n(.*?)(?=^#|\Z)", README, re.MULTILINE | re.DOTALL)
    assert found, f"README has no heading {heading}"
    return found[1]


@pytest.mark.parametrize("document", DOCUMENTS)
def test_commands_and_their_options_exist(document: str) -> None:
    for name, rest in COMMAND.findall(text_of(document)):
        assert name in commands(), f"{document} names `feedsvc {name}`"
        assert set(OPTION.findall(rest)) <= commands()[name], f"{document}: feedsvc {name}{rest}"


def test_every_command_is_in_the_readme_with_options_that_exist() -> None:
    rows = dict(re.findall(r"^\| `feedsvc ([a-z][a-z-]*)[^`]*` \| (.*) \|$", README, re.MULTILINE))
    assert set(rows) == set(commands())
    for name, words in rows.items():
        assert set(OPTION.findall(words)) <= commands()[name]


def test_options_that_the_readme_gives_to_all_commands() -> None:
    assert (
        "All take `--config PATH`, and all but `check`, `run`, `serve`, `tail` and `worker` print JSON with `--json`."
        in README
    )
    assert all("--config" in known for known in commands().values())
    assert {name for name, known in commands().items() if "--json" in known} == set(commands()) - {
        "check",
        "run",
        "serve",
        "tail",
        "worker",
    }


@pytest.mark.parametrize("table", TABLES)
def test_the_readme_has_every_key_and_no_other(table: str) -> None:
    named = re.findall(r"^\| `(\w+)` \|", section(f"`{table}`"), re.MULTILINE)
    assert sorted(named) == sorted(TABLES[table].model_fields)


@pytest.mark.parametrize("table", TABLES)
def test_defaults_in_the_readme_are_those_of_the_schema(table: str) -> None:
    fields = TABLES[table].model_fields
    for key, said in re.findall(r"^\| `(\w+)` \| `([^`]*)` \|", section(f"`{table}`"), re.MULTILINE):
        default = fields[key].default
        written = duration(default) if isinstance(default, timedelta) else default
        assert tomllib.loads(f"value = {said}")["value"] == written


def loaded(tmp_path: Path, text: str) -> Config:
    path = tmp_path / "config.toml"
    path.write_text(text, encoding="utf-8")
    return load(path)


def test_the_example_in_the_readme_is_a_configuration(tmp_path: Path) -> None:
    (example,) = re.findall(r"^```toml\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
    config = loaded(tmp_path, example)
    assert [feed.slug for feed in config.feeds] == ["fentanyl", "confirmed", "all"]


def test_the_delivered_configuration_reads_the_seeds_and_has_rfi_and_dw_ready() -> None:
    config = load(PROJECT / "config.toml")
    seeds, rfi, dw = config.sources
    assert (seeds.id, seeds.path, seeds.prefix, seeds.enabled) == ("seeds", PROJECT / "seeds", "seeds", True)
    assert (rfi.id, rfi.url, rfi.enabled) == ("rfi", "https://www.rfi.fr/cn/rss", False)
    assert (dw.id, dw.url, dw.enabled) == ("dw", "https://rss.dw.com/rdf/rss-chi-all", False)
    fentanyl, everything = config.feeds
    assert (fentanyl.slug, fentanyl.any) == ("fentanyl", ("芬太尼", "禁毒", "fentanyl"))
    assert (everything.slug, everything.any, everything.sources) == ("all", (), ())
    assert config.service.base_url == ""


def test_what_the_delivered_configuration_offers_in_comments_is_right_too(tmp_path: Path) -> None:
    offered = re.sub(r"^# (?=\w+ = |\[)", "", text_of("config.toml"), flags=re.MULTILINE)
    config = loaded(tmp_path, offered)
    assert config.service.keep is not None
    assert config.dedup.judge is not None
    assert (config.feeds[0].all, config.feeds[0].none, config.feeds[0].min_sources) == (("中国",), ("足球",), 2)


def test_the_judge_that_the_operations_page_shows_is_a_configuration(tmp_path: Path) -> None:
    shown = re.search(r"^ {4}(\[dedup\.judge\]\n(?: {4}.*\n)+)", text_of("docs/operations.md"), re.MULTILINE)
    assert shown
    config = loaded(tmp_path, shown[1].replace("    ", "") + '[[source]]\nid = "a"\npath = "a"\n')
    assert config.dedup.judge is not None


def test_the_webhooks_and_hubs_that_the_notifications_page_shows_are_a_configuration(tmp_path: Path) -> None:
    webhooks, hubs = re.findall(r"^```toml\n(.*?)^```", text_of("docs/notifications.md"), re.MULTILINE | re.DOTALL)
    config = loaded(tmp_path, hubs + webhooks + '[[source]]\nid = "a"\npath = "a"\n')
    assert [webhook.shape for webhook in config.webhooks] == ["json", "slack"]
    assert config.service.hub_addresses == ("https://news.example/hub", "https://hub.example/")


@pytest.mark.parametrize("document", DOCUMENTS)
def test_make_targets_exist(document: str) -> None:
    targets = set(re.findall(r"^([a-z]+):", text_of("Makefile"), re.MULTILINE))
    assert set(re.findall(r"(?:`|^ {4})make ([a-z]+)", text_of(document), re.MULTILINE)) <= targets


@pytest.mark.parametrize("document", [name for name in DOCUMENTS if name.endswith(".md")])
def test_files_that_are_linked_exist(document: str) -> None:
    for target in re.findall(r"\]\((?!https?://)([^)#…]+)\)", text_of(document)):
        assert (PROJECT / document).parent.joinpath(target).exists(), f"{document} links {target}"


def test_the_seeds_readme_names_every_seed_with_its_original() -> None:
    table = text_of("seeds/README.md")
    for path in (PROJECT / "seeds").glob("*.txt"):
        link = re.search(r"\]\((https://\S+)\)$", path.read_text(encoding="utf-8"), re.MULTILINE)
        assert link
        row = next(line for line in table.splitlines() if f"`{path.name}`" in line)
        number = re.search(r"/a-\d+$", link[1])
        assert (number[0] if number else link[1]) in row


def test_the_version_is_in_the_changelog() -> None:
    from feedsvc import __version__

    assert f"## {__version__}\n" in text_of("CHANGELOG.md")


def test_messages_send_people_to_headings_that_exist() -> None:
    headings = set(re.findall(r"^#+ (.*)$", text_of("docs/operations.md"), re.MULTILINE))
    for module in (PROJECT / "feedsvc").rglob("*.py"):
        named = re.findall(r"docs/operations\.md, '([^']+)'", module.read_text(encoding="utf-8"))
        assert set(named) <= headings, module
