"""Rows of marts as tests of readers need them: invented, and small."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from confradar.warehouse import Change, CurrentDeadline

SEEN = datetime(2026, 11, 20, tzinfo=UTC)
DUE = datetime(2027, 1, 16, 11, 59, 59, tzinfo=UTC)

DEADLINE = CurrentDeadline(
    deadline_key="icx-2027/main/submission/1",
    conference_key="icx-2027",
    series_key="icx",
    source_key="soup",
    acronym="ICX",
    full_name="International Conference on the Unknown",
    title="ICX 2027",
    track="main",
    kind="submission",
    label="Papers due",
    status="announced",
    timezone_name="AoE",
    timezone_text="Anywhere on Earth",
    due_precision="day",
    place="Vienna, Austria",
    city="Vienna",
    country_code="AT",
    attendance_mode="in person",
    homepage_url="https://icx.example/2027/",
    primary_area="security",
    areas="security, theory",
    ranks="CCF B, CORE A*",
    source_name="Soup of dates",
    source_url="https://soup.example/icx",
    evidence="deadline: 2027-01-15",
    winning_claim=None,
    dissenting_claims=None,
    year=2027,
    round=1,
    extension_count=0,
    claim_count=1,
    agreeing_claim_count=1,
    confidence=Decimal("0.50"),
    revision_count=0,
    is_timezone_stated=True,
    has_conflict=False,
    starts_on=date(2027, 6, 1),
    ends_on=date(2027, 6, 4),
    due_date=date(2027, 1, 15),
    due_local=datetime(2027, 1, 15, 23, 59, 59),  # noqa: DTZ001
    due_at=DUE,
    original_due_at=DUE,
    first_seen_at=SEEN,
    last_changed_at=SEEN,
    last_confirmed_at=SEEN,
    revised_at=SEEN,
)

CHANGE = Change(
    change_key="0b1d",
    source_key="soup",
    series_key="icx",
    conference_key="icx-2027",
    deadline_key="icx-2027/main/submission/1",
    title="ICX 2027",
    acronym="ICX",
    areas="security, theory",
    ranks="CCF B, CORE A*",
    series_text="ICX",
    year=2027,
    track="main",
    round="1",
    kind="submission",
    label_text="Papers due",
    change_type="extended",
    old_due_text="2027-01-08",
    new_due_text="2027-01-15",
    old_timezone_text="AoE",
    new_timezone_text="AoE",
    old_due_at=datetime(2027, 1, 9, 11, 59, 59, tzinfo=UTC),
    new_due_at=DUE,
    old_due_local=datetime(2027, 1, 8, 23, 59, 59),  # noqa: DTZ001
    new_due_local=datetime(2027, 1, 15, 23, 59, 59),  # noqa: DTZ001
    due_precision="day",
    days_moved=Decimal("7.000"),
    seen_at=SEEN,
    was_already_past=False,
    source_url="https://soup.example/icx",
    evidence="deadline: 2027-01-15",
)

# What a source may write: markup, links that run, marks of direction, lines that look
# like a calendar's own, characters that XML forbids, texts without an end.
HOSTILE = (
    "<script>alert(1)</script>&amp;]]>",
    "javascript:alert(1)",
    "due\r\nEND:VEVENT\r\nBEGIN:VALARM\r\nTRIGGER:-PT0S",
    "a\u202eb\u2066c\u061c",
    "\x01\x0b\x1f\x7f\x85\ufffe\U000e0001",
    "\\n;,:\"'^|" * 30,
    "東京 Zürich 🦉" * 40,
    "x" * 10_000,
    "=cmd|' /C calc'!A0",
)
# PostgreSQL keeps neither NUL nor half a character.
TEXTS = st.sampled_from(HOSTILE) | st.text(
    st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=300
)


def deadline(**fields: Any) -> CurrentDeadline:  # noqa: ANN401
    """Return a deadline with some of its fields otherwise."""
    return replace(DEADLINE, **fields)


def change(**fields: Any) -> Change:  # noqa: ANN401
    """Return a change with some of its fields otherwise."""
    return replace(CHANGE, **fields)


@st.composite
def hostile_deadlines(draw: st.DrawFn) -> CurrentDeadline:
    """Return deadlines in which a source writes whatever it likes."""
    names = (
        "deadline_key", "conference_key", "series_key", "title", "source_name",
        "acronym", "full_name", "label", "track", "timezone_text", "timezone_name",
        "place", "city", "homepage_url", "areas", "ranks", "source_url", "evidence",
        "dissenting_claims",
    )  # fmt: skip
    return deadline(
        **{name: draw(TEXTS) or "-" for name in names},
        has_conflict=draw(st.booleans()),
        is_timezone_stated=draw(st.booleans()),
    )
