"""The command line: one module a command, errors in one line, exit codes 0, 1 and 2.

Commands import what is heavy (dlt, dbt, a database driver) inside themselves, so that
``confradar --help`` answers at once.
"""

from confradar.cli.app import app

__all__ = ["app", "main"]


def main() -> None:
    """Run the command line of this process."""
    app(prog_name="confradar")
