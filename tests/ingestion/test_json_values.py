import pytest

from ingestion.readers.json_values import parse_json
from ingestion.readers.records import Limits, Reason, UnusableDocumentError


def refused(text: str, limits: Limits | None = None) -> UnusableDocumentError:
    with pytest.raises(UnusableDocumentError) as error:
        parse_json(text, limits)
    return error.value


@pytest.mark.parametrize(
    "written",
    ["1.10", "1E+2", "-0", "true", "false", "null", "NaN", "9" * 5000, "0.1000"],
)
def test_a_scalar_stays_the_text_that_was_written(written: str) -> None:
    assert parse_json(f'[{written}, {{"a": {written}}}]').body == [
        written,
        {"a": written},
    ]


def test_the_last_of_equal_keys_wins_and_the_others_are_kept_aside() -> None:
    parsed = parse_json('[{"a": {"b": 1, "b": [null], "c": 0, "b": 3}}]')
    assert parsed.body == [{"a": {"b": "3", "c": "0"}}]
    (finding,) = parsed.findings
    assert finding.reason is Reason.DUPLICATE_KEY
    assert finding.position == "/0/a/b"
    assert finding.entry == ["1", ["null"]]


def test_half_a_surrogate_pair_and_null_characters_are_replaced() -> None:
    parsed = parse_json(r'["\ud83d\ude00", "\ud83d", "\u0000", {"\u0000": "\\u0000"}]')
    assert parsed.body == [
        "\U0001f600",
        "\ufffd",
        "\ufffd",
        {"\ufffd": r"\u0000"},
    ]


@pytest.mark.parametrize("text", ["", " \n\t"])
def test_a_text_without_a_value_is_empty(text: str) -> None:
    assert refused(text).reason is Reason.EMPTY


@pytest.mark.parametrize("text", ["{", "[1,]", "[1] 2", "// c\n[]", "{'a': 1}"])
def test_what_is_no_json_is_refused_with_its_place(text: str) -> None:
    error = refused(text)
    assert error.reason is Reason.NOT_JSON
    assert error.detail.startswith("line 1, column ")


@pytest.mark.parametrize("opening", ["[", '{"a":'])
def test_a_hundred_thousand_opening_brackets_are_too_deep(opening: str) -> None:
    assert refused(opening * 100_000).reason is Reason.TOO_DEEP


def test_the_depth_allowed_is_the_limit_and_no_more() -> None:
    assert parse_json("[[[1]]]", Limits(max_depth=3)).body == [[["1"]]]
    assert refused("[[[1]]]", Limits(max_depth=2)).reason is Reason.TOO_DEEP
