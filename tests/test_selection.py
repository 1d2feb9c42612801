"""What people ask for: the words of a query, and the rows that they choose."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from confradar.readers import BadQueryError, Vocabulary, selection_of
from confradar.readers.selection import MAX_LENGTH, MAX_VALUES

KNOWN = Vocabulary(
    areas=("machine learning", "security"),
    ranks=("CCF A", "CCF B", "CORE A", "CORE A*"),
    series_keys=frozenset({"icx", "soupx"}),
)


@dataclass(frozen=True)
class Row:
    series_key: str = "icx"
    kind: str = "submission"
    area_names: tuple[str, ...] = ("security", "theory")
    rank_names: tuple[str, ...] = ("CCF B", "CORE A*")
    due_at: datetime | None = datetime(2026, 12, 1, 11, 59, tzinfo=UTC)
    has_moved: bool = False
    has_conflict: bool = False
    text: str = "icx\nconference on the unknown\nvienna"


@pytest.mark.parametrize(
    ("query", "is_wanted"),
    [
        ({}, True),
        ({"area": ["Security"]}, True),
        ({"area": ["machine learning", "security"]}, True),
        ({"area": ["machine learning"]}, False),
        ({"area": [""]}, True),
        ({"rank": ["A*"]}, True),
        ({"rank": ["core"]}, True),
        ({"rank": ["CORE A"]}, False),
        ({"rank": ["A"]}, False),
        ({"rank": ["CORE A", "ccf b"]}, True),
        ({"kind": ["submission"], "series": ["soupx"]}, False),
        ({"kind": ["abstract", "submission"]}, True),
        ({"search": ["Vienna unknown"]}, True),
        ({"search": ["Vienna graz"]}, False),
        ({"after": ["2026-12-01"], "before": ["2026-12-02"]}, True),
        ({"after": ["2026-12-01T12:59+01:00"]}, True),
        ({"before": ["2026-12-01T12:59+01:00"]}, False),
        ({"changed": ["1"]}, False),
        ({"changed": ["no"], "conflict": ["0"]}, True),
        ({"conflict": ["yes"]}, False),
    ],
)
def test_a_row_is_wanted_if_each_parameter_fits(
    query: dict[str, list[str]], is_wanted: bool
) -> None:
    assert selection_of(query, KNOWN).has(Row()) is is_wanted


def test_what_has_no_instant_is_in_no_period() -> None:
    assert selection_of({}, KNOWN).has(Row(due_at=None))
    assert not selection_of({"after": ["2020-01-01"]}, KNOWN).has(Row(due_at=None))


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ({"area": ["secruity"]}, "area: 'secruity' is not known; .* security?"),
        ({"rank": ["CORE D"]}, "rank: 'core d' is not known"),
        ({"kind": ["paper"]}, "kind: 'paper' is not known"),
        ({"series": ["nips"]}, "series: 'nips' is not known"),
        ({"after": ["tomorrow"]}, "after: 'tomorrow' is no date"),
        ({"after": ["2026-02-30"]}, "after: '2026-02-30' is no date"),
        ({"before": ["0001-01-01T00:00+23:00"]}, "before: .* is no date"),
        ({"before": ["2026-01-01", "2027-01-01"]}, "before: is given twice"),
        ({"changed": ["maybe"]}, "changed: 'maybe' is neither 1 nor 0"),
        ({"search": ["a\x00b"]}, "search: has characters that cannot be printed"),
        ({"search": ["a" * (MAX_LENGTH + 1)]}, "search: longer than 100 characters"),
        ({"area": ["security"] * (MAX_VALUES + 1)}, "area: more than 20 values"),
    ],
)
def test_what_cannot_be_understood_is_refused_in_one_line(
    query: dict[str, list[str]], message: str
) -> None:
    with pytest.raises(BadQueryError, match=message) as refused:
        selection_of(query, KNOWN)

    assert "\n" not in str(refused.value)


@given(
    st.dictionaries(
        st.sampled_from(
            ["search", "area", "rank", "kind", "series", "after", "before", "changed"]
        ),
        st.lists(st.text(max_size=30), max_size=3),
    )
)
def test_any_query_is_understood_or_refused(query: dict[str, list[str]]) -> None:
    with suppress(BadQueryError):  # and no other error
        assert selection_of(query, KNOWN).has(Row()) in (True, False)
