"""Read the marts: the one place of the app that knows their columns.

Nothing but the schema ``marts`` is read here, and nothing is written. Every value that
a person typed reaches the server as a parameter.
"""

from confradar.warehouse.changes import (
    Change,
    ChangeFilter,
    changes,
)
from confradar.warehouse.conferences import (
    Claim,
    Conference,
    Deadline,
    UnknownConferenceError,
    claims_of,
    deadlines_of,
    find_conference,
    parts_of,
)
from confradar.warehouse.conflicts import (
    Conflict,
    ConflictFilter,
    conflicts,
)
from confradar.warehouse.current import (
    CurrentDeadline,
    current_deadlines,
)
from confradar.warehouse.deadlines import (
    DeadlineFilter,
    UpcomingDeadline,
    upcoming_deadlines,
)
from confradar.warehouse.labels import (
    known_areas,
)
from confradar.warehouse.session import (
    MartsMissingError,
    reading,
)
from confradar.warehouse.sources import (
    SourceFacts,
    VisitOutcomes,
    claim_counts,
    known_sources,
    source_facts,
    visit_outcomes,
)

__all__ = [
    "Change",
    "ChangeFilter",
    "Claim",
    "Conference",
    "Conflict",
    "ConflictFilter",
    "CurrentDeadline",
    "Deadline",
    "DeadlineFilter",
    "MartsMissingError",
    "SourceFacts",
    "UnknownConferenceError",
    "UpcomingDeadline",
    "VisitOutcomes",
    "changes",
    "claim_counts",
    "claims_of",
    "conflicts",
    "current_deadlines",
    "deadlines_of",
    "find_conference",
    "known_areas",
    "known_sources",
    "parts_of",
    "reading",
    "source_facts",
    "upcoming_deadlines",
    "visit_outcomes",
]
