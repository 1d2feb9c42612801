"""The families, and the shapes in which lists publish.

A shape says where the entries of a file are and which fields hold title, year, id, zone
and dates. It is a declaration and nothing else: no family has code of its own, and the
one check that walks shapes is in readers/checking.py.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

_SEPARATORS = re.compile(r"[\s_-]+")


def squashed(name: str) -> str:
    """Return a field's name without blanks, underscores, hyphens and case."""
    return _SEPARATORS.sub("", name).casefold()


@dataclass(frozen=True, slots=True)
class YearRule:
    """Where an entry says its year.

    ``field`` holds the number itself. Without one, it is the four digits in the first
    of ``dates`` that is written, or else the last four digits of the entry's id.
    """

    field: str | None = None
    dates: tuple[str, ...] = ()
    is_in_id: bool = False


@dataclass(frozen=True, slots=True)
class EntryShape:
    """The fields of one kind of entry, and the lists of entries inside it.

    An entry needs one of ``titles`` and a year by ``year``, where these are declared.
    ``dates`` hold a calendar date, with or without a time, or a list of them;
    ``others`` are the fields known besides. ``is_counted`` marks the level that entry
    counts mean.
    """

    titles: tuple[str, ...] = ()
    year: YearRule | None = None
    id: str | None = None
    zones: tuple[str, ...] = ()
    dates: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    parts: Mapping[str, "EntryShape"] = field(default_factory=dict)
    is_counted: bool = True
    known: frozenset[str] = field(init=False)
    respelt: Mapping[str, str] = field(init=False)

    def __post_init__(self) -> None:
        """Collect the known fields, and how their names look when squashed."""
        year = self.year or YearRule()
        known = {*self.titles, *self.zones, *self.dates, *self.others, *self.parts}
        known.update(name for name in (self.id, year.field, *year.dates) if name)
        object.__setattr__(self, "known", frozenset(known))
        respelt = {squashed(name): name for name in sorted(known)}
        object.__setattr__(self, "respelt", MappingProxyType(respelt))


@dataclass(frozen=True, slots=True)
class ListShape:
    """Where the entries of a file are.

    With ``keys``, in lists under these keys of the root; with ``is_mapping``, in the
    values of the root; else the root is the list of them.
    """

    entry: EntryShape
    keys: tuple[str, ...] = ()
    is_mapping: bool = False


# ------------------------------------------------------------------ the families

_YEAR = YearRule(field="year")

_CCFDDL = ListShape(
    EntryShape(
        titles=("title",),
        others=("description", "sub", "rank", "dblp"),
        is_counted=False,
        parts={
            "confs": EntryShape(
                year=_YEAR,
                id="id",
                zones=("timezone",),
                others=("link", "date", "place"),
                parts={
                    "timeline": EntryShape(
                        dates=("deadline", "abstract_deadline"),
                        others=("comment",),
                        is_counted=False,
                    )
                },
            )
        },
    )
)

_HUGGINGFACE = ListShape(
    EntryShape(
        titles=("title",),
        year=_YEAR,
        id="id",
        zones=("timezone",),
        dates=(
            "deadline",
            "abstract_deadline",
            "start",
            "end",
            "rebuttal_period_start",
            "rebuttal_period_end",
            "final_decision_date",
            "review_release_date",
            "commitment_deadline",
        ),
        others=(
            *("full_name", "link", "city", "country", "venue", "date", "tags", "note"),
            *("hindex", "paperslink", "pwclink", "rankings", "era_rating", "place"),
        ),
        parts={
            "deadlines": EntryShape(
                zones=("timezone",),
                dates=("date",),
                others=("type", "label"),
                is_counted=False,
            )
        },
    )
)

_PAPERSWITHCODE = ListShape(
    EntryShape(
        titles=("title",),
        year=_YEAR,
        id="id",
        zones=("timezone",),
        dates=(
            *("deadline", "abstract_deadline", "start", "end", "notification"),
            *("rebuttal_start", "rebuttal_end", "early_rejection"),
        ),
        others=(
            *("full_name", "full_title", "link", "place", "date", "sub", "note"),
            *("hindex", "paperslink", "pwclink", "inactive", "venue_timezone"),
        ),
    )
)

_SEC_DEADLINES = ListShape(
    EntryShape(
        titles=("name",),
        year=_YEAR,
        zones=("timezone",),
        dates=("deadline",),
        others=(
            *("description", "link", "dblp", "date", "place", "tags", "comment"),
            # free text: "Jan 07, Apr 22"
            *("note", "abdeadline", "rebut", "conference", "portal"),
        ),
    )
)

_TOBNA = ListShape(
    EntryShape(
        titles=("shortname", "title"),
        year=YearRule(dates=("conferenceStartDate",), is_in_id=True),
        id="id",
        zones=("timezone",),
        dates=("conferenceStartDate", "conferenceEndDate"),
        others=(
            *("dataSrc", "isApproximateDeadline", "rating", "tags", "website"),
            *("h5Index", "location"),
        ),
        parts={
            "timeline": EntryShape(
                dates=("deadline", "abstractDeadline"),
                others=("note",),
                is_counted=False,
            )
        },
    ),
    is_mapping=True,
)

_PYTHON_DEADLINES = ListShape(
    EntryShape(
        titles=("conference",),
        year=_YEAR,
        zones=("timezone",),
        dates=(
            *("cfp", "cfp_ext", "workshop_deadline", "tutorial_deadline"),
            *("start", "end"),
        ),
        others=(
            *("alt_name", "link", "cfp_link", "place", "sub", "sponsor", "finaid"),
            *("twitter", "mastodon", "bluesky", "youtube", "note", "location"),
            "extra_places",
        ),
    )
)

_KENIACK = ListShape(
    EntryShape(
        titles=("acronym", "name"),
        year=YearRule(dates=("conference_start", "conference_end")),
        dates=(
            *("submission_deadline", "abstract_deadline", "notification"),
            *("conference_start", "conference_end", "early_bird_deadline"),
        ),
        others=(*("ranking", "focus", "location", "website", "registration_price"),),
    ),
    keys=("conferences",),
)

_MLSYS = ListShape(
    EntryShape(
        titles=("name",),
        year=_YEAR,
        id="id",
        zones=("timezone",),
        dates=("deadline",),
        others=("link", "description", "place", "type", "tags"),
    ),
    keys=("conferences", "workshops"),
)

_RUBY_CONFERENCES = ListShape(
    EntryShape(
        titles=("name",),
        year=YearRule(dates=("start_date", "end_date")),
        dates=(
            *("start_date", "end_date", "cfp_open_date", "cfp_close_date"),
            "announced_on",
        ),
        others=(
            *("location", "url", "twitter", "mastodon", "video_link", "cfp_link"),
            *("status", "reg_phrase", "reg_date", "date_precision", "cfp_phrase"),
        ),
    )
)

_TECH_CONFERENCES = ListShape(
    EntryShape(
        titles=("name",),
        year=YearRule(dates=("startDate", "endDate")),
        dates=("startDate", "endDate", "cfpEndDate"),
        others=(
            *("url", "city", "country", "online", "locales", "cocUrl", "cfpUrl"),
            *("twitter", "bluesky", "mastodon", "offersSignLanguageOrCC", "linkedin"),
        ),
    )
)

FAMILY_SHAPES: Mapping[str, ListShape] = MappingProxyType(
    {
        "ccfddl": _CCFDDL,
        "huggingface": _HUGGINGFACE,
        "paperswithcode": _PAPERSWITHCODE,
        "sec_deadlines": _SEC_DEADLINES,
        "tobna": _TOBNA,
        "python_deadlines": _PYTHON_DEADLINES,
        "keniack": _KENIACK,
        "mlsys": _MLSYS,
        "ruby_conferences": _RUBY_CONFERENCES,
        "tech_conferences": _TECH_CONFERENCES,
    }
)

# Families whose documents are web pages, each with a reader of its own: nobody lays
# out pages to a declared shape.
PAGE_FAMILIES: Final = (
    "wikicfp",
    "acl_events",
    "elra_events",
    "chairing_tool",
    "aideadlines",
    "conference_pages",
)
FAMILIES: Final = (*FAMILY_SHAPES, *PAGE_FAMILIES)
