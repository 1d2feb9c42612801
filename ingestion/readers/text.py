"""Bytes to text that YAML, JSON and ``jsonb`` can hold; the bytes stay in the document.

Neither format allows control characters, and Postgres allows neither U+0000 nor half a
surrogate pair in ``jsonb``: stray ones become U+FFFD, so that one bad byte does not
cost a whole list. A file that is full of them is no text at all.
"""

import codecs
import re

from ingestion.documents import Body
from ingestion.readers.records import Finding, Reason, UnusableDocumentError

REPLACEMENT = "\ufffd"

_WIDE_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_AS_CP1252 = "confradar_cp1252"  # our name for the error handler below
_CONTROL_BYTES = bytes(set(range(32)) - {*b"\t\n\r\f\v\x1a"})
_MAX_CONTROL_SHARE = 0.01
# What a YAML stream may not contain (YAML 1.1, 5.1), and a byte order mark inside it.
_UNPRINTABLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufeff\ufffe\uffff]"
)
# Spellings that only an escape can smuggle past the check above.
_SMUGGLED = re.compile(r"\\(?:0|x00|u0000|U00000000|u[dD][89a-fA-F])")
_NOT_IN_JSONB = re.compile("[\x00\ud800-\udfff]")


def decode(content: bytes) -> tuple[str, tuple[Finding, ...]]:
    """Return the text of a file and a remark if it was not written in UTF-8.

    Bytes that are not UTF-8 are read as Windows-1252, each by itself, so that one name
    pasted from elsewhere does not garble the others.

    Raises:
        UnusableDocumentError: the file is binary.
    """
    for mark, encoding in _WIDE_MARKS:
        if content.startswith(mark):
            text = content.decode(encoding, errors="replace")
            detail = f"the file was read as {encoding.upper()}"
            return _cleaned(text), (_not_utf8(detail),)
    control_count = len(content) - len(content.translate(None, _CONTROL_BYTES))
    if control_count > len(content) * _MAX_CONTROL_SHARE:
        raise UnusableDocumentError(
            Reason.BINARY,
            f"{control_count} of {len(content)} bytes are control characters: "
            "this is no text",
        )
    try:
        return _cleaned(content.decode("utf-8")), ()
    except UnicodeDecodeError as error:
        text = content.decode("utf-8", errors=_AS_CP1252)
        detail = f"byte {error.start} is not UTF-8: such bytes were read as cp1252"
        return _cleaned(text), (_not_utf8(detail),)


def _cleaned(text: str) -> str:
    text = text.removeprefix("\ufeff")
    return _UNPRINTABLE.sub(REPLACEMENT, text) if _UNPRINTABLE.search(text) else text


def _not_utf8(detail: str) -> Finding:
    return Finding("", Reason.NOT_UTF8, detail, None, is_dropped=False)


def _read_as_cp1252(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    wrong = error.object[error.start : error.end]
    return wrong.decode("cp1252", errors="replace"), error.end


codecs.register_error(_AS_CP1252, _read_as_cp1252)


def may_hold_unstorable(text: str) -> bool:
    """Tell whether an escape in the text may stand for what ``jsonb`` cannot hold."""
    return "\\" in text and _SMUGGLED.search(text) is not None


def storable_text(text: str) -> str:
    """Return the text with U+FFFD for each character that ``jsonb`` cannot hold."""
    return _NOT_IN_JSONB.sub(REPLACEMENT, text)


def storable(body: Body) -> Body:
    """Return the body with every text in it, keys too, made storable."""
    if isinstance(body, str):
        return storable_text(body)
    if isinstance(body, list):
        return [storable(value) for value in body]
    return {storable_text(key): storable(value) for key, value in body.items()}
