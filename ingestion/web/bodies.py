"""The body of an answer, unpacked, within limits at every step."""

import zlib
from collections.abc import Iterable, Iterator

from ingestion.web.records import Allowance

# What is asked for is gzip; "deflate" comes unasked, from old servers.
_PACKED = frozenset({"gzip", "x-gzip", "deflate"})
_PLAIN = frozenset({"", "identity"})
# Decompress with either header, the one of gzip or the one of zlib.
_EITHER_HEADER = 32 + zlib.MAX_WBITS


class TooLargeError(Exception):
    """A body that is larger than allowed, as sent or unpacked."""


class BrokenBodyError(Exception):
    """A body that is not encoded as it says."""


def read_body(chunks: Iterable[bytes], encoding: str, allowance: Allowance) -> bytes:
    """Join and unpack a body; never holds more than is allowed, whatever it claims.

    Args:
        chunks: as they came over the wire.
        encoding: the header Content-Encoding, "" without one.
        allowance: the limits.

    Raises:
        TooLargeError: there is more.
        BrokenBodyError: the encoding is unknown, or not what the body has.
    """
    name = encoding.strip().lower()
    sent = _counted(chunks, allowance.max_wire_bytes, "has")
    if name in _PACKED:
        pieces = _inflated(sent, allowance.max_bytes)
    elif name in _PLAIN:
        pieces = sent
    else:
        raise BrokenBodyError(f"is encoded as {name!r}, which was not asked for")
    return b"".join(_counted(pieces, allowance.max_bytes, "unpacks to"))


def _counted(pieces: Iterable[bytes], limit: int, verb: str) -> Iterator[bytes]:
    count = 0
    for piece in pieces:
        count += len(piece)
        if count > limit:
            raise TooLargeError(f"{verb} more than {limit:,} bytes")
        yield piece


def _inflated(chunks: Iterable[bytes], limit: int) -> Iterator[bytes]:
    """Yield unpacked pieces of at most limit + 1 bytes, also of several members."""
    member = zlib.decompressobj(_EITHER_HEADER)
    is_begun = False
    try:
        for chunk in chunks:
            left = chunk
            while left:
                if member.eof:
                    if left[0] != 0x1F:
                        return  # what follows the last member means nothing
                    member = zlib.decompressobj(_EITHER_HEADER)
                is_begun = True
                yield member.decompress(left, limit + 1)
                left = member.unused_data if member.eof else member.unconsumed_tail
    except zlib.error as error:
        raise BrokenBodyError("is not encoded as it says") from error
    if is_begun and not member.eof:
        raise BrokenBodyError("ends within its encoding")
