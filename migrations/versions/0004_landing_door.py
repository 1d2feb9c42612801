"""The landing door: what was expected of each source, and which looks are held back.

A hold is a stretch of time: looks of its source from ``held_from`` on, until
``held_to`` where a later look passed, are none that models read. One that is released
holds nothing back any more, so that its looks count from when they were made.
"""

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Create the two tables."""
    op.execute(
        """
        create table confradar.landing_checks (
            run_id uuid not null references confradar.runs,
            source_key text not null,
            expectation text not null,
            success boolean not null,
            observed double precision not null,
            threshold double precision not null,
            look_at timestamptz not null,
            look_digest text not null,
            checked_at timestamptz not null,
            primary key (run_id, source_key, expectation)
        )
        """
    )
    op.execute("create index on confradar.landing_checks (source_key, checked_at)")
    op.execute(
        """
        create table confradar.landing_holds (
            hold_id bigint generated always as identity primary key,
            source_key text not null,
            reach text not null check (reach in ('looks', 'new_documents')),
            held_from timestamptz not null,
            held_to timestamptz check (held_to > held_from),
            reason text not null check (btrim(reason) <> ''),
            run_id uuid not null references confradar.runs,
            held_at timestamptz not null,
            released_at timestamptz,
            release text check (release in ('passed', 'accepted')),
            check ((released_at is null) = (release is null))
        )
        """
    )
    op.execute(
        """
        create unique index on confradar.landing_holds (source_key)
        where held_to is null and released_at is null
        """
    )


def downgrade() -> None:
    """Drop both: looks that were held back then count."""
    op.execute("drop table confradar.landing_holds")
    op.execute("drop table confradar.landing_checks")
