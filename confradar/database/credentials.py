"""How to reach the embedded server: kept in a file that its owner alone may read."""

import json
import os
import secrets
import socket
from collections.abc import Container
from dataclasses import asdict, dataclass, field
from pathlib import Path

# Below the ports that systems hand out to outgoing connections, and away from 5432.
_PORTS = range(20_000, 30_000)


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a client needs, and the name that the server's processes carry."""

    port: int
    password: str = field(repr=False)
    cluster_name: str


def new_credentials() -> Credentials:
    """Return a fresh password, a free port and a name of its own."""
    return Credentials(
        port=free_port(),
        password=secrets.token_hex(24),
        cluster_name=f"confradar-{secrets.token_hex(4)}",
    )


def read_credentials(path: Path) -> Credentials | None:
    """Return what a file says, None if it is not there or makes no sense."""
    try:
        content = json.loads(path.read_text("utf-8"))
    except (FileNotFoundError, ValueError):
        return None
    match content:
        case {
            "port": int(port),
            "password": str(password),
            "cluster_name": str(cluster_name),
        } if 0 < port < 65_536 and password.isalnum() and cluster_name.isprintable():
            return Credentials(port, password, cluster_name)
    return None


def write_credentials(path: Path, credentials: Credentials) -> None:
    """Replace the file in one step; its mode is 0600 from the first byte on."""
    new = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(asdict(credentials), file, indent=2)
            file.write("\n")
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
    finally:
        new.unlink(missing_ok=True)


def free_port(preferred: int | None = None, refused: Container[int] = ()) -> int:
    """Return a port of 127.0.0.1 on which nobody listens, the preferred one if free.

    A port among the refused ones is not returned again.
    """
    candidates = [] if preferred is None else [preferred]
    candidates += [secrets.choice(_PORTS) for _ in range(50)]
    for port in candidates:
        if port not in refused and _is_free(port):
            return port
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
