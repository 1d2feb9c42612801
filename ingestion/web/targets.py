"""The homepages that official pages are looked for from."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from ingestion.documents import Body
from ingestion.errors import IngestionError
from ingestion.readers.records import UnusableDocumentError
from ingestion.readers.yaml_values import parse_yaml
from ingestion.web.addresses import AddressError, normalised, page_path

PACKAGED_TARGETS = Path(__file__).parent.with_name("targets.yml")

_FIELDS = frozenset({"url", "series", "year", "title"})


class TargetsError(IngestionError):
    """A file of targets that cannot be used as it stands."""

    def __init__(self, file: Path, where: str, problem: str) -> None:
        """Name the file, the place in it and the problem."""
        super().__init__(
            ": ".join(part for part in (str(file), where, problem) if part)
        )
        self.file = file
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Target:
    """The homepage of one edition, and what is known of it."""

    url: str
    series: str | None = None
    year: str | None = None
    title: str | None = None

    @property
    def context(self) -> Mapping[str, str]:
        """Return what is known, as the context of its pages."""
        named = {"series": self.series, "year": self.year, "title": self.title}
        return {name: value for name, value in named.items() if value}


def read_targets(file: Path = PACKAGED_TARGETS) -> tuple[Target, ...]:
    """Read a YAML file of targets: a list of mappings with ``url``, the rest optional.

    Raises:
        TargetsError: the file cannot be read, or an entry has no address, one that is
            listed twice, a field that is not known or a value that is no text.
    """
    try:
        parsed = parse_yaml(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise TargetsError(file, "", f"cannot be read: {error}") from error
    except UnusableDocumentError as error:
        raise TargetsError(file, "", f"is not usable: {error.detail}") from error
    for finding in parsed.findings:
        raise TargetsError(file, finding.position, finding.detail)
    if not isinstance(parsed.body, list):
        raise TargetsError(file, "", "a list of targets is expected here")
    return tuple(_targets(file, parsed.body))


def _targets(file: Path, entries: list[Body]) -> Iterator[Target]:
    seen: set[str] = set()
    for number, fields in enumerate(entries, start=1):
        where = f"entry {number}"
        if not isinstance(fields, dict):
            raise TargetsError(file, where, "is not a mapping")
        texts: dict[str, str] = {}
        for name, value in fields.items():
            if name not in _FIELDS:
                raise TargetsError(file, where, f"{name!r} is no field of a target")
            if not isinstance(value, str) or not value.strip():
                raise TargetsError(file, where, f"{name}: a text is expected here")
            texts[name] = value.strip()
        if "url" not in texts:
            raise TargetsError(file, where, "has no url")
        try:
            texts["url"] = normalised(texts["url"])
        except AddressError as error:
            raise TargetsError(file, where, str(error)) from error
        year = texts.get("year", "2000")
        if not (len(year) == 4 and year.isdecimal()):
            raise TargetsError(file, where, f"{year!r} is no year")
        path = page_path(texts["url"])
        if path in seen:
            raise TargetsError(file, where, f"{texts['url']} is listed twice")
        seen.add(path)
        yield Target(**texts)
