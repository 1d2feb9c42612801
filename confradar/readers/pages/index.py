"""The page that a researcher opens every morning: what is due, soonest first."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from confradar.kinds import Kind
from confradar.readers import addresses
from confradar.readers.pages.data import DataFile
from confradar.readers.pages.page import Page, render
from confradar.readers.pages.rows import by_day, is_dated, shown
from confradar.readers.pages.times import (
    WRITTEN,
    Zone,
    day_text,
    iso,
    month_text,
    short_month,
)
from confradar.readers.selection import (
    Selection,
    class_of,
    system_of,
)
from confradar.readers.snapshot import Snapshot

FIRST_VIEW = 250  # deadlines in the page itself; the script adds more on demand


@dataclass(frozen=True, slots=True)
class Month:
    """A month with deadlines, and where its calendar stands."""

    first: date
    count: int

    @property
    def page(self) -> str:
        """Return the path of its calendar."""
        return addresses.month_page(self.first)

    @property
    def title(self) -> str:
        """Return the month in words."""
        return month_text(self.first)

    @property
    def brief(self) -> str:
        """Return the month in few letters."""
        return short_month(self.first)


def index_page(
    snapshot: Snapshot,
    selection: Selection | None = None,
    *,
    now: datetime,
    data: DataFile,
    zone: Zone = WRITTEN,
    is_live: bool = False,
    limit: int = FIRST_VIEW,
) -> Page:
    """Return the list of deadlines.

    Args:
        snapshot: the build that is shown.
        selection: which deadlines; None for all.
        now: from which time left counts, and before which deadlines have passed. When
            the page is kept as a file that is ``snapshot.as_of``; scripts go on from
            their own clock.
        data: the file that holds all deadlines.
        zone: in which due times are told.
        is_live: whether a server answers the form, so that it works without scripts.
        limit: of the deadlines in the page itself.
    """
    wanted = selection or Selection()
    rows = shown(snapshot, wanted, now)
    return render(
        addresses.INDEX,
        "index.html",
        days=by_day(rows, now, zone, limit),
        total=len(rows),
        moved=sum(row.has_moved for row in rows),
        contested=sum(row.has_conflict for row in rows),
        months=months_of(snapshot),
        as_of=day_text(snapshot.as_of),
        replay=iso(snapshot.as_of) if snapshot.is_replay else "",
        data=data.path,
        zone=zone,
        is_live=is_live,
        is_filtered=wanted != Selection(),
        form=_form(wanted),
        vocabulary=snapshot.vocabulary,
        rank_groups=rank_groups(snapshot),
        kinds=[kind.value for kind in Kind],
        limit=limit,
    )


def months_of(snapshot: Snapshot) -> list[Month]:
    """Return the months in which something is due, as written, the first one first.

    That of the build is among them, whatever is due in it.
    """
    counts = Counter(
        (one.row.due_local or one.row.due_at).date().replace(day=1)
        for one in snapshot.deadlines
        if one.row.due_at is not None and is_dated(one.row)
    )
    counts[snapshot.as_of.date().replace(day=1)] += 0
    return [Month(first, counts[first]) for first in sorted(counts)]


def rank_groups(snapshot: Snapshot) -> Mapping[str, list[str]]:
    """Return the ranks of each system, and the classes of all under no name."""
    groups: dict[str, list[str]] = {}
    for rank in snapshot.vocabulary.ranks:
        groups.setdefault(system_of(rank), []).append(rank)
    classes = sorted({class_of(rank) for rank in snapshot.vocabulary.ranks})
    return {"": classes, **groups}


def _form(selection: Selection) -> dict[str, object]:
    """Return the values of the form's fields; names are in lower case."""
    return {
        "search": " ".join(selection.words),
        "area": selection.areas,
        "rank": selection.ranks,
        "kind": selection.kinds,
        "series": sorted(selection.series_keys),
        "after": "" if selection.after is None else _moment(selection.after),
        "before": "" if selection.before is None else _moment(selection.before),
        "changed": selection.is_changed,
        "conflict": selection.is_in_conflict,
    }


def _moment(instant: datetime) -> str:
    """Return an instant as it can be asked for: a day where it is one's beginning."""
    text = iso(instant)
    return text.removesuffix("T00:00:00Z")
