"""The kinds that the command line offers, beside those that the seed may use."""

import yaml

from confradar.kinds import Kind
from confradar.settings import project_root

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
