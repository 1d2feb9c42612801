"""Where the files of a source come from: a folder, the sample that ships, or the web.

An origin yields files as published and reads nothing out of them.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from ingestion.documents import PublishedFile
from ingestion.errors import SourceUnavailableError
from ingestion.registry import Registry, Source

SAMPLE_FOLDER = Path(__file__).with_name("sample")

# A file that is larger is not even looked at: no list comes near, and no database
# column would take it.
MAX_FILE_BYTES = 256 * 1024 * 1024


class Origin(Protocol):
    """Whatever can hand over the files of a source."""

    def files(self, source: Source) -> Iterator[PublishedFile]:
        """Yield the source's files, sorted by path, at least one.

        Raises:
            SourceUnavailableError: at the call or later, the files cannot be had.
            SourceUnchangedError: the publisher says that nothing is new.
        """
        ...


class FolderOrigin:
    """Files below a folder that has one folder per source key.

    With ``own_folder_of``, the folder may instead be that one source's own.
    """

    def __init__(self, root: Path, own_folder_of: str | None = None) -> None:
        """Remember where to look; nothing is read yet."""
        self.root = root
        self.own_folder_of = own_folder_of

    def files(self, source: Source) -> Iterator[PublishedFile]:
        """Yield the files that the source's globs match, sorted by path.

        Raises:
            SourceUnavailableError: the source has no folder, or no file in it matches,
                or one cannot be read.
        """
        folder = self._folder(source)
        paths = [path for path in _paths_below(folder) if source.publishes(path)]
        if not paths:
            globs = ", ".join(source.include)
            raise SourceUnavailableError(source.key, f"no {globs} below {folder}")
        return (self._file(source, folder, path) for path in paths)

    def unregistered_folders(self, registry: Registry) -> tuple[str, ...]:
        """Return the names of folders that no registered source has as its key."""
        if self.own_folder_of is not None or not self.root.is_dir():
            return ()
        keys = {source.key for source in registry}
        return tuple(
            sorted(
                entry.name
                for entry in self.root.iterdir()
                if entry.is_dir() and entry.name not in keys and entry.name[0] != "."
            )
        )

    def _folder(self, source: Source) -> Path:
        if not self.root.is_dir():
            raise SourceUnavailableError(source.key, f"there is no folder {self.root}")
        own = self.root / source.key
        if own.is_dir():
            return own
        if self.own_folder_of == source.key:
            return self.root
        raise SourceUnavailableError(source.key, f"there is no folder {own}")

    def _file(self, source: Source, folder: Path, path: str) -> PublishedFile:
        file = folder / path
        try:
            size = file.stat().st_size
            if size > MAX_FILE_BYTES:
                reason = f"{file} has {size:,} bytes; at most {MAX_FILE_BYTES:,} do"
                raise SourceUnavailableError(source.key, reason)
            content = file.read_bytes()
        except OSError as error:
            reason = f"cannot read {file}: {error.strerror}"
            raise SourceUnavailableError(source.key, reason) from error
        return PublishedFile(path, content, source.url_of(path))


class SampleOrigin(FolderOrigin):
    """The small site that ships with the project: made up, observed 2026-11-20."""

    def __init__(self) -> None:
        """Look into the packaged folder."""
        super().__init__(SAMPLE_FOLDER)


def _paths_below(folder: Path) -> list[str]:
    """Return the relative paths of the files below a folder, sorted; no links."""
    paths: list[str] = []
    for parent, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in names:
            file = Path(parent, name)
            if file.is_file() and not file.is_symlink():
                paths.append(file.relative_to(folder).as_posix())
    # A name that is not UTF-8 could not be stored, nor asked for in a query.
    return sorted(path for path in paths if path.isprintable())
