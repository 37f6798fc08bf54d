"""The configuration: what a file means, and what `effective` says of it."""

import dataclasses
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedsvc.config import Config, Dedup, JudgeSettings, Service, Source, Webhook, effective, load
from feedsvc.config.places import lines_of
from feedsvc.config.schema import RESERVED_SLUGS
from feedsvc.config.settings import Happening, Shape
from feedsvc.model import Topic

SEEDS = '[[source]]\nid = "seeds"\npath = "seeds"\n'
DW = '[[source]]\nid = "dw"\nurl = "https://rss.dw.com/rdf/rss-chi-all"\n'


def write(folder: Path, text: str) -> Path:
    path = folder / "config.toml"
    path.write_text(text, encoding="utf-8")
    return path


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
        pictures=True,
        adapters=(),
        on_damage="stop",
        log="plain",
        hubs=(),
        built_in_hub=False,
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
            pictures = false
            adapters = ["daily_example:DailyExample", "our.papers:Gazette"]
            on_damage = "rebuild"
            log = "json"
            hub = ["https://hub.example/", "built-in", "http://10.0.0.3/hub"]

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
            cross_language = true

            [[feed]]
            slug = "seen"
            pictures = true
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
        pictures=False,
        adapters=("daily_example:DailyExample", "our.papers:Gazette"),
        on_damage="rebuild",
        log="json",
        hubs=("https://hub.example/", "http://10.0.0.3/hub"),
        built_in_hub=True,
    )
    assert config.service.hub_addresses == ("https://news.example/feeds/hub", *config.service.hubs)
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
            cross_language=True,
            pictures=False,
        ),
        Topic(slug="seen", title="seen"),
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


JUDGE = '[dedup.judge]\nurl = "http://localhost:11434/v1/"\nmodel = "qwen"\n'


def test_without_the_table_there_is_no_judge(tmp_path: Path) -> None:
    assert load(write(tmp_path, SEEDS)).dedup == Dedup(judge=None)
    assert load(write(tmp_path, SEEDS + "[dedup]\n")).dedup == Dedup(judge=None)


def test_a_judge_needs_an_address_and_a_model(tmp_path: Path) -> None:
    assert load(write(tmp_path, SEEDS + JUDGE)).dedup.judge == JudgeSettings(
        url="http://localhost:11434/v1", model="qwen", api_key_env="", budget=500, timeout=timedelta(seconds=20)
    )


def test_every_key_of_the_judge_reaches_the_configuration(tmp_path: Path) -> None:
    more = 'api_key_env = "JUDGE_API_KEY"\nbudget = 7\ntimeout = "1m30s"\n'
    judge = load(write(tmp_path, SEEDS + JUDGE + more)).dedup.judge
    assert judge is not None
    assert (judge.api_key_env, judge.budget, judge.timeout) == ("JUDGE_API_KEY", 7, timedelta(seconds=90))


def test_webhooks_belong_to_the_feed_above_them(tmp_path: Path) -> None:
    config = load(
        write(
            tmp_path,
            SEEDS
            + """
            [[feed]]
            slug = "one"
            [[feed.webhook]]
            url = "https://bot.example/new?from=feedsvc"
            [[feed.webhook]]
            url_env = "CHAT_URL"
            shape = "matrix"
            secret_env = "CHAT_TOKEN"
            on = ["updated", "joined"]
            timeout = "3s"
            [[feed]]
            slug = "two"
            [[feed.webhook]]
            url_env = "OTHER_URL"
            """,
        )
    )
    ten = timedelta(seconds=10)
    assert config.webhooks == (
        Webhook("one", "https://bot.example/new?from=feedsvc", "", "json", "", ("new",), ten),
        Webhook("one", "", "CHAT_URL", "matrix", "CHAT_TOKEN", ("updated", "joined"), timedelta(seconds=3)),
        Webhook("two", "", "OTHER_URL", "json", "", ("new",), ten),
    )


# The effective configuration

plain = st.text(st.characters(exclude_categories=("Cc", "Cs"), exclude_characters="\ufffe\uffff"), max_size=20)
words = plain.map(str.strip).filter(lambda word: word.strip() != "" and word == word.strip())
names = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,20}", fullmatch=True)
RANDOM_WORD = "7k2m9x4qv1c8t3z6"
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
        pictures=draw(st.booleans()),
        adapters=draw(st.lists(st.sampled_from(["a:A", "a.b_c:D1"]), max_size=2).map(tuple)),
        on_damage=draw(st.sampled_from(["stop", "rebuild"])),
        log=draw(st.sampled_from(["plain", "json"])),
        hubs=draw(st.lists(st.sampled_from(["https://hub.example/", "http://[::1]/"]), unique=True).map(tuple)),
        built_in_hub=draw(st.booleans()),
    )
    if not service.base_url:
        service = replace(service, hubs=(), built_in_hub=False)
    sources = [draw(drawn_source(folder, name)) for name in draw(st.lists(names, min_size=1, max_size=3, unique=True))]
    ids = st.lists(st.sampled_from([source.id for source in sources]), max_size=2).map(tuple)
    feeds = [
        Topic(
            slug=f"{slug}-{RANDOM_WORD}" if private else slug,
            title=draw(words),
            any=draw(terms),
            all=draw(terms),
            none=draw(terms),
            sources=draw(ids),
            languages=draw(st.lists(languages, max_size=2).map(tuple)),
            min_sources=draw(st.integers(1, 9)),
            limit=draw(st.integers(1, 10_000)),
            cross_language=draw(st.booleans()),
            pictures=draw(st.booleans()),
            private=private,
        )
        for slug in draw(st.lists(slugs, max_size=3, unique=True))
        for private in [draw(st.booleans())]
    ]
    dedup = Dedup(judge=draw(st.none() | drawn_judge()))
    addresses = st.lists(st.sampled_from(["", "https://chat.example/hooks/a?b=c", "http://[::1]:8065/x"]), unique=True)
    webhooks = [draw(drawn_webhook(feed.slug, url)) for feed in feeds for url in draw(addresses)]
    return Config(
        path=file,
        service=service,
        dedup=dedup,
        sources=tuple(sources),
        feeds=tuple(feeds),
        webhooks=tuple(webhooks),
    )


@st.composite
def drawn_webhook(draw: st.DrawFn, slug: str, url: str) -> Webhook:
    return Webhook(
        feed=slug,
        url=url,
        url_env="" if url else "CHAT_URL",
        shape=draw(st.sampled_from(get_args(Shape))),
        secret_env=draw(st.sampled_from(["CHAT_SECRET"])),
        on=draw(st.lists(st.sampled_from(get_args(Happening)), min_size=1, unique=True).map(tuple)),
        timeout=timedelta(seconds=draw(st.integers(1, 60))),
    )


@st.composite
def drawn_judge(draw: st.DrawFn) -> JudgeSettings:
    return JudgeSettings(
        url=draw(st.sampled_from(["http://localhost:11434/v1", "https://api.example", "http://[::1]:8080/v1"])),
        model=draw(words),
        api_key_env=draw(st.sampled_from(["", "JUDGE_API_KEY"])),
        budget=draw(st.integers(1, 1_000_000)),
        timeout=draw(durations.filter(bool)),
    )


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
    written = effective(config)
    file.write_text(written, encoding="utf-8")
    assert load(file) == config
    for place, line in lines_of(written).items():
        if len(place) > 1 and isinstance(place[-1], str) and place != ("dedup", "judge"):
            assert written.splitlines()[line - 1].startswith(f"{place[-1]} = ")


def test_the_effective_configuration_says_every_default(tmp_path: Path) -> None:
    path = write(tmp_path, f'{SEEDS}[[feed]]\nslug = "all"\n')
    said = effective(load(path)).splitlines()
    assert said[:10] == [
        "[service]",
        'state = "state/feedsvc.sqlite"',
        'output = "output"',
        'base_url = ""',
        'contact = ""',
        "# keep is not set: nothing is dropped for its age",
        "allow_private = false",
        "max_feed_size = 512",
        "pictures = true",
        "adapters = []",
    ]
    assert "# judge is not set: the score decides alone" in said
    assert {'every = "0s"', 'content = "summary"', "min_sources = 1", "limit = 200", 'title = "all"'} <= set(said)
    assert "cross_language = false" in said
