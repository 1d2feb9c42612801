"""Files out of a tar.gz, member by member and in memory: nothing is written."""

import gzip
import io
import tarfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ArchiveLimits:
    """How many members an archive may have, and how many bytes all unpacked."""

    max_members: int = 100_000
    max_bytes: int = 512 * 1024 * 1024


class ArchiveError(Exception):
    """An archive that is broken, too large, or names files outside itself."""


def read_tar_gz(
    content: bytes,
    is_wanted: Callable[[str], bool],
    limits: ArchiveLimits | None = None,
) -> dict[str, bytes]:
    """Return the wanted regular files of an archive by path, sorted.

    Paths are without the archive's top folder. Links are not followed, nor returned.

    Raises:
        ArchiveError: the archive cannot be read to its end, is larger than the limits,
            or one of its members lies outside the top folder.
    """
    limits = limits or ArchiveLimits()
    files: dict[str, bytes] = {}
    unpacked = _BoundedGzip(content, limits.max_bytes)
    try:
        with tarfile.open(fileobj=unpacked, mode="r|") as archive:
            for number, member in enumerate(archive, start=1):
                if number > limits.max_members:
                    raise ArchiveError(f"more than {limits.max_members:,} members")
                path = _below_top(member.name)
                if member.isreg() and path.isprintable() and is_wanted(path):
                    file = archive.extractfile(member)
                    if file is not None:
                        files[path] = file.read()
    except (tarfile.TarError, OSError, EOFError, zlib.error, ValueError) as error:
        raise ArchiveError(f"the archive is broken ({error})") from error
    return dict(sorted(files.items()))


class _BoundedGzip(gzip.GzipFile):
    """A compressed stream that ends in an error once it has given too much."""

    def __init__(self, content: bytes, limit: int) -> None:
        super().__init__(fileobj=io.BytesIO(content))
        self._limit = limit
        self._given = 0

    def read(self, size: int | None = -1) -> bytes:
        data = super().read(size)
        self._given += len(data)
        if self._given > self._limit:
            raise ArchiveError(f"more than {self._limit:,} bytes unpacked")
        return data


def _below_top(name: str) -> str:
    parts = name.split("/")
    if name.startswith("/") or ".." in parts or "\\" in name:
        raise ArchiveError(f"the member {name!r} lies outside the archive")
    return "/".join(part for part in parts[1:] if part not in {"", "."})
