import pytest

from ingestion.web.links import Link, links_in, topic_rank

HOME = "https://conf.example/2027/"


def found(html: str, url: str = HOME) -> list[tuple[str, str]]:
    return [(link.url, link.text) for link in links_in(html.encode(), url)]


def test_links_are_read_from_where_the_page_says_it_is() -> None:
    html = """<base href="/2027/en/"><a href="cfp.html">Call</a> <a href="#top">Up</a>
        <a href="mailto:chair@conf.example">Chair</a><a href="http://[">Broken</a>
        <a href="//other.example/">Elsewhere</a>"""
    assert found(html) == [
        ("https://conf.example/2027/en/cfp.html", "Call"),
        ("https://other.example/", "Elsewhere"),
    ]


def test_a_link_says_what_all_its_places_say() -> None:
    html = """<a href="d.html"><img src="x.png" alt="Key dates"></a>
        <a href="d.html#1" title="unseen">Dates</a> <a href="d.html">Dates</a>"""
    assert found(html) == [("https://conf.example/2027/d.html", "Key dates Dates")]


def test_frames_and_automatic_redirects_are_the_only_way() -> None:
    html = """<meta http-equiv="Refresh" content="0; URL='2027.html'">
        <frameset><frame src="menu.html"><frame src="main.html"></frameset>"""
    links = links_in(html.encode(), "https://conf.example/")
    assert [link.url.rpartition("/")[2] for link in links] == [
        "2027.html",
        "menu.html",
        "main.html",
    ]
    assert all(topic_rank(link, "https://conf.example/") == 0 for link in links)


@pytest.mark.parametrize(
    "content", [b"", b"\x00\xff", b"%PDF-1.7", b"<a " * 9999, b"<b>" * 100_000]
)
def test_what_is_no_page_has_no_links(content: bytes) -> None:
    assert links_in(content, HOME) == []


def test_a_page_of_nothing_but_links_gives_its_first_three_thousand() -> None:
    html = "".join(f"<a href='{number}'>x</a>" for number in range(20_000))
    assert len(links_in(html.encode(), HOME)) == 3000


@pytest.mark.parametrize(
    ("text", "path", "rank"),
    [
        ("Important Dates", "page7", 0),
        ("Here", "2027/ImportantDates.html", 0),
        ("Here", "importantdates", 0),
        ("Deadlines", "x", 0),
        ("Échéances", "x", 0),
        ("Wichtige Termine", "x", 0),
        ("Fechas importantes", "x", 0),
        ("重要日期", "x", 0),
        ("Важные даты", "x", 0),
        ("주요 일정", "x", 0),
        ("Here", "2027/cfp27.php", 1),
        ("Call for Papers", "x", 1),
        ("Here", "2027/call_for_papers", 1),
        ("Appel à communications", "x", 1),
        ("Chamada de trabalhos", "x", 1),
        ("論文募集", "x", 1),
        ("Paper Submission", "x", 2),
        ("Envío de trabajos", "x", 2),
        ("Information for Authors", "x", 3),
        ("Registration", "x", 4),
        ("Inscripción", "x", 4),
        ("Call for Papers (PDF)", "call.pdf", 5),
        ("Programme", "x", None),
        ("Updates", "news", None),
        ("Candidates", "x", None),
        ("Autoridades", "x", None),
        ("Accepted submissions", "all.pdf", None),
        ("Call for Papers", "call.docx", None),
        ("Dates", "2027/index.html", None),
        ("Dates", "2027/", None),
    ],
)
def test_words_tell_whether_a_link_is_followed(
    text: str, path: str, rank: int | None
) -> None:
    assert topic_rank(Link(f"https://conf.example/{path}", text), HOME) == rank


def test_what_the_homepage_is_called_says_nothing() -> None:
    home = "https://conf.example/call-for-papers/"
    link = Link("https://conf.example/call-for-papers/venue", "Venue")
    assert topic_rank(link, home) is None


@pytest.mark.parametrize(
    ("text", "path", "is_followed"),
    [
        ("Call for Papers 2026", "x", False),
        ("Call for Papers", "2026/cfp", False),
        ("Call for Papers 2027", "x", True),
        ("Call for Papers, as in 2026", "2027-cfp", True),
        ("Call for Papers", "x", True),
    ],
)
def test_the_call_of_another_year_is_not_followed(
    text: str, path: str, is_followed: bool
) -> None:
    link = Link(f"https://conf.example/{path}", text)
    rank = topic_rank(link, "https://conf.example/", "2027")
    assert (rank is not None) is is_followed
