"""Write all readers of a build into a folder that any web server can serve.

Nothing is put in place before all of it is made: an error on the way, such as a
database that goes away, leaves the last good files. Files that did not change are not
touched, and only what an earlier publish wrote is ever removed.
"""

import filecmp
import json
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from multiprocessing import get_context
from pathlib import Path, PurePosixPath
from typing import TypeAlias

import psycopg

from confradar.database import Login
from confradar.errors import ConfRadarError
from confradar.readers.snapshot import Snapshot, build_name
from confradar.warehouse import reading

MANIFEST = ".confradar-publish.json"
_STAGING = ".confradar-publish.new"


class BuildChangedError(ConfRadarError):
    """Another build was put in place while this one was read."""


class WorkerKilledError(ConfRadarError):
    """A process that made a part was ended by something else."""


@dataclass(frozen=True, slots=True)
class Publication:
    """What is published, and how.

    Attributes:
        snapshot: of the build that is read.
        login: of the reader, for what the snapshot does not hold.
        site_url: where the site will stand; None if nobody said.
        alarm: how long before a deadline calendars ring; None for no alarm.
        edition_keys: of editions that have pages and documents; None for all.
        series_keys: of series that have pages; None for all.
        scratch: a folder for files that are being made, on the same disk as the site,
            so that they need not be copied; None is that of the system.
    """

    snapshot: Snapshot
    login: Login
    site_url: str | None = None
    alarm: timedelta | None = None
    edition_keys: Sequence[str] | None = None
    series_keys: Sequence[str] | None = None
    scratch: Path | None = None

    @contextmanager
    def reading(self) -> Iterator[psycopg.Connection]:
        """Open a session on the build of the snapshot.

        Raises:
            BuildChangedError: there is another one by now.
        """
        with reading(self.login) as connection:
            if build_name(connection) != self.snapshot.build:
                raise BuildChangedError(
                    "a run put another build in place meanwhile",
                    hint="publish again: nothing was changed",
                )
            yield connection


# What stands at a path: bytes, or a file that may be taken away.
Content: TypeAlias = bytes | Path
Files: TypeAlias = Iterable[tuple[str, Content]]


@dataclass(frozen=True, slots=True)
class Producer:
    """A part of what is published, made in a process of its own where there is much.

    ``make`` is a function of a module, or a ``functools.partial`` of one: other
    processes are told of it by name. It yields paths and what stands there.
    """

    name: str
    make: Callable[[Publication], Files]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a publish did, in numbers of files; ``size`` is of all, in bytes."""

    files: int
    changed: int
    removed: int
    size: int


@dataclass(frozen=True, slots=True)
class _Staged:
    """What a producer made: all its paths, and those that are new or another."""

    paths: Sequence[str] = ()
    changed: Sequence[str] = ()
    size: int = 0


@dataclass(slots=True)
class _Total:
    paths: dict[str, None] = field(default_factory=dict)
    changed: list[str] = field(default_factory=list)
    size: int = 0

    def add(self, staged: _Staged) -> None:
        for path in staged.paths:
            if path in self.paths:
                raise ValueError(f"two parts write {path}")
            self.paths[path] = None
        self.changed.extend(staged.changed)
        self.size += staged.size


def publish(
    folder: Path,
    publication: Publication,
    producers: Sequence[Producer],
    *,
    processes: int = 1,
    on_part: Callable[[int, int], None] = lambda done, of: None,
) -> Outcome:
    """Write what producers make into a folder, and remove what they no longer make.

    Args:
        folder: where to; it is made if it is not there.
        publication: what is published.
        producers: the parts, of which no two write the same file.
        processes: how many of them are made at a time.
        on_part: is told how many parts are done, and of how many.

    Raises:
        ConfRadarError: the folder holds what no publish wrote, or cannot be written
            to, or the marts cannot be read, or a process was killed. What was there
            is as it was.
    """
    staging = folder / _STAGING
    with writing_to(folder):
        folder.mkdir(parents=True, exist_ok=True)
        earlier = _earlier(folder)
        shutil.rmtree(staging, ignore_errors=True)  # of one that was killed
        staging.mkdir()
    publication = replace(publication, scratch=staging)
    try:
        total = _make_all(folder, publication, producers, processes, on_part)
        with writing_to(folder):
            # Of an interruption between here and the end, the next publish knows what
            # may be there: both.
            _note(folder, {*earlier, *total.paths})
            for path in _in_wholes(sorted(total.changed, key=_pages_last), folder):
                _put(staging / path, folder / path)
            removed = [path for path in earlier if path not in total.paths]
            _remove(folder, removed)
            _note(folder, total.paths)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return Outcome(len(total.paths), len(total.changed), len(removed), total.size)


def _make_all(
    folder: Path,
    publication: Publication,
    producers: Sequence[Producer],
    processes: int,
    on_part: Callable[[int, int], None],
) -> _Total:
    total = _Total()
    if processes < 2:
        for done, producer in enumerate(producers, start=1):
            total.add(_stage(producer, publication, folder))
            on_part(done, len(producers))
        return total
    # Not a fork: threads of this process may hold locks.
    with ProcessPoolExecutor(
        processes,
        mp_context=get_context("spawn"),
        initializer=_be_told,
        initargs=(publication, folder),
    ) as pool:
        try:
            futures: list[Future[_Staged]] = [
                pool.submit(_stage_as_told, producer) for producer in producers
            ]
            for done, future in enumerate(as_completed(futures), start=1):
                total.add(future.result())
                on_part(done, len(producers))
        except BrokenProcessPool as error:
            raise WorkerKilledError(
                "a process that made pages or files was killed, nothing was changed",
                hint="see whether memory is short, and publish again",
            ) from error
        except BaseException:
            pool.shutdown(wait=True, cancel_futures=True)
            raise
    return total


# What a process of the pool works on. It is told once: a snapshot is megabytes.
_told: list[tuple[Publication, Path]] = []


def _be_told(publication: Publication, folder: Path) -> None:
    _told.append((publication, folder))


def _stage_as_told(producer: Producer) -> _Staged:
    publication, folder = _told[0]
    return _stage(producer, publication, folder)


def _stage(producer: Producer, publication: Publication, folder: Path) -> _Staged:
    """Write what a producer makes beside the files of the last publish.

    What is there as it should be is not written.
    """
    paths, changed, size = [], [], 0
    made: set[Path] = set()
    for path, content in producer.make(publication):
        _check(path)
        paths.append(path)
        size += len(content) if isinstance(content, bytes) else content.stat().st_size
        if _is_there(folder / path, content):
            continue
        target = folder / _STAGING / path
        with writing_to(folder):
            if target.parent not in made:
                target.parent.mkdir(parents=True, exist_ok=True)
                made.add(target.parent)
            if isinstance(content, bytes):
                target.write_bytes(content)
            else:
                shutil.move(content, target)
        changed.append(path)
    return _Staged(paths, changed, size)


def _check(path: str) -> None:
    """Refuse a path that leads out of the folder, whatever a key was made of."""
    parts = PurePosixPath(path).parts
    if not parts or path.startswith("/") or ".." in parts or parts[0].startswith("."):
        raise ValueError(f"no path of a site: {path!r}")


def _is_there(file: Path, content: Content) -> bool:
    try:
        if isinstance(content, Path):
            return filecmp.cmp(content, file, shallow=False)
        return file.stat().st_size == len(content) and file.read_bytes() == content
    except OSError:
        return False


def _pages_last(path: str) -> tuple[bool, str]:
    """Put what pages load in place before them."""
    return path.endswith(".html"), path


def _in_wholes(paths: Iterable[str], folder: Path) -> Iterator[str]:
    """Yield what has to be put in place, a folder that is new as a whole.

    A first publish has thousands of files in a handful of folders.
    """
    new: dict[str, bool] = {}
    for path in paths:
        top = path.partition("/")[0]
        if top not in new:
            new[top] = not (folder / top).exists()
            if new[top]:
                yield top
        if not new[top]:
            yield path


def _put(staged: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    staged.replace(target)


def _remove(folder: Path, paths: Iterable[str]) -> None:
    """Remove files, and the folders that are empty then."""
    parents: set[PurePosixPath] = set()
    for path in paths:
        _check(path)
        (folder / path).unlink(missing_ok=True)
        parents.update(PurePosixPath(path).parents)
    for parent in sorted(parents, key=lambda one: len(one.parts), reverse=True):
        place = folder / parent
        if parent.parts and place.is_dir() and not any(place.iterdir()):
            place.rmdir()


def _earlier(folder: Path) -> list[str]:
    """Return the paths that the last publish wrote.

    Raises:
        ConfRadarError: there is something, and no publish wrote it.
    """
    manifest = folder / MANIFEST
    if not manifest.is_file():
        others = [one for one in folder.glob("*") if one.name != _STAGING]
        if others:
            raise ConfRadarError(
                f"{folder} holds other things, such as {others[0].name}",
                hint="give a folder that is empty or that publish wrote: --to DIR",
            )
        return []
    try:
        paths = json.loads(manifest.read_bytes())["files"]
    except (ValueError, KeyError, TypeError):
        paths = None
    if not isinstance(paths, list) or not all(isinstance(one, str) for one in paths):
        raise ConfRadarError(
            f"{manifest} is not as publish wrote it",
            hint="remove the folder, and publish again",
        )
    return paths


def _note(folder: Path, paths: Iterable[str]) -> None:
    """Note which files are ours; the same files give the same bytes."""
    body = json.dumps({"files": sorted(paths)}, indent=0).encode()
    manifest = folder / MANIFEST
    if _is_there(manifest, body):
        return
    written = folder / f"{MANIFEST}.{os.getpid()}"
    written.write_bytes(body)
    written.replace(manifest)


@contextmanager
def writing_to(folder: Path) -> Iterator[None]:
    """Say in one line that a folder cannot be written to.

    Raises:
        ConfRadarError: instead of an OSError.
    """
    try:
        yield
    except OSError as error:
        raise ConfRadarError(
            f"{folder} cannot be written to: {error.strerror or error}",
            hint="give another folder: confradar publish --to DIR",
        ) from error
