import codecs

import pytest

from ingestion.readers.pages.encoding import decode

TEXT = "<html><p>Einreichung bis 3. März 2027 \u2013 für alle Größen</p></html>"
PLAIN = TEXT.replace("\u2013", "-")


def declared(charset: str, text: str = PLAIN) -> str:
    return f'<meta charset="{charset}">{text}'


@pytest.mark.parametrize(
    "label", ["iso-8859-1", "latin1", "windows-1252", "us-ascii", "shift_jis", "utf-16"]
)
def test_valid_utf8_is_utf8_whatever_the_page_calls_itself(label: str) -> None:
    page = declared(label, TEXT)
    assert decode(page.encode()) == page
    assert decode(page.encode(), f"text/html; charset={label}") == page


@pytest.mark.parametrize("label", ["utf-8", "UTF-8", "", "no-such-charset"])
def test_latin1_under_another_name_is_still_read(label: str) -> None:
    page = declared(label, PLAIN * 5)
    assert decode(page.encode("latin-1")) == page


@pytest.mark.parametrize(
    ("label", "codec", "text"),
    [
        ("iso-8859-1", "latin-1", PLAIN),
        ("ISO-8859-1", "cp1252", TEXT),
        ("windows-1250", "cp1250", "Zgłoszenia do 7 września, źródło"),
        ("iso-8859-9", "iso-8859-9", "Bildiri gönderimi 15 Şubat, kay\u0131t"),
        ("windows-1251", "cp1251", "Подача до 3 марта 2027"),
        ("shift_jis", "shift_jis", "投稿締切 2027年5月3日"),
        ("gb2312", "gb2312", "投稿截止 2027年5月3日"),
    ],
)
def test_what_is_declared_is_used_where_utf8_does_not_fit(
    label: str, codec: str, text: str
) -> None:
    page = declared(label, text)
    assert decode(page.encode(codec)) == page


def test_server_is_asked_before_the_page() -> None:
    page = declared("windows-1252", "15 Şubat 2027")
    content = page.encode("iso-8859-9")
    assert decode(content, "text/html; charset=iso-8859-9") == page


@pytest.mark.parametrize(
    ("mark", "codec"),
    [
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
        (codecs.BOM_UTF32_LE, "utf-32-le"),
        (codecs.BOM_UTF32_BE, "utf-32-be"),
    ],
)
def test_byte_order_mark_is_believed_and_left_out(mark: bytes, codec: str) -> None:
    page = declared("iso-8859-1", TEXT)
    assert decode(mark + page.encode(codec)) == page


def test_page_with_one_broken_byte_is_still_utf8() -> None:
    content = (TEXT * 4).encode() + b"\xff<p>Ende</p>"
    text = decode(content)
    assert text == TEXT * 4 + "\ufffd<p>Ende</p>"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\0",
        b"\0\0\0",
        b"\xff",
        b"\xff\xfe",
        b"\xff\xfe\0",
        b"\xfe\xff\xd8",
        b"\x00\x00\xfe\xff\x00",
        bytes(range(256)) * 40,
        b"charset=" + b"a" * 5_000,
        b"charset=hex\xff\xff",
        b"charset=rot13\xff\xff",
        b"charset=base64\xff\xff",
        b"charset=zlib\xff\xff",
        b"charset=undefined\xff\xff",
        b"charset=idna\xff\xff",
        b"charset=punycode\xff\xff",
        b"charset=unicode_escape\xff\\x",
        b"charset=mbcs\xff\xff",
        b"charset=utf-7\xff+AB",
        b"charset=utf-32\xff\xff",
    ],
)
def test_no_bytes_and_no_label_are_an_error(content: bytes) -> None:
    text = decode(content)
    assert isinstance(text, str)
    assert "\0" not in text


def test_media_type_beyond_ascii_is_no_error() -> None:
    assert decode(b"x", "text/html; charset=\u00fc\udc80") == "x"


def test_escaped_japanese_is_read_as_declared() -> None:
    text = "<meta charset=iso-2022-jp><p>\u7de0\u5207 2027\u5e745\u67083\u65e5</p>"
    assert decode(text.encode("iso2022_jp")) == text
