"""What any storage promises, and what it takes to use one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from feedsvc.config import load
from feedsvc.doctor.objects import objects
from feedsvc.errors import ConfigError, FeedsvcError
from feedsvc.storage import Storage, opened
from tests import saved
from tests.storage import bucket as s3
from tests.storage import site
from tests.storage.bucket import SECRET, Bucket, refusal
from tests.storage.places import Place
from tests.test_cli import feedsvc

NAMES = ("a.atom", "events/b.html", "events/deep/c.html", "d é+&.html")


def storage_of(place: Place) -> Storage:
    return opened(Path(place.root) if place.output == "output" else place.output)


@pytest.fixture
def storage(place: Place) -> Storage:
    """With some files in it."""
    storage = storage_of(place)
    for name in NAMES:
        storage.write(name, name.encode())
    storage.finish()
    return storage


def test_what_was_written_is_there_and_tells_its_stamp(place: Place, storage: Storage) -> None:
    again = storage_of(place)
    again.look()
    for name in NAMES:
        assert place.read(name) == again.read(name) == name.encode()
        stamp = again.stamp(name)
        assert stamp == storage.stamp(name) and stamp and stamp.size == len(name.encode())
        assert 0 <= stamp.modified_ns < 2**63
        assert again.holds(name, name.encode()) and not again.holds(name, name.encode()[::-1])
    assert again.names("events") == ["events/b.html"]
    assert again.folders(NAMES) == storage.folders(NAMES)


def test_another_content_is_another_stamp(place: Place, storage: Storage) -> None:
    before = storage.stamp("a.atom"), storage.digest("a.atom"), storage.folders(NAMES)
    storage.write("a.atom", b"motA.a")
    storage.finish()
    again = storage_of(place)
    assert again.stamp("a.atom") == storage.stamp("a.atom") != before[0]
    assert again.digest("a.atom") not in ("", before[1])


def test_what_is_gone_is_gone(place: Place, storage: Storage) -> None:
    before = storage.folders(NAMES)
    storage.remove("events/b.html")
    storage.remove("events/never.html")
    storage.finish()
    assert storage.stamp("events/b.html") is None
    again = storage_of(place)
    assert again.stamp("events/b.html") is None and again.names("events") == [] and again.digest("events/b.html") == ""
    assert not again.holds("events/b.html", b"")
    assert again.folders(NAMES) != before
    with pytest.raises(FileNotFoundError):
        again.read("events/b.html")


def test_what_was_not_put_yet_is_read_back(bucket: Bucket) -> None:
    storage = opened(bucket.address)
    storage.write("a.atom", b"1")
    assert storage.read("a.atom") == b"1" and bucket.read("a.atom") is None
    storage.finish()
    assert bucket.read("a.atom") == b"1"


def test_a_large_batch_goes_up_before_its_end(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("feedsvc.storage.remote.BATCH", 10)
    storage = opened(bucket.address)
    for number in range(4):
        storage.write(f"{number}.atom", b"123456")
    assert [bucket.read(f"{number}.atom") for number in range(4)] == [b"123456"] * 4


# Configuration


def loaded(folder: Path, output: str, extra: str = "") -> str | Path:
    return load(saved.configuration(folder, extra=f'output = "{output}"\n{extra}')).service.output


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("s3://bucket", "s3://bucket"),
        ("s3://bucket/a/site/", "s3://bucket/a/site"),
        ("memory://site", "memory://site"),
    ],
)
def test_an_address_is_taken_as_it_is(tmp_path: Path, written: str, meant: str) -> None:
    assert loaded(tmp_path, written) == meant


def test_a_path_is_one_from_the_file(tmp_path: Path) -> None:
    assert loaded(tmp_path, "public: 1/site") == tmp_path / "public: 1" / "site"


@pytest.mark.parametrize(
    "written",
    [
        "s3://",
        "s3:///site",
        "s3://bucket//site",
        "s3://bucket/../other",
        "s3://buc ket",
        "simplecache::s3://bucket",
        "https://news.example/",
        "file:///srv/site",
    ],
)
def test_what_is_no_address_of_storage_is_a_mistake(tmp_path: Path, written: str) -> None:
    with pytest.raises(ConfigError, match=r"config\.toml:3: .* output: .*s3://bucket/folder"):
        loaded(tmp_path, written)


@pytest.mark.parametrize("written", [f"s3://key:{SECRET}@bucket", f"s3://bucket/site?secret={SECRET}"])
def test_a_key_in_the_address_is_refused_and_not_repeated(tmp_path: Path, written: str) -> None:
    with pytest.raises(ConfigError, match="environment") as error:
        loaded(tmp_path, written)
    assert SECRET not in str(error.value)


def test_a_hub_of_its_own_needs_a_folder(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"config\.toml:4: .* hub: .*folders"):
        loaded(tmp_path, "s3://bucket", 'hub = ["built-in"]\n')


def test_what_check_prints_loads_to_the_same(tmp_path: Path) -> None:
    saved.configuration(tmp_path, extra='output = "s3://bucket/site"\n')
    (tmp_path / "articles").mkdir()
    assert 'output = "s3://bucket/site"' in feedsvc(tmp_path, "check").stdout


@pytest.mark.parametrize("protocol", ["nonsense", "gs"])
def test_a_storage_that_nobody_here_speaks_with_is_one_line(protocol: str) -> None:
    with pytest.raises(ConfigError) as error:
        opened(f"{protocol}://bucket")
    assert "\n" not in str(error.value) and f"{protocol}://bucket" in str(error.value)


# Commands


@pytest.mark.parametrize("command", [("serve",), pytest.param(("run", "--serve"), marks=pytest.mark.slow)])
def test_a_bucket_serves_itself(tmp_path: Path, command: tuple[str, ...]) -> None:
    saved.configuration(tmp_path, extra='output = "s3://bucket/site"\n')
    done = feedsvc(tmp_path, *command)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1 and "served by its storage" in done.stderr


def test_nothing_of_it_is_imported_for_a_folder(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from feedsvc.storage import opened\n"
        "import feedsvc.cycle, feedsvc.publish, feedsvc.publishing.publication, feedsvc.recovery, feedsvc.doctor\n"
        "opened(Path('output')).write('a.html', b'a')\n"
        "print([name for name in sys.modules if name.partition('.')[0] in ('fsspec', 's3fs', 'botocore', 'aiohttp')])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_the_doctor_tries_a_bucket_out(bucket: Bucket, tmp_path: Path) -> None:
    config = site.settings(tmp_path, bucket.address)
    site.tell(config, 0)
    before = bucket.names()
    assert [(finding.level, finding.check) for finding in objects(config)] == [("ok", "output"), ("ok", "output")]
    assert bucket.names() == before
    bucket.forget("all.atom")
    lost, tried = objects(config)
    assert lost.level == "warn" and "all.atom" in lost.words and tried.level == "ok"
    bucket.before = lambda method, name: refusal(403, "AccessDenied") if method == "PUT" else None
    assert [finding.level for finding in objects(config)] == ["warn", "bad"]


@pytest.mark.parametrize("code", ["AccessDenied", pytest.param("NoSuchBucket", marks=pytest.mark.slow)])
def test_a_new_state_does_not_take_a_silent_storage_for_an_empty_one(bucket: Bucket, tmp_path: Path, code: str) -> None:
    config = site.settings(tmp_path, bucket.address)
    site.tell(config, 0)
    expected = bucket.read("all.json")
    saved.write(tmp_path / "anew" / "articles", {"old.md": saved.rfi("日股收跌", saved.MARKETS)})
    elsewhere = saved.configuration(tmp_path / "anew", extra=f'output = "{bucket.address}"\n', feeds=site.FEEDS)
    bucket.before = lambda method, name: refusal(404 if code == "NoSuchBucket" else 403, code)
    with pytest.raises(FeedsvcError, match="last good files stay"):
        site.update(elsewhere)
    bucket.before = s3.as_usual
    site.update(elsewhere)
    assert site.ids(bucket.read("all.json")) == site.ids(expected)
