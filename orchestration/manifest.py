"""The dbt project as a manifest: parsed once for each state of its files."""

import json
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from confradar.build_state import code_digest
from confradar.building import invoke, places
from confradar.errors import ConfRadarError
from confradar.settings import Settings, prepare_environment

Manifest = Mapping[str, Any]


def manifest_of(settings: Settings) -> Manifest:
    """Return the manifest of the project as it is now.

    It is kept in CONFRADAR_HOME, named by a digest of all files, so that every process
    of Dagster but the first only reads it.

    Raises:
        ConfRadarError: dbt does not understand the project.
    """
    folder = settings.home / "dagster"
    file = folder / f"manifest-{code_digest(settings.root)[:16]}.json"
    if not file.is_file():
        prepare_environment(settings)
        folder.mkdir(parents=True, exist_ok=True)
        # Several processes may begin at once: each moves a whole file to its place.
        with TemporaryDirectory(dir=folder) as target:
            _parse(settings.root, target)
            for old in folder.glob("manifest-*.json"):
                old.unlink(missing_ok=True)
            Path(target, "manifest.json").replace(file)
    manifest: Manifest = json.loads(file.read_text("utf-8"))
    return manifest


def _parse(root: Path, target: str) -> None:
    result = invoke(
        ["--log-level", "none", "parse", "--target-path", target, *places(root)]
    )
    if not result.success:
        raise ConfRadarError(
            f"dbt does not understand the project: {result.exception}",
            "confradar dbt parse says more",
        )
