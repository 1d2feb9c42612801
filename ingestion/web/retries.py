"""Whether, and after how long, an address is worth another attempt."""

import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime

_SECONDS = re.compile(r"[0-9]{1,9}")


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Return for how many seconds an answer asks us to stay away, None if it does not.

    A date is counted from the answer's own Date, so neither clock has to be right.

    Args:
        headers: of the answer, their names found without regard to case.
    """
    text = headers.get("Retry-After", "").strip()
    if _SECONDS.fullmatch(text):
        return float(text)
    try:
        until = parsedate_to_datetime(text)
        asked = parsedate_to_datetime(headers.get("Date", ""))
        return max(0.0, (until - asked).total_seconds())
    except (ValueError, TypeError):  # no date, or one of them without a zone
        return None


def backoff(base: float, attempt: int, chance: float) -> float:
    """Return the seconds to wait after a failed attempt: twice as many each time.

    Args:
        base: seconds after the first attempt.
        attempt: how many failed before this one.
        chance: from [0, 1), spreads the wait from half to one and a half of that, so
            that those who failed together do not come back together.
    """
    return base * 2.0**attempt * (0.5 + chance)
