"""Where the files of a source come from: a folder, the sample that ships, or the web.

An origin yields files as published and reads nothing out of them.
"""

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from ingestion.documents import KnownPage, MissedFile, PublishedFile, VisitOutcome
from ingestion.errors import FetchError, SourceUnavailableError, SourceUnchangedError
from ingestion.registry import ArchiveFetch, PagesFetch, Registry, Source
from ingestion.web.archives import ArchiveError, read_tar_gz
from ingestion.web.records import LIST, Request

if TYPE_CHECKING:  # importing httpx costs more than reading a folder
    from ingestion.web.client import PoliteClient

SAMPLE_FOLDER = Path(__file__).with_name("sample")

# A file that is larger is not even looked at: no list comes near, and no database
# column would take it.
MAX_FILE_BYTES = 256 * 1024 * 1024


class Origin(Protocol):
    """Whatever can hand over the files of a source."""

    def files(self, source: Source) -> Iterable[PublishedFile]:
        """Return the source's files, sorted by path, at least one.

        Raises:
            SourceUnavailableError: at the call or later, the files cannot be had.
            SourceUnchangedError: the publisher says that nothing is new.
        """
        ...


class PageOrigin(Protocol):
    """Whatever can visit the pages of a source, one by one."""

    def visits(
        self, source: Source, known: Mapping[str, KnownPage]
    ) -> Iterator[PublishedFile | MissedFile]:
        """Yield what came of each page as it comes, in no order, no path twice.

        A page that fails is a MissedFile with its reason and never ends the others.
        Closing the iterator early gives up what is under way.

        Args:
            source: whose pages.
            known: by path, what is stored of earlier visits to them.

        Raises:
            SourceUnavailableError: at the first step, there is nothing to visit.
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
        folder = source_folder(self.root, source, self.own_folder_of)
        paths = [path for path in paths_below(folder) if source.publishes(path)]
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

    def _file(self, source: Source, folder: Path, path: str) -> PublishedFile:
        file = folder / path
        try:
            size = file.stat().st_size
            if size > MAX_FILE_BYTES:
                reason = (
                    f"{file} has {size:,} bytes; at most {MAX_FILE_BYTES:,} are taken"
                )
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


class WebOrigin:
    """Files from where they are published: one archive, or few files, per source.

    ``etags`` maps addresses to the validators that they gave last time; a source whose
    every address answers "not modified" is reported as unchanged. After ``files``,
    ``etags`` holds the new ones.
    """

    def __init__(
        self, client: "PoliteClient", etags: Mapping[str, str] | None = None
    ) -> None:
        """Remember the client, which the caller closes."""
        self._client = client
        self.etags = dict(etags or {})

    def files(self, source: Source) -> Iterator[PublishedFile]:
        """Fetch the source and yield its files, sorted by path.

        Raises:
            FetchError: an address cannot be fetched or its archive not be read.
            SourceUnavailableError: the archive holds none of the source's files.
            SourceUnchangedError: nothing changed since the given etags.
        """
        if isinstance(source.fetch, ArchiveFetch):
            url = source.fetch.url
            archive = self._contents(source, [url])[url]
            try:
                contents = read_tar_gz(archive, source.publishes)
            except ArchiveError as error:
                raise FetchError(source.key, url, str(error)) from error
            if not contents:
                globs = ", ".join(source.include)
                raise SourceUnavailableError(source.key, f"no {globs} in {url}")
        elif isinstance(source.fetch, PagesFetch):
            reason = "its pages are crawled, not fetched as files"
            raise SourceUnavailableError(source.key, reason)
        else:
            urls = source.fetch.urls
            fetched = self._contents(source, list(urls.values()))
            contents = {path: fetched[url] for path, url in sorted(urls.items())}
        return (
            PublishedFile(path, content, source.url_of(path))
            for path, content in contents.items()
        )

    def _contents(self, source: Source, urls: list[str]) -> dict[str, bytes]:
        """Return what each address gives; unchanged ones only if another changed."""
        contents: dict[str, bytes] = {}
        for url in urls:
            self._fetch(source, url, self.etags.get(url), contents)
        if not contents:
            raise SourceUnchangedError(source.key)
        for url in urls:
            if url not in contents:
                self._fetch(source, url, None, contents)
        return contents

    def _fetch(
        self, source: Source, url: str, etag: str | None, contents: dict[str, bytes]
    ) -> None:
        request = Request(url, etag, allowance=LIST, asks_robots=False)
        fetched = self._client.fetch(request)
        if fetched.content is not None:
            contents[url] = fetched.content
            self.etags.pop(url, None)
            if fetched.retrieval.etag:
                self.etags[url] = fetched.retrieval.etag
        elif fetched.outcome is not VisitOutcome.UNCHANGED:
            raise FetchError(source.key, url, fetched.detail or fetched.outcome)


def source_folder(root: Path, source: Source, own_folder_of: str | None) -> Path:
    """Return the folder below ``root`` that holds a source's files.

    It is named as the source; that of the source ``own_folder_of`` may be ``root``.

    Raises:
        SourceUnavailableError: there is none.
    """
    if not root.is_dir():
        raise SourceUnavailableError(source.key, f"there is no folder {root}")
    own = root / source.key
    if own.is_dir():
        return own
    if own_folder_of == source.key:
        return root
    raise SourceUnavailableError(source.key, f"there is no folder {own}")


def paths_below(folder: Path) -> list[str]:
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
