"""After a run that was killed, another one comes to the marts of an undisturbed one.

Three kills of one warehouse, each at a moment that the database shows; at random
moments, and thirty times, ``python -m benchmarks.kills`` does it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import psycopg
import pytest

from benchmarks.checksums import mart_checksums
from benchmarks.kills import FIRST_RUN, STEP, Bench, Ended, Place, bench, kill_server
from tests.conftest import WITHOUT_TESTS, SampleRun, Sites
from tests.parsed import hand_on
from tests.servers import rows

pytestmark = pytest.mark.postgres


def has_documents(url: str) -> bool:
    """Tell whether a load stored a document."""
    try:
        return bool(rows(url, "select from raw_ccfddl.documents limit 1"))
    except psycopg.errors.UndefinedTable:
        return False


def built_aside(url: str) -> set[int]:
    """Return what a build made and did not publish."""
    query = (
        "select oid from pg_class where relnamespace = to_regnamespace('marts_next')"
    )
    return {row[0] for row in rows(url, query)}


@dataclass(slots=True)
class Story:
    """What was seen after each kill: how the command ended, and the marts."""

    place: Place
    undisturbed_first: dict[str, str]
    undisturbed_step: dict[str, str]
    ends: dict[str, Ended] = field(default_factory=dict)
    marts: dict[str, dict[str, str]] = field(default_factory=dict)

    def note(self, when: str, end: Ended) -> None:
        self.ends[when] = end
        self.marts[when] = mart_checksums(self.place.url)


@pytest.fixture(scope="module")
def story(sample: SampleRun, sites: Sites) -> Iterator[Story]:
    # What lands is judged in trials of benchmarks.kills; here it would take a minute.
    with bench({"CONFRADAR_LANDING_CHECKS": "false", **WITHOUT_TESTS}) as own:
        place = own.place()
        hand_on(sample.site.home, sample.site.url, to_home=place.home, to_url=place.url)
        told = Story(place, sample.site.checksums(), {})
        _kill_all_three(own, told)

        step = sites.copy(sample.site)
        words = [word.format(folder=place.folder) for word in STEP]
        done = step.confradar(*words, extra=WITHOUT_TESTS)
        assert done.returncode == 0, done.stderr
        told.undisturbed_step = step.checksums()
        yield told


def _kill_all_three(own: Bench, told: Story) -> None:
    place = told.place
    running = place.start(FIRST_RUN)
    assert running.wait_for(lambda: has_documents(place.url))
    kill_server(own.server)
    end = running.end()
    own.server.ensure_running()
    told.note("server, loading", end)
    told.note("first run", place.start(FIRST_RUN).end())

    place.move_a_date()
    running = place.start(STEP)
    assert running.wait_for(lambda: bool(built_aside(place.url)))
    running.kill()
    told.note("client, building a step", running.end())

    left = built_aside(place.url)
    running = place.start(STEP)
    assert running.wait_for(lambda: bool(built_aside(place.url) - left))
    kill_server(own.server)
    end = running.end()
    own.server.ensure_running()
    told.note("server, building", end)
    told.note("step", place.start(STEP).end())


def test_a_run_after_a_kill_of_the_server_comes_to_the_marts_of_an_undisturbed_one(
    story: Story,
) -> None:
    assert story.marts["server, loading"] == {}
    assert story.ends["first run"].code == 0, story.ends["first run"].said
    assert story.marts["first run"] == story.undisturbed_first


def test_a_step_after_kills_of_client_and_server_comes_to_the_marts_of_others(
    story: Story,
) -> None:
    assert story.ends["step"].code == 0, story.ends["step"].said
    assert story.marts["step"] == story.undisturbed_step
    assert story.marts["step"] != story.undisturbed_first


@pytest.mark.parametrize("when", ["client, building a step", "server, building"])
def test_readers_see_the_marts_of_before_until_all_new_ones_are_there(
    story: Story, when: str
) -> None:
    assert story.marts[when] == story.undisturbed_first


@pytest.mark.parametrize("when", ["server, loading", "server, building"])
def test_a_server_that_goes_away_is_told_in_one_line(story: Story, when: str) -> None:
    end = story.ends[when]

    assert end.code == 1
    assert end.is_told_clearly, end.said
