"""Superset for one person on this machine: SQLite for its own, the marts read-only.

All that is particular to a place is in CONFRADAR_SUPERSET_HOME, which ``confradar
dashboards`` writes and its owner alone may read.
"""

import json
import os
from pathlib import Path
from typing import Any

from sqlalchemy.engine.url import URL, make_url

HOME = Path(os.environ["CONFRADAR_SUPERSET_HOME"])
_place: dict[str, str] = json.loads((HOME / "place.json").read_text("utf-8"))

SECRET_KEY = _place["secret_key"]
SQLALCHEMY_DATABASE_URI = f"sqlite:///{HOME / 'superset.db'}"
# The assets name a host that does not exist: where the marts are, and with which
# password they are read, is known when a connection is made and stored nowhere else.
WAREHOUSE_HOST = "confradar.invalid"


def DB_CONNECTION_MUTATOR(  # noqa: N802 - the name is Superset's
    uri: URL, params: dict[str, Any], *_: object
) -> tuple[URL, dict[str, Any]]:
    """Lead connections to the warehouse of the assets to the one that is here."""
    if uri.host == WAREHOUSE_HOST:
        uri = make_url(_place["database_url"])
    return uri, params


APP_NAME = "ConfRadar"
FEATURE_FLAGS = {
    # Charts below the fold are asked for at once: there are few, and they are fast.
    "DASHBOARD_VIRTUALIZATION": False,
}
# No alerts are sent, no maps are drawn: nothing needs another host, and the browser is
# told to ask none.
TALISMAN_CONFIG = {
    "content_security_policy": {
        "base-uri": ["'self'"],
        "default-src": ["'self'"],
        "img-src": ["'self'", "blob:", "data:"],
        "worker-src": ["'self'", "blob:"],
        "connect-src": ["'self'"],
        "object-src": "'none'",
        "style-src": ["'self'", "'unsafe-inline'"],
        "font-src": ["'self'"],
        "script-src": ["'self'", "'strict-dynamic'"],
    },
    "content_security_policy_nonce_in": ["script-src"],
    "force_https": False,
    "session_cookie_secure": False,
}
# One process holds them, so that memory will do.
RATELIMIT_STORAGE_URI = "memory://"
CACHE_CONFIG = DATA_CACHE_CONFIG = {"CACHE_TYPE": "NullCache"}
