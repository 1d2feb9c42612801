"""Tell people what failed: in the log, and to a webhook where there is one.

The address of a webhook is a secret: it is in no log and in no error. httpcore is used
as it is, because httpx logs the address of each request.
"""

import json
import logging
import ssl
from urllib.parse import urlsplit

import httpcore
from pydantic import SecretStr

from confradar.errors import ConfRadarError

log = logging.getLogger(__name__)

MAX_CHARACTERS = 2_000
"""Of a text; chats cut longer ones themselves, or refuse them."""

SECONDS = 5.0
"""To connect, to send, and to wait for the answer: each."""


class NotDeliveredError(ConfRadarError):
    """The webhook did not take an alert, which is in the log all the same."""


def notify(text: str, url: SecretStr | None, *, seconds: float = SECONDS) -> None:
    """Log a text as an error, and post it as ``{"text": …}`` if there is an address.

    Redirections are not followed, and what the server answers is not read.

    Raises:
        NotDeliveredError: the server cannot be reached, is too slow, or refuses.
    """
    short = text if len(text) <= MAX_CHARACTERS else text[: MAX_CHARACTERS - 1] + "…"
    log.error(short)
    if url is not None:
        _post(short, url.get_secret_value(), seconds)


def _post(text: str, url: str, seconds: float) -> None:
    limits = dict.fromkeys(("connect", "read", "write", "pool"), seconds)
    host = urlsplit(url).hostname
    hint = "the alert is in the log; look at CONFRADAR_ALERT_URL"
    try:
        with (
            httpcore.ConnectionPool(ssl_context=ssl.create_default_context()) as pool,
            pool.stream(
                "POST",
                url,
                headers={
                    "Content-Type": "application/json",
                    "User-Agent": "confradar",
                },
                content=json.dumps({"text": text}).encode(),
                extensions={"timeout": limits},
            ) as response,
        ):
            status = response.status
    except (
        httpcore.NetworkError,
        httpcore.ProtocolError,
        httpcore.TimeoutException,
    ) as error:
        # What the error says may have the address in it; its kind says enough.
        raise NotDeliveredError(
            f"the webhook at {host} took no alert: {type(error).__name__}", hint
        ) from None
    if not 200 <= status < 300:
        raise NotDeliveredError(f"the webhook at {host} answered {status}", hint)
