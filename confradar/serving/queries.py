"""What a request asks for: every parameter is known and has a limit, or is refused."""

from collections.abc import Collection
from datetime import timedelta, tzinfo
from urllib.parse import parse_qsl

from starlette.requests import Request

from confradar.instants import parse_span, parse_zone
from confradar.readers.openapi import MAX_PAGE
from confradar.readers.selection import BadQueryError, check_size, one_value

# The parameters of whatever lists changes.
OF_CHANGES = ("search", "area", "rank", "kind", "series")
MAX_FIELDS = 100
MAX_ALARM = timedelta(days=90)

Query = dict[str, list[str]]


def query_of(request: Request, known: Collection[str]) -> Query:
    """Return the values of each parameter.

    Raises:
        BadQueryError: a parameter is not known, or there is more than a person asks.
    """
    try:
        pairs = parse_qsl(
            request.url.query, keep_blank_values=True, max_num_fields=MAX_FIELDS
        )
    except ValueError:
        raise BadQueryError("query", f"more than {MAX_FIELDS} parameters") from None
    query: Query = {}
    for name, value in pairs:
        if name not in known:
            shown = name[:40] if name.isprintable() else "?"
            raise BadQueryError(
                shown, f"no such parameter; there are {', '.join(sorted(known))}"
            )
        query.setdefault(name, []).append(value)
    for name, values in query.items():
        check_size(name, values)
    return query


def page_of(query: Query) -> int:
    """Return the number of the page that is asked for; the first is 1.

    Raises:
        BadQueryError: it is no such number.
    """
    if "page" not in query:
        return 1
    text = one_value(query, "page") or ""
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= MAX_PAGE):
        raise BadQueryError("page", f"{text!r} is no number from 1 on")
    return int(text)


def zone_of(query: Query) -> tzinfo | None:
    """Return the zone in which instants are wanted as well; None if none is.

    Raises:
        BadQueryError: no zone has the name.
    """
    text = one_value(query, "tz")
    if text is None:
        return None
    try:
        zone = parse_zone(text)
    except ValueError:
        zone = None
    if zone is None:  # a server's own zone is nobody's
        raise BadQueryError(
            "tz", f"{text!r} is no zone: give Europe/Vienna, utc or aoe"
        )
    return zone


def alarm_of(query: Query) -> timedelta | None:
    """Return how long before an event its alarm is wanted; None if none is.

    Raises:
        BadQueryError: it is no span, or too long a one.
    """
    text = one_value(query, "alarm")
    if text is None:
        return None
    try:
        span = parse_span(text)
    except ValueError as error:
        raise BadQueryError("alarm", str(error)) from None
    if not timedelta() < span <= MAX_ALARM:
        raise BadQueryError("alarm", f"{text!r} is not between 1h and 90d")
    return span
