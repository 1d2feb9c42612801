"""Tell people what failed: in the log, and to a webhook where there is one."""

import logging

from pydantic import SecretStr

from confradar.webhooks import SECONDS, post

log = logging.getLogger(__name__)

MAX_CHARACTERS = 2_000
"""Of a text; chats cut longer ones themselves, or refuse them."""


def notify(text: str, url: SecretStr | None, *, seconds: float = SECONDS) -> None:
    """Log a text as an error, and post it as ``{"text": …}`` if there is an address.

    Raises:
        NotTakenError: the server cannot be reached, is too slow, or refuses.
    """
    short = text if len(text) <= MAX_CHARACTERS else text[: MAX_CHARACTERS - 1] + "…"
    log.error(short)
    if url is not None:
        hint = "the alert is in the log; look at CONFRADAR_ALERT_URL"
        post({"text": short}, url, seconds=seconds, hint=hint)
