from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import fsspec
import pytest

from tests.storage.bucket import Bucket, Server
from tests.storage.places import Place, in_bucket, in_folder, in_memory


@pytest.fixture(scope="session")
def s3() -> Iterator[Server]:
    server = Server()
    yield server
    server.close()


@pytest.fixture
def bucket(s3: Server, monkeypatch: pytest.MonkeyPatch) -> Bucket:
    for name, value in s3.environment.items():
        monkeypatch.setenv(name, value)
    fsspec.get_filesystem_class("s3").clear_instance_cache()
    return s3.new_bucket()


@pytest.fixture(params=["folder", "memory", pytest.param("s3", marks=pytest.mark.slow)])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    if request.param == "folder":
        return in_folder(tmp_path)
    if request.param == "memory":
        return in_memory(uuid.uuid4().hex)
    return in_bucket(request.getfixturevalue("bucket"))


@pytest.fixture
def s3_environment(s3: Server) -> dict[str, str]:
    return s3.environment
