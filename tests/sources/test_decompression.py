"""Content codings: any split of the data unpacks alike, and no piece is large."""

import gzip
import zlib
from collections.abc import Callable, Iterable

import brotli
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from feedsvc.sources.answers import FetchError
from feedsvc.sources.decompression import PIECE, Decoder, decoder_for
from tests.hostile_origin import MIB, packed_zeros


def bare_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


def two_members(data: bytes) -> bytes:
    return gzip.compress(data[:3]) + gzip.compress(data[3:])


def two_frames(data: bytes) -> bytes:
    return zstandard.compress(data[:3]) + zstandard.compress(data[3:])


PACKERS: list[tuple[str, Callable[[bytes], bytes]]] = [
    ("gzip", gzip.compress),
    ("x-gzip", gzip.compress),
    ("GZIP", two_members),
    ("deflate", zlib.compress),
    ("deflate", bare_deflate),
    ("br", brotli.compress),
    ("zstd", zstandard.compress),
    ("zstd", two_frames),
    ("gzip, br", lambda data: brotli.compress(gzip.compress(data))),
    ("identity", bytes),
    ("", bytes),
]


def unpack(decoder: Decoder, chunks: Iterable[bytes]) -> bytes:
    data = b"".join(piece for chunk in chunks for piece in decoder.feed(chunk))
    decoder.finish()
    return data


@pytest.mark.parametrize(("coding", "pack"), PACKERS)
@given(data=st.binary(max_size=500), size=st.integers(1, 50))
def test_any_split_unpacks_alike(coding: str, pack: Callable[[bytes], bytes], data: bytes, size: int) -> None:
    packed = pack(data)
    assert unpack(decoder_for(coding), (packed[at : at + size] for at in range(0, len(packed), size))) == data


@pytest.mark.parametrize(("coding", "pack"), PACKERS)
def test_much_data_unpacks_whole(coding: str, pack: Callable[[bytes], bytes]) -> None:
    data = b"".join(b"%d news at the harbour, " % n for n in range(20_000)) + bytes(300_000)
    assert unpack(decoder_for(coding), [pack(data)]) == data


@pytest.mark.parametrize(("coding", "pack"), PACKERS)
def test_what_ends_a_little_behind_a_piece_unpacks_whole(coding: str, pack: Callable[[bytes], bytes]) -> None:
    """Bare deflate has no trailer: the last bytes of output may be due when no input is left."""
    for size in range(PIECE - 1, PIECE + 300):
        assert len(unpack(decoder_for(coding), [pack(bytes(size))])) == size


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd"])
@given(data=st.binary())
def test_any_bytes_are_unpacked_or_one_problem(coding: str, data: bytes) -> None:
    try:
        unpack(decoder_for(coding), [data])
    except FetchError as problem:
        assert "data; tell the publisher" in str(problem)


@pytest.mark.parametrize(("coding", "pack"), PACKERS[:9])
def test_a_missing_end_is_a_problem(coding: str, pack: Callable[[bytes], bytes]) -> None:
    with pytest.raises(FetchError, match="broken"):
        unpack(decoder_for(coding), [pack(b"news at the harbour")[:-2]])


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd"])
def test_an_empty_body_is_no_problem(coding: str) -> None:
    assert unpack(decoder_for(coding), []) == b""


@pytest.mark.parametrize(("coding", "padding"), [("gzip", bytes(512)), ("deflate", b"x")])
def test_padding_behind_the_end_is_ignored(coding: str, padding: bytes) -> None:
    pack = dict(PACKERS)[coding]
    assert unpack(decoder_for(coding), [pack(b"news") + padding, padding]) == b"news"


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd"])
def test_no_piece_is_large(coding: str) -> None:
    packed = gzip.compress(bytes(64 * MIB)) if coding == "gzip" else packed_zeros(coding, 64)
    sizes = [len(piece) for piece in decoder_for(coding).feed(packed)]
    assert sum(sizes) == 64 * MIB
    assert max(sizes) <= 8 * MIB


def test_a_window_beyond_the_standard_is_refused() -> None:
    parameters = zstandard.ZstdCompressionParameters(window_log=27, enable_ldm=True)
    packer = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    with pytest.raises(FetchError, match="broken zstd"):
        unpack(decoder_for("zstd"), [packer.compress(bytes(1000)) + packer.flush()])


@pytest.mark.parametrize("coding", ["compress", "gzip, rot13", "gzip, gzip, gzip", "\u00e9"])
def test_codings_that_nobody_asked_for(coding: str) -> None:
    with pytest.raises(FetchError, match="in a way we did not ask for"):
        decoder_for(coding)
