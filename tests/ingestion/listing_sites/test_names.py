import pytest

from ingestion.readers.sites.names import slug, split_acronym, split_title, year_in


@pytest.mark.parametrize(
    ("text", "series", "year"),
    [
        ("CEI 2026", "CEI", "2026"),
        ("ICML '26", "ICML", "2026"),
        ("ICML\u201926", "ICML", "2026"),
        ("2nd FOO 2026", "FOO", "2026"),
        ("2nd BDTL Workshop 2017", "BDTL Workshop", "2017"),
        ("FOO-BAR 2026", "FOO-BAR", "2026"),
        ("FOO-BAR-2026", "FOO-BAR", "2026"),
        ("CVPR2026", "CVPR", "2026"),
        ("GLOW@ISWC 2026", "GLOW@ISWC", "2026"),
        ("SI-Cloud-2 2016", "SI-Cloud-2", "2016"),
        ("IEEE AL-KHWARIZMI  2026", "IEEE AL-KHWARIZMI", "2026"),
        ("2026 FOO", "FOO", "2026"),
        ("FOO'26 2026", "FOO", "2026"),
        ("BOOK '98", "BOOK", "1998"),
        ("Web3", "Web3", None),
        ("K-CAP", "K-CAP", None),
        ("ISO 12026", "ISO 12026", None),
        ("2026", None, "2026"),
        ("", None, None),
    ],
)
def test_an_acronym_is_a_series_and_a_year(
    text: str, series: str | None, year: str | None
) -> None:
    assert split_acronym(text) == (series, year)


@pytest.mark.parametrize(
    ("title", "series", "full_name", "year"),
    [
        (
            "9th Conference on Lamps (LAMP 2027)",
            "LAMP",
            "9th Conference on Lamps",
            "2027",
        ),
        ("LAMP 2027: Conference on Lamps", "LAMP", "Conference on Lamps", "2027"),
        ("Call for Papers | LAMP 2027", "LAMP", None, "2027"),
        ("LAMP 2027 - Important Dates", "LAMP", None, "2027"),
        (
            "Second Call for Papers: 9th Workshop on Lamps (LAMP '27)",
            "LAMP",
            "9th Workshop on Lamps",
            "2027",
        ),
        (
            "Call for Posters | 2027 Conference on Lamps",
            "Conference on Lamps",
            "2027 Conference on Lamps",
            "2027",
        ),
        ("Home", None, None, None),
        ("Important Dates", None, None, None),
        ("LAMP 2027", "LAMP", None, "2027"),
        (
            "The 2027 Conference on Lamps",
            "The 2027 Conference on Lamps",
            "The 2027 Conference on Lamps",
            "2027",
        ),
        ("Lamps (in Oslo)", "Lamps (in Oslo)", "Lamps (in Oslo)", None),
        ("", None, None, None),
    ],
)
def test_a_title_gives_its_short_name_and_its_long_one(
    title: str, series: str | None, full_name: str | None, year: str | None
) -> None:
    found = split_title(title)
    assert (found.series, found.full_name, found.year) == (series, full_name, year)


def test_a_year_in_a_date_or_a_longer_number_is_not_the_edition_s() -> None:
    assert year_in("since 12026, in 2027") == "2027"
    assert year_in("2026-11-20") is None
    assert year_in(None) is None


def test_a_slug_is_one_word_of_an_address() -> None:
    assert slug("4th Workshop: Foo & Bar, 2027!") == "4th-workshop-foo-bar-2027"
