"""What tells whether two warehouses have the same marts; the tests use it as well."""

import psycopg
from psycopg import sql


def mart_checksums(url: str) -> dict[str, str]:
    """Return for each mart a digest of all its rows, whatever their order."""
    found = {}
    with psycopg.connect(url) as connection:
        connection.execute("set timezone to 'UTC'")
        tables = connection.execute(
            "select table_name from information_schema.tables"
            " where table_schema = 'marts' order by table_name"
        ).fetchall()
        for (table,) in tables:
            query = sql.SQL(
                "select coalesce(md5(string_agg(line, '\\n' order by line)), '')"
                " from (select mart::text as line from {} as mart) as mart_lines"
            ).format(sql.Identifier("marts", table))
            row = connection.execute(query).fetchone()
            found[table] = row[0] if row else ""
    return found
