"""What can go wrong in a load: each error is about a source or the database."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import psycopg
import psycopg2
from dlt.common.destination.exceptions import DestinationException
from dlt.common.exceptions import PipelineException, SignalReceivedException

from ingestion.errors import IngestionError


class LoadingError(IngestionError):
    """A load that did not happen: what was stored before stays as it is."""


class DatabaseLoadError(LoadingError):
    """The database, or dlt on its way there, gave up."""

    def __init__(self, what: str, error: BaseException) -> None:
        """Say what was being done, and the reason in the database's own words."""
        super().__init__(f"{what}: {first_reason(error)}")


class SourceBusyError(LoadingError):
    """Another run is loading the source."""

    def __init__(self, source_key: str, waited_seconds: float) -> None:
        """Name the source and how long was waited for the other run."""
        super().__init__(
            f"{source_key}: another run is loading it and was not done after "
            f"{waited_seconds:g} s"
        )


class BackwardsInTimeError(LoadingError):
    """A look at a source before the newest look that is stored."""

    def __init__(
        self, source_key: str, observed_at: datetime, newest: datetime
    ) -> None:
        """Name the source and both instants."""
        super().__init__(
            f"{source_key}: observed at {newest.isoformat()} already, "
            f"so {observed_at.isoformat()} would be back in time: give a later "
            "--as-of, or set this machine's clock"
        )


class SameInstantError(LoadingError):
    """A second look at one instant that does not see what the first one saw."""

    def __init__(self, source_key: str, observed_at: datetime, changes: str) -> None:
        """Name the source, the instant and what is different."""
        super().__init__(
            f"{source_key}: observed at {observed_at.isoformat()} already, and with "
            f"other files ({changes}): what was seen first stays"
        )


class ListShrunkError(LoadingError):
    """A look at a list that has suspiciously few entries left."""

    def __init__(self, source_key: str, before: int, now: int, share: float) -> None:
        """Name the source, its usable entries then and now, and the limit."""
        super().__init__(
            f"{source_key}: {now:,} of its {before:,} entries are left, "
            f"{1 - now / before:.0%} fewer; past {share:.0%} the earlier rows stay "
            "unless --accept-shrink is given"
        )


class DuplicatePathError(LoadingError):
    """An origin that gives two different files one path."""

    def __init__(self, source_key: str, path: str) -> None:
        """Name the source and the path."""
        super().__init__(f"{source_key}: {path} was published twice in one look")


def first_reason(error: BaseException) -> str:
    """Return, in one line, what began a chain of errors that wrap each other."""
    seen = {id(error)}
    while (cause := error.__cause__ or _inner(error)) and id(cause) not in seen:
        seen.add(id(cause))
        error = cause
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0] if lines else type(error).__name__


def _inner(error: BaseException) -> BaseException | None:
    """Return what dlt keeps in an attribute instead of ``raise … from``."""
    inner = getattr(error, "exception", None) or getattr(error, "dbapi_exception", None)
    return inner if isinstance(inner, BaseException) else None


@contextmanager
def named_failures(what: str) -> Iterator[None]:
    """Turn what dlt and the drivers raise into one line that begins with ``what``.

    Raises:
        DatabaseLoadError: with the first reason of the chain that was raised.
        IngestionError: an error of ours that dlt had wrapped.
        KeyboardInterrupt: dlt had wrapped it; no failure, but the end of the run.
    """
    try:
        yield
    # A connection that cannot even be opened is raised by the driver as it is.
    except (
        PipelineException,
        DestinationException,
        psycopg.Error,
        psycopg2.Error,
    ) as error:
        if _is_interrupt(error):
            raise KeyboardInterrupt from error
        raise _own_error(error) or DatabaseLoadError(what, error) from error


def _is_interrupt(error: BaseException | None) -> bool:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        if isinstance(error, KeyboardInterrupt | SignalReceivedException):
            return True
        seen.add(id(error))
        error = error.__cause__ or _inner(error) or error.__context__
    return False


def _own_error(error: BaseException | None) -> IngestionError | None:
    while error is not None:
        if isinstance(error, IngestionError):
            return error
        error = error.__cause__ or error.__context__
    return None
