"""Bring the tables into which people write up to date: Alembic owns them.

Alembic is imported only where there is something to do: importing it costs more than
most commands.
"""

from pathlib import Path

import psycopg
from psycopg.rows import scalar_row

from confradar.errors import ConfRadarError

MIGRATIONS = Path("migrations")


def migrate(root: Path, url: str) -> bool:
    """Apply what is missing; return whether anything was.

    Args:
        root: the checkout, where ``migrations`` lies.
        url: ``postgresql://…`` of the database.

    Raises:
        ConfRadarError: the database refuses, or is of a newer checkout than this.
    """
    newest = newest_version(root)
    applied = applied_version(url)
    if applied == newest:
        return False
    if applied is not None and applied > newest:
        raise ConfRadarError(
            f"the database was brought to version {applied} of its tables by a newer "
            f"checkout, this one knows {newest}",
            "take the newer checkout",
        )
    from alembic import command
    from alembic.config import Config
    from sqlalchemy.exc import SQLAlchemyError

    config = Config()
    config.set_main_option("script_location", str(root / MIGRATIONS).replace("%", "%%"))
    config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    try:
        command.upgrade(config, "head")
    except SQLAlchemyError as error:
        raise ConfRadarError(
            f"the tables of decisions could not be made: {_first_line(error)}",
            "the user of DATABASE_URL has to be allowed to create schemas",
        ) from error
    return True


def newest_version(root: Path) -> str:
    """Return the last revision: files of ``versions`` begin with theirs."""
    files = (root / MIGRATIONS / "versions").glob("[0-9]*_*.py")
    return max(file.name.partition("_")[0] for file in files)


def applied_version(url: str) -> str | None:
    """Return the revision that the database is at, None before the first.

    Raises:
        ConfRadarError: the database does not answer.
    """
    try:
        with (
            psycopg.connect(url, connect_timeout=10) as connection,
            connection.cursor(row_factory=scalar_row) as cursor,
        ):
            table = "select to_regclass('review.alembic_version')"
            if cursor.execute(table).fetchone() is None:
                return None
            query = "select version_num from review.alembic_version"
            version: str | None = cursor.execute(query).fetchone()
            return version
    except psycopg.Error as error:
        raise ConfRadarError(
            f"the database does not answer: {_first_line(error)}",
            "confradar doctor says what to do",
        ) from error


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0]
