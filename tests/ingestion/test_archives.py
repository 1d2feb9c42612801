import gzip
import io
import tarfile
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.web.archives import ArchiveError, ArchiveLimits, read_tar_gz


def packed(*members: tuple[str, bytes] | tarfile.TarInfo) -> bytes:
    """Return a tar.gz of files, and of members given as they are."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for member in members:
            if isinstance(member, tarfile.TarInfo):
                archive.addfile(member)
            else:
                info = tarfile.TarInfo(member[0])
                info.size = len(member[1])
                archive.addfile(info, io.BytesIO(member[1]))
    return buffer.getvalue()


def link(name: str, target: str, kind: bytes) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type = kind
    info.linkname = target
    return info


def everything(path: str) -> bool:
    return bool(path)


def test_files_are_found_below_the_top_folder_sorted() -> None:
    content = packed(("top-1f2e/b/c.yml", b"c"), ("top-1f2e/a.yml", b"a"))
    assert list(read_tar_gz(content, everything).items()) == [
        ("a.yml", b"a"),
        ("b/c.yml", b"c"),
    ]


def test_only_wanted_files_are_read() -> None:
    content = packed(("t/a.yml", b"a"), ("t/b.png", b"b"))
    assert read_tar_gz(content, lambda path: path.endswith(".yml")) == {"a.yml": b"a"}


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE])
def test_links_are_neither_followed_nor_returned(kind: bytes) -> None:
    content = packed(("t/a", b"a"), link("t/b", "/etc/passwd", kind))
    assert read_tar_gz(content, everything) == {"a": b"a"}


@pytest.mark.parametrize("name", ["t/../../x.yml", "/etc/x.yml", "t\\..\\x.yml"])
def test_a_member_outside_the_archive_refuses_it_whole(name: str) -> None:
    with pytest.raises(ArchiveError, match="outside"):
        read_tar_gz(packed(("t/a.yml", b"a"), (name, b"x")), everything)


def test_an_archive_of_too_many_members_is_refused() -> None:
    content = packed(*((f"t/{number}", b"") for number in range(4)))
    assert len(read_tar_gz(content, everything, ArchiveLimits(max_members=4))) == 4
    with pytest.raises(ArchiveError, match="more than 3 members"):
        read_tar_gz(content, everything, ArchiveLimits(max_members=3))


def test_a_small_archive_cannot_unpack_without_end() -> None:
    content = packed(("t/zeros", bytes(5_000_000)), ("t/a.yml", b"a"))
    assert len(content) < 10_000
    with pytest.raises(ArchiveError, match="1,000,000 bytes unpacked"):
        read_tar_gz(content, lambda _: False, ArchiveLimits(max_bytes=1_000_000))


@pytest.mark.parametrize(
    "content",
    [b"", b"no archive", gzip.compress(b"no tar"), packed(("t/a", bytes(9999)))[:80]],
    # Compressed bytes hold the second in which they were made, and names of tests have
    # to be the same in all processes.
    ids=["empty", "no archive", "no tar", "cut off"],
)
def test_a_broken_archive_is_refused(content: bytes) -> None:
    with pytest.raises(ArchiveError, match="broken"):
        read_tar_gz(content, everything)


@given(st.binary(max_size=600), st.integers(0, 599))
def test_damaged_archives_raise_nothing_else(noise: bytes, place: int) -> None:
    tar = bytearray(gzip.decompress(packed(("t/a.yml", b"a"), ("t/b.yml", b"b"))))
    tar[place : place + len(noise)] = noise
    with suppress(ArchiveError):
        assert read_tar_gz(gzip.compress(bytes(tar)), everything) is not None
