"""All calendars and feeds of a build, and of the next one."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import feedparser
import icalendar
import orjson
import psycopg
import pytest

from confradar.database.logins import Login
from confradar.readers import Snapshot, take_snapshot
from confradar.readers.addresses import CHANGES_FEED as FEED
from confradar.readers.addresses import calendar_file, changes_feed
from confradar.readers.api import conference_documents
from confradar.readers.calendars import uid_of
from confradar.readers.feeds import files_of_feeds
from confradar.readers.harmless import text_of
from confradar.warehouse import reading
from tests.conftest import SampleRun, Site, Sites
from tests.made_rows import CHANGE, HOSTILE, change

pytestmark = pytest.mark.postgres


def snapshot_of(site: Site) -> Snapshot:
    with reading(Login(site.url)) as connection:
        return take_snapshot(connection)


def events_in(calendar: bytes) -> dict[str, Any]:
    read: Any = icalendar.Calendar.from_ical(calendar)
    return {str(event["UID"]): event for event in read.walk("VEVENT")}


@pytest.fixture(scope="module")
def snapshot(sample: SampleRun) -> Snapshot:
    return snapshot_of(sample.site)


def test_each_area_and_rank_and_series_has_its_files(snapshot: Snapshot) -> None:
    files = dict(files_of_feeds(snapshot))

    known = snapshot.vocabulary
    for area in known.areas:
        expected = sum(
            area in listed.area_names and listed.row.status != "tbd"
            for listed in snapshot.deadlines
        )
        assert files[calendar_file(area=area)].count(b"BEGIN:VEVENT") == expected
        assert changes_feed(area) in files
    assert all(calendar_file(rank=rank) in files for rank in known.ranks)
    assert all(calendar_file(series_key=key) in files for key in known.series_keys)
    pairs = {
        (area, rank)
        for listed in snapshot.deadlines
        for area in listed.area_names
        for rank in listed.rank_names
    }
    assert all(calendar_file(area=area, rank=rank) in files for area, rank in pairs)


def test_two_publishes_share_every_byte(sample: SampleRun, snapshot: Snapshot) -> None:
    again = files_of_feeds(snapshot_of(sample.site))

    assert dict(again) == dict(files_of_feeds(snapshot))


def test_a_new_change_leaves_the_entries_that_there_were(snapshot: Snapshot) -> None:
    moved = change(seen_at=datetime(2027, 1, 1, tzinfo=UTC), change_key="2")
    with_changes = replace(snapshot, changes=(CHANGE,))

    before = feedparser.parse(dict(files_of_feeds(with_changes))[FEED])
    after = feedparser.parse(
        dict(files_of_feeds(replace(with_changes, changes=(moved, CHANGE))))[FEED]
    )

    assert after.entries[1] == before.entries[0]
    assert len({entry.id for entry in after.entries}) == 2


def test_of_all_files_an_extension_changes_one_event(
    sites: Sites, sample: SampleRun, snapshot: Snapshot
) -> None:
    site = sites.copy(sample.site)
    key = next(
        listed.row.deadline_key
        for listed in snapshot.deadlines
        if listed.row.status == "announced" and listed.rank_names
    )
    with psycopg.connect(site.url) as own:
        own.execute(
            """
            update marts.rpt_current_deadlines
            set due_at = due_at + interval '7 days',
                due_local = due_local + interval '7 days',
                extension_count = extension_count + 1,
                revision_count = revision_count + 1,
                revised_at = revised_at + interval '3 days'
            where deadline_key = %s
            """,
            [key],
        )

    after = dict(files_of_feeds(snapshot_of(site)))

    before = dict(files_of_feeds(snapshot))
    assert before.keys() == after.keys()
    changed = [path for path in before if before[path] != after[path]]
    assert "calendars/all.ics" in changed
    for path in changed:
        old, new = events_in(before[path]), events_in(after[path])
        assert old.keys() == new.keys()
        assert [uid for uid in old if old[uid] != new[uid]] == [uid_of(key)]
        event, moved = old[uid_of(key)], new[uid_of(key)]
        assert moved["SEQUENCE"] == event["SEQUENCE"] + 1
        assert moved["DTSTART"].dt - event["DTSTART"].dt == timedelta(days=7)


def test_documents_of_editions_are_harmless_whatever_a_source_writes(
    sites: Sites, sample: SampleRun
) -> None:
    site = sites.copy(sample.site)
    texts = [*HOSTILE, " due", "due ", 'the "final" date', "a  b", "é" * 300, ""]
    with psycopg.connect(site.url) as own:
        keys = own.execute(
            """
            select claim_key from marts.fct_deadline_claims
            where is_current and conference_key is not null
            order by claim_key
            """
        ).fetchall()
        written = dict(zip((key for (key,) in keys), texts, strict=False))
        assert len(written) == len(texts)
        for key, text in written.items():
            own.execute(
                """
                update marts.fct_deadline_claims
                set evidence = %(text)s, label_text = %(text)s, source_url = %(text)s
                where claim_key = %(key)s
                """,
                {"text": text, "key": key},
            )

    with reading(Login(site.url)) as connection:
        documents = [document for _, document in conference_documents(connection)]

    claims = {
        claim["claim_key"]: claim
        for document in documents
        for claim in orjson.loads(document)["claims"]
    }
    for key, text in written.items():
        assert claims[key]["evidence"] == text_of(text), text
        assert claims[key]["label_text"] == text_of(text)
        assert claims[key]["source_url"] is None
