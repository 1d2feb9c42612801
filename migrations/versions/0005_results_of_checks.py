"""What each dbt test said last, for the site of docs.

dbt leaves results in a file of the machine that built; who reads the warehouse from
another one has to find them there.
"""

from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Create the table; the next build fills it."""
    op.execute(
        """
        create table confradar.check_results (
            check_key text primary key,
            kind text not null check (kind in ('test', 'unit test')),
            status text not null check (
                status in ('passed', 'warned', 'failed', 'skipped')
            ),
            failure_count integer,
            message text,
            checked_at timestamptz not null
        )
        """
    )


def downgrade() -> None:
    """Drop it."""
    op.execute("drop table confradar.check_results")
