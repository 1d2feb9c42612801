"""The suites of Great Expectations, one a source: what its newest look must meet.

The only module that imports it, which takes seven seconds: import this one where there
is something to judge. Nothing is kept on disk and nobody is asked but the warehouse,
as the loader: each suite is one query of one row of figures.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import great_expectations as gx
from great_expectations.core.batch_definition import BatchDefinition
from great_expectations.data_context.types.base import ProgressBarsConfig
from great_expectations.datasource.fluent.interfaces import TestConnectionError
from great_expectations.exceptions.exceptions import GreatExpectationsError
from great_expectations.expectations.core.expect_column_max_to_be_between import (
    ExpectColumnMaxToBeBetween,
)
from sqlalchemy.exc import SQLAlchemyError

from confradar.errors import ConfRadarError
from confradar.landing.records import Expectation
from confradar.sessions import first_line

_SCHEME = "postgresql://"
_DRIVER = "postgresql+psycopg://"


@dataclass(frozen=True, slots=True)
class Subject:
    """What is judged: a source, the query of its figures, and what each may be."""

    source_key: str
    query: str
    thresholds: Mapping[Expectation, float]


@dataclass(frozen=True, slots=True)
class Finding:
    """One expectation of one source, judged."""

    source_key: str
    expectation: Expectation
    success: bool
    observed: float
    threshold: float


class LandingChecksError(ConfRadarError):
    """The expectations could not be judged, so that nothing is known of what landed."""


def judge(url: str, subjects: Iterable[Subject]) -> Iterator[Finding]:
    """Yield what became of each expectation of each subject.

    Args:
        url: of the warehouse, as a role that may read raw rows.
        subjects: what to judge.

    Raises:
        LandingChecksError: a query failed, or the database does not answer.
    """
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    try:
        # It would take `$` for the name of a variable of its own; and the loader may
        # make no temporary tables.
        source = context.data_sources.add_postgres(
            "warehouse",
            connection_string=url.replace("$", "%24").replace(_SCHEME, _DRIVER, 1),
            create_temp_table=False,
        )
    except TestConnectionError as error:
        raise _error(first_line(error)) from error
    try:
        for subject in subjects:
            figures = source.add_query_asset(subject.source_key, query=subject.query)
            batch = figures.add_batch_definition_whole_table("figures")
            yield from _findings(context, subject, batch)
    except (GreatExpectationsError, SQLAlchemyError) as error:
        raise _error(first_line(error)) from error
    finally:
        source.get_engine().dispose()


def suite_of(subject: Subject) -> gx.ExpectationSuite:
    """Return the suite of one source: none of its figures above its threshold."""
    return gx.ExpectationSuite(
        name=subject.source_key,
        expectations=[
            ExpectColumnMaxToBeBetween(column=str(name), max_value=threshold)
            for name, threshold in subject.thresholds.items()
        ],
    )


def _findings(
    context: Any,  # noqa: ANN401 - of a union of contexts
    subject: Subject,
    batch: BatchDefinition[Any],
) -> Iterator[Finding]:
    validation = gx.ValidationDefinition(
        name=subject.source_key,
        data=batch,
        suite=context.suites.add(suite_of(subject)),
    )
    for found in context.validation_definitions.add(validation).run().results:
        name = Expectation(found.expectation_config.kwargs["column"])
        observed = found.result.get("observed_value")
        if observed is None:
            raise _error(f"{subject.source_key}, {name}: {found.exception_info}")
        yield Finding(
            source_key=subject.source_key,
            expectation=name,
            success=bool(found.success),
            observed=float(observed),
            threshold=subject.thresholds[name],
        )


def _error(reason: str) -> LandingChecksError:
    return LandingChecksError(
        f"what was loaded could not be judged: {reason}",
        "what is stored stays; the next run judges it, and "
        "CONFRADAR_LANDING_CHECKS=false builds without that",
    )
