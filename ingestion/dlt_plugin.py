"""A plugin of dlt's: `dlt pipeline …` from a checkout's root finds its pipelines there.

dlt keeps working directories in the user's home, where two checkouts would share them,
and has no setting for that but an environment variable. A project whose
``.dlt/config.toml`` names a ``data_dir`` under ``[confradar]`` gets them there instead;
dlt is the same as ever in any other directory.
"""

import tomllib
from pathlib import Path
from typing import Any

from dlt.common.configuration.plugins import hookimpl
from dlt.common.runtime.run_context import RunContext


class OwnDataContext(RunContext):
    """dlt's plain context, with a directory for what dlt keeps."""

    def __init__(self, run_dir: str, data_dir: Path) -> None:
        super().__init__(run_dir)
        self._data_dir = data_dir

    @property
    def global_dir(self) -> str:
        """Return where pipelines are kept, unless ``DLT_DATA_DIR`` says otherwise."""
        return str(self._data_dir)


@hookimpl(specname="plug_run_context", tryfirst=True)
def plug_own_data_context(
    run_dir: str | None,
    runtime_kwargs: dict[str, Any] | None,
) -> RunContext | None:
    """Return the context of a checkout, None elsewhere."""
    root = Path(run_dir or ".").resolve()
    try:
        config = tomllib.loads((root / ".dlt/config.toml").read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        return None
    own = config.get("confradar", {})
    data_dir = own.get("data_dir") if isinstance(own, dict) else None
    return OwnDataContext(str(root), root / data_dir) if data_dir else None
