"""Names of editions as listing sites write them, and what of them is the series."""

import re
from dataclasses import dataclass

_YEAR = r"(?:19|20)\d\d"
_SHORT_YEAR = r"['\u2019`\u02bc](\d\d)"
# "ICML 2026", "CVPR2026", "FOO-BAR-2026", "ICML '26"; a year that is part of a longer
# number or a range is none.
_AT_END = re.compile(rf"^(.*?)[\s,_\-\u2013]*(?<!\d)(?:({_YEAR})|{_SHORT_YEAR})$")
_AT_START = re.compile(rf"^({_YEAR})(?!\d)[\s,:\-\u2013]+(.+)$")
_ORDINAL = re.compile(r"^(?:the\s+)?\d{1,3}\s?(?:st|nd|rd|th)\s+(?=\S)", re.IGNORECASE)
_IN_TEXT = re.compile(rf"(?<![\d/.-])({_YEAR})(?![\d/.-])")
# "(ACL 2026)" and the like; the acronym holds a capital letter.
_IN_BRACKETS = re.compile(
    rf"[(\[]\s*([^()\[\]]{{2,40}}?[\s'\u2019\-]*(?:{_YEAR}|(?<=['\u2019])\d\d))\s*[)\]]"
)
_PARTS = re.compile(r"\s+[:|\u2013\u2014-]\s+|:\s+")
# Parts of a title that name the page or the announcement, not the edition.
_NO_NAME = re.compile(
    r"(?:home(?:page)?|index|welcome|main(?: page)?|accueil|call for .*|cfp|calls?"
    r"|(?:(?:important|key) )?dates|deadlines?|submissions?|authors?|programme?"
    r"|overview|about|news|events?)",
    re.IGNORECASE,
)
_CALL = re.compile(
    r"^(?:\[[^\]]*\]\s*)?(?:(?:the|first|second|third|final|last|\d(?:st|nd|rd|th))\s+)*"
    r"(?:call for (?:papers|participation|submissions|proposals|abstracts)|cfp)"
    r"(?:\s*[:|\u2013-]\s*|\s+(?:for|at)\s+(?:the\s+)?|\s+)(?=\S)",
    re.IGNORECASE,
)
_SLUG = re.compile(r"[\W_]+")
_CENTURY_TURN = 70
# Nobody names an event at greater length; what is longer is a page of another make.
_MAX_NAME = 500


@dataclass(frozen=True, slots=True)
class EditionName:
    """What a name says: the series as written, its full name, a year of four digits."""

    series: str | None
    full_name: str | None
    year: str | None


def split_acronym(text: str) -> tuple[str | None, str | None]:
    """Return series and year of a short name: ``2nd FOO 2026`` is FOO, 2026."""
    name, year = " ".join(text[:_MAX_NAME].split()), None
    while found := _AT_END.match(name):
        written = found[2] or _full_year(found[3])
        if year is not None and written != year:
            break
        name, year = found[1], written
    if year is None and (found := _AT_START.match(name)):
        year, name = found[1], found[2]
    name = _ORDINAL.sub("", name).strip(" \t,:;|-\u2013")
    return name or None, year


def split_title(text: str) -> EditionName:
    """Return what a title says, which may be long, short or both.

    ``Conference on Foo (FOO 2026)`` and ``FOO 2026: Conference on Foo`` give FOO; a
    title without a short name is its own series, without the year. A short name alone
    tells no full one.
    """
    title = _CALL.sub("", " ".join(text[:_MAX_NAME].split()))
    if found := _IN_BRACKETS.search(title):
        series, year = split_acronym(found[1])
        if series and _is_short(series):
            rest = f"{title[: found.start()]} {title[found.end() :]}"
            full = " ".join(rest.split()).strip(" ,:-\u2013")
            return EditionName(series, full or title, year)
    parts = [part for part in _PARTS.split(title) if part]
    named = [part for part in parts if not _NO_NAME.fullmatch(part)]
    if len(named) < len(parts):
        parts = named
        title = " - ".join(parts)
    for part in (parts[0], parts[-1]) if len(parts) > 1 else ():
        series, year = split_acronym(part)
        if series and year and _is_short(series):
            others = [other for other in parts if other is not part]
            return EditionName(series, " - ".join(others), year)
    series, year = split_acronym(title)
    is_alone = year is not None and series is not None and len(series.split()) == 1
    if year is None and (found := _IN_TEXT.search(title)):
        year = found[1]
    return EditionName(series, None if is_alone else title or None, year)


def year_in(text: str | None) -> str | None:
    """Return the first year that stands by itself in a text."""
    found = _IN_TEXT.search(text or "")
    return found[1] if found else None


def slug(text: str) -> str:
    """Return a name as one word of an address: ``FOO 2026`` is foo-2026."""
    return _SLUG.sub("-", text.casefold()).strip("-")


def _is_short(series: str) -> bool:
    words = series.split()
    return len(words) <= 3 and len(series) <= 30 and any(c.isupper() for c in series)


def _full_year(digits: str) -> str:
    return f"{'19' if int(digits) >= _CENTURY_TURN else '20'}{digits}"
