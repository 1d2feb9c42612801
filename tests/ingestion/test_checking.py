import pytest

from ingestion.documents import Body
from ingestion.readers.checking import Checked, check, impossible
from ingestion.readers.records import Finding, Reason, UnusableDocumentError
from ingestion.shapes import FAMILY_SHAPES

ZONES = frozenset({"aoe", "utc"})


def checked(family: str, body: Body) -> Checked:
    return check(body, FAMILY_SHAPES[family], ZONES)


def only(found: Checked) -> Finding:
    (finding,) = found.findings
    return finding


def edition(**fields: Body) -> dict[str, Body]:
    return {"title": "ICML", "year": "2027", "id": "icml27", **fields}


def series(*editions: Body, **fields: Body) -> dict[str, Body]:
    return {"title": "VLDB", "confs": list(editions), **fields}


# ------------------------------------------------------------------ what is dropped


def test_an_entry_that_is_no_mapping_is_left_out_and_kept_in_the_reject() -> None:
    found = checked(
        "paperswithcode", [edition(), "ICLR 2027", ["KDD"], edition(id="b")]
    )
    assert found.body == [edition(), edition(id="b")]
    assert [
        (finding.reason, finding.position, finding.entry, finding.is_dropped)
        for finding in found.findings
    ] == [
        (Reason.NOT_A_MAPPING, "/1", "ICLR 2027", True),
        (Reason.NOT_A_MAPPING, "/2", ["KDD"], True),
    ]
    assert (found.entry_count, found.rejected_entry_count) == (4, 2)


@pytest.mark.parametrize("title", ["", "  ", "null", ["ICML"], {"a": "b"}])
def test_an_entry_without_a_title_is_left_out(title: Body) -> None:
    found = checked("huggingface", [edition(title=title)])
    assert found.body == []
    assert only(found).reason is Reason.MISSING_TITLE


def test_any_of_the_title_fields_is_enough() -> None:
    body: Body = {"conferences": [{"name": "Summit", "conference_start": "1.2.2027"}]}
    assert checked("keniack", body).findings == ()


@pytest.mark.parametrize("year", ["", "null"])
def test_an_entry_with_an_empty_year_is_left_out(year: str) -> None:
    found = checked("paperswithcode", [edition(year=year)])
    assert only(found).reason is Reason.MISSING_YEAR
    assert found.body == []


@pytest.mark.parametrize(
    "year",
    [
        "2027a",
        "27",
        "TBD",
        "2027.0",
        "20277",
        "0027",
        "\uff12\uff10\uff12\uff17",
        ["2027"],
    ],
)
def test_a_year_that_sql_cannot_read_leaves_its_entry_out(year: Body) -> None:
    found = checked("sec_deadlines", [{"name": "CCS", "year": year}])
    assert only(found).reason is Reason.YEAR_NOT_A_NUMBER
    assert found.body == []


@pytest.mark.parametrize(
    ("family", "entry", "reason"),
    [
        ("keniack", {"name": "A"}, Reason.MISSING_YEAR),
        ("keniack", {"name": "A", "conference_start": "TBD"}, Reason.YEAR_NOT_A_NUMBER),
        ("keniack", {"name": "A", "conference_start": "28.09.2026"}, None),
        ("ruby_conferences", {"name": "A", "start_date": "2027-01-02"}, None),
        (
            "ruby_conferences",
            {"name": "A", "start_date": "3 May"},
            Reason.YEAR_NOT_A_NUMBER,
        ),
        (
            "tech_conferences",
            {"name": "A", "startDate": "", "endDate": "2027-1-2"},
            None,
        ),
    ],
)
def test_a_year_is_taken_from_the_start_where_no_field_has_it(
    family: str, entry: dict[str, Body], reason: Reason | None
) -> None:
    entries: list[Body] = [entry]
    keys = FAMILY_SHAPES[family].keys
    body: Body = {keys[0]: entries} if keys else entries
    reasons = [finding.reason for finding in checked(family, body).findings]
    assert reasons == ([] if reason is None else [reason])


def test_a_year_at_the_end_of_an_id_is_enough_in_a_mapping() -> None:
    body: Body = {
        "icml2027": {"shortname": "ICML"},
        "kdd": {"shortname": "KDD", "id": "kdd2027"},
        "www": {"title": "WWW"},
    }
    found = checked("tobna", body)
    assert isinstance(found.body, dict)
    assert list(found.body) == ["icml2027", "kdd"]
    assert only(found).position == "/www"
    assert only(found).reason is Reason.MISSING_YEAR


def test_a_bad_edition_leaves_the_rest_of_its_series() -> None:
    body: Body = [series({"year": "2026"}, {"year": "soon"}, {"year": "2028"})]
    found = checked("ccfddl", body)
    assert found.body == [series({"year": "2026"}, {"year": "2028"})]
    assert only(found).position == "/0/confs/1"
    assert (found.entry_count, found.rejected_entry_count) == (3, 1)
    assert body == [series({"year": "2026"}, {"year": "soon"}, {"year": "2028"})]


def test_a_bad_round_leaves_the_rest_of_its_edition() -> None:
    found = checked(
        "ccfddl",
        [series({"year": "2027", "timeline": [{"deadline": "TBD"}, "2027-01-02"]})],
    )
    assert found.body == [series({"year": "2027", "timeline": [{"deadline": "TBD"}]})]
    assert only(found).position == "/0/confs/0/timeline/1"
    assert (found.entry_count, found.rejected_entry_count) == (1, 1)


def test_all_editions_of_a_series_without_a_title_count_as_rejected() -> None:
    found = checked("ccfddl", [series({"year": "2026"}, {"year": "2027"}, title="")])
    assert found.body == []
    assert (found.entry_count, found.rejected_entry_count) == (2, 2)


@pytest.mark.parametrize("confs", ["", "null", []])
def test_a_series_without_editions_is_fine(confs: Body) -> None:
    found = checked("ccfddl", [{"title": "VLDB", "confs": confs}, {"title": "KDD"}])
    assert found.body == [{"title": "VLDB", "confs": []}, {"title": "KDD"}]
    assert found.findings == ()
    assert found.entry_count == 0


@pytest.mark.parametrize("deadlines", ["soon", {"type": "paper", "date": "2027-01-02"}])
def test_a_list_that_is_none_becomes_empty_and_a_reject(deadlines: Body) -> None:
    found = checked("huggingface", [edition(deadlines=deadlines)])
    assert found.body == [edition(deadlines=[])]
    finding = only(found)
    assert (finding.position, finding.entry) == ("/0/deadlines", deadlines)
    assert finding.reason is Reason.NOT_A_MAPPING
    assert finding.is_dropped


@pytest.mark.parametrize(
    ("family", "body"),
    [
        ("ccfddl", {"title": "VLDB"}),
        ("paperswithcode", "text"),
        ("tobna", ["a"]),
        ("keniack", [{"name": "A"}]),
        ("keniack", {"events": []}),
        ("mlsys", {}),
    ],
)
def test_entries_that_are_elsewhere_refuse_the_document(
    family: str, body: Body
) -> None:
    with pytest.raises(UnusableDocumentError) as error:
        checked(family, body)
    assert error.value.reason is Reason.UNEXPECTED_ROOT


def test_either_key_of_the_root_is_enough_and_both_are_read() -> None:
    entry: Body = {"name": "OSDI", "year": "2027"}
    assert checked("mlsys", {"workshops": [entry]}).entry_count == 1
    both = checked("mlsys", {"workshops": [entry, "x"], "conferences": [entry]})
    assert both.body == {"workshops": [entry], "conferences": [entry]}
    assert both.entry_count == 3


# --------------------------------------------------------------- what is remarked on


@pytest.mark.parametrize(
    "text",
    [
        *(
            "2027-02-30",
            "2027-02-29 23:59:59",
            "2027-13-01",
            "2027-00-10",
            "0000-01-01",
        ),
        *("30.02.2027", "2027/11/31 23:59", "2027-1-32", "2027-02-30T23:59:00Z"),
        *("2027-01-02 25:00", "2027-01-02 24:30", "2027-01-02T23:60:00"),
    ],
)
def test_a_date_that_no_calendar_has_is_impossible(text: str) -> None:
    assert impossible(text)
    found = checked("paperswithcode", [edition(deadline=text)])
    assert only(found).reason is Reason.IMPOSSIBLE_DATE
    assert only(found).position == "/0/deadline"
    assert not only(found).is_dropped
    assert found.body == [edition(deadline=text)]


@pytest.mark.parametrize(
    "text",
    [
        *(
            "2028-02-29",
            "2027-1-2 24:00",
            "2027-01-02 24:00:00",
            "28.09.2026",
            "1.2.27",
        ),
        *("%y-02-30 23:59", "%Y-11-31", "2027-%m-31", "TBD", "", "null", "in 2027"),
        *("25th of previous month", "Jan 07, Apr 22", "2027-01-02T11:59:59Z", "2027"),
        *("2026-12-31 23:59:60", "2027-02-300", "+2027-02-30"),
    ],
)
def test_templates_free_text_and_real_dates_are_not_impossible(text: str) -> None:
    assert impossible(text) is None


def test_an_impossible_date_in_a_list_of_dates_is_found() -> None:
    found = checked(
        "sec_deadlines",
        [{"name": "CCS", "year": "2027", "deadline": ["2027-01-31", "2027-02-30"]}],
    )
    assert only(found).position == "/0/deadline/1"


@pytest.mark.parametrize("zone", ["AoE", " aoe ", "UTC", "", "null"])
def test_known_zones_and_none_at_all_are_fine(zone: str) -> None:
    assert checked("paperswithcode", [edition(timezone=zone)]).findings == ()


def test_a_zone_that_nobody_knows_is_remarked_on_where_it_stands() -> None:
    found = checked(
        "huggingface",
        [edition(deadlines=[{"date": "2027-01-02", "timezone": "Russia/Moscow"}])],
    )
    finding = only(found)
    assert finding.reason is Reason.UNKNOWN_ZONE
    assert finding.position == "/0/deadlines/0/timezone"
    assert finding.entry == {"date": "2027-01-02", "timezone": "Russia/Moscow"}
    assert "Russia/Moscow" in finding.detail


def test_the_second_of_two_entries_with_one_id_is_remarked_on() -> None:
    found = checked(
        "ccfddl",
        [
            series({"year": "2026", "id": "fse26"}, {"year": "2027", "id": "fse27"}),
            series({"year": "2026", "id": "fse26"}),
        ],
    )
    assert only(found).reason is Reason.DUPLICATE_ID
    assert only(found).position == "/1/confs/0/id"
    assert "/0/confs/0" in only(found).detail
    assert found.rejected_entry_count == 0


def test_entries_without_an_id_share_none() -> None:
    assert (
        checked(
            "mlsys",
            {
                "conferences": [
                    {"name": "A", "year": "2027", "id": ""},
                    {"name": "B", "year": "2027", "id": ""},
                ]
            },
        ).findings
        == ()
    )


@pytest.mark.parametrize("name", ["abstract deadline", "Abstract-Deadline", "DEADLINE"])
def test_a_field_that_differs_from_a_known_one_in_blanks_is_remarked_on(
    name: str,
) -> None:
    found = checked("paperswithcode", [edition(**{name: "2027-01-02"})])
    assert only(found).reason is Reason.MISSPELT_FIELD
    assert only(found).position == f"/0/{name}"


def test_an_entry_that_is_all_faults_is_remarked_on_twenty_times() -> None:
    dates: Body = ["2027-02-30"] * 1000
    entry: Body = {"name": "CCS", "year": "2027", "deadline": dates}
    assert len(checked("sec_deadlines", [entry, entry]).findings) == 40


def test_a_field_that_nobody_knows_is_no_matter() -> None:
    assert checked("paperswithcode", [edition(mascot="owl")]).findings == ()


def test_positions_are_those_as_published_though_entries_are_left_out() -> None:
    found = checked("paperswithcode", ["x", edition(deadline="2027-02-30")])
    assert [finding.position for finding in found.findings] == ["/0", "/1/deadline"]
