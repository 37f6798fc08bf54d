"""What each reader holds after each of four states of a site: see docs/updates.md for the table.

Slow, and each client skips where its program is missing; .ci/run installs those of Debian and PyPI.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from .newsstand import CLOSED, CONCERT_TOO, EARTHQUAKE, ELECTED, RECOUNTED, SIGNS, STATES, Newsstand, newsstand
from .programs import CLIENTS, Client, SfeedById, missing

DOCUMENTATION = Path(__file__).parents[2] / "docs" / "updates.md"
FIRST, UNCHANGED, UPDATED, ABSORBED = STATES
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::DeprecationWarning")]  # those of `reader`


@pytest.fixture(scope="module")
def stand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Newsstand]:
    with newsstand(tmp_path_factory.mktemp("newsstand")) as made:
        yield made


def clients() -> Iterator[object]:
    for name, (client, needed) in CLIENTS.items():
        absent = missing(needed)
        skip = pytest.mark.skipif(bool(absent), reason=f"not on this machine: {', '.join(absent)}")
        for suffix in client.formats:
            yield pytest.param(client, suffix, id=f"{name}, {suffix}", marks=skip)


def named(stand: Newsstand, title: str) -> str:
    return next(id_ for id_, told in stand.told(FIRST).items() if told.title == title)


def test_the_site_is_in_the_states_that_it_should_be_in(stand: Newsstand) -> None:
    first, unchanged, updated, absorbed = (stand.told(state) for state in STATES)
    assert first == unchanged and len(first) == 5
    assert {t.title for t in updated.values()} - {t.title for t in first.values()} == {RECOUNTED, SIGNS}
    assert updated.keys() > first.keys()
    assert {t.title for t in updated.values()} - {t.title for t in absorbed.values()} == {CONCERT_TOO}
    for suffix in ("atom", "rss", "json"):
        documents = [(stand.states[state] / f"all.{suffix}").read_bytes() for state in STATES]
        assert documents[0] == documents[1] and len(set(documents)) == 3
        assert CLOSED.encode() in documents[0] and CLOSED.encode() not in documents[2]  # a figure was put right


def test_what_the_documentation_gives_for_sfeed_is_what_was_tried() -> None:
    assert SfeedById.configuration in DOCUMENTATION.read_text(encoding="utf-8")


@pytest.mark.parametrize(("client", "suffix"), list(clients()))
def test_no_entry_comes_twice_none_is_lost_and_what_was_read_stays_read(
    client: type[Client], suffix: str, stand: Newsstand, tmp_path: Path
) -> None:
    reader = client(tmp_path)
    stand.show(FIRST)
    reader.subscribe(f"{stand.address}all.{suffix}")
    election, earthquake = named(stand, ELECTED), named(stand, EARTHQUAKE)
    published: dict[str, str] = {}  # ids and titles, of this state and all before
    for state in STATES:
        stand.show(state)
        reader.poll()
        if state == FIRST:
            reader.mark_read((ELECTED, EARTHQUAKE))
        published |= {id_: told.title for id_, told in stand.told(state).items()}
        held = Counter(entry.id for entry in reader.held())
        assert held.keys() == published.keys(), state
        retitled = {election} if state in (UPDATED, ABSORBED) and reader.on_new_title == "shows both" else set()
        assert {id_ for id_, count in held.items() if count > 1} == retitled, state
        assert {entry.id for entry in reader.held() if entry.read} == {election, earthquake}, state
    titles = {"rewrites": {RECOUNTED}, "keeps the old one": {ELECTED}, "shows both": {ELECTED, RECOUNTED}}
    assert {entry.title for entry in reader.held() if entry.id == election} == titles[reader.on_new_title]
    others = {entry.id: entry.title for entry in reader.held() if entry.id != election}
    assert others == {id_: title for id_, title in published.items() if id_ != election}
    assert all(entry.read for entry in reader.held() if entry.id in (election, earthquake))
