"""What was told to whom: the tables ``confradar.subscriptions`` and ``.notices``.

What is noted is committed at once: an event is there before its message is sent, and is
``sending`` from the moment at which the message may get through. Whoever dies then
leaves a note that nobody else takes for one that was not told.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

import psycopg
from psycopg.rows import class_row, scalar_row

from confradar.errors import ConfRadarError
from confradar.notifying.events import News, Record
from confradar.notifying.messages import Message
from confradar.sessions import clear_errors, session

LOCK_NUMBER = 7_230_273  # any fixed number: its holder is the one that tells


class LedgerError(ConfRadarError):
    """The table holds something else than what was just noted in it."""


class Place(NamedTuple):
    """A subscription and one of its channels, by their names."""

    subscription: str
    channel: str


@dataclass(frozen=True, slots=True)
class UnsureMessage:
    """A message that may have been told: its sender died, or its server hung up."""

    subscription: str
    channel: str
    message_id: str
    noted_at: datetime
    summaries: tuple[str, ...]
    events: tuple[str, ...] = field(repr=False)


class Ledger:
    """The notes, in a session of which every statement is a transaction."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self._connection = connection

    def record_of(self, place: Place) -> Record:
        """Return what is noted of a subscription and one of its channels."""
        with _clear_errors(), self._connection.transaction():
            begun = self._connection.execute(
                """
                select looked_at, definition
                from confradar.subscriptions
                where subscription = %s and channel = %s
                """,
                place,
            ).fetchone()
            if begun is None:
                return Record()
            noted = self._connection.execute(
                """
                select event, state
                from confradar.notices
                where subscription = %s and channel = %s
                """,
                place,
            ).fetchall()
            said = self._connection.execute(
                """
                select distinct on (deadline) deadline, said
                from confradar.notices
                where
                    subscription = %s and channel = %s
                    and said is not null and state <> 'intended'
                order by deadline, seen_at desc, noted_at desc, event
                """,
                place,
            ).fetchall()
        return Record(
            looked_at=begun[0],
            definition=begun[1],
            noted=frozenset(event for event, state in noted if state != "intended"),
            intended=frozenset(event for event, state in noted if state == "intended"),
            said=dict(said),
        )

    def note(
        self,
        place: Place,
        definition: str,
        news: News,
        summaries: Mapping[str, str],
        at: datetime,
        looked_at: datetime,
    ) -> None:
        """Note in one transaction that news were looked for, and what is to be told.

        What was to be told before, and is no news any more, is left out.

        Args:
            place: for whom.
            definition: of the subscription.
            news: what is to be told and what is not.
            summaries: of events that are to be told, by their keys.
            at: the present instant.
            looked_at: as of when news were looked for.
        """
        states = [*((event, "intended") for event in news.told)]
        states += [(event, "left_out") for event in news.left_out]
        with _clear_errors(), self._connection.transaction():
            self._connection.execute(
                """
                insert into confradar.subscriptions
                values (%s, %s, %s, %s, %s)
                on conflict (subscription, channel) do update set
                    definition = excluded.definition, looked_at = excluded.looked_at
                """,
                [*place, definition, at, looked_at],
            )
            self._connection.execute(
                """
                update confradar.notices set state = 'left_out'
                where
                    subscription = %s and channel = %s and state = 'intended'
                    and event <> all(%s)
                """,
                [*place, [event.key for event in news.told]],
            )
            with self._connection.cursor() as cursor:
                cursor.executemany(
                    """
                    insert into confradar.notices (
                        subscription, channel, event, state, deadline, said, seen_at,
                        summary, noted_at
                    )
                    values (%s, %s, %s, %s, %s, %s, %s, %s, %s)
                    on conflict (subscription, channel, event) do update set
                        state = excluded.state, summary = excluded.summary
                    where notices.state = 'intended'
                    """,
                    [
                        [
                            *place,
                            event.key,
                            state,
                            event.deadline,
                            event.said or None,
                            event.seen_at,
                            summaries.get(event.key),
                            at,
                        ]
                        for event, state in states
                    ],
                )

    def sending(self, place: Place, message: Message) -> None:
        """Note that a message may get through from now on.

        Raises:
            LedgerError: its events are not those that were to be told.
        """
        self._move(place, message, "intended", "sending")

    def kept(self, place: Place, message: Message) -> None:
        """Note that a message certainly did not get through, if it was about to."""
        with _clear_errors():
            self._connection.execute(
                """
                update confradar.notices set state = 'intended'
                where
                    subscription = %s and channel = %s and event = any(%s)
                    and state = 'sending'
                """,
                [*place, list(message.keys)],
            )

    def sent(self, place: Place, message: Message, at: datetime) -> None:
        """Note that a message got through."""
        self._move(place, message, "sending", "sent", sent_at=at)

    def unsure(self) -> list[UnsureMessage]:
        """Return the messages of which nobody knows whether they were told."""
        with (
            _clear_errors(),
            self._connection.cursor(row_factory=class_row(_UnsureRow)) as cursor,
        ):
            rows = cursor.execute(
                """
                select
                    subscription, channel, message_id, min(noted_at) as noted_at,
                    array_agg(coalesce(summary, event) order by event) as summaries,
                    array_agg(event order by event) as events
                from confradar.notices
                where state = 'sending'
                group by subscription, channel, message_id
                order by noted_at, subscription, channel, message_id
                """
            ).fetchall()
        return [
            UnsureMessage(
                subscription=row.subscription,
                channel=row.channel,
                message_id=row.message_id,
                noted_at=row.noted_at,
                summaries=tuple(row.summaries),
                events=tuple(row.events),
            )
            for row in rows
        ]

    def settle(
        self, messages: Collection[UnsureMessage], told_at: datetime | None
    ) -> None:
        """Note of messages that they were told, or with None that they were not."""
        with _clear_errors(), self._connection.transaction():
            for one in messages:
                self._connection.execute(
                    """
                    update confradar.notices set state = %s, sent_at = %s
                    where
                        subscription = %s and channel = %s and message_id = %s
                        and state = 'sending'
                    """,
                    [
                        "intended" if told_at is None else "sent",
                        told_at,
                        one.subscription,
                        one.channel,
                        one.message_id,
                    ],
                )

    def _move(
        self,
        place: Place,
        message: Message,
        before: str,
        after: str,
        *,
        sent_at: datetime | None = None,
    ) -> None:
        with _clear_errors(), self._connection.transaction():
            moved = self._connection.execute(
                """
                update confradar.notices
                set state = %s, message_id = %s, sent_at = %s
                where
                    subscription = %s and channel = %s and event = any(%s)
                    and state = %s
                """,
                [
                    after,
                    message.message_id,
                    sent_at,
                    *place,
                    list(message.keys),
                    before,
                ],
            ).rowcount
            if moved != len(message.keys):
                raise LedgerError(
                    f"of {len(message.keys)} notices that were {before}, {moved} are",
                    "another program writes to confradar.notices",
                )


@contextmanager
def _clear_errors() -> Iterator[None]:
    """Turn what the database says into an error that a person can act on.

    Raises:
        ConfRadarError: the server cannot be reached or refuses, or has no such table.
    """
    with clear_errors():
        try:
            yield
        except (psycopg.errors.UndefinedTable, psycopg.errors.UndefinedColumn):
            raise ConfRadarError(
                "the database is not prepared for notices",
                "confradar db migrate does that, as a user who may create roles and "
                "schemas",
            ) from None


@dataclass(frozen=True, slots=True)
class _UnsureRow:
    subscription: str
    channel: str
    message_id: str
    noted_at: datetime
    summaries: Sequence[str]
    events: Sequence[str]


@contextmanager
def only_teller(url: str, on_wait: Callable[[], None]) -> Iterator[Ledger]:
    """Be the one that tells, and open the notes; wait for another one to end.

    Raises:
        ConfRadarError: the database cannot be reached or refuses.
    """
    with session(url, autocommit=True) as opened:
        with opened.cursor(row_factory=scalar_row) as cursor:
            if not cursor.execute(
                "select pg_try_advisory_lock(%s)", [LOCK_NUMBER]
            ).fetchone():
                on_wait()
                cursor.execute("select pg_advisory_lock(%s)", [LOCK_NUMBER])
        yield Ledger(opened)


@contextmanager
def notes(url: str) -> Iterator[Ledger]:
    """Open the notes to look at them alone.

    Raises:
        ConfRadarError: the database cannot be reached or refuses.
    """
    with session(url, autocommit=True) as opened:
        yield Ledger(opened)
