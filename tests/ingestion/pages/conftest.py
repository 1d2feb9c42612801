"""The real rules of the seed, and the invented pages."""

import pytest

from ingestion.readers.pages.vocabulary import Vocabulary, parse_vocabulary
from tests.conftest import ROOT

RULES = ROOT / "dbt_project" / "seeds" / "vocabulary" / "label_rules.csv"


@pytest.fixture(scope="session")
def rules_text() -> str:
    """Return the file of rules as dbt and the extractor read it."""
    return RULES.read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def vocabulary(rules_text: str) -> Vocabulary:
    """Return the rules that decide kinds, tracks and remarks."""
    return parse_vocabulary(rules_text)
