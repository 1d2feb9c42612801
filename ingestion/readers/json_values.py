"""JSON text to strings, lists and mappings: numbers, true and null as they are written.

Python's own reader would make ``1.10`` a float and let the last of two equal keys win
in silence.
"""

import json

from ingestion.documents import Body
from ingestion.readers.records import (
    MAX_VALUES_KEPT,
    Finding,
    Limits,
    Parsed,
    Reason,
    UnusableDocumentError,
    pointer,
)
from ingestion.readers.text import may_hold_unstorable, storable


class _WithLostValues(dict[str, object]):
    """A JSON object in which keys were written twice; ``lost`` holds the earlier."""

    lost: dict[str, list[object]]


def parse_json(text: str, limits: Limits | None = None) -> Parsed:
    """Return the value of a JSON text, every scalar as the string written.

    ``null`` is "null". Of equal keys the last wins, with a finding.

    Raises:
        UnusableDocumentError: not_json, empty or too_deep.
    """
    if not text.strip():
        raise UnusableDocumentError(Reason.EMPTY, "the file holds no value")
    limits = limits or Limits()
    try:
        value = json.loads(
            text,
            parse_int=str,
            parse_float=str,
            parse_constant=str,
            object_pairs_hook=_from_pairs,
        )
    except json.JSONDecodeError as error:
        detail = f"line {error.lineno}, column {error.colno}: {error.msg}"
        raise UnusableDocumentError(Reason.NOT_JSON, detail) from error
    except RecursionError as error:
        raise _too_deep(limits) from error
    findings: list[Finding] = []
    body = _strings(value, (), findings, limits)
    if may_hold_unstorable(text):
        body = storable(body)
    return Parsed(body, tuple(findings))


def _from_pairs(pairs: list[tuple[str, object]]) -> dict[str, object]:
    values = dict(pairs)
    if len(values) == len(pairs):
        return values
    doubled = _WithLostValues(values)
    doubled.lost = {}
    seen: dict[str, object] = {}
    for key, value in pairs:
        if key in seen:
            doubled.lost.setdefault(key, []).append(seen[key])
        seen[key] = value
    return doubled


def _strings(
    value: object,
    path: tuple[str | int, ...],
    findings: list[Finding],
    limits: Limits,
) -> Body:
    """Spell what JSON reads as true, false and null, and collect the doubled keys."""
    if isinstance(value, str):
        return value
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if len(path) >= limits.max_depth:
        raise _too_deep(limits)
    if isinstance(value, list):
        return [
            _strings(part, (*path, index), findings, limits)
            for index, part in enumerate(value)
        ]
    if not isinstance(value, dict):
        raise TypeError(f"JSON gave a {type(value).__name__}")
    if isinstance(value, _WithLostValues):
        for key, lost in value.lost.items():
            findings.append(
                Finding(
                    pointer((*path, key)),
                    Reason.DUPLICATE_KEY,
                    f"the key is written {len(lost) + 1} times here: "
                    "the last value counts",
                    [
                        _strings(part, (*path, key), [], limits)
                        for part in lost[:MAX_VALUES_KEPT]
                    ],
                    is_dropped=False,
                )
            )
    return {
        key: _strings(part, (*path, key), findings, limits)
        for key, part in value.items()
    }


def _too_deep(limits: Limits) -> UnusableDocumentError:
    return UnusableDocumentError(
        Reason.TOO_DEEP,
        f"lists and mappings are nested more than {limits.max_depth} deep",
    )
