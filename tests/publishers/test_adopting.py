"""A third party's publisher: one file and one line of configuration; what is wrong with one is told in one line."""

import json
import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from feedsvc.errors import ConfigError
from feedsvc.publishers import adopt, publisher_for
from tests.commands import feedsvc
from tests.publishers.reading import read
from tests.saved import saved

PAGE = (Path(__file__).parent.parent.parent / "docs" / "adapters.md").read_text(encoding="utf-8")
GOOD = """
from dataclasses import replace

class Paper:
    id = "paper"
    hosts = ("paper.example",)

    def read(self, draft):
        return replace(draft, publisher=self.id, publisher_name="Paper", title=draft.title.upper())
"""


@pytest.fixture(autouse=True)
def _alone(tmp_path: Path) -> Iterator[None]:
    """Modules that lie beside the test's configuration are forgotten afterwards, and so is that they lay there."""
    path = list(sys.path)
    yield
    sys.path[:] = path
    for name, module in list(sys.modules.items()):
        places = [getattr(module, "__file__", None) or "", *getattr(module, "__path__", [])]
        if any(place.startswith(str(tmp_path)) for place in places):
            del sys.modules[name]
    adopt((), Path())


def adopted(folder: Path, code: str, name: str = "paper:Paper") -> None:
    (folder / "paper.py").write_text(code, encoding="utf-8")
    adopt([name], folder)


def test_an_adapter_beside_the_configuration_reads_its_host(tmp_path: Path) -> None:
    adopted(tmp_path, GOOD)
    assert publisher_for("https://www.paper.example/1").id == "paper"
    assert publisher_for("https://www.rfi.fr/cn/x").id == "rfi"
    article = read("https://paper.example/1", "<p>Text</p>", "tide")
    assert (article.key, article.title, article.publisher_name) == ("paper:https://paper.example/1", "TIDE", "Paper")


def test_it_goes_before_our_own(tmp_path: Path) -> None:
    adopted(tmp_path, GOOD.replace("paper.example", "dw.com"))
    assert publisher_for("https://www.dw.com/zh/x/a-1").id == "paper"


def test_another_configuration_has_its_own(tmp_path: Path) -> None:
    adopted(tmp_path, GOOD)
    adopt((), tmp_path)
    assert publisher_for("https://paper.example/1").id == ""


def test_a_module_of_a_package_may_be_named(tmp_path: Path) -> None:
    (tmp_path / "press").mkdir()
    (tmp_path / "press" / "daily.py").write_text(GOOD, encoding="utf-8")
    adopt(["press.daily:Paper"], tmp_path)
    assert publisher_for("https://paper.example/").id == "paper"


def test_nothing_beside_the_configuration_hides_what_is_installed(tmp_path: Path) -> None:
    (tmp_path / "json.py").write_text("raise SystemExit", encoding="utf-8")
    (tmp_path / "colorsys.py").write_text("raise SystemExit", encoding="utf-8")
    with pytest.raises(ConfigError, match="the module has no class Paper"):
        adopt(["colorsys:Paper"], tmp_path)


CLASS = "class Paper:\n    id = 'paper'\n    hosts = ('paper.example',)\n"


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("", "the module has no class Paper: there is none of that name"),
        ("Paper = 1", "the module has no class Paper: it is no class"),
        ("def (", r"is not Python: .*paper\.py, line 1: "),
        ("import no_such_module_at_all", "it needs the module no_such_module_at_all, which is not installed"),
        ("1 / 0", "fails when it is imported: ZeroDivisionError: division by zero"),
        ("raise SystemExit(3)", "fails when it is imported: SystemExit: 3"),
        ("raise ValueError('two\\nlines')", "fails when it is imported: ValueError: two lines"),
        ("class Paper:\n    def __init__(self, x): pass", "cannot be made without arguments: TypeError"),
        ("class Paper: pass", "its id is None; it must be"),
        ("class Paper:\n    id = 'Paper!'", "its id is 'Paper!'"),
        ("class Paper:\n    id = ''", "its id is ''"),
        ("class Paper:\n    id = 'paper'", "its hosts are None"),
        ("class Paper:\n    id = 'paper'\n    hosts = 'paper.example'", "its hosts are 'paper.example'"),
        ("class Paper:\n    id = 'paper'\n    hosts = ('https://paper.example/',)", "its hosts are"),
        ("class Paper:\n    id = 'paper'\n    hosts = ('www.paper.example',)", "its hosts are"),
        (CLASS, r"has no read\(draft\)"),
        (CLASS + "    def read(self): pass", "its read fails on an empty page: TypeError"),
        (CLASS + "    def read(self, draft): return draft.title[0]", "its read fails on an empty page: IndexError"),
        (CLASS + "    def read(self, draft): return None", "its read returns NoneType; it must return a Draft"),
        (CLASS + "    def read(self, draft): return draft", "its read sets publisher to ''; it must set it to its id"),
    ],
)
def test_what_is_wrong_with_one_is_a_single_line(tmp_path: Path, code: str, said: str) -> None:
    with pytest.raises(ConfigError, match=rf"^\[service\] adapters: paper:Paper: .*{said}") as caught:
        adopted(tmp_path, code)
    assert "\n" not in str(caught.value)


def test_a_module_that_is_nowhere_says_where_to_put_it(tmp_path: Path) -> None:
    with pytest.raises(
        ConfigError, match=r"there is no module nowhere; put it at .*/nowhere/at_all\.py, or install it"
    ):
        adopt(["nowhere.at_all:Paper"], tmp_path)


def test_every_mistake_is_told_at_once_and_none_is_adopted(tmp_path: Path) -> None:
    (tmp_path / "paper.py").write_text(GOOD + "class Copy(Paper): pass\nclass Other(Paper):\n    id = 'other'\n")
    with pytest.raises(ConfigError) as caught:
        adopt(["paper:Paper", "paper:Copy", "paper:Other", "missing:X"], tmp_path)
    assert [line.split(": ")[1] for line in caught.value.mistakes] == ["paper:Copy", "paper:Other", "missing:X"]
    assert "its id 'paper' is that of an adapter before it" in caught.value.mistakes[0]
    assert publisher_for("https://paper.example/").id == ""


def worked_example() -> tuple[str, str, str]:
    """The file's name, its code and the configuration's line, as the page shows them."""
    code = re.search(r"```python\n(.*?)```", PAGE, re.DOTALL)
    line = re.search(r'^ {4}(adapters = \["(\w+):DailyExample"\])', PAGE, re.MULTILINE)
    assert code
    assert line
    return f"{line[2]}.py", code[1], line[1]


def test_the_worked_example_is_one_file_and_one_line(tmp_path: Path) -> None:
    file, code, line = worked_example()
    (tmp_path / file).write_text(code, encoding="utf-8")
    config = f'[service]\n{line}\n[[source]]\nid = "saved"\npath = "articles"\n[[feed]]\nslug = "all"\n'
    (tmp_path / "config.toml").write_text(config, encoding="utf-8")
    (tmp_path / "articles").mkdir()
    html = "<p>2024-01-30T14:43:52Z</p><p><b>The river rose on Tuesday.</b></p><p>Subscribe to the Daily Example!</p>"
    document = saved(
        "River rises | Daily Example",
        "https://www.daily.example/story/71-river",
        html,
        datetime(2024, 1, 31, tzinfo=UTC),
    )
    (tmp_path / "articles" / "river.md").write_text(document, encoding="utf-8")
    done = feedsvc(tmp_path, "update")
    assert (done.returncode, done.stderr) == (0, "")
    ((event,),) = [json.loads(feedsvc(tmp_path, "events", "--json").stdout)]
    assert (event["title"], event["published"]) == ("River rises", "2024-01-30T14:43:52Z")
    assert event["articles"][0]["id"] == "daily-example:71"


def test_a_command_says_in_one_line_that_an_adapter_is_missing(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('[service]\nadapters = ["gone:Paper"]\n[[source]]\nid = "a"\npath = "a"\n')
    done = feedsvc(tmp_path, "check")
    assert (done.returncode, done.stdout) == (2, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith("feedsvc: [service] adapters: gone:Paper: there is no module gone; put it at ")
