"""What pages, calendars, feeds, files and the API share: the marts, as people ask them.

Every reader shows a ``Snapshot``, all that it needs of one build, and of that what a
``Selection`` asks for. Nothing here decides what is true: marts do.
"""

from confradar.readers.selection import (
    BadQueryError,
    Selection,
    Vocabulary,
    selection_of,
)
from confradar.readers.snapshot import Snapshot, take_snapshot, whole_vocabulary

__all__ = [
    "BadQueryError",
    "Selection",
    "Snapshot",
    "Vocabulary",
    "selection_of",
    "take_snapshot",
    "whole_vocabulary",
]
