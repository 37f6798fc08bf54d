"""The output on object storage, by way of fsspec. To put an object there is atomic; it is looked at with one listing.

What is written goes up many files at once, a batch at a time, and within it first what others link to. Secrets are the
storage library's own affair: none is in the address, and none is told.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from feedsvc import media
from feedsvc.errors import ConfigError, FeedsvcError
from feedsvc.freshness import Freshness
from feedsvc.storage.protocol import Stamp

AT_ONCE = 10  # requests; as many connections as most storage libraries keep
BATCH = 32 << 20  # bytes that wait in memory to be written
# By what another content of an object is told, as the libraries name it; the first that is there.
TAGS = ("ETag", "etag", "md5Hash", "content_md5", "LastModified", "last_modified", "mtime", "created")
REFUSED = ("NoCredentialsError", "PartialCredentialsError", "CredentialRetrievalError", "TokenRetrievalError")
PACKAGES = {"s3": "feedsvc[storage]", "s3a": "feedsvc[storage]"}


class Remote:
    """One is for one publication: what lies there is listed once, when it is first asked for."""

    def __init__(self, address: str, freshness: Freshness) -> None:
        self._address = address
        self._headers = _headers(address.partition("://")[0], freshness)
        self._filesystem, self._root = _filesystem(address)
        self._listed: dict[str, tuple[int, str]] | None = None  # size and tag by name
        self._batch: dict[str, bytes] = {}  # by name, in the order of writing
        self._waiting = 0  # bytes in it

    def __str__(self) -> str:
        return self._address

    def look(self) -> None:
        self._found()

    def stamp(self, name: str) -> Stamp | None:
        found = self._found().get(name)
        return found and Stamp(found[0], _number(found[1]))

    def names(self, folder: str) -> list[str]:
        return sorted(name for name in self._found() if name.rpartition("/")[0] == folder)

    def folders(self, names: Collection[str]) -> dict[str, int]:
        """A listing tells of every file, so what is in a folder is its stamp."""
        found: dict[str, list[str]] = {name.rpartition("/")[0]: [] for name in names}
        for name, object_ in self._found().items():
            folder = name.rpartition("/")[0]
            if folder in found:
                found[folder].append(f"{name} {object_}")
        return {folder: _number("\n".join(sorted(held))) for folder, held in found.items() if held}

    def holds(self, name: str, content: bytes) -> bool:
        size, tag = self._found().get(name, (None, ""))
        if size != len(content):
            return False
        # Where the tag is no digest of the content it does not speak against it.
        return tag == hashlib.md5(content, usedforsecurity=False).hexdigest() or self.read(name) == content

    def digest(self, name: str) -> str:
        """Its tag, so that nothing is read."""
        return self._found().get(name, (0, ""))[1]

    def read(self, name: str) -> bytes:
        if name in self._batch:
            return self._batch[name]
        with self._telling(f"cannot read {name}", missing_ok=True):
            content: bytes = self._filesystem.cat_file(self._path(name))
        return content

    def write(self, name: str, content: bytes) -> None:
        self._batch[name] = content
        self._waiting += len(content)
        if self._waiting > BATCH:
            self._put_batch()

    def remove(self, name: str) -> None:
        self._put_batch()
        with self._telling(f"cannot remove {name}"):
            if name in self._found():
                self._filesystem.rm_file(self._path(name))
        self._found().pop(name, None)

    def finish(self) -> None:
        self._put_batch()

    def _found(self) -> dict[str, tuple[int, str]]:
        if self._listed is None:
            with self._telling("cannot be listed"):
                self._filesystem.invalidate_cache()
                listed = self._filesystem.find(self._root, detail=True)
            start = len(self._root) + 1
            self._listed = {path[start:]: (info["size"], _tag(info)) for path, info in listed.items()}
        return self._listed

    def _path(self, name: str) -> str:
        return f"{self._root}/{name}"

    # Writing

    def _put_batch(self) -> None:
        """Each rank once all of the one before is there."""
        ranks: dict[int, list[str]] = {}
        for name in self._batch:
            ranks.setdefault(_rank(name, name in self._found()), []).append(name)
        for _, names in sorted(ranks.items()):
            with ThreadPoolExecutor(AT_ONCE) as pool:
                self._found().update(zip(names, pool.map(self._put, names), strict=True))
        self._batch.clear()
        self._waiting = 0

    def _put(self, name: str) -> tuple[int, str]:
        path, content = self._path(name), self._batch[name]
        with self._telling(f"cannot write {name}"):
            answer = self._filesystem.pipe_file(path, content, **self._headers(name))
            # What is there now is what was written, whoever else writes: the answer tells, or the object itself.
            tag = _tag(answer) if isinstance(answer, dict) else ""
            return len(content), tag or _tag(self._filesystem.info(path))

    @contextmanager
    def _telling(self, failed: str, *, missing_ok: bool = False) -> Iterator[None]:
        """Whatever goes wrong becomes one line, without what the storage said: it may repeat what is secret."""
        try:
            yield
        except FileNotFoundError as error:
            if missing_ok:
                raise
            raise self._error(failed, "no such bucket or container; create it", error) from None
        except Exception as error:  # each library has errors of its own
            if isinstance(error, PermissionError) or type(error).__name__ in REFUSED:
                advice = "refused; give the storage's library credentials that may list, read, write and delete there"
                raise self._error(failed, advice, error) from None
            raise self._error(
                failed, "the storage does not answer as it should; see that it can be reached", error
            ) from None

    def _error(self, failed: str, why: str, error: Exception) -> FeedsvcError:
        return FeedsvcError(f"{self._address}: {failed}: {why} ({_code(error)}); the last good files stay as they are")


def _rank(name: str, known: bool) -> int:
    """What is linked to comes before what links to it. A page that is new is linked to by none that is there."""
    if name.startswith((media.EVENTS, media.ARCHIVE)):
        return 1 if known else 0
    if name.startswith((media.EMBED, "feeds.", "status.")):
        return 3
    return 4 if name == media.INDEX else 2


def _headers(protocol: str, freshness: Freshness) -> Callable[[str], dict[str, str]]:
    """What is to be said of each object where it is served from there, as the storage's library wants it."""
    if protocol not in ("s3", "s3a"):
        return lambda name: {}
    return lambda name: {
        "ContentType": media.media_type(name),
        "CacheControl": f"max-age={freshness.seconds(name)}",
    }


def _tag(info: dict[str, Any]) -> str:
    found = next((info[key] for key in TAGS if info.get(key)), "")
    return str(found.timestamp()) if isinstance(found, datetime) else str(found).strip('"')


def _number(tag: str) -> int:
    """Such as a database holds: 63 bits."""
    return int.from_bytes(hashlib.sha256(tag.encode()).digest()[:8]) >> 1


def _code(error: BaseException) -> str:
    """Name of the error; where it is known, the storage's own."""
    response = getattr(error.__cause__ or error, "response", None)
    code = response.get("Error", {}).get("Code", "") if isinstance(response, dict) else ""
    return code if re.fullmatch(r"\w{1,60}", str(code), re.ASCII) else type(error).__name__


def _filesystem(address: str) -> tuple[Any, str]:
    protocol = address.partition("://")[0]
    package = PACKAGES.get(protocol, f"feedsvc[storage] and what fsspec wants for {protocol}://")
    try:
        from fsspec.core import url_to_fs  # noqa: PLC0415

        filesystem, root = url_to_fs(address, use_listings_cache=False)
    except ImportError as error:
        raise ConfigError(
            f"[service] output {address}: a package is missing ({error.name or protocol}); install {package}"
        ) from None
    except ValueError:
        raise ConfigError(
            f"[service] output {address}: no such kind of storage is known; write e.g. s3://bucket/folder"
        ) from None
    except Exception as error:
        raise FeedsvcError(f"{address}: cannot be used ({type(error).__name__})") from None
    return filesystem, root.rstrip("/")
