"""A web page to one document, its reading and its rejects; pure: no clock, no network.

Whatever the bytes are, a document comes out, and an outcome that says why nothing of
it counts, if nothing does. Then the earlier version of the page stays the truth.
"""

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

from ingestion.documents import (
    Body,
    Document,
    PublishedFile,
    Reject,
    VisitOutcome,
    stable_key,
)
from ingestion.readers.pages.encoding import decode
from ingestion.readers.pages.extract import EXTRACTOR_VERSION, extract
from ingestion.readers.pages.records import Page, PageEntry, PageReading, Phrase
from ingestion.readers.pages.vocabulary import Vocabulary
from ingestion.readers.records import Finding, Limits, Reason
from ingestion.readers.sites import (
    acl_events,
    aideadlines,
    chairing_tool,
    elra_events,
    wikicfp,
)
from ingestion.readers.sites.markup import first, parse_tree, text_of
from ingestion.readers.sites.names import split_title, year_in
from ingestion.readers.text import storable, storable_text
from ingestion.registry import Source
from ingestion.shapes import PAGE_FAMILIES

Read = Callable[[Page, Vocabulary], PageReading]

READERS: Final[Mapping[str, tuple[Read, int]]] = MappingProxyType(
    {
        "wikicfp": (wikicfp.read, wikicfp.VERSION),
        "acl_events": (acl_events.read, acl_events.VERSION),
        "elra_events": (elra_events.read, elra_events.VERSION),
        "chairing_tool": (chairing_tool.read, chairing_tool.VERSION),
        "aideadlines": (aideadlines.read, aideadlines.VERSION),
        "conference_pages": (extract, EXTRACTOR_VERSION),
    }
)
"""What reads the pages of each family, and the version of that."""

_OFFICIAL: Final = "conference_pages"

# What a file is, by how it begins; the server's word for it is not believed.
_SIGNATURES: Final = (
    (b"%PDF-", "application/pdf"),
    (b"\x89PNG", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
    (b"RIFF", "application/octet-stream"),
    (b"PK\x03\x04", "application/zip"),
    (b"\xd0\xcf\x11\xe0", "application/x-ole-storage"),
    (b"\x7fELF", "application/octet-stream"),
)
_GZIP: Final = (b"\x1f\x8b", "application/gzip")
_CONTROL: Final = bytes(set(range(32)) - {*b"\t\n\r\f\v\x1a\x1b"})
_MAX_CONTROL_SHARE: Final = 0.05
_WIDE_MARKS: Final = (b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")

# A page with a field for a password, and little else, is a form to log in.
_MAX_LOGIN_WORDS: Final = 120
_YEAR: Final = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_ZONE_PARTS: Final = re.compile(r"[(),/;=\"“”]| or ")


@dataclass(frozen=True, slots=True)
class ReadPage:
    """One page as read.

    ``outcome`` says why nothing of the page counts, None if it does. ``reading`` is
    None where nothing could be read at all; it has no entries where ``outcome`` says
    that they would be wrong.
    """

    document: Document
    rejects: tuple[Reject, ...]
    outcome: VisitOutcome | None
    reading: PageReading | None
    reader_version: int


def reader_version_of(family: str) -> int:
    """Return the present version of what reads a family's pages.

    Raises:
        KeyError: it is no family of pages.
    """
    return READERS[family][1]


def read_page(
    source: Source,
    file: PublishedFile,
    *,
    vocabulary: Vocabulary,
    known_zones: frozenset[str],
    limits: Limits | None = None,
) -> ReadPage:
    """Read one page of a source by the reader of its family.

    ``known_zones`` are the labels of time zones that are known, casefolded; any other
    label that a page states is remarked on. Never raises for what the page holds.
    """
    limits = limits or Limits()
    read, version = READERS[source.family]
    media_type = _media_type(file)
    sha256 = hashlib.sha256(file.content).hexdigest()
    document = Document(
        document_key=stable_key(source.key, file.path, sha256),
        source_key=source.key,
        path=file.path,
        source_url=file.source_url,
        sha256=sha256,
        byte_count=len(file.content),
        media_type=media_type,
        content=file.content,
        body=None,
        reader_version=f"{source.family}-{version}",
    )
    reading, outcome, findings = _read(
        source, file, media_type, read, vocabulary, limits
    )
    if reading is not None:
        findings = (*findings, *_unknown_zones(reading.entries, known_zones))
        if outcome is None:
            body: Body = {"title": storable_text(reading.title or "")}
            document = replace(document, body=body)
    return ReadPage(
        document=document,
        rejects=tuple(_rejects(document, version, findings[: limits.max_findings])),
        outcome=outcome,
        reading=reading,
        reader_version=version,
    )


def _read(
    source: Source,
    file: PublishedFile,
    media_type: str,
    read: Read,
    vocabulary: Vocabulary,
    limits: Limits,
) -> tuple[PageReading | None, VisitOutcome | None, tuple[Finding, ...]]:
    """Return the reading, why nothing of it counts, and what was found."""
    size = len(file.content)
    if not file.content.strip():
        return _nothing(Reason.EMPTY, VisitOutcome.EMPTY, "the page is empty")
    if size > limits.max_bytes:
        detail = f"{size:,} bytes; at most {limits.max_bytes:,} are read"
        return _nothing(Reason.TOO_LARGE, VisitOutcome.TOO_LARGE, detail)
    if media_type not in _READABLE and not (
        media_type == _GZIP[1] and source.family == "wikicfp"
    ):
        detail = f"{media_type} is kept and not read"
        return _nothing(Reason.UNREADABLE_TYPE, VisitOutcome.UNREADABLE_TYPE, detail)
    retrieval = file.retrieval
    page = Page(
        content=file.content,
        url=(retrieval.final_url if retrieval else None) or file.source_url,
        media_type=retrieval.media_type if retrieval else None,
        context=file.context,
    )
    reading = _storable(read(page, vocabulary))
    if not reading.text.strip() and not any(one.phrases for one in reading.entries):
        nothing = _nothing(Reason.EMPTY, VisitOutcome.EMPTY, "the page shows no text")
        return None, VisitOutcome.EMPTY, (*nothing[2], *reading.findings)
    if _is_login_wall(file.content, reading):
        detail = "a form to log in stands where the page should be"
        return _unusable(reading, Reason.LOGIN_WALL, VisitOutcome.LOGIN_WALL, detail)
    if source.family != _OFFICIAL:
        usable, findings = _named(reading)
        return usable, None, (*usable.findings, *findings)
    detail = _other_year(page, reading) or ""
    if detail:
        return _unusable(reading, Reason.OTHER_YEAR, VisitOutcome.OTHER_YEAR, detail)
    usable, findings = _named(_of_conference(page, reading))
    return usable, None, (*usable.findings, *findings)


def _nothing(
    reason: Reason, outcome: VisitOutcome, detail: str
) -> tuple[None, VisitOutcome, tuple[Finding, ...]]:
    return None, outcome, (Finding("", reason, detail, None, is_dropped=True),)


def _unusable(
    reading: PageReading, reason: Reason, outcome: VisitOutcome, detail: str
) -> tuple[PageReading, VisitOutcome, tuple[Finding, ...]]:
    finding = Finding("", reason, detail, None, is_dropped=True)
    return replace(reading, entries=()), outcome, (finding,)


# ------------------------------------------------------------------ what a file is

_READABLE: Final = frozenset(
    {
        *("text/html", "application/xhtml+xml", "text/plain"),
        *("application/xml", "text/xml", "application/rss+xml"),
        *("application/json", "application/yaml"),
    }
)


def unreadable_type(file: PublishedFile) -> str | None:
    """Return what a file is if it is none of the types that are read, else None."""
    media_type = _media_type(file)
    return None if media_type in _READABLE else media_type


def _media_type(file: PublishedFile) -> str:
    """Return what a file is: by its first bytes, its look, and the server's word."""
    content = file.content
    for signature, media_type in (*_SIGNATURES, _GZIP):
        if content.startswith(signature):
            return media_type
    declared = (file.retrieval and file.retrieval.media_type) or ""
    declared = declared.partition(";")[0].strip().casefold()
    if not content.startswith(_WIDE_MARKS):
        sample = content[:65_536]
        control_count = len(sample) - len(sample.translate(None, _CONTROL))
        if control_count > len(sample) * _MAX_CONTROL_SHARE:
            return "application/octet-stream"
    head = content[:2_000].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if head.startswith(b"<?xml") and b"<html" not in head:
        return "application/xml"
    if head.startswith(b"<"):
        return "text/html"
    if head.startswith((b"{", b"[")):
        return "application/json"
    return declared if declared in _READABLE else "text/plain"


def _is_login_wall(content: bytes, reading: PageReading) -> bool:
    if b"password" not in content.lower() or any(
        phrase.date for entry in reading.entries for phrase in entry.phrases
    ):
        return False
    if len(reading.text.split()) > _MAX_LOGIN_WORDS:
        return False
    tree = parse_tree(decode(content))
    return first(tree, "input[type='password' i]") is not None


# ------------------------------------------------------------------ of which edition


def _other_year(page: Page, reading: PageReading) -> str | None:
    """Say that a page speaks of another edition than the one asked for, else None.

    Only if its title or a heading names the series with another year and none names
    the year asked for, and no date of it can be of that edition: whose deadlines may
    lie in the year before, as a part of those of the edition before it do.
    """
    wanted = page.context.get("year", "")
    if not _YEAR.fullmatch(wanted):
        return None
    names = [name for name in (reading.title, *_headings(page)) if name]
    years = {year for name in names for year in _YEAR.findall(name)}
    if not years or wanted in years or _short_year(names, wanted):
        return None
    series = page.context.get("series", "").casefold()
    named = {
        year
        for name in names
        if series and series in name.casefold()
        for year in _YEAR.findall(name)
    }
    if not named:
        return None
    phrases = [phrase for entry in reading.entries for phrase in entry.phrases]
    if _fits(int(wanted), max(int(year) for year in named), phrases):
        return None
    others = ", ".join(sorted(named))
    return f"it speaks of the edition of {others}, not of {wanted}"


def _headings(page: Page) -> list[str]:
    tree = parse_tree(decode(page.content, page.media_type))
    return [] if tree is None else [text_of(node) for node in tree.css("h1, h2")[:20]]


def _short_year(names: Iterable[str], wanted: str) -> bool:
    """Tell whether a name ends a word with the year's last digits: ICML'26, cgo26."""
    short = re.compile(rf"(?<=[A-Za-z'\u2019-]){wanted[2:]}(?!\d)")
    return any(short.search(name) for name in names)


def _fits(wanted: int, named: int, phrases: list[Phrase]) -> bool:
    """Tell whether a date of the page can be one of the edition that is wanted."""
    held = {
        int(phrase.date[:4])
        for phrase in phrases
        if phrase.date and phrase.kind in {"conference_start", "conference_end"}
    }
    if held:
        return wanted in held
    due = {int(phrase.date[:4]) for phrase in phrases if phrase.date}
    if named < wanted:
        return any(year >= wanted for year in due)
    return bool(due) and max(due) <= wanted


def _of_conference(page: Page, reading: PageReading) -> PageReading:
    """Say of which edition the one entry of an official page is."""
    title = split_title(reading.title or "")
    context = page.context
    entries = []
    for entry in reading.entries:
        days = {
            phrase.kind: phrase.date
            for phrase in reversed(entry.phrases)
            if phrase.kind in {"conference_start", "conference_end"}
            and phrase.date
            and not phrase.is_superseded
        }
        starts = days.get("conference_start")
        entries.append(
            replace(
                entry,
                series_text=context.get("series") or entry.series_text or title.series,
                full_name_text=(
                    context.get("title") or entry.full_name_text or title.full_name
                ),
                year_text=(
                    context.get("year")
                    or entry.year_text
                    or title.year
                    or year_in("; ".join(_headings(page)))
                    or (starts[:4] if starts else None)
                ),
                homepage_url=(
                    context.get("homepage") or entry.homepage_url or page.url
                ),
                starts_text=entry.starts_text or starts,
                ends_text=entry.ends_text or days.get("conference_end"),
            )
        )
    return replace(reading, entries=tuple(entries))


def _named(reading: PageReading) -> tuple[PageReading, list[Finding]]:
    """Leave out entries that tell no series or no year: nobody knows what they are."""
    kept: list[PageEntry] = []
    findings: list[Finding] = []
    for entry in reading.entries:
        year = entry.year_text or (entry.starts_text or "")[:4]
        if not entry.series_text:
            reason, detail = Reason.MISSING_TITLE, "no name of a conference is written"
        elif not year:
            reason, detail = Reason.MISSING_YEAR, "no year is written"
        else:
            kept.append(replace(entry, year_text=year))
            continue
        findings.append(
            Finding(entry.position, reason, detail, entry.full_name_text, True)
        )
    return replace(reading, entries=tuple(kept)), findings


# ------------------------------------------------------------------ rejects


def _unknown_zones(
    entries: Iterable[PageEntry], known_zones: frozenset[str]
) -> Iterator[Finding]:
    for entry in entries:
        zones = dict.fromkeys(phrase.timezone_text for phrase in entry.phrases)
        for zone in zones:
            if zone and known_zones.isdisjoint(_spellings(zone)):
                detail = f"nobody knows the zone {zone!r}"
                yield Finding(
                    entry.position, Reason.UNKNOWN_ZONE, detail, None, is_dropped=False
                )


def _spellings(zone: str) -> set[str]:
    """Return a zone's label and its parts: a page may name it twice, AoE (UTC-12)."""
    label = zone.strip().casefold()
    parts = _ZONE_PARTS.split(label)
    return {
        spelling
        for part in (label, *parts)
        for spelling in (part.strip(), part.replace(" ", ""))
    }


def _rejects(
    document: Document, reader_version: int, findings: Iterable[Finding]
) -> Iterator[Reject]:
    """Yield one reject for each thing found, in the order found."""
    seen: set[str] = set()
    for finding in findings:
        position, detail = (
            storable_text(finding.position),
            storable_text(finding.detail),
        )
        key = stable_key(
            document.document_key,
            str(reader_version),
            position,
            finding.reason,
            detail,
        )
        if key in seen:
            continue
        seen.add(key)
        yield Reject(
            reject_key=key,
            source_key=document.source_key,
            document_key=document.document_key,
            path=document.path,
            position=position,
            reason=finding.reason.value,
            detail=detail,
            entry=None if finding.entry is None else storable(finding.entry),
            is_dropped=finding.is_dropped,
        )


def _storable(reading: PageReading) -> PageReading:
    """Make the text of a reading one that Postgres takes; its length stays the same."""
    text = storable_text(reading.text)
    if text == reading.text:
        return reading
    entries = tuple(
        replace(
            entry,
            phrases=tuple(
                replace(phrase, quote=text[phrase.start : phrase.end])
                for phrase in entry.phrases
            ),
        )
        for entry in reading.entries
    )
    return replace(reading, text=text, entries=entries)


if set(READERS) != set(PAGE_FAMILIES):  # a family without a reader is a mistake of ours
    raise AssertionError(sorted(set(READERS) ^ set(PAGE_FAMILIES)))
