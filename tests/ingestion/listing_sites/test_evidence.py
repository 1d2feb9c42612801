from ingestion.readers.sites.evidence import PageText


def test_the_same_text_in_two_rows_is_found_in_its_own() -> None:
    text = PageText("FOO 2027\nJan 5, 2027\nBAR 2027\nJan 5, 2027")
    first = text.passage("FOO 2027", "Jan 5, 2027")
    second = text.passage("BAR 2027", "Jan 5, 2027")
    assert first.quote == "FOO 2027\nJan 5, 2027"
    assert second.quote == "BAR 2027\nJan 5, 2027"
    assert (second.start, second.end) == (21, 41)


def test_a_row_that_stands_above_the_last_one_is_found_too() -> None:
    text = PageText("first\nsecond")
    assert text.passage("second").start == 6
    assert text.passage("first").start == 0


def test_what_the_page_does_not_show_is_added_as_a_line() -> None:
    text = PageText("FOO 2027")
    passage = text.passage("FOO 2027", 'moment.tz("2027-01-05")')
    assert text.text == 'FOO 2027\nFOO 2027 | moment.tz("2027-01-05")'
    assert text.text[passage.start : passage.end] == passage.quote


def test_a_text_of_added_lines_alone_begins_with_the_first() -> None:
    text = PageText()
    passages = [text.added("one"), text.added("two\n  lines")]
    assert text.text == "one\ntwo lines"
    assert [text.text[one.start : one.end] for one in passages] == ["one", "two lines"]


def test_thousands_of_rows_that_are_not_shown_do_not_search_the_page_each() -> None:
    text = PageText("A" * 200_000)
    for number in range(5_000):
        text.passage(f"row {number}", "B")
    assert text.text.endswith("\nrow 4999 | B")
