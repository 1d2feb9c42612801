"""How long extraction takes, beside the HTML library parsing the same pages.

    uv run python -m benchmarks.bench_extraction [--pages 400] [--corpus FOLDER]

The pages are made up: 30 KB as conferences publish them, with a call in running text, a
table or list of eight dates and the usual frame. The pages of the corpus, all of which
were chosen for their dates, are measured beside them where they are on the machine.
"""

import argparse
import random
import resource
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import lru_cache
from pathlib import Path
from typing import Final

from selectolax.lexbor import LexborHTMLParser

from ingestion.readers.pages.extract import extract
from ingestion.readers.pages.records import Page
from ingestion.readers.pages.vocabulary import Vocabulary, parse_vocabulary

ROOT = Path(__file__).parents[1]
RULES = ROOT / "dbt_project/seeds/vocabulary/label_rules.csv"
CORPUS = ROOT.parent / "shared" / "corpus" / "pages"
ROUNDS = 15

_LABELS: Final = (
    "Abstract submission",
    "Paper submission deadline",
    "Author response period",
    "Notification of acceptance",
    "Camera-ready version due",
    "Early registration",
    "Workshop proposals",
    "Conference",
)
_WORDS: Final = tuple(
    word
    for words in (
        "systems methods learning analysis data networks theory evaluation research",
        "authors format pages community results language model design empirical topics",
        "include open science reproducible work students practice tools software",
    )
    for word in words.split()
)


def made_up_pages(count: int, size: int = 30_000) -> list[bytes]:
    """Return pages of about so many bytes, each time the same ones."""
    chance = random.Random(7)  # noqa: S311 - made-up pages need no secrecy
    return [_page(number, size, chance) for number in range(count)]


def _page(number: int, size: int, chance: random.Random) -> bytes:
    days = [
        f"{chance.choice(('March', 'April', 'May'))} {chance.randint(1, 28)}, 2031"
        for _ in _LABELS
    ]
    if number % 2:
        dates = "".join(
            f"<tr><td class='what'>{label}</td><td><b>{day}</b></td></tr>\n"
            for label, day in zip(_LABELS, days, strict=True)
        )
        dates = f"<table class='dates'>{dates}</table>"
    else:
        dates = "".join(
            f"<li><strong>{label}:</strong> <span>{day}</span> (23:59 AoE)</li>\n"
            for label, day in zip(_LABELS, days, strict=True)
        )
        dates = f"<ul>{dates}</ul>"

    def words(count: int) -> str:
        return " ".join(chance.choices(_WORDS, k=count))

    links = "".join(
        f"<li class='nav-item'><a class='nav-link' href='/{n}.html'>{words(2)}</a></li>"
        for n in range(30)
    )
    people = "".join(
        f"<div class='col-md-4 person'><img src='/img/{n}.jpg' alt=''><p><strong>"
        f"{words(2).title()}</strong><br><span class='aff'>{words(3)}</span></p></div>"
        for n in range(60)
    )
    rules = "".join(f".c{n}{{margin:{n}px;padding:0 {n}px}}" for n in range(120))
    parts = [
        f"<!doctype html><html lang='en'><head><title>EXAMPLE 2031 - call {number}"
        f"</title><meta charset='utf-8'><style>{rules}</style>"
        f'<script>window.settings = {{"key": "{words(200)}"}};</script></head>'
        f"<body><nav><ul>{links}</ul></nav><h1>Call for papers</h1>",
        f"<h2>Important dates</h2>{dates}<h2>Committee</h2><div class='row'>{people}",
        "</div><h2>Topics</h2>",
    ]
    length = sum(map(len, parts))
    while length < size - 100:
        part = (
            f"<p class='text'>{words(12).capitalize()} <a href='#'>{words(3)}</a>, "
            f"<em>{words(2)}</em> {words(20)}.</p>\n<ul><li>{words(4)}</li></ul>"
        )
        parts.append(part)
        length += len(part)
    parts.append("<footer><p>Contact us</p></footer></body></html>")
    return "".join(parts).encode()


def best_of(
    rounds: int, pages: Sequence[bytes], work: Sequence[Callable[[bytes], object]]
) -> list[float]:
    """Return for each piece of work the sum of the least times of pages, in seconds.

    What else the machine does disturbs some pages of a round, and others of the next;
    pieces take turns at every page, so that a slow minute is one for all of them.
    """
    best = [[float("inf")] * len(pages) for _ in work]
    for _ in range(rounds):
        for number, page in enumerate(pages):
            for one, seconds in zip(work, best, strict=True):
                start = time.process_time()
                one(page)
                seconds[number] = min(seconds[number], time.process_time() - start)
    return [sum(seconds) for seconds in best]


def against_parsing(pages: Sequence[bytes], vocabulary: Vocabulary) -> float:
    """Return how many parsings one extraction takes."""
    parsing, extracting = best_of(
        ROUNDS,
        pages,
        (LexborHTMLParser, lambda page: extract(Page(page), vocabulary)),
    )
    return extracting / parsing


@lru_cache(maxsize=1)
def _vocabulary() -> Vocabulary:
    return parse_vocabulary(RULES.read_text(encoding="utf-8"))


def _phrase_count(pages: Sequence[bytes]) -> int:
    return sum(
        len(extract(Page(page), _vocabulary()).entries[0].phrases) for page in pages
    )


def two_processes(pages: Sequence[bytes]) -> float:
    """Return how many times as fast two processes are as one, in elapsed time."""
    batches = [pages[start : start + 50] for start in range(0, len(pages), 50)]

    def elapsed(workers: int) -> float:
        with ProcessPoolExecutor(workers) as pool:
            list(pool.map(_phrase_count, batches[: workers * 2]))  # all have started
            start = time.perf_counter()
            list(pool.map(_phrase_count, batches))
            return time.perf_counter() - start

    alone = min(elapsed(1) for _ in range(2))
    return alone / min(elapsed(2) for _ in range(2))


def memory_growth(pages: Sequence[bytes], count: int) -> float:
    """Return by how many MB the peak grows over so many pages after the first 1,000."""
    peak_before = 0.0
    for number, page in enumerate(_round(pages, count)):
        _phrase_count([page])
        if number == 1_000:
            peak_before = _peak()
    return _peak() - peak_before


def _round(pages: Sequence[bytes], count: int) -> Iterator[bytes]:
    for number in range(count):
        # No page is quite another's: nothing may be remembered by its text.
        yield pages[number % len(pages)] + f"<p>Note {number}</p>".encode()


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main(words: Sequence[str] | None = None) -> None:
    """Print the ratios; ``words`` are the arguments, None those of the process."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.bench_extraction")
    parser.add_argument("--pages", type=int, default=400)
    parser.add_argument("--flat", type=int, default=20_000)
    parser.add_argument("--corpus", type=Path, default=CORPUS)
    arguments = parser.parse_args(words)
    pages = made_up_pages(arguments.pages)
    print(
        f"extraction / parsing, {len(pages)} made-up pages: "
        f"{against_parsing(pages, _vocabulary()):.2f} (wanted: at most 4)"
    )
    if arguments.corpus.is_dir():
        real = [file.read_bytes() for file in sorted(arguments.corpus.glob("*.html"))]
        print(
            f"extraction / parsing, {len(real)} real pages of dates: "
            f"{against_parsing(real, _vocabulary()):.2f}"
        )
    print(f"one process / two: {two_processes(pages * 8):.2f} (wanted: at least 1.7)")
    print(
        f"peak memory grows by {memory_growth(pages, arguments.flat):.1f} MB over "
        f"{arguments.flat} pages"
    )


if __name__ == "__main__":
    main()
