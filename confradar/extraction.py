"""Single pages to dated phrases, without a database: what ``confradar extract`` needs.

The rules that give labels their kinds are a seed of the dbt project; they are read here
and handed over, because ingestion knows nothing of dbt.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from confradar.errors import ConfRadarError
from ingestion.documents import VisitOutcome

if TYPE_CHECKING:
    from ingestion.readers.pages.records import Page, PageReading, Phrase
    from ingestion.readers.pages.vocabulary import Vocabulary
    from ingestion.web.client import PoliteClient

LABEL_RULES = Path("dbt_project/seeds/vocabulary/label_rules.csv")

MAX_PAGE_BYTES = 10_000_000


class PageUnreadableError(ConfRadarError):
    """A page that was named cannot be had, or holds nothing that is read."""


def label_rules(root: Path) -> "Vocabulary":
    """Return the rules of the checkout by which labels have kinds and tracks.

    Raises:
        ConfRadarError: the file is missing, or a row of it is wrong.
    """
    from ingestion.readers.pages.vocabulary import VocabularyError, parse_vocabulary

    file = root / LABEL_RULES
    try:
        return parse_vocabulary(file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, VocabularyError) as error:
        raise ConfRadarError(
            f"cannot use the rules for labels in {file}: {error}",
            "correct the file, or take the one that the project ships",
        ) from error


def label_rules_text(root: Path) -> str:
    """Return the file of these rules, for processes that read pages.

    Raises:
        ConfRadarError: the file is missing, or a row of it is wrong.
    """
    label_rules(root)
    return (root / LABEL_RULES).read_text("utf-8")


def page_of_file(name: str) -> "Page":
    """Return the page in a file.

    Raises:
        PageUnreadableError: there is no such file, it cannot be read or is too large.
    """
    from ingestion.readers.pages.records import Page

    file = Path(name)
    try:
        if file.is_dir():
            raise PageUnreadableError(
                f"{name} is a folder",
                "name files; confradar ingest KEY --from DIR loads whole folders",
            )
        size = file.stat().st_size
        if size > MAX_PAGE_BYTES:
            raise PageUnreadableError(
                f"{name} has {size:,} bytes; at most {MAX_PAGE_BYTES:,} are read"
            )
        return Page(content=file.read_bytes())
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise PageUnreadableError(f"cannot read {name}: {reason}") from error


def is_address(name: str) -> bool:
    """Tell an address from the name of a file."""
    return name.lower().startswith(("http://", "https://"))


def page_at(url: str, client: "PoliteClient") -> "Page":
    """Return the page at an address, fetched as a crawl would fetch it.

    Raises:
        PageUnreadableError: it cannot be had.
    """
    from ingestion.readers.pages.records import Page
    from ingestion.web.records import Request

    fetched = client.fetch(Request(url))
    if fetched.content is None:
        outcome = fetched.outcome.replace("_", " ")
        raise PageUnreadableError(
            f"cannot fetch {url}: {fetched.detail or outcome}",
            "CONFRADAR_ALLOW_PRIVATE_ADDRESSES=true allows it"
            if fetched.outcome is VisitOutcome.ADDRESS_FORBIDDEN
            else "save the page with a browser, and name the file",
        )
    retrieval = fetched.retrieval
    return Page(
        content=fetched.content,
        url=retrieval.final_url or url,
        media_type=retrieval.media_type,
    )


def read(name: str, page: "Page", vocabulary: "Vocabulary") -> "PageReading":
    """Read a page as one of a conference's own.

    Raises:
        PageUnreadableError: it is of a type that is not read.
    """
    from ingestion.documents import PublishedFile, Retrieval
    from ingestion.readers.pages.extract import extract
    from ingestion.readers.web_pages import unreadable_type

    retrieval = Retrieval(media_type=page.media_type)
    file = PublishedFile(name, page.content, retrieval=retrieval)
    media_type = unreadable_type(file)
    if media_type is not None:
        raise PageUnreadableError(
            f"{name} is {media_type}, which is not read",
            "HTML, XML, plain text, JSON and YAML are; print it as text first",
        )
    return extract(page, vocabulary)


def phrases(reading: "PageReading") -> "Iterator[Phrase]":
    """Yield the phrases of all entries, in the page's order."""
    for entry in reading.entries:
        yield from entry.phrases


def as_record(name: str, phrase: "Phrase") -> dict[str, object]:
    """Return a phrase as ``confradar extract --format jsonl`` tells it.

    ``time`` is HH:MM, with seconds only where they are not zero; ``start`` and ``end``
    are where in the page's text ``evidence`` stands.
    """
    return {
        "file": name,
        "kind": phrase.kind,
        "track": phrase.track,
        "label_text": phrase.label_text,
        "date": phrase.date,
        "time": short_time(phrase.time),
        "timezone_text": phrase.timezone_text,
        "is_superseded": phrase.is_superseded,
        "is_struck": phrase.is_struck,
        "due_text": phrase.due_text,
        "evidence": phrase.quote,
        "start": phrase.start,
        "end": phrase.end,
    }


def short_time(time: str | None) -> str | None:
    """Return a time without seconds that are zero: 12:00:00 is 12:00."""
    if time is not None and time.count(":") == 2:
        return time.removesuffix(":00")
    return time
