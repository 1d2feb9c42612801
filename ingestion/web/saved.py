"""Pages that somebody saved in a folder, with an index of them or without.

The index, INDEX.csv, has a row per file with its name below the folder in ``file``.
What else it says is believed: where the page is (``url``, ``source_url`` or
``url_guess``), and of which conference it is (``series year kind title``).
"""

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

from ingestion.documents import KnownPage, MissedFile, PublishedFile, VisitOutcome
from ingestion.errors import SourceUnavailableError
from ingestion.origins import paths_below, source_folder
from ingestion.registry import Source
from ingestion.web.addresses import AddressError, normalised, page_path
from ingestion.web.records import PAGE

INDEX_NAME = "INDEX.csv"
_URL_COLUMNS = ("url", "source_url", "url_guess")
_CONTEXT_COLUMNS = ("series", "year", "kind", "title")


class SavedPagesOrigin:
    """Saved pages below a folder that has one folder per source key.

    With ``own_folder_of``, the folder may instead be that one source's own.
    """

    def __init__(self, root: Path, own_folder_of: str | None = None) -> None:
        """Remember where to look; nothing is read yet."""
        self.root = root
        self.own_folder_of = own_folder_of

    def visits(
        self, source: Source, known: Mapping[str, KnownPage]
    ) -> Iterator[PublishedFile | MissedFile]:
        """Yield the pages of the index in its order, or all files that match.

        A page's path is that of its address; one whose address is not known, or is
        that of another row before it, has the path of its file. Nothing is passed over
        for what is ``known``.

        Raises:
            SourceUnavailableError: there is no folder, no page in it, or its index
                cannot be read.
        """
        folder = source_folder(self.root, source, self.own_folder_of)
        rows = _index_of(folder, source) or [
            {"file": path} for path in paths_below(folder) if source.publishes(path)
        ]
        if not rows:
            raise SourceUnavailableError(source.key, f"no saved page below {folder}")
        seen: set[str] = set()
        for row in rows:
            visit = _visit(folder, row, seen)
            if visit.path not in seen:
                seen.add(visit.path)
                yield visit


def _index_of(folder: Path, source: Source) -> list[dict[str, str]]:
    """Return the rows of a folder's index without empty fields, [] if it has none.

    Raises:
        SourceUnavailableError: it cannot be read, or names no files.
    """
    index = folder / INDEX_NAME
    if not index.is_file():
        return []
    try:
        with index.open(encoding="utf-8-sig", newline="") as file:
            table = csv.DictReader(file, restkey="", restval="")
            if "file" not in (table.fieldnames or ()):
                reason = f"{index} has no column named file"
                raise SourceUnavailableError(source.key, reason)
            rows = [
                {
                    name: value.strip()
                    for name, value in row.items()
                    if name and value.strip()
                }
                for row in table
            ]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        reason = f"{index} cannot be read: {error}"
        raise SourceUnavailableError(source.key, reason) from error
    return [row for row in rows if row.get("file")]


def _visit(
    folder: Path, row: Mapping[str, str], seen: set[str]
) -> PublishedFile | MissedFile:
    name = row["file"]
    url = _url(row)
    path = page_path(url) if url else name
    if path in seen:
        path = name
    context = {column: row[column] for column in _CONTEXT_COLUMNS if column in row}

    def missed(outcome: VisitOutcome, detail: str) -> MissedFile:
        return MissedFile(path, url or name, outcome, f"{name} {detail}", context)

    if not _is_inside(folder, name):
        return missed(VisitOutcome.FAILED, "is not a file of this folder itself")
    file = folder / name
    try:
        size = file.stat().st_size
        if size > PAGE.max_bytes:
            reason = f"has more than {PAGE.max_bytes:,} bytes"
            return missed(VisitOutcome.TOO_LARGE, reason)
        content = file.read_bytes()
    except OSError as error:
        reason = f"cannot be read: {error.strerror}"
        is_absent = isinstance(error, FileNotFoundError)
        outcome = VisitOutcome.NOT_FOUND if is_absent else VisitOutcome.FAILED
        return missed(outcome, reason)
    if not content:
        return missed(VisitOutcome.EMPTY, "has no content")
    return PublishedFile(path, content, url, context)


def _url(row: Mapping[str, str]) -> str | None:
    for column in _URL_COLUMNS:
        if column in row:
            try:
                return normalised(row[column])
            except AddressError:
                continue
    return None


def _is_inside(folder: Path, name: str) -> bool:
    """Tell whether a name is that of a file below the folder, through no link."""
    parts = PurePosixPath(name).parts
    if not name.isprintable() or name.startswith("/") or ".." in parts:
        return False
    step = folder
    for part in parts:
        step = step / part
        if step.is_symlink():
            return False
    return True
