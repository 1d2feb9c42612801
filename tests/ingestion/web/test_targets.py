from pathlib import Path

import pytest

from ingestion.web.targets import Target, TargetsError, read_targets


def test_the_targets_that_ship_are_about_ten() -> None:
    targets = read_targets()
    assert 8 <= len(targets) <= 20
    assert all(target.series and target.year for target in targets)


def test_a_target_has_an_address_and_what_is_known(tmp_path: Path) -> None:
    file = tmp_path / "targets.yml"
    file.write_text(
        "- url: HTTPS://conf.example\n"
        "- {url: 'https://b.example/x#y', series: B, year: 2027, title: The B}\n"
    )
    bare, full = read_targets(file)
    assert bare == Target("https://conf.example/")
    assert bare.context == {}
    assert full.url == "https://b.example/x"
    assert full.context == {"series": "B", "year": "2027", "title": "The B"}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "targets.yml"),
        ("url: https://a.example/", "a list of targets is expected"),
        ("- https://a.example/", "entry 1: is not a mapping"),
        ("- {series: A}", "entry 1: has no url"),
        ("- {url: 'file:///etc/passwd'}", "no http"),
        ("- {url: 'https://a.example', year: soon}", "'soon' is no year"),
        ("- {url: 'https://a.example', serie: A}", "'serie' is no field"),
        ("- {url: 'https://a.example', title: [A]}", "title: a text is expected"),
        ("- {url: 'https://a.example'}\n- {url: 'http://a.example/'}", "listed twice"),
        ("- {url: 'https://a.example', url: 'https://b.example'}", "/0"),
        ("- {url: ", "targets.yml"),
    ],
)
def test_a_file_of_targets_is_wrong_in_one_clear_line(
    tmp_path: Path, text: str, problem: str
) -> None:
    file = tmp_path / "targets.yml"
    file.write_text(text)
    with pytest.raises(TargetsError) as error:
        read_targets(file)
    assert str(file) in str(error.value)
    assert problem in str(error.value)
    assert "\n" not in str(error.value)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(TargetsError, match=r"none\.yml: cannot be read"):
        read_targets(tmp_path / "none.yml")
