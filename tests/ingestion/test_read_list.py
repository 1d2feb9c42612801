import hashlib
import json

import pytest
import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from ingestion.documents import Body, PublishedFile, stable_key
from ingestion.readers.json_values import parse_json
from ingestion.readers.lists import READER_VERSION, ReadDocument, read_list
from ingestion.readers.records import Limits
from ingestion.readers.yaml_values import parse_yaml
from ingestion.registry import Source, load_registry

REGISTRY = load_registry()
PLAIN = REGISTRY.get("paperswithcode")
ZONES = frozenset({"aoe"})


def read(
    content: bytes,
    path: str = "conferences.yml",
    source: Source = PLAIN,
    limits: Limits | None = None,
) -> ReadDocument:
    file = PublishedFile(path, content, "https://example.org/list")
    return read_list(source, file, known_zones=ZONES, limits=limits)


def reasons(read_document: ReadDocument) -> list[str]:
    return [reject.reason for reject in read_document.rejects]


def test_a_document_says_what_was_published_and_how_it_was_read() -> None:
    content = b"- title: ICML\n  year: 2027\n  timezone: AoE\n"
    document = read(content).document
    sha256 = hashlib.sha256(content).hexdigest()
    assert document.document_key == stable_key(
        "paperswithcode", "conferences.yml", sha256
    )
    assert document.sha256 == sha256
    assert document.content == content
    assert document.byte_count == len(content)
    assert document.source_url == "https://example.org/list"
    assert document.media_type == "application/yaml"
    assert document.reader_version == READER_VERSION
    assert document.body == [{"title": "ICML", "year": "2027", "timezone": "AoE"}]


def test_a_json_file_is_read_as_json() -> None:
    document = read(b'[{"title": "A", "year": 2027, "x": null}]', "a/b.JSON").document
    assert document.media_type == "application/json"
    assert document.body == [{"title": "A", "year": "2027", "x": "null"}]


def test_an_unusable_document_is_kept_whole_with_one_reject_at_its_root() -> None:
    found = read(b"- a: b: c\n")
    assert found.document.body is None
    assert found.document.content == b"- a: b: c\n"
    (reject,) = found.rejects
    assert reject.reason == "not_yaml"
    assert (reject.position, reject.entry, reject.is_dropped) == ("", None, True)
    assert reject.document_key == found.document.document_key
    assert (found.entry_count, found.rejected_entry_count) == (1, 1)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"# nothing yet\n", "empty"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "binary"),
        (b"title: ICML\n", "unexpected_root"),
        (b"- a\n---\n- b\n", "unexpected_root"),
        (b"[" * 100_000, "too_deep"),
        (b"&a [*a]", "alias_bomb"),
        (b"[\x00]" + b" " * 1000 + b"}", "not_yaml"),
    ],
)
def test_each_kind_of_unusable_document_has_its_reason(
    content: bytes, reason: str
) -> None:
    assert reasons(read(content)) == [reason]


def test_a_json_list_that_is_none_says_so() -> None:
    assert reasons(read(b"[,]", "a.json")) == ["not_json"]


def test_fifty_megabytes_are_kept_and_not_read() -> None:
    found = read(b"- x\n" * 12_500_000)
    assert reasons(found) == ["too_large"]
    assert found.document.byte_count == 50_000_000
    assert len(found.document.content) == 50_000_000


def test_the_largest_size_allowed_is_the_limit_and_no_more() -> None:
    assert reasons(read(b"[]", limits=Limits(max_bytes=2))) == []
    assert reasons(read(b"[] ", limits=Limits(max_bytes=2))) == ["too_large"]


def test_a_file_that_is_all_faults_is_no_list() -> None:
    found = read(b"- x\n" * 10_001)
    assert reasons(found) == ["unexpected_root"]
    assert "10,000 faults" in found.rejects[0].detail


def test_a_list_of_windows_is_read_with_a_remark() -> None:
    found = read("- title: Montréal\n  year: 2027\n".encode("cp1252"))
    assert found.document.body == [{"title": "Montréal", "year": "2027"}]
    assert reasons(found) == ["not_utf8"]
    assert (found.entry_count, found.rejected_entry_count) == (1, 0)


def test_remarks_that_were_made_before_an_error_are_kept() -> None:
    assert reasons(read(b"a: \xe9\n")) == ["not_utf8", "unexpected_root"]


def test_rejects_of_one_document_have_keys_of_their_own() -> None:
    content = (
        b"- title: A\n  title: A\n  year: 2027\n  id: a\n  deadline: 2027-02-30\n"
        b"- title: B\n  year: 2027\n  id: a\n  timezone: Moon\n- 7\n"
    )
    found = read(content)
    assert reasons(found) == [
        "duplicate_key",
        "impossible_date",
        "duplicate_id",
        "unknown_zone",
        "not_a_mapping",
    ]
    assert len({reject.reject_key for reject in found.rejects}) == 5
    assert (found.entry_count, found.rejected_entry_count) == (3, 1)


def test_nothing_that_jsonb_cannot_hold_gets_into_a_reject() -> None:
    (reject,) = read(rb'- {"a\0": "b\0"}').rejects
    assert reject.entry == {"a\ufffd": "b\ufffd"}


def test_the_same_bytes_give_the_same_records() -> None:
    content = b"- title: A\n  year: 2027\n  note_s: 1\n  NOTE: 2\n  Sub: 3\n- 1\n"
    assert read(content) == read(content)


# ---------------------------------------------------------------------- properties

TEXTS = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20
)
BODIES: st.SearchStrategy[Body] = st.recursive(
    TEXTS,
    lambda parts: (
        st.lists(parts, max_size=4) | st.dictionaries(TEXTS, parts, max_size=4)
    ),
    max_leaves=20,
)
ROOTS = st.lists(BODIES, max_size=4) | st.dictionaries(TEXTS, BODIES, min_size=1)


@given(ROOTS)
def test_any_strings_written_as_json_read_back_equal(body: Body) -> None:
    assert parse_json(json.dumps(body)).body == body
    assert parse_json(json.dumps(body, ensure_ascii=False)).body == body


@given(ROOTS)
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_any_strings_written_as_yaml_read_back_equal(body: Body) -> None:
    for style in (None, '"'):
        text = yaml.safe_dump(body, default_style=style, allow_unicode=False)
        assert parse_yaml(text).body == body


@given(st.binary(max_size=400), st.sampled_from(["a.yml", "a.json"]))
@example(b"\xff\xfe\x00\x00", "a.yml")
@example(b"\xff\xfe-\x00", "a.json")
@example(b"\xef\xbb\xbf", "a.yml")
def test_no_bytes_raise_anything(content: bytes, path: str) -> None:
    found = read(content, path)
    assert found.document.content == content
    assert found.document.body is not None or found.rejects


MARKUP = st.lists(
    st.sampled_from(
        [
            *("- ", "? ", ": ", "\n", "  ", "\t", "[", "]", "{", "}", ",", "&a ", "*a"),
            *(
                "<<: ",
                "title: A\n",
                "year: 2027\n",
                "'",
                '"',
                "|\n",
                ">-\n",
                "#",
                "!!x ",
            ),
            *("---\n", "...\n", "%TAG ! x\n", "\\u0000", "\\ud800", "\u2028", "é"),
        ]
    ),
    max_size=60,
).map("".join)


@given(MARKUP, st.sampled_from([source.key for source in REGISTRY.lists]))
@settings(max_examples=300)
def test_no_mixture_of_markup_raises_anything(text: str, key: str) -> None:
    found = read(text.encode(), source=REGISTRY.get(key))
    assert found.rejected_entry_count <= found.entry_count
    json.dumps(found.document.body).encode()


@given(st.lists(BODIES, max_size=5), st.sampled_from([s.key for s in REGISTRY.lists]))
def test_whatever_shape_entries_have_what_is_left_has_title_and_year(
    entries: list[Body], key: str
) -> None:
    source = REGISTRY.get(key)
    found = read(json.dumps(entries).encode(), "a.json", source)
    dropped = [reject for reject in found.rejects if reject.is_dropped]
    if source.family == "paperswithcode":
        assert isinstance(found.document.body, list)
        assert len(found.document.body) + len(dropped) == len(entries)
        assert all(
            isinstance(entry, dict) and entry["title"] and entry["year"]
            for entry in found.document.body
        )
