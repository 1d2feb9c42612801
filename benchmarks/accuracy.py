"""Measure what we read, match and tell against what people found, and publish it.

    uv run python -m benchmarks.accuracy [--check] [--corpus FOLDER]

Runs the corpus' own check on the command line's output, then counts the same values by
kind and by layout into docs/accuracy.md. With --check nothing is written; both ways the
exit code says whether every floor was reached.
"""

import argparse
import csv
import gzip
import re
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Final

from benchmarks import ledger
from benchmarks.matching import Matching, measure
from confradar.settings import now
from ingestion.readers.pages.blocks import Line, read_blocks
from ingestion.readers.pages.dates import find_dates, may_hold_date
from ingestion.readers.pages.encoding import decode
from ingestion.readers.pages.extract import (
    EXTRACTOR_VERSION,
    extract,
    extract_text,
)
from ingestion.readers.pages.records import Page, Phrase
from ingestion.readers.pages.vocabulary import Vocabulary, parse_vocabulary

ROOT = Path(__file__).parents[1]
CORPUS = ROOT.parent / "shared" / "corpus"
RULES = ROOT / "dbt_project/seeds/vocabulary/label_rules.csv"
OWN_LABELS = ROOT / "tests/ingestion/pages/own_labels.csv"
OWN_DISPUTED = ROOT / "tests/ingestion/pages/own_disputed.csv"
PUBLISHED = ROOT / "docs/accuracy.md"

FLOOR_CURRENT: Final = 0.97
FLOOR_DATES: Final = 0.98
FLOOR_WRITTEN: Final = 0.95
# Read once by one person, siblings of the pages above: a second opinion, lower floors.
OWN_FLOOR: Final = 0.96
# Submission dates of WikiCFP's records that stand in the text of the same record.
FLOOR_WIKICFP: Final = 0.90
# Pairs of names of series; of at most this share a name may be unknown.
FLOOR_JOINED: Final = 0.98
FLOOR_FOUND: Final = 0.97
CEILING_UNKNOWN: Final = 0.02

# Labels name what is due in a track by the track; the kind is the same.
KINDS: Final = {
    "poster": "submission",
    "demo": "submission",
    "doctoral_consortium": "submission",
    "workshop_proposal": "proposal",
    "tutorial_proposal": "proposal",
}

Value = tuple[str, str, str]
"""File, kind and ISO date."""


@dataclass(frozen=True, slots=True)
class Count:
    """How many values were right, given by us, and true."""

    right: int
    given: int
    true: int

    @property
    def precision(self) -> float:
        """Return the share of what we give that is right."""
        return self.right / self.given if self.given else 1.0

    @property
    def recall(self) -> float:
        """Return the share of what is true that we give."""
        return self.right / self.true if self.true else 1.0


@dataclass(frozen=True, slots=True)
class Score:
    """Everything that is counted over a set of labelled pages.

    ``time`` and ``zone`` count, of the current values that are right and whose label
    has one, those that we give as written.
    """

    page_count: int
    current: Count
    dates: Count
    time: Count
    zone: Count
    by_kind: Mapping[str, Count]
    by_layout: Mapping[str, Count]
    pages_by_layout: Mapping[str, int]
    wrong: tuple[Value, ...]


def score(labels: Path, disputed: Path, pages: Path, vocabulary: Vocabulary) -> Score:
    """Read the labelled pages and count; paths are of CSV files and of a folder."""
    truth = [row for row in _rows(labels) if not row["file"].startswith("..")]
    files = sorted({row["file"] for row in truth})
    contents = {file: (pages / file).read_bytes() for file in files}
    found = {
        file: extract(Page(content, url=file), vocabulary).entries[0].phrases
        for file, content in contents.items()
    }
    layouts = {file: layout_of(content) for file, content in contents.items()}
    open_questions = {(r["file"], r["kind"], r["date"]) for r in _rows(disputed)}
    actual = {
        _value(row)
        for row in truth
        if row["superseded"] != "true" and _kind(row) != "other"
    } - open_questions
    given = {
        (file, phrase.kind, phrase.date or "")
        for file, phrase in _pairs(found)
        if phrase.date and not phrase.is_superseded and phrase.kind != "other"
    } - open_questions
    kinds = sorted({kind for _, kind, _ in actual})
    names = sorted(set(layouts.values()))
    return Score(
        page_count=len(files),
        current=_count(given, actual),
        dates=_count(
            {(f, phrase.date) for f, phrase in _pairs(found) if phrase.date},
            {(row["file"], row["date"]) for row in truth},
        ),
        time=_written(truth, found, given & actual, "time"),
        zone=_written(truth, found, given & actual, "timezone"),
        by_kind={
            kind: _count(_of_kind(given, kind), _of_kind(actual, kind))
            for kind in kinds
        },
        by_layout={
            name: _count(
                {value for value in given if layouts[value[0]] == name},
                {value for value in actual if layouts[value[0]] == name},
            )
            for name in names
        },
        pages_by_layout=Counter(layouts.values()),
        wrong=tuple(sorted(given ^ actual)),
    )


def layout_of(content: bytes) -> str:
    """Return how a page lays out most of its dates."""
    lines = read_blocks(decode(content)).lines
    kinds = Counter(
        _layout(line)
        for line in lines
        if may_hold_date(line.text) and find_dates(line.text).dates
    )
    return max(sorted(kinds), key=lambda kind: kinds[kind]) if kinds else "no date"


def _layout(line: Line) -> str:
    if line.cell is not None:
        return "table"
    if line.tag in {"dt", "dd"}:
        return "definition list"
    if line.tag == "li":
        return "list"
    if line.level or line.tag == "p":
        return "headings and paragraphs"
    return "cards and other blocks"


def _rows(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def _kind(row: Mapping[str, str]) -> str:
    return KINDS.get(row["kind"], row["kind"])


def _value(row: Mapping[str, str]) -> Value:
    return row["file"], _kind(row), row["date"]


def _pairs(
    found: Mapping[str, Sequence[Phrase]],
) -> Iterator[tuple[str, Phrase]]:
    for file, phrases in found.items():
        for phrase in phrases:
            yield file, phrase


def _of_kind(values: Iterable[Value], kind: str) -> set[Value]:
    return {value for value in values if value[1] == kind}


def _count(
    given: set[Value] | set[tuple[str, str]], actual: set[Value] | set[tuple[str, str]]
) -> Count:
    right = len(set(given) & set(actual))
    return Count(right, len(given), len(actual))


def _written(
    truth: Sequence[Mapping[str, str]],
    found: Mapping[str, Sequence[Phrase]],
    right: set[Value],
    field: str,
) -> Count:
    texts: dict[Value, set[str]] = defaultdict(set)
    for file, phrase in _pairs(found):
        text = phrase.time if field == "time" else phrase.timezone_text
        texts[file, phrase.kind, phrase.date or ""].add(_comparable(text or "", field))
    labelled = [row for row in truth if row[field] and _value(row) in right]
    hits = sum(_comparable(row[field], field) in texts[_value(row)] for row in labelled)
    return Count(hits, len(labelled), len(labelled))


def _comparable(text: str, field: str) -> str:
    clean = text.strip().lower()
    return clean[:5] if field == "time" else clean


_RECORD = re.compile(r"<row>(.*?)</row>", re.DOTALL)
_FIELD = re.compile(r'<field name="(\w+)"[^>]*>(.*?)</field>', re.DOTALL)
_MARKUP = re.compile(r"<(?:br|p|b|div|a)\b", re.IGNORECASE)
_MONTHS: Final = "jan feb mar apr may jun jul aug sep oct nov dec"


def wikicfp(dumps: Path, vocabulary: Vocabulary) -> Count:
    """Count the submission dates that are found in the free text of WikiCFP's records.

    A record counts where its text names the date of its field in some usual form, as
    told by patterns that have nothing to do with the extractor.
    """
    found = named = 0
    for file in sorted(dumps.glob("wikicfp.v1.*.xml.gz")):
        text = gzip.decompress(file.read_bytes()).decode("utf-8", "replace")
        for record in _RECORD.finditer(text):
            fields = {
                name: unescape(value) for name, value in _FIELD.findall(record[1])
            }
            day, info = fields.get("submitdate", "")[:10], fields.get("info", "")
            if re.fullmatch(r"[12]\d{3}-\d\d-\d\d", day) and _is_named(info, day):
                named += 1
                found += day in _days_in(info, fields.get("year", ""), vocabulary)
    return Count(found, named, named)


def _is_named(text: str, day: str) -> bool:
    year, month, number = (int(part) for part in day.split("-"))
    name = _MONTHS.split()[month - 1]
    patterns = (
        rf"\b{name}[a-z]*\.?,?\s+0?{number}(?!\d)",
        rf"(?<!\d)0?{number}\s*(?:st|nd|rd|th)?\.?,?\s*(?:of\s+)?{name}",
        rf"{day}|(?<!\d)0?{number}[./]0?{month}[./]{year}",
        rf"(?<!\d)0?{month}/0?{number}/{year}",
    )
    return any(re.search(pattern, text.lower()) for pattern in patterns)


def _days_in(text: str, year: str, vocabulary: Vocabulary) -> set[str | None]:
    if _MARKUP.search(text[:3000]):
        page = Page(text.encode(), context={"year": year})
        reading = extract(page, vocabulary)
    else:
        reading = extract_text(text, vocabulary, year)
    return {phrase.date for phrase in reading.entries[0].phrases}


def is_good(score: Score, current: float, dates: float, written: float) -> bool:
    """Tell whether a score reaches its floors."""
    return (
        min(score.current.precision, score.current.recall) >= current
        and min(score.dates.precision, score.dates.recall) >= dates
        and min(score.time.recall, score.zone.recall) >= written
    )


def are_pairs_good(matching: Matching) -> bool:
    """Tell whether the matching of series reaches its floors."""
    return (
        matching.precision >= FLOOR_JOINED
        and matching.recall >= FLOOR_FOUND
        and matching.unknown <= CEILING_UNKNOWN * matching.pairs
    )


def report(
    dev: Score,
    own: Score,
    records: Count,
    matching: Matching,
    moves: Sequence[ledger.Moves],
    measured_on: str,
) -> str:
    """Return the published page."""
    return _PAGE.format(
        measured_on=measured_on,
        version=EXTRACTOR_VERSION,
        floor_current=FLOOR_CURRENT,
        floor_dates=FLOOR_DATES,
        floor_written=FLOOR_WRITTEN,
        own_floor=OWN_FLOOR,
        dev_pages=dev.page_count,
        own_pages=own.page_count,
        dev_tables="\n".join(_tables(dev)),
        own_tables="\n".join(_tables(own)),
        records=records,
        floor_wikicfp=FLOOR_WIKICFP,
        matching=matching,
        floor_joined=FLOOR_JOINED,
        floor_found=FLOOR_FOUND,
        floor_moves=ledger.FLOOR,
        moves_table="\n".join(ledger.table(moves)),
    )


_PAGE: Final = """\
# How well dates are read out of pages

Measured on {measured_on} with version {version} of the extractor; `make accuracy`
measures again and writes this page. The pages are real pages of conferences, each read
by people who wrote down every date. The rules were written with these pages at hand,
so on pages of other conferences expect a little less: the first rules, written for the
first set alone, reached 0.94 precision and 0.87 recall on the second before anybody had
looked at what they missed there.

- **Current** counts values that still hold (file, kind, date). Values on which two
  readers differ count on neither side, and so does the kind `other`.
- **Dates** counts every date of a page, whatever its kind, replaced ones too.
- **Time** and **zone** count, of the current values that are right, those that are
  given as written.

## {dev_pages} pages, each read twice independently

Floors, below which the gate fails: current {floor_current}, dates {floor_dates}, time
and zone {floor_written}.

{dev_tables}

## {own_pages} more pages, read once

Other pages of mostly the same conferences: home pages, calls for posters, earlier and
later years. Floor: {own_floor} for current and dates.

{own_tables}

## Calls in running text

WikiCFP's records of 2008 and 2009 hold a submission date and the call's own text. In
{records.true:,} of them the text names that date, and {records.recall:.3f} of these
are found (floor {floor_wikicfp:.2f}). Most of the others are slips of the text: another
year, or another day.

## Names of series

Of {matching.pairs} pairs of names that 18 lists use for series, people have judged
whether they are one series; most are tempting and are not. Of the pairs that are
joined, {matching.precision:.3f} are one (floor {floor_joined:.2f}); of those that are
one, {matching.recall:.3f} are joined (floor {floor_found:.2f}); of {matching.unknown}
pairs a name is unknown. The rules and the seed of aliases were written with these lists
at hand.

## Moves of deadlines

Archived months of public lists are replayed into an empty database, and what the ledger
calls a move from one date to another is compared with the files themselves. Editions in
which the number of dates of a kind changed are left out on both sides, since it is a
matter of judgement which of them moved. Floor: {floor_moves}.

{moves_table}
"""


def _tables(measured: Score) -> Iterator[str]:
    yield "| | precision | recall | right | given | true |"
    yield "|---|---:|---:|---:|---:|---:|"
    for name, count in (("current", measured.current), ("dates", measured.dates)):
        yield _row(f"**{name}**", count)
    for name, count in (("time", measured.time), ("zone", measured.zone)):
        yield f"| **{name}** | | {count.recall:.3f} | {count.right} | | {count.true} |"
    for kind, count in measured.by_kind.items():
        yield _row(f"`{kind}`", count)
    yield ""
    yield "| layout of most dates | pages | precision | recall | true |"
    yield "|---|---:|---:|---:|---:|"
    for name, count in measured.by_layout.items():
        pages = measured.pages_by_layout[name]
        yield (
            f"| {name} | {pages} | {count.precision:.3f} | {count.recall:.3f} "
            f"| {count.true} |"
        )


def _row(name: str, count: Count) -> str:
    return (
        f"| {name} | {count.precision:.3f} | {count.recall:.3f} | {count.right} "
        f"| {count.given} | {count.true} |"
    )


def main() -> None:
    """Measure, write or check, and exit with 1 below a floor."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.accuracy")
    parser.add_argument("--check", action="store_true", help="write nothing")
    parser.add_argument("--corpus", type=Path, default=CORPUS)
    arguments = parser.parse_args()
    corpus: Path = arguments.corpus
    if not corpus.is_dir():
        print(f"NOTE: nothing measured, as {corpus} is not on this machine")
        return
    labels = corpus / "labels" / "dev.csv"
    checked = subprocess.run(
        [
            *(sys.executable, str(corpus.parent / "check" / "extraction.py")),
            *("--labels", str(labels), "--pages", str(corpus / "pages")),
            *("--floor", str(FLOOR_CURRENT)),
        ],
        check=False,
    )
    vocabulary = parse_vocabulary(RULES.read_text(encoding="utf-8"))
    pages = corpus / "pages"
    dev = score(labels, corpus / "labels" / "disputed.csv", pages, vocabulary)
    own = score(OWN_LABELS, OWN_DISPUTED, pages, vocabulary)
    records = wikicfp(corpus / "wikicfp" / "dumps", vocabulary)
    matching = measure(corpus)
    print(
        f"matching: precision {matching.precision:.3f}, recall {matching.recall:.3f}"
        f" over {matching.pairs} pairs, {matching.unknown} not judged"
    )
    moves = ledger.measure(corpus)
    text = report(dev, own, records, matching, moves, now().date().isoformat())
    if arguments.check:
        print(text)
    else:
        PUBLISHED.write_text(text, encoding="utf-8")
        print(f"wrote {PUBLISHED.relative_to(ROOT)}")
    is_all_good = (
        checked.returncode == 0
        and is_good(dev, FLOOR_CURRENT, FLOOR_DATES, FLOOR_WRITTEN)
        and is_good(own, OWN_FLOOR, OWN_FLOOR, FLOOR_WRITTEN)
        and records.recall >= FLOOR_WIKICFP
        and are_pairs_good(matching)
        and all(each.is_good for each in moves)
    )
    if not is_all_good:
        sys.exit("below a floor")


if __name__ == "__main__":
    main()
