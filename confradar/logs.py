"""The log: what a run does, on stderr, as text or as one JSON object a line."""

import json
import logging
import sys
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from confradar.settings import Settings

RUN_ID: ContextVar[str | None] = ContextVar("run_id", default=None)
"""The run that goes on, as ``confradar.runs`` has it: part of every line."""

_ORDINARY = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime"}


class TextFormatter(logging.Formatter):
    """Time, level, who says it, what, and what belongs to it as name=value."""

    def format(self, record: logging.LogRecord) -> str:
        """Return one line."""
        words = [
            _time(record),
            f"{record.levelname.lower():<7}",
            record.name,
            record.getMessage(),
            *(f"{name}={value}" for name, value in _extras(record).items()),
        ]
        return " ".join(" ".join(words).split())


class JsonFormatter(logging.Formatter):
    """The same as one JSON object."""

    def format(self, record: logging.LogRecord) -> str:
        """Return one line."""
        content = {
            "time": _time(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **_extras(record),
        }
        return json.dumps(content, ensure_ascii=False, default=str)


def set_up(settings: "Settings") -> None:
    """Log as the settings say; what other libraries log stays with them."""
    handler = logging.StreamHandler(sys.stderr)
    is_json = settings.log_format == "json"
    handler.setFormatter(JsonFormatter() if is_json else TextFormatter())
    logger = logging.getLogger("confradar")
    logger.handlers = [handler]
    logger.setLevel(settings.log_level.upper())
    logger.propagate = False


def _time(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(
        timespec="milliseconds"
    )


def _extras(record: logging.LogRecord) -> dict[str, object]:
    run_id = RUN_ID.get()
    return {
        **({} if run_id is None else {"run_id": run_id}),
        **{
            name: value for name, value in vars(record).items() if name not in _ORDINARY
        },
    }
