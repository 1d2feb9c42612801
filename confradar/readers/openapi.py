"""The OpenAPI document of the server: what may be asked, and what comes back."""

from collections.abc import Mapping
from typing import Any

from confradar.kinds import Kind
from confradar.readers import atom, calendars
from confradar.readers.documents import DIALECT, Document, schemas
from confradar.readers.selection import MAX_LENGTH, MAX_VALUES
from confradar.readers.snapshot import PASSED_SPAN

PAGE_SIZE = 100  # rows of one answer
MAX_PAGE = 10_000

_SHOWN = f"What was due in the {PASSED_SPAN.days} days before the build is current too"
_PERIOD = {
    "type": "string",
    "maxLength": MAX_LENGTH,
    "examples": ["2026-11-20", "2026-11-20T23:59Z"],
}


def openapi(version: str, schema_of: Mapping[str, Document] | None = None) -> Document:
    """Return the OpenAPI 3.1 document.

    Args:
        version: that of the application.
        schema_of: the JSON Schema of each document, by name; those of the project
            without it.
    """
    documents = schemas() if schema_of is None else schema_of
    components = {
        _component(name): {key: part for key, part in schema.items() if key[0] != "$"}
        for name, schema in documents.items()
    }
    return {
        "openapi": "3.1.0",
        "jsonSchemaDialect": DIALECT,
        "info": {
            "title": "ConfRadar",
            "version": version,
            "summary": "What is due when, who says so, who disagrees, what changed.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "paths": _paths(),
        "components": {
            "schemas": {**components, "Error": _ERROR, "Health": _HEALTH},
            "parameters": _PARAMETERS,
            "responses": _RESPONSES,
        },
    }


def _paths() -> Document:
    selection = ("search", "area", "rank", "kind", "series", "after", "before")
    deadlines = (*selection, "changed", "conflict")
    return {
        "/api/v1/deadlines": _get(
            "Deadlines that are current, by their instants",
            (*deadlines, "tz", "as_of", "page"),
            _json("deadlines"),
            description=f"{_SHOWN}: so far back reaches `after`, and without it what "
            "has passed is left out. An earlier `after` is answered 422, unless "
            "`as_of` asks for what was known on a day; all that ever was due is in "
            "/files/deadlines.csv.",
        ),
        "/api/v1/conferences/{key}": _get(
            "One edition: its deadlines, what every source says, what moved",
            ("key",),
            _json("conference"),
            is_there=False,
        ),
        "/api/v1/history": _get(
            "What sources changed, the last day first; after and before are of when "
            "it was seen",
            (*selection, "page"),
            _json("changes"),
        ),
        "/api/v1/sources": _get("All sources", (), _json("sources")),
        "/calendar.ics": _get(
            "A calendar of deadlines to subscribe to",
            (*deadlines, "alarm"),
            _text(calendars.MEDIA_TYPE),
            description=f"{_SHOWN}: nothing older is in a calendar, whatever `after` "
            "says.",
        ),
        "/changes.atom": _get(
            "A feed of changes to subscribe to",
            ("search", "area", "rank", "kind", "series"),
            _text(atom.MEDIA_TYPE),
        ),
        "/healthz": {
            "get": {
                "summary": "Whether questions can be answered",
                "responses": {
                    "200": {
                        "description": "They can.",
                        "content": {"application/json": {"schema": _ref("Health")}},
                    },
                    "503": _response("Unavailable"),
                },
            }
        },
    }


def _get(
    summary: str,
    parameters: tuple[str, ...],
    content: Document,
    *,
    description: str = "",
    is_there: bool = True,
) -> Document:
    """Return an operation; ``is_there`` tells that what is asked for cannot be none."""
    responses = {
        "200": {
            "description": "The answer; ask again with If-None-Match and its ETag.",
            "headers": {"ETag": {"schema": {"type": "string"}}},
            "content": content,
        },
        "304": {"description": "It is still what the ETag of If-None-Match names."},
    }
    if not is_there:
        responses["404"] = _response("NotFound")
    if parameters:
        responses["422"] = _response("NotUnderstood")
    responses["503"] = _response("Unavailable")
    references = [{"$ref": f"#/components/parameters/{name}"} for name in parameters]
    told = {"description": description} if description else {}
    return {
        "get": {
            "summary": summary,
            **told,
            "parameters": references,
            "responses": responses,
        }
    }


def _json(name: str) -> Document:
    return {"application/json": {"schema": _ref(_component(name))}}


def _text(media_type: str) -> Document:
    return {media_type: {"schema": {"type": "string"}}}


def _component(name: str) -> str:
    return name.capitalize()


def _ref(name: str) -> Document:
    return {"$ref": f"#/components/schemas/{name}"}


def _response(name: str) -> Document:
    return {"$ref": f"#/components/responses/{name}"}


def _names(name: str, description: str, example: str, **more: Any) -> Document:  # noqa: ANN401
    """Return a parameter that may be given several times: one of the values counts."""
    item = {"type": "string", "maxLength": MAX_LENGTH, **more}
    return {
        "name": name,
        "in": "query",
        "description": description,
        "style": "form",
        "explode": True,
        "schema": {"type": "array", "maxItems": MAX_VALUES, "items": item},
        "example": [example],
    }


def _one(name: str, description: str, schema: Document) -> Document:
    return {
        "name": name, "in": "query", "description": description, "schema": schema,
    }  # fmt: skip


_ERROR: Document = {
    "type": "object",
    "properties": {
        "error": {"type": "string", "description": "What is wrong, in one line."},
        "parameter": {
            "type": ["string", "null"],
            "description": "The parameter that is not understood.",
        },
    },
    "required": ["error"],
}
_HEALTH: Document = {
    "type": "object",
    "properties": {"status": {"type": "string"}},
    "required": ["status"],
}
_FLAG: Document = {
    "type": "string",
    "enum": ["1", "0", "yes", "no", "true", "false", "on", ""],
}
_PARAMETERS: Document = {
    "key": {
        "name": "key",
        "in": "path",
        "required": True,
        "description": "The edition: its series and year.",
        "schema": {"type": "string", "minLength": 1, "maxLength": 200},
        "example": "neurips-2027",
    },
    "search": _one(
        "search",
        "Words that all have to occur in names, label, track, kind, place or areas.",
        {"type": "string", "maxLength": MAX_LENGTH},
    ),
    "area": _names("area", "An area of research, by its name.", "machine learning"),
    "rank": _names(
        "rank", "A rank (CORE A*), a class (A*) or a ranking system (CORE).", "CORE A*"
    ),
    "kind": _names(
        "kind",
        "A kind of deadline; submission is the paper.",
        "submission",
        enum=[*(kind.value for kind in Kind), ""],  # forms send what is not chosen
    ),
    "series": _names("series", "The key of a series.", "neurips"),
    "after": _one("after", "From this day (UTC) or moment on.", _PERIOD),
    "before": _one("before", "Before this day (UTC) or moment.", _PERIOD),
    "changed": _one("changed", "1: only what had another date before.", _FLAG),
    "conflict": _one("conflict", "1: only what a source contradicts.", _FLAG),
    "tz": _one(
        "tz",
        "Also tell the instant in this zone: an IANA name, utc or aoe.",
        {"type": "string", "maxLength": MAX_LENGTH, "examples": ["Europe/Vienna"]},
    ),
    "as_of": _one("as_of", "As it was known on this day, or at this moment.", _PERIOD),
    "page": _one(
        "page",
        f"Which page of {PAGE_SIZE} rows, from 1.",
        {"type": "integer", "minimum": 1, "maximum": MAX_PAGE, "default": 1},
    ),
    "alarm": _one(
        "alarm",
        "Remind so long before: hours, days or weeks.",
        {
            "type": "string",
            "pattern": r"^([0-9]{1,4}\s*(h|d|w|hours?|days?|weeks?))?$",
            "examples": ["12h", "7d", "2w"],
        },
    ),
}


def _failure(description: str) -> Document:
    return {
        "description": description,
        "content": {"application/json": {"schema": _ref("Error")}},
    }


_RESPONSES: Document = {
    "NotFound": _failure("There is nothing of that key."),
    "NotUnderstood": _failure("A parameter is unknown, or has a value that is."),
    "Unavailable": _failure("The database cannot be asked now."),
}
