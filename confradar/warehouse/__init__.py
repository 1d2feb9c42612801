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
    known_conferences,
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
from confradar.warehouse.editions import (
    Edition,
    EditionChange,
    EditionClaim,
    EditionDeadline,
    EditionFacts,
    Rank,
    Sibling,
    edition_count,
    edition_keys,
    editions,
    relatives_of,
)
from confradar.warehouse.labels import (
    known_areas,
    known_ranks,
    known_series,
)
from confradar.warehouse.series import (
    Habit,
    Series,
    SeriesDeadline,
    SeriesEdition,
    SeriesFacts,
    series_keys,
    series_with,
)
from confradar.warehouse.session import (
    MartsMissingError,
    reading,
)
from confradar.warehouse.sources import (
    SourceFacts,
    SourceScore,
    VisitOutcomes,
    claim_counts,
    known_sources,
    source_facts,
    source_names,
    source_scores,
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
    "Edition",
    "EditionChange",
    "EditionClaim",
    "EditionDeadline",
    "EditionFacts",
    "Habit",
    "MartsMissingError",
    "Rank",
    "Series",
    "SeriesDeadline",
    "SeriesEdition",
    "SeriesFacts",
    "Sibling",
    "SourceFacts",
    "SourceScore",
    "UnknownConferenceError",
    "UpcomingDeadline",
    "VisitOutcomes",
    "changes",
    "claim_counts",
    "claims_of",
    "conflicts",
    "current_deadlines",
    "deadlines_of",
    "edition_count",
    "edition_keys",
    "editions",
    "find_conference",
    "known_areas",
    "known_conferences",
    "known_ranks",
    "known_series",
    "known_sources",
    "parts_of",
    "reading",
    "relatives_of",
    "series_keys",
    "series_with",
    "source_facts",
    "source_names",
    "source_scores",
    "upcoming_deadlines",
    "visit_outcomes",
]
