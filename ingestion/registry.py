"""The registry of sources: what is loaded, from where, under which licence.

Adding a list of a known shape is one entry in ``sources.yml`` (or in a registry file of
one's own): no code and no model. Every value of an entry is checked when it is loaded,
so that a typing error is named with its file, entry and field, not found in a run.
"""

import difflib
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from urllib.parse import quote, urlsplit

from ingestion.documents import Body
from ingestion.errors import RegistryError, UnknownSourceError
from ingestion.readers.records import UnusableDocumentError
from ingestion.readers.yaml_values import parse_yaml
from ingestion.shapes import FAMILIES, PAGE_FAMILIES

PACKAGED_REGISTRY = Path(__file__).with_name("sources.yml")

# How much a source's word weighs where sources differ: 1 is believed first.
AUTHORITY_RANKS: Mapping[str, int] = MappingProxyType(
    {
        "official": 1,  # the conference's own pages
        "provenanced_list": 2,  # a list that names where each date was read
        "curated_list": 3,  # a list whose maintainers review every change
        "community_wiki": 4,  # written by anyone, or copied from other lists
        "estimate": 5,  # computed or guessed from earlier editions
    }
)

# What a source is, and so how its versions count: all files of a list are looked at
# together, while each page stands for itself.
LIST = "list"
LISTING_SITE = "listing_site"
OFFICIAL_PAGES = "official_pages"
KINDS: Mapping[str, str] = MappingProxyType(
    {
        LIST: "files of a list that is kept in one place",
        LISTING_SITE: "pages of a site that lists conferences",
        OFFICIAL_PAGES: "pages of the conferences themselves",
    }
)

_KEY = re.compile(r"[a-z0-9]+([-_][a-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class ArchiveFetch:
    """All files of a source in one tar.gz whose top folder is not part of the paths."""

    url: str


@dataclass(frozen=True, slots=True)
class FilesFetch:
    """Single files: ``urls`` maps each path in the source to its address."""

    urls: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class PagesFetch:
    """Web pages: ``start_urls`` lead to the others; () where targets are given."""

    start_urls: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Source:
    """One publisher of dates, as registered.

    ``include`` and ``exclude`` are globs over paths below the source's root: ``*``
    stays within a folder, ``**/`` is any folders or none; those of a source of pages
    tell which files of a folder are saved pages. ``page_url`` is where a person reads a
    file, with ``{path}`` in it, None where each page has its own address.
    ``default_timezone_text`` holds where a file states no zone. ``areas`` are what the
    whole list is about, () if that is no one field. ``kind`` is one of KINDS.
    """

    key: str
    family: str
    name: str
    publisher: str
    homepage_url: str
    repository_url: str
    page_url: str | None
    fetch: ArchiveFetch | FilesFetch | PagesFetch
    include: tuple[str, ...]
    exclude: tuple[str, ...]
    licence: str
    authority: str
    default_timezone_text: str
    default_timezone_reason: str
    areas: tuple[str, ...] = ()
    kind: str = LIST

    @property
    def is_list(self) -> bool:
        """Tell a list, all of whose files are looked at together, from pages."""
        return self.kind == LIST

    @property
    def authority_rank(self) -> int:
        """Return the weight of this source's word, 1 is believed first."""
        return AUTHORITY_RANKS[self.authority]

    def publishes(self, path: str) -> bool:
        """Tell whether a path below the source's root is one of its lists."""
        return any(_glob(glob).fullmatch(path) for glob in self.include) and not any(
            _glob(glob).fullmatch(path) for glob in self.exclude
        )

    def url_of(self, path: str) -> str | None:
        """Return where a person can see the file, None if its path does not tell."""
        if self.page_url is None:
            return None
        return self.page_url.replace("{path}", quote(path))


@dataclass(frozen=True, slots=True)
class Registry:
    """All registered sources, in the order of their files."""

    sources: tuple[Source, ...]

    def __iter__(self) -> Iterator[Source]:
        """Iterate over the sources."""
        return iter(self.sources)

    @property
    def lists(self) -> tuple[Source, ...]:
        """Return the lists; they are what is loaded where nothing is asked for."""
        return tuple(source for source in self.sources if source.is_list)

    @property
    def page_sources(self) -> tuple[Source, ...]:
        """Return the sources of web pages, which are crawled when asked for."""
        return tuple(source for source in self.sources if not source.is_list)

    def get(self, key: str) -> Source:
        """Return the source with this key.

        Raises:
            UnknownSourceError: there is none; it suggests the most similar keys.
        """
        for source in self.sources:
            if source.key == key:
                return source
        keys = [source.key for source in self.sources]
        close = difflib.get_close_matches(key.casefold(), keys, n=3, cutoff=0.5)
        raise UnknownSourceError(key, tuple(close))


def load_registry(*extra: Path) -> Registry:
    """Read the packaged registry and then each extra registry file.

    Raises:
        RegistryError: a file cannot be read, an entry misses a field, has one that is
            not known or one with a wrong value, or a key is registered twice.
    """
    sources: dict[str, Source] = {}
    for file in (PACKAGED_REGISTRY, *extra):
        for source in _read(file):
            if source.key in sources:
                raise RegistryError(file, source.key, "key", "is registered twice")
            sources[source.key] = source
    return Registry(tuple(sources.values()))


def _read(file: Path) -> Iterator[Source]:
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise RegistryError(file, "", "", f"cannot be read: {error}") from error
    try:
        parsed = parse_yaml(text)
    except UnusableDocumentError as error:
        raise RegistryError(file, "", "", f"is not usable: {error.detail}") from error
    for finding in parsed.findings:
        raise RegistryError(file, "", finding.position, finding.detail)
    entries = parsed.body.get("sources") if isinstance(parsed.body, dict) else None
    if not isinstance(entries, list):
        raise RegistryError(file, "", "sources", "a list of entries is expected here")
    for number, fields in enumerate(entries, start=1):
        if not isinstance(fields, dict):
            raise RegistryError(file, f"entry {number}", "", "is not a mapping")
        key = fields.get("key")
        entry = key if isinstance(key, str) and key else f"entry {number}"
        yield _Entry(file, entry, fields).source()


class _Entry:
    """The fields of one entry, each checked as it is taken."""

    def __init__(self, file: Path, entry: str, fields: Mapping[str, Body]) -> None:
        self._file = file
        self._entry = entry
        self._left = dict(fields)

    def source(self) -> Source:
        family = self._one_of("family", FAMILIES)
        kind = self._kind(family)
        homepage_url = self._url("homepage_url")
        source = Source(
            key=self._key(),
            family=family,
            name=self._text("name"),
            publisher=self._text("publisher"),
            homepage_url=homepage_url,
            # A site is kept where it is seen, unless it says otherwise.
            repository_url=(
                self._url("repository_url")
                if kind == LIST or "repository_url" in self._left
                else homepage_url
            ),
            page_url=self._page_url() if kind == LIST else None,
            fetch=self._fetch() if kind == LIST else self._pages(kind),
            include=self._texts("include", is_required=True),
            exclude=self._texts("exclude"),
            licence=self._text("licence"),
            authority=self._one_of("authority", AUTHORITY_RANKS),
            default_timezone_text=self._text("default_timezone"),
            default_timezone_reason=self._text("default_timezone_reason"),
            areas=self._texts("areas"),
            kind=kind,
        )
        for field in self._left:
            raise self._error(field, "is no field of an entry")
        if isinstance(source.fetch, FilesFetch):
            for path in source.fetch.urls:
                if not source.publishes(path):
                    raise self._error("files", f"{path!r} is not among the included")
        return source

    def _error(self, field: str, problem: str) -> RegistryError:
        return RegistryError(self._file, self._entry, field, problem)

    def _text(self, field: str) -> str:
        value = self._left.pop(field, None)
        if value is None:
            raise self._error(field, "is missing")
        if not isinstance(value, str) or not value.strip():
            raise self._error(field, "a text is expected here")
        return value.strip()

    def _texts(self, field: str, is_required: bool = False) -> tuple[str, ...]:
        value = self._left.pop(field, None)
        if value is None and not is_required:
            return ()
        texts = value if isinstance(value, list) else []
        if not texts or not all(isinstance(text, str) and text for text in texts):
            raise self._error(field, "a list of texts is expected here")
        return tuple(text for text in texts if isinstance(text, str))

    def _key(self) -> str:
        key = self._text("key")
        if not _KEY.fullmatch(key):
            raise self._error("key", "only a-z, 0-9 and single - or _, please")
        return key

    def _kind(self, family: str) -> str:
        kind = self._one_of("kind", KINDS) if "kind" in self._left else LIST
        if (kind != LIST) != (family in PAGE_FAMILIES):
            raise self._error("kind", f"{kind!r} is not what {family} publishes")
        return kind

    def _one_of(self, field: str, known: Collection[str]) -> str:
        value = self._text(field)
        if value not in known:
            raise self._error(field, f"{value!r} is none of {', '.join(known)}")
        return value

    def _url(self, field: str) -> str:
        return self._checked_url(field, self._text(field))

    def _checked_url(self, field: str, url: str) -> str:
        try:
            parts = urlsplit(url)
            is_web = parts.scheme in {"http", "https"} and bool(parts.hostname)
        except ValueError:
            is_web = False
        if not is_web or any(character.isspace() for character in url):
            raise self._error(field, f"{url!r} is no http(s) address")
        return url

    def _page_url(self) -> str:
        url = self._url("page_url")
        if "{path}" not in url:
            raise self._error("page_url", "has no {path} for the file's path")
        return url

    def _fetch(self) -> ArchiveFetch | FilesFetch:
        if ("archive_url" in self._left) == ("files" in self._left):
            raise self._error("archive_url", "either this or files is expected")
        if "archive_url" in self._left:
            return ArchiveFetch(self._url("archive_url"))
        files = self._left.pop("files")
        if not isinstance(files, dict) or not files:
            raise self._error("files", "a mapping from path to address is expected")
        urls: dict[str, str] = {}
        for path, url in files.items():
            if not isinstance(url, str):
                raise self._error("files", f"{path!r} needs one address")
            if not path or path.startswith("/") or ".." in PurePosixPath(path).parts:
                raise self._error("files", f"{path!r} is no path below the source")
            urls[path] = self._checked_url("files", url)
        return FilesFetch(MappingProxyType(urls))

    def _pages(self, kind: str) -> PagesFetch:
        """Take the addresses to begin with; official pages are told their targets."""
        is_site = kind == LISTING_SITE
        urls = self._texts("start_urls", is_required=is_site)
        return PagesFetch(tuple(self._checked_url("start_urls", url) for url in urls))


@lru_cache(maxsize=1024)
def _glob(glob: str) -> re.Pattern[str]:
    """Compile a glob; ``**/`` is any folders or none, ``*`` and ``?`` stay in one."""
    spelt = re.escape(glob)
    spelt = spelt.replace(r"\*\*/", "(?:[^/]+/)*").replace(r"\*\*", ".*")
    return re.compile(spelt.replace(r"\*", "[^/]*").replace(r"\?", "[^/]"))
