"""A published list to one document and its rejects; pure: no clock, no network.

Whatever the bytes are, a document comes out. What cannot be used is in the rejects.
"""

import hashlib
from dataclasses import dataclass

from ingestion.documents import Document, PublishedFile, Reject, stable_key
from ingestion.readers.checking import Checked, check
from ingestion.readers.json_values import parse_json
from ingestion.readers.records import (
    Finding,
    Limits,
    Reason,
    UnusableDocumentError,
)
from ingestion.readers.text import decode, storable, storable_text
from ingestion.readers.yaml_values import parse_yaml
from ingestion.registry import Source
from ingestion.shapes import FAMILY_SHAPES

# Changes when the same bytes would be read into another body.
READER_VERSION = "lists-1"


@dataclass(frozen=True, slots=True)
class ReadDocument:
    """One file as read: the document, its rejects, and how many entries they are of.

    ``rejected_entry_count`` counts entries that were left out or lost a part, not those
    with a remark. A document of which nothing can be used counts as one such entry, so
    that the share of rejects of a source with one file is 1.
    """

    document: Document
    rejects: tuple[Reject, ...]
    entry_count: int
    rejected_entry_count: int


def read_list(
    source: Source,
    file: PublishedFile,
    *,
    known_zones: frozenset[str],
    limits: Limits | None = None,
) -> ReadDocument:
    """Read one file of a source by the shape of its family.

    ``known_zones`` are the labels of time zones that are known, casefolded; any other
    label that an entry states is remarked on. Never raises for what the file holds.
    """
    limits = limits or Limits()
    sha256 = hashlib.sha256(file.content).hexdigest()
    document_key = stable_key(source.key, file.path, sha256)
    is_json = file.path.lower().endswith(".json")
    findings: list[Finding] = []
    try:
        checked = _checked(source, file, is_json, known_zones, limits, findings)
    except UnusableDocumentError as error:
        findings.append(Finding("", error.reason, error.detail, None, is_dropped=True))
        checked = None
    document = Document(
        document_key=document_key,
        source_key=source.key,
        path=file.path,
        source_url=file.source_url,
        sha256=sha256,
        byte_count=len(file.content),
        media_type="application/json" if is_json else "application/yaml",
        content=file.content,
        body=None if checked is None else checked.body,
        reader_version=READER_VERSION,
    )
    return ReadDocument(
        document=document,
        rejects=_rejects(document, findings),
        entry_count=1 if checked is None else checked.entry_count,
        rejected_entry_count=1 if checked is None else checked.rejected_entry_count,
    )


def _checked(
    source: Source,
    file: PublishedFile,
    is_json: bool,
    known_zones: frozenset[str],
    limits: Limits,
    findings: list[Finding],
) -> Checked:
    """Read and check; what was found before an error stays in ``findings``."""
    size = len(file.content)
    if size > limits.max_bytes:
        detail = f"{size:,} bytes; at most {limits.max_bytes:,} are read"
        raise UnusableDocumentError(Reason.TOO_LARGE, detail)
    if not size:
        raise UnusableDocumentError(Reason.EMPTY, "the file is empty")
    text, remarks = decode(file.content)
    findings.extend(remarks)
    parsed = (parse_json if is_json else parse_yaml)(text, limits)
    findings.extend(parsed.findings[: limits.max_findings])
    checked = check(parsed.body, FAMILY_SHAPES[source.family], known_zones, limits)
    findings.extend(checked.findings)
    return checked


def _rejects(document: Document, findings: list[Finding]) -> tuple[Reject, ...]:
    """Return one reject for each position and reason, in the order found."""
    rejects: dict[str, Reject] = {}
    for finding in findings:
        reject = _reject(document, finding)
        rejects.setdefault(reject.reject_key, reject)
    return tuple(rejects.values())


def _reject(document: Document, finding: Finding) -> Reject:
    position = storable_text(finding.position)
    return Reject(
        reject_key=stable_key(document.document_key, position, finding.reason),
        source_key=document.source_key,
        document_key=document.document_key,
        path=document.path,
        position=position,
        reason=finding.reason.value,
        detail=storable_text(finding.detail),
        entry=None if finding.entry is None else storable(finding.entry),
        is_dropped=finding.is_dropped,
    )
