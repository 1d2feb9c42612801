"""Transactions in which the database writes whole tables as text."""

import psycopg


def write_as_text(connection: psycopg.Connection) -> None:
    """Have dates written as ISO 8601 has them, and a million rows sorted in parts.

    It holds until the transaction ends, as all settings of ``warehouse.reading`` do.
    """
    connection.execute(
        """
        select
            set_config('datestyle', 'ISO, YMD', true),
            set_config('work_mem', '64MB', true)
        """
    )
