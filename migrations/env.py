"""Alembic's entry: which database, and where it notes what was applied.

`confradar db migrate` hands a URL in; plain `uv run alembic upgrade head` takes the
database that the settings name. The schema ``review`` holds the tables and the note.
"""

from alembic import context
from sqlalchemy import create_engine, make_url, text

SCHEMA = "review"


def _url() -> str:
    given = context.config.get_main_option("sqlalchemy.url")
    if given:
        return given
    from confradar.database import database_url
    from confradar.settings import load_settings

    return database_url(load_settings())


def _migrate() -> None:
    # Plain postgresql:// would ask for a driver that is not among the packages.
    engine = create_engine(make_url(_url()).set(drivername="postgresql+psycopg"))
    with engine.begin() as connection:
        connection.execute(text(f"create schema if not exists {SCHEMA}"))
        context.configure(connection=connection, version_table_schema=SCHEMA)
        with context.begin_transaction():
            context.run_migrations()
    engine.dispose()


_migrate()
