"""Readers, live: pages, calendars, feeds, JSON and the docs, straight from the marts.

What is shown is held in memory and follows each build; a request asks the database
only for what is too large to hold. Starlette routes, uvicorn listens.
"""

from confradar.serving.app import application
from confradar.serving.documents import (
    SECONDS_BETWEEN_LOOKS,
    docs_of,
    docs_routes,
    make_apart,
)
from confradar.serving.following import Follower
from confradar.serving.listening import answer, bound, url_of
from confradar.serving.live import Live, follow_builds
from confradar.serving.marts import Marts
from confradar.serving.readers import Readers

__all__ = [
    "SECONDS_BETWEEN_LOOKS",
    "Follower",
    "Live",
    "Marts",
    "Readers",
    "answer",
    "application",
    "bound",
    "docs_of",
    "docs_routes",
    "follow_builds",
    "make_apart",
    "url_of",
]
