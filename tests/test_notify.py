"""Notices: what is told, to whom, by what, and that it is told once."""

import json
import os
import signal
import ssl
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from pydantic import SecretStr
from typer.testing import CliRunner, Result

from confradar.cli import app
from confradar.database.credentials import free_port
from confradar.notifying import telling
from confradar.notifying.channels import UndeliveredError, deliver
from confradar.notifying.events import Event, Record, events_of, news_of
from confradar.notifying.messages import (
    Message,
    body_of,
    mail_of,
    message_id,
    message_of,
    plain_text,
)
from confradar.notifying.subscriptions import (
    BadSubscriptionsError,
    FileChannel,
    Mailbox,
    MailChannel,
    Security,
    Shape,
    Subscription,
    WebhookChannel,
    parse_subscriptions,
)
from confradar.readers import Selection, Snapshot, Vocabulary
from confradar.readers.snapshot import listed
from confradar.warehouse import Change, CurrentDeadline
from tests.conftest import ROOT, SampleRun, Site, Sites
from tests.made_rows import DEADLINE

NOW = datetime(2026, 11, 20, tzinfo=UTC)
DAY = timedelta(days=1)
VOCABULARY = Vocabulary(
    areas=("machine learning", "natural language processing", "security"),
    ranks=("CCF A", "CORE A*"),
    series_keys=frozenset({"icx", "sigmod", "vldb"}),
)
HOSTILE = (
    "ICX\r\nBcc: all@example.org\n\n<script>@all <!channel> [x](javascript:1)\u202e"
)


def deadline(
    due_at: datetime | None = NOW + 2 * DAY,
    **changed: Any,  # noqa: ANN401
) -> CurrentDeadline:
    """Return a deadline of two days ahead, seen long ago and moved the day before."""
    return replace(
        DEADLINE,
        **{
            "source_key": "a-list",
            "source_name": "A list",
            "source_url": "https://lists.example/icx",
            "label": None,
            "timezone_text": "AoE",
            "due_precision": "minute",
            "areas": "security, machine learning",
            "ranks": "CORE A*",
            "evidence": None,
            "is_timezone_stated": True,
            "due_local": datetime(2026, 11, 21, 12),  # noqa: DTZ001 - a wall time
            "due_at": due_at,
            "original_due_at": due_at,
            "revised_at": NOW - 2 * DAY,
            **changed,
        },
    )


def change(key: str = "1", **changed: Any) -> Change:  # noqa: ANN401
    row = Change(
        change_key=key,
        source_key="a-list",
        series_key="icx",
        conference_key="icx-2027",
        deadline_key="icx-2027/main/submission/1",
        title="ICX 2027",
        acronym="ICX",
        areas="security",
        ranks="CORE A*",
        series_text="ICX",
        year=2027,
        track="main",
        round="1",
        kind="submission",
        label_text=None,
        change_type="extended",
        old_due_text="2027-01-10",
        new_due_text="2027-01-17",
        old_timezone_text="AoE",
        new_timezone_text="AoE",
        old_due_at=datetime(2027, 1, 11, 11, 59, tzinfo=UTC),
        new_due_at=datetime(2027, 1, 18, 11, 59, tzinfo=UTC),
        old_due_local=datetime(2027, 1, 10, 23, 59),  # noqa: DTZ001
        new_due_local=datetime(2027, 1, 17, 23, 59),  # noqa: DTZ001
        due_precision="minute",
        days_moved=Decimal(7),
        seen_at=NOW - DAY,
        was_already_past=False,
        source_url="https://lists.example/icx",
        evidence=None,
    )
    return replace(row, **changed)


def subscription(
    *words: str, days: tuple[int, ...] = (), selection: Selection | None = None
) -> Subscription:
    return Subscription(
        name="papers",
        channels=("mail",),
        selection=selection or Selection(),
        days=days,
        words=frozenset(words),
        zone=None,
        has_zone=False,
        definition="d",
    )


def snapshot(*rows: CurrentDeadline) -> Snapshot:
    return Snapshot(
        build="b",
        as_of=NOW,
        is_replay=True,
        deadlines=tuple(listed(row) for row in rows),
        changes=(),
        vocabulary=VOCABULARY,
    )


def keys(events: list[Event] | tuple[Event, ...]) -> list[str]:
    return [event.key for event in events]


LOOKED = Record(looked_at=NOW - 2 * DAY, definition="d")


@pytest.mark.parametrize(
    ("left", "told"),
    [
        (timedelta(days=15), None),
        (timedelta(days=14), "14d"),
        (timedelta(days=4), "14d"),
        (timedelta(days=3), "3d"),
        (timedelta(hours=1), "1d"),
        (timedelta(0), None),
        (timedelta(days=-1), None),
    ],
)
def test_the_nearest_reminder_is_told_and_none_of_what_is_past(
    left: timedelta, told: str | None
) -> None:
    rows = snapshot(deadline(NOW + left))

    events = events_of(subscription(days=(14, 3, 1)), rows, [], NOW)

    assert [key.rpartition(" ")[2] for key in keys(events)] == ([told] if told else [])


@pytest.mark.parametrize("status", ["withdrawn", "tbd"])
def test_nobody_is_reminded_of_what_is_not_announced(status: str) -> None:
    rows = snapshot(deadline(status=status))

    assert events_of(subscription(days=(14,)), rows, [], NOW) == []


def test_a_deadline_that_moved_is_reminded_of_again_and_a_second_is_no_move() -> None:
    first = deadline(datetime(2026, 11, 22, 11, 59, tzinfo=UTC))
    precise = replace(first, due_at=datetime(2026, 11, 22, 11, 59, 59, tzinfo=UTC))
    moved = replace(first, due_at=datetime(2026, 11, 23, 11, 59, tzinfo=UTC))
    found = [
        keys(events_of(subscription(days=(14,)), snapshot(row), [], NOW))
        for row in (first, precise, moved)
    ]

    assert found[0] == found[1] != found[2]


def test_only_what_is_asked_for_is_told() -> None:
    wanted = subscription(
        "extended",
        days=(14,),
        selection=Selection(areas=frozenset({"security"}), words=("icx",)),
    )
    rows = snapshot(deadline(), deadline(deadline_key="b", areas="databases"))
    found = [
        change(),
        change("2", change_type="advanced"),
        change("3", areas="databases"),
        change("4", acronym="Y", title="Y", series_text="Y", series_key="y"),
    ]

    events = events_of(wanted, rows, found, NOW)

    assert [event.word for event in events] == ["due", "extended"]
    assert events[1].key == "change 1"


def test_the_first_look_tells_reminders_and_leaves_the_past_out() -> None:
    rows = snapshot(deadline(has_conflict=True, dissenting_claims="b says 2027"))
    wanted = subscription("extended", "conflict", days=(14,))
    events = events_of(wanted, rows, [change()], NOW)

    first = news_of(events, Record(), "d")

    assert [event.word for event in first.told] == ["due"]
    assert {event.word for event in first.left_out} == {"extended", "conflict"}


def test_what_was_noted_is_not_told_again_and_what_came_late_is() -> None:
    events = events_of(
        subscription("extended"),
        snapshot(),
        [change(seen_at=NOW - 20 * DAY), change("2", deadline_key="other")],
        NOW,
    )

    news = news_of(events, replace(LOOKED, noted=frozenset({"change 2"})), "d")

    assert keys(news.told) == ["change 1"]


def test_who_asks_for_something_else_is_told_what_came_since_the_last_look() -> None:
    found = [change(seen_at=NOW - 3 * DAY), change("2", deadline_key="other")]
    events = events_of(subscription("extended"), snapshot(), found, NOW)

    news = news_of(events, LOOKED, "another")

    assert keys(news.told) == ["change 2"]
    assert keys(news.left_out) == ["change 1"]


def test_what_certainly_was_not_told_is_told_also_after_that() -> None:
    found = [change(seen_at=NOW - 3 * DAY)]
    events = events_of(subscription("extended"), snapshot(), found, NOW)

    news = news_of(events, replace(LOOKED, intended=frozenset({"change 1"})), "another")

    assert keys(news.told) == ["change 1"]


def test_sources_that_say_the_same_are_told_as_one() -> None:
    seconds = change().new_due_at
    assert seconds is not None
    other = change(
        "2",
        source_key="b-list",
        new_due_at=seconds + timedelta(seconds=59),
        seen_at=NOW - DAY / 2,
    )
    events = events_of(subscription("extended"), snapshot(), [other, change()], NOW)

    together = news_of(events, LOOKED, "d")
    later = news_of(
        events[1:], replace(LOOKED, said={events[0].deadline: events[0].said}), "d"
    )

    assert keys(together.told) == ["change 1"]
    assert together.told[0].sources == ("a-list", "b-list")
    assert later.told == ()
    assert keys(later.left_out) == ["change 2"]


def test_a_date_that_moves_to_and_fro_is_told_each_time() -> None:
    forth = change()
    back = change(
        "2",
        change_type="advanced",
        old_due_at=forth.new_due_at,
        new_due_at=forth.old_due_at,
        seen_at=NOW - DAY / 2,
    )
    again = replace(forth, change_key="3", seen_at=NOW - DAY / 4)
    events = events_of(
        subscription("extended", "advanced"), snapshot(), [forth, back, again], NOW
    )

    # The first and the last say the same, and something else was said between.
    assert len(news_of(events[:2], LOOKED, "d").told) == 2
    said = {events[1].deadline: events[1].said}
    assert keys(news_of(events[2:], replace(LOOKED, said=said), "d").told) == [
        "change 3"
    ]
    assert len(news_of(events, LOOKED, "d").told) == 3


def test_a_move_of_what_is_over_is_left_out_and_one_into_the_past_is_told() -> None:
    past = NOW - DAY / 2
    over = change(old_due_at=past - DAY, new_due_at=past)
    nearer = change("2", change_type="advanced", new_due_at=past, deadline_key="b")
    events = events_of(
        subscription("extended", "advanced"), snapshot(), [over, nearer], NOW
    )

    news = news_of(events, LOOKED, "d")

    assert keys(news.told) == ["change 2"]
    assert keys(news.left_out) == ["change 1"]


def test_a_conflict_is_told_when_it_comes_up_and_when_others_say_something_new() -> (
    None
):
    def told(claims: str) -> list[str]:
        row = deadline(has_conflict=True, dissenting_claims=claims)
        return keys(events_of(subscription("conflict"), snapshot(row), [], NOW))

    assert told("b says 1; c says 2") == told("c says 2; b says 1")
    assert told("b says 1") != told("b says 2")


def test_the_name_of_a_message_follows_from_its_events_alone() -> None:
    assert message_id("a", "b", ["x", "y"]) == message_id("a", "b", ["y", "x"])
    assert message_id("a", "b", ["x"]) != message_id("a", "c", ["x"])


def message(*events: Event) -> Message:
    told = events or tuple(
        events_of(
            subscription("extended", "conflict", days=(14,)),
            snapshot(
                deadline(has_conflict=True, dissenting_claims="b-list says 1 May")
            ),
            [change()],
            NOW,
        )
    )
    return message_of(subscription(), "mail", told, NOW, NOW)


def hostile_message() -> Message:
    row = deadline(acronym=HOSTILE, source_url="javascript:alert(1)", homepage_url=None)
    return message(
        Event(key="k", word="due", deadline="d", row=row, sources=("a-list",))
    )


def test_a_message_says_what_is_due_what_changed_and_who_differs() -> None:
    text = plain_text(message())

    assert text == (
        "Due soon\n"
        "- ICX 2027, submission: in 2d 0h, 2026-11-21 12:00 AoE"
        " (2026-11-22 00:00 UTC); sources differ on it\n"
        "  https://lists.example/icx\n"
        "\n"
        "Changed\n"
        "- ICX 2027, submission: extended 7d, now 2027-01-17 23:59 AoE"
        " (2027-01-18 11:59 UTC), was 2027-01-10 23:59 AoE; says a-list\n"
        "  https://lists.example/icx\n"
        "\n"
        "Sources differ\n"
        "- ICX 2027, submission: believed is 2026-11-21 12:00 AoE"
        " (2026-11-22 00:00 UTC), says a-list; b-list says 1 May\n"
        "  https://lists.example/icx\n"
    )


MAIL = MailChannel(
    name="mail",
    host="127.0.0.1",
    port=0,
    security=Security.NONE,
    sender=Mailbox("radar@example.org", "ConfRadar ✓"),
    recipients=(Mailbox("ada@example.org"),),
)


def test_a_mail_is_seven_bits_and_has_a_name_of_its_own() -> None:
    data = mail_of(message(), MAIL).as_bytes()
    mail = message_from_bytes(data, policy=default)

    assert data.isascii()
    assert max(map(len, data.split(b"\r\n"))) < 200
    assert mail["Message-ID"] == f"<confradar.{message().message_id}@example.org>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["From"].addresses[0].display_name == "ConfRadar ✓"
    assert mail["Subject"] == (
        "ConfRadar papers: ICX 2027 submission in 2d 0h, and 2 more"
    )


def test_hostile_text_gets_into_no_header_and_no_link() -> None:
    mail = message_from_bytes(
        mail_of(hostile_message(), MAIL).as_bytes(), policy=default
    )

    assert isinstance(mail, EmailMessage)
    assert set(mail.keys()) == {
        *("From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted"),
        *("MIME-Version", "Content-Type", "Content-Transfer-Encoding"),
    }
    assert "\u202e" not in mail["Subject"] + mail.get_content()
    assert "javascript:alert" not in mail.get_content()
    assert len(plain_text(hostile_message()).splitlines()) == 2


def test_hostile_text_calls_nobody_in_a_chat_and_makes_no_link() -> None:
    text = str(body_of(hostile_message(), Shape.TEXT)["text"])
    card = json.dumps(body_of(hostile_message(), Shape.ADAPTIVE_CARD))

    for said in (text, card):
        assert "@" not in said
        assert "](javascript" not in said
        assert "\u202e" not in said
    assert "<" not in text


def test_teams_is_given_a_card_and_other_chats_a_text() -> None:
    text = body_of(message(), Shape.TEXT)
    card: Any = body_of(message(), Shape.ADAPTIVE_CARD)

    assert text.keys() == {"text"}
    (attachment,) = card["attachments"]
    assert card["type"] == "message"
    assert attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
    assert attachment["content"]["type"] == "AdaptiveCard"
    assert len(attachment["content"]["body"]) == 1 + len(message().items)
    assert "[source](https://lists.example/icx)" in json.dumps(card)


GOOD = """
channels:
  mail: {kind: mail, host: smtp.example.org, from: a@b.example, to: c@d.example}
subscriptions:
  papers: {channels: mail, due: [3], tell: [extended]}
"""


def parse(text: str, **secrets: str) -> Any:  # noqa: ANN401
    return parse_subscriptions(
        text,
        Path("/here/subs.yml"),
        VOCABULARY,
        lambda name: SecretStr(secrets[name]) if name in secrets else None,
    )


def test_a_short_file_has_sensible_defaults() -> None:
    said = parse(GOOD)

    mail = said.channels["mail"]
    assert (mail.port, mail.security) == (587, Security.STARTTLS)
    assert said.subscriptions[0].days == (3,)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("due:", "dew:", "subscriptions.papers.dew: is no key of this file; did you"),
        ("[3]", "[0]", "papers.due: '0' is no whole number from 1 to 365"),
        ("[3]", "[3 days]", "papers.due: '3 days' is no whole number"),
        ("extended", "extendet", "papers.tell: 'extendet' is not announced"),
        ("due: [3], tell: [extended]", "areas: security", "nothing is to be told"),
        ("due:", "areas: [securty], due:", "papers.areas: 'securty' is not known; did"),
        ("due:", "ranks: [Z], due:", "papers.ranks: 'z' is not known"),
        ("due:", "kinds: [poster], due:", "papers.kinds: 'poster' is not known"),
        ("due:", "series: [icz], due:", "papers.series: 'icz' is not known"),
        ("due:", "timezone: Nowhere, due:", "papers.timezone: no time zone is called"),
        ("channels: mail,", "channels: mial,", "papers.channels: 'mial' is none of"),
        ("channels: mail,", "", "papers.channels: is missing"),
        ("kind: mail", "kind: pigeon", "channels.mail.kind: 'pigeon' is not mail"),
        ("c@d.example", "c@", "channels.mail.to: 'c@' is no mail address"),
        ("c@d.example", '"c@d.example\\nBcc: x@y.example"', "channels.mail.to: a list"),
        ("a@b.example", "a b", "channels.mail.from: 'a b' is no mail address"),
        ("host: smtp.example.org, ", "", "channels.mail.host: is missing"),
        ("to:", "password: x, to:", "channels.mail.password: is no key of this"),
        ("to:", "user: x, to:", "channels.mail.password_env: is missing"),
        ("to:", "user: x, password_env: P, to:", "the variable P is not set"),
        ("to:", "port: 99999, to:", "channels.mail.port: '99999' is no whole number"),
        ("to:", "security: ssl, to:", "channels.mail.security: 'ssl' is not starttls"),
        ("to:", "ca_file: gone.pem, to:", "channels.mail.ca_file: names no file"),
        ("papers:", "'\\x07':", "subs.yml"),
        ("subscriptions:", "subscribers:", "subscriptions: is missing"),
        (GOOD, "[1, 2]", "subs.yml: channels and subscriptions are expected"),
        (GOOD, "a: [", "subs.yml"),
        (GOOD, "", "subs.yml: the file holds no value"),
    ],
)
def test_what_makes_no_sense_in_a_file_is_told_with_its_place(
    old: str, new: str, said: str
) -> None:
    assert old in GOOD

    with pytest.raises(BadSubscriptionsError) as caught:
        parse(GOOD.replace(old, new, 1))

    assert said in caught.value.message
    assert "\n" not in caught.value.message


@pytest.mark.parametrize(
    ("channel", "said"),
    [
        ("kind: webhook, url: 'ftp://x.example'", "url: holds no http or https"),
        ("kind: webhook, url: 'javascript:1'", "url: holds no http or https"),
        ("kind: webhook", "url_env: give either"),
        ("kind: webhook, url: 'http://x.example', url_env: HOOK", "give either"),
        ("kind: webhook, url_env: HOOK, format: html", "'html' is not text or"),
        ("kind: webhook, url_env: BAD", "url_env: holds no http or https address"),
        ("kind: file, path: gone/notices.txt", "path: names no file in a folder"),
        ("kind: file", "path: is missing"),
        (
            "kind: mail, host: x.example, from: a@b.c, to: a@b.c, security: none,"
            " user: u, password_env: HOOK",
            "a password would go over the network",
        ),
    ],
)
def test_what_makes_no_sense_in_a_channel_is_told_without_a_secret(
    channel: str, said: str
) -> None:
    text = f"channels: {{one: {{{channel}}}}}\nsubscriptions: {{}}"

    with pytest.raises(BadSubscriptionsError) as caught:
        parse(text, HOOK="https://chat.example/T0p-S3cret", BAD="T0p-S3cret")

    assert said in caught.value.message
    assert "S3cret" not in str(caught.value)


def test_the_example_is_understood() -> None:
    said = parse_subscriptions(
        (ROOT / "docs" / "subscriptions.example.yml").read_text("utf-8"),
        ROOT / "docs" / "subscriptions.example.yml",
        VOCABULARY,
        lambda _: SecretStr("https://chat.example/hook"),
    )

    assert len(said.channels) == 4
    assert [one.name for one in said.subscriptions] == ["my-papers", "lab", "tutorials"]


@dataclass(slots=True)
class Post:
    """A mail server: what it took, how it refuses, and whom it kills."""

    port: int = 0
    data: list[bytes] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)
    refused_recipient: str = ""
    users: list[str] = field(default_factory=list)
    on_greeting: Callable[[], None] = lambda: None
    on_data: Callable[[], None] = lambda: None

    async def handle_EHLO(  # noqa: N802 - as the library calls it
        self,
        server: SMTP,
        session: Session,
        envelope: Envelope,
        hostname: str,
        responses: list[str],
    ) -> list[str]:
        del server, envelope
        session.host_name = hostname
        self.on_greeting()
        return responses

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, to: str, _: list[str]
    ) -> str:
        del server, session
        if to == self.refused_recipient:
            return "550 no such user"
        envelope.rcpt_tos.append(to)
        return "250 OK"

    async def handle_DATA(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        del server, session
        if self.refusals:
            return self.refusals.pop(0)
        assert isinstance(envelope.content, bytes)
        self.data.append(envelope.content)
        self.recipients += envelope.rcpt_tos
        self.on_data()
        return "250 OK"

    def log_in(
        self,
        server: SMTP,
        session: Session,
        envelope: Envelope,
        mechanism: str,
        given: LoginPassword,
    ) -> AuthResult:
        del server, session, envelope, mechanism
        self.users.append(given.login.decode())
        return AuthResult(success=given.password == b"a w0rd", handled=False)

    @property
    def mails(self) -> list[EmailMessage]:
        return [message_from_bytes(one, policy=default) for one in self.data]


@pytest.fixture
def post() -> Iterator[Post]:
    made = Post()
    made.port = free_port()
    controller = Controller(made, hostname="127.0.0.1", port=made.port)
    controller.start()
    yield made
    controller.stop()


@dataclass(slots=True)
class Hook:
    """A webhook: what it answers, what it took, and whom it kills."""

    url: str
    statuses: list[int] = field(default_factory=list)
    bodies: list[dict[str, Any]] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    on_post: Callable[[], None] = lambda: None


@pytest.fixture
def hook() -> Iterator[Hook]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status = made.statuses.pop(0) if made.statuses else 200
            if status == 200:
                made.bodies.append(json.loads(body))
                made.names.append(self.headers["Idempotency-Key"])
            made.on_post()
            if status:
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        made = Hook(f"http://127.0.0.1:{server.server_port}/T0p-S3cret")
        thread = threading.Thread(target=server.serve_forever, args=[0.02])
        thread.start()
        yield made
        server.shutdown()
        thread.join()


class Moments:
    """Counts how often a message was about to get through."""

    count = 0

    def __call__(self) -> None:
        self.count += 1


def test_mail_goes_over_tls_with_a_password(tmp_path: Path) -> None:
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
            *("-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"),
            *("-keyout", tmp_path / "key.pem", "-out", tmp_path / "cert.pem"),
        ],
        check=True,
        capture_output=True,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
    made = Post()
    controller = Controller(
        made,
        hostname="127.0.0.1",
        port=free_port(),
        tls_context=context,
        require_starttls=True,
        authenticator=made.log_in,
    )
    controller.start()
    try:
        strange = replace(
            MAIL,
            port=controller.port,
            security=Security.STARTTLS,
            user="ada",
            password=SecretStr("a w0rd"),
        )
        known = replace(strange, ca_file=tmp_path / "cert.pem")
        wrong = replace(known, password=SecretStr("T0p-S3cret"))
        moments = Moments()

        deliver(known, message(), moments)
        assert moments.count == 1
        with pytest.raises(UndeliveredError, match="verify failed") as caught:
            deliver(strange, message(), moments)
        assert caught.value.is_lasting
        with pytest.raises(UndeliveredError, match="refuses the user") as caught:
            deliver(wrong, message(), moments)
        assert "S3cret" not in str(caught.value)
    finally:
        controller.stop()

    assert moments.count == 1
    assert set(made.users) == {"ada"}
    assert len(made.mails) == 1


def test_a_server_without_tls_is_given_no_mail(post: Post) -> None:
    moments = Moments()
    channel = replace(MAIL, port=post.port, security=Security.STARTTLS)

    with pytest.raises(UndeliveredError, match="STARTTLS") as caught:
        deliver(channel, message(), moments)

    assert caught.value.is_lasting
    assert (post.data, moments.count) == ([], 0)


def test_one_recipient_that_is_refused_keeps_no_mail_from_the_others(
    post: Post,
) -> None:
    post.refused_recipient = "gone@example.org"
    channel = replace(
        MAIL,
        port=post.port,
        recipients=(Mailbox("gone@example.org"), Mailbox("ada@example.org")),
    )

    refused = deliver(channel, message(), Moments())

    assert post.recipients == ["ada@example.org"]
    assert "gone@example.org" in refused[0]


def test_a_mail_server_that_is_not_there_took_nothing(post: Post) -> None:
    del post
    moments = Moments()

    with pytest.raises(UndeliveredError, match="does not answer") as caught:
        deliver(replace(MAIL, port=1), message(), moments)

    assert (caught.value.is_unsure, moments.count) == (False, 0)


@pytest.mark.parametrize(
    ("status", "is_unsure", "is_lasting"),
    [
        (404, False, True),
        (302, False, True),
        (429, False, False),
        (503, False, False),
        (504, True, True),
        (0, True, False),
    ],
)
def test_a_webhook_is_believed_to_have_taken_what_it_may_have(
    hook: Hook, status: int, is_unsure: bool, is_lasting: bool
) -> None:
    hook.statuses = [status]
    channel = WebhookChannel("chat", SecretStr(hook.url), Shape.TEXT)

    with pytest.raises(UndeliveredError) as caught:
        deliver(channel, message(), Moments())

    assert (caught.value.is_unsure, caught.value.is_lasting) == (is_unsure, is_lasting)
    assert "S3cret" not in str(caught.value)


def test_a_file_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    channel = FileChannel("diary", tmp_path)

    with pytest.raises(UndeliveredError, match="cannot be written"):
        deliver(channel, message(), Moments())


@dataclass(slots=True)
class Desk:
    """A database, a file of subscriptions, and the command on them."""

    site: Site
    folder: Path
    variables: dict[str, str] = field(default_factory=dict)

    @property
    def diary(self) -> str:
        path = self.folder / "notices.txt"
        return path.read_text("utf-8") if path.exists() else ""

    def subscribe(self, channel: str, *, more: str = "") -> None:
        (self.folder / "subs.yml").write_text(
            f"channels:\n  one: {{{channel}}}\n"
            "  diary: {kind: file, path: notices.txt}\n"
            "subscriptions:\n"
            "  osdi: {channels: one, series: osdi, due: [14], tell: [extended]"
            f"{more}}}\n",
            "utf-8",
        )

    def notify(self, *options: str, expects: int = 0) -> Result:
        os.environ.update(self.site.environment() | self.variables)
        file = str(self.folder / "subs.yml")
        done = CliRunner().invoke(app, ["notify", "--file", file, *options])
        assert done.exit_code == expects, done.output
        return done

    def begun(self) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [
                *(sys.executable, "-m", "confradar", "notify", "--file"),
                str(self.folder / "subs.yml"),
            ],
            cwd=ROOT,
            env=self.site.environment() | self.variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def states(self) -> dict[str, int]:
        return dict(
            self.site.rows("select state, count(*) from confradar.notices group by 1")
        )

    def extend(self, key: str, day: int) -> None:
        """Let a source be seen to extend a deadline of OSDI, by some days."""
        self.site.execute(
            f"""
            insert into marts.fct_deadline_changes (
                change_key, source_key, series_key, conference_key, deadline_key,
                series_text, track, kind, change_type, new_due_text, year, round,
                days_moved, was_already_past, old_due_at, new_due_at, seen_at
            )
            select
                '{key}', source_key, 'osdi', conference_key, deadline_key, 'OSDI',
                track, kind, 'extended', '2027-03-{day:02d}', 2027, round, {day},
                false, due_at, '2027-03-{day:02d} 12:00+00', '2026-11-19 12:00+00'
            from marts.fct_deadlines
            where deadline_key = 'osdi-2027/main/submission/1'
            """  # noqa: S608 - of a test
        )


@pytest.fixture(scope="module")
def changeable(sample: SampleRun, sites: Sites) -> Site:
    return sites.copy(sample.site)


@pytest.fixture
def desk(
    changeable: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Desk]:
    before = dict(os.environ)
    monkeypatch.setattr(telling, "sleep", lambda _: None)
    changeable.execute("delete from confradar.notices")
    changeable.execute("delete from confradar.subscriptions")
    changeable.execute("delete from marts.fct_deadline_changes")
    yield Desk(changeable, tmp_path)
    os.environ.clear()
    os.environ.update(before)


def by_mail(post: Post) -> str:
    return (
        f"kind: mail, host: 127.0.0.1, port: {post.port}, security: none,"
        " from: radar@example.org, to: ada@example.org"
    )


postgres = pytest.mark.postgres


@postgres
def test_a_dry_run_prints_what_would_go_and_writes_nothing(
    desk: Desk, post: Post
) -> None:
    desk.subscribe(by_mail(post))

    done = desk.notify("--dry-run")
    report = json.loads(desk.notify("--dry-run", "--json").stdout)

    assert "osdi, one: would send: ConfRadar osdi: OSDI 2027 abstract" in done.stdout
    assert "in 11d 22h, 2026-12-01 17:59 EST (2026-12-01 22:59 UTC)" in done.stdout
    assert [one["state"] for one in report["messages"]] == ["would_send"]
    assert (post.data, desk.states()) == ([], {})
    assert desk.site.rows("select * from confradar.subscriptions") == []


@postgres
def test_a_dry_run_needs_no_password_yet(desk: Desk) -> None:
    example = ("notify", "--file", "docs/subscriptions.example.yml")

    dry = desk.site.confradar(*example, "--dry-run")
    real = desk.site.confradar(*example)

    assert (dry.returncode, dry.stderr) == (0, "")
    assert "lab, lab-chat: would send" in dry.stdout
    assert real.returncode == 2
    assert "the variable RADAR_SMTP_PASSWORD is not set" in real.stderr


@postgres
def test_each_event_is_told_once_and_all_of_a_run_in_one_mail(
    desk: Desk, post: Post
) -> None:
    desk.extend("old", 1)
    desk.subscribe(by_mail(post))

    first = desk.notify()
    assert "osdi, one: news begin here: 1 earlier event left out" in first.stdout
    assert "Nothing new to tell." in desk.notify().stdout
    desk.extend("new", 2)
    desk.extend("newer", 3)
    desk.notify()
    assert "Nothing new to tell." in desk.notify().stdout

    subjects = [mail["Subject"] for mail in post.mails]
    assert subjects == [
        "ConfRadar osdi: OSDI 2027 abstract in 11d 22h",
        "ConfRadar osdi: OSDI 2027 submission extended 2d, and 1 more",
    ]
    assert desk.states() == {"left_out": 1, "sent": 3}


@postgres
@pytest.mark.parametrize("moment", ["greeting", "data"])
def test_a_mail_is_told_once_when_its_sender_is_killed(
    desk: Desk, post: Post, moment: str
) -> None:
    """Before it sends, the next run tells; after, nobody tells a second time."""
    desk.subscribe(by_mail(post))
    process = desk.begun()
    setattr(post, f"on_{moment}", lambda: os.kill(process.pid, signal.SIGKILL))
    process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL
    setattr(post, f"on_{moment}", lambda: None)

    done = desk.notify()

    assert len(post.mails) == 1
    if moment == "greeting":
        assert desk.states() == {"sent": 1}
        assert done.stderr == ""
        return
    assert desk.states() == {"sending": 1}
    assert "note: 1 message unsure: confradar notify --unsure" in done.stderr
    assert "OSDI 2027, abstract" in desk.notify("--unsure").stdout


@postgres
def test_what_is_unsure_can_be_told_again_as_the_same_mail(
    desk: Desk, post: Post
) -> None:
    desk.subscribe(by_mail(post))
    desk.notify()
    desk.site.execute("update confradar.notices set state = 'sending', sent_at = null")
    desk.extend("new", 2)

    dry = json.loads(desk.notify("--again", "--dry-run", "--json").stdout)
    desk.notify("--again")

    names = [mail["Message-ID"] for mail in post.mails]
    assert len(names) == 3
    assert names[0] == names[1] != names[2]
    assert [len(one["events"]) for one in dry["messages"]] == [1, 1]
    assert desk.notify("--unsure").stdout == "Nothing is unsure.\n"


@postgres
def test_what_is_unsure_can_be_counted_as_told(desk: Desk, post: Post) -> None:
    desk.subscribe(by_mail(post))
    desk.notify()
    desk.site.execute("update confradar.notices set state = 'sending', sent_at = null")

    assert desk.notify("--settle").stdout == "1 message now counts as told.\n"

    assert desk.states() == {"sent": 1}
    desk.notify()
    assert len(post.mails) == 1


@postgres
def test_a_webhook_is_told_once_when_the_sender_is_killed_after_it(
    desk: Desk, hook: Hook
) -> None:
    desk.variables = {"RADAR_HOOK": hook.url}
    desk.subscribe("kind: webhook, url_env: RADAR_HOOK")
    process = desk.begun()
    hook.on_post = lambda: os.kill(process.pid, signal.SIGKILL)
    process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL
    hook.on_post = lambda: None

    done = desk.notify()

    assert len(hook.bodies) == 1
    assert "1 message unsure" in done.stderr
    assert len(hook.names[0]) == 32


@postgres
@pytest.mark.parametrize("stands", [True, False])
def test_a_file_is_looked_into_after_a_kill(desk: Desk, stands: bool) -> None:
    desk.subscribe("kind: file, path: notices.txt")
    desk.notify()
    once = desk.diary
    # As a kill leaves it: after the line was written, or in the middle of it.
    desk.site.execute("update confradar.notices set state = 'sending', sent_at = null")
    if not stands:
        (desk.folder / "notices.txt").write_text(once[: len(once) // 2], "utf-8")

    desk.notify()

    assert desk.states() == {"sent": 1}
    assert desk.diary.count("-- told as ") == 1
    if stands:
        assert desk.diary == once


@postgres
def test_a_server_that_refuses_is_tried_again_told_of_and_keeps_no_other_waiting(
    desk: Desk, post: Post
) -> None:
    desk.subscribe(by_mail(post))
    path = desk.folder / "subs.yml"
    path.write_text(
        path.read_text("utf-8").replace("channels: one,", "channels: [one, diary],")
    )
    post.refusals = ["451 later"] * 3

    done = desk.notify(expects=1)

    assert post.refusals == []
    assert done.stderr.splitlines() == [
        f"error: osdi, one: the mail server 127.0.0.1:{post.port} refuses: 451 later;"
        " the next run tries again"
    ]
    assert "OSDI 2027, abstract" in desk.diary
    assert desk.states() == {"intended": 1, "sent": 1}
    post.refusals = ["451 later"]
    desk.notify()
    assert len(post.mails) == 1
    assert desk.states() == {"sent": 2}


@postgres
def test_what_passed_while_a_server_was_away_is_not_told(
    desk: Desk, post: Post
) -> None:
    desk.subscribe(by_mail(post))
    post.refusals = ["550 never"]
    desk.notify(expects=1)
    assert post.refusals == []
    desk.subscribe(by_mail(post).replace("ada@", "eve@"), more=", kinds: submission")

    desk.notify()

    assert post.mails == []
    assert desk.states() == {"left_out": 1}


@postgres
def test_the_file_is_checked_against_the_marts_before_anything_is_sent(
    desk: Desk, post: Post
) -> None:
    desk.subscribe(by_mail(post), more=", areas: securiti")

    done = desk.notify(expects=2)

    assert done.stderr.splitlines()[0] == (
        "error: subs.yml, subscriptions.osdi.areas: 'securiti' is not known; did you "
        "mean security?"
    )
    assert (post.data, desk.states()) == ([], {})


@postgres
@pytest.mark.usefixtures("desk")
def test_without_a_file_it_is_told_what_to_give(changeable: Site) -> None:
    os.environ.update(changeable.environment())

    done = CliRunner().invoke(app, ["notify"])
    both = CliRunner().invoke(app, ["notify", "--unsure", "--again"])

    assert (done.exit_code, both.exit_code) == (2, 2)
    assert "CONFRADAR_SUBSCRIPTIONS" in done.stderr
