"""What each role may do, and that all else is refused: on servers, with passwords."""

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime

import psycopg
import pytest
from psycopg import sql
from psycopg.errors import (
    IdleInTransactionSessionTimeout,
    InsufficientPrivilege,
    QueryCanceled,
    ReadOnlySqlTransaction,
)

from confradar import build_state
from confradar.access import BUILT_SCHEMAS, RAW_SCHEMAS
from confradar.database import Logins, Timeouts
from confradar.database.logins import logins_at
from confradar.migrating import ensure_migrated, migrate, plan_of
from confradar.roles import Role
from confradar.runs import recorded
from confradar.sessions import session
from confradar.warehouse import reading
from tests.conftest import ROOT
from tests.servers import VERSIONS, clean, managed, server

pytestmark = pytest.mark.postgres

PASSWORDS = {role: f"of the {role} %/@:" for role in Role}


@pytest.fixture(scope="module", params=VERSIONS)
def logins(request: pytest.FixtureRequest) -> Iterator[Logins]:
    """A database whose roles connect as themselves, with tables made after all grants.

    Each of them is made by the role whose work it is, as dlt and dbt would.
    """
    with server(request.param) as superuser_url:
        place = managed(superuser_url)
        made = logins_at(
            place.url,
            PASSWORDS,
            timeouts=Timeouts(statement=1, idle=1),
            connect_timeout=10,
            is_own_server=True,
        )
        migrate(ROOT, plan_of(made))
        with psycopg.connect(made.loader.url) as loader:
            for statement in (
                "create table raw_ccfddl.documents (document_key text)",
                "insert into raw_ccfddl.documents values ('one')",
                "create table raw_registry.sources (source_key text)",
            ):
                loader.execute(statement.encode())
        with psycopg.connect(made.transformer.url) as dbt:
            for schema in BUILT_SCHEMAS:
                table = sql.Identifier(schema, "things")
                copied = "create table {} as table raw_ccfddl.documents"
                dbt.execute(sql.SQL(copied).format(table))
                dbt.execute(
                    sql.SQL("create view {0} as table {1}").format(
                        sql.Identifier(schema, "views"), table
                    )
                )
            dbt.execute(
                "create function marts.known() returns setof marts.things"
                " language sql stable as 'select * from marts.things'"
            )
        yield made
        clean(superuser_url)


def login_url(logins: Logins, role: Role) -> str:
    by_role = {
        Role.LOADER: logins.loader,
        Role.TRANSFORMER: logins.transformer,
        Role.READER: logins.reader,
        Role.SCHEDULER: logins.scheduler,
        Role.NOTIFIER: logins.notifier,
    }
    return by_role[role].url


def attempt(logins: Logins, role: Role, *statements: str) -> None:
    """Run statements as a role, and take them back."""
    with psycopg.connect(login_url(logins, role)) as connection:
        for statement in statements:
            connection.execute(statement.encode())
        connection.rollback()


MAY = {
    Role.LOADER: [
        "insert into raw_ccfddl.documents values ('two')",
        "update raw_ccfddl.documents set document_key = 'two'",
        "delete from raw_ccfddl.documents",
        "truncate raw_ccfddl.documents",
        "alter table raw_ccfddl.documents add column body jsonb",
        "drop table raw_ccfddl.documents",
        *(f"create table {schema}.more (key text)" for schema in RAW_SCHEMAS),
        "insert into confradar.runs (run_id, command, started_at)"
        " values (gen_random_uuid(), 'ingest', now())",
        "select version_num from confradar.alembic_version",
        "select success from confradar.landing_checks",
        "update confradar.landing_holds set released_at = now(), release = 'passed'",
    ],
    Role.TRANSFORMER: [
        "select document_key from raw_ccfddl.documents",
        "select decision_id from review.decisions",
        "select decision_id from review.revocations",
        *(f"create table {schema}.more (key text)" for schema in BUILT_SCHEMAS),
        *(f"create view {schema}.more as select 1 as a" for schema in BUILT_SCHEMAS),
        "create temporary table more (key text)",
        "alter table marts.things rename to things__dbt_backup",
        "drop table marts.things cascade",
        "drop schema marts cascade",
        "delete from confradar.build_state",
        "select held_from from confradar.landing_holds",
        "update confradar.check_results set message = 'x'",
    ],
    Role.READER: [
        "select success from confradar.landing_checks",
        "select held_from from confradar.landing_holds",
        "select document_key from marts.things",
        "select document_key from marts.views",
        "select document_key from things",
        "select document_key from marts.known()",
        "select as_of from confradar.build_state",
        "select status from confradar.check_results",
    ],
    Role.SCHEDULER: [
        "create table dagster.runs (run_id text)",
        "drop schema dagster cascade",
    ],
    Role.NOTIFIER: [
        "insert into confradar.subscriptions values ('a', 'b', 'c', now(), now())",
        "insert into confradar.notices (subscription, channel, event, state, noted_at)"
        " values ('a', 'b', 'c', 'intended', now())",
        "update confradar.notices set state = 'sent'",
        "select begun_at from confradar.subscriptions",
        "select event from confradar.notices",
    ],
}


def cases(statements: dict[Role, list[str]]) -> list[tuple[Role, str]]:
    return [(role, one) for role, all_ in statements.items() for one in all_]


@pytest.mark.parametrize(("role", "statement"), cases(MAY))
def test_a_role_may_do_its_work(logins: Logins, role: Role, statement: str) -> None:
    attempt(logins, role, statement)


FOR_NONE = [
    "create table public.more (key text)",
    "create schema more",
    "create role more",
    "alter role confradar_reader createdb",
    "insert into review.decisions (conference_key) values ('x')",
    "insert into review.revocations (decision_id) values (1)",
    "create table review.more (key text)",
    "create table confradar.more (key text)",
    "update confradar.alembic_version set version_num = '9999'",
    "drop table confradar.runs",
    "delete from confradar.runs",
    "delete from confradar.landing_checks",
    "delete from confradar.landing_holds",
    "delete from confradar.notices",
    "delete from confradar.subscriptions",
    "update confradar.landing_checks set success = true",
    "drop schema review cascade",
    "select rolpassword from pg_authid",
    "copy (select 1) to program 'true'",
]
MAY_NOT = {
    Role.LOADER: [
        *FOR_NONE,
        "select event from confradar.notices",
        *(f"table {schema}.things" for schema in BUILT_SCHEMAS),
        *(f"truncate {schema}.things" for schema in BUILT_SCHEMAS),
        "insert into marts.things values ('x')",
        *(f"create table {schema}.more (key text)" for schema in BUILT_SCHEMAS),
        "select document_key from marts.known()",
        "drop table marts.things",
        "select decision_id from review.decisions",
        "select as_of from confradar.build_state",
        "delete from confradar.build_state",
        "drop schema raw_ccfddl cascade",
        "create table dagster.more (key text)",
        "set role confradar_transformer",
        "set role confradar_reader",
    ],
    Role.TRANSFORMER: [
        *FOR_NONE,
        "select event from confradar.notices",
        "insert into raw_ccfddl.documents values ('two')",
        "update raw_ccfddl.documents set document_key = 'two'",
        "delete from raw_ccfddl.documents",
        "truncate raw_ccfddl.documents",
        "alter table raw_ccfddl.documents add column body jsonb",
        "drop table raw_ccfddl.documents",
        *(f"create table {schema}.more (key text)" for schema in RAW_SCHEMAS),
        "drop schema raw_ccfddl cascade",
        "update review.decisions set reason = 'x'",
        "create table dagster.more (key text)",
        "update confradar.landing_holds set released_at = now()",
        "set role confradar_loader",
    ],
    Role.READER: [
        *FOR_NONE,
        "select event from confradar.notices",
        "select document_key from raw_ccfddl.documents",
        *(f"table {schema}.things" for schema in BUILT_SCHEMAS if schema != "marts"),
        "select decision_id from review.decisions",
        "select run_id from confradar.runs",
        "insert into marts.things values ('x')",
        "update marts.things set document_key = 'x'",
        "delete from marts.things",
        "truncate marts.things",
        "drop table marts.things",
        *(f"create table {schema}.more (key text)" for schema in BUILT_SCHEMAS),
        *(f"create table {schema}.more (key text)" for schema in RAW_SCHEMAS[:1]),
        "delete from confradar.build_state",
        "create table dagster.more (key text)",
        "update confradar.landing_holds set released_at = now()",
        "update confradar.check_results set message = 'x'",
        "set role confradar_loader",
        "set role confradar_transformer",
    ],
    Role.SCHEDULER: [
        *FOR_NONE,
        *(f"table {schema}.things" for schema in BUILT_SCHEMAS),
        *(f"create table {schema}.more (key text)" for schema in BUILT_SCHEMAS),
        *(f"create table {schema}.more (key text)" for schema in RAW_SCHEMAS[:1]),
        "select document_key from raw_ccfddl.documents",
        "select decision_id from review.decisions",
        "select run_id from confradar.runs",
        "select as_of from confradar.build_state",
        "set role confradar_loader",
        "set role confradar_transformer",
        "set role confradar_reader",
    ],
    Role.NOTIFIER: [
        *FOR_NONE,
        *(f"table {schema}.things" for schema in BUILT_SCHEMAS),
        "select document_key from marts.known()",
        "select document_key from raw_ccfddl.documents",
        "select decision_id from review.decisions",
        "select run_id from confradar.runs",
        "select as_of from confradar.build_state",
        "create table dagster.more (key text)",
        "set role confradar_transformer",
        "set role confradar_reader",
    ],
}


@pytest.mark.parametrize(("role", "statement"), cases(MAY_NOT))
def test_all_else_is_refused(logins: Logins, role: Role, statement: str) -> None:
    # The reader's sessions are read-only by themselves: that is not what is tested.
    writable = "set default_transaction_read_only to off; set transaction read write"

    with pytest.raises(InsufficientPrivilege):
        attempt(logins, role, writable, statement)


@pytest.mark.parametrize(
    "statement",
    ["create temporary table more (key text)", "delete from marts.things"],
)
def test_a_readers_session_writes_nothing(logins: Logins, statement: str) -> None:
    with pytest.raises(ReadOnlySqlTransaction):
        attempt(logins, Role.READER, statement)


def test_a_readers_statement_ends_after_its_time(logins: Logins) -> None:
    with pytest.raises(QueryCanceled, match="statement timeout"):
        attempt(logins, Role.READER, "select pg_sleep(5)")


def test_a_readers_idle_transaction_ends_after_its_time(logins: Logins) -> None:
    with psycopg.connect(logins.reader.url) as connection:
        connection.execute("select 1")
        time.sleep(2)
        with pytest.raises(IdleInTransactionSessionTimeout):
            connection.execute("select 1")


def test_a_command_that_reads_ends_after_the_time_of_the_settings(
    logins: Logins,
) -> None:
    """Also as a user whose role sets no limit."""
    login = replace(logins.owner, timeouts=Timeouts(statement=1, idle=3))

    with reading(login) as connection:
        rows = connection.execute(
            "select current_setting('statement_timeout'),"
            " current_setting('idle_in_transaction_session_timeout'),"
            " current_setting('transaction_read_only')"
        ).fetchall()

    assert rows == [("1s", "3s", "on")]


def test_limits_that_a_reader_took_off_itself_are_set_again(logins: Logins) -> None:
    """A role may always change its own defaults: the grants are what holds."""
    with psycopg.connect(logins.reader.url) as connection:
        connection.execute("set default_transaction_read_only to off")
        connection.execute("set transaction read write")
        connection.execute("alter role confradar_reader reset all")
    attempt(logins, Role.READER, "set statement_timeout to 0", "select pg_sleep(0)")

    migrate(ROOT, plan_of(logins), thoroughly=True)

    with pytest.raises(QueryCanceled):
        attempt(logins, Role.READER, "select pg_sleep(5)")


def test_a_table_that_replaces_another_is_read_as_before(logins: Logins) -> None:
    """As dbt does it: made under another name, swapped, the old one dropped."""
    with psycopg.connect(logins.transformer.url) as dbt:
        for statement in (
            "create table marts.swapped (key text)",
            "create table marts.swapped__dbt_tmp (key text)",
            "alter table marts.swapped rename to swapped__dbt_backup",
            "alter table marts.swapped__dbt_tmp rename to swapped",
            "drop table marts.swapped__dbt_backup",
        ):
            dbt.execute(statement.encode())

    attempt(logins, Role.READER, "select key from marts.swapped")


def test_what_the_owner_makes_is_read_until_a_role_has_to_replace_it(
    logins: Logins,
) -> None:
    with psycopg.connect(logins.owner.url) as owner:
        owner.execute("create table raw_ccfddl.visits (key text)")
        owner.execute("create table marts.by_hand (key text)")
    attempt(logins, Role.TRANSFORMER, "select key from raw_ccfddl.visits")
    attempt(logins, Role.READER, "select key from marts.by_hand")
    swap = "alter table marts.by_hand rename to by_hand__dbt_backup"
    with pytest.raises(InsufficientPrivilege):
        attempt(logins, Role.TRANSFORMER, swap)

    migrate(ROOT, plan_of(logins), thoroughly=True)

    attempt(logins, Role.TRANSFORMER, swap)
    attempt(logins, Role.LOADER, "drop table raw_ccfddl.visits")


def test_the_owner_may_do_what_the_roles_may(logins: Logins) -> None:
    with psycopg.connect(logins.owner.url) as owner:
        for statement in ("drop table marts.things cascade", "table raw_ccfddl.visits"):
            owner.execute(statement.encode())
        owner.rollback()


def test_each_role_sees_that_the_database_is_prepared(logins: Logins) -> None:
    for login in (logins.loader, logins.transformer, logins.owner):
        ensure_migrated(ROOT, replace(logins, loader=login))


def test_runs_and_builds_are_noted_by_the_roles_that_do_them(logins: Logins) -> None:
    moment = datetime(2026, 11, 20, tzinfo=UTC)
    for login, command in ((logins.loader, "ingest"), (logins.transformer, "build")):
        with recorded(login, command, lambda: moment):
            pass
    with session(logins.transformer.url) as connection:
        build_state.write_state(
            connection, "f", date(2026, 11, 20), is_replay=True, code="c", basis="b"
        )

    with session(logins.owner.url) as connection:
        rows = connection.execute("select command, outcome from confradar.runs")
        assert sorted(rows) == [("build", "succeeded"), ("ingest", "succeeded")]
    with reading(logins.reader) as connection:
        time_ = build_state.reference_time(connection, datetime.now(UTC))
        assert time_ == moment


def test_the_passwords_are_not_shown(logins: Logins) -> None:
    for word in PASSWORDS.values():
        assert word not in repr(logins)
        assert word not in repr(plan_of(logins))
