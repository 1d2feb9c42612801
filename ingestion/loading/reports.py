"""What a load says about each source when it is done."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class LoadOutcome(StrEnum):
    """What loading one source ended in."""

    LOADED = "loaded"
    UNCHANGED = "unchanged"
    REFUSED = "refused"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class SourceReport:
    """One source in one run.

    ``document_count`` are the files that were seen; the counts of rejects and entries
    are those of these files, new or not. ``message`` is for a person to read; ``error``
    is why a source was refused or failed, in one line.
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


Progress = Callable[[str, SourceReport | None], None]
"""Called with a source's key and None at its beginning, with its report at its end."""
