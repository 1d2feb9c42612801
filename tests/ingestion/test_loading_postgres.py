import hashlib
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from ingestion.documents import Body, PublishedFile, Reject, stable_key
from ingestion.families.lists import raw_schema
from ingestion.families.tables import RAW_TABLES
from ingestion.loading import LoadOutcome, ensure_raw_tables
from ingestion.loading.looks import NOT_RETRIEVED
from ingestion.readers.lists import ReadDocument, read_list
from ingestion.registry import Source
from ingestion.shapes import FAMILIES as SOURCE_FAMILIES
from ingestion.shapes import PAGE_FAMILIES
from tests.conftest import ROOT
from tests.ingestion.raw_databases import (
    FAMILY,
    FIRST_DAY,
    SOURCE,
    PostgresDatabase,
    entry,
    numbered,
    published,
)

pytestmark = pytest.mark.postgres

FAMILIES = (*SOURCE_FAMILIES, "registry")
HOSTILE = (
    "",
    " ",
    '"',
    "''",
    "a,b;c\td",
    "two\nlines\r\n",
    "\\.",
    "\\N",
    "\\x00",
    "NULL",
    "2026-05-11",
    "2026-05-11T23:59:00Z",
    "12:00",
    "1.0",
    "true",
    "0x1f",
    "é\u2028\U0001f4a1",
)


def test_columns_have_the_types_that_the_models_rely_on(
    postgres: PostgresDatabase,
) -> None:
    ensure_raw_tables([FAMILY], postgres.url, pipelines_dir=postgres.pipelines_dir)

    columns = {
        (table, column): (data_type, nullable)
        for table, column, data_type, nullable in postgres.ask(
            "select table_name, column_name, data_type, is_nullable"
            " from information_schema.columns"
            " where table_schema = 'raw_paperswithcode'"
        )
    }
    assert columns["documents", "content"] == ("bytea", "YES")
    assert columns["documents", "body"] == ("jsonb", "YES")
    assert columns["documents", "byte_count"] == ("bigint", "NO")
    assert columns["rejects", "is_dropped"] == ("boolean", "NO")
    assert columns["rejects", "position"] == ("character varying", "NO")
    assert columns["visits", "path"] == ("character varying", "YES")
    instant = ("timestamp with time zone", "NO")
    assert columns["visits", "observed_at"] == instant
    assert columns["documents", "first_seen_at"] == instant
    assert columns["documents", "_dlt_load_id"] == ("character varying", "NO")


def test_every_family_has_its_tables_before_anything_is_loaded(
    postgres: PostgresDatabase,
) -> None:
    ensure_raw_tables(FAMILIES, postgres.url, pipelines_dir=postgres.pipelines_dir)

    tables = set(
        postgres.ask(
            "select table_schema, table_name from information_schema.tables"
            " where table_schema like 'raw%'"
        )
    )
    for family in SOURCE_FAMILIES:
        for table in ("documents", "visits", "rejects", "_dlt_loads"):
            assert (f"raw_{family}", table) in tables
        for table in ("readings", "entries", "phrases"):
            has_readings = family in PAGE_FAMILIES
            assert ((f"raw_{family}", table) in tables) is has_readings
    assert ("raw_registry", "sources") in tables


def test_tables_that_are_there_are_left_alone(
    postgres: PostgresDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    ensure_raw_tables(FAMILIES, postgres.url, pipelines_dir=postgres.pipelines_dir)

    def refuse(*_: object) -> None:
        raise AssertionError("tables are created again")

    monkeypatch.setattr(
        "ingestion.loading.raw_tables.RawPipeline.create_tables", refuse
    )
    ensure_raw_tables(FAMILIES, postgres.url, pipelines_dir=postgres.pipelines_dir)


@pytest.mark.parametrize(
    "loss",
    [
        "drop table raw_paperswithcode.rejects",
        "alter table raw_paperswithcode.documents drop column body",
        "alter table raw_paperswithcode.documents alter body set storage main",
    ],
)
def test_what_got_lost_of_the_tables_comes_back(
    postgres: PostgresDatabase, loss: str
) -> None:
    ensure_raw_tables([FAMILY], postgres.url, pipelines_dir=postgres.pipelines_dir)
    with psycopg.connect(postgres.url) as connection:
        connection.execute(loss.encode())

    assert postgres.load(numbered(2)).outcome is LoadOutcome.LOADED

    storages = postgres.ask(
        "select attname, attstorage::text from pg_attribute"
        " where attrelid = 'raw_paperswithcode.documents'::regclass"
        " and attname in ('content', 'body') order by attname"
    )
    assert storages == [("body", "e"), ("content", "e")]
    assert postgres.rows("rejects") == []


@pytest.fixture
def former(
    postgres: PostgresDatabase, monkeypatch: pytest.MonkeyPatch
) -> PostgresDatabase:
    """Return a database as it was before pages, with one look at one file in it."""
    later = {
        "documents": {"context"},
        "visits": {*NOT_RETRIEVED},
        "rejects": {"reader_version"},
    }
    tables = {
        table: {
            name: column for name, column in columns.items() if name not in later[table]
        }
        for table, columns in RAW_TABLES.items()
    }
    with monkeypatch.context() as patch:
        patch.setattr("ingestion.families.tables.RAW_TABLES", tables)
        ensure_raw_tables([FAMILY], postgres.url, pipelines_dir=postgres.pipelines_dir)
    (file,) = numbered(1)
    digest = hashlib.sha256(file.content).hexdigest()
    key = stable_key(SOURCE.key, file.path, digest)
    with psycopg.connect(postgres.url) as connection:
        connection.execute("set search_path to raw_paperswithcode")
        connection.execute(
            "insert into documents values (%s, %s, %s, null, %s, 1, 'application/yaml',"
            " %s, '[]', 'lists-1', 1, 0, %s, 'load', 'document')",
            [key, SOURCE.key, file.path, digest, file.content, FIRST_DAY],
        )
        connection.execute(
            "insert into visits values"
            " ('visit', %s, %s, null, %s, 'stored', %s, null, 'load', 'visit')",
            [SOURCE.key, file.path, FIRST_DAY, key],
        )
        connection.execute(
            "insert into _dlt_loads (load_id, schema_name, status, inserted_at)"
            " values ('load', %s, 0, now())",
            [FAMILY],
        )
    return postgres


def test_a_database_of_the_former_shape_goes_on_with_what_it_has(
    former: PostgresDatabase,
) -> None:
    again = former.load(numbered(1), day=1)
    more = former.load([*numbered(1), published("z.yml", "- x\n")], day=2)

    assert again.outcome is LoadOutcome.UNCHANGED
    assert more.message == "documents: 1 new"
    visits = former.rows("visits")
    assert [row["outcome"] for row in visits].count("unchanged") == 2
    assert {row["http_status"] for row in visits} == {None}
    assert [row["context"] for row in former.rows("documents")] == [None, None]
    assert [row["reader_version"] for row in former.rows("rejects")] == [None]


def test_tables_are_created_once_by_runs_that_begin_together(
    postgres: PostgresDatabase, tmp_path: Path
) -> None:
    code = (
        "import sys; from pathlib import Path;"
        "from ingestion.loading import ensure_raw_tables;"
        "ensure_raw_tables([sys.argv[1]], sys.argv[2], pipelines_dir=Path(sys.argv[3]))"
    )

    def ensure_elsewhere(number: int) -> int:
        directory = str(tmp_path / str(number))
        command = [sys.executable, "-c", code, FAMILY, postgres.url, directory]
        return subprocess.run(command, check=False, cwd=ROOT).returncode

    with ThreadPoolExecutor() as pool:
        assert set(pool.map(ensure_elsewhere, range(2))) == {0}


def test_a_family_has_one_schema_version_whatever_is_loaded_first(
    postgres: PostgresDatabase,
) -> None:
    postgres.load(numbered(2))
    postgres.load(numbered(3, "b"), day=1)
    postgres.load([*numbered(3), published("z.yml", "- x\n")], day=2)

    versions = postgres.ask("select version_hash from raw_paperswithcode._dlt_version")
    assert versions == [(raw_schema(FAMILY).version_hash,)]


def test_every_row_belongs_to_a_load_that_dlt_completed(
    postgres: PostgresDatabase,
) -> None:
    postgres.load(numbered(2))
    postgres.load(numbered(2), day=1)  # visits alone, which need no dlt run
    postgres.load(numbered(2, "b"), day=2)

    loads = postgres.ask(
        "select schema_name, status, schema_version_hash"
        " from raw_paperswithcode._dlt_loads"
    )
    expected = ("paperswithcode", 0, raw_schema(FAMILY).version_hash)
    assert loads == [expected] * 3
    lost = postgres.ask(
        "select * from raw_paperswithcode.visits where _dlt_load_id not in"
        " (select load_id from raw_paperswithcode._dlt_loads)"
    )
    assert lost == []


def test_texts_come_out_of_the_database_as_they_went_in(
    postgres: PostgresDatabase,
) -> None:
    def read(source: Source, file: PublishedFile) -> ReadDocument:
        plain = read_list(source, file, known_zones=frozenset())
        key = plain.document.document_key
        rejects = tuple(
            Reject(
                f"r{n}", source.key, key, "p", text, text, text, text, is_dropped=True
            )
            for n, text in enumerate(HOSTILE)
        )
        body: Body = {text: [*HOSTILE] for text in HOSTILE}
        document = replace(plain.document, body=body)
        return replace(plain, document=document, rejects=rejects)

    postgres.load(numbered(1), read=read)

    (document,) = postgres.rows("documents")
    assert document["body"] == {text: list(HOSTILE) for text in HOSTILE}
    stored = {
        (row["position"], row["reason"], row["detail"], row["entry"])
        for row in postgres.rows("rejects")
    }
    assert stored == {(text, text, text, text) for text in HOSTILE}


def test_characters_that_jsonb_cannot_hold_are_replaced_not_fatal(
    postgres: PostgresDatabase,
) -> None:
    bad = "a\x00b\ud800c"

    def read(source: Source, file: PublishedFile) -> ReadDocument:
        plain = read_list(source, file, known_zones=frozenset())
        return replace(
            plain, document=replace(plain.document, body=[{bad: bad}, r"\u0000"])
        )

    report = postgres.load(numbered(1), read=read)

    assert report.outcome is LoadOutcome.LOADED
    (document,) = postgres.rows("documents")
    good = "a\ufffdb\ufffdc"
    assert document["body"] == [{good: good}, r"\u0000"]


def test_a_file_of_fifty_megabytes_is_kept(postgres: PostgresDatabase) -> None:
    content = os.urandom(1 << 20) * 50

    report = postgres.load([*numbered(2), PublishedFile("big.yml", content)])

    assert report.outcome is LoadOutcome.LOADED
    sizes = {row["path"]: row["byte_count"] for row in postgres.rows("documents")}
    assert sizes["big.yml"] == len(content)
    assert {row["path"] for row in postgres.rows("rejects")} == {"big.yml"}


def test_working_directories_hold_no_password_and_no_rows(
    postgres: PostgresDatabase,
) -> None:
    postgres.load([published("a.yml", entry("Unmistakable"))])

    password = urlsplit(postgres.url).password
    assert password
    files = [path for path in postgres.pipelines_dir.rglob("*") if path.is_file()]
    contents = [path.read_bytes() for path in files]
    assert any(b"raw_paperswithcode" in content for content in contents)
    assert not any(password.encode() in content for content in contents)
    assert not any(b"Unmistakable" in content for content in contents)


def test_dlt_finds_the_pipeline_of_a_source_from_the_root_of_a_checkout(
    postgres: PostgresDatabase, tmp_path: Path
) -> None:
    checkout = tmp_path / "checkout"
    settings = checkout / ".dlt" / "config.toml"
    settings.parent.mkdir(parents=True)
    settings.write_bytes((ROOT / ".dlt" / "config.toml").read_bytes())
    postgres.pipelines_dir = checkout / ".confradar" / "pipelines"
    postgres.load(numbered(2))

    dlt = Path(sys.executable).with_name("dlt")
    answer = subprocess.run(
        [dlt, "pipeline", "test-list", "info"],
        cwd=checkout,
        capture_output=True,
        text=True,
        check=False,
    )

    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert "dataset_name: raw_paperswithcode" in answer.stdout
    assert "Has 1 completed load packages" in answer.stdout
