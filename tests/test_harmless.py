"""What sources write is anybody's: texts and links as readers may show them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from confradar.readers.addresses import conference_page, slug
from confradar.readers.harmless import MAX_TEXT, text_of, url_of


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        (None, ""),
        ("  due\r\nBEGIN:VALARM\t1 ", "due BEGIN:VALARM 1"),
        ("a\u202eb\u2066c\u200fd", "abcd"),
        ("a\x00b\x1b[31mc\x85d", "a b [31mc d"),
        ("Zürich 東京", "Zürich 東京"),
        ("x" * 10_000, "x" * (MAX_TEXT - 1) + "…"),
    ],
)
def test_a_text_is_one_line_of_what_can_be_seen(written: str, shown: str) -> None:
    assert text_of(written) == shown


@given(st.text(max_size=2000), st.integers(min_value=2, max_value=50))
def test_any_text_can_be_printed_and_has_an_end(written: str, limit: int) -> None:
    shown = text_of(written, limit)

    assert len(shown) <= limit
    assert shown.replace(" ", "").isprintable()


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        " data:text/html,x",
        "//example.org/a",
        "/a",
        "ftp://example.org/",
        "https://",
        "https://who@example.org/",
        "https://example.org/\nSet-Cookie: a",
        'https://example.org/"onmouseover="x',
        "https://example.org/<script>",
        "https://example.org/\u202egpj.exe",
        "https://[::1",
        "https://example.org/" + "a" * 3000,
        "",
        None,
    ],
)
def test_only_links_to_pages_lead_anywhere(url: str | None) -> None:
    assert url_of(url) is None


def test_a_link_stays_as_written() -> None:
    assert url_of(" https://Example.org/a?b=c&d=é#e ") == (
        "https://Example.org/a?b=c&d=é#e"
    )


def test_ranks_that_differ_by_a_sign_have_files_of_their_own() -> None:
    assert [slug(name) for name in ("CORE A", "CORE A*", "C++", "C", "à la")] == [
        "core-a",
        "core-a-star",
        "c-plus-plus",
        "c",
        "à-la",
    ]


def test_names_of_files_are_short_and_differ_as_names_do() -> None:
    names = ("à la/..", "à la", "a-b", "a b", "x" * 500, "x" * 501, "", "/", "猫" * 300)
    files = [slug(name) for name in names]

    assert len(set(files)) == len(names)
    assert all(0 < len(file.encode()) < 250 for file in files)
    assert not any(set(file) & set("/.\\\0") for file in files)
    assert conference_page("../../etc/passwd").startswith("conference/etc-passwd-")
    assert conference_page("neurips-2026") == "conference/neurips-2026.html"
