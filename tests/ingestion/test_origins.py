import os
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import pytest

from ingestion.errors import FetchError, SourceUnavailableError, SourceUnchangedError
from ingestion.origins import FolderOrigin, WebOrigin
from ingestion.registry import ArchiveFetch, FilesFetch, Source, load_registry
from ingestion.web.client import PoliteClient
from tests.ingestion.sites import Reply, local_site
from tests.ingestion.test_archives import packed

REGISTRY = load_registry()
CCFDDL = REGISTRY.get("ccfddl")


def write(root: Path, *paths: str) -> None:
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(path.encode())


def test_a_folder_gives_the_matching_files_sorted(tmp_path: Path) -> None:
    write(
        tmp_path,
        "ccfddl/conference/DB/vldb.yml",
        "ccfddl/conference/AI/acl.yml",
        "ccfddl/conference/types.yml",
        "ccfddl/README.md",
        "huggingface/src/data/conferences/icml.yml",
    )
    files = list(FolderOrigin(tmp_path).files(CCFDDL))
    assert [file.path for file in files] == [
        "conference/AI/acl.yml",
        "conference/DB/vldb.yml",
    ]
    assert files[0].content == b"ccfddl/conference/AI/acl.yml"
    assert files[0].source_url == (
        "https://github.com/ccfddl/ccf-deadlines/blob/HEAD/conference/AI/acl.yml"
    )


def test_a_folder_may_be_that_of_one_source_itself(tmp_path: Path) -> None:
    write(tmp_path, "conference/AI/acl.yml")
    origin = FolderOrigin(tmp_path, own_folder_of="ccfddl")
    assert [file.path for file in origin.files(CCFDDL)] == ["conference/AI/acl.yml"]
    with pytest.raises(SourceUnavailableError):
        origin.files(REGISTRY.get("huggingface"))


def test_the_folder_of_the_key_is_preferred_to_the_folder_itself(
    tmp_path: Path,
) -> None:
    write(tmp_path, "conference/AI/acl.yml", "ccfddl/conference/AI/kdd.yml")
    origin = FolderOrigin(tmp_path, own_folder_of="ccfddl")
    assert [file.path for file in origin.files(CCFDDL)] == ["conference/AI/kdd.yml"]


def test_a_source_without_files_is_unavailable_at_once(tmp_path: Path) -> None:
    with pytest.raises(SourceUnavailableError, match="ccfddl: there is no folder"):
        FolderOrigin(tmp_path).files(CCFDDL)
    with pytest.raises(SourceUnavailableError, match="there is no folder"):
        FolderOrigin(tmp_path / "none").files(CCFDDL)
    write(tmp_path, "ccfddl/conference/types.yml")
    with pytest.raises(SourceUnavailableError, match=r"no conference/\*\*/\*\.yml"):
        FolderOrigin(tmp_path).files(CCFDDL)


def test_links_hidden_folders_and_odd_names_are_left_alone(tmp_path: Path) -> None:
    write(tmp_path, "ccfddl/conference/a.yml", "ccfddl/conference/.git/b.yml")
    write(tmp_path, "ccfddl/conference/new\nline.yml")
    (tmp_path / "ccfddl/conference/link.yml").symlink_to("/etc/hostname")
    (tmp_path / "ccfddl/conference/etc").symlink_to("/etc")
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/ccfddl/conference/\xff.yml")).touch()
    files = FolderOrigin(tmp_path).files(CCFDDL)
    assert [file.path for file in files] == ["conference/a.yml"]


def test_folders_that_no_source_has_are_reported(tmp_path: Path) -> None:
    write(tmp_path, "ccfddl/a", "ccfdl/a", "notes/a", ".git/a", "SOURCES.md")
    assert FolderOrigin(tmp_path).unregistered_folders(REGISTRY) == ("ccfdl", "notes")
    own = FolderOrigin(tmp_path, own_folder_of="ccfddl")
    assert own.unregistered_folders(REGISTRY) == ()


# ------------------------------------------------------------------------- the web


def archived(url: str) -> Source:
    return replace(CCFDDL, fetch=ArchiveFetch(url))


def web() -> PoliteClient:
    return PoliteClient(user_agent="ConfRadar tests", allow_private=True, pace=0)


def test_an_archive_gives_the_matching_files_sorted() -> None:
    archive = packed(
        ("ccf-1f/conference/DB/vldb.yml", b"v"),
        ("ccf-1f/conference/AI/acl.yml", b"a"),
        ("ccf-1f/conference/types.yml", b"t"),
    )
    with local_site(lambda *_: Reply(body=archive)) as site, web() as client:
        files = list(WebOrigin(client).files(archived(site.url)))
        assert len(site.requests) == 1
    assert [(file.path, file.content) for file in files] == [
        ("conference/AI/acl.yml", b"a"),
        ("conference/DB/vldb.yml", b"v"),
    ]
    assert str(files[0].source_url).startswith("https://github.com/ccfddl/")


def test_an_archive_without_a_list_makes_the_source_unavailable() -> None:
    archive = packed(("ccf-1f/README.md", b"moved"))
    with (
        local_site(lambda *_: Reply(body=archive)) as site,
        web() as client,
        pytest.raises(SourceUnavailableError, match="no conference/"),
    ):
        WebOrigin(client).files(archived(site.url))


def test_a_broken_archive_is_a_fetch_that_failed() -> None:
    with (
        local_site(lambda *_: Reply(body=b"<html>")) as site,
        web() as client,
        pytest.raises(FetchError, match="broken"),
    ):
        WebOrigin(client).files(archived(site.url))


def test_single_files_are_fetched_one_by_one() -> None:
    def respond(path: str, _: dict[str, str]) -> Reply:
        return Reply(body=path.encode())

    with local_site(respond) as site, web() as client:
        urls = {"b.yml": f"{site.url}/2", "a.yml": f"{site.url}/1"}
        source = replace(CCFDDL, fetch=FilesFetch(MappingProxyType(urls)))
        files = list(WebOrigin(client).files(source))
    assert [(file.path, file.content) for file in files] == [
        ("a.yml", b"/1"),
        ("b.yml", b"/2"),
    ]


def test_what_no_address_has_changed_is_unchanged() -> None:
    versions = {"/1": "x", "/2": "y"}

    def respond(path: str, headers: dict[str, str]) -> Reply:
        etag = versions[path]
        is_known = headers.get("if-none-match") == etag
        return Reply(304 if is_known else 200, etag.encode(), {"ETag": etag})

    with local_site(respond) as site, web() as client:
        urls = {"a.yml": f"{site.url}/1", "b.yml": f"{site.url}/2"}
        source = replace(CCFDDL, fetch=FilesFetch(MappingProxyType(urls)))
        first = WebOrigin(client)
        assert len(list(first.files(source))) == 2
        assert first.etags == {urls["a.yml"]: "x", urls["b.yml"]: "y"}
        with pytest.raises(SourceUnchangedError):
            WebOrigin(client, first.etags).files(source)
        versions["/2"] = "z"
        again = WebOrigin(client, first.etags)
        contents = [file.content for file in again.files(source)]
        assert contents == [b"x", b"z"]
        assert again.etags[urls["b.yml"]] == "z"
