"""Hand messages to mail servers, webhooks and files.

Each says just before the moment at which a message may get through, so that this is
noted first, and tells a message that certainly did not get through from one of which
nobody knows.
"""

import os
import smtplib
import ssl
from collections.abc import Callable, Collection
from contextlib import suppress

from confradar.errors import ConfRadarError
from confradar.notifying.messages import (
    Message,
    body_of,
    entry_of,
    last_line,
    mail_of,
)
from confradar.notifying.subscriptions import (
    Channel,
    FileChannel,
    MailChannel,
    Security,
    WebhookChannel,
)
from confradar.readers.harmless import text_of
from confradar.webhooks import NotTakenError, post

SECONDS = 15.0
"""To connect to a server, and to wait for each of its answers."""

MAX_EVENTS_IN_CHAT = 40  # with more, a message is longer than chats take
MAX_EVENTS = 500

_MAX_SAID = 200
_ACCEPTED = 250
_LEAVES_IT = 251  # to another server, which takes the mail


class UndeliveredError(ConfRadarError):
    """A message did not get through.

    Attributes:
        is_unsure: or it did, and nobody said so.
        is_lasting: another try in a few seconds would be answered alike.
    """

    def __init__(
        self, message: str, *, is_unsure: bool = False, is_lasting: bool = False
    ) -> None:
        super().__init__(message)
        self.is_unsure = is_unsure
        self.is_lasting = is_lasting


def most_events(channel: Channel) -> int:
    """Return how many events one message of a channel may tell."""
    return MAX_EVENTS_IN_CHAT if isinstance(channel, WebhookChannel) else MAX_EVENTS


def deliver(
    channel: Channel, message: Message, about_to: Callable[[], None]
) -> tuple[str, ...]:
    """Send a message; return addresses that the server refused, where it took others.

    Args:
        channel: by which.
        message: what.
        about_to: is called when from then on the message may get through.

    Raises:
        UndeliveredError: it did not get through, or may have.
    """
    match channel:
        case MailChannel():
            return _mail(channel, message, about_to)
        case WebhookChannel():
            about_to()
            try:
                body = body_of(message, channel.shape)
                post(body, channel.url, seconds=SECONDS, key=message.message_id)
            except NotTakenError as error:
                raise UndeliveredError(
                    error.message,
                    is_unsure=error.is_unsure,
                    is_lasting=error.is_lasting,
                ) from None
            return ()
        case FileChannel():
            about_to()
            _append(channel, message)
            return ()


def told_in_file(channel: FileChannel, names: Collection[str]) -> frozenset[str]:
    """Return which messages stand in a file, whole.

    Raises:
        UndeliveredError: the file is there and cannot be read.
    """
    wanted = {last_line(name): name for name in names}
    try:
        with channel.path.open(encoding="utf-8", errors="replace") as lines:
            stripped = (line.rstrip("\n") for line in lines)
            return frozenset(wanted[line] for line in stripped if line in wanted)
    except FileNotFoundError:
        return frozenset()
    except OSError as error:
        raise UndeliveredError(
            f"{channel.path} cannot be read: {error.strerror}", is_lasting=True
        ) from None


def _append(channel: FileChannel, message: Message) -> None:
    """Write a message at the end of a file, all of it or nothing."""
    data = entry_of(message).encode()
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
    try:
        handle = os.open(channel.path, flags, 0o600)
        try:
            before = os.fstat(handle).st_size
            try:
                if os.write(handle, data) != len(data):
                    raise OSError(0, "the disk is full")
                os.fsync(handle)
            except OSError:
                os.ftruncate(handle, before)
                raise
        finally:
            os.close(handle)
    except OSError as error:
        raise UndeliveredError(
            f"{channel.path} cannot be written: {error.strerror}", is_lasting=True
        ) from None


def _mail(
    channel: MailChannel, message: Message, about_to: Callable[[], None]
) -> tuple[str, ...]:
    data = mail_of(message, channel).as_bytes()
    place = f"the mail server {channel.host}:{channel.port}"
    try:
        smtp = _connected(channel)
    except smtplib.SMTPAuthenticationError as error:
        raise UndeliveredError(
            f"{place} refuses the user: {_said(error.smtp_error)}",
            is_lasting=_is_lasting(error.smtp_code),
        ) from None
    except smtplib.SMTPResponseException as error:
        raise _refused(place, error.smtp_code, error.smtp_error) from None
    except smtplib.SMTPNotSupportedError as error:
        raise UndeliveredError(
            f"{place} refuses: {_said(str(error))}", is_lasting=True
        ) from None
    except (OSError, smtplib.SMTPException) as error:
        raise UndeliveredError(
            f"{place} does not answer: {_why(error)}",
            is_lasting=isinstance(error, ssl.SSLCertVerificationError),
        ) from None
    try:
        refused = _offered(smtp, channel, place)
        about_to()
        _given(smtp, data, place)
    finally:
        smtp.close()
    return refused


def _connected(channel: MailChannel) -> smtplib.SMTP:
    context = ssl.create_default_context(cafile=channel.ca_file)
    smtp = (
        smtplib.SMTP_SSL(channel.host, channel.port, timeout=SECONDS, context=context)
        if channel.security is Security.TLS
        else smtplib.SMTP(channel.host, channel.port, timeout=SECONDS)
    )
    try:
        if channel.security is Security.STARTTLS:
            smtp.starttls(context=context)
        smtp.ehlo_or_helo_if_needed()
        if channel.user is not None and channel.password is not None:
            smtp.login(channel.user, channel.password.get_secret_value())
    except (OSError, smtplib.SMTPException):
        smtp.close()
        raise
    return smtp


def _offered(smtp: smtplib.SMTP, channel: MailChannel, place: str) -> tuple[str, ...]:
    """Name sender and recipients; return recipients that are refused for good."""
    refused = []
    try:
        code, said = smtp.mail(channel.sender.address)
        if code != _ACCEPTED:
            raise _refused(place, code, said)
        for one in channel.recipients:
            code, said = smtp.rcpt(one.address)
            if code in (_ACCEPTED, _LEAVES_IT):
                continue
            if not _is_lasting(code) or len(channel.recipients) == 1:
                raise _refused(place, code, said)
            refused.append(f"{place} refuses {one.address}: {_said(said)}")
    except (OSError, smtplib.SMTPException) as error:
        raise UndeliveredError(f"{place} hung up: {_why(error)}") from None
    if len(refused) == len(channel.recipients):
        raise UndeliveredError(refused[0], is_lasting=True)
    return tuple(refused)


def _given(smtp: smtplib.SMTP, data: bytes, place: str) -> None:
    """Hand the mail over; what the server answers decides."""
    try:
        code, said = smtp.data(data)
    except smtplib.SMTPDataError as error:  # it would not even begin
        raise _refused(place, error.smtp_code, error.smtp_error) from None
    except (OSError, smtplib.SMTPException) as error:
        raise UndeliveredError(
            f"{place} hung up before it said whether it took the mail: {_why(error)}",
            is_unsure=True,
        ) from None
    if code != _ACCEPTED:
        raise _refused(place, code, said)
    with suppress(OSError, smtplib.SMTPException):
        smtp.quit()


def _refused(place: str, code: int, said: bytes | str) -> UndeliveredError:
    return UndeliveredError(
        f"{place} refuses: {code} {_said(said)}", is_lasting=_is_lasting(code)
    )


def _is_lasting(code: int) -> bool:
    """Tell a refusal for good (5xx) from one for now."""
    return code >= 500


def _said(answer: bytes | str) -> str:
    text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
    return text_of(text, _MAX_SAID)


def _why(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return _said(error.strerror)
    return _said(str(error)) or type(error).__name__
