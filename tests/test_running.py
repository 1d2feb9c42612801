"""What one run is handed from the dbt project."""

from confradar.running import known_zone_labels
from confradar.settings import project_root


def test_labels_of_one_zone_are_known_in_any_case() -> None:
    assert {"aoe", "pt", "utc-12", "gmt+02", "etc/gmt+12"} <= known_zone_labels(
        project_root()
    )


def test_a_label_of_two_zones_counts_as_unknown() -> None:
    assert "cst" not in known_zone_labels(project_root())
