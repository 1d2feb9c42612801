"""Pages that are broken, by chance or on purpose: no crash, and no endless work."""

import random
import re
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingestion.readers.pages import blocks
from ingestion.readers.pages.blocks import read_blocks
from ingestion.readers.pages.encoding import decode
from ingestion.readers.pages.extract import extract, read_lines
from ingestion.readers.pages.records import Page, PageReading, Phrase
from ingestion.readers.pages.vocabulary import Vocabulary

FIXTURES = Path(__file__).parent / "fixtures"
ORIGINALS = [path.read_bytes() for path in sorted(FIXTURES.iterdir())]
SEED = 20270503
MUTATED_COUNT = 1_000
# Of a page; a typical one takes a millisecond.
MAX_SECONDS = 10.0
MEGABYTE = 1_000_000

ISO_DAY = re.compile(r"\d{4}-\d\d-\d\d")
CLOCK = re.compile(r"(?:[01]\d|2[0-4]):[0-5]\d(?::[0-5]\d)?")

Mutation = Callable[[random.Random, bytes], bytes]


def checked(content: bytes, vocabulary: Vocabulary) -> PageReading:
    """Read a page, and hold what comes out to what any reading promises."""
    started = time.process_time()
    reading = extract(Page(content), vocabulary)
    assert time.process_time() - started < MAX_SECONDS
    (entry,) = reading.entries
    standing: dict[tuple[str, str, str], list[Phrase]] = defaultdict(list)
    for phrase in entry.phrases:
        assert phrase.date is not None
        assert ISO_DAY.fullmatch(phrase.date)
        assert phrase.time is None or CLOCK.fullmatch(phrase.time)
        assert 0 <= phrase.start <= phrase.end <= len(reading.text)
        if phrase.start < len(reading.text):
            assert reading.text[phrase.start : phrase.end] == phrase.quote
        standing[phrase.kind, phrase.track, phrase.label_text].append(phrase)
    for phrases in standing.values():
        assert not all(p.is_superseded for p in phrases) or _is_replaced_elsewhere(
            phrases, entry.phrases
        )
    assert "\0" not in reading.text
    return reading


def _is_replaced_elsewhere(
    phrases: list[Phrase], everything: tuple[Phrase, ...]
) -> bool:
    """Tell whether another label's date of the same thing replaces these."""
    kind, track = phrases[0].kind, phrases[0].track
    return any(
        other.kind == kind and other.track == track and not other.is_superseded
        for other in everything
    )


# -- what happens to pages -----------------------------------------------------


def flipped(rng: random.Random, content: bytes) -> bytes:
    changed = bytearray(content)
    for _ in range(rng.randint(1, 30)):
        changed[rng.randrange(len(changed))] = rng.randrange(256)
    return bytes(changed)


def cut(rng: random.Random, content: bytes) -> bytes:
    start = rng.randrange(len(content))
    return content[:start] + content[start + rng.randint(1, 200) :]


def truncated(rng: random.Random, content: bytes) -> bytes:
    return content[: rng.randrange(len(content))]


def without_tags(rng: random.Random, content: bytes) -> bytes:
    return re.sub(
        rb"</?\w+[^>]*>", lambda tag: tag[0] if rng.random() < 0.7 else b"", content
    )


def without_brackets(rng: random.Random, content: bytes) -> bytes:
    return bytes(
        byte for byte in content if byte not in b"<>\"'=" or rng.random() < 0.93
    )


def repeated(rng: random.Random, content: bytes) -> bytes:
    start = rng.randrange(len(content))
    end = min(len(content), start + rng.randint(1, 120))
    return content[:end] + content[start:end] * rng.randint(1, 60) + content[end:]


def spliced(rng: random.Random, content: bytes) -> bytes:
    other = rng.choice(ORIGINALS)
    return content[: rng.randrange(len(content))] + other[rng.randrange(len(other)) :]


def salted(rng: random.Random, content: bytes) -> bytes:
    grain = rng.choice(
        (
            *(b"\0", b"\xff\xfe", b"&#0;", b"&#xD800;", b"&#1114112;", b"&amp" * 50),
            *(b"&nbsp;" * 40, b"\xe2\x80\x8b", b"<!--", b"-->", b"<![CDATA[", b"]]>"),
            *(
                b"<s>",
                b"</s>",
                b"<del>",
                b"<table>",
                b"<td>",
                b"<tr>",
                b"<dt>",
                b"<li>",
            ),
            *(b"<style>*{text-decoration:line-through}</style>", b"<pre>", b"<script>"),
            *(b"31 June 2027", b"99/99/9999", b"0 May 0000", b" 24:00 ", b"UTC-99"),
            *(b"1-2-3-4-5-", b"\xee\x80\x80", b"\xee\x80\x81", b"\xc4\xb0", b"\r\r\n"),
            *(b"\xf0\x9f\x93\x85", b"\xcd\xb8", b"\xe2\x80\xae", b"(((((", b"]]]]"),
        )
    )
    position = rng.randrange(len(content))
    return content[:position] + grain * rng.randint(1, 8) + content[position:]


MUTATIONS: tuple[Mutation, ...] = (
    *(flipped, cut, truncated, without_tags, without_brackets),
    *(repeated, spliced, salted),
)


def test_mutated_pages_are_read_as_far_as_they_go(vocabulary: Vocabulary) -> None:
    rng = random.Random(SEED)  # noqa: S311
    phrases = 0
    for _ in range(MUTATED_COUNT):
        content = rng.choice(ORIGINALS)
        for _ in range(rng.randint(1, 3)):
            content = rng.choice(MUTATIONS)(rng, content) or b"<"
        phrases += len(checked(content, vocabulary).entries[0].phrases)
    assert phrases > MUTATED_COUNT  # most of them still say something


def test_reading_the_same_bytes_again_gives_the_same(vocabulary: Vocabulary) -> None:
    rng = random.Random(SEED)  # noqa: S311
    for original in ORIGINALS:
        for mutate in MUTATIONS:
            content = mutate(rng, original)
            page = Page(content)
            assert extract(page, vocabulary) == extract(page, vocabulary)


# -- short cuts that change nothing ----------------------------------------------

# What hides an end from the pattern for unseen elements, or looks like a beginning.
HIDING = (
    "a<svg><svg></svg>b</svg>c",
    "a<svg><!-- </svg> b <svg> --></svg>c",
    "a<noscript><style></noscript> b <noscript></style></noscript>c",
    "a<noscript><iframe src=x></iframe><style>p{}</style>b</noscript>c",
    "a<script><!--<script>b</script>c<!--d--><script>e</script>--></script>f",
    "a<SCRIPT>document.write('<script>b</scr'+'ipt>')</SCRIPT>c",
    "a<p x<script>b</p><script>c</script>d",
    "a<p x<!-- y>b</p>c<!-- d -->e",
    "a<p title='</svg> > <svg>'>b</p>c",
    "a<xmp><script>b</xmp>c</script>d",
    "a<plaintext>b<p>c",
    "a<select><option>b<select>c",
    "a<textarea><p>b</textarea>c",
    "a<!----><!-- - -- b --><!>c",
    "a<s\x1cx>3 May</s\x1cx>b",
    "a<b class='Strike'>3 May</b><i style='x:LINE-through'>4 May</i>",
    "a<pre>b<i>\nc</i>\nd</pre>e",
    "<s>a<p>b<br>c</s>d",
    "a\u00a0&nbsp; &amp;lt; \u200b<p>&nbsp;</p>\ue000b",
    "<frameset><frame></frameset>",
    "a<?xml b?>c<b>d</b><?e?>f<script>g</script>h<p>i",
    "a<noscript><?b </noscript>c<?d </noscript>e",
    "<!doctype html<html><p>a",
)


def sure_and_fast(page: str) -> tuple[blocks.Blocks, blocks.Blocks]:
    """Read a page as the library drops what is unseen, and as a pattern does."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(blocks, "_is_certain", lambda seen, pieces: False)
        sure = read_blocks(page)
    return sure, read_blocks(page)


@pytest.mark.parametrize("page", HIDING)
def test_what_hides_an_end_hides_nothing_else(page: str) -> None:
    sure, fast = sure_and_fast(page)
    assert fast.lines == sure.lines


def test_pattern_drops_what_the_library_drops_from_mutated_pages() -> None:
    rng = random.Random(SEED + 1)  # noqa: S311
    for _ in range(MUTATED_COUNT // 2):
        content = rng.choice(MUTATIONS)(rng, rng.choice(ORIGINALS)) or b"<"
        page = decode(content) + rng.choice(HIDING) + decode(content)
        sure, fast = sure_and_fast(page)
        assert fast.lines == sure.lines


def test_places_of_lines_far_from_dates_say_nothing(vocabulary: Vocabulary) -> None:
    rng = random.Random(SEED + 2)  # noqa: S311
    for _ in range(MUTATED_COUNT // 2):
        content = rng.choice(MUTATIONS)(rng, rng.choice(ORIGINALS)) or b"<"
        # Far more lines than matter to the dates of the page before them.
        filler = "".join(
            rng.choice(("<p>", "<td>", "<li>", "<h2>", "<br>")) + rng.choice("ab-")
            for _ in range(rng.randint(0, 150))
        )
        whole, lazy = (read_blocks(decode(content) + filler) for _ in range(2))
        assert len(whole.lines) == len(whole.content.texts)
        page = Page(content)
        assert read_lines(page, lazy, vocabulary) == read_lines(page, whole, vocabulary)


# -- pages that are made to be slow -----------------------------------------------

DATED = b"<ul><li>Paper submission: 3 May 2027</li></ul>"
RUNS = (
    *(
        "1-",
        "1 ",
        "1/",
        "1.",
        "1:",
        "1,",
        "12",
        "-",
        "(",
        ")",
        "[",
        " ",
        ",",
        ".",
        "\t",
    ),
    *("May 1 ", "May ", "may ", "May 1-", "1 May ", "1 May - ", "1 and ", "1 May, "),
    *(
        "May 1, 2027 ",
        "2027 ",
        "2027-05-03 ",
        "03/05/2027 ",
        "1. 1. ",
        "Mon ",
        "(Mon) ",
    ),
    *("3 May 2027 to ", "3 May 2027 extended ", "1st ", "1 of ", "1 de ", "'27 "),
    *("UTC-", "UTC ", "AoE ", "AoE (", "PST/", "23:59 ", "23:59 AoE ", "11 pm "),
    *("Europe/", "anywhere on ", "Papers due ", "submission of ", "call for "),
    *("&nbsp;", "&amp;", "&", "&#", "\u00a0", "\u200b", "a", "\u0130", "\u6708", "<"),
    *("->", "\u2192", "\u00a9", ">", '"', "'", "=", "<!--", "<s>", "</s>", "<!", "<?"),
    *("1 \u6708 1 \u65e5 ", "not ", "was ", "no later than ", "Conference 2027 "),
)


@pytest.mark.parametrize("run", RUNS)
def test_long_run_of_one_thing_is_read_in_time(
    run: str, vocabulary: Vocabulary
) -> None:
    line = run * (MEGABYTE // (8 * len(run.encode())))
    checked(f"<p>Papers due: {line} 3 May 2027 {line}</p>".encode(), vocabulary)
    checked(f"Papers due: {line} 3 May 2027\n".encode(), vocabulary)


@pytest.mark.parametrize(
    "unit",
    [
        *("<p>3 May 2027</p>", "<li>Papers due: 3 May 2027</li>", "<br>3 May<br>x"),
        *(
            "<dt>3 May 2027</dt><dd>4 May 2027</dd>",
            "<h2>3 May 2027</h2>",
            "<h2>Papers</h2>",
        ),
        *("<tr><td>Papers<td>3 May 2027", "<td>3 May 2027", "<s>3 May 2027</s>"),
        *(
            "<del>3 May 2027<p>",
            "<table><tr><td>3 May",
            "<div class='strike'>3 May 2027</div>",
        ),
        *(
            "<p>Papers due: 3 May</p><p>extended: 4 May</p>",
            "<p>All deadlines 23:59 AoE",
        ),
        *(
            "<time datetime='2027-05-03'>x</time>",
            "<style>a{text-decoration:line-through}",
        ),
        *(
            "<script type='application/ld+json'>[[",
            "<p id=a class=b style=c>May 3, 2027</p>",
        ),
        *("Papers due for<ul><li>posters</li></ul>", "<nav>3 May 2027</nav>"),
        "<p>May 3 a b c May 4 d e f May 5</p>",
        "<td>Papers</td><td>3 May 2027</td>",
        "<style>.z ~ * ~ * ~ * ~ .q{text-decoration:line-through}</style><p class=q>x",
        "<style>:has(:has(* * .q))*{text-decoration:line-through}</style><p class=q>x",
    ],
)
def test_page_of_one_thing_over_and_over_is_read_in_time(
    unit: str, vocabulary: Vocabulary
) -> None:
    count = MEGABYTE // (16 * len(unit))
    checked(f"<html><body>{unit * count}</body></html>".encode(), vocabulary)


@pytest.mark.parametrize("is_closed", [True, False], ids=["closed", "open"])
@pytest.mark.parametrize(
    "tag",
    ["div", "p", "b", "table", "table><tr><td", "ul><li", "dl><dd", "s", "svg", "pre"],
)
def test_nesting_without_bottom_is_read_in_time(
    tag: str, is_closed: bool, vocabulary: Vocabulary
) -> None:
    closing = f"</{tag.split('>')[0]}>" * 100_000 if is_closed else ""
    page = f"{f'<{tag}>' * 100_000}<p>Papers due: 3 May 2027</p>{closing}"
    checked(DATED + page.encode(), vocabulary)


def test_rule_after_the_dotted_capital_of_turkish_is_read_in_time(
    vocabulary: Vocabulary,
) -> None:
    # In lower case it is two characters, which puts the rest of a page out of place.
    places = "<p>İstanbul, İzmir</p>" * 40
    body = f"{places}<p>Papers due: 3 May 2027</p><p>All deadlines are AoE</p>"
    (entry,) = checked(body.encode(), vocabulary).entries

    assert [phrase.timezone_text for phrase in entry.phrases] == ["AoE"]


def test_megabyte_of_one_word_hides_no_date_before_it(vocabulary: Vocabulary) -> None:
    reading = checked(DATED + b"<p>" + b"x" * MEGABYTE, vocabulary)
    assert [phrase.date for phrase in reading.entries[0].phrases] == ["2027-05-03"]


@pytest.mark.parametrize(
    "content",
    [
        *(
            b"",
            b"\0",
            b"\0" * MEGABYTE,
            b"<",
            b"<>",
            b"</>",
            b"<html",
            b"&",
            b"\xff\xfe",
        ),
        *(b"\n" * MEGABYTE, b"\r" * MEGABYTE, b"\xff" * MEGABYTE, b"<" * MEGABYTE),
        *(
            b"%PDF-1.7\n\xe2\xe3\xcf\xd3",
            b"PK\x03\x04",
            b"\x1f\x8b\x08\0",
            b"{}",
            b"[]",
        ),
        *(b"\xef\xbb\xbf", b"\xfe\xff\0<\0p", b"<?xml version='1.0'?><a/>"),
    ],
    ids=lambda content: repr(content[:12]),
)
def test_what_is_no_page_has_no_dates(content: bytes, vocabulary: Vocabulary) -> None:
    assert checked(content, vocabulary).entries[0].phrases == ()


def test_null_bytes_within_words_break_nothing_else(vocabulary: Vocabulary) -> None:
    reading = checked(b"<p>No\0te</p>" + DATED, vocabulary)
    assert [phrase.date for phrase in reading.entries[0].phrases] == ["2027-05-03"]


# -- whatever else there is ---------------------------------------------------------

PIECES = st.sampled_from(
    (
        *(
            "<p>",
            "</p>",
            "<li>",
            "<ul>",
            "</ul>",
            "<br>",
            "<s>",
            "</s>",
            "<del>",
            "</del>",
        ),
        *(
            "<table>",
            "<tr>",
            "<td>",
            "<th>",
            "</table>",
            "<dl>",
            "<dt>",
            "<dd>",
            "<h2>",
        ),
        *("</h2>", "<div>", "</div>", "<nav>", "<footer>", "<pre>", "\n", "<title>"),
        *(
            " 3 May 2027 ",
            " May 3 ",
            " 3 May ",
            " 03/05/2027 ",
            " 2027-05-03 ",
            " 3-5 ",
        ),
        *(" 31 June 2027 ", " 29 February ", " 23:59 ", " 5pm ", " AoE ", " UTC+2 "),
        *(
            " Papers due ",
            " Notification: ",
            " Camera-ready ",
            " Conference ",
            " Rebuttal ",
        ),
        *(
            " Registration ",
            " extended to ",
            " was ",
            " \u2192 ",
            " \u2013 ",
            " and ",
            " or ",
        ),
        *(
            " All deadlines are 23:59 AoE. ",
            " News ",
            " Last updated ",
            " Posters ",
            ", ",
        ),
        *(
            " 2026 ",
            " 2027 ",
            " TBA ",
            " (",
            ") ",
            "[",
            "]",
            " Important dates ",
            " for ",
        ),
        *(
            " 12/31/2027 ",
            " 15thApril ",
            " may ",
            " \u0130 ",
            "\u200b",
            "&nbsp;",
            "\u5e745\u6708",
        ),
    )
)


@settings(
    max_examples=400,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(pieces=st.lists(PIECES, max_size=60))
def test_any_mixture_of_what_pages_are_made_of_is_read(
    pieces: list[str], vocabulary: Vocabulary
) -> None:
    content = "".join(pieces).encode()
    assert checked(content, vocabulary) == checked(content, vocabulary)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(content=st.binary(max_size=400))
def test_any_bytes_are_read(content: bytes, vocabulary: Vocabulary) -> None:
    checked(content, vocabulary)
    checked(b"<p>Papers due: 3 May 2027" + content, vocabulary)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(text=st.text(max_size=200))
def test_any_characters_are_read(text: str, vocabulary: Vocabulary) -> None:
    content = f"<p>{text} 3 May 2027 {text}</p>".encode(errors="surrogatepass")
    checked(content, vocabulary)
