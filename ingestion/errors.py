"""What can go wrong outside our control; each error says where and what, in one line.

Bad content of a file is no error: readers turn it into rejects (see shapes.py).
"""

from pathlib import Path


class IngestionError(Exception):
    """Anything that ingestion reports to its caller instead of handling itself."""


class RegistryError(IngestionError):
    """A registry file that cannot be used as it stands."""

    def __init__(self, file: Path | str, entry: str, field: str, problem: str) -> None:
        """Name the file, the entry (its key or position), the field and the problem."""
        where = ": ".join(part for part in (str(file), entry, field) if part)
        super().__init__(f"{where}: {problem}")
        self.file = str(file)
        self.entry = entry
        self.field = field
        self.problem = problem


class UnknownSourceError(IngestionError):
    """A source key that no registry entry has."""

    def __init__(self, key: str, suggestions: tuple[str, ...]) -> None:
        """Name the key, and the registered keys that look most like it."""
        hint = f"; did you mean {' or '.join(suggestions)}?" if suggestions else ""
        super().__init__(f"no source is registered under the key {key!r}{hint}")
        self.key = key
        self.suggestions = suggestions


class SourceUnavailableError(IngestionError):
    """A source whose files cannot be had now: its stored rows stay as they are."""

    def __init__(self, source_key: str, reason: str) -> None:
        """Name the source and why it has nothing to give."""
        super().__init__(f"{source_key}: {reason}")
        self.source_key = source_key
        self.reason = reason


class FetchError(SourceUnavailableError):
    """A source that could not be fetched from where it is published."""

    def __init__(self, source_key: str, url: str, reason: str) -> None:
        """Name the source, the address that was asked and what came of it."""
        super().__init__(source_key, f"cannot fetch {url}: {reason}")
        self.url = url


class SourceUnchangedError(IngestionError):
    """The publisher says that nothing changed since the validators that we sent."""

    def __init__(self, source_key: str) -> None:
        """Name the source."""
        super().__init__(f"{source_key}: not modified since the last visit")
        self.source_key = source_key
