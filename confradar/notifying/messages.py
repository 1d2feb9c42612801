"""What is sent: one message for all that a subscription is told at once.

What sources write is anybody's text. It is made harmless here for mail and files, and
for chats also of what they would take for a call to everybody, a link or a picture.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from confradar.instants import time_left
from confradar.notifying.events import DUE, Event
from confradar.notifying.subscriptions import (
    CONFLICT,
    Mailbox,
    MailChannel,
    Shape,
    Subscription,
)
from confradar.readers.harmless import text_of, url_of
from confradar.warehouse import Change, CurrentDeadline
from confradar.wording import (
    change_in_words,
    due_in_words,
    what_in_words,
    zone_in_words,
)

MAX_NAME = 80  # characters of a conference, a track, a source
MAX_CLAIMS = 300
MAX_SUBJECT = 150

# Of what a chat may take for more than a letter, what people read as the same.
_SPECIAL = str.maketrans(
    "@[]`<>",
    "\N{FULLWIDTH COMMERCIAL AT}()'"
    "\N{SINGLE LEFT-POINTING ANGLE QUOTATION MARK}"
    "\N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK}",
)
_TITLES = {DUE: "Due soon", CONFLICT: "Sources differ"}


@dataclass(frozen=True, slots=True)
class Item:
    """One event as it is told: in one line, and where to look."""

    section: str
    text: str
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """What goes to one channel for one subscription.

    ``message_id`` follows from the events alone, so that the same message sent again
    is recognised as the same.
    """

    message_id: str
    subscription: str
    subject: str
    items: tuple[Item, ...]
    keys: tuple[str, ...] = field(repr=False)
    written_at: datetime = field(repr=False)


def message_of(
    subscription: Subscription,
    channel: str,
    events: Sequence[Event],
    now: datetime,
    written_at: datetime,
) -> Message:
    """Return the message that tells some events, of which there is at least one.

    Args:
        subscription: to whom.
        channel: by its name.
        events: what is told.
        now: from which time left counts.
        written_at: the present instant, for the head of a mail.
    """
    ordered = [event for event in events if event.word == DUE]
    moves = [event for event in events if event.change is not None]
    ordered += sorted(moves, key=_due_of_move)
    ordered += [event for event in events if event.word == CONFLICT]
    return Message(
        message_id=message_id(subscription.name, channel, [e.key for e in events]),
        subscription=subscription.name,
        subject=_subject(subscription.name, ordered, now),
        items=tuple(item_of(event, subscription, now) for event in ordered),
        keys=tuple(event.key for event in ordered),
        written_at=written_at,
    )


def _due_of_move(event: Event) -> tuple[datetime, str]:
    """Return by what changes are ordered: what is due next comes first."""
    change = event.change
    due = change and (change.new_due_at or change.old_due_at)
    return due or datetime.max.replace(tzinfo=UTC), event.key


def message_id(subscription: str, channel: str, keys: Sequence[str]) -> str:
    """Return what names a message: the same for the same events, in any order."""
    parts = "\n".join((subscription, channel, *sorted(keys)))
    return hashlib.sha256(parts.encode()).hexdigest()[:32]


def item_of(event: Event, subscription: Subscription, now: datetime) -> Item:
    """Return one event in one line."""
    section = _TITLES.get(event.word, "Changed")
    if event.change is not None:
        text = _changed(event.change, event.sources, subscription)
        return Item(section, text, url_of(event.change.source_url))
    row = event.row
    if row is None:
        raise ValueError("an event is about a deadline or a change")
    what = f"{_plain(row.name)}, {_what(row)}"
    due = _due(row, subscription)
    if event.word == DUE and row.due_at is not None:
        left = time_left(row.due_at, now)
        note = "; sources differ on it" if row.has_conflict else ""
        text = f"{what}: in {left}, {due}{note}"
    else:
        claims = text_of(row.dissenting_claims, MAX_CLAIMS)
        text = f"{what}: believed is {due}, says {_plain(row.source_key)}; {claims}"
    return Item(section, text, url_of(row.source_url) or url_of(row.homepage_url))


def plain_text(message: Message) -> str:
    """Return the text of a message, for people: by sections, with links below."""
    lines: list[str] = []
    section = ""
    for item in message.items:
        if item.section != section:
            section = item.section
            lines += ["", section] if lines else [section]
        lines.append(f"- {item.text}")
        if item.url:
            lines.append(f"  {item.url}")
    return "\n".join(lines) + "\n"


def mail_of(message: Message, channel: MailChannel) -> EmailMessage:
    """Return a message as mail; it goes through servers of seven bits as it is."""
    mail = EmailMessage(policy=SMTP.clone(cte_type="7bit", max_line_length=76))
    mail["From"] = _address(channel.sender)
    mail["To"] = [_address(one) for one in channel.recipients]
    mail["Subject"] = message.subject
    mail["Date"] = format_datetime(message.written_at)
    domain = channel.sender.address.rpartition("@")[2]
    mail["Message-ID"] = f"<confradar.{message.message_id}@{domain}>"
    mail["Auto-Submitted"] = "auto-generated"
    text = plain_text(message)
    mail.set_content(
        f"{text}\n-- \nTold once by ConfRadar, for the subscription "
        f"{message.subscription}\n"
    )
    return mail


def body_of(message: Message, shape: Shape) -> dict[str, object]:
    """Return a message as the JSON that a webhook takes."""
    lines = list(_chat_lines(message, shape))
    if shape is Shape.TEXT:
        return {"text": "\n".join(lines)}
    blocks = [
        {
            "type": "TextBlock",
            "text": line,
            "wrap": True,
            **({"weight": "Bolder"} if number == 0 else {}),
        }
        for number, line in enumerate(lines)
    ]
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": blocks,
    }
    return {
        "type": "message",
        "attachments": [
            {
                "contentType": "application/vnd.microsoft.card.adaptive",
                "contentUrl": None,
                "content": card,
            }
        ],
    }


def entry_of(message: Message) -> str:
    """Return a message as a file has it: its last line says that it is whole."""
    head = f"{message.written_at.astimezone(UTC):%Y-%m-%d %H:%M UTC}  {message.subject}"
    return f"{head}\n{plain_text(message)}{last_line(message.message_id)}\n\n"


def last_line(name: str) -> str:
    """Return the line that ends a message in a file, and stands for it."""
    return f"-- told as {name}"


def _chat_lines(message: Message, shape: Shape) -> Iterator[str]:
    yield _unspecial(message.subject)
    for item in message.items:
        text = f"{item.section}: {_unspecial(item.text)}"
        if item.url and shape is Shape.ADAPTIVE_CARD:
            url = item.url.replace("(", "%28").replace(")", "%29")
            text += f" [source]({url})"
        elif item.url:
            text += f" {item.url}"
        yield text


def _unspecial(text: str) -> str:
    """Return a text in which a chat sees no mention, no link and no picture.

    ``@all`` calls everybody in Mattermost, ``<!channel>`` in Slack, and brackets are
    links and pictures where Markdown is read.
    """
    return text.translate(_SPECIAL)


def _subject(name: str, events: Sequence[Event], now: datetime) -> str:
    first = events[0]
    row, change = first.row, first.change
    if row is not None:
        what = f"{_plain(row.name)} {_what(row)}"
        if first.word == DUE and row.due_at is not None:
            what += f" in {time_left(row.due_at, now)}"
        else:
            what += ": sources differ"
    elif change is not None:
        what = f"{_edition(change)} {_what(change)} {change_in_words(change)}"
    else:
        what = "news"
    more = f", and {len(events) - 1} more" if len(events) > 1 else ""
    return text_of(f"ConfRadar {name}: {what}", MAX_SUBJECT - len(more)) + more


def _changed(change: Change, sources: Sequence[str], subscription: Subscription) -> str:
    words = f"{_edition(change)}, {_what(change)}: {change_in_words(change)}"
    new = _wall(change.new_due_local, change, change.new_timezone_text)
    old = _wall(change.old_due_local, change, change.old_timezone_text)
    if change.new_due_at is not None:
        new += _instants(change.new_due_at, subscription)
    elif not new and change.new_due_text:
        new = text_of(change.new_due_text, MAX_NAME)
    if new:
        words += f", now {new}"
    if old:
        words += f", was {old}"
    return f"{words}; says {', '.join(map(_plain, sources))}"


def _wall(local: datetime | None, change: Change, zone: str | None) -> str:
    if local is None:
        return ""
    words = f"{due_in_words(local, change.due_precision)} {text_of(zone, MAX_NAME)}"
    return words.rstrip()


def _due(row: CurrentDeadline, subscription: Subscription) -> str:
    wall = row.due_local or row.due_at
    if wall is None or row.due_at is None:
        return "to be announced"
    zone = text_of(zone_in_words(row), MAX_NAME)
    words = f"{due_in_words(wall, row.due_precision)} {zone}".rstrip()
    return words + _instants(row.due_at, subscription)


def _instants(at: datetime, subscription: Subscription) -> str:
    """Return an instant in UTC, and in the subscription's zone if it has one."""
    words = f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    if subscription.has_zone:
        words += f", {_in_zone(at, subscription.zone)}"
    return f" ({words})"


def _in_zone(at: datetime, zone: tzinfo | None) -> str:
    local = at.astimezone(zone)
    return f"{local:%Y-%m-%d %H:%M} {zone or local.tzname()}"


def _edition(change: Change) -> str:
    name = change.acronym or change.series_text
    return _plain(f"{name} {change.year or ''}".rstrip())


def _what(row: CurrentDeadline | Change) -> str:
    return _plain(what_in_words(row.kind, row.track, str(row.round or "")))


def _plain(text: str) -> str:
    return text_of(text, MAX_NAME)


def _address(mailbox: Mailbox) -> Address:
    return Address(display_name=mailbox.name, addr_spec=mailbox.address)
