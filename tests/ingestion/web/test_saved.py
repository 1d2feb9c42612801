from pathlib import Path

import pytest

from ingestion.documents import MissedFile, PublishedFile, VisitOutcome
from ingestion.errors import SourceUnavailableError
from ingestion.registry import load_registry
from ingestion.web.saved import SavedPagesOrigin

PAGES = load_registry().get("conference_pages")
INDEX = "file,series,year,kind,url_guess,licence\n"


def saved(folder: Path, index: str | None, **files: bytes) -> Path:
    for name, content in files.items():
        (folder / f"{name}.html").write_bytes(content)
    if index is not None:
        (folder / "INDEX.csv").write_text(index, encoding="utf-8")
    return folder


def visits(folder: Path) -> list[PublishedFile | MissedFile]:
    origin = SavedPagesOrigin(folder, own_folder_of=PAGES.key)
    return list(origin.visits(PAGES, {}))


def test_an_index_says_where_a_page_is_and_what_it_is_about(tmp_path: Path) -> None:
    rows = (
        "cfp.html,CONF,2027,cfp,HTTPS://Conf.example/cfp#dates,none\nhome.html,,,,,\n"
    )
    folder = saved(tmp_path, INDEX + rows, cfp=b"<p>c", home=b"<p>\xff\x00")
    context = {"series": "CONF", "year": "2027", "kind": "cfp"}
    url = "https://conf.example/cfp"
    assert visits(folder) == [
        PublishedFile("conf.example/cfp", b"<p>c", url, context),
        PublishedFile("home.html", b"<p>\xff\x00"),
    ]


def test_of_two_pages_at_one_address_the_second_goes_by_its_file(
    tmp_path: Path,
) -> None:
    rows = "a.html,,,,https://conf.example/,\nb.html,,,,https://conf.example/,\n"
    folder = saved(tmp_path, INDEX + rows + rows, a=b"1", b=b"2")
    paths = [visit.path for visit in visits(folder)]
    assert paths == ["conf.example/", "b.html", "a.html"]


@pytest.mark.parametrize(
    ("name", "outcome"),
    [
        ("../secret.html", VisitOutcome.FAILED),
        ("/etc/passwd", VisitOutcome.FAILED),
        ("link.html", VisitOutcome.FAILED),
        ("links/passwd", VisitOutcome.FAILED),
        ("none.html", VisitOutcome.NOT_FOUND),
        ("folder", VisitOutcome.FAILED),
        ("void.html", VisitOutcome.EMPTY),
        ("large.html", VisitOutcome.TOO_LARGE),
    ],
)
def test_a_file_that_cannot_be_had_is_missed_and_the_others_are_not(
    tmp_path: Path, name: str, outcome: VisitOutcome
) -> None:
    (tmp_path / "secret.html").write_bytes(b"secret")
    folder = tmp_path / "pages"
    (folder / "folder").mkdir(parents=True)
    (folder / "link.html").symlink_to(tmp_path / "secret.html")
    (folder / "links").symlink_to("/etc")
    with (folder / "large.html").open("wb") as file:
        file.truncate(10_000_001)
    saved(folder, INDEX + f"{name},,,,,\nfine.html,,,,,\n", fine=b"<p>", void=b"")
    missed, fine = visits(folder)
    assert isinstance(missed, MissedFile)
    assert (missed.outcome, missed.path) == (outcome, name)
    assert fine.path == "fine.html"


def test_without_an_index_every_saved_page_goes_by_its_place(tmp_path: Path) -> None:
    (tmp_path / "2027").mkdir()
    (tmp_path / "2027" / "cfp.htm").write_bytes(b"<p>c")
    (tmp_path / "notes.tsv").write_bytes(b"n")
    saved(tmp_path, None, a=b"<p>a")
    assert visits(tmp_path) == [
        PublishedFile("2027/cfp.htm", b"<p>c"),
        PublishedFile("a.html", b"<p>a"),
    ]


def test_a_folder_of_its_own_is_preferred(tmp_path: Path) -> None:
    own = tmp_path / PAGES.key
    own.mkdir()
    saved(own, None, a=b"<p>a")
    saved(tmp_path, None, b=b"<p>b")
    assert [visit.path for visit in visits(tmp_path)] == ["a.html"]


@pytest.mark.parametrize("index", [None, "file\n", "name,url\na,b\n", "\x00\n", "é"])
def test_a_folder_without_pages_or_with_a_bad_index_is_unavailable(
    tmp_path: Path, index: str | None
) -> None:
    with pytest.raises(SourceUnavailableError, match=str(tmp_path)):
        visits(saved(tmp_path, index))
