"""Bytes of a page to text: what is declared is tried, and not believed.

Pages that call themselves ISO-8859-1 are often UTF-8, and the other way round. Valid
UTF-8 of any length is hardly ever anything else, so it is tried first; then what the
page and the server declare; then what the bytes look like.
"""

import codecs
import re

from charset_normalizer import from_bytes

_DECLARED = re.compile(
    rb"""(?:charset|encoding)\s*=\s*["']?\s*([a-z0-9][a-z0-9_.:-]{1,39})""",
    re.IGNORECASE,
)
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_HEAD_BYTES = 4096
_GUESSED_BYTES = 64 * 1024
# Browsers read these labels as their Windows supersets (WHATWG Encoding Standard).
_SUPERSETS = {"iso-8859-1": "cp1252", "latin-1": "cp1252", "latin1": "cp1252"}


def decode(content: bytes, media_type: str | None = None) -> str:
    """Return the text of a page, with U+FFFD where nothing fits and no U+0000."""
    return _decode(content, media_type).replace("\0", "\ufffd")


def _decode(content: bytes, media_type: str | None) -> str:
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return content.decode(encoding, "replace")
    if b"\x1b" in content:
        declared = _declared(content, media_type)
        if declared.startswith("iso2022"):
            return content.decode(declared, "replace")  # its bytes are all valid ASCII
    try:
        return content.decode()
    except UnicodeDecodeError:
        pass
    declared = _declared(content, media_type)
    if declared:
        try:
            return content.decode(declared)
        except UnicodeDecodeError:
            pass
    if _is_nearly_utf8(content):
        return content.decode(errors="replace")
    best = from_bytes(content[:_GUESSED_BYTES]).best()
    return content.decode(best.encoding if best else "cp1252", "replace")


def _declared(content: bytes, media_type: str | None) -> str:
    """Return the name of the encoding that is declared, or "" if Python has none."""
    for place in ((media_type or "").encode("ascii", "replace"), content[:_HEAD_BYTES]):
        found = _DECLARED.search(place)
        if found:
            name = found[1].decode("ascii").lower()
            name = _SUPERSETS.get(name, name)
            try:
                # Python also has codecs that turn no bytes into text (rot13, zlib).
                b"a".decode(name)
                encoding = codecs.lookup(name).name
            except (LookupError, UnicodeError):
                continue
            if "utf-16" not in encoding:
                return encoding
    return ""


def _is_nearly_utf8(content: bytes) -> bool:
    """Tell whether few of the bytes beyond ASCII break UTF-8: a page with one slip."""
    sample = content[:_GUESSED_BYTES]
    broken = sample.decode(errors="replace").count("\ufffd")
    wide = sum(byte >= 0xC0 for byte in sample)
    return broken * 20 < wide
