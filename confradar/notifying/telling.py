"""Tell every subscription its news, by each of its channels, once.

What happens if the sender dies, or a server hangs up, between sending and noting: a
message by mail or webhook is not sent again, since nobody could take it back; it is
kept as unsure, and a person decides. A file is looked into.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from time import sleep

from confradar.notifying.channels import (
    UndeliveredError,
    deliver,
    most_events,
    told_in_file,
)
from confradar.notifying.events import Event, News, events_of, news_of
from confradar.notifying.ledger import Ledger, Place, UnsureMessage
from confradar.notifying.messages import Message, item_of, message_of
from confradar.notifying.subscriptions import (
    Channel,
    FileChannel,
    Subscription,
    Subscriptions,
)
from confradar.readers import Snapshot
from confradar.warehouse import Change

WAITS = (0.5, 2.0)
"""Seconds before the second try, and before the third and last."""


class State(StrEnum):
    """What became of a message."""

    SENT = "sent"
    WOULD_SEND = "would_send"
    FAILED = "failed"  # it did not get through, and the next run tries again
    UNSURE = "unsure"  # it may have got through, and no run tries again by itself


@dataclass(frozen=True, slots=True)
class Told:
    """What became of one message, and what went wrong with it if anything did."""

    place: Place
    state: State
    message: Message
    errors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Begun:
    """A subscription that is looked at for the first time, and what it is spared."""

    place: Place
    left_out_count: int


@dataclass(frozen=True, slots=True)
class Report:
    """What a run told."""

    told: tuple[Told, ...] = ()
    begun: tuple[Begun, ...] = ()
    errors: tuple[str, ...] = ()
    unsure: tuple[UnsureMessage, ...] = ()

    @property
    def has_failed(self) -> bool:
        """Tell whether anything went wrong in this run."""
        return bool(self.errors) or any(
            one.errors or one.state in (State.FAILED, State.UNSURE) for one in self.told
        )


@dataclass(slots=True)
class Teller:
    """Tells by what is given.

    Attributes:
        said: what the file says.
        snapshot: the deadlines.
        changes: those that may be news.
        ledger: the notes.
        clock: tells the present instant.
        is_dry: nothing is sent, and nothing noted.
        waits: seconds between tries.
        again: of events that were unsure and are to be told again, their message.
    """

    said: Subscriptions
    snapshot: Snapshot
    changes: Sequence[Change]
    ledger: Ledger
    clock: Callable[[], datetime]
    is_dry: bool = False
    waits: Sequence[float] = WAITS
    again: dict[tuple[Place, str], str] = field(default_factory=dict)

    def tell(self, *, is_again: bool = False) -> Report:
        """Tell all that there is to tell; with ``is_again`` also what was unsure."""
        told: list[Told] = []
        begun: list[Begun] = []
        errors = [] if self.is_dry else list(self._look_into_files())
        if is_again:
            self._take_back()
        for subscription in self.said.subscriptions:
            for name in subscription.channels:
                place = Place(subscription.name, name)
                first, messages = self._news(subscription, place)
                if first is not None:
                    begun.append(first)
                channel = self.said.channels[name]
                told.extend(self._told(place, channel, one) for one in messages)
        return Report(
            told=tuple(told),
            begun=tuple(begun),
            errors=tuple(errors),
            unsure=tuple(self.ledger.unsure()),
        )

    def _news(
        self, subscription: Subscription, place: Place
    ) -> tuple[Begun | None, list[Message]]:
        """Note the news of one subscription and channel, and return its messages."""
        now = self.snapshot.now(self.clock())
        record = self.ledger.record_of(place)
        if self.is_dry:
            again = frozenset(key for where, key in self.again if where == place)
            record = replace(
                record,
                noted=record.noted - again,
                intended=record.intended | again,
            )
        events = events_of(subscription, self.snapshot, self.changes, now)
        news = news_of(events, record, subscription.definition)
        summaries = {
            event.key: item_of(event, subscription, now).text for event in news.told
        }
        if not self.is_dry:
            self.ledger.note(
                place, subscription.definition, news, summaries, self.clock(), now
            )
        first = Begun(place, len(news.left_out)) if record.looked_at is None else None
        return first, [
            message_of(subscription, place.channel, group, now, self.clock())
            for group in self._groups(place, news)
        ]

    def _groups(self, place: Place, news: News) -> Iterator[list[Event]]:
        """Yield what goes into one message: by itself what was one message before."""
        rest: list[Event] = []
        before: dict[str, list[Event]] = {}
        for event in news.told:
            message_id = self.again.get((place, event.key))
            group = rest if message_id is None else before.setdefault(message_id, [])
            group.append(event)
        yield from before.values()
        most = most_events(self.said.channels[place.channel])
        for start in range(0, len(rest), most):
            yield rest[start : start + most]

    def _told(self, place: Place, channel: Channel, message: Message) -> Told:
        if self.is_dry:
            return Told(place, State.WOULD_SEND, message)
        for wait in (*self.waits, None):
            try:
                refused = deliver(
                    channel, message, lambda: self.ledger.sending(place, message)
                )
            except UndeliveredError as error:
                if error.is_unsure:
                    return Told(place, State.UNSURE, message, (error.message,))
                self.ledger.kept(place, message)
                if wait is None or error.is_lasting:
                    return Told(place, State.FAILED, message, (error.message,))
                sleep(wait)
                continue
            self.ledger.sent(place, message, self.clock())
            return Told(place, State.SENT, message, refused)
        raise AssertionError("the last try ends the loop")

    def _look_into_files(self) -> Iterator[str]:
        """Find out of files what became of messages; yield what cannot be found out."""
        for name, channel in self.said.channels.items():
            unsure = [one for one in self.ledger.unsure() if one.channel == name]
            if not isinstance(channel, FileChannel) or not unsure:
                continue
            try:
                stands = told_in_file(channel, [one.message_id for one in unsure])
            except UndeliveredError as error:
                yield error.message
                continue
            self.ledger.settle(
                [one for one in unsure if one.message_id in stands], self.clock()
            )
            self.ledger.settle(
                [one for one in unsure if one.message_id not in stands], None
            )

    def _take_back(self) -> None:
        unsure = self.ledger.unsure()
        self.again = message_of_each(unsure)
        if not self.is_dry:
            self.ledger.settle(unsure, None)


def message_of_each(unsure: Iterable[UnsureMessage]) -> dict[tuple[Place, str], str]:
    """Return for each event that is unsure the message that it was in."""
    return {
        (Place(one.subscription, one.channel), event): one.message_id
        for one in unsure
        for event in one.events
    }
