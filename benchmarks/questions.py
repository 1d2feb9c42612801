"""The ten questions of dbt_project/analyses/questions, as SQL that can be sent.

dbt compiles analyses as well, in the seconds that starting it takes. They use three of
its words, which are rendered here from the same project file.
"""

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import jinja2
import yaml

QUESTIONS = Path("dbt_project") / "analyses" / "questions"


def questions(
    root: Path, as_of: date, asked: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Return the SQL of each question by its name.

    Args:
        root: the checkout.
        as_of: the day from which "upcoming" counts.
        asked: values of the variables asked_area and asked_conference, in place of
            those that the questions have themselves.
    """
    project = yaml.safe_load((root / "dbt_project.yml").read_text("utf-8"))
    values = {**project["vars"], **(asked or {})}

    def var(name: str, default: object = None) -> object:
        return values.get(name, default)

    environment = jinja2.Environment(  # noqa: S701 - SQL of our own, no markup
        undefined=jinja2.StrictUndefined
    )
    words = {
        "as_of": lambda: f"timestamptz '{as_of} 00:00+00'",
        "ref": lambda name: f"marts.{name}",
        "var": var,
    }
    return {
        file.stem: environment.from_string(file.read_text("utf-8")).render(words)
        for file in sorted((root / QUESTIONS).glob("*.sql"))
    }
