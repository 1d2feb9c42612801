"""A step makes of the looks at sources what a build of all rows makes of them."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from tests.conftest import SampleRun, Site, Sites

pytestmark = pytest.mark.postgres

SOURCE_COUNT = 150
LOAD_COUNT = 3
LOOKS_OF_A_LOAD = 3
FIRST_DAY = datetime(2026, 1, 1, tzinfo=UTC)

MODELS = (
    "stg_registry__sources",
    "stg_bookkeeping__visits",
    "stg_bookkeeping__readings",
    "stg_bookkeeping__held_documents",
    "stg_bookkeeping__documents",
    "int_paths_touched",
    "int_document_looks",
    "int_document_versions",
    "int_document_sightings",
)
REMEMBERED = ("document_versions", "readings", "loads")

# A version of a page with so many dated phrases; none where it cannot be used.
PAGES = {"three": 3, "one": 1, "silent": 0, "login": None}
FILES = {"old": True, "new": True, "broken": False}


@dataclass(frozen=True, slots=True)
class Visit:
    """A visit to a path; ``version`` names what it found."""

    source_key: str
    path: str
    observed_at: datetime
    outcome: str
    version: str | None

    @property
    def document_key(self) -> str | None:
        """The key of the version, or None where the visit brought none."""
        if self.version is None:
            return None
        return f"{self.source_key} {self.path} {self.version}"


def visits_of(dice: random.Random, source_key: str, load: int) -> Iterator[Visit]:
    """Yield what happens at a source in one load; its times differ from all others'.

    Most looks find what stood there. One load in six comes late: its looks lie before
    others that were loaded earlier.
    """
    is_list = source_key.startswith("list")
    begins = load * LOOKS_OF_A_LOAD
    if load and dice.random() < 1 / 6:
        begins -= LOOKS_OF_A_LOAD + 1
    for turn in range(LOOKS_OF_A_LOAD):
        seen_at = FIRST_DAY + timedelta(days=begins + turn, minutes=load)
        if dice.random() < 0.1:
            continue
        paths = ("shared", f"{source_key}/a", f"{source_key}/b")
        for number, path in enumerate(paths):
            at = seen_at if is_list else seen_at + timedelta(seconds=number)
            luck = dice.random()
            if luck < 0.08:
                continue
            if luck < 0.12:
                yield Visit(source_key, path, at, "failed", None)
                continue
            if is_list:
                version = dice.choices(tuple(FILES), (18, 1, 1))[0]
                yield Visit(source_key, path, at, "unchanged", version)
                continue
            version = dice.choices(tuple(PAGES), (16, 2, 2, 1))[0]
            outcome = dice.choices(
                ("unchanged", "shrunk", "login_wall", "refused"), (18, 1, 1, 1)
            )[0]
            yield Visit(source_key, path, at, outcome, version)


def store(site: Site, load: int, visits: Sequence[Visit], *, rereads: bool) -> None:
    """Store a load: its visits, the versions that are new, and readings of pages.

    With ``rereads`` a newer reader takes some pages that are there otherwise.
    """
    load_id = f"looks {load}"
    with psycopg.connect(site.url) as connection:
        for family in ("ccfddl", "wikicfp"):
            connection.execute(
                f"insert into raw_{family}._dlt_loads"  # noqa: S608 - fixed names
                " (load_id, schema_name, status, inserted_at)"
                " values (%s, 'looks', 0, now())",
                [load_id],
            )
        for visit in visits:
            family = "ccfddl" if visit.source_key.startswith("list") else "wikicfp"
            if visit.version:
                store_version(connection, family, visit, load_id)
            connection.execute(
                f"""
                insert into raw_{family}.visits (
                    visit_key, source_key, path, observed_at, outcome, document_key,
                    _dlt_load_id, _dlt_id
                )
                values (%(key)s, %(source)s, %(path)s, %(at)s, %(outcome)s,
                    %(document)s, %(load)s, %(key)s)
                """,  # noqa: S608 - fixed names
                {
                    "key": f"{visit.source_key} {visit.path} {visit.observed_at}",
                    "source": visit.source_key,
                    "path": visit.path,
                    "at": visit.observed_at,
                    "outcome": visit.outcome,
                    "document": visit.document_key,
                    "load": load_id,
                },
            )
        if rereads:
            connection.execute(
                """
                insert into raw_wikicfp.readings
                select later.*
                from raw_wikicfp.readings as earlier
                cross join
                    lateral jsonb_populate_record(
                        earlier,
                        jsonb_build_object(
                            'reading_key', 'later ' || reading_key,
                            '_dlt_id', 'later ' || reading_key,
                            '_dlt_load_id', %s::text,
                            'reader_version', 2,
                            'is_usable', not is_usable,
                            'phrase_count', 3 - phrase_count
                        )
                    ) as later
                where
                    earlier.source_key like 'site%%'
                    and abs(hashtext(earlier.document_key)) %% 25 = 0
                """,
                [load_id],
            )


def store_version(
    connection: psycopg.Connection, family: str, visit: Visit, load_id: str
) -> None:
    """Store what a visit found, unless it is there; of a page as its reader took it."""
    values = {
        "key": visit.document_key,
        "source": visit.source_key,
        "path": visit.path,
        "usable": FILES.get(visit.version or "", False),
        "at": visit.observed_at,
        "load": load_id,
    }
    stored = connection.execute(
        f"""
        insert into raw_{family}.documents (
            document_key, source_key, path, sha256, byte_count, media_type, body,
            reader_version, entry_count, rejected_entry_count, first_seen_at,
            _dlt_load_id, _dlt_id
        )
        values (%(key)s, %(source)s, %(path)s, %(key)s, 1, 'text/plain',
            case when %(usable)s then '[]'::jsonb end, '1', 0, 0, %(at)s, %(load)s,
            %(key)s)
        on conflict do nothing
        """,  # noqa: S608 - fixed names
        values,
    )
    if stored.rowcount and visit.version in PAGES:
        phrase_count = PAGES[visit.version]
        connection.execute(
            """
            insert into raw_wikicfp.readings (
                reading_key, document_key, source_key, reader_version, text, is_usable,
                entry_count, phrase_count, first_seen_at, _dlt_load_id, _dlt_id
            )
            values (%(key)s, %(key)s, %(source)s, 1, '', %(usable)s, 0, %(count)s,
                %(at)s, %(load)s, %(key)s)
            """,
            {
                **values,
                "usable": phrase_count is not None,
                "count": phrase_count or 0,
            },
        )


def register(site: Site) -> list[str]:
    """Register sources of two kinds; return their keys."""
    keys = [f"list-{n}" for n in range(SOURCE_COUNT)]
    keys += [f"site-{n}" for n in range(SOURCE_COUNT)]
    with psycopg.connect(site.url) as connection:
        connection.execute(
            """
            insert into raw_registry.sources
            select later.*
            from raw_registry.sources as earlier
            cross join unnest(%s::text[]) as keys (source_key)
            cross join
                lateral jsonb_populate_record(
                    earlier,
                    jsonb_build_object(
                        'source_key', keys.source_key, '_dlt_id', keys.source_key
                    )
                ) as later
            where earlier.source_key = case
                when keys.source_key like 'list%%' then 'ccfddl' else 'wikicfp'
            end
            """,
            [keys],
        )
    return keys


def built(site: Site, *, follows: bool) -> None:
    """Build the models that tell which version stood when."""
    done = site.confradar(
        *("dbt", "--quiet", "run", "--select", *MODELS),
        extra={"CONFRADAR_FOLLOW": "yes" if follows else ""},
    )
    assert done.returncode == 0, done.stderr + done.stdout


def told(site: Site) -> list[list[tuple[object, ...]]]:
    """Return all looks, versions and sightings."""
    return [
        sorted(site.rows(f"table intermediate.{name}"), key=str) for name in MODELS[-3:]
    ]


def test_steps_tell_of_looks_what_a_build_of_all_rows_tells(
    sample: SampleRun, sites: Sites
) -> None:
    """Files that are broken, gone or back, late loads, silent pages, new readings."""
    site = sites.copy(sample.site)
    dice = random.Random(20261129)  # noqa: S311 - the same histories each time
    keys = register(site)
    remember = site.confradar(
        *("dbt", "--quiet", "compile", "--inline"),
        " ".join(f"{{{{ remember('{name}') }}}}" for name in REMEMBERED),
    ).stdout
    assert "remembered_loads" in remember
    after_steps: list[list[tuple[object, ...]]] = []
    for load in range(LOAD_COUNT):
        visits = [visit for key in keys for visit in visits_of(dice, key, load)]
        store(site, load, visits, rereads=load == LOAD_COUNT - 1)
        built(site, follows=load > 0)
        after_steps = told(site)
        if load:
            touched, all_paths = site.rows(
                "select (select count(*) from intermediate.int_paths_touched),"
                " count(distinct path) from intermediate.int_document_looks"
            )[0]
            assert 0 < touched < all_paths
        site.execute(f"do $$ begin {remember} end $$")

    built(site, follows=False)

    assert site.rows("table intermediate.int_paths_touched") == []
    assert [len(rows) > SOURCE_COUNT for rows in after_steps] == [True] * 3
    assert told(site) == after_steps
