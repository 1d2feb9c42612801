"""Areas and ranks of a series, as conditions on its labels."""

import psycopg
from psycopg import sql
from psycopg.rows import scalar_row

# Of a relation with the columns areas and ranks; parameters area and rank.
_HAS_LABELS = sql.SQL("""
    (
        %(area)s::text is null
        or lower(%(area)s) = any(regexp_split_to_array(lower({labels}.areas), ',\\s*'))
    )
    and (
        %(rank)s::text is null
        or exists (
            select from regexp_split_to_table(
                lower({labels}.ranks), ',\\s*'
            ) as one_rank
            where one_rank = lower(%(rank)s)
                or split_part(one_rank, ' ', -1) = lower(%(rank)s)
                or starts_with(one_rank, lower(%(rank)s) || ' ')
        )
    )
""")


def has_labels(relation: str) -> sql.Composed:
    """Return the condition that a row has the area and the rank that were asked for."""
    return _HAS_LABELS.format(labels=sql.Identifier(relation))


def known_areas(connection: psycopg.Connection) -> list[str]:
    """Return every area that some series has."""
    query = """
        select distinct area
        from marts.series_labels
        cross join regexp_split_to_table(areas, ',\\s*') as area
        order by area
    """
    with connection.cursor(row_factory=scalar_row) as cursor:
        return cursor.execute(query).fetchall()


def known_ranks(connection: psycopg.Connection) -> list[str]:
    """Return every rank that some series has, each with its system: ``CORE A*``."""
    query = """
        select distinct rank
        from marts.series_labels
        cross join regexp_split_to_table(ranks, ',\\s*') as rank
        order by rank
    """
    with connection.cursor(row_factory=scalar_row) as cursor:
        return cursor.execute(query).fetchall()


def known_series(connection: psycopg.Connection) -> list[str]:
    """Return the keys of all series, also of those that have nothing to come."""
    query = "select series_key from marts.dim_series order by series_key"
    with connection.cursor(row_factory=scalar_row) as cursor:
        return cursor.execute(query).fetchall()
