"""The JSON of the API: of each document its fields, what they mean and how they look.

One table per document is all there is: documents, JSON Schemas and the OpenAPI
document are made of it. Every field is always there, and null where nothing is known.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from decimal import Decimal
from functools import lru_cache
from operator import attrgetter
from typing import Any, LiteralString

import orjson

from confradar.kinds import ChangeType, Kind
from confradar.readers.harmless import text_of, url_of
from confradar.readers.phrases import instant_text
from confradar.warehouse import Change, CurrentDeadline, UpcomingDeadline
from confradar.warehouse.current import names_in

Document = dict[str, Any]
Schema = Mapping[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
PRECISIONS = ("second", "minute", "day", "month")
STATUSES = ("announced", "tbd", "withdrawn")


@dataclass(frozen=True, slots=True)
class Type:
    """How a value of the marts looks in JSON.

    Attributes:
        schema: its JSON Schema.
        convert: returns it of a value of the marts.
        missing: what stands for one that is unknown.
        expression: the same in SQL, where ``{}`` is the column, and the session writes
            dates as ISO 8601 has them; of texts as they were written.
        is_written: sources write it, so that ``convert`` has to make it harmless.
    """

    schema: Schema
    convert: Callable[[Any], Any]
    missing: Sequence[Any] | None = None
    expression: LiteralString = "{}"
    is_written: bool = False


def _plain(value: Any) -> Any:  # noqa: ANN401
    return value


def _text(value: str) -> str:
    return text_of(value)


def _number(value: Decimal) -> float:
    return float(value)


def _local(value: datetime) -> str:
    return value.isoformat()


def _day(value: date) -> str:
    return value.isoformat()


def _names(value: str) -> list[str]:
    return list(_harmless_names(value))


@lru_cache(maxsize=4096)  # there are few areas and ranks, and many who have them
def _harmless_names(value: str) -> tuple[str, ...]:
    return tuple(text_of(name, 100) for name in names_in(value))


# Keys are the marts' own, and no text of a source: they name things, as they are.
KEY = Type({"type": "string", "minLength": 1}, _plain)
KEYS = Type({"type": "array", "items": KEY.schema}, list, missing=())
TEXT = Type({"type": "string"}, _text, is_written=True)
URL = Type(
    {"type": "string", "format": "uri", "pattern": "^[Hh][Tt][Tt][Pp]"},
    url_of,
    is_written=True,
)
INTEGER = Type({"type": "integer"}, _plain)
NUMBER = Type({"type": "number"}, _number, expression="{}::float8")
BOOLEAN = Type({"type": "boolean"}, _plain)
INSTANT = Type(
    {"type": "string", "format": "date-time", "pattern": "Z$"},
    instant_text,
    expression="overlay(({} at time zone 'UTC')::text placing 'T' from 11) || 'Z'",
)
LOCAL = Type(
    {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d"},
    _local,
    expression="overlay({}::text placing 'T' from 11)",
)
DAY = Type({"type": "string", "format": "date"}, _day)
NAMES = Type(
    {"type": "array", "items": TEXT.schema}, _names, missing=(), is_written=True
)


def _one_of(values: Iterable[str]) -> Type:
    return Type({"type": "string", "enum": list(values)}, _plain)


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a document; ``or_null`` tells that it may be unknown."""

    name: str
    type: Type
    description: str
    or_null: bool = True

    @property
    def schema(self) -> Document:
        """Return the JSON Schema of its values."""
        kind = dict(self.type.schema)
        if self.or_null:
            kind["type"] = [kind["type"], "null"]
            if "enum" in kind:
                kind["enum"] = [*kind["enum"], None]
        return {"description": self.description, **kind}


def _is(name: str, kind: Type, description: str) -> Field:
    return Field(name, kind, description, or_null=False)


_WHAT = (
    Field("track", TEXT, "Which thing is due: main, workshop, tutorial and so on."),
    _is("kind", _one_of(Kind), "Kind of deadline; submission is the paper."),
    Field("round", INTEGER, "Number of the round, which stays the same."),
)
_ZONE = (
    Field("timezone_text", TEXT, "The zone as written; null where none is."),
    Field("timezone_name", TEXT, "The zone as understood: IANA name or fixed offset."),
    Field(
        "is_timezone_stated",
        BOOLEAN,
        "Whether the source states a zone; its documented default counts otherwise.",
    ),
    Field("due_precision", _one_of(PRECISIONS), "How exactly the date is written."),
)
_BELIEVED = (
    _is("deadline_key", KEY, "Names the deadline, and stays when its date moves."),
    *_WHAT,
    Field("label", TEXT, "What the believed source calls it."),
    _is("status", _one_of(STATUSES), "tbd is to be announced."),
    Field("due_at", INSTANT, "The instant at which it is due, in UTC."),
    Field("due_local", LOCAL, "The wall time as published, in the zone as published."),
    *_ZONE,
    Field("original_due_at", INSTANT, "The first instant that the source gave."),
    Field("extension_count", INTEGER, "How many earlier dates were replaced."),
    Field("claim_count", INTEGER, "How many sources speak of it now."),
    Field("agreeing_claim_count", INTEGER, "How many of them name this very moment."),
    Field("confidence", NUMBER, "Agreeing sources by one more than all that speak."),
    Field("has_conflict", BOOLEAN, "Whether a source says a day or more otherwise."),
    _is("source_key", KEY, "The source that is believed."),
    Field("source_url", URL, "Where it says so."),
    Field("evidence", TEXT, "Its words."),
    Field("first_seen_at", INSTANT, "When the deadline was first observed."),
    Field("last_changed_at", INSTANT, "Since when the source says so."),
    Field("last_confirmed_at", INSTANT, "When it was last seen to say so."),
)
_EDITION = (
    _is("conference_key", KEY, "The edition: its series and year."),
    _is("series_key", KEY, "The series of conferences."),
    Field("acronym", TEXT, "What the series is called in short."),
    Field("full_name", TEXT, "What it is called in full."),
    _is("year", INTEGER, "Year of the edition."),
    Field("title", TEXT, "Acronym and year."),
    Field("homepage_url", URL, "The official page."),
    Field("place", TEXT, "Where it takes place, as written."),
    Field("city", TEXT, "The city."),
    Field("country_code", TEXT, "ISO 3166-1 code of the country."),
    Field("attendance_mode", TEXT, "in person, online or hybrid."),
    Field("starts_on", DAY, "First day of the conference."),
    Field("ends_on", DAY, "Last day of the conference."),
    Field("primary_area", TEXT, "The area that most sources give."),
    _is("areas", NAMES, "All areas of the series."),
    _is("ranks", NAMES, "Ranks of the series, each with its system: CORE A*."),
)

DEADLINE = (
    *_BELIEVED,
    Field("source_name", TEXT, "Name of the source that is believed."),
    Field("dissenting_claims", TEXT, "What the others say, where there is a conflict."),
    Field("revision_count", INTEGER, "How often something happened to it; only rises."),
    Field("revised_at", INSTANT, "When that was last."),
    *_EDITION,
)
"""A deadline in a list. What was known on an earlier day (``as_of``) is told without
what happened since: moves, revisions and confidence are null."""

IN_ZONE = Field(
    "due_in_zone", TEXT, "due_at in the zone asked for with tz, with its offset."
)

CONFERENCE = (
    *_EDITION,
    Field("is_cancelled", BOOLEAN, "Whether it does not take place."),
    Field("parent_conference_key", KEY, "The edition that it is a part of."),
)
CONFERENCE_DEADLINE = _BELIEVED

CLAIM = (
    _is("claim_key", KEY, "Names the claim."),
    Field("deadline_key", KEY, "The deadline that it is about."),
    _is("source_key", KEY, "Who says so."),
    Field("authority", TEXT, "How much weight the source has."),
    Field("source_url", URL, "Where it says so."),
    *_WHAT,
    Field("label_text", TEXT, "What the source calls it, as written."),
    Field("due_text", TEXT, "The date as written."),
    Field("due_at", INSTANT, "The instant that is meant, in UTC."),
    Field("due_local", LOCAL, "The wall time that is written."),
    *_ZONE,
    Field("evidence", TEXT, "The words, quoted."),
    Field("seen_from", INSTANT, "Since when it is said."),
    _is("is_winner", BOOLEAN, "Whether it is believed."),
    _is("is_superseded", BOOLEAN, "Whether the source has a later date beside it."),
    Field("rank_reason", TEXT, "Why it is believed, or not."),
)

CHANGE = (
    _is("change_key", KEY, "Names the change."),
    _is("change_type", _one_of(ChangeType), "What happened."),
    _is("source_key", KEY, "Whose word changed."),
    Field("series_key", KEY, "The series of conferences."),
    Field("conference_key", KEY, "The edition."),
    Field("deadline_key", KEY, "The deadline."),
    Field("series_text", TEXT, "The series as the source writes it."),
    Field("title", TEXT, "Acronym and year."),
    Field("year", INTEGER, "Year of the edition."),
    *_WHAT,
    Field("label_text", TEXT, "What the source calls it, as written."),
    Field("old_due_text", TEXT, "The date before, as written."),
    Field("new_due_text", TEXT, "The date since, as written."),
    Field("old_timezone_text", TEXT, "The zone before, as written."),
    Field("new_timezone_text", TEXT, "The zone since, as written."),
    Field("old_due_at", INSTANT, "The instant before, in UTC."),
    Field("new_due_at", INSTANT, "The instant since, in UTC."),
    Field("days_moved", NUMBER, "Days from the old to the new instant."),
    _is("seen_at", INSTANT, "When it was first observed."),
    _is("was_already_past", BOOLEAN, "Whether the old date had passed by then."),
    Field("source_url", URL, "Where the source says so."),
    Field("evidence", TEXT, "Its words."),
)

SERIES = (
    _is("series_key", KEY, "The series of conferences."),
    Field("parent_series_key", KEY, "The series that it is a part of."),
    Field("acronym", TEXT, "What it is called in short."),
    Field("full_name", TEXT, "What it is called in full."),
    Field("primary_area", TEXT, "The area that most sources give."),
    _is("areas", NAMES, "All areas."),
    _is("ranks", NAMES, "Ranks, each with its system: CORE A*."),
    Field("homepage_url", URL, "The official page."),
    Field("dblp_key", TEXT, "Its key in dblp."),
    _is("is_workshop", BOOLEAN, "Whether it is a workshop."),
    _is("conference_keys", KEYS, "Its editions, by year."),
)

SOURCE = (
    _is("source_key", KEY, "The source, as in the registry."),
    Field("name", TEXT, "What it is called."),
    Field("kind", TEXT, "What kind of publisher it is."),
    Field("publisher", TEXT, "Who publishes it."),
    Field("homepage_url", URL, "Its page."),
    Field("repository_url", URL, "Where its files are kept."),
    Field("licence", TEXT, "Under which terms it publishes."),
    Field("authority", TEXT, "How much weight it has."),
    Field("authority_rank", INTEGER, "The same as a number, the best first."),
    Field("default_timezone_text", TEXT, "The zone where it states none."),
    Field("default_timezone_reason", TEXT, "Why that one."),
    _is("is_registered", BOOLEAN, "Whether it is still asked."),
    _is("page_count", INTEGER, "Its files or pages."),
    _is("failing_page_count", INTEGER, "Those whose last visit failed."),
    _is("document_count", INTEGER, "Versions of them that are kept."),
    _is("claim_count", INTEGER, "Claims that it makes now."),
    _is("reject_count", INTEGER, "Entries of it that could not be understood."),
    Field("last_visited_at", INSTANT, "When it was last looked at."),
    Field("last_succeeded_at", INSTANT, "When that last went well."),
    Field("last_changed_at", INSTANT, "When it last said something else."),
)

_read_change = attrgetter(*(field.name for field in CHANGE))
_read_deadline = attrgetter(*(field.name for field in DEADLINE))


def document_of(fields: Sequence[Field], values: Iterable[Any]) -> Document:
    """Return a document of values that are in the order of its fields."""
    return {
        field.name: field.type.missing if value is None else field.type.convert(value)
        for field, value in zip(fields, values, strict=True)
    }


def deadline_document(row: CurrentDeadline | UpcomingDeadline) -> Document:
    """Return a deadline as the API gives it.

    One that was known on an earlier day has null for what is not told of such a day.
    """
    if isinstance(row, CurrentDeadline):
        return document_of(DEADLINE, _read_deadline(row))
    values = {field.name: getattr(row, field.name, None) for field in DEADLINE}
    # Only what was announced is upcoming. Its number of the round is read as text.
    number = None if row.round is None else int(row.round)
    return document_of(
        DEADLINE, {**values, "status": "announced", "round": number}.values()
    )


def change_document(row: Change) -> Document:
    """Return a change as the API gives it."""
    document = document_of(CHANGE, _read_change(row))
    document["round"] = None if row.round is None else int(row.round)
    return document


def harmless_document(fields: Sequence[Field], written: Mapping[str, Any]) -> Document:
    """Return a document that the database wrote, its texts harmless."""
    return {
        field.name: field.type.missing
        if written[field.name] is None
        else field.type.convert(written[field.name])
        if field.type.is_written
        else written[field.name]
        for field in fields
    }


def json_of(document: Document) -> bytes:
    """Return a document as JSON in UTF-8."""
    return orjson.dumps(document)


def in_zone(deadline: bytes, due_at: datetime | None, zone: tzinfo | None) -> bytes:
    """Return the JSON of a deadline with its instant in a zone beside.

    ``zone`` None is the machine's own.
    """
    shown = None if due_at is None else due_at.astimezone(zone).isoformat()
    member = orjson.dumps({IN_ZONE.name: shown})
    return deadline[:-1] + b"," + member[1:]


def list_json(
    name: str,
    items: Sequence[bytes],
    as_of: datetime,
    *,
    count: int | None = None,
    page: int = 1,
    page_count: int = 1,
) -> bytes:
    """Return a page of a list as JSON: its items are joined as they are.

    Args:
        name: the member that holds the items: deadlines, changes, series, sources.
        items: the JSON of each.
        as_of: from when "upcoming" counts.
        count: how many there are on all pages; those given without it.
        page: which page this is, from 1.
        page_count: how many pages there are.
    """
    head = orjson.dumps(
        {
            "as_of": instant_text(as_of),
            "count": len(items) if count is None else count,
            "page": page,
            "page_count": page_count,
        }
    )
    return b'%s,"%s":[%s]}\n' % (head[:-1], name.encode(), b",".join(items))


def schema_of(fields: Iterable[Field], optional: Iterable[Field] = ()) -> Document:
    """Return the JSON Schema of an object with these fields."""
    always = list(fields)
    return {
        "type": "object",
        "properties": {field.name: field.schema for field in (*always, *optional)},
        "required": [field.name for field in always],
    }


def list_schema(name: str, title: str, item: Schema) -> Document:
    """Return the JSON Schema of a list, as ``list_json`` writes it."""
    number: Document = {"type": "integer", "minimum": 0}
    return {
        "$schema": DIALECT,
        "title": title,
        "type": "object",
        "properties": {
            "as_of": {"description": "From when upcoming counts.", **INSTANT.schema},
            "count": {"description": "How many there are on all pages.", **number},
            "page": {"description": "Which page this is, from 1.", **number},
            "page_count": {"description": "How many pages there are.", **number},
            name: {"type": "array", "items": item},
        },
        "required": ["as_of", "count", "page", "page_count", name],
    }


def conference_schema() -> Document:
    """Return the JSON Schema of the document of an edition."""
    parts = {
        "deadlines": CONFERENCE_DEADLINE,
        "claims": CLAIM,
        "changes": CHANGE,
    }
    return {
        "$schema": DIALECT,
        "title": "An edition, its deadlines, what every source says now, what moved",
        "type": "object",
        "properties": {
            "conference": schema_of(CONFERENCE),
            **{
                name: {"type": "array", "items": schema_of(fields)}
                for name, fields in parts.items()
            },
        },
        "required": ["conference", *parts],
    }


def schemas() -> dict[str, Document]:
    """Return the JSON Schema of each document of the API, by its name."""
    return {
        "deadlines": list_schema(
            "deadlines", "Deadlines", schema_of(DEADLINE, optional=[IN_ZONE])
        ),
        "conference": conference_schema(),
        "series": list_schema("series", "Series of conferences", schema_of(SERIES)),
        "changes": list_schema("changes", "Changes of claims", schema_of(CHANGE)),
        "sources": list_schema("sources", "Sources", schema_of(SOURCE)),
    }
