"""Post JSON to a webhook, whose address is a secret: it is in no log and in no error.

httpcore is used as it is, because httpx logs the address of each request.
"""

import json
import ssl
from collections.abc import Mapping
from urllib.parse import urlsplit

import httpcore
from pydantic import SecretStr

from confradar.errors import ConfRadarError

SECONDS = 5.0
"""To connect, to send, and to wait for the answer: each."""

# No server that is at work was reached.
_NOT_REACHED = (
    httpcore.ConnectError,
    httpcore.ConnectTimeout,
    httpcore.PoolTimeout,
    httpcore.LocalProtocolError,
)
_GATEWAY_TIMEOUT = 504
_WORTH_ANOTHER_TRY = frozenset({408, 425, 429, 500, 502, 503})


class NotTakenError(ConfRadarError):
    """The webhook did not take a message, or did not say that it did.

    Attributes:
        is_unsure: the message got there, and no answer came: it may have been taken.
        is_lasting: another try in a few seconds would be answered alike.
    """

    def __init__(
        self, message: str, hint: str = "", *, is_unsure: bool, is_lasting: bool
    ) -> None:
        super().__init__(message, hint)
        self.is_unsure = is_unsure
        self.is_lasting = is_lasting


def post(
    body: Mapping[str, object],
    url: SecretStr,
    *,
    seconds: float = SECONDS,
    key: str | None = None,
    hint: str = "",
) -> None:
    """Post a JSON document; redirections are not followed, no answer's text is read.

    Args:
        body: the document.
        url: of the webhook.
        seconds: to connect, to send, and to wait for the answer: each.
        key: names this message, for servers that take one with the same name once.
        hint: what to do where it is not taken.

    Raises:
        NotTakenError: the server cannot be reached, is too slow, or refuses.
    """
    address = url.get_secret_value()
    host = urlsplit(address).hostname
    headers = [("Content-Type", "application/json"), ("User-Agent", "confradar")]
    if key is not None:
        headers.append(("Idempotency-Key", key))
    try:
        with (
            httpcore.ConnectionPool(ssl_context=ssl.create_default_context()) as pool,
            pool.stream(
                "POST",
                address,
                headers=headers,
                content=json.dumps(body).encode(),
                extensions={
                    "timeout": dict.fromkeys(
                        ("connect", "read", "write", "pool"), seconds
                    )
                },
            ) as response,
        ):
            status = response.status
    except (
        httpcore.NetworkError,
        httpcore.ProtocolError,
        httpcore.TimeoutException,
    ) as error:
        # What the error says may have the address in it; its kind says enough.
        raise NotTakenError(
            f"the webhook at {host} took no message: {type(error).__name__}",
            hint,
            is_unsure=not isinstance(error, _NOT_REACHED),
            is_lasting=False,
        ) from None
    if not 200 <= status < 300:
        raise NotTakenError(
            f"the webhook at {host} answered {status}",
            hint,
            is_unsure=status == _GATEWAY_TIMEOUT,
            is_lasting=status not in _WORTH_ANOTHER_TRY,
        )
