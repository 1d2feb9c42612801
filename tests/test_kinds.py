"""What the command line offers, beside what the seed and the ledger may use."""

import yaml

from confradar.kinds import ChangeType, Kind
from confradar.settings import project_root

CHANGES = "dbt_project/models/marts/core/_changes__models.yml"
SEEDS = "dbt_project/seeds/vocabulary/_vocabulary__seeds.yml"


def test_the_command_line_offers_the_kinds_of_the_seed() -> None:
    described = yaml.safe_load((project_root() / SEEDS).read_text(encoding="utf-8"))
    (types,) = (seed for seed in described["seeds"] if seed["name"] == "deadline_types")
    (kind,) = (column for column in types["columns"] if column["name"] == "kind")
    (accepted,) = (
        test["accepted_values"]["arguments"]["values"]
        for test in kind["data_tests"]
        if isinstance(test, dict)
    )

    assert [str(each) for each in Kind] == accepted


def test_the_command_line_offers_the_types_of_the_ledger() -> None:
    described = yaml.safe_load((project_root() / CHANGES).read_text(encoding="utf-8"))
    (ledger,) = described["models"]
    (types,) = (c for c in ledger["columns"] if c["name"] == "change_type")
    (accepted,) = (
        test["accepted_values"]["arguments"]["values"]
        for test in types["data_tests"]
        if "accepted_values" in test
    )

    assert [str(each) for each in ChangeType] == accepted
