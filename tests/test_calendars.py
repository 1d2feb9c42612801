"""Calendars: what a subscriber gets, and what becomes of it when a date moves."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, LiteralString

import icalendar
import psycopg
import pytest
import vobject
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from icalendar.parser import Contentline

from confradar.database.logins import Login
from confradar.kinds import Kind
from confradar.readers import Snapshot, selection_of, take_snapshot
from confradar.readers.calendars import (
    calendar_name,
    calendar_of,
    event_of,
    events_of,
    folded,
    uid_of,
)
from confradar.warehouse import CurrentDeadline, reading
from tests.conftest import SampleRun
from tests.made_rows import SEEN, deadline, hostile_deadlines

LATER = SEEN + timedelta(days=3)


def read(calendar: bytes) -> Any:  # noqa: ANN401
    return icalendar.Calendar.from_ical(calendar)


def events_in(calendar: bytes) -> list[Any]:
    events: list[Any] = read(calendar).walk("VEVENT")
    return events


@given(st.text(alphabet="ab\\^,;é漢😀 :", max_size=400))
@example("a" * 74)
@example("a" * 73 + "é")
@example("\\" * 200)
def test_lines_are_folded_as_icalendar_folds_them(line: str) -> None:
    written: Any = Contentline

    assert folded(line) == written(line).to_ical()


def one_event(row: CurrentDeadline, **options: Any) -> Any:  # noqa: ANN401
    rendered = event_of(row)
    assert rendered is not None
    (event,) = events_in(calendar_of("one", [rendered], **options))
    return event


def test_an_event_says_when_it_is_due_and_who_says_so() -> None:
    event = one_event(
        deadline(
            has_conflict=True,
            dissenting_claims="grail says 2027-01-20",
            extension_count=1,
            original_due_at=datetime(2027, 1, 9, 11, 59, 59, tzinfo=UTC),
            is_timezone_stated=False,
            timezone_text=None,
        )
    )

    assert event["UID"] == "icx-2027/main/submission/1@confradar"
    assert event["SUMMARY"] == "ICX 2027: submission (extended)"
    assert event["DTSTART"].to_ical() == b"20270116T115959Z"
    assert event["DESCRIPTION"].splitlines() == [
        "Papers due: 2027-01-15 (AoE)",
        "No zone is stated: AoE is the default that Soup of dates documents.",
        "It was extended: the first date was 2027-01-09 11:59 UTC.",
        "Contradicted: grail says 2027-01-20",
        "Soup of dates: “deadline: 2027-01-15”",
        "https://soup.example/icx",
    ]
    assert event.categories == [
        "security", "theory", "CCF B", "CORE A*", "submission",
    ]  # fmt: skip
    assert event["URL"] == "https://icx.example/2027/"
    assert event["LOCATION"] == "Vienna, Austria"
    assert event["TRANSP"] == "TRANSPARENT"
    assert not {"DTEND", "DURATION"} & event.keys()
    assert not event.walk("VALARM")


def test_an_event_leads_to_the_page_of_the_site_where_there_is_one() -> None:
    event = event_of(deadline(), "https://radar.example/")

    assert event is not None
    assert b"https://radar.example/conference/icx-2027.html" in (
        event.component.replace(b"\r\n ", b"")
    )


def test_what_is_withdrawn_is_cancelled_and_reminds_nobody() -> None:
    event = one_event(deadline(status="withdrawn"), alarm=timedelta(days=1))

    assert event["STATUS"] == "CANCELLED"
    assert event["SUMMARY"] == "ICX 2027: submission (withdrawn)"
    assert not event.walk("VALARM")


def test_what_is_to_be_announced_is_no_event() -> None:
    assert event_of(deadline(status="tbd", due_at=None, due_local=None)) is None
    assert event_of(deadline(status="tbd")) is None


def test_an_alarm_rings_as_long_before_as_was_asked() -> None:
    event = one_event(deadline(), alarm=timedelta(days=7))

    (alarm,) = event.walk("VALARM")
    assert alarm["TRIGGER"].dt == timedelta(days=-7)
    assert alarm["DESCRIPTION"] == event["SUMMARY"]


def test_an_extension_changes_one_event_and_raises_its_sequence() -> None:
    rows = [deadline(deadline_key=f"icx-2027/main/{kind}/1", kind=kind) for kind in
            ("abstract", "submission", "camera_ready")]  # fmt: skip
    extended = replace(
        rows[1],
        due_at=rows[1].due_at + timedelta(days=7) if rows[1].due_at else None,
        extension_count=1,
        revision_count=1,
        revised_at=LATER,
    )

    before = events_of(rows)
    after = events_of([rows[0], extended, rows[2]])

    assert list(before) == list(after)
    changed = [key for key in before if before[key] != after[key]]
    assert changed == [extended.deadline_key]
    old, new = one_event(rows[1]), one_event(extended)
    assert old["UID"] == new["UID"]
    assert (old["SEQUENCE"], new["SEQUENCE"]) == (0, 1)
    assert new["LAST-MODIFIED"].dt == new["DTSTAMP"].dt == LATER


def test_a_calendar_says_what_it_is_and_how_often_to_look() -> None:
    calendar = read(calendar_of(calendar_name(area="security", rank="CORE A*"), []))

    assert calendar["NAME"] == "ConfRadar: security · CORE A*"
    assert calendar["X-WR-CALNAME"] == calendar["NAME"]
    assert calendar["REFRESH-INTERVAL"].dt == timedelta(hours=6)


@pytest.mark.parametrize("name", [r"A\n, B; C", "x" * 200, "ä, " * 30])
def test_the_name_of_a_calendar_is_a_text_like_others(name: str) -> None:
    written = calendar_of(name, [])

    unfolded = written.replace(b"\r\n ", b"").decode().splitlines()
    escaped = re.sub(r"([\\;,])", r"\\\1", name)
    assert f"NAME:{escaped}" in unfolded
    assert f"X-WR-CALNAME:{escaped}" in unfolded


def test_no_two_deadlines_share_a_uid() -> None:
    keys = ["a/b", "a%2Fb", "a b", "ä", "x" * 500, "x" * 501]

    uids = [uid_of(key) for key in keys]

    assert len(set(uids)) == len(keys)
    assert all(len(uid) < 255 and uid.isascii() for uid in uids)


@given(hostile_deadlines(), st.sampled_from([None, timedelta(hours=12)]))
@example(deadline(label="due\r\nEND:VEVENT", evidence="a\\\nb;c,d" * 3000), None)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_whatever_a_source_writes_is_one_harmless_event(
    row: CurrentDeadline, alarm: timedelta | None
) -> None:
    rendered = event_of(row, "https://radar.example/")
    assert rendered is not None
    calendar = calendar_of(calendar_name(area=row.areas), [rendered], alarm=alarm)

    assert calendar.endswith(b"END:VCALENDAR\r\n")
    lines = calendar.removesuffix(b"\r\n").split(b"\r\n")
    assert all(len(line) <= 75 for line in lines)
    for line in lines:  # a fold never parts a character
        assert line.decode().replace(" ", "").isprintable()
    (event,) = events_in(calendar)
    assert event["DTSTART"].dt == row.due_at
    assert len(event.walk("VALARM")) == (alarm is not None)
    assert str(event.get("URL", "https:")).lower().startswith("http")
    other = vobject.readOne(calendar.decode())
    assert other.vevent.dtstart.value == row.due_at


# Of the sample: what a selection finds, against conditions of the database itself.

CONDITIONS: dict[str, LiteralString] = {
    "area": "exists (select from regexp_split_to_table(lower(areas), ',\\s*') as one"
    " where one = any(%(area)s))",
    "rank": "exists (select from regexp_split_to_table(lower(ranks), ',\\s*') as one"
    " where one = any(%(rank)s) or split_part(one, ' ', -1) = any(%(rank)s)"
    " or regexp_replace(one, ' \\S+$', '') = any(%(rank)s))",
    "kind": "kind = any(%(kind)s)",
    "series": "series_key = any(%(series)s)",
    "changed": "extension_count > 0",
    "conflict": "has_conflict",
    "after": "due_at >= %(after)s::timestamptz",
    "before": "due_at < %(before)s::timestamptz",
}


@pytest.fixture(scope="module")
def connection(sample: SampleRun) -> Iterator[psycopg.Connection]:
    with reading(Login(sample.site.url)) as connection:
        yield connection


@pytest.fixture(scope="module")
def snapshot(connection: psycopg.Connection) -> Snapshot:
    return take_snapshot(connection)


def keys_in_the_mart(
    connection: psycopg.Connection, query: dict[str, list[str]]
) -> set[str]:
    statement: LiteralString = (
        "select deadline_key from marts.rpt_current_deadlines where status <> 'tbd'"
    )
    for parameter in query:
        statement += " and " + CONDITIONS[parameter]
    values: dict[str, Any] = {
        name: [value.lower() for value in values] for name, values in query.items()
    }
    for name in {"after", "before"} & query.keys():
        values[name] = query[name][0]
    return {key for (key,) in connection.execute(statement, values)}


@pytest.mark.postgres
@settings(max_examples=80, deadline=None)
@given(data=st.data())
def test_a_calendar_has_an_event_for_each_row_of_the_mart(
    data: st.DataObject, connection: psycopg.Connection, snapshot: Snapshot
) -> None:
    known = snapshot.vocabulary
    ranks = [
        *known.ranks, *known.systems, *(rank.split()[-1] for rank in known.ranks),
    ]  # fmt: skip
    days = st.dates(datetime(2026, 10, 1).date(), datetime(2027, 12, 31).date())  # noqa: DTZ001
    query = data.draw(
        st.fixed_dictionaries(
            {},
            optional={
                "area": st.lists(st.sampled_from(known.areas), min_size=1, max_size=4),
                "rank": st.lists(st.sampled_from(ranks), min_size=1, max_size=3),
                "kind": st.lists(
                    st.sampled_from([kind.value for kind in Kind]),
                    min_size=1,
                    max_size=6,
                ),
                "series": st.lists(
                    st.sampled_from(sorted(known.series_keys)), min_size=1, max_size=9
                ),
                "changed": st.just(["1"]),
                "conflict": st.just(["1"]),
                "after": days.map(lambda day: [day.isoformat()]),
                "before": days.map(lambda day: [day.isoformat()]),
            },
        )
    )

    rows = snapshot.select(selection_of(query, known))
    events = events_in(calendar_of("some", events_of(rows).values()))

    expected = keys_in_the_mart(connection, query)
    assert len(events) == len(expected)
    assert {event["UID"] for event in events} == {uid_of(key) for key in expected}


@pytest.mark.postgres
def test_two_libraries_read_each_instant_as_the_mart_has_it(
    connection: psycopg.Connection, snapshot: Snapshot
) -> None:
    rows = [listed.row for listed in snapshot.deadlines]
    calendar = calendar_of("all", events_of(rows).values(), alarm=timedelta(days=1))

    mart = {
        uid_of(key): (due_at, count, revised_at)
        for key, due_at, count, revised_at in connection.execute(
            """
            select deadline_key, due_at, revision_count, revised_at
            from marts.rpt_current_deadlines
            where status <> 'tbd'
            """
        )
    }
    first = {
        str(event["UID"]): (
            event["DTSTART"].dt,
            event["SEQUENCE"],
            event["LAST-MODIFIED"].dt,
        )
        for event in events_in(calendar)
    }
    second = {
        event.uid.value: (
            event.dtstart.value,
            int(event.sequence.value),
            event.last_modified.value,
        )
        for event in vobject.readOne(calendar.decode()).vevent_list
    }
    assert first == second == mart


@pytest.mark.postgres
def test_a_second_look_at_the_same_marts_gives_the_same_bytes(
    sample: SampleRun, snapshot: Snapshot
) -> None:
    with reading(Login(sample.site.url)) as again:
        rows = [listed.row for listed in take_snapshot(again).deadlines]

    assert calendar_of("all", events_of(rows).values()) == calendar_of(
        "all", events_of(listed.row for listed in snapshot.deadlines).values()
    )
