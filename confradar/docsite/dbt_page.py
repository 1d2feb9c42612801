"""dbt's own page of docs, in one file: its template with what dbt knows put into it.

``dbt docs generate --static`` does the same. This also describes the columns of raw
tables, which are alike in all families, takes out what would ask other hosts, and mends
what asks the own host for files that are not there.
"""

import json
from collections.abc import Mapping, MutableMapping
from pathlib import Path
from typing import Any

from confradar.docsite.pages import Page, page_of

NAME = "tables.html"

_OVERVIEW = "doc.confradar.__overview__"
# A line of Markdown that shows nothing, where the picture of the tables is to be.
_PLACE_OF_DIAGRAM = "[//]: # (diagram)"
# Of the machine that built.
_PATHS = ("root_path", "compiled_path", "build_path")
# What the page asks for, with what it is to ask for.
_MENDED = {
    # A tracker, which dbt turns on where its user allows it: it is not even there.
    "//d1fc8wv8zag5ca.cloudfront.net/2.9.0/sp.js": "data:,",
    "fishtownanalytics.sinter-collect.com": "",
    "https://fuzzed.getdbt.com/": "",
    # Names of files that the page was to be built with, and that it asks for as such.
    "${require('./assets/favicons/favicon.ico')}": "data:,",
    '<use xlink:href="{{': '<use ng-attr-href="{{',
}


def dbt_page(target: Path, links: Mapping[str, str], diagram: str) -> Page:
    """Return the page of all sources, models, columns and their lineage.

    Args:
        target: the folder into which dbt has written its artifacts.
        links: names of other pages, with where they are, shown above the overview.
        diagram: the address of the picture of the tables, shown in the overview.
    """
    manifest = json.loads((target / "manifest.json").read_bytes())
    catalog = json.loads((target / "catalog.json").read_bytes())
    describe_raw_columns(manifest, catalog)
    for node in (*manifest["nodes"].values(), *manifest["functions"].values()):
        for name in _PATHS:
            node.pop(name, None)
    manifest["metadata"]["send_anonymous_usage_stats"] = False
    overview = manifest["docs"][_OVERVIEW]
    overview["block_contents"] = "\n\n".join(
        (
            " · ".join(f"[{name}]({place})" for name, place in links.items()),
            overview["block_contents"].replace(
                _PLACE_OF_DIAGRAM, f"![Tables and the keys between them]({diagram})"
            ),
        )
    )
    html = (target / "index.html").read_text("utf-8")
    for asked, instead in _MENDED.items():
        html = html.replace(asked, instead)
    for name, data in (("MANIFEST", manifest), ("CATALOG", catalog)):
        html = html.replace(f'"{name}.JSON INLINE DATA"', _in_script(data))
    # Angular writes styles while it runs, so that no digest of them can be known.
    return page_of(NAME, html, styles=["'unsafe-inline'"])


def describe_raw_columns(
    manifest: MutableMapping[str, Any], catalog: Mapping[str, Any]
) -> None:
    """Describe the columns of raw tables in place.

    A column is described by the docs block ``raw_<table>__<column>``, else by
    ``raw__<column>``, else by that of its own name, which staging models share.
    """
    blocks = {
        key.rpartition(".")[2]: block["block_contents"].strip()
        for key, block in manifest["docs"].items()
    }
    for key, table in catalog["sources"].items():
        source = manifest["sources"][key]
        for column in table["columns"]:
            name = column.strip("_")
            entry = source["columns"].setdefault(
                column, {"name": column, "description": "", "meta": {}, "tags": []}
            )
            entry["description"] = (
                entry["description"]
                or blocks.get(f"raw_{source['name'].strip('_')}__{name}")
                or blocks.get(f"raw__{name}")
                or blocks.get(name, "")
            )


def _in_script(data: object) -> str:
    """Return JSON that no word in it can end the script of."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace(
        "</", "<\\/"
    )
