"""The landing door between ingest and build: what lands is expected to make sense.

A source whose newest look does not keeps its last good documents in the build, is named
with the reason, and the others go on. This package is light; Great Expectations is
imported by ``confradar.landing.suites`` alone, and that where something has to be
judged.
"""

from confradar.landing.records import (
    STALE_AFTER,
    Expectation,
    Hold,
    LandingCheck,
    Verdict,
    current_verdicts,
    last_judged_at,
    verdict_of,
)

__all__ = [
    "STALE_AFTER",
    "Expectation",
    "Hold",
    "LandingCheck",
    "Verdict",
    "current_verdicts",
    "last_judged_at",
    "verdict_of",
]
