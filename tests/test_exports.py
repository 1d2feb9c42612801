"""Tables as files: what is read back is what the marts have."""

import csv
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pyarrow.parquet as pq
import pytest
from psycopg import sql

from confradar.database.logins import Login
from confradar.readers.exports import (
    DATA_PACKAGE,
    LICENCES,
    TABLES,
    Column,
    Source,
    Table,
    columns_of,
    licences,
    write_exports,
)
from confradar.warehouse import reading
from tests.conftest import SampleRun, Site, Sites
from tests.made_rows import HOSTILE

pytestmark = pytest.mark.postgres

DESIGNED = {
    "deadlines": "deadline_key conference_key track round kind label due_at due_local "
    "timezone_name timezone_text is_timezone_stated due_precision status "
    "original_due_at extension_count claim_count agreeing_claim_count has_conflict "
    "confidence source_key source_url evidence first_seen_at last_changed_at "
    "last_confirmed_at",
    "conferences": "conference_key series_key year title homepage_url starts_on "
    "ends_on place city country_code attendance_mode parent_conference_key",
    "series": "series_key acronym full_name primary_area homepage_url dblp_key "
    "parent_series_key is_workshop conference_count",
    "claims": "claim_key source_key source_record_id document_key source_url "
    "series_text series_key conference_key deadline_key year track round kind "
    "label_text due_text timezone_text due_at due_local timezone_name due_precision "
    "seen_from seen_to is_current is_winner rank_reason",
    "changes": "change_key source_key source_record_id series_text series_key "
    "conference_key year track round kind change_type old_due_text new_due_text "
    "old_timezone_text new_timezone_text old_due_at new_due_at days_moved seen_at "
    "was_already_past",
}


def export(site: Site, folder: Path) -> list[str]:
    with reading(Login(site.url)) as connection:
        return list(write_exports(connection, folder))


@pytest.fixture(scope="module")
def hostile(sites: Sites, sample: SampleRun) -> Site:
    """Return the sample with what a source may write, in the words of claims."""
    site = sites.copy(sample.site)
    with psycopg.connect(site.url) as connection:
        keys = connection.execute(
            "select claim_key from marts.fct_deadline_claims order by claim_key"
        ).fetchall()
        texts = [
            *HOSTILE,
            "",
            "'",
            "-1",
            "+2",
            "@a",
            "\t=1",
            '"',
            "a,b\r\nc",
            "é\u200e",
        ]
        for (key,), text in zip(keys, texts, strict=False):
            connection.execute(
                """
                update marts.fct_deadline_claims
                set evidence = %(text)s, label_text = %(text)s, due_text = %(text)s
                where claim_key = %(key)s
                """,
                {"text": text, "key": key},
            )
        connection.execute(
            """
            insert into marts.fct_deadline_changes (
                change_key, source_key, series_text, track, kind, change_type,
                old_due_at, new_due_at, days_moved, seen_at, seen_date,
                was_already_past, source_record_id
            )
            select
                'made up', source_key, series_text, track, kind, 'extended', due_at,
                due_at + interval '36 hours', 1.5, seen_from, seen_from::date, false,
                source_record_id
            from marts.fct_deadline_claims
            where due_at is not null
            limit 1
            """
        )
    return site


@pytest.fixture(scope="module")
def folder(hostile: Site, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("exports")
    paths = export(hostile, folder)
    found = [path for path in folder.rglob("*") if path.is_file()]
    assert sorted(paths) == sorted(str(path.relative_to(folder)) for path in found)
    return folder


@pytest.fixture(scope="module")
def connection(hostile: Site, folder: Path) -> Iterator[psycopg.Connection]:
    with reading(Login(hostile.url)) as connection:
        yield connection


def mart_rows(connection: psycopg.Connection, table: Table) -> list[dict[str, Any]]:
    query = sql.SQL("select * from {} as rows {} order by {}").format(
        sql.Identifier("marts", table.relation),
        sql.SQL("left join marts.series_labels using (series_key)")
        if table.labels
        else sql.SQL(""),
        sql.Identifier(table.key),
    )
    names = (*table.columns, *table.labels)
    with connection.cursor(row_factory=psycopg.rows.dict_row) as cursor:
        rows = cursor.execute(query).fetchall()
    return sorted(
        ({name: row[name] for name in names} for row in rows),
        key=lambda row: str(row[table.key]),
    )


def seen(value: Any) -> Any:  # noqa: ANN401
    """Return a value without what cannot be seen."""
    if not isinstance(value, str):
        return value
    return "".join(
        character
        for character in value
        if character in "\t\r\n"
        or not (
            ord(character) < 32
            or 127 <= ord(character) < 160
            or character in "\u061c\u200e\u200f"
            or "\u202a" <= character <= "\u202e"
            or "\u2066" <= character <= "\u2069"
        )
    )


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_parquet_read_back_is_the_mart(
    table: Table, connection: psycopg.Connection, folder: Path
) -> None:
    read = pq.read_table(folder / f"files/{table.name}.parquet").to_pylist()

    expected = mart_rows(connection, table)
    assert expected
    assert read == [
        {name: seen(value) for name, value in row.items()} for row in expected
    ]


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_csv_read_back_is_the_mart(
    table: Table, connection: psycopg.Connection, folder: Path
) -> None:
    with (folder / f"files/{table.name}.csv").open(newline="") as file:
        read = list(csv.DictReader(file))

    expected = mart_rows(connection, table)
    columns = {column.name: column for column in columns_of(connection, table)}
    assert [list(row) for row in read] == [list(columns)] * len(expected)
    for cells, row in zip(read, expected, strict=True):
        assert {
            name: text_read(cell, columns[name]) for name, cell in cells.items()
        } == {name: text_written(seen(value)) for name, value in row.items()}


def text_read(cell: str, column: Column) -> str:
    return cell.removeprefix("'") if column.is_of_sources else cell


def text_written(value: Any) -> str:  # noqa: ANN401
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case datetime(tzinfo=None):
            return value.isoformat()
        case datetime():
            return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return str(value)


def test_no_cell_of_a_spreadsheet_is_a_formula(folder: Path) -> None:
    for path in (folder / "files").glob("*.csv"):
        with path.open(newline="") as file:
            for row in csv.DictReader(file):
                for name, cell in row.items():
                    if name == "days_moved" or not cell:
                        continue  # a number may be negative
                    assert cell[0] not in "=+-@\t\r\n", (path, name, cell)


def test_a_second_export_writes_the_same_bytes(
    hostile: Site, folder: Path, tmp_path: Path
) -> None:
    for path in export(hostile, tmp_path):
        assert (tmp_path / path).read_bytes() == (folder / path).read_bytes(), path


def test_files_have_what_the_design_promises() -> None:
    for table in TABLES:
        assert set(DESIGNED[table.name].split()) <= set(table.columns), table.name


def test_the_descriptor_tells_of_each_column(
    connection: psycopg.Connection, folder: Path
) -> None:
    package = json.loads((folder / DATA_PACKAGE).read_text())

    resources = {resource["path"]: resource for resource in package["resources"]}
    for table in TABLES:
        with (folder / f"files/{table.name}.csv").open(newline="") as file:
            header = next(csv.reader(file))
        for suffix in ("csv", "parquet"):
            schema = resources[f"{table.name}.{suffix}"]["schema"]
            assert [field["name"] for field in schema["fields"]] == header
            assert all(field["description"] for field in schema["fields"])
            assert schema["primaryKey"] == table.key
    types = {
        field["name"]: field["type"]
        for field in resources["claims.csv"]["schema"]["fields"]
    }
    assert types["due_at"] == types["due_local"] == "datetime"
    assert (types["is_current"], types["year"]) == ("boolean", "integer")
    count = connection.execute("select count(*) from marts.dim_sources").fetchone()
    assert count == (len(package["sources"]),)
    assert all(source["licence"] for source in package["sources"])


def test_the_terms_of_each_source_are_told(
    connection: psycopg.Connection, folder: Path
) -> None:
    note = (folder / LICENCES).read_text()

    for name, licence in connection.execute(
        "select source_key, licence from marts.dim_sources"
    ):
        (line,) = (line for line in note.splitlines() if f"| `{name}` |" in line)
        assert line.endswith(f"{licence or 'not stated'} |")


def test_a_name_cannot_break_out_of_the_note_of_licences() -> None:
    source = Source("soup", "a|b\n<script>[x](y)", None, "javascript:alert(1)", None)

    line = licences([source]).decode().splitlines()[-1]

    assert line == r"| a\|b \<script\>\[x\](y) | `soup` |  | not stated |"


def test_postgres_reads_the_csv_again(
    connection: psycopg.Connection, folder: Path, hostile: Site
) -> None:
    path = folder / "files/changes.csv"
    with psycopg.connect(hostile.url) as own:
        own.execute("create temp table again (like marts.fct_deadline_changes)")
        with path.open("rb") as file:
            names = file.readline().decode().strip()
            statement = f"copy again ({names}) from stdin (format csv)"
            with own.cursor().copy(statement.encode()) as copy:
                copy.write(file.read())
        count = own.execute("select count(*), sum(days_moved) from again").fetchone()
    assert (
        count
        == connection.execute(
            "select count(*), sum(days_moved) from marts.fct_deadline_changes"
        ).fetchone()
    )
