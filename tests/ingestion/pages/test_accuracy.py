"""The real pages of the corpus, whose dates people wrote down."""

from pathlib import Path

import pytest

from benchmarks.accuracy import Score, score
from ingestion.readers.pages.vocabulary import Vocabulary

pytestmark = pytest.mark.corpus

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def corpus(lists: Path) -> Path:
    return lists.parent


@pytest.fixture(scope="module")
def dev(corpus: Path, vocabulary: Vocabulary) -> Score:
    labels = corpus / "labels"
    return score(
        labels / "dev.csv", labels / "disputed.csv", corpus / "pages", vocabulary
    )


@pytest.fixture(scope="module")
def own(corpus: Path, vocabulary: Vocabulary) -> Score:
    """Return the score on pages that were read by hand for this project."""
    return score(
        HERE / "own_labels.csv", HERE / "own_disputed.csv", corpus / "pages", vocabulary
    )


def test_current_dates_are_read_with_their_kinds(dev: Score) -> None:
    assert dev.page_count == 43
    assert dev.current.true > 200
    assert dev.current.precision >= 0.97
    assert dev.current.recall >= 0.97


def test_dates_of_every_kind_are_read(dev: Score) -> None:
    assert dev.dates.precision >= 0.98
    assert dev.dates.recall >= 0.98


def test_times_and_zones_are_read_as_written(dev: Score) -> None:
    assert dev.time.true > 0
    assert dev.time.recall >= 0.95
    assert dev.zone.true > 0
    assert dev.zone.recall >= 0.95


def test_more_pages_of_the_same_conferences_are_read_as_well(own: Score) -> None:
    assert own.page_count == 66
    assert own.current.precision >= 0.96
    assert own.current.recall >= 0.96
    assert own.dates.precision >= 0.96
    assert own.dates.recall >= 0.96
