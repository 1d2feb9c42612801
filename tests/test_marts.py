"""What the database itself holds of the marts: keys, and columns without nulls."""

import json

import pytest

from tests.conftest import SampleRun, Sites

pytestmark = pytest.mark.postgres


def test_every_mart_has_a_primary_key(sample: SampleRun) -> None:
    without = sample.site.rows(
        "select table_name from information_schema.tables where table_schema = 'marts'"
        " and table_type = 'BASE TABLE' and not exists ("
        " select from pg_constraint where contype = 'p'"
        " and conrelid = to_regclass('marts.' || table_name))"
    )
    assert without == []


def test_every_constraint_of_a_contract_is_one_of_the_database(
    sample: SampleRun,
) -> None:
    manifest = json.loads((sample.site.home / "target/manifest.json").read_text())
    promised = {
        (node["name"], column)
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model"
        for column in [
            *(
                column["name"]
                for column in node["columns"].values()
                if column["constraints"]
            ),
            *(column for key in node["constraints"] for column in key["columns"]),
        ]
    }
    held = sample.site.rows(
        "select relname, attname from pg_attribute"
        " join pg_class on pg_class.oid = attrelid"
        " where relnamespace = to_regnamespace('marts')"
        " and relkind = 'r' and attnum > 0 and attnotnull"
    )
    assert promised
    assert promised == set(held)


def test_dbt_uses_what_it_parsed_for_the_database_that_was_copied(
    sample: SampleRun, sites: Sites
) -> None:
    done = sites.copy(sample.site).confradar("dbt", "--debug", "parse")

    assert done.returncode == 0
    assert "Partial parsing enabled" in done.stdout
    assert "Unable to do partial parsing" not in done.stdout


def test_functions_name_no_database_so_that_a_copy_has_them_too(
    sample: SampleRun, sites: Sites
) -> None:
    copy = sites.copy(sample.site)
    query = "select deadline_key from marts.deadlines_as_of('2026-11-20') order by 1"

    assert copy.rows(query) == sample.site.rows(query) != []
