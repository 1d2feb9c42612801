"""Pages as functions: made-up rows in, HTML out; no database and no browser."""

import gzip
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from selectolax.lexbor import LexborHTMLParser

from confradar.readers import Selection, Snapshot
from confradar.readers.pages import (
    LOCAL,
    POLICY,
    Page,
    Setting,
    assets,
    changes_page,
    conference_page,
    data_file,
    index_page,
    month_page,
    month_pages,
    reading_page,
    series_page,
    setting_of,
    shown,
    sources_page,
    subscribe_page,
    zone_of,
)
from confradar.readers.pages.times import days_text
from confradar.readers.selection import BadQueryError
from confradar.warehouse import Habit, Series, SeriesFacts, SourceScore, VisitOutcomes
from tests.made_deadlines import (
    AS_OF,
    HOSTILE,
    change,
    claim,
    deadline,
    edition,
    many,
    snapshot_with,
)

SETTING = Setting({"list": "A list"})


def index(snapshot: Snapshot, selection: Selection | None = None) -> LexborHTMLParser:
    return parsed(
        index_page(snapshot, selection, now=snapshot.as_of, data=data_file(snapshot))
    )


def parsed(page: Page) -> LexborHTMLParser:
    return LexborHTMLParser(page.body.decode())


def texts(tree: LexborHTMLParser, selector: str) -> list[str]:
    return [" ".join(node.text(separator=" ").split()) for node in tree.css(selector)]


# --- the list ------------------------------------------------------------------------


def test_a_line_says_when_how_long_what_where_and_for_whom() -> None:
    tree = index(snapshot_with(deadline()))

    assert texts(tree, ".day h2") == ["Fri 15 Jan 2027"]
    assert texts(tree, ".line time") == ["23:59"]
    assert texts(tree, ".line .zone") == ["AoE"]
    assert texts(tree, ".line .left") == ["57d"]
    assert texts(tree, ".line .what") == ["LAMP 2027 submission"]
    assert texts(tree, ".line .labels") == ["CORE A* lamps, light"]
    assert texts(tree, ".line .place") == ["Vienna, AT · 1–4 Jul 2027"]  # noqa: RUF001
    link = tree.css_first(".line .what a")
    assert link is not None
    assert link.attributes["href"] == "conference/lamp-2027.html"


def test_the_instant_is_reachable_whatever_the_zone() -> None:
    tree = index(snapshot_with(deadline()))

    time = tree.css_first(".line time")
    assert time is not None
    assert time.attributes["datetime"] == "2027-01-16T11:59:00Z"
    assert texts(tree, ".line dl.exact dd")[:3] == [
        "Fri 15 Jan 2027 23:59 AoE",
        "2027-01-16 11:59 UTC",
        "2027-01-15 23:59 AoE",
    ]


def test_marks_tell_what_is_special() -> None:
    extended = deadline(
        key="a",
        extension_count=1,
        original_due_at=datetime(2027, 1, 9, 11, 59, tzinfo=UTC),
    )
    contradicted = deadline(
        key="b", has_conflict=True, dissenting_claims="other says 24 January 2027"
    )
    unstated = deadline(key="c", is_timezone_stated=False, timezone_text=None)
    open_ = deadline(key="d", status="tbd", due_at=None, due_local=None)
    withdrawn = deadline(key="e", status="withdrawn")
    tree = index(snapshot_with(extended, contradicted, unstated, open_, withdrawn))

    marks = {
        str(line.attributes["data-key"]): " ".join(line.text(separator=" ").split())
        for line in tree.css(".line")
    }
    assert "extended from Fri 8 Jan 2027 23:59 AoE" in marks["a"]
    assert (
        "contradicted Believed: A list. But other says 24 January 2027." in marks["b"]
    )
    assert "AoE ?" in marks["c"]
    assert "Zone not stated" in marks["c"]
    assert "no date yet" in marks["d"]
    assert "withdrawn" in marks["e"]
    assert texts(tree, ".day h2")[-1] == "To be announced"


def test_a_day_alone_has_no_hour() -> None:
    tree = index(snapshot_with(deadline(due_precision="day")))

    assert texts(tree, ".line time") == ["end of day"]


def test_what_passed_is_left_out_unless_it_is_asked_for() -> None:
    passed = deadline(key="passed", due_at=AS_OF - timedelta(days=3))
    ahead = deadline(key="ahead")
    snapshot = snapshot_with(passed, ahead)

    def keys(selection: Selection) -> list[str]:
        return [row.deadline_key for row in shown(snapshot, selection, snapshot.as_of)]

    assert keys(Selection()) == ["ahead"]
    assert keys(Selection(after=AS_OF - timedelta(days=9))) == ["passed", "ahead"]


def test_a_server_filters_and_keeps_what_was_asked_for_in_the_form() -> None:
    snapshot = snapshot_with(
        deadline(key="a", areas="lamps"), deadline(key="b", areas="light")
    )
    page = index_page(
        snapshot,
        Selection(areas=frozenset({"lamps"}), words=("vienna",)),
        now=snapshot.as_of,
        data=data_file(snapshot),
        is_live=True,
    )
    tree = parsed(page)

    assert [line.attributes["data-key"] for line in tree.css(".line")] == ["a"]
    assert texts(tree, "select[name=area] option[selected]") == ["lamps"]
    search = tree.css_first("input[name=search]")
    assert search is not None
    assert search.attributes["value"] == "vienna"
    assert texts(tree, "#count") == ["1 deadline fit"]
    form = tree.css_first("form")
    assert form is not None
    assert "hidden" not in form.attributes


@pytest.mark.parametrize(
    ("name", "day", "time"),
    [
        ("written", "Fri 15 Jan 2027", "23:59"),
        ("aoe", "Fri 15 Jan 2027", "23:59"),
        ("UTC", "Sat 16 Jan 2027", "11:59"),
        ("Asia/Tokyo", "Sat 16 Jan 2027", "20:59"),
        ("local", "Fri 15 Jan 2027", "23:59"),  # only a browser knows better
    ],
)
def test_days_begin_where_the_zone_says(name: str, day: str, time: str) -> None:
    snapshot = snapshot_with(deadline())
    page = index_page(
        snapshot, now=snapshot.as_of, data=data_file(snapshot), zone=zone_of(name)
    )

    assert texts(parsed(page), ".day h2") == [day]
    assert texts(parsed(page), ".line time") == [time]


def test_a_zone_follows_its_clock_changes() -> None:
    before = deadline(key="a", due_at=datetime(2027, 3, 27, 12, tzinfo=UTC))
    after = deadline(key="b", due_at=datetime(2027, 3, 28, 12, tzinfo=UTC))
    snapshot = snapshot_with(before, after)
    page = index_page(
        snapshot,
        now=snapshot.as_of,
        data=data_file(snapshot),
        zone=zone_of("Europe/Vienna"),
    )

    assert texts(parsed(page), ".line time") == ["13:00", "14:00"]


def test_an_unknown_zone_is_refused_by_the_name_of_the_parameter() -> None:
    with pytest.raises(BadQueryError, match=r"^tz: no time zone is called") as refused:
        zone_of("Mars/Olympus")

    assert refused.value.parameter == "tz"
    assert zone_of("mine") is LOCAL


# --- the other pages -----------------------------------------------------------------


def test_a_month_has_every_deadline_in_its_grid_and_in_its_list() -> None:
    snapshot = snapshot_with(
        *(deadline(key=f"k{n}", acronym=f"N{n}") for n in range(7))
    )
    tree = parsed(month_page(snapshot, date(2027, 1, 9), now=snapshot.as_of))

    assert texts(tree, "h1") == ["January 2027"]
    assert len(tree.css(".line")) == 7
    assert texts(tree, ".grid .rest") == ["2 more"]
    assert len(tree.css(".grid tbody tr")) == 5


def test_months_hold_all_deadlines_once() -> None:
    rows = [*many(400), deadline(key="open", status="tbd", due_at=None)]
    snapshot = snapshot_with(*rows)
    keys = [
        str(line.attributes["data-key"])
        for page in month_pages(snapshot, now=snapshot.as_of)
        if page.path != "month/index.html"
        for line in parsed(page).css(".line")
    ]

    assert sorted(keys) == sorted(row.deadline_key for row in rows)


def test_a_conference_shows_who_says_what() -> None:
    tree = parsed(
        conference_page(
            edition(
                claims=[
                    claim(is_winner=True, evidence="Papers due 15 January"),
                    claim(source_key="other", agrees_with_winner=False),
                ],
                changes=[change(days_moved=Decimal("7.0"), was_already_past=True)],
            ),
            SETTING,
        )
    )

    assert texts(tree, "h1") == ["LAMP 2027"]
    assert texts(tree, ".claims .role") == ["believed", "differs"]
    assert texts(tree, ".claims .source") == ["A list", "other"]
    assert texts(tree, ".claims q")[0] == "Papers due 15 January"
    assert "extended after it had passed" in texts(tree, "tbody tr")[0]
    assert "7 days later" in texts(tree, "tbody tr")[0]
    assert texts(tree, ".facts dd .rank") == ["CORE A*"]


def test_pages_of_editions_do_not_depend_on_the_day_of_the_build() -> None:
    today = snapshot_with(deadline())
    tomorrow = replace(today, as_of=AS_OF + timedelta(days=1), build="another")

    first, second = (
        conference_page(edition(), setting_of(one, {})) for one in (today, tomorrow)
    )

    assert first == second


@pytest.mark.parametrize(
    ("watched", "extended", "said"),
    [
        (0, 0, "No edition was watched before its deadline, so nothing can be said."),
        (
            2,
            0,
            "Of 2 editions that were watched before their deadline none extended it.",
        ),
        (
            1,
            0,
            "The one edition that was watched before its deadline did not extend it.",
        ),
        (
            4,
            3,
            "Of 4 editions that were watched before their deadline 3 extended it, by 7 "
            "days in the middle and 14 days at most; 1 of 3 extensions were seen after "
            "the old date had passed.",
        ),
    ],
)
def test_a_series_tells_its_habit(watched: int, extended: int, said: str) -> None:
    habit = Habit(
        series_key="lamp",
        edition_count=5,
        watched_edition_count=watched,
        extended_edition_count=extended,
        extended_share=None,
        dated_extension_count=3,
        late_extension_count=1,
        median_days_extended=Decimal("7.0") if extended else None,
        max_days_extended=Decimal("14.0") if extended else None,
    )
    facts = SeriesFacts("lamp", "LAMP", None, None, None, None, None, False)
    tree = parsed(series_page(Series(facts, habit=habit), SETTING))

    assert texts(tree, ".facts dd")[-1] == said


def test_a_source_that_fails_says_how() -> None:
    score = SourceScore(
        **dict.fromkeys(SourceScore.__dataclass_fields__, 0)
        | {
            "source_key": "list",
            "name": "A list",
            "kind": "list",
            "authority": "curated_list",
            "publisher": None,
            "licence": "MIT",
            "homepage_url": "javascript:alert(1)",
            "default_timezone_text": "AoE",
            "page_count": 1,
            "failing_page_count": 1,
            "is_registered": True,
            "last_visited_at": AS_OF,
            "last_succeeded_at": None,
            "last_changed_at": None,
            "agreement_share": Decimal("0.5"),
            "shared_deadline_count": 10,
            "official_agreement_share": None,
            "median_days_behind": None,
        }  # type: ignore[arg-type]
    )
    outcome = VisitOutcomes("list", "not_found", 1, False, None, "404", AS_OF)
    tree = parsed(sources_page([score], {"list": [outcome]}))

    assert texts(tree, ".health") == ["failing"]
    assert "50% of 10" in texts(tree, "tbody tr")[0]
    assert "1 × not found: 404" in texts(tree, "section li")  # noqa: RUF001
    assert tree.css("tbody a") == []


def test_changes_say_from_what_to_what() -> None:
    snapshot = replace(snapshot_with(deadline()), changes=(change().as_listed,))
    tree = parsed(changes_page(snapshot))

    (line,) = texts(tree, ".change-line")
    assert line.startswith("extended LAMP 2027 submission 2027-01-08 23:59 AoE")
    assert "→ 2027-01-15 23:59 AoE 7 days later" in line


# --- what holds for all --------------------------------------------------------------


def all_pages(snapshot: Snapshot) -> Iterator[Page]:
    data = data_file(snapshot)
    yield index_page(snapshot, now=snapshot.as_of, data=data)
    yield index_page(snapshot, now=snapshot.as_of, data=data, is_live=True)
    yield from month_pages(snapshot, now=snapshot.as_of)
    yield changes_page(snapshot)
    yield reading_page()
    yield subscribe_page(snapshot, site_url="https://deadlines.example")


def hostile_snapshot() -> Snapshot:
    texts_of_sources = (
        "acronym", "full_name", "title", "label", "place", "city", "areas", "ranks",
        "source_name", "dissenting_claims", "timezone_text", "track",
    )  # fmt: skip
    row = replace(
        deadline(key="hostile", has_conflict=True, extension_count=1),
        **dict.fromkeys(texts_of_sources, HOSTILE),  # type: ignore[arg-type]
    )
    moved = replace(
        change().as_listed, acronym=HOSTILE, new_due_text=HOSTILE, new_due_local=None,
        source_url="javascript:alert(1)", label_text=HOSTILE,
    )  # fmt: skip
    return replace(snapshot_with(row), changes=(moved,))


def hostile_editions() -> Iterator[Page]:
    bad = claim(
        evidence=HOSTILE, due_text=HOSTILE, source_url="javascript:alert(1)",
        timezone_text=HOSTILE, due_at=None,
    )  # fmt: skip
    whole = edition(claims=[bad])
    facts = replace(
        whole.facts, acronym=HOSTILE, full_name=HOSTILE, title=HOSTILE, place=HOSTILE,
        homepage_url="javascript:alert(1)", areas=HOSTILE,
    )  # fmt: skip
    yield conference_page(replace(whole, facts=facts), Setting({"list": HOSTILE}))
    named = SeriesFacts(
        "lamp", HOSTILE, HOSTILE, "javascript:alert(1)", None, HOSTILE, None, False
    )
    yield series_page(Series(named, aliases=[HOSTILE]), Setting({}))


def test_what_sources_write_arrives_harmless() -> None:
    pages = [*all_pages(hostile_snapshot()), *hostile_editions()]

    for page in pages:
        text = page.body.decode()
        assert "<script>" not in text, page.path
        assert "javascript:" not in re.sub(r">[^<]*<", "><", text), page.path
        assert "\u202e" not in text, page.path
        assert "\u2066" not in text, page.path
        assert not re.search(r"[^\n]{20000}", text), page.path
        tree = parsed(page)
        assert tree.css("img, iframe, script:not([src]), [onerror]") == [], page.path


def test_texts_of_any_length_are_cut() -> None:
    long = snapshot_with(deadline(full_name="x" * 10_000, label="y" * 10_000))

    assert len(data_file(long).body) < 12_000
    assert "x" * 601 not in str(index(long).html)


def test_every_page_carries_its_policy_and_nothing_inline() -> None:
    for page in [*all_pages(snapshot_with(deadline())), *hostile_editions()]:
        tree = parsed(page)
        meta = tree.css_first("meta[http-equiv=Content-Security-Policy]")
        assert meta is not None
        assert meta.attributes["content"] == POLICY == page.policy
        assert tree.css("style, [style], script:not([src])") == []
        handlers = [
            name
            for node in tree.css("*")
            for name in node.attributes
            if name.startswith("on")
        ]
        assert handlers == []
    assert "unsafe" not in POLICY


def test_pages_load_what_is_there_and_nothing_from_elsewhere() -> None:
    files = assets()
    for page in all_pages(snapshot_with(deadline())):
        up = "../" * page.path.count("/")
        loaded = [
            str(node.attributes.get("src") or node.attributes.get("href"))
            for node in parsed(page).css("script, link:not([rel=alternate])")
        ]
        assert len(loaded) == 3
        assert all(path.removeprefix(up) in files for path in loaded)


def test_the_first_view_of_five_thousand_deadlines_is_small() -> None:
    snapshot = snapshot_with(*many(5000))
    data = data_file(snapshot)
    page = index_page(snapshot, now=snapshot.as_of, data=data)
    first = [page.body, *assets().values()]

    def compressed(body: bytes) -> int:
        return len(gzip.compress(body, 6))

    assert len(parsed(page).css(".line")) == 250
    assert sum(map(compressed, first)) < 60_000
    assert sum(map(compressed, [*first, data.body])) < 200_000


def test_the_same_build_gives_the_same_bytes() -> None:
    snapshot = snapshot_with(*many(50))

    first, second = ([page.body for page in all_pages(snapshot)] for _ in range(2))

    assert first == second
    assert data_file(snapshot) == data_file(snapshot)


@pytest.mark.parametrize(
    ("starts_on", "ends_on", "said"),
    [
        (None, None, ""),
        (date(2027, 7, 1), None, "1 Jul 2027"),
        (date(2027, 7, 1), date(2027, 7, 4), "1–4 Jul 2027"),  # noqa: RUF001
        (date(2027, 6, 29), date(2027, 7, 4), "29 Jun – 4 Jul 2027"),  # noqa: RUF001
        (date(2026, 12, 29), date(2027, 1, 2), "29 Dec 2026 – 2 Jan 2027"),  # noqa: RUF001
    ],
)
def test_days_of_a_conference_are_one_span(
    starts_on: date | None, ends_on: date | None, said: str
) -> None:
    assert days_text(starts_on, ends_on) == said


def test_what_comes_earlier_than_it_was_is_not_called_extended() -> None:
    due = deadline().due_at
    assert due is not None
    row = deadline(extension_count=1, original_due_at=due + timedelta(days=7))

    (mark,) = index(snapshot_with(row)).css(".mark.moved")

    assert mark.text().startswith("brought forward from ")
