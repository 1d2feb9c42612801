import pytest

from ingestion.readers.records import Reason, UnusableDocumentError
from ingestion.readers.text import decode, storable


def test_utf_8_is_read_without_a_remark() -> None:
    assert decode("São Paulo 北京".encode()) == ("São Paulo 北京", ())


def test_a_byte_order_mark_is_no_part_of_the_text() -> None:
    assert decode(b"\xef\xbb\xbf- a") == ("- a", ())


def test_bytes_of_windows_are_read_as_such_with_a_remark() -> None:
    text, (finding,) = decode("Montréal \u2013 “26”".encode("cp1252"))
    assert text == "Montréal \u2013 “26”"
    assert finding.reason is Reason.NOT_UTF8
    assert "byte 5 " in finding.detail
    assert not finding.is_dropped


def test_one_byte_of_windows_does_not_garble_the_rest() -> None:
    text, findings = decode("São Paulo, ".encode() + b"Montr\xe9al")
    assert text == "São Paulo, Montréal"
    assert len(findings) == 1


def test_bytes_that_no_encoding_knows_become_replacement_characters() -> None:
    assert decode(b"a\x81b")[0] == "a\ufffdb"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "utf-16-be", "utf-32-be"])
def test_wide_encodings_are_known_by_their_mark(encoding: str) -> None:
    text, (finding,) = decode(
        ("\ufeff" if "be" in encoding else "").encode(encoding) + "- é".encode(encoding)
    )
    assert text == "- é"
    assert finding.reason is Reason.NOT_UTF8


def test_stray_control_characters_become_replacement_characters() -> None:
    text, _ = decode(b"- a\x00b\x0c" + b"x" * 1000)
    assert text.startswith("- a\ufffdb\ufffdxxx")


@pytest.mark.parametrize(
    "content",
    [
        b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x01\x00" * 20,
        b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03" * 50,
        bytes(1000),
    ],
)
def test_what_is_full_of_control_characters_is_binary(content: bytes) -> None:
    with pytest.raises(UnusableDocumentError) as error:
        decode(content)
    assert error.value.reason is Reason.BINARY


def test_what_jsonb_cannot_hold_is_replaced_in_keys_and_values() -> None:
    assert storable({"a\x00": ["\ud800", {"b": "c"}]}) == {
        "a\ufffd": ["\ufffd", {"b": "c"}]
    }
