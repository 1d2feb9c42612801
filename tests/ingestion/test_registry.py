from pathlib import Path

import pytest

from ingestion.documents import PublishedFile
from ingestion.errors import RegistryError, UnknownSourceError
from ingestion.origins import FolderOrigin
from ingestion.readers.lists import read_list
from ingestion.registry import ArchiveFetch, FilesFetch, PagesFetch, load_registry
from ingestion.shapes import FAMILY_SHAPES, PAGE_FAMILIES

ENTRY = """
sources:
  - key: neuro-deadlines
    family: paperswithcode
    name: Neuroscience deadlines
    publisher: volunteers
    homepage_url: https://neuro.example.org/
    repository_url: https://github.com/example/neuro
    page_url: https://github.com/example/neuro/blob/HEAD/{path}
    files:
      _data/conferences.yml: https://neuro.example.org/conferences.yml
    include:
      - "**/conferences.yml"
    licence: MIT
    authority: curated_list
    default_timezone: AoE
    default_timezone_reason: Its README says so.
    areas:
      - neuroscience
"""

PAGES_ENTRY = """
sources:
  - key: neuro_events
    family: acl_events
    kind: listing_site
    name: Neuroscience events
    publisher: volunteers
    homepage_url: https://neuro.example.org/
    start_urls:
      - https://neuro.example.org/e
    include:
      - "**/*.html"
    licence: MIT
    authority: curated_list
    default_timezone: AoE
    default_timezone_reason: Its page says so.
"""


@pytest.fixture
def extra(tmp_path: Path) -> Path:
    file = tmp_path / "extra.yml"
    file.write_text(ENTRY, encoding="utf-8")
    return file


def test_all_eighteen_lists_are_registered_with_a_known_family() -> None:
    registry = load_registry()
    assert len(registry.lists) == 18
    assert {source.family for source in registry.lists} == set(FAMILY_SHAPES)


def test_each_family_of_pages_has_one_source_that_is_named_after_it() -> None:
    registry = load_registry()
    assert tuple(source.key for source in registry.page_sources) == PAGE_FAMILIES
    assert all(source.key == source.family for source in registry.page_sources)
    kinds = {source.key: source.kind for source in registry.page_sources}
    assert kinds.pop("conference_pages") == "official_pages"
    assert set(kinds.values()) == {"listing_site"}


def test_sources_of_pages_weigh_as_what_they_are() -> None:
    registry = load_registry()
    assert [registry.get(key).authority for key in PAGE_FAMILIES] == [
        "community_wiki",
        *["curated_list"] * 4,
        "official",
    ]


def test_a_page_has_no_address_but_its_own() -> None:
    assert load_registry().get("wikicfp").url_of("www.wikicfp.com/cfp/call") is None


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("kind: listing_site", "kind: list", "kind: 'list' is not what acl_events"),
        ("kind: listing_site", "kind: site", "kind: 'site' is none of list, listing_s"),
        ("    kind: listing_site\n", "", "kind: 'list' is not what acl_events"),
        ("    start_urls:\n      - ", "    page_url: ", "start_urls: a list of texts"),
        ("https://neuro.example.org/e", "neuro", "start_urls: 'neuro' is no http(s)"),
        ("    licence", "    archive_url: x\n    licence", "archive_url: is no field"),
    ],
)
def test_a_mistake_in_an_entry_of_pages_is_named(
    extra: Path, old: str, new: str, problem: str
) -> None:
    assert old in PAGES_ENTRY
    extra.write_text(PAGES_ENTRY, encoding="utf-8")
    assert load_registry(extra).get("neuro_events").fetch == PagesFetch(
        ("https://neuro.example.org/e",)
    )
    extra.write_text(PAGES_ENTRY.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(RegistryError) as error:
        load_registry(extra)
    assert problem in str(error.value)


def test_a_list_does_not_publish_as_pages_do(extra: Path) -> None:
    extra.write_text(ENTRY.replace("    name", "    kind: official_pages\n    name", 1))
    with pytest.raises(RegistryError, match="kind: 'official_pages' is not what"):
        load_registry(extra)


def test_a_list_of_a_known_shape_is_one_entry_and_is_read(
    extra: Path, tmp_path: Path
) -> None:
    source = load_registry(extra).get("neuro-deadlines")
    assert source.areas == ("neuroscience",)
    assert source.authority_rank == 3
    file = tmp_path / "site" / "neuro-deadlines" / "_data" / "conferences.yml"
    file.parent.mkdir(parents=True)
    file.write_text("- title: CNS\n  year: 2027\n  deadline: 2027-02-01\n")
    (published,) = FolderOrigin(tmp_path / "site").files(source)
    found = read_list(source, published, known_zones=frozenset())
    assert found.document.body == [
        {"title": "CNS", "year": "2027", "deadline": "2027-02-01"}
    ]
    assert found.rejects == ()


def test_authorities_are_ranked_from_official_to_estimate(extra: Path) -> None:
    ranks = {}
    for authority in (
        "official",
        "provenanced_list",
        "curated_list",
        "community_wiki",
        "estimate",
    ):
        extra.write_text(ENTRY.replace("curated_list", authority))
        ranks[authority] = load_registry(extra).get("neuro-deadlines").authority_rank
    assert list(ranks.values()) == [1, 2, 3, 4, 5]


def test_an_unknown_key_is_answered_with_similar_ones() -> None:
    with pytest.raises(UnknownSourceError, match="did you mean ccfddl") as error:
        load_registry().get("ccfdl")
    assert error.value.suggestions[0] == "ccfddl"
    with pytest.raises(UnknownSourceError) as error:
        load_registry().get("zzzzzzzz")
    assert error.value.suggestions == ()


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("    licence: MIT\n", "", "neuro-deadlines: licence: is missing"),
        ("    name: Neuro", "    nmae: x\n    name: Neuro", "nmae: is no field"),
        ("family: paperswithcode", "family: papers", "family: 'papers' is none of"),
        ("authority: curated_list", "authority: gossip", "authority: 'gossip' is none"),
        ("key: neuro-deadlines", "key: Neuro__1", "key: only a-z"),
        ("key: neuro-deadlines", "key: ccfddl", "ccfddl: key: is registered twice"),
        ("https://neuro.example.org/\n", "neuro\n", "homepage_url: 'neuro' is no http"),
        ("HEAD/{path}", "HEAD", "page_url: has no {path}"),
        ("**/conferences.yml", "**/list.yml", "files: '_data/conferences.yml' is not"),
        ("    include:\n      - ", "    include: ", "include: a list of texts"),
        ("      _data/", "      ../", "files: '../conferences.yml' is no path"),
        ("    files:\n", "    archive_url: https://a.b/c\n    files:\n", "either this"),
        ("    licence: MIT\n", "    licence: MIT\n    licence: X\n", "written 2 times"),
        ("sources:\n", "source:\n", "sources: a list of entries"),
        ("  - key: neuro-deadlines\n    ", "  - text\n  - ", "entry 1: is not a mapp"),
        ("    key", "\tkey", "is not usable: line"),
    ],
)
def test_a_mistake_is_named_with_file_entry_and_field(
    extra: Path, old: str, new: str, problem: str
) -> None:
    text = ENTRY if old != "    key" else ENTRY.replace("  - key", "  -\tkey:\n\tkey")
    text = text.replace(old, new, 1)
    assert text != ENTRY
    extra.write_text(text, encoding="utf-8")
    with pytest.raises(RegistryError) as error:
        load_registry(extra)
    assert str(extra) in str(error.value)
    assert problem in str(error.value)
    assert "\n" not in str(error.value)


def test_a_registry_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(RegistryError, match="cannot be read"):
        load_registry(tmp_path / "none.yml")


@pytest.mark.parametrize(
    ("key", "path", "is_published"),
    [
        ("ccfddl", "conference/AI/acl.yml", True),
        ("ccfddl", "conference/DB/pods/pods.yml", True),
        ("ccfddl", "conference/types.yml", False),
        ("ccfddl", "accept_rates/AI/acl.yml", False),
        ("ccfddl", "conference/AI/acl.yml.bak", False),
        ("huggingface", "src/data/conferences.yml", False),
        ("huggingface", "src/data/conferences/icml.yml", True),
        ("huggingface", "src/data/conferences/old/icml.yml", False),
        ("sec-deadlines", "conferences.yml", True),
        ("sec-deadlines", "_data/conferences.yml", True),
        ("sec-deadlines", "_data/filters.yml", False),
        ("blockchain-deadlines", "_data/conferences_raw/ccs.yml", False),
        ("tech-conferences", "conferences/2027/python.json", True),
        ("tech-conferences", "conferences/python.json", False),
    ],
)
def test_a_source_publishes_what_its_globs_match(
    key: str, path: str, is_published: bool
) -> None:
    assert load_registry().get(key).publishes(path) is is_published


def test_every_source_is_fetched_in_few_requests_over_https() -> None:
    for source in load_registry().lists:
        fetch = source.fetch
        assert not isinstance(fetch, PagesFetch)
        urls = [fetch.url] if isinstance(fetch, ArchiveFetch) else fetch.urls.values()
        assert 1 <= len(urls) <= 3
        assert all(url.startswith("https://") for url in urls)
        assert isinstance(fetch, ArchiveFetch | FilesFetch)


def test_people_see_a_file_where_its_path_is_spelt_for_an_address() -> None:
    source = load_registry().get("ccfddl")
    url = source.url_of("conference/a b#.yml")
    assert url is not None
    assert url.endswith("/blob/HEAD/conference/a%20b%23.yml")


def test_every_default_zone_has_its_reason() -> None:
    for source in load_registry():
        assert source.default_timezone_text in {"AoE", "UTC"}
        assert len(source.default_timezone_reason) > 20


def test_a_published_file_of_any_list_gives_a_document() -> None:
    for source in load_registry().lists:
        found = read_list(source, PublishedFile("x.yml", b"7"), known_zones=frozenset())
        assert [reject.reason for reject in found.rejects] == ["unexpected_root"]
