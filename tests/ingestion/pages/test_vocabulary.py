import csv
import re
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.readers.pages.vocabulary import (
    LabelRule,
    Vocabulary,
    VocabularyError,
    parse_vocabulary,
    words_of,
)
from tests.ingestion.pages.conftest import RULES

HEADER = "rule_key,decides,priority,label_pattern,value,note\n"
ROWS = list(csv.DictReader(RULES.read_text(encoding="utf-8").splitlines()))
KINDS = frozenset(
    {
        *("abstract", "artifact", "camera_ready", "early_registration", "notification"),
        *("other", "proposal", "rebuttal_end", "rebuttal_start", "registration"),
        *("submission", "supplementary", "conference_end", "conference_start"),
    }
)
# What Python and Postgres read alike, of all that a backslash can begin.
SHARED_ESCAPES = frozenset({r"\w", r"\d", r"\s", r"\.", r"\+"})

WORDS = sorted(
    {
        *re.findall(r"[^\W\d_]+", " ".join(row["label_pattern"] for row in ROWS)),
        *("the", "of", "for", "to", "and", "in", "2027", "1st", "our", "final", "new"),
        *("deadlines", "papers", "posters", "x", "dates:", "(extended)", "-", "camera"),
    }
)
LABELS = (
    "Abstract submission deadline",
    "Abstracts for posters due",
    "Acceptance notification",
    "Annual Conference",
    "Anmeldung",
    "Artifact Evaluation: submission",
    "Author Response Period",
    "Author response ends",
    "Benachrichtigung der Autoren",
    "CRC due",
    "Call for Papers",
    "Call for Workshop Proposals",
    "Camera-Ready Version",
    "Camera ready copies of late-breaking work",
    "Conference dates",
    "Conference ends",
    "Convegno",
    "Decisions to authors",
    "Demo submissions",
    "Doctoral Symposium",
    "Early-bird registration closes",
    "Envío de artículos",
    "Expression of interest",
    "Extended Abstracts",
    "Extended deadline",
    "Final versions",
    "Important Dates",
    "Inscrições antecipadas",
    "Intent to submit",
    "Last updated",
    "Letters of intent",
    "Notificación de aceptación",
    "PC discussion",
    "Paper registration",
    "Papers available online",
    "Poster session",
    "Rebuttal",
    "Registration opens",
    "Short papers",
    "Soumission des articles",
    "Special session proposals",
    "Student travel grants",
    "Submission of papers",
    "Submission site opens",
    "Supplementary material",
    "Tutorial Proposals Due",
    "Video upload",
    "Workshops",
    "was",
    "Подача тезисов",
    "Rejestracja",
    "Kay\u0131t",
)


def in_order(rules: Sequence[LabelRule], decides: str, label: str) -> LabelRule | None:
    """Try every rule, without any index."""
    words = words_of(label)
    return next(
        (
            rule
            for rule in sorted(rules, key=lambda rule: (rule.priority, rule.key))
            if rule.decides == decides and rule.pattern.search(words)
        ),
        None,
    )


@pytest.fixture(scope="module")
def rules(vocabulary: Vocabulary) -> list[LabelRule]:
    found = [vocabulary.rule(row["rule_key"]) for row in ROWS]
    return [rule for rule in found if rule is not None]


def assert_index_changes_nothing(
    vocabulary: Vocabulary, rules: Sequence[LabelRule], label: str
) -> None:
    assert vocabulary.kind(label) == in_order(rules, "kind", label), label
    assert vocabulary.track(label) == in_order(rules, "track", label), label
    remarks = [rule for rule in rules if rule.decides == "remark"]
    for value in {rule.value for rule in remarks}:
        expected = in_order([r for r in remarks if r.value == value], "remark", label)
        assert vocabulary.remark(label, value) == expected, label


def test_every_rule_of_the_file_is_known_by_its_key(rules: list[LabelRule]) -> None:
    assert len(rules) == len(ROWS) > 60
    assert len({rule.key for rule in rules}) == len(rules)


@pytest.mark.parametrize("label", LABELS)
def test_index_of_words_changes_nothing_for_labels_that_pages_use(
    label: str, vocabulary: Vocabulary, rules: list[LabelRule]
) -> None:
    assert_index_changes_nothing(vocabulary, rules, label)


def test_index_of_words_changes_nothing_for_any_word_of_the_rules(
    vocabulary: Vocabulary, rules: list[LabelRule]
) -> None:
    for word in WORDS:
        assert_index_changes_nothing(vocabulary, rules, word)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(label=st.lists(st.sampled_from(WORDS), min_size=1, max_size=6).map(" ".join))
def test_index_of_words_changes_nothing_for_any_mixture_of_them(
    label: str, vocabulary: Vocabulary, rules: list[LabelRule]
) -> None:
    assert_index_changes_nothing(vocabulary, rules, label)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(data=st.data(), row=st.sampled_from(ROWS))
def test_index_of_words_lets_in_all_that_a_rule_matches(
    data: st.DataObject, row: dict[str, str]
) -> None:
    pattern = re.compile(row["label_pattern"])
    words = st.from_regex(row["label_pattern"].replace(r"\w", "[a-z]"))
    label = words_of(data.draw(words))
    alone = Vocabulary([LabelRule("alone", "kind", 1, pattern, "other")])
    assert (alone.kind(label) is not None) == (pattern.search(label) is not None)


def test_first_rule_by_priority_and_then_by_key_decides() -> None:
    text = HEADER + (
        "late,kind,20, papers ,submission,\n"
        "b,kind,10, papers? ,abstract,\n"
        "a,kind,10, paper\\w* ,other,\n"
    )
    found = parse_vocabulary(text).kind("Papers")
    assert found is not None
    assert found.key == "a"


def test_label_that_no_rule_knows_has_no_kind(vocabulary: Vocabulary) -> None:
    assert vocabulary.kind("Zxcvb") is None
    assert vocabulary.kind("") is None
    assert vocabulary.track("Zxcvb") is None
    assert vocabulary.remark("Zxcvb", "noise") is None
    assert vocabulary.remark("Last updated", "no such remark") is None
    assert vocabulary.rule("no_such_rule") is None


@pytest.mark.parametrize(
    ("label", "words"),
    [
        ("Paper-Submission (DUE):", " paper submission due "),
        ("  camera_ready  ", " camera ready "),
        ("Prüfung/Abgabe\u00a02", " prüfung abgabe 2 "),
        ("--", "  "),
        ("", "  "),
    ],
)
def test_label_is_compared_as_its_words_with_blanks_around(
    label: str, words: str
) -> None:
    assert words_of(label) == words


@pytest.mark.parametrize(
    ("row", "line"),
    [
        ("a,kind,first, papers ,submission,", 3),
        ("a,kind,, papers ,submission,", 3),
        ("a,kind,1,(papers,submission,", 3),
        ("a,colour,1, papers ,submission,", 3),
        ("a,kind", 3),
    ],
)
def test_wrong_row_is_refused_with_its_line(row: str, line: int) -> None:
    text = f"{HEADER}fine,kind,1, drafts ,submission,\n{row}\n"
    with pytest.raises(VocabularyError, match=f"line {line} "):
        parse_vocabulary(text)


def test_file_without_a_column_is_refused() -> None:
    with pytest.raises(VocabularyError, match="label_pattern"):
        parse_vocabulary("rule_key,decides,priority,value\na,kind,1,other\n")


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["rule_key"])
def test_pattern_means_the_same_in_postgres(row: dict[str, str]) -> None:
    pattern = row["label_pattern"]
    assert set(re.findall(r"\\.", pattern)) <= SHARED_ESCAPES
    # Groups with names or flags, and possessive repeats, are not in Postgres.
    assert not re.search(r"\(\?(?!:|!|=)|[*+?}]\+", pattern)
    # In Postgres one lazy repeat makes the whole pattern lazy.
    assert not re.search(r"[*+?}]\?", pattern)


@pytest.mark.parametrize(
    "row",
    [row for row in ROWS if row["decides"] == "kind"],
    ids=lambda row: row["rule_key"],
)
def test_rule_of_a_kind_names_a_kind_of_the_project(row: dict[str, str]) -> None:
    assert row["value"] in KINDS


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["rule_key"])
def test_pattern_matches_something_in_lower_case_words(row: dict[str, str]) -> None:
    assert row["label_pattern"] == row["label_pattern"].lower()
    assert re.search(row["label_pattern"], "  ") is None
