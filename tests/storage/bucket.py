"""A storage that speaks S3, in this process: every request is seen, and can be held up or answered by the test."""

from __future__ import annotations

import logging
import threading
import uuid
from collections.abc import Callable, Iterable
from typing import Any

import fsspec
from moto.backends import get_backend
from moto.core import DEFAULT_ACCOUNT_ID
from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server
from werkzeug.wrappers import Response

Answer = Callable[[str, str], Response | None]  # of method and name below the bucket; None: as the storage would
SECRET = "neverprinted"
ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "feedsvc",
    "AWS_SECRET_ACCESS_KEY": SECRET,
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_MAX_ATTEMPTS": "1",
}


def as_usual(method: str, name: str) -> None:
    """Nothing is answered by the test."""


class Server:
    def __init__(self) -> None:
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        self._storage = DomainDispatcherApplication(create_backend_app)
        self._server = make_server("127.0.0.1", 0, self._asked, threaded=True)
        self._buckets: dict[str, Bucket] = {}
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def environment(self) -> dict[str, str]:
        return ENVIRONMENT | {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{self._server.server_port}"}

    def new_bucket(self) -> Bucket:
        """The environment must be set."""
        bucket = Bucket(f"b{uuid.uuid4().hex}")
        self._buckets[bucket.name] = bucket
        return bucket

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _asked(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        bucket, _, name = environ["PATH_INFO"][1:].partition("/")
        if bucket not in self._buckets:
            return self._storage(environ, start_response)
        return self._buckets[bucket].answer(environ, start_response, name, self._storage)


class Bucket:
    def __init__(self, name: str) -> None:
        self.name = name
        self.requests: list[tuple[str, str]] = []  # method, and name below the bucket
        self.before: Answer = as_usual
        self.after: Callable[[str, str], None] = as_usual
        self._filesystem = fsspec.filesystem("s3", use_listings_cache=False)
        self._filesystem.mkdir(name)

    @property
    def address(self) -> str:
        return f"s3://{self.name}/site"

    def answer(self, environ: dict[str, Any], start_response: Any, name: str, storage: Any) -> Iterable[bytes]:
        method = environ["REQUEST_METHOD"]
        name = name.removeprefix("site/")
        self.requests.append((method, name))
        answered = self.before(method, name)
        if answered is not None:
            return answered(environ, start_response)
        content = list(storage(environ, start_response))
        self.after(method, name)
        return content

    def read(self, name: str) -> bytes | None:
        """Out of the storage itself, without a request."""
        key = self._keys().get(name)
        return None if key is None else bytes(key.value)

    def _keys(self) -> dict[str, Any]:
        keys = get_backend("s3")[DEFAULT_ACCOUNT_ID]["aws"].buckets[self.name].keys
        return {name.removeprefix("site/"): key for name, key in keys.items()}

    def names(self) -> list[str]:
        return sorted(self._keys())

    def forget(self, name: str) -> None:
        self._filesystem.rm_file(f"{self.name}/site/{name}")

    def headers(self, name: str) -> dict[str, str]:
        """`Content-Type` and the like, as a browser would be told."""
        found = self._filesystem.call_s3("head_object", Bucket=self.name, Key=f"site/{name}")
        return dict(found["ResponseMetadata"]["HTTPHeaders"])


def refusal(status: int, code: str) -> Response:
    """As S3 refuses; here it also repeats what it was told, as no storage should."""
    words = f"<Error><Code>{code}</Code><Message>{SECRET}</Message></Error>"
    return Response(words, status, content_type="application/xml")
