"""dbt's nodes share sessions, and none sees what another one did in it."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import psycopg2
import pytest
from dbt.adapters.contracts.connection import ConnectionState
from dbt.adapters.postgres.impl import PostgresAdapter

from confradar.kept_connections import KeepingManager, kept_connections
from tests.conftest import Site, Sites

Manager = type[KeepingManager]

pytestmark = pytest.mark.postgres


@pytest.fixture(scope="module")
def site(sites: Sites) -> Site:
    return sites.make(is_migrated=False)


@pytest.fixture
def manager(site: Site) -> Iterator[Manager]:
    """Return dbt's manager of connections while sessions are kept."""
    with kept_connections():
        yield KeepingManager


def node(site: Site, **credentials: str) -> Any:  # noqa: ANN401
    given = SimpleNamespace(**{"role": None, **credentials})
    return SimpleNamespace(
        state=ConnectionState.OPEN,
        handle=psycopg2.connect(site.url),
        credentials=given,
        name="node",
        transaction_open=False,
    )


def pid(handle: Any) -> int:  # noqa: ANN401
    return int(handle.info.backend_pid)


def next_node() -> Any:  # noqa: ANN401
    return SimpleNamespace(
        state=ConnectionState.CLOSED,
        handle=None,
        credentials=SimpleNamespace(role=None),
        name="next",
        transaction_open=False,
    )


def test_the_next_node_gets_the_session_that_one_left(
    site: Site, manager: Manager
) -> None:
    first = node(site)
    process = pid(first.handle)
    manager.close(first)
    assert first.state == ConnectionState.CLOSED
    second = manager.open(next_node())
    assert second.state == ConnectionState.OPEN
    assert pid(second.handle) == process
    manager.close(second)


def test_a_node_finds_nothing_that_another_left_in_the_session(
    site: Site, manager: Manager
) -> None:
    first = node(site)
    with first.handle.cursor() as cursor:
        cursor.execute("set statement_timeout to '7s'")
        cursor.execute("create temporary table leavings as select 1 as one")
        cursor.execute("select pg_advisory_lock(1)")
    first.handle.commit()
    manager.close(first)
    handle = manager.open(next_node()).handle
    with handle.cursor() as cursor:
        cursor.execute(
            "select current_setting('statement_timeout'), to_regclass('leavings'),"
            " (select count(*) from pg_locks where locktype = 'advisory')"
        )
        assert cursor.fetchone() == ("0", None, 0)
    assert handle.autocommit is False
    handle.close()


def test_a_session_that_was_lost_is_given_to_no_node(
    site: Site, manager: Manager
) -> None:
    lost = node(site)
    site.execute(f"select pg_terminate_backend({pid(lost.handle)})")
    manager.close(lost)
    assert manager.idle.take() is None


def test_a_session_under_another_role_is_given_to_no_node(
    site: Site, manager: Manager
) -> None:
    manager.close(node(site, role="someone"))
    assert manager.idle.take() is None


def test_no_session_outlives_the_work(site: Site) -> None:
    with kept_connections():
        assert PostgresAdapter.ConnectionManager is KeepingManager
        left = node(site)
        KeepingManager.close(left)
        assert left.handle.closed == 0
    assert left.handle.closed == 1
    assert PostgresAdapter.ConnectionManager is not KeepingManager
