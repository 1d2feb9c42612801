"""Pages out of a WARC file, plain or gzipped: crawls of others, loaded as if our own.

The newest capture of each page counts. The file is read twice, record by record: first
its headers, to find those captures, then these alone; no more than one page is held.
"""

import io
import re
import zlib
from collections.abc import Iterator, Mapping
from contextlib import closing, redirect_stderr
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from warcio.archiveiterator import (  # type: ignore[import-untyped]
    WARCIterator,
)
from warcio.bufferedreaders import (  # type: ignore[import-untyped]
    BufferedReader,
    ChunkedDataException,
)
from warcio.exceptions import ArchiveLoadFailed  # type: ignore[import-untyped]
from warcio.statusandheaders import (  # type: ignore[import-untyped]
    StatusAndHeadersParserException,
)

from ingestion.documents import (
    KnownPage,
    MissedFile,
    PublishedFile,
    Retrieval,
    VisitOutcome,
)
from ingestion.errors import SourceUnavailableError
from ingestion.registry import Source
from ingestion.web.addresses import AddressError, normalised, page_path
from ingestion.web.client import outcome_of_status
from ingestion.web.records import PAGE, PAGE_MEDIA_TYPES

# What warcio raises at records that are not as they should be; it does not check what
# it needs, so that a missing header is an AttributeError.
_BROKEN = (
    ArchiveLoadFailed,
    StatusAndHeadersParserException,
    ChunkedDataException,
    AttributeError,
    EOFError,
    OSError,
    ValueError,
    zlib.error,
)
_GZIP_MAGIC = b"\x1f\x8b\x08"
_PLAIN_MAGIC = b"WARC/"
_FIRST_LINE = re.compile(rb"WARC/[01]\.[0-9]+\r?\n")
_BLOCK = 64 * 1024


class WarcOrigin:
    """The pages of one WARC file, whatever the source."""

    def __init__(self, file: Path) -> None:
        """Remember the file; nothing is read yet."""
        self.file = file

    def visits(
        self, source: Source, known: Mapping[str, KnownPage]
    ) -> Iterator[PublishedFile | MissedFile]:
        """Yield the newest capture of each page, in the order of the file.

        Pictures and other things that are no pages are left out, as are redirects. A
        record that is broken is missed under its place in the file, and the reading
        goes on with the next one. Nothing is passed over for what is ``known``.

        Raises:
            SourceUnavailableError: the file cannot be read, or has no capture at all.
        """
        newest: dict[str, _Capture] = {}
        broken: list[_Broken] = []
        try:
            with self.file.open("rb") as file:
                for found in _scan(file):
                    if isinstance(found, _Broken):
                        broken.append(found)
                    elif (
                        found.path not in newest
                        or newest[found.path].date <= found.date
                    ):
                        newest[found.path] = found
                if not newest and not broken:
                    reason = f"{self.file} has no capture of a page"
                    raise SourceUnavailableError(source.key, reason)
                yield from (self._missed(each) for each in broken)
                for capture in sorted(newest.values(), key=lambda each: each.offset):
                    yield _read(file, capture)
        except OSError as error:
            reason = f"cannot read {self.file}: {error.strerror}"
            raise SourceUnavailableError(source.key, reason) from error

    def _missed(self, broken: "_Broken") -> MissedFile:
        name = f"{self.file.name}@{broken.offset}"
        detail = f"the record at byte {broken.offset:,} is broken: {broken.reason}"
        return MissedFile(name, name, VisitOutcome.FAILED, detail)


@dataclass(frozen=True, slots=True)
class _Capture:
    """Where in the file one capture of a page begins, and when it was made."""

    path: str
    url: str
    date: str
    offset: int


@dataclass(frozen=True, slots=True)
class _Broken:
    offset: int
    reason: str


class _OneRecord(WARCIterator):  # type: ignore[misc]
    """Reads the record that begins where the file stands."""

    INC_RECORD = ""  # it would be printed; err_count tells the same


def _scan(file: BinaryIO) -> Iterator[_Capture | _Broken]:
    """Yield all captures of pages and all broken records; none of their contents."""
    is_packed = file.read(len(_GZIP_MAGIC)) == _GZIP_MAGIC
    size = file.seek(0, io.SEEK_END)
    offset = 0
    while offset < size:
        file.seek(offset)
        archive = _OneRecord(file)
        try:
            with redirect_stderr(io.StringIO()):  # where warcio reports what it sees
                record = next(archive)
                capture = _capture(record, offset)
                archive.read_to_end()
            reason = _fault(archive, record, is_packed)
            after = archive.offset
        except StopIteration:
            capture, reason = None, "it has no content"
        except _BROKEN as error:
            capture, reason = None, _sentence(error)
        finally:
            archive.close()  # it holds a block, and itself in a circle
        if reason is not None:
            yield _Broken(offset, reason)
            offset = _next_start(file, offset + 1, is_packed) or size
            continue
        if capture is not None:
            yield capture
        offset = after


def _fault(archive: WARCIterator, record: Any, is_packed: bool) -> str | None:  # noqa: ANN401
    """Return what is wrong with a record that was read to its end, None if nothing."""
    if record.length is None:
        return "it does not say how long it is"
    names = [name.lower() for name, _ in record.rec_headers.headers]
    if names.count("content-length") > 1 or names.count("warc-date") > 1:
        return "its headers run into those of the next"
    left = getattr(record.raw_stream, "limit", 0)
    if left:
        return f"{left:,} of its bytes are missing"
    packing = archive.reader.decompressor
    if is_packed and not (packing and packing.eof):
        return "its packing is broken"
    if is_packed and archive.next_line:
        return "other records follow it in one gzip member (warcio recompress helps)"
    if archive.err_count:
        return "it does not end where it says"
    return None


def _capture(record: Any, offset: int) -> _Capture | None:  # noqa: ANN401
    """Return what a record captures, None if that is no page of the web."""
    if record.rec_type != "response" or record.http_headers is None:
        return None
    status = int(record.http_headers.get_statuscode())
    if 300 <= status < 400:
        return None
    url = record.rec_headers.get_header("WARC-Target-URI")
    essence = _media_type(record).partition(";")[0].strip().lower()
    if status < 300 and essence and essence not in PAGE_MEDIA_TYPES:
        return None
    try:
        address = normalised(url)
    except AddressError:
        return None
    date = record.rec_headers.get_header("WARC-Date") or ""
    return _Capture(page_path(address), address, date, offset)


def _read(file: BinaryIO, capture: _Capture) -> PublishedFile | MissedFile:
    """Read the page of a capture that was found whole before."""
    file.seek(capture.offset)
    with redirect_stderr(io.StringIO()), closing(_OneRecord(file)) as archive:
        record = next(archive)
        headers = record.http_headers
        status = int(headers.get_statuscode())
        retrieval = Retrieval(
            final_url=capture.url,
            http_status=status,
            etag=headers.get_header("ETag"),
            last_modified=headers.get_header("Last-Modified"),
            media_type=_media_type(record) or None,
        )
        outcome = outcome_of_status(status)
        detail = f"HTTP {status}, when it was captured"
        content = b""
        if outcome is VisitOutcome.STORED:
            content, outcome, detail = _content(record)
    if outcome is VisitOutcome.STORED:
        return PublishedFile(capture.path, content, capture.url, {}, retrieval)
    return MissedFile(capture.path, capture.url, outcome, detail, {}, retrieval)


def _content(record: Any) -> tuple[bytes, VisitOutcome, str]:  # noqa: ANN401
    encoding = (record.http_headers.get_header("Content-Encoding") or "").lower()
    readable = {"", "identity", *BufferedReader.get_supported_decompressors()}
    if encoding not in readable:
        return b"", VisitOutcome.FAILED, f"is encoded as {encoding!r}"
    try:
        # Unpacked in blocks: never much more than what is asked for.
        content: bytes = record.content_stream().read(PAGE.max_bytes + 1)
    except _BROKEN as error:
        return b"", VisitOutcome.FAILED, _sentence(error)
    if len(content) > PAGE.max_bytes:
        reason = f"has more than {PAGE.max_bytes:,} bytes"
        return b"", VisitOutcome.TOO_LARGE, reason
    if not content:
        return b"", VisitOutcome.EMPTY, "has no content"
    return content, VisitOutcome.STORED, ""


def _media_type(record: Any) -> str:  # noqa: ANN401
    return record.http_headers.get_header("Content-Type") or ""


def _next_start(file: BinaryIO, offset: int, is_packed: bool) -> int | None:
    """Return where the next record after a broken one begins, None if there is none."""
    magic = _GZIP_MAGIC if is_packed else _PLAIN_MAGIC
    while True:
        file.seek(offset)
        block = file.read(_BLOCK)
        found = block.find(magic)
        if found < 0:
            if len(block) < _BLOCK:
                return None
            offset += len(block) - len(magic) + 1
        elif _begins_record(file, offset + found, is_packed):
            return offset + found
        else:
            offset += found + 1


def _begins_record(file: BinaryIO, offset: int, is_packed: bool) -> bool:
    file.seek(offset)
    line = file.read(_BLOCK if is_packed else 16)
    if is_packed:
        try:
            line = zlib.decompressobj(16 + zlib.MAX_WBITS).decompress(line, 16)
        except zlib.error:
            return False
    return _FIRST_LINE.match(line) is not None


def _sentence(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__
