import random
import re
import time

import pytest

from ingestion.readers.pages.blocks import (
    Line,
    _selectors_that_strike,
    is_html,
    read_blocks,
    read_plain,
)


def lines(body: str, head: str = "") -> tuple[Line, ...]:
    return read_blocks(f"<html><head>{head}</head><body>{body}</body></html>").lines


def texts(body: str, head: str = "") -> list[str]:
    return [line.text for line in lines(body, head)]


def struck(body: str, head: str = "") -> list[list[str]]:
    return [
        [line.text[start:end] for start, end in line.struck]
        for line in lines(body, head)
    ]


def test_every_block_is_a_line_and_inline_elements_end_none() -> None:
    assert texts(
        "<p>Paper <b>sub</b>mission:<span> 3 <i>May</i></span></p><p>x</p>"
    ) == [
        "Paper submission: 3 May",
        "x",
    ]


def test_br_ends_a_line_with_or_without_a_slash() -> None:
    assert texts("<p>one<br>two<br/>three<br />four</p>") == [
        "one",
        "two",
        "three",
        "four",
    ]


def test_white_space_and_invisible_characters_are_as_a_person_sees_them() -> None:
    body = "<p>\n  3\u00a0May\t\u200b 20\u00ad27 \n</p>"
    assert texts(body) == ["3 May 2027"]


def test_line_ends_within_pre_end_lines() -> None:
    assert texts("<pre>Papers: 3 May\nNotification:  5 June\n\n</pre>") == [
        "Papers: 3 May",
        "Notification: 5 June",
    ]


def test_entities_are_characters_and_never_markup() -> None:
    assert texts("<p>Q&amp;A &ndash; 3&nbsp;May &lt;b&gt; &#8211; &copy;</p>") == [
        "Q&A \u2013 3 May <b> \u2013 \u00a9"
    ]


@pytest.mark.parametrize(
    "hidden",
    [
        "<script>var due = '3 May 2027';</script>",
        "<style>p::before { content: '3 May 2027' }</style>",
        "<template><p>3 May 2027</p></template>",
        "<noscript>3 May 2027</noscript>",
        "<!-- 3 May 2027 -->",
        "<select><option>3 May 2027</option></select>",
        "<svg><text>3 May 2027</text></svg>",
    ],
)
def test_what_no_person_reads_is_no_line(hidden: str) -> None:
    assert texts(f"<p>seen</p>{hidden}<p>too</p>") == ["seen", "too"]


def test_title_and_language_are_read_from_the_head() -> None:
    blocks = read_blocks(
        "<html lang='de-AT'><head><title> Tagung\n 2027 </title></head><p>x</p></html>"
    )
    assert blocks.title == "Tagung 2027"
    assert blocks.language == "de"
    assert read_blocks("<p>x</p>").title is None


def test_text_is_the_lines_and_every_line_knows_where_it_stands() -> None:
    blocks = read_blocks("<h1>A \u2013 b</h1><ul><li>c</li><li>d e</li></ul><p>f</p>")
    assert blocks.text == "A \u2013 b\nc\nd e\nf"
    for line in blocks.lines:
        assert blocks.text[line.start : line.end] == line.text


@pytest.mark.parametrize(
    ("markup", "head"),
    [
        ("<s>3 May</s>", ""),
        ("<del>3 May</del>", ""),
        ("<strike>3 May</strike>", ""),
        ("<span style='text-decoration: line-through'>3 May</span>", ""),
        ("<span style='TEXT-DECORATION:LINE-THROUGH'>3 May</span>", ""),
        ("<span class='a strikethrough b'>3 May</span>", ""),
        ("<span class='Strike'>3 May</span>", ""),
        ("<span class='old-deadline'>3 May</span>", ""),
        (
            "<span class='x'>3 May</span>",
            "<style>.x{text-decoration:line-through}</style>",
        ),
        (
            "<span class='x'>3 May</span>",
            "<style>p>.y, p .x{color:red;text-decoration-line: line-through}</style>",
        ),
        (
            "<span id='old'>3 May</span>",
            "<style>/* { */ #old { text-decoration: line-through solid }</style>",
        ),
    ],
)
def test_struck_out_text_is_marked_and_no_more_than_that(
    markup: str, head: str
) -> None:
    body = f"<p>Papers: {markup} 9 May</p>"
    assert texts(body, head) == ["Papers: 3 May 9 May"]
    assert struck(body, head) == [["3 May"]]


@pytest.mark.parametrize(
    ("markup", "head"),
    [
        (
            "<span class='x'>3 May</span>",
            "<style>.x{text-decoration:underline}</style>",
        ),
        ("<span class='striker'>3 May</span>", ""),
        ("<ins>3 May</ins>", ""),
        (
            "<span class='x'>3 May</span>",
            "<style>/* .x{text-decoration:line-through} */</style>",
        ),
        (
            "<span class='x'>3 May</span>",
            "<style>.y{text-decoration:line-through} .x{color:red}</style>",
        ),
    ],
)
def test_text_that_is_not_struck_out_is_not_marked(markup: str, head: str) -> None:
    assert struck(f"<p>Papers: {markup}</p>", head) == [[]]


def test_strike_around_blocks_holds_for_every_line_of_them() -> None:
    assert struck("<del><p>one</p><p>two</p></del><p>three</p>") == [
        ["one"],
        ["two"],
        [],
    ]


def test_strikes_within_each_other_are_one_span() -> None:
    assert struck("<p><s>a <del>b</del> c</s> d</p>") == [["a b c"]]


def test_style_sheet_with_unreadable_selectors_is_left_aside() -> None:
    head = (
        "<style>::::{text-decoration:line-through}"
        " .x{text-decoration:line-through}</style>"
    )
    assert struck("<p><span class='x'>3 May</span></p>", head) == [["3 May"]]


def test_cells_are_numbered_by_table_row_and_column() -> None:
    found = lines(
        "<table><tr><th>a</th><th>b</th></tr><tr><td>c</td><td>d</td></tr></table>"
        "<table><tr><td></td><td>e</td></tr></table><p>f</p>"
    )
    cells = {line.text: line.cell for line in found}
    first = cells["a"][0] if cells["a"] else None
    second = cells["e"][0] if cells["e"] else None
    assert first != second
    assert [cells[name] for name in "abcdef"] == [
        (first, 1, 1),
        (first, 1, 2),
        (first, 2, 1),
        (first, 2, 2),
        (second, 1, 2),
        None,
    ]


def test_inner_table_has_cells_of_its_own() -> None:
    found = lines(
        "<table><tr><td><table><tr><td>in</td></tr></table></td><td>out</td></tr>"
        "</table>"
    )
    inner, outer = (line.cell for line in found)
    assert inner is not None
    assert outer is not None
    assert inner[0] != outer[0]
    assert outer[1:] == (1, 2)


@pytest.mark.parametrize(
    ("body", "region"),
    [
        ("<nav><p>x</p></nav>", "nav"),
        ("<footer>x</footer>", "footer"),
        ("<header>x</header>", "header"),
        ("<aside><ul><li>x</li></ul></aside>", "aside"),
        ("<div class='site-footer dark'>x</div>", "footer"),
        ("<ul id='menu'><li>x</li></ul>", "nav"),
        ("<div class='news'><p>x</p></div>", "news"),
        ("<div class='has-menu'><p>x</p></div>", ""),
        ("<main><p>x</p></main>", ""),
    ],
)
def test_region_is_told_by_element_or_by_whole_class_name(
    body: str, region: str
) -> None:
    assert [line.region for line in lines(body)] == [region]


def test_headings_have_levels_and_nothing_else_has() -> None:
    found = lines("<h1>a</h1><h3><span>b</span></h3><p>c</p><h6>d</h6>")
    assert [line.level for line in found] == [1, 3, 0, 6]


def test_paths_agree_as_far_as_containers_are_shared() -> None:
    one, two, three = (
        line.path for line in lines("<div><p>a</p><p>b</p></div><div><p>c</p></div>")
    )
    shared = [x for x, y in zip(one, two, strict=True) if x == y]
    further = [x for x, y in zip(one, three, strict=True) if x == y]
    assert len(shared) == len(further) + 1


def test_machine_date_is_spelled_out_only_where_the_text_has_no_number() -> None:
    assert texts("<time datetime='2027-05-03T18:30Z'>early May</time>") == [
        "early May 2027-05-03 18:30"
    ]
    assert texts("<time datetime='2027-05-03'>3 May</time>") == ["3 May"]
    assert texts("<time datetime='P3D'>three days</time>") == ["three days"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<!DOCTYPE html><html></html>", True),
        ("  <p>Papers due", True),
        ("<?xml version='1.0'?><html>", True),
        ("Papers < 10 pages\n\nDue 3 May 2027", False),
        ("CALL FOR PAPERS", False),
        ("", False),
    ],
)
def test_html_is_told_from_plain_text(text: str, expected: bool) -> None:
    assert is_html(text) is expected


def test_plain_text_keeps_lines_and_parts_paragraphs_at_blank_lines() -> None:
    blocks = read_plain("A\r\n  b   c\r\rd\n\n\ne")
    assert [line.text for line in blocks.lines] == ["A", "b c", "d", "e"]
    paths = [line.path for line in blocks.lines]
    assert paths[0] == paths[1]
    assert len(set(paths)) == 3
    for line in blocks.lines:
        assert blocks.text[line.start : line.end] == line.text


def test_page_without_a_body_has_no_lines() -> None:
    for html in ("", "<html>", "<html><head><title>x</title></head></html>", "<p>"):
        assert read_blocks(html).lines == ()


@pytest.mark.parametrize("tag", ["div", "b", "span", "table", "ul", "font", "p"])
def test_depth_of_nesting_costs_neither_a_stack_nor_much_time(tag: str) -> None:
    body = f"<p>before</p>{f'<{tag}>' * 100_000}<p>deep</p>"
    started = time.process_time()
    found = texts(body)
    assert time.process_time() - started < 10
    assert found[0] == "before"


def test_deep_nesting_that_is_closed_again_hides_nothing_behind_it() -> None:
    found = texts("<div>" * 3_000 + "deep" + "</div>" * 3_000 + "<p>after</p>")
    assert "deep" in found
    assert "after" in found


def test_lines_beyond_the_limit_are_not_read() -> None:
    assert len(texts("<p>x</p>" * 25_000)) == 20_000
    assert len(read_plain("x\n" * 25_000).lines) == 20_000


def test_one_long_line_is_cut_at_the_limit() -> None:
    assert len(texts("<p>" + "x" * 50_000)[0]) == 20_000
    assert len(read_plain("x" * 50_000).lines[0].text) == 20_000


def test_lines_of_preformatted_text_are_limited_too() -> None:
    blocks = read_blocks("<pre>" + "3 May 2027\n" * 25_000)
    assert len(blocks.lines) == 20_000


def test_strikes_and_preformatted_lines_hold_together() -> None:
    body = (
        "<pre>Papers: <s>3 May\nPosters: 4 May</s>\n\nDemos:&nbsp;&lt;5&gt; May</pre>"
        "<p>Talks: <span class='old-date'>6 <b>May</b></span> 7 May</p>"
    )
    assert texts(body) == [
        "Papers: 3 May",
        "Posters: 4 May",
        "Demos: <5> May",
        "Talks: 6 May 7 May",
    ]
    assert struck(body) == [["3 May"], ["Posters: 4 May"], [], ["6 May"]]


def test_every_rule_that_strikes_is_found_by_where_it_does() -> None:
    # The words of such rules in any order, beside a pattern that says what is meant.
    pattern = re.compile(r"([^{}]{1,500})\{[^{}]{0,2000}?line-through")
    chance = random.Random(2031)  # noqa: S311 - made-up rules need no secrecy
    words = ("{", "}", "{", "}", "line-through", ".a", " ", ";", "x" * 240, "y" * 990)
    for _ in range(300):
        rules = "".join(chance.choices(words, k=chance.randint(0, 20)))
        expected = [found[1] for found in pattern.finditer(rules)]
        assert list(_selectors_that_strike(rules)) == expected


def test_lines_with_digits_of_any_script_are_numbered() -> None:
    content = read_blocks(
        "<p>one<p>2<p>drei \u00fc<p>\u0664 \u0645\u0627\u064a<p>é 5"
    ).content
    assert content.numbered == [1, 3, 4]


def test_null_characters_part_no_lines() -> None:
    assert texts("<p>Papers\0: 3 May</p><p title='\0'>x</p>") == ["Papers: 3 May", "x"]
