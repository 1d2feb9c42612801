"""What the pure readers take and give: limits, bodies of strings, and findings."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from ingestion.documents import Body

# Of the values of one key that lost to its last: the document has them all.
MAX_VALUES_KEPT = 20


class Reason(StrEnum):
    """The codes of ``rejects.reason``."""

    # Nothing of the document can be used.
    EMPTY = "empty"
    BINARY = "binary"
    TOO_LARGE = "too_large"
    NOT_YAML = "not_yaml"
    NOT_JSON = "not_json"
    TOO_DEEP = "too_deep"
    ALIAS_BOMB = "alias_bomb"
    UNEXPECTED_ROOT = "unexpected_root"
    UNREADABLE_TYPE = "unreadable_type"  # a PDF, an image: kept, not parsed
    LOGIN_WALL = "login_wall"
    OTHER_YEAR = "other_year"
    UNEXPECTED_PAGE = "unexpected_page"  # a page, but none that the site's reader knows
    # The entry is left out.
    NOT_A_MAPPING = "not_a_mapping"
    MISSING_TITLE = "missing_title"
    MISSING_YEAR = "missing_year"
    YEAR_NOT_A_NUMBER = "year_not_a_number"
    INCOMPLETE_ENTRY = "incomplete_entry"  # it breaks off, or its cells do not fit
    UNREADABLE_DATE = "unreadable_date"  # no day can be read out of it: left out alone
    # Used all the same, with this remark.
    NOT_UTF8 = "not_utf8"
    DUPLICATE_KEY = "duplicate_key"
    DUPLICATE_ID = "duplicate_id"
    MISSPELT_FIELD = "misspelt_field"
    IMPOSSIBLE_DATE = "impossible_date"
    UNKNOWN_ZONE = "unknown_zone"


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of one file is read before it is given up.

    ``max_bytes`` of the file as published; ``max_depth`` of lists and mappings in each
    other; ``max_copied_nodes`` and ``max_copied_characters`` that YAML aliases may add;
    ``max_findings``, past which a file is no list of its family but something else.
    """

    max_bytes: int = 10_000_000
    max_depth: int = 64
    max_copied_nodes: int = 1_000_000
    max_copied_characters: int = 10_000_000
    max_findings: int = 10_000


@dataclass(frozen=True, slots=True)
class Finding:
    """A reject before it is known which document it belongs to.

    ``position`` is a JSON pointer into the document as published. ``entry`` is what is
    kept of it: the entry as written, or for ``duplicate_key`` the values that lost.
    """

    position: str
    reason: Reason
    detail: str
    entry: Body | None
    is_dropped: bool


@dataclass(frozen=True, slots=True)
class Parsed:
    """A document as strings, lists and mappings, and what was odd about writing it."""

    body: Body
    findings: tuple[Finding, ...] = ()


class UnusableDocumentError(Exception):
    """Nothing of a document can be used; becomes one reject at its root."""

    def __init__(self, reason: Reason, detail: str) -> None:
        """Keep the code and a sentence for a person."""
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


def pointer(steps: Iterable[str | int]) -> str:
    """Return the JSON pointer (RFC 6901) of a path of keys and positions."""
    return "".join(
        f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in steps
    )
