"""The API's documents: as their schemas say, and as the marts have it."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import jsonschema
import orjson
import psycopg
import pytest
import schemathesis
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from confradar.database.logins import Login
from confradar.readers import Snapshot, take_snapshot
from confradar.readers.addresses import api_file, schema_file
from confradar.readers.api import conference_json, files_of_api, is_plain
from confradar.readers.documents import (
    DEADLINE,
    change_document,
    deadline_document,
    in_zone,
    json_of,
    list_json,
    schemas,
)
from confradar.readers.harmless import text_of
from confradar.readers.openapi import openapi
from confradar.warehouse import (
    CurrentDeadline,
    DeadlineFilter,
    reading,
    upcoming_deadlines,
)
from tests.conftest import SampleRun
from tests.made_rows import CHANGE, DUE, SEEN, deadline, hostile_deadlines


def check(name: str, document: bytes) -> Any:  # noqa: ANN401
    """Return what a document says; it has to be as its schema tells, and no more."""
    schema = schemas()[name]
    validator = jsonschema.Draft202012Validator(
        closed(schema), format_checker=jsonschema.FormatChecker()
    )
    read = orjson.loads(document)
    validator.validate(read)
    return read


def closed(schema: Any) -> Any:  # noqa: ANN401
    """Return a schema that takes no field that it does not name."""
    if isinstance(schema, list):
        return [closed(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    parts = {name: closed(part) for name, part in schema.items()}
    if "properties" in parts:
        parts["additionalProperties"] = False
    return parts


def test_each_schema_is_one() -> None:
    for schema in schemas().values():
        jsonschema.Draft202012Validator.check_schema(schema)


def test_each_field_says_what_it_means() -> None:
    item = schemas()["deadlines"]["properties"]["deadlines"]["items"]

    assert all(field["description"] for field in item["properties"].values())
    assert item["required"] == [field.name for field in DEADLINE]


def test_a_deadline_has_its_instant_and_what_was_written() -> None:
    document = deadline_document(deadline(confidence=None))

    assert document["due_at"] == "2027-01-16T11:59:59Z"
    assert document["due_local"] == "2027-01-15T23:59:59"
    assert document["timezone_text"] == "Anywhere on Earth"
    assert document["timezone_name"] == "AoE"
    assert document["areas"] == ["security", "theory"]
    assert document["ranks"] == ["CCF B", "CORE A*"]
    assert document["confidence"] is None


def test_a_deadline_can_be_told_in_a_zone() -> None:
    told = in_zone(json_of(deadline_document(deadline())), DUE, ZoneInfo("Asia/Tokyo"))

    document = check("deadlines", list_json("deadlines", [told], SEEN))
    assert document["deadlines"][0]["due_in_zone"] == "2027-01-16T20:59:59+09:00"
    unknown = in_zone(json_of(deadline_document(deadline(due_at=None))), None, UTC)
    assert orjson.loads(unknown)["due_in_zone"] is None


def test_a_list_says_how_much_there_is() -> None:
    item = json_of(change_document(CHANGE))

    document = check(
        "changes",
        list_json("changes", [item] * 2, SEEN, count=202, page=3, page_count=3),
    )
    assert document["as_of"] == "2026-11-20T00:00:00Z"
    assert (document["count"], document["page"], document["page_count"]) == (202, 3, 3)
    assert document["changes"][1]["days_moved"] == 7
    assert check("changes", list_json("changes", [], SEEN))["count"] == 0


@given(hostile_deadlines())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_whatever_a_source_writes_is_a_harmless_document(row: CurrentDeadline) -> None:
    item = json_of(deadline_document(row))

    (document,) = check("deadlines", list_json("deadlines", [item], SEEN))["deadlines"]
    for name in ("label", "evidence", "title", "place", "timezone_text"):
        assert document[name].replace(" ", "").isprintable()
        assert len(document[name]) <= 600
    for name in ("source_url", "homepage_url"):
        assert (document[name] or "http").lower().startswith("http")


@given(st.text(max_size=30) | st.text(' "\\\\a\u200e\n', max_size=8))
@example('the "final" date')
@example('"\\\\"')
def test_what_the_database_wrote_stays_only_if_it_is_harmless(text: str) -> None:
    written = json.dumps({"evidence": text}, ensure_ascii=False, separators=(",", ":"))

    assert text_of(text) == text or not is_plain(written)


def test_most_texts_stay_as_the_database_wrote_them() -> None:
    assert is_plain('{"evidence":"deadline: \\"2027-01-15\\" (東京, é)","round":1}')


def test_the_document_of_the_server_is_openapi() -> None:
    document = openapi("1.0")

    schema = schemathesis.openapi.from_dict(document)
    found: list[Any] = list(schema.get_all_operations())
    operations = [one.ok() for one in found]
    assert {operation.label for operation in operations} >= {
        "GET /api/v1/deadlines",
        "GET /api/v1/conferences/{key}",
        "GET /api/v1/history",
        "GET /api/v1/sources",
        "GET /calendar.ics",
        "GET /changes.atom",
        "GET /healthz",
    }
    names = {one["name"] for one in document["components"]["parameters"].values()}
    assert names == {
        "search", "area", "rank", "kind", "series", "changed", "conflict", "after",
        "before", "tz", "as_of", "page", "alarm", "key",
    }  # fmt: skip
    jsonschema.Draft202012Validator.check_schema(
        {"$defs": document["components"]["schemas"]}
    )


def test_how_far_back_lists_reach_is_described() -> None:
    paths = openapi("1.0")["paths"]

    for path in ("/api/v1/deadlines", "/calendar.ics"):
        told = paths[path]["get"]["description"]
        assert told.startswith("What was due in the 31 days before the build"), path
    assert "422" in paths["/api/v1/deadlines"]["get"]["description"]


@pytest.fixture(scope="module")
def connection(sample: SampleRun) -> Iterator[psycopg.Connection]:
    with reading(Login(sample.site.url)) as connection:
        yield connection


@pytest.fixture(scope="module")
def snapshot(connection: psycopg.Connection) -> Snapshot:
    return take_snapshot(connection)


@pytest.fixture(scope="module")
def files(connection: psycopg.Connection, snapshot: Snapshot) -> dict[str, bytes]:
    return dict(files_of_api(connection, snapshot))


@pytest.mark.postgres
def test_each_document_is_as_its_schema_says(files: dict[str, bytes]) -> None:
    for name in ("deadlines", "series", "changes", "sources"):
        assert check(name, files[api_file(name)])[name] or name == "changes"
    for name in schemas():
        assert orjson.loads(files[schema_file(name)]) == schemas()[name]
    editions = [path for path in files if path.startswith("api/v1/conferences/")]
    for path in editions:
        check("conference", files[path])


@pytest.mark.postgres
def test_each_instant_is_the_marts(
    connection: psycopg.Connection, files: dict[str, bytes]
) -> None:
    told = orjson.loads(files[api_file("deadlines")])["deadlines"]

    mart = connection.execute(
        """
        select deadline_key, due_at, due_local, timezone_text
        from marts.rpt_current_deadlines
        order by due_at nulls last, deadline_key
        """
    ).fetchall()
    assert [
        (
            one["deadline_key"],
            one["due_at"] and datetime.fromisoformat(one["due_at"]),
            one["due_local"] and datetime.fromisoformat(one["due_local"]),
            one["timezone_text"],
        )
        for one in told
    ] == mart


@pytest.mark.postgres
def test_an_edition_has_all_its_rows(
    connection: psycopg.Connection, files: dict[str, bytes]
) -> None:
    queries = {
        "deadlines": "select conference_key, deadline_key from marts.fct_deadlines",
        "claims": "select conference_key, claim_key from marts.fct_deadline_claims"
        " where is_current and conference_key is not null",
    }
    keys = connection.execute("select conference_key from marts.dim_conferences")
    for (key,) in keys.fetchall():
        document = orjson.loads(files[api_file("conferences", key)])
        for part, query in queries.items():
            rows = connection.execute(query.encode()).fetchall()
            assert {one[f"{part[:-1]}_key"] for one in document[part]} == {
                row_key for edition, row_key in rows if edition == key
            }


@pytest.mark.postgres
def test_the_server_gives_an_edition_as_its_file_has_it(
    connection: psycopg.Connection, files: dict[str, bytes]
) -> None:
    path = api_file("conferences", "vldb-2027")

    assert conference_json(connection, "vldb-2027") == files[path]
    assert conference_json(connection, "vldb-1066") is None


@pytest.mark.postgres
def test_two_publishes_share_every_byte(
    sample: SampleRun, files: dict[str, bytes]
) -> None:
    with reading(Login(sample.site.url)) as connection:
        assert dict(files_of_api(connection, take_snapshot(connection))) == files


@pytest.mark.postgres
def test_what_was_known_once_is_told_in_the_same_words(
    connection: psycopg.Connection,
) -> None:
    moment = datetime(2026, 11, 21, tzinfo=UTC)
    known = upcoming_deadlines(connection, DeadlineFilter(moment, known_at=moment))

    items = [json_of(deadline_document(row)) for row in known]

    assert items
    check("deadlines", list_json("deadlines", items, moment))
