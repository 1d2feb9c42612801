import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.web.addresses import (
    AddressError,
    is_public,
    is_same_site,
    normalised,
    page_path,
)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("HTTPS://Conf.Example:443/Dates#top", "https://conf.example/Dates"),
        ("http://conf.example:80", "http://conf.example/"),
        ("http://conf.example:443/", "http://conf.example:443/"),
        ("https://conf.example./a/../b/./c", "https://conf.example/b/c"),
        ("https://conf.example/../../x/..", "https://conf.example/"),
        ("https://conf.example/a b?q=é x", "https://conf.example/a%20b?q=%C3%A9%20x"),
        ("https://conf.example/%7euser/%2f%zz", "https://conf.example/~user/%2F%25zz"),
        ("https://me:secret@conf.example/", "https://conf.example/"),
        ("https://Tagung-Köln.example/", "https://xn--tagung-kln-lcb.example/"),
        ("https://conf.example/index.html", "https://conf.example/index.html"),
        ("  https://conf.example/da\ntes  ", "https://conf.example/dates"),
        ("https://conf.example//a?b=2&a=1", "https://conf.example//a?b=2&a=1"),
    ],
)
def test_an_address_has_one_spelling(url: str, expected: str) -> None:
    assert normalised(url) == expected
    assert normalised(expected) == expected


@pytest.mark.parametrize(
    "url",
    [
        *("", "/dates", "conf.example", "ftp://conf.example/", "file:///etc/passwd"),
        *("javascript:alert(1)", "mailto:chair@conf.example", "http://", "http:///x"),
        *("http://[::1", "http://conf.example:99999/", "http://conf.example:x/"),
        *("http://a b.example/", "http://a%2fb.example/", "https://" + "é" * 80),
    ],
)
def test_what_is_no_address_of_the_web_is_refused(url: str) -> None:
    with pytest.raises(AddressError):
        normalised(url)


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ("dates.html", "https://conf.example/2027/dates.html"),
        ("../2026/", "https://conf.example/2026/"),
        ("//other.example/x", "https://other.example/x"),
        ("?page=2", "https://conf.example/2027/cfp?page=2"),
        ("#dates", "https://conf.example/2027/cfp"),
    ],
)
def test_a_link_is_read_from_where_it_stands(link: str, expected: str) -> None:
    assert normalised(link, "https://conf.example/2027/cfp") == expected


def test_a_path_has_no_scheme_so_that_https_later_is_the_same_page() -> None:
    path = "conf.example/cfp?track=2"
    assert page_path("http://conf.example/cfp?track=2#x") == path
    assert page_path("https://conf.example:443/cfp?track=2") == path
    assert page_path("https://conf.example") == "conf.example/"
    assert page_path("http://conf.example:8080/cfp") == "conf.example:8080/cfp"


@given(st.text(max_size=40))
def test_any_text_is_an_address_or_said_not_to_be(text: str) -> None:
    try:
        url = normalised(f"http://conf.example/{text}")
    except AddressError:
        return
    assert normalised(url) == url
    assert url.isascii()


@pytest.mark.parametrize(
    ("url", "home", "expected"),
    [
        ("https://conf.example/cfp", "https://conf.example/2027/", True),
        ("http://www.conf.example/cfp", "https://conf.example/", True),
        ("https://conf.example/cfp", "https://www.conf.example/", True),
        ("https://conf.example.org/cfp", "https://conf.example/", False),
        ("https://other.example/cfp", "https://conf.example/", False),
        ("https://conf.example:8080/", "https://conf.example/", False),
        ("https://uni.example/~a/cfp", "https://uni.example/~a/conf/", True),
        ("https://uni.example/~b/cfp", "https://uni.example/~a/conf/", False),
        ("https://uni.example/~ab/", "https://uni.example/~a/", False),
        (
            "https://sites.google.com/view/conf27/dates",
            "https://sites.google.com/view/conf27",
            True,
        ),
        (
            "https://sites.google.com/view/other",
            "https://sites.google.com/view/conf27",
            False,
        ),
    ],
)
def test_a_site_is_what_one_publisher_has(url: str, home: str, expected: bool) -> None:
    assert is_same_site(url, home) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        *(("93.184.215.14", True), ("2606:2800:21f:cb07:6820:80da:af6b:8b2c", True)),
        *(("127.0.0.1", False), ("10.1.2.3", False), ("172.16.0.1", False)),
        *(("192.168.0.1", False), ("169.254.169.254", False), ("100.64.0.1", False)),
        *(("0.0.0.0", False), ("224.0.0.1", False), ("255.255.255.255", False)),  # noqa: S104
        *(("::1", False), ("::", False), ("fe80::1", False), ("fd00::1", False)),
        *(("ff02::1", False), ("fec0::1", False), ("::127.0.0.1", False)),
        # One of version 4 in a wrapping of version 6: mapped, 6to4, Teredo, NAT64.
        *(("::ffff:127.0.0.1", False), ("::ffff:93.184.215.14", True)),
        *(("2002:7f00:1::", False), ("2001:0:4136:e378:8000:63bf:3fff:fdd2", False)),
        *(("64:ff9b::10.0.0.1", False), ("64:ff9b::93.184.215.14", True)),
    ],
)
def test_only_the_public_web_is_public(text: str, expected: bool) -> None:
    assert is_public(ipaddress.ip_address(text)) is expected
