"""Make the site: let dbt tell what it knows, and put the other pages beside it."""

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from confradar.build_state import BuildState, read_state
from confradar.building import DbtError, invoke, one_line, places
from confradar.checks import last_checked_at
from confradar.database import Login
from confradar.docsite.checks import CheckGroup, groups_of_checks
from confradar.docsite.dbt_page import NAME as TABLES
from confradar.docsite.dbt_page import dbt_page
from confradar.docsite.diagram import diagram, tables_of
from confradar.docsite.markdown import read_text
from confradar.docsite.pages import Page, Site, page_of, picture
from confradar.landing import last_judged_at
from confradar.sessions import session
from confradar.settings import Settings, let_dbt_read

HOME = "index.html"
CHECKS = "checks.html"
ACCURACY = "accuracy.html"

_LINKS = {"Home": HOME, "Tables": TABLES, "Accuracy": ACCURACY, "Checks": CHECKS}
# Where people begin to read: of the others the overview tells.
_MARTS = {
    "rpt_upcoming_deadlines": "what is due next, without a join",
    "rpt_current_deadlines": "what pages and calendars show",
    "fct_deadlines": "the date that is believed of each deadline",
    "fct_deadline_claims": "what each source said, and when",
    "fct_deadline_changes": "what moved, and by how much",
    "rpt_deadline_conflicts": "who disagrees, and who is believed",
}


def build_site(settings: Settings, reader: Login) -> Site:
    """Return the site of docs of what is stored now.

    It takes what readers may see, and PostgreSQL's own catalogue, which everybody may:
    the login of a reader is enough.

    Raises:
        ConfRadarError: the database cannot be reached or refuses.
        DbtError: dbt could not make its part.
    """
    with session(reader.url) as connection:
        state = read_state(connection)
    let_dbt_read(settings, reader.url)
    target = _artifacts(settings)
    manifest = json.loads((target / "manifest.json").read_bytes())
    with session(reader.url) as connection:
        groups = groups_of_checks(connection, manifest)
    drawing = picture(diagram(tables_of(manifest)).encode())
    pages = [
        dbt_page(target, _LINKS, drawing),
        *_own_pages(settings.root, state, groups, drawing),
    ]
    return Site({page.name: page for page in pages}, is_built=state is not None)


def what_is_stored(reader: Login) -> tuple[datetime | None, ...]:
    """Return when marts were built, tested and what lands judged last.

    If one of them moves, the site follows.

    Raises:
        ConfRadarError: the database cannot be reached or refuses.
    """
    with session(reader.url) as connection:
        state = read_state(connection)
        return (
            state.built_at if state else None,
            last_checked_at(connection),
            last_judged_at(connection),
        )


def _artifacts(settings: Settings) -> Path:
    """Let dbt write what it knows; return the folder, which no other command uses.

    Raises:
        DbtError: it could not.
    """
    target = settings.home / "docs"
    result = invoke(
        [
            *("--log-level", "none", "docs", "generate"),
            *("--target-path", str(target), *places(settings.root)),
        ]
    )
    if not result.success:
        raise DbtError(
            f"dbt could not tell of the tables: {one_line(str(result.exception))}",
            hint="confradar dbt docs generate, and logs/dbt.log, say more",
        )
    return target


def _own_pages(
    root: Path, state: BuildState | None, groups: Sequence[CheckGroup], drawing: str
) -> Iterator[Page]:
    templates = Environment(
        loader=PackageLoader("confradar.docsite"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
    )
    templates.filters["moment"] = _moment
    style = templates.get_template("style.css").render()
    folder = (root / "docs").resolve()
    names = {
        file: "-".join(file.relative_to(folder).with_suffix(".html").parts)
        for file in sorted(folder.rglob("*.md"))
    }
    texts = {name: read_text(file, names) for file, name in names.items()}

    def page(name: str, template: str, **values: object) -> Page:
        html = templates.get_template(template).render(
            links=_LINKS, state=state, style=style, **values
        )
        return page_of(name, html)

    yield page(
        HOME,
        "index.html",
        title="Docs",
        tables=TABLES,
        checks=CHECKS,
        marts=_MARTS,
        groups=groups,
        drawing=drawing,
        texts={name: text for name, text in texts.items() if name != ACCURACY},
    )
    yield page(CHECKS, "checks.html", title="Checks", groups=groups)
    for name, text in texts.items():
        yield page(name, "text.html", title=text.title, html=text.html)


def _moment(time: datetime) -> str:
    return time.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
