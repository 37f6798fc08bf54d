"""Content codings undone piece by piece: a small body that unpacks to gigabytes is cut while it is still small.

Pure. No piece is larger than a few megabytes whatever goes in, so the caller can count and stop. httpx's own decoders
unpack each chunk of the network in one go, up to a thousandfold and more. Called by `fetch`.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from typing import Protocol

import brotli
import zstandard

from feedsvc.sources.answers import FetchError

ACCEPTED = "gzip, deflate, br, zstd"
PIECE = 64 * 1024
# A zstd block of 4 bytes can stand for 128 KiB (RFC 8878 section 3.1.1.2): one slice unpacks to 8 MiB at most.
ZSTD_SLICE = 256
ZSTD_WINDOW = 8 * 1024 * 1024  # RFC 9659: no larger one may be sent over HTTP
MOST_CODINGS = 2


class Decoder(Protocol):
    def feed(self, data: bytes) -> Iterator[bytes]:
        """What the data unpacks to. Raises FetchError."""

    def finish(self) -> None:
        """Raises FetchError if the end is missing."""


def decoder_for(content_encoding: str) -> Decoder:
    """The decoder for a Content-Encoding header (RFC 9110 section 8.4). Raises FetchError for an unknown coding."""
    codings = [coding.strip().lower() for coding in content_encoding.split(",")]
    codings = [coding for coding in codings if coding not in ("", "identity")]
    if len(codings) > MOST_CODINGS or not all(coding in DECODERS for coding in codings):
        raise FetchError(f"is packed in a way we did not ask for ({content_encoding[:40]!r}); tell the publisher")
    decoder: Decoder = Identity()
    for coding in codings:
        decoder = Chain(DECODERS[coding](), decoder)
    return decoder


def broken(coding: str) -> FetchError:
    return FetchError(f"sends broken {coding} data; tell the publisher, it will be tried again")


class Identity:
    def feed(self, data: bytes) -> Iterator[bytes]:
        yield data

    def finish(self) -> None:
        pass


class Chain:
    """Two codings on top of each other: the outer was applied last and comes off first."""

    def __init__(self, outer: Decoder, inner: Decoder) -> None:
        self._outer = outer
        self._inner = inner

    def feed(self, data: bytes) -> Iterator[bytes]:
        for piece in self._outer.feed(data):
            yield from self._inner.feed(piece)

    def finish(self) -> None:
        self._outer.finish()
        self._inner.finish()


class Gzip:
    """RFC 1952: any number of members; what follows and is none is ignored, as gzip does."""

    name = "gzip"

    def __init__(self) -> None:
        self._member: zlib._Decompress | None = None

    def feed(self, data: bytes) -> Iterator[bytes]:
        while data:
            if self._member is None or (self._member.eof and data.startswith(b"\x1f")):
                self._member = zlib.decompressobj(self._format(data[0]))
            elif self._member.eof:
                return
            yield from self._unpack(self._member, data)
            data = self._member.unused_data

    def _format(self, first: int) -> int:
        """What zlib calls window bits, from the first byte."""
        return zlib.MAX_WBITS | 16

    def _unpack(self, member: zlib._Decompress, data: bytes) -> Iterator[bytes]:
        piece = b""
        # A full piece may leave more behind although no input is left.
        while (data or len(piece) == PIECE) and not member.eof:
            try:
                piece = member.decompress(data, PIECE)
            except zlib.error:
                raise broken(self.name) from None
            yield piece
            data = member.unconsumed_tail

    def finish(self) -> None:
        if self._member is not None and not self._member.eof:
            raise broken(self.name)


class Deflate(Gzip):
    """RFC 1950, or bare RFC 1951 as some servers understand the name."""

    name = "deflate"

    def _format(self, first: int) -> int:
        # The low half of the first byte is 8 in RFC 1950; in RFC 1951 it would announce a block that no packer writes.
        return zlib.MAX_WBITS if first & 0x0F == 8 else -zlib.MAX_WBITS


class Brotli:
    """RFC 7932."""

    def __init__(self) -> None:
        self._stream = brotli.Decompressor()
        self._begun = False

    def feed(self, data: bytes) -> Iterator[bytes]:
        self._begun = self._begun or bool(data)
        while not self._stream.is_finished():
            try:
                piece = self._stream.process(data, output_buffer_limit=PIECE)
            except brotli.error:
                raise broken("brotli") from None
            if not piece and self._stream.can_accept_more_data():
                return
            yield piece
            data = b""

    def finish(self) -> None:
        if self._begun and not self._stream.is_finished():
            raise broken("brotli")


class Zstandard:
    """RFC 8878: any number of frames."""

    def __init__(self) -> None:
        self._frame = self._next_frame()
        self._begun = False

    def _next_frame(self) -> zstandard.ZstdDecompressionObj:
        return zstandard.ZstdDecompressor(max_window_size=ZSTD_WINDOW).decompressobj()

    def feed(self, data: bytes) -> Iterator[bytes]:
        for start in range(0, len(data), ZSTD_SLICE):
            yield from self._unpack(data[start : start + ZSTD_SLICE])

    def _unpack(self, data: bytes) -> Iterator[bytes]:
        while data:
            if self._frame.eof:
                self._frame = self._next_frame()
            self._begun = True
            try:
                yield self._frame.decompress(data)
            except zstandard.ZstdError:
                raise broken("zstd") from None
            data = self._frame.unused_data

    def finish(self) -> None:
        if self._begun and not self._frame.eof:
            raise broken("zstd")


DECODERS: dict[str, Callable[[], Decoder]] = {
    "gzip": Gzip,
    "x-gzip": Gzip,
    "deflate": Deflate,
    "br": Brotli,
    "zstd": Zstandard,
}
