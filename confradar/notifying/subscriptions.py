"""The file of subscriptions: who is told what, and by which channel.

Every value is checked when the file is read, so that a typing error is told with its
place, and nothing is sent by halves. Passwords, and addresses that are as good as one,
are in the environment: the file names the variable.
"""

import difflib
import hashlib
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import tzinfo
from enum import StrEnum
from ipaddress import ip_address
from pathlib import Path
from typing import NoReturn, TypeAlias

from pydantic import SecretStr

from confradar.errors import CalledWronglyError
from confradar.instants import parse_zone
from confradar.kinds import ChangeType
from confradar.readers.selection import (
    BadQueryError,
    Selection,
    Vocabulary,
    selection_of,
)
from confradar.settings import is_web_address
from ingestion.documents import Body
from ingestion.readers.records import UnusableDocumentError
from ingestion.readers.yaml_values import parse_yaml

CONFLICT = "conflict"
WORDS = (*(str(change) for change in ChangeType), CONFLICT)
MAX_DAYS = 365
MAX_REMINDERS = 10
MAX_RECIPIENTS = 100

_NAME = re.compile(r"[\w][\w .@+-]{0,59}")
_MAIL = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}"
    r"@[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
    r"(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*"
)
_NAMED_MAIL = re.compile(r"(?P<name>[^<>\"]*)<(?P<address>[^<>]+)>")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")

SecretOf: TypeAlias = Callable[[str], SecretStr | None]
"""Returns what a variable of the environment says, None where it says nothing."""


class BadSubscriptionsError(CalledWronglyError):
    """The file says what cannot be meant; the message says where."""


class Security(StrEnum):
    """How a mail server is spoken to: TLS after a greeting, TLS from the start, or not.

    The last is for servers of this machine and network; no password goes to one.
    """

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


_PORTS = {Security.STARTTLS: 587, Security.TLS: 465, Security.NONE: 25}


class Shape(StrEnum):
    """What a webhook takes: ``{"text": …}``, or a card of Teams' workflows."""

    TEXT = "text"
    ADAPTIVE_CARD = "adaptive_card"


@dataclass(frozen=True, slots=True)
class Mailbox:
    """An address, with the name of who has it or an empty string."""

    address: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class MailChannel:
    """Mail by SMTP; ``ca_file`` holds the authorities to trust instead of the usual."""

    name: str
    host: str
    port: int
    security: Security
    sender: Mailbox
    recipients: tuple[Mailbox, ...]
    user: str | None = None
    password: SecretStr | None = None
    ca_file: Path | None = None


@dataclass(frozen=True, slots=True)
class WebhookChannel:
    """A webhook of a chat; its address lets everybody write there."""

    name: str
    url: SecretStr
    shape: Shape


@dataclass(frozen=True, slots=True)
class FileChannel:
    """A file to which messages are appended."""

    name: str
    path: Path


Channel: TypeAlias = MailChannel | WebhookChannel | FileChannel


@dataclass(frozen=True, slots=True)
class Subscription:
    """Which deadlines one is told of, what of them, and by which channels.

    Attributes:
        name: which the notes of what was told go by.
        channels: names of channels.
        selection: of deadlines.
        days: before a deadline at which to remind of it, the most first.
        words: what else to tell: types of changes, and ``conflict``.
        zone: in which times are told besides, None for as published and UTC.
        has_zone: whether there is such a zone; that of the machine is None, too.
        definition: a digest of what is asked for, which changes when that does.
    """

    name: str
    channels: tuple[str, ...]
    selection: Selection
    days: tuple[int, ...]
    words: frozenset[str]
    zone: tzinfo | None = field(repr=False)
    has_zone: bool
    definition: str


@dataclass(frozen=True, slots=True)
class Subscriptions:
    """All that a file says."""

    channels: Mapping[str, Channel]
    subscriptions: tuple[Subscription, ...]


def read_subscriptions(
    path: Path, vocabulary: Vocabulary, secret_of: SecretOf
) -> Subscriptions:
    """Read and check a file; paths in it start at its own folder.

    Raises:
        BadSubscriptionsError: something in it cannot be meant.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadSubscriptionsError(
            f"{path} cannot be read: {getattr(error, 'strerror', None) or 'no UTF-8'}",
            "docs/subscriptions.example.yml shows such a file",
        ) from None
    return parse_subscriptions(text, path, vocabulary, secret_of)


def parse_subscriptions(
    text: str, path: Path, vocabulary: Vocabulary, secret_of: SecretOf
) -> Subscriptions:
    """Check what a file says; ``path`` is for what is told, and for paths in it.

    Raises:
        BadSubscriptionsError: something in it cannot be meant.
    """
    top = _Fields(path, "", _mapping_of(text, path))
    channels: dict[str, Channel] = {
        entry.name: _channel(entry, path, secret_of) for entry in top.named("channels")
    }
    subscriptions = tuple(
        _subscription(entry, vocabulary, channels)
        for entry in top.named("subscriptions")
    )
    top.end()
    return Subscriptions(channels, subscriptions)


def _mapping_of(text: str, path: Path) -> Mapping[str, Body]:
    try:
        parsed = parse_yaml(text)
    except UnusableDocumentError as error:
        raise BadSubscriptionsError(f"{path.name}: {error.detail}") from None
    for finding in parsed.findings:
        raise BadSubscriptionsError(
            f"{path.name}, {finding.position}: {finding.detail}"
        )
    if not isinstance(parsed.body, dict):
        raise BadSubscriptionsError(
            f"{path.name}: channels and subscriptions are expected here"
        )
    return parsed.body


class _Fields:
    """The fields of one mapping, each checked as it is taken."""

    def __init__(
        self, path: Path, where: str, fields: Mapping[str, Body], name: str = ""
    ) -> None:
        self._path = path
        self._where = where
        self._left = dict(fields)
        self._taken: list[str] = []
        self.name = name

    def named(self, key: str) -> "list[_Fields]":
        """Take a mapping of names to mappings."""
        value = self._take(key)
        if not isinstance(value, dict) or not value:
            self.refuse(key, "is missing" if value is None else "has no entries")
        entries = []
        for name, fields in value.items():
            if not _NAME.fullmatch(name):
                self.refuse(key, f"{name[:60]!r} is no name of letters and digits")
            if not isinstance(fields, dict):
                self.refuse(f"{key}.{name}", "keys with values are expected here")
            entries.append(_Fields(self._path, f"{key}.{name}", fields, name))
        return entries

    def optional(self, key: str) -> str | None:
        """Take a text, None if there is none."""
        value = self._take(key)
        if value is None:
            return None
        if not isinstance(value, str) or not value.strip():
            self.refuse(key, "a text is expected here")
        if not value.isprintable():
            self.refuse(key, "has characters that cannot be printed")
        return value.strip()

    def text(self, key: str) -> str:
        """Take a text that has to be there."""
        value = self.optional(key)
        if value is None:
            self.refuse(key, "is missing")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """Take a list of texts, or one text; none is an empty one."""
        value = self._take(key)
        if value is None:
            return ()
        found = [value] if isinstance(value, str) else value
        if not isinstance(found, list) or not found:
            self.refuse(key, "a list of texts is expected here")
        texts = []
        for one in found:
            if not isinstance(one, str) or not one.strip() or not one.isprintable():
                self.refuse(key, "a list of texts is expected here")
            texts.append(one.strip())
        return tuple(texts)

    def whole(self, key: str, usual: int, most: int) -> int:
        """Take a whole number from 1 on."""
        text = self.optional(key)
        return usual if text is None else self.number(key, text, most)

    def number(self, key: str, text: str, most: int) -> int:
        """Return the whole number that a text is."""
        if not text.isascii() or not text.isdigit() or not 1 <= int(text[:9]) <= most:
            self.refuse(key, f"{text!r} is no whole number from 1 to {most:,}")
        return int(text)

    def one_of(self, key: str, known: Sequence[str], usual: str | None = None) -> str:
        """Take one of some words."""
        text = self.optional(key)
        if text is None and usual is not None:
            return usual
        if text is None:
            self.refuse(key, f"is missing: give {_or(known)}")
        if text not in known:
            self.refuse(key, f"{text!r} is not {_or(known)}")
        return text

    def variable(self, key: str, secret_of: SecretOf) -> SecretStr | None:
        """Take the name of a variable and return what it says."""
        name = self.optional(key)
        if name is None:
            return None
        if not _VARIABLE.fullmatch(name):
            self.refuse(key, "is no name of a variable of the environment")
        found = secret_of(name)
        if found is None:
            self.refuse(key, f"the variable {name} is not set")
        return found

    def mailboxes(self, key: str) -> tuple[Mailbox, ...]:
        """Take mail addresses, each plain or as ``Name <address>``."""
        return tuple(self.mailbox(key, text) for text in self.texts(key))

    def mailbox(self, key: str, text: str) -> Mailbox:
        """Return the mailbox that a text names."""
        match = _NAMED_MAIL.fullmatch(text)
        address = (match["address"] if match else text).strip()
        if not _MAIL.fullmatch(address):
            self.refuse(key, f"{text!r} is no mail address")
        return Mailbox(address, match["name"].strip() if match else "")

    def has(self, key: str) -> bool:
        """Tell whether there is such a key that was not taken."""
        self._taken.append(key)
        return key in self._left

    def end(self) -> None:
        """Refuse what was not taken."""
        for key in self._left:
            alike = difflib.get_close_matches(key, self._taken, n=1)
            hint = f"; did you mean {alike[0]}?" if alike else ""
            self.refuse(key, f"is no key of this file{hint}")

    def refuse(self, key: str, problem: str) -> NoReturn:
        """Say what is wrong, and where.

        Raises:
            BadSubscriptionsError: always.
        """
        place = f"{self._where}.{key}" if self._where else key
        raise BadSubscriptionsError(
            f"{self._path.name}, {place}: {problem}",
            "docs/subscriptions.example.yml shows every key",
        )

    def _take(self, key: str) -> Body | None:
        self._taken.append(key)
        return self._left.pop(key, None)


def _channel(entry: _Fields, path: Path, secret_of: SecretOf) -> Channel:
    kind = entry.one_of("kind", ("mail", "webhook", "file"))
    channel: Channel
    match kind:
        case "mail":
            channel = _mail(entry, path, secret_of)
        case "webhook":
            channel = _webhook(entry, secret_of)
        case _:
            channel = FileChannel(entry.name, _path(entry, "path", path))
            if channel.path.is_dir() or not channel.path.parent.is_dir():
                entry.refuse("path", "names no file in a folder that is there")
    entry.end()
    return channel


def _mail(entry: _Fields, path: Path, secret_of: SecretOf) -> MailChannel:
    security = Security(
        entry.one_of("security", [*map(str, Security)], Security.STARTTLS)
    )
    host = entry.text("host")
    user = entry.optional("user")
    password = entry.variable("password_env", secret_of)
    sender = entry.mailbox("from", entry.text("from"))
    recipients = entry.mailboxes("to")
    if not recipients:
        entry.refuse("to", "is missing")
    if len(recipients) > MAX_RECIPIENTS:
        entry.refuse("to", f"has more than {MAX_RECIPIENTS} addresses")
    if (user is None) != (password is None):
        entry.refuse("user" if user is None else "password_env", "is missing")
    if password is not None and security is Security.NONE and not _is_here(host):
        entry.refuse("security", "is none, and a password would go over the network")
    ca_file = None
    if entry.has("ca_file"):
        ca_file = _path(entry, "ca_file", path)
        if not ca_file.is_file():
            entry.refuse("ca_file", "names no file")
    return MailChannel(
        name=entry.name,
        host=host,
        port=entry.whole("port", _PORTS[security], 65_535),
        security=security,
        sender=sender,
        recipients=recipients,
        user=user,
        password=password,
        ca_file=ca_file,
    )


def _webhook(entry: _Fields, secret_of: SecretOf) -> WebhookChannel:
    given = entry.optional("url")
    secret = entry.variable("url_env", secret_of)
    if (given is None) == (secret is None):
        entry.refuse("url_env", "give either url_env, or url where it is no secret")
    url = secret or SecretStr(given or "")
    if not is_web_address(url.get_secret_value()):
        entry.refuse("url_env" if secret else "url", "holds no http or https address")
    shape = entry.one_of("format", [*map(str, Shape)], Shape.TEXT)
    return WebhookChannel(entry.name, url, Shape(shape))


def _subscription(
    entry: _Fields, vocabulary: Vocabulary, channels: Collection[str]
) -> Subscription:
    wanted = entry.texts("channels")
    if not wanted:
        entry.refuse("channels", "is missing")
    for name in wanted:
        if name not in channels:
            entry.refuse("channels", f"{name!r} is none of {_or(sorted(channels))}")
    query = {
        "area": entry.texts("areas"),
        "rank": entry.texts("ranks"),
        "kind": entry.texts("kinds"),
        "series": entry.texts("series"),
        "search": entry.texts("search"),
    }
    days = sorted(
        {entry.number("due", text, MAX_DAYS) for text in entry.texts("due")},
        reverse=True,
    )
    if len(days) > MAX_REMINDERS:
        entry.refuse("due", f"has more than {MAX_REMINDERS} days")
    words = frozenset(entry.texts("tell"))
    for word in sorted(words):
        if word not in WORDS:
            entry.refuse("tell", f"{word!r} is not {_or(WORDS)}")
    if not days and not words:
        entry.refuse("tell", "nothing is to be told: give due, tell, or both")
    zone_text = entry.optional("timezone")
    zone = _zone(entry, zone_text)
    entry.end()
    try:
        selection = selection_of(query, vocabulary)
    except BadQueryError as error:
        entry.refuse(_PLURALS[error.parameter], error.message.partition(": ")[2])
    return Subscription(
        name=entry.name,
        channels=tuple(dict.fromkeys(wanted)),
        selection=selection,
        days=tuple(days),
        words=words,
        zone=zone,
        has_zone=zone_text is not None,
        definition=_digest(selection, words),
    )


_PLURALS = {
    "area": "areas",
    "rank": "ranks",
    "kind": "kinds",
    "series": "series",
    "search": "search",
}


def _digest(selection: Selection, words: Iterable[str]) -> str:
    """Return what tells this choice of news from another; reminders have no past."""
    parts = (
        selection.words,
        sorted(selection.areas),
        sorted(selection.ranks),
        sorted(selection.kinds),
        sorted(selection.series_keys),
        sorted(words),
    )
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def _zone(entry: _Fields, text: str | None) -> tzinfo | None:
    if text is None:
        return None
    try:
        return parse_zone(text)
    except ValueError as error:
        entry.refuse("timezone", str(error))


def _path(entry: _Fields, key: str, file: Path) -> Path:
    return file.resolve().parent / Path(entry.text(key)).expanduser()


def _is_here(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _or(words: Sequence[str]) -> str:
    return " or ".join(filter(None, (", ".join(words[:-1]), words[-1])))
