"""What a host's robots.txt allows us; where it cannot be had, nothing for now."""

import math
from dataclasses import dataclass

from protego import Protego

from ingestion.documents import VisitOutcome
from ingestion.web.records import Fetched

# As the standard (RFC 9309) has it: one that does not exist forbids nothing.
_ALLOWING = frozenset(
    {
        VisitOutcome.NOT_FOUND,
        VisitOutcome.GONE,
        VisitOutcome.CLIENT_ERROR,
        VisitOutcome.TOO_MANY_REDIRECTS,
    }
)
# One that the server fails to give forbids everything. Where not even the server can
# be had, that is what there is to say of its pages.
_FORBIDDING = frozenset({VisitOutcome.SERVER_ERROR, VisitOutcome.TOO_LARGE})

# The part of a file that has to be read (RFC 9309, 2.5): more is nobody's rules.
_MAX_CHARACTERS = 500 * 1024


@dataclass(frozen=True, slots=True)
class Rules:
    """What a robots.txt says to one robot.

    ``refusal`` says why nothing can be asked of the host, with the outcome that all
    its pages get; ``crawl_delay`` is in seconds, None if it names none.
    """

    crawl_delay: float | None = None
    refusal: tuple[VisitOutcome, str] | None = None
    parsed: Protego | None = None
    robot: str = ""

    def refusal_of(self, url: str) -> tuple[VisitOutcome, str] | None:
        """Return why an address of this host may not be fetched, None if it may."""
        if self.refusal is not None:
            return self.refusal
        if self.parsed is None or self.parsed.can_fetch(url, self.robot):
            return None
        return VisitOutcome.ROBOTS_FORBIDDEN, "robots.txt forbids it"


def read_rules(fetched: Fetched, robot: str) -> Rules:
    """Read what came when a robots.txt was asked for.

    Args:
        fetched: the result of fetching it.
        robot: our name in it, the User-Agent's first word in lower case.
    """
    if fetched.content is not None:
        text = fetched.content.decode("utf-8-sig", "replace")[:_MAX_CHARACTERS]
        parsed = Protego.parse(text)
        return Rules(_seconds(parsed.crawl_delay(robot)), None, parsed, robot)
    if fetched.outcome in _ALLOWING:
        return Rules()
    detail = f"{fetched.request.url}: {fetched.detail}"
    if fetched.outcome in _FORBIDDING:
        reason = f"nothing is allowed while robots.txt cannot be had ({detail})"
        return Rules(refusal=(VisitOutcome.ROBOTS_FORBIDDEN, reason))
    return Rules(refusal=(fetched.outcome, detail))


def _seconds(delay: float | None) -> float | None:
    return delay if delay is not None and math.isfinite(delay) and delay > 0 else None
