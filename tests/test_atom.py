"""The feed of changes: what is in it, and what readers of news make of it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import feedparser
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from confradar.kinds import ChangeType
from confradar.readers.addresses import changes_feed
from confradar.readers.atom import MAX_ENTRIES, entry_of, feed_of, title_of
from confradar.warehouse import Change
from tests.made_rows import CHANGE, SEEN, TEXTS, change

FEED = changes_feed()


def read(feed: bytes) -> Any:  # noqa: ANN401
    parsed = feedparser.parse(feed)
    assert not parsed.bozo, parsed.bozo_exception
    return parsed


def feed_with(*changes: Change, site_url: str | None = None) -> bytes:
    entries = [entry_of(one, site_url) for one in changes]
    return feed_of(FEED, "ConfRadar: changes", entries, SEEN, site_url=site_url)


@pytest.mark.parametrize(
    ("fields", "title"),
    [
        ({}, "submission extended to 2027-01-15 AoE (was 2027-01-08 AoE)"),
        (
            {"change_type": "advanced"},
            "submission brought forward to 2027-01-15 AoE (was 2027-01-08 AoE)",
        ),
        (
            {"change_type": "announced", "old_due_local": None, "old_due_text": None},
            "submission announced: 2027-01-15 AoE",
        ),
        (
            {"change_type": "cleared", "new_due_local": None, "new_due_text": "TBA"},
            "submission no longer dated (was 2027-01-08 AoE)",
        ),
        (
            {"change_type": "withdrawn", "new_due_local": None, "new_due_text": None},
            "submission withdrawn (was 2027-01-08 AoE)",
        ),
        ({"change_type": "returned"}, "submission back again: 2027-01-15 AoE"),
        (
            {"change_type": "rezoned", "old_timezone_text": "PT", "round": "2"},
            "submission, round 2 now in another zone to 2027-01-15 AoE"
            " (was 2027-01-08 PT)",
        ),
    ],
)
def test_a_title_says_what_moved_from_where_to_where(
    fields: dict[str, Any], title: str
) -> None:
    assert title_of(change(**fields)) == f"ICX 2027: {title}"


def test_an_entry_says_who_says_so_and_where() -> None:
    (entry,) = read(feed_with(CHANGE)).entries

    assert entry.id == "tag:confradar.example,2026:change/0b1d"
    assert entry.updated == "2026-11-20T00:00:00Z"
    assert entry.author == "soup"
    assert entry.link == "https://soup.example/icx"
    assert [tag.term for tag in entry.tags] == [
        "extended", "submission", "security", "theory",
    ]  # fmt: skip
    for said in (
        "Before: 2027-01-08 AoE (2027-01-09 11:59 UTC)",
        "Now: 2027-01-15 AoE (2027-01-16 11:59 UTC)",
        "Moved by +7 days",
        "soup: “deadline: 2027-01-15”",
        '<a href="https://soup.example/icx">',
    ):
        assert said in entry.content[0].value


def test_where_the_site_is_known_an_entry_leads_to_its_page() -> None:
    feed = read(feed_with(CHANGE, site_url="https://radar.example/"))

    assert feed.feed.links[0].rel == "self"
    assert feed.feed.links[0].href == "https://radar.example/changes.atom"
    assert {one.rel: one.href for one in feed.entries[0].links} == {
        "alternate": "https://radar.example/conference/icx-2027.html",
        "via": "https://soup.example/icx",
    }


def test_a_feed_was_updated_when_its_newest_entry_was_seen() -> None:
    later = replace(CHANGE, change_key="1", seen_at=SEEN + timedelta(days=2))

    assert read(feed_with(later, CHANGE)).feed.updated == "2026-11-22T00:00:00Z"
    assert read(feed_with()).feed.updated == "2026-11-20T00:00:00Z"


def test_a_feed_has_an_end() -> None:
    entries = [entry_of(CHANGE)] * (MAX_ENTRIES + 1)

    assert len(read(feed_of(FEED, "all", entries, SEEN)).entries) == MAX_ENTRIES


@st.composite
def hostile_changes(draw: st.DrawFn) -> Change:
    names = (
        "change_key", "source_key", "conference_key", "title", "areas", "series_text",
        "track", "label_text", "old_due_text", "new_due_text", "old_timezone_text",
        "new_timezone_text", "source_url", "evidence",
    )  # fmt: skip
    texts = {name: draw(TEXTS) or "-" for name in names}
    return change(**texts, change_type=draw(st.sampled_from(ChangeType)).value)


@given(st.lists(hostile_changes(), max_size=3))
@settings(max_examples=60, deadline=None)
def test_whatever_a_source_writes_is_harmless(changes: list[Change]) -> None:
    feed = feed_with(*changes, site_url="https://radar.example/")

    assert len(read(feed).entries) == len(changes)
    root = etree.fromstring(feed)
    own = {
        "feed", "id", "title", "updated", "author", "name", "link", "entry", "category",
        "content", "div", "p", "a",
    }  # fmt: skip
    assert {etree.QName(element).localname for element in root.iter()} <= own
    links = [href for href in root.xpath("//@href")]
    assert all(href.lower().startswith(("http://", "https://")) for href in links)
    text = "".join(root.itertext()).replace("\n", "")
    assert text.isprintable()
