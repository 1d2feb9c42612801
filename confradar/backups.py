"""Back a warehouse up into one file, and bring it back: pg_dump and pg_restore.

In the file is what nothing else holds (raw documents, decisions, run records) and the
marts, so that they can be read at once. Seeds, staging and intermediate tables are
left out: the next run makes them anew. It makes the marts anew as well, since tables
that were restored are others than those that the last build noted (``build_state``).

Owners and grants are left out, too: a server elsewhere may have another owner. What
``db migrate`` brings about on every server, it brings about on a restored one.
"""

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import psycopg
from psycopg import sql

from confradar.access import (
    BUILT_SCHEMAS,
    make_roles,
    refuse_strangers,
    schemas_of_ours,
)
from confradar.build_state import only_writer
from confradar.database import Logins
from confradar.database.accounts import last_line
from confradar.database.programs import (
    Connection,
    Programs,
    connection_of,
    installed_programs,
    nearest,
    newest,
)
from confradar.errors import CalledWronglyError, ConfRadarError
from confradar.migrating import applied_version, migrate, newest_version, plan_of
from confradar.roles import Role
from confradar.sessions import session

REBUILT_SCHEMAS = tuple(schema for schema in BUILT_SCHEMAS if schema != "marts")
"""What the next run makes from raw rows, whatever was there."""

_SIGNATURE = b"PGDMP"
_TRANSACTION_TIMEOUT = b"SET transaction_timeout = 0;\n"
_KNOWS_TRANSACTION_TIMEOUT = 17
_END_OF_SETTINGS = b"SET row_security"


class BackupError(ConfRadarError):
    """A backup could not be made; an earlier one of that name is as it was."""


class RestoreError(ConfRadarError):
    """A backup could not be restored; the database is as it was."""


@dataclass(frozen=True, slots=True)
class Archive:
    """What a file says of itself.

    Attributes:
        made_at: as pg_dump wrote it, with the zone of the machine.
        server: the major version of the server that it is of.
        program: the major version of the pg_dump that wrote it.
        migration: which version the app's tables have in it.
        raw_schemas: what the loader writes to.
    """

    made_at: str
    server: int
    program: int
    migration: str
    raw_schemas: tuple[str, ...]


def back_up(
    logins: Logins,
    file: Path,
    on_wait: Callable[[], None],
    *,
    installed: Sequence[Programs] = (),
) -> None:
    """Write a backup: to a temporary file beside it first, so that it is whole or not.

    No run is at work meanwhile: half a build would be backed up, and a run would wait
    for the tables in any case.

    Args:
        logins: of which the owner may read everything.
        file: to write; a backup of that name is replaced, anything else is not.
        on_wait: is called where a run has to end first.
        installed: programs to choose from, without any those of this machine.

    Raises:
        BackupError: it could not be made.
        NoProgramError: the server is newer than every pg_dump here.
        CalledWronglyError: the file is something else.
    """
    url = logins.owner.url
    _check_target(file)
    with only_writer(url, on_wait):
        if applied_version(url) is None:
            raise BackupError("nothing is stored yet", "confradar run stores something")
        with session(url) as opened:
            server = _major(opened)
            kept = [
                schema
                for schema in schemas_of_ours(opened)
                if schema not in REBUILT_SCHEMAS
            ]
        programs = nearest(installed or installed_programs(), server)
        connection = connection_of(url)
        with _made_whole(file) as partial:
            _run(
                [
                    programs.path("pg_dump"),
                    "--format=custom",
                    "--no-privileges",
                    *(f'--schema="{schema}"' for schema in kept),
                    f"--file={partial}",
                    f"--dbname={connection.place}",
                ],
                connection.environment,
                BackupError,
                "the backup was not made",
            )


def restore(
    root: Path,
    logins: Logins,
    file: Path,
    on_wait: Callable[[], None],
    *,
    replaces: bool,
    installed: Sequence[Programs] = (),
) -> Archive:
    """Bring a backup back in one transaction, then roles, grants and newer tables.

    Args:
        root: the checkout, whose migrations are applied.
        logins: of which the owner may create roles and schemas.
        file: a backup.
        on_wait: is called where a run has to end first.
        replaces: drop what the database holds.
        installed: programs to choose from, without any those of this machine.

    Raises:
        RestoreError: it cannot be restored here, or the database is not empty.
        NoProgramError: the backup or the server is newer than every pg_restore here.
        StrangeTablesError: another project has schemas of these names.
        ConfRadarError: it was restored, and ``db migrate`` failed after that.
    """
    url = logins.owner.url
    there = tuple(installed or installed_programs())
    archive = _read(file, there)
    if archive.migration > (known := newest_version(root)):
        raise RestoreError(
            f"{file} was made by a newer checkout: its tables are at version "
            f"{archive.migration}, and this one knows {known}",
            "take the newer checkout",
        )
    with only_writer(url, on_wait):
        with session(url) as opened:
            server = _major(opened)
            refuse_strangers(opened)
            ours = schemas_of_ours(opened)
            held = None if replaces else _first_with_rows(opened, ours)
        if server < archive.server:
            raise RestoreError(
                f"{file} is of PostgreSQL {archive.server}, and the server is "
                f"PostgreSQL {server}",
                f"restore it on PostgreSQL {archive.server} or later",
            )
        if held is not None:
            raise RestoreError(
                f"the database is not empty: {held} has rows",
                "add --replace to drop everything of ConfRadar that it holds",
            )
        programs = nearest(there, max(server, archive.program))
        with session(url) as opened:
            make_roles(opened)
        _replay(programs, file, connection_of(url), _Frame.of(ours, archive), server)
        migrate(root, plan_of(logins), thoroughly=True)
        with session(url, autocommit=True) as opened:
            # A restored table has no figures, and autovacuum comes when it comes.
            opened.execute("analyze")
    return archive


def _check_target(file: Path) -> None:
    if not file.parent.is_dir():
        raise CalledWronglyError(f"{file.parent} is no directory", "make it first")
    if file.exists() and not (file.is_file() and _is_archive(file)):
        raise CalledWronglyError(
            f"{file} is there, and is no backup", "give another name"
        )


def _is_archive(file: Path) -> bool:
    with file.open("rb") as opened:
        return opened.read(len(_SIGNATURE)) == _SIGNATURE


@contextmanager
def _made_whole(file: Path) -> Iterator[Path]:
    """Yield a name beside the file, which it gets once it is complete."""
    prefix, suffix = f".{file.name}.", ".part"
    for left_over in file.parent.glob(f"{prefix}*{suffix}"):
        left_over.unlink()  # of a backup that was killed: this one is alone
    try:
        number, name = tempfile.mkstemp(suffix, prefix, file.parent)
    except OSError as error:
        raise _not_written(file, error) from error
    os.close(number)
    partial = Path(name)
    try:
        yield partial
        partial.replace(file)
    except OSError as error:
        raise _not_written(file, error) from error
    finally:
        partial.unlink(missing_ok=True)


def _not_written(file: Path, error: OSError) -> BackupError:
    return BackupError(
        f"{file} cannot be written: {error.strerror}",
        "make room on the disk, or check the directory's owner",
    )


def _read(file: Path, installed: Sequence[Programs]) -> Archive:
    """Read what a backup says of itself.

    Raises:
        RestoreError: it is none, is damaged, or is newer than every pg_restore here.
    """
    try:
        is_archive = _is_archive(file)
    except OSError as error:
        raise RestoreError(f"{file} cannot be read: {error.strerror}") from error
    if not is_archive:
        raise RestoreError(
            f"{file} is no backup", "give a file that confradar backup wrote"
        )
    reader = newest(installed)
    listed, noted = (
        _run(
            [reader.path("pg_restore"), *arguments, str(file)],
            None,
            RestoreError,
            f"{file} cannot be read by pg_restore {reader.major}",
        )
        for arguments in (
            ["--list"],
            ["--data-only", "--table=alembic_version", "--file=-"],
        )
    )
    said = dict(re.findall(r"^;\s+([\w ]+?)(?: at|:) (.+)$", listed, re.MULTILINE))
    migration = re.search(r"^COPY .* FROM stdin;\n(\w+)$", noted, re.MULTILINE)
    if migration is None:
        raise RestoreError(
            f"{file} is a dump of another database than ConfRadar's",
            "give a file that confradar backup wrote",
        )
    return Archive(
        made_at=said["Archive created"],
        server=int(said["Dumped from database version"].partition(".")[0]),
        program=int(said["Dumped by pg_dump version"].partition(".")[0]),
        migration=migration.group(1),
        raw_schemas=tuple(re.findall(r" SCHEMA - (raw_\w+) ", listed)),
    )


def _first_with_rows(opened: psycopg.Connection, schemas: Sequence[str]) -> str | None:
    """Return a table that holds rows, other than what preparing a database makes."""
    tables = opened.execute(
        """
        select nspname, relname
        from pg_catalog.pg_class
        inner join pg_catalog.pg_namespace on relnamespace = pg_namespace.oid
        where
            nspname = any(%s)
            and relkind in ('r', 'p')
            and relname <> 'alembic_version'
            and relname not like '\\_dlt\\_%%'
        order by nspname, relname
        """,
        [list(schemas)],
    ).fetchall()
    for schema, table in tables:
        query = sql.SQL("select exists (select from {})")
        found = opened.execute(query.format(sql.Identifier(schema, table))).fetchone()
        if found and found[0]:
            return f"{schema}.{table}"
    return None


def _major(opened: psycopg.Connection) -> int:
    return opened.info.server_version // 10_000


def _run(
    arguments: Sequence[str],
    environment: dict[str, str] | None,
    failure: type[ConfRadarError],
    message: str,
) -> str:
    """Run a program to its end and return what it printed.

    Raises:
        ConfRadarError: of the given class, with what the program said last.
    """
    done = subprocess.run(
        arguments,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode != 0:
        raise _failure(failure, message, done.stderr)
    return done.stdout


def _failure(failure: type[ConfRadarError], message: str, said: str) -> ConfRadarError:
    """Return the error with the cause, which is what was said first of errors."""
    errors = [line for line in said.splitlines() if re.search("error: |ERROR: ", line)]
    cause = errors[0] if errors else last_line(said)
    cause = re.split(r"error: +|ERROR: +", cause)[-1].strip()
    return failure(
        f"{message}: {cause}",
        "docs/operating.md tells what backups need: Back up and restore",
    )


@dataclass(frozen=True, slots=True)
class _Frame:
    """Statements around those of a backup, which make one transaction of all."""

    before: str
    after: str

    @classmethod
    def of(cls, dropped: Sequence[str], archive: Archive) -> "_Frame":
        """Drop what there is, and grant by what raw schemas are known to be ours.

        Who is killed after the transaction and before the other grants can so restore
        again, or migrate.
        """
        return cls(
            "begin;\nset client_min_messages to warning;\n"
            + "".join(f'drop schema "{schema}" cascade;\n' for schema in dropped),
            "".join(
                f'grant usage, create on schema "{schema}" to {Role.LOADER};\n'
                for schema in archive.raw_schemas
            )
            + "commit;\n",
        )


def _replay(
    programs: Programs,
    file: Path,
    connection: Connection,
    frame: "_Frame",
    server: int,
) -> None:
    """Drop what there is and write what the backup holds, in one transaction.

    pg_restore alone cannot do both at once: it would drop no table on which a view
    hangs that it does not know. So it writes statements, and psql runs them between
    ours. A session that ends before the last of these leaves everything as it was.

    Raises:
        RestoreError: one of them failed.
    """
    with (
        tempfile.TemporaryFile() as said_by_writer,
        tempfile.TemporaryFile() as said_by_reader,
    ):
        reader = subprocess.Popen(
            [
                programs.path("pg_restore"),
                *("--no-owner", "--no-privileges", "--no-tablespaces"),
                "--file=-",
                str(file),
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=said_by_reader,
        )
        writer = subprocess.Popen(
            [
                programs.path("psql"),
                *("--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1"),
                f"--dbname={connection.place}",
            ],
            env=connection.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=said_by_writer,
        )
        is_sent = False
        try:
            with suppress(BrokenPipeError):  # psql says why it went away
                is_sent = _send(reader, writer, frame, server)
        finally:
            if not is_sent:
                reader.kill()
                writer.kill()
            with suppress(BrokenPipeError):
                writer.communicate()
            reader.communicate()
        if writer.returncode == 0 and is_sent:
            return
        for said in (said_by_writer, said_by_reader):
            said.seek(0)
        words = said_by_writer.read() + said_by_reader.read()
    raise _failure(
        RestoreError,
        f"{file} was not restored, and the database is as it was",
        words.decode("utf-8", "replace"),
    )


def _send(
    reader: "subprocess.Popen[bytes]",
    writer: "subprocess.Popen[bytes]",
    frame: "_Frame",
    server: int,
) -> bool:
    """Hand all statements to psql; return whether that was all of the backup."""
    statements, target = _pipe(reader.stdout), _pipe(writer.stdin)
    target.write(frame.before.encode())
    for line in statements:
        # Programs from 17 on set what older servers do not know.
        if line != _TRANSACTION_TIMEOUT or server >= _KNOWS_TRANSACTION_TIMEOUT:
            target.write(line)
        if line.startswith(_END_OF_SETTINGS):
            break
    shutil.copyfileobj(statements, target)
    if reader.wait() != 0:
        return False
    target.write(frame.after.encode())
    target.flush()
    return True


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    if pipe is None:
        raise TypeError("the process was started without a pipe")
    return pipe
