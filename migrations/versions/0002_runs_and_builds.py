"""What was run, and what the marts were last built from.

A run that goes on has no end yet; one that was killed is called lost by the next. The
table of builds was made by the program itself before, so that it may be there.
"""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Create the two tables."""
    op.execute(
        """
        create table confradar.runs (
            run_id uuid primary key,
            command text not null,
            started_at timestamptz not null,
            ended_at timestamptz,
            outcome text not null default 'running' check (
                outcome in ('running', 'succeeded', 'failed', 'stopped', 'lost')
            ),
            source_count integer,
            failed_source_count integer,
            new_document_count integer,
            reject_count integer,
            claim_count integer,
            model_count integer,
            test_count integer,
            warning_count integer,
            failure_count integer,
            error text,
            check ((outcome = 'running') = (ended_at is null)),
            check (ended_at >= started_at)
        )
        """
    )
    op.execute("create index on confradar.runs (started_at)")
    op.execute(
        """
        create table if not exists confradar.build_state (
            is_last boolean primary key default true check (is_last),
            fingerprint text not null,
            relations text not null,
            as_of date not null,
            is_replay boolean not null,
            built_at timestamptz not null default now()
        )
        """
    )
    op.execute(
        "alter table confradar.build_state"
        " add column if not exists code text, add column if not exists basis text"
    )


def downgrade() -> None:
    """Drop both; the next build is then a whole one."""
    op.execute("drop table confradar.build_state")
    op.execute("drop table confradar.runs")
