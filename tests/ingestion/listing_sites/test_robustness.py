"""Pages that were cut off, garbled, or made to be slow; whatever they are, they end."""

import random
import time
from collections.abc import Iterator

import pytest

from ingestion.documents import PublishedFile
from ingestion.origins import SAMPLE_FOLDER
from ingestion.readers.web_pages import ReadPage, read_page
from ingestion.registry import load_registry
from ingestion.shapes import PAGE_FAMILIES
from ingestion.web.saved import SavedPagesOrigin
from tests.ingestion.listing_sites.reading import VOCABULARY, check_quotes

REGISTRY = load_registry()
ZONES = frozenset({"aoe", "utc"})
# Of 10 KB to 1 MB; each takes well below a second unless something is quadratic.
SECONDS = 10.0


def read(key: str, content: bytes) -> ReadPage:
    file = PublishedFile("page", content, "https://lamp.example.org/")
    source = REGISTRY.get(key)
    return read_page(source, file, vocabulary=VOCABULARY, known_zones=ZONES)


def samples() -> Iterator[tuple[str, bytes]]:
    origin = SavedPagesOrigin(SAMPLE_FOLDER)
    for source in REGISTRY.page_sources:
        for file in origin.visits(source, {}):
            assert isinstance(file, PublishedFile)
            yield source.key, file.content


def test_no_page_of_the_sample_raises_however_it_is_garbled() -> None:
    dice = random.Random(7)  # noqa: S311 - the same pages each time
    for key, content in samples():
        for _ in range(25):
            garbled = bytearray(content[: dice.randrange(len(content))])
            for _ in range(dice.randrange(20)):
                if garbled:
                    garbled[dice.randrange(len(garbled))] = dice.randrange(256)
            found = read(key, bytes(garbled))
            if found.reading is not None:
                check_quotes(found.reading)


def test_every_reader_meets_the_pages_of_every_other() -> None:
    for _, content in samples():
        for key in PAGE_FAMILIES:
            found = read(key, content)
            assert found.reading is not None
            check_quotes(found.reading)


N = 2_000
HEADER = "<tr><td>Event</td><td>When</td><td>Where</td><td>Deadline</td></tr>"
CALL = (
    "<tr><td><a href='?eventid=1'>A 2027</a></td><td>B</td></tr>"
    "<tr><td>x</td><td>y</td><td>Jan 1, 2027</td></tr>"
)
BOX = "<div class=ConfItem id=a><a class=conf-title>A 2027</a></div>"
TRAPS = [
    ("wikicfp", f"<table>{HEADER}{CALL * N}</table>"),
    ("wikicfp", f"<table>{HEADER}" * N),
    ("wikicfp", "<table><tr><td>" * 450),
    ("wikicfp", f"<table>{HEADER}{CALL.replace('Jan 1', '(' * 100_000)}"),
    ("wikicfp", f"<table>{HEADER}{CALL.replace('B', ' ' * 300_000)}"),
    ("wikicfp", f"<table>{HEADER}{CALL.replace('A', '- ' * 100_000)}"),
    ("wikicfp", "<rss><item><link>?eventid=3</link><title>A</title>" + "[x] " * N),
    ("wikicfp", "<rss>" + "<item><title>" * N),
    ("wikicfp", '<resultset><row><field name="eventid">' * N),
    ("acl_events", "<table><tr><th>Title<th>Deadline" * 450),
    ("acl_events", "<table><tr><th>Title<th>Deadline" + "<tr><td>x<td>5 Jan" * N),
    ("elra_events", "<article><h2>A 2027</h2><p>Papers: 5 Jan 2027" * 450),
    ("elra_events", "<main>" + "<li>A 2027" * N),
    ("chairing_tool", '[{"a":' * 100_000),
    ("chairing_tool", "[" + '{"name":"A 2027","due":"2027-01-01"},' * N + "0]"),
    ("aideadlines", BOX * N),
    ("aideadlines", f"{BOX}<script>moment.tz({'a' * 300_000}</script>"),
    ("aideadlines", BOX + "<script>moment.tz(" + "'#a " * 100_000),
    ("aideadlines", BOX + "<script>" + 'x = moment.tz("2027-01-01");' * N),
    ("conference_pages", f"<title>{' 2027' * 100_000}</title><p>x"),
    ("conference_pages", f"<title>{'(A ' * 100_000}</title><p>x"),
    ("conference_pages", f"<title>{'call for papers - ' * 20_000}</title><p>x"),
]


@pytest.mark.parametrize(("key", "text"), TRAPS, ids=range(len(TRAPS)))
def test_a_page_that_was_made_to_be_slow_is_read_in_time(key: str, text: str) -> None:
    began = time.perf_counter()
    read(key, text.encode())
    assert time.perf_counter() - began < SECONDS
