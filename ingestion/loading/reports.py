"""What a load says about each source when it is done."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from ingestion.documents import VisitOutcome


class LoadOutcome(StrEnum):
    """What loading one source ended in."""

    LOADED = "loaded"
    UNCHANGED = "unchanged"
    REFUSED = "refused"
    FAILED = "failed"
    HELD = "held"  # loaded, and let into no build by whoever asked for the load


@dataclass(frozen=True, slots=True)
class Trouble:
    """One way in which pages of a source could not be had or used.

    ``example`` is the address of one of them and what came of it.
    """

    outcome: VisitOutcome
    count: int
    example: str


@dataclass(frozen=True, slots=True)
class SourceReport:
    """One source in one run.

    ``document_count`` are the files that were seen; the counts of rejects and entries
    are those of these files, new or not. Of a source of pages they are those of the
    pages that were read in this run, and ``troubles`` are the pages that were no use.
    ``message`` is for a person to read; ``error`` is why a source was refused or
    failed, in one line.
    """

    source_key: str
    family: str
    outcome: LoadOutcome
    document_count: int = 0
    new_document_count: int = 0
    reject_count: int = 0
    dropped_entry_count: int = 0
    entry_count: int = 0
    message: str = ""
    error: str | None = None
    unchanged_count: int = 0
    troubles: tuple[Trouble, ...] = ()


@dataclass(frozen=True, slots=True)
class PageProgress:
    """How far a source of pages is: pages seen, and how many of them are new."""

    source_key: str
    seen: int
    new: int
    path: str


PageListener = Callable[[PageProgress], None]
"""Called after each page that was seen, before it is read."""

Progress = Callable[[str, SourceReport | None], None]
"""Called with a source's key and None at its beginning, with its report at its end."""
