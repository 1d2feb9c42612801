"""Spare dbt, in a new database, the parsing of what it parsed for another one.

What dbt parsed holds the database's name in each relation, and a digest of how it
connects: where either differs it parses anew, which takes six seconds of a processor.
Both are replaced here. dbt still looks itself whether a file, a variable or its own
version is another, and parses anew if what it is given is of no use to it.
"""

import hashlib
import pprint
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import msgpack  # type: ignore[import-untyped]

FILE = Path("target", "partial_parse.msgpack")


def hand_on(home: Path, url: str, *, to_home: Path, to_url: str) -> None:
    """Give another home what dbt parsed in this one, if it did, and did last for it."""
    try:
        parsed = msgpack.unpackb((home / FILE).read_bytes())
    except FileNotFoundError:
        return
    if digest_in(parsed) != connection_digest(url):
        return
    named = _renamed(parsed, urlsplit(url).path[1:], urlsplit(to_url).path[1:])
    named["state_check"]["profile_hash"]["checksum"] = connection_digest(to_url)
    (to_home / FILE).parent.mkdir(parents=True, exist_ok=True)
    (to_home / FILE).write_bytes(msgpack.packb(named))


def digest_in(parsed: Any) -> str:  # noqa: ANN401
    """Return the digest of a connection that dbt noted beside what it parsed."""
    return str(parsed["state_check"]["profile_hash"]["checksum"])


def connection_digest(url: str) -> str:
    """Return dbt's digest of a connection, as profiles/profiles.yml makes it."""
    from dbt.adapters.postgres.connections import PostgresCredentials
    from dbt_common.helper_types import Port

    parts = urlsplit(url)
    credentials = PostgresCredentials(
        host=parts.hostname or "",
        port=Port(parts.port or 5432),
        user=unquote(parts.username or ""),
        password="",
        database=parts.path[1:],
        schema="dbt",
        sslmode=parse_qs(parts.query).get("sslmode", ["prefer"])[0],
    )
    keys = sorted(credentials.connection_info())
    return hashlib.sha256(pprint.pformat(keys).encode()).hexdigest()


def _renamed(value: Any, old: str, new: str) -> Any:  # noqa: ANN401
    if isinstance(value, str):
        return value.replace(old, new)
    if isinstance(value, list):
        return [_renamed(each, old, new) for each in value]
    if isinstance(value, dict):
        return {key: _renamed(each, old, new) for key, each in value.items()}
    return value
