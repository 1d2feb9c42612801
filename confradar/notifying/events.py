"""What there is to tell a subscription: pure, from the marts and from what was told.

An event has a key that no other has, and keeps it: a reminder the deadline, its instant
and the days before, a change that of the ledger, a conflict its deadline and what is
said. By these keys nothing is told twice.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from confradar.kinds import ChangeType
from confradar.notifying.subscriptions import CONFLICT, Subscription
from confradar.readers import Snapshot
from confradar.readers.rows import of_change
from confradar.warehouse import Change, CurrentDeadline

WINDOW = timedelta(days=31)
"""How far back changes are looked for: what was seen earlier is no news."""

DUE = "due"


@dataclass(frozen=True, slots=True)
class Event:
    """Something to tell.

    Attributes:
        key: by which it is told once.
        word: ``due``, a type of change, or ``conflict``.
        deadline: the key of the deadline that it is about.
        said: what is said of it, the same for sources that say the same; empty where
            that tells nothing.
        seen_at: when a source was seen to say so; None of a reminder.
        is_over: all that it is about has passed.
        row: the deadline, of a reminder or a conflict.
        change: the change, of one.
        sources: who says so.
    """

    key: str
    word: str
    deadline: str
    said: str = ""
    seen_at: datetime | None = None
    is_over: bool = False
    row: CurrentDeadline | None = field(default=None, repr=False)
    change: Change | None = field(default=None, repr=False)
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Record:
    """What is noted of a subscription and one of its channels.

    Attributes:
        looked_at: when news were looked for last; None before the first time.
        definition: of the subscription then.
        noted: keys of events that need no telling: told, on the way, or left out.
        intended: keys of those that were to be told, and certainly were not.
        said: of deadlines, what was noted last of what is said of them.
    """

    looked_at: datetime | None = None
    definition: str = ""
    noted: frozenset[str] = frozenset()
    intended: frozenset[str] = frozenset()
    said: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class News:
    """What to tell, and what to note without telling it: of old, said before, over."""

    told: tuple[Event, ...]
    left_out: tuple[Event, ...]


def events_of(
    subscription: Subscription,
    snapshot: Snapshot,
    changes: Iterable[Change],
    now: datetime,
) -> list[Event]:
    """Return all that a subscription asks for: reminders first, then by when seen.

    Args:
        subscription: which deadlines, and what of them.
        snapshot: the deadlines.
        changes: those of the ledger that may be news.
        now: from which time left counts.
    """
    wanted = snapshot.select(subscription.selection)
    events: list[Event] = []
    for row in wanted:
        events.extend(_reminders(row, subscription.days, now))
    news: list[Event] = []
    if CONFLICT in subscription.words:
        news.extend(_conflicts(wanted, now))
    for change in changes:
        if change.change_type in subscription.words and subscription.selection.has(
            of_change(change)
        ):
            news.append(_change(change, now))
    return events + sorted(news, key=lambda event: (event.seen_at or now, event.key))


def news_of(events: Sequence[Event], record: Record, definition: str) -> News:
    """Return what of the events is to be told, in view of what is noted.

    The first look, and the first after the subscription asks for something else, tell
    reminders and what came up since the look before: not the history of years.
    """
    told: dict[str, Event] = {}
    latest: dict[str, str] = {}  # of each deadline, the key of what is told last
    left_out: list[Event] = []
    said = dict(record.said)
    for event in events:
        if event.key in record.noted:
            continue
        is_of_old = event.key not in record.intended and _is_of_old(
            event, record, definition
        )
        if is_of_old or event.is_over:
            left_out.append(event)
        elif event.said and said.get(event.deadline) == event.said:
            left_out.append(event)
            _add_source(told, latest.get(event.deadline, ""), event)
        else:
            told[event.key] = event
        if event.said:
            said[event.deadline] = event.said
            if event.key in told:
                latest[event.deadline] = event.key
    return News(tuple(told.values()), tuple(left_out))


def _is_of_old(event: Event, record: Record, definition: str) -> bool:
    if event.seen_at is None:
        return False
    if record.looked_at is None:
        return True
    return record.definition != definition and event.seen_at <= record.looked_at


def _add_source(told: dict[str, Event], key: str, event: Event) -> None:
    """Name who says the same as an event that is about to be told, if it is that."""
    same = told.get(key)
    if same is not None and same.said == event.said:
        sources = tuple(dict.fromkeys((*same.sources, *event.sources)))
        told[key] = replace(same, sources=sources)


def _reminders(
    row: CurrentDeadline, days: Sequence[int], now: datetime
) -> Iterator[Event]:
    """Yield the reminder that is nearest: those before it were missed, and are over."""
    if row.status != "announced" or row.due_at is None or row.due_at <= now:
        return
    due = [one for one in days if row.due_at - now <= timedelta(days=one)]
    if due:
        yield Event(
            key=f"due {row.deadline_key} {_hour(row.due_at)} {min(due)}d",
            word=DUE,
            deadline=row.deadline_key,
            row=row,
            sources=(row.source_key,),
        )


def _conflicts(rows: Iterable[CurrentDeadline], now: datetime) -> Iterator[Event]:
    for row in rows:
        if not row.has_conflict or row.due_at is None or row.status != "announced":
            continue
        claims = sorted((row.dissenting_claims or "").split("; "))
        digest = hashlib.sha256("\n".join(claims).encode()).hexdigest()[:16]
        yield Event(
            key=f"conflict {row.deadline_key} {_hour(row.due_at)} {digest}",
            word=CONFLICT,
            deadline=row.deadline_key,
            seen_at=row.revised_at,
            is_over=row.due_at <= now,
            row=row,
            sources=(row.source_key,),
        )


def _change(change: Change, now: datetime) -> Event:
    instants = [at for at in (change.old_due_at, change.new_due_at) if at is not None]
    return Event(
        key=f"change {change.change_key}",
        word=change.change_type,
        deadline=change.deadline_key or _slot(change),
        said=_said(change),
        seen_at=change.seen_at,
        is_over=bool(instants) and max(instants) <= now,
        change=change,
        sources=(change.source_key,),
    )


def _said(change: Change) -> str:
    """Return what is true by a change, in words that sources of the same share."""
    if change.change_type in (ChangeType.WITHDRAWN, ChangeType.CLEARED):
        return change.change_type
    if change.new_due_at is not None:
        return f"due {_hour(change.new_due_at)}"
    return f"due {change.new_due_text}"


def _slot(change: Change) -> str:
    place = change.conference_key or f"{change.series_text} {change.year}"
    return f"{place}/{change.track}/{change.kind}/{change.round}"


def _hour(at: datetime) -> str:
    """Return the hour of an instant: 23:59 and 23:59:59 are one date to people."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H")
