"""A step of a replay builds less than the first run, and comes to the same marts."""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from confradar import build_state
from confradar.database import Login
from confradar.readers.calendars import events_of
from confradar.sessions import session
from confradar.warehouse import current_deadlines, reading
from tests.conftest import (
    ROOT,
    WITHOUT_TESTS,
    WITHOUT_UNIT_TESTS,
    SampleRun,
    Site,
    Sites,
)

pytestmark = pytest.mark.postgres

SAMPLE = ROOT / "ingestion" / "sample"
NEW_FILE = """
- title: ICMLA
  description: International Conference on Machine Learning and Applications
  sub: AI
  rank: {ccf: N, core: C}
  dblp: icmla
  confs:
    - year: 2027
      id: icmla27
      link: https://www.icmla-conference.org/icmla27/
      timeline:
        - deadline: '2027-07-15 23:59:59'
      timezone: AoE
      date: December 3-5, 2027
      place: Boca Raton, Florida, USA
"""
CHANGED_FILE = Path("ccfddl", "conference", "SC", "usenixsecurity.yml")


def built(
    site: Site, folder: Path, as_of: str, without: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Run the sources in a folder as of a day; return what is told of the build."""
    asked = ("run", "--from", str(folder), "--as-of", as_of, "--json")
    done = site.confradar(*asked, extra=without)
    assert done.returncode == 0, done.stderr + done.stdout
    build: dict[str, Any] = json.loads(done.stdout)["build"]
    return build


def made_anew(site: Site) -> set[str]:
    """Return the series whose rows the last build made anew."""
    return {row[0] for row in site.rows("table intermediate.int_series_touched")}


def foreign_keys(site: Site) -> list[tuple[Any, ...]]:
    """Return the foreign keys of the marts: name, whether checked, what they say."""
    return site.rows(
        "select conname, convalidated, pg_get_constraintdef(oid) from pg_constraint"
        " where contype = 'f' and connamespace = 'marts'::regnamespace order by conname"
    )


def deadline_keys(site: Site) -> set[str]:
    """Return the keys of what is due."""
    return {key for (key,) in site.rows("select deadline_key from marts.fct_deadlines")}


def read_as_useless(site: Site, family: str, documents: str) -> None:
    """Let a later reader find nothing of use in the first document of a query."""
    site.execute(
        f"""
        insert into raw_{family}.readings
        select later.*
        from raw_{family}.readings as earlier
        cross join
            lateral jsonb_populate_record(
                earlier,
                jsonb_build_object(
                    'reading_key', 'later' || reading_key,
                    '_dlt_id', 'later' || reading_key,
                    'reader_version', reader_version || '9',
                    'is_usable', false,
                    'phrase_count', 0
                )
            ) as later
        where earlier.document_key = ({documents} limit 1)
        """  # noqa: S608 - own words
    )


def subscribed(site: Site) -> dict[str, tuple[int, bytes]]:
    """Return sequence and bytes of each event that a calendar has now, by its key."""
    with reading(Login(site.url)) as connection:
        rows = {row.deadline_key: row for row in current_deadlines(connection)}
    return {
        key: (rows[key].revision_count, event.component)
        for key, event in events_of(rows.values()).items()
    }


def move(file: Path, old: str, new: str) -> None:
    """Change a date of a file."""
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


def test_steps_come_to_the_marts_of_a_build_of_all_rows(
    sites: Sites, tmp_path: Path
) -> None:
    site = sites.make()
    folder = tmp_path / "lists"
    for key in ("ccfddl", "huggingface", "conference_pages", "wikicfp"):
        shutil.copytree(SAMPLE / key, folder / key)
    first = built(site, folder, "2026-11-20T00:00:00Z", WITHOUT_UNIT_TESTS)
    before = subscribed(site)
    keys = foreign_keys(site)
    calendar = site.rows("select 'marts.dim_dates'::regclass::oid")

    # A date moves in a list and on a listing site, whose other page stands.
    move(folder / CHANGED_FILE, "2027-01-26", "2027-02-02")
    move(folder / "wikicfp" / "event.html", "2027", "2028")
    step = built(site, folder, "2026-12-10T00:00:00Z")
    assert "usenix-security" in made_anew(site)
    assert "icml" not in made_anew(site)
    assert site.rows("select 'marts.dim_dates'::regclass::oid") == calendar

    # Subscribers see events move that did, as later versions of what they have.
    after = subscribed(site)
    others = {key for key in before.keys() & after.keys() if before[key] != after[key]}
    assert "usenix-security-2027/main/submission/2" in others
    assert all(after[key][0] == before[key][0] + 1 for key in others)
    ledger = site.rows("select distinct deadline_key from marts.fct_deadline_changes")
    assert others == before.keys() & after.keys() & {key for (key,) in ledger}
    assert len(others) < len(before) / 10

    # A file moves, one is gone, and a new one brings a name that stands beside others.
    files = folder / "ccfddl" / "conference"
    (files / "AI" / "icml.yml").rename(files / "DB" / "icml.yml")
    (files / "DB" / "vldb.yml").unlink()
    (files / "AI" / "icmla.yml").write_text(NEW_FILE)
    built(site, folder, "2026-12-15T00:00:00Z")
    assert {"vldb", "icmla", "icml"} <= made_anew(site)

    # Another list moves, and everything else is looked at once more. The marts are
    # tested when the full build has come to the same ones.
    move(folder / "huggingface/src/data/conferences/cvpr.yml", "2027", "2028")
    built(site, folder, "2026-12-20T00:00:00Z", WITHOUT_TESTS)
    after_steps = site.checksums()
    assert len(keys) > 60
    assert all(is_checked for _, is_checked, _ in keys)
    assert foreign_keys(site) == keys
    confirmed = site.rows(
        "select max(last_confirmed_at)::date from marts.fct_deadlines"
    )
    site.execute("delete from confradar.build_state")
    full = built(site, folder, "2026-12-20T00:00:00Z")

    assert made_anew(site) == set()
    assert site.rows("select 'marts.dim_dates'::regclass::oid") != calendar
    assert first["seeds"] == full["seeds"] > 0
    assert step["seeds"] == 0
    assert step["tests"] < full["tests"]
    assert site.rows("select count(*) from marts.fct_deadline_changes") != [(0,)]
    assert str(confirmed[0][0]) == "2026-12-20"
    assert site.checksums() == after_steps


def test_a_run_after_a_crash_makes_all_that_the_crash_emptied(
    sample: SampleRun, sites: Sites
) -> None:
    """PostgreSQL empties unlogged tables after a crash, under the names they had."""
    site = sites.copy(sample.site)
    before = site.checksums()
    emptied = site.rows(
        "select oid::regclass::text from pg_class"
        " where relkind = 'r' and relpersistence = 'u'"
    )
    assert ("intermediate.int_claim_intervals",) in emptied
    site.execute("truncate " + ", ".join(name for (name,) in emptied))

    again = site.confradar("run", "--sample", "--json", extra=WITHOUT_TESTS)

    build = json.loads(again.stdout)["build"]
    assert (build["outcome"], build["seeds"]) == ("built", 0)
    assert site.rows("select exists (table intermediate.int_claim_intervals)") == [
        (True,)
    ]
    assert site.checksums() == before


def test_a_page_that_a_later_reader_cannot_use_says_nothing_in_a_step_either(
    sample: SampleRun, sites: Sites
) -> None:
    """Another page of its site goes on naming the series in the same words."""
    site = sites.copy(sample.site)
    most_telling = (
        "select document_key from intermediate.int_claims_identified"
        " where source_key = 'wikicfp' and series_key = 'kdd'"
        " group by document_key order by count(*) desc"
    )
    assert len(site.rows(most_telling)) > 1
    # Nobody else knows of two dates of DIS.
    alone = (
        "select document_key from intermediate.int_claims_identified"
        " where source_key = 'conference_pages' and series_key = 'dis'"
    )
    deadlines_before = deadline_keys(site)
    foreign_keys_before = foreign_keys(site)
    read_as_useless(site, "wikicfp", most_telling)
    read_as_useless(site, "conference_pages", alone)

    again = site.confradar("run", "--sample", "--json", extra=WITHOUT_TESTS)

    assert again.returncode == 0, again.stderr + again.stdout
    assert json.loads(again.stdout)["build"]["seeds"] == 0
    said_now = (
        "select count(*) from intermediate.int_claims_identified"
        " where document_key in (select document_key from raw_wikicfp.readings"
        " where reading_key like 'later%'"
        " union all select document_key from raw_conference_pages.readings"
        " where reading_key like 'later%')"
    )
    assert site.rows(said_now) == [(0,)]
    assert len(site.rows(most_telling)) == 1
    # A mart lost rows that others pointed at, and what holds them together is there.
    assert deadlines_before - deadline_keys(site) == {
        "dis-2027/main/camera_ready/1",
        "dis-2027/main/notification/1",
    }
    assert foreign_keys(site) == foreign_keys_before


def test_code_or_relations_of_others_call_for_a_full_build(
    sample: SampleRun,
) -> None:

    code = build_state.code_digest(ROOT)
    with session(sample.site.url) as connection:
        assert build_state.is_built_by(connection, code)
        assert not build_state.is_built_by(connection, "another project")
        connection.execute("drop table vocabulary.area_labels cascade")
        assert not build_state.is_built_by(connection, code)
        connection.rollback()


def test_a_build_follows_only_its_own_project_registry_and_decisions(
    sample: SampleRun, sites: Sites
) -> None:
    # A copy: that a build began is committed at once.
    with session(sites.copy(sample.site).url) as connection:
        basis = build_state.basis_digest(connection, ROOT)
        assert build_state.can_be_followed(connection, basis)
        connection.execute(
            "update raw_registry.sources set default_timezone_text = 'UTC+1'"
            " where source_key = 'ccfddl'"
        )
        other_zone = build_state.basis_digest(connection, ROOT)
        assert not build_state.can_be_followed(connection, other_zone)
        connection.rollback()
        connection.execute("truncate intermediate.remembered_document_versions")
        assert not build_state.can_be_followed(connection, basis)
        connection.rollback()
        build_state.begin_build(connection)
        assert not build_state.can_be_followed(connection, basis)
        connection.rollback()
        connection.execute("drop table intermediate.int_claim_records cascade")
        assert not build_state.can_be_followed(connection, basis)
        connection.rollback()


def test_what_is_touched_is_known_before_anything_follows_it(
    sample: SampleRun,
) -> None:
    """Models name those tables without a reference: unit tests need not give them."""
    manifest = json.loads((sample.site.home / "target" / "manifest.json").read_text())
    parents: dict[str, list[str]] = manifest["parent_map"]

    def names_before(node: str) -> set[str]:
        found: set[str] = set()
        waiting = [node]
        while waiting:
            for parent in parents.get(waiting.pop(), []):
                if parent not in found:
                    found.add(parent)
                    waiting.append(parent)
        return {name.rpartition(".")[2] for name in found}

    missing = []
    followers = 0
    for key, node in manifest["nodes"].items():
        if node["config"]["materialized"] != "incremental":
            continue
        followers += 1
        meta = node["config"]["meta"]
        needed = {
            "document_key": {"int_documents_touched"},
            "names": {"int_names_touched"},
            "path": {"int_paths_touched"},
            "load": set(),
            "all": set(),
            "series_key": {"int_series_touched"},
        }[meta.get("follow_by", "series_key")]
        if "follow_by" not in meta and meta.get("follow_contested", True):
            needed = {*needed, "int_record_stays"}
        missing += [(node["name"], name) for name in needed - names_before(key)]
    assert followers > 30
    assert missing == []


def test_plain_dbt_makes_all_rows(sample: SampleRun) -> None:
    shown = sample.site.confradar(
        *("dbt", "--quiet", "compile", "--select", "int_claims_recorded"),
        extra={"CONFRADAR_FOLLOW": ""},
    )

    assert shown.returncode == 0, shown.stderr + shown.stdout
    assert "int_claim_intervals" in shown.stdout
    assert "int_series_touched" not in shown.stdout
