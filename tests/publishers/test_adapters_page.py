"""The worked example of docs/adapters.md is a working adapter."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from feedsvc.model import Article
from feedsvc.normalise import normalise
from feedsvc.publishers import Publisher
from tests.publishers.reading import draft

PAGE = Path(__file__).parent.parent.parent / "docs" / "adapters.md"
HTML = (
    "<p>2024-01-30T14:43:52Z</p><p><b>The river rose by two metres on Tuesday.</b></p><img src='/river.jpg'>"
    "<p><b>Rain</b></p><p>More of it is due.</p><p>Subscribe to the Daily Example today!</p><p>Other stories</p>"
)


def worked_example() -> Publisher:
    (code,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    names: dict[str, Any] = {}
    exec(compile(code, str(PAGE), "exec"), names)
    adapter: Publisher = names["DailyExample"]()
    return adapter


def test_the_worked_example_reads_an_article() -> None:
    url = "https://www.daily.example/story/71-river"
    article = normalise(worked_example().read(draft(url, HTML, "River rises | Daily Example")))
    assert isinstance(article, Article)
    assert (article.key, article.title) == ("daily-example:71", "River rises")
    assert article.published == datetime(2024, 1, 30, 14, 43, 52, tzinfo=UTC)
    assert article.text == "The river rose by two metres on Tuesday.\nRain\nMore of it is due."
    assert "<h2>Rain</h2>" in article.html
    assert [picture.url for picture in article.pictures] == ["https://www.daily.example/river.jpg"]


def test_the_worked_example_survives_an_empty_page() -> None:
    assert worked_example().read(draft("https://daily.example/", "")).html == ""


def test_every_module_that_the_page_names_exists() -> None:
    named = re.findall(r"^\| (`[^|]+`) \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    modules = re.findall(r"`(\w+)`", " ".join(named))
    assert modules
    for module in modules:
        assert (PAGE.parent.parent / "feedsvc" / "publishers" / f"{module}.py").is_file()
