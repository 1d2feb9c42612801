"""One asset per source: a look at what it publishes, as ``confradar ingest`` takes it.

The loader keeps a lock, a working directory and a recovery of its own for each source,
and notes each run; ``@dlt_assets`` of dagster-dlt wants to run the pipeline itself. So
these are plain assets that call the loader, and say that they are dlt's.
"""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from dagster import (
    AssetCheckResult,
    AssetCheckSpec,
    AssetExecutionContext,
    AssetKey,
    AssetsDefinition,
    AssetSpec,
    Backoff,
    Failure,
    Jitter,
    MaterializeResult,
    MetadataValue,
    RetryPolicy,
    multi_asset,
)

from confradar.landing import Verdict, verdict_of
from confradar.running import Listener, ingest_selected
from confradar.sessions import session
from confradar.settings import now
from ingestion.registry import ArchiveFetch, FilesFetch, Source
from orchestration.means import Looks, logins, longer_run, settings

if TYPE_CHECKING:
    from ingestion.loading import SourceReport

GROUP = "sources"
LOADED = "was_loaded"
"""The check of each source: the look at it succeeded."""

EXPECTED = "is_as_expected"
"""The check of each source: what it published is as the landing door expects."""

RETRIES = RetryPolicy(
    max_retries=2, delay=60, backoff=Backoff.EXPONENTIAL, jitter=Jitter.PLUS_MINUS
)


def key_of(source: Source) -> AssetKey:
    """Return the key of a source's asset."""
    return AssetKey(["sources", source.key])


def name_of(source: Source) -> str:
    """Return a source's key as Dagster takes names; no key has ``__`` in it."""
    return source.key.replace("-", "__")


def pool_of(source: Source) -> str:
    """Return the pool of those that fetch from the same host.

    Official pages are on hundreds of hosts, of which the polite client itself takes
    care: they are a pool of their own.
    """
    urls: tuple[str, ...]
    if isinstance(source.fetch, ArchiveFetch):
        urls = (source.fetch.url,)
    elif isinstance(source.fetch, FilesFetch):
        urls = tuple(source.fetch.urls.values())
    else:
        urls = source.fetch.start_urls
    host = urlsplit(urls[0]).hostname if urls else None
    return host or "hosts_of_official_pages"


def source_asset(source: Source, retries: RetryPolicy = RETRIES) -> AssetsDefinition:
    """Return the asset of a source.

    A look that failed is tried again. Where that is of no use or does not help, the
    check tells, and the step still succeeds: what was stored before stays, and the
    marts are built from it, as in ``confradar run``.
    """
    key = key_of(source)

    @multi_asset(
        name=f"load_{name_of(source)}",
        specs=[
            AssetSpec(
                key,
                group_name=GROUP,
                kinds={"dlt", "postgres"},
                description=f"A look at {source.name}, published by "
                f"{source.publisher}: documents and visits, beside what was stored.",
                metadata={
                    "homepage": MetadataValue.url(source.homepage_url),
                    "licence": source.licence,
                    "authority": source.authority,
                    "kind": source.kind,
                    "schema": f"raw_{source.family}",
                },
            )
        ],
        check_specs=[
            AssetCheckSpec(
                LOADED,
                asset=key,
                description="The last look at it succeeded; where it did not, what was "
                "stored before is what the marts are built from.",
            ),
            AssetCheckSpec(
                EXPECTED,
                asset=key,
                description="Great Expectations at the landing door: where one is not "
                "met, the last good documents stay in the build.",
            ),
        ],
        retry_policy=retries,
        pool=pool_of(source),
    )
    def load(
        context: AssetExecutionContext, looks: Looks
    ) -> Iterator[MaterializeResult[None]]:
        from ingestion.loading import LoadOutcome

        (report,) = ingest_selected(
            settings(),
            logins(),
            looks.selection(source.key),
            now(),
            _Told(context.log.info),
            part_of=longer_run(context.run),
        )
        is_last_try = context.retry_number >= retries.max_retries
        if report.outcome is LoadOutcome.FAILED and not is_last_try:
            raise Failure(report.error)
        with session(logins().loader.url) as connection:
            verdict = verdict_of(connection, source.key)
        yield MaterializeResult(
            asset_key=key,
            metadata=_metadata(report),
            check_results=[
                AssetCheckResult(
                    # What the door holds back was loaded: that is the other check.
                    passed=report.error is None or report.outcome is LoadOutcome.HELD,
                    check_name=LOADED,
                    asset_key=key,
                    metadata={"said": report.error or report.message},
                ),
                judged(key, verdict),
            ],
        )

    return load


def judged(key: AssetKey, verdict: Verdict) -> AssetCheckResult:
    """Return what the landing door last said of a source, figure by figure."""
    figures = {
        str(check.expectation).replace("_", " "): (
            f"{check.observed:.3g}, {check.threshold:.3g} at most"
        )
        for check in verdict.checks
    }
    said = verdict.sentence or ("as expected" if verdict.checks else "not judged yet")
    return AssetCheckResult(
        passed=verdict.passed,
        check_name=EXPECTED,
        asset_key=key,
        metadata={"said": said, **figures},
    )


def _metadata(report: "SourceReport") -> dict[str, str | int]:
    return {
        "outcome": str(report.outcome),
        "documents": report.document_count,
        "new documents": report.new_document_count,
        "entries": report.entry_count,
        "dropped entries": report.dropped_entry_count,
        "rejects": report.reject_count,
        **{
            f"pages {trouble.outcome.replace('_', ' ')}": (
                f"{trouble.count}, as {trouble.example}"
            )
            for trouble in report.troubles
        },
    }


class _Told(Listener):
    """Passes on to the run's log what a person should know."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell

    def waiting(self) -> None:
        self._tell("another run is at work on this database: waiting for it")

    def note(self, text: str) -> None:
        self._tell(text)
