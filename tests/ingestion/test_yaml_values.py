import textwrap

import pytest

from ingestion.readers.records import Limits, Reason, UnusableDocumentError
from ingestion.readers.yaml_values import parse_yaml


def refused(text: str, limits: Limits | None = None) -> UnusableDocumentError:
    with pytest.raises(UnusableDocumentError) as error:
        parse_yaml(text, limits)
    return error.value


@pytest.mark.parametrize(
    "written",
    [
        *("null", "~", "true", "no", "On", "2027-01-15", "2027-01-15 23:59:59"),
        *("1_000", "0x1F", "017", "1.10", "1e3", ".inf", "190:20:30", "=", "12:30"),
    ],
)
def test_a_plain_scalar_stays_the_text_that_was_written(written: str) -> None:
    assert parse_yaml(f"- {written}").body == [written]


def test_an_empty_value_is_the_empty_string() -> None:
    assert parse_yaml("a:\nb: ''\n").body == {
        "a": "",
        "b": "",
    }


def test_keys_are_strings_whatever_they_look_like() -> None:
    assert parse_yaml("2027: a\ntrue: b\n? [x, y]\n: c\n").body == {
        "2027": "a",
        "true": "b",
        '["x","y"]': "c",
    }


def test_tags_are_ignored_and_run_nothing() -> None:
    text = "- !!python/object/apply:os.system [echo]\n- !!int 7\n- !!binary aGk=\n"
    assert parse_yaml(text).body == [["echo"], "7", "aGk="]


def test_carriage_returns_and_folded_lines_read_as_yaml_says() -> None:
    assert parse_yaml("a: |\r\n  one\r\n  two\r\nb: x\r\n").body == {
        "a": "one\ntwo\n",
        "b": "x",
    }


def test_an_alias_stands_for_its_anchor() -> None:
    text = "a: &t [ML, CV]\nb: *t\nc: &s text\nd: *s\n"
    assert parse_yaml(text).body == {
        "a": ["ML", "CV"],
        "b": ["ML", "CV"],
        "c": "text",
        "d": "text",
    }


def test_an_anchor_may_be_defined_anew() -> None:
    assert parse_yaml("a: &x 1\nb: *x\nc: &x 2\nd: *x\n").body == {
        "a": "1",
        "b": "1",
        "c": "2",
        "d": "2",
    }


def test_own_keys_win_over_merged_ones_wherever_they_stand() -> None:
    text = """
    base: &base {a: '1', b: '2'}
    one: {b: own, <<: *base}
    two: {<<: *base, b: own}
    """
    body = parse_yaml(textwrap.dedent(text)).body
    assert isinstance(body, dict)
    assert body["one"] == body["two"] == {"a": "1", "b": "own"}
    assert body["base"] == {"a": "1", "b": "2"}


def test_the_first_mapping_of_a_merge_list_wins() -> None:
    text = "x: &x {k: x}\ny: &y {k: y, l: y}\nz:\n  <<: [*x, *y]\n"
    body = parse_yaml(text).body
    assert isinstance(body, dict)
    assert body["z"] == {"k": "x", "l": "y"}


def test_an_anchor_on_a_merging_mapping_has_the_merged_keys() -> None:
    text = "a: &a {k: '1'}\nb: &b {<<: *a, l: '2'}\nc: {<<: *b}\n"
    body = parse_yaml(text).body
    assert isinstance(body, dict)
    assert body["c"] == {"k": "1", "l": "2"}


def test_a_merge_key_that_is_quoted_or_merges_no_mapping_is_a_key() -> None:
    assert parse_yaml("'<<': {a: b}\n").body == {"<<": {"a": "b"}}
    assert parse_yaml("<<: text\n").body == {"<<": "text"}


def test_merged_keys_that_are_overridden_are_no_duplicates() -> None:
    parsed = parse_yaml("a: &a {k: '1'}\nb: {<<: *a, k: '2'}\n")
    assert parsed.findings == ()


def test_the_last_of_equal_keys_wins_and_the_others_are_kept_aside() -> None:
    parsed = parse_yaml("- t: a\n  x/y~z: '1'\n  x/y~z: [2]\n  x/y~z: '3'\n")
    assert parsed.body == [{"t": "a", "x/y~z": "3"}]
    (finding,) = parsed.findings
    assert finding.reason is Reason.DUPLICATE_KEY
    assert finding.position == "/0/x~1y~0z"
    assert finding.entry == ["1", ["2"]]
    assert not finding.is_dropped


def test_equal_keys_are_found_inside_lists_in_mappings() -> None:
    parsed = parse_yaml("a:\n- b\n- c:\n    d: 1\n    d: 2\n")
    assert [finding.position for finding in parsed.findings] == ["/a/1/c/d"]


def test_a_key_that_is_written_again_and_again_keeps_the_first_few() -> None:
    parsed = parse_yaml("a: 1\n" * 1000)
    (finding,) = parsed.findings
    assert "1000 times" in finding.detail
    assert finding.entry == ["1"] * 20


@pytest.mark.parametrize("text", ["", "\n\n", "# only this\n", "---\n", "---\n---\n"])
def test_a_stream_without_a_value_is_empty(text: str) -> None:
    assert refused(text).reason is Reason.EMPTY


def test_empty_documents_beside_one_do_not_matter() -> None:
    assert parse_yaml("---\n---\n- a\n...\n---\n").body == ["a"]


def test_two_documents_in_one_file_are_refused() -> None:
    error = refused("- a\n---\n- b\n")
    assert error.reason is Reason.UNEXPECTED_ROOT
    assert "2 YAML documents" in error.detail


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("a: b: c\n", "line 1, column 5"),
        ("a:\n\t- b\n", "line 2, column 1"),
        ("- a\n- *nobody\n", "line 2, column 3"),
        ("a: [b\n", "line 2, column 1"),
        ("%YAML 9.0\n---\na\n", "line 1, column 1"),
    ],
)
def test_what_is_no_yaml_is_refused_with_its_place(text: str, where: str) -> None:
    error = refused(text)
    assert error.reason is Reason.NOT_YAML
    assert error.detail.startswith(where)
    assert "\n" not in error.detail


def test_an_alias_of_another_document_is_unknown() -> None:
    assert refused("&a x\n---\n*a\n").reason is Reason.NOT_YAML


@pytest.mark.parametrize("opening", ["[", "{", "{a: ", "- ", "[{a: "])
def test_a_hundred_thousand_opening_brackets_are_too_deep(opening: str) -> None:
    assert refused(opening * 100_000).reason is Reason.TOO_DEEP


def test_nesting_is_counted_through_indentation_too() -> None:
    text = "".join(f"{' ' * level}a:\n" for level in range(100))
    assert refused(text).reason is Reason.TOO_DEEP
    assert parse_yaml("[[[a]]]", Limits(max_depth=3)).body == [[["a"]]]
    assert refused("[[[a]]]", Limits(max_depth=2)).reason is Reason.TOO_DEEP


def test_nesting_is_counted_through_aliases_too() -> None:
    lines = ["- &a0 [x]", *(f"- &a{n} [*a{n - 1}]" for n in range(1, 100))]
    assert refused("\n".join(lines)).reason is Reason.TOO_DEEP


def test_a_billion_laughs_are_refused() -> None:
    lines = ["a0: &a0 [ha, ha, ha, ha, ha, ha, ha, ha, ha]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    error = refused("\n".join(lines))
    assert error.reason is Reason.ALIAS_BOMB
    assert "1,000,000" in error.detail


def test_a_long_text_cannot_be_copied_without_end() -> None:
    text = f"- &a {'x' * 100_000}\n" + "- *a\n" * 200
    assert refused(text).reason is Reason.ALIAS_BOMB


def test_a_bomb_behind_merge_keys_is_refused() -> None:
    lines = ["- &m0 {k: [" + "x, " * 1000 + "]}"]
    lines += [f"- &m{n} {{a: *m{n - 1}, b: *m{n - 1}}}" for n in range(1, 20)]
    assert refused("\n".join(lines)).reason is Reason.ALIAS_BOMB


@pytest.mark.parametrize("text", ["&a [*a]\n", "&a {b: {c: *a}}\n", "&a {<<: *a}\n"])
def test_an_alias_inside_its_own_anchor_is_refused(text: str) -> None:
    error = refused(text)
    assert error.reason is Reason.ALIAS_BOMB
    assert "itself" in error.detail


def test_many_small_aliases_are_fine() -> None:
    body = parse_yaml("- &t [ML]\n" + "- *t\n" * 50_000).body
    assert len(body) == 50_001


def test_null_characters_that_escapes_spell_become_replacement_characters() -> None:
    assert parse_yaml(r'"a\0": ["\x00b", "\\0"]').body == {
        "a\ufffd": ["\ufffdb", "\\0"]
    }


def test_surrogate_pairs_as_json_writes_them_are_understood() -> None:
    assert parse_yaml(r'["\ud83d\ude00", "\ud83d"]').body == ["\U0001f600", "\ufffd"]
