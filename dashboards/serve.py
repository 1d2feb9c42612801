"""Bring Superset up to date, import the dashboards, and serve them on this machine.

Run by ``confradar dashboards`` in the environment of this folder. All of it happens in
one process, since to import Superset takes longer than anything else here.
"""

import argparse
import json
from pathlib import Path
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication
from superset.app import create_app

HERE = Path(__file__).parent
ADMIN = "confradar"


def main() -> None:
    """Prepare, then serve until stopped."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("home", type=Path)
    parser.add_argument("port", type=int)
    arguments = parser.parse_args()
    place = json.loads((arguments.home / "place.json").read_text("utf-8"))
    app = create_app()
    with app.app_context():
        prepare(place["admin_password"])
    Server(app, arguments.port).run()


def prepare(password: str) -> None:
    """Make tables, permissions and the user, and overwrite the assets."""
    from flask_migrate import upgrade
    from superset import appbuilder, db, security_manager
    from superset.commands.importers.v1.assets import ImportAssetsCommand
    from superset.migrations import __file__ as migrations
    from superset.utils.core import override_user

    upgrade(directory=str(Path(migrations).parent))
    appbuilder.add_permissions(update_perms=True)
    security_manager.sync_role_definitions()
    user = security_manager.find_user(ADMIN)
    if user is None:
        user = security_manager.add_user(
            ADMIN,
            "ConfRadar",
            "Reader",
            "reader@confradar.example",
            security_manager.find_role("Admin"),
            password=password,
        )
    with override_user(user):
        ImportAssetsCommand(assets()).run()
        describe_columns()
    db.session.remove()
    db.engine.dispose()


def assets() -> dict[str, str]:
    """Return the files of the assets by their names, as an export has them."""
    root = HERE / "assets"
    return {
        file.relative_to(root).as_posix(): file.read_text("utf-8")
        for file in sorted(root.rglob("*.yaml"))
    }


def describe_columns() -> None:
    """Take the columns' descriptions from the comments in the database."""
    from superset import db
    from superset.connectors.sqla.models import SqlaTable

    for table in db.session.query(SqlaTable).all():
        table.fetch_metadata()
    db.session.commit()


class Server(BaseApplication):
    """Gunicorn with the application that is at hand, on this machine alone."""

    def __init__(self, app: Flask, port: int) -> None:
        self._app = app
        self._port = port
        super().__init__()

    def load_config(self) -> None:
        """One process, as many charts at once as a dashboard has rows."""
        options: dict[str, Any] = {
            "bind": f"127.0.0.1:{self._port}",
            "control_socket_disable": True,
            "threads": 8,
            "workers": 1,
            "worker_class": "gthread",
            "timeout": 120,
        }
        for name, value in options.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        """Return the application."""
        return self._app


if __name__ == "__main__":
    main()
