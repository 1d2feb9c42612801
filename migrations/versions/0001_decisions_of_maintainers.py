"""Decisions of maintainers about deadlines, and their revocations.

Both are only added to: what was decided, by whom and why stays readable for ever, so a
trigger refuses to change or to delete a row.
"""

from alembic import context, op

from confradar import access

revision = "0001"
down_revision = None

_TABLES = ("decisions", "revocations")


def upgrade() -> None:
    """Create the two tables."""
    op.execute(
        """
        create table review.decisions (
            decision_id bigint generated always as identity primary key,
            conference_key text not null,
            track text not null,
            kind text not null,
            round integer not null check (round > 0),
            verdict text not null check (verdict in ('due', 'source', 'withdrawn')),
            due_text text,
            due_local timestamp,
            due_precision text check (due_precision in ('second', 'minute', 'day')),
            timezone_text text,
            believed_source_key text,
            reason text not null check (btrim(reason) <> ''),
            decided_by text not null check (btrim(decided_by) <> ''),
            decided_at timestamptz not null,
            check (
                (verdict = 'due') = (
                    due_text is not null
                    and due_local is not null
                    and due_precision is not null
                    and timezone_text is not null
                )
            ),
            check ((verdict = 'source') = (believed_source_key is not null))
        )
        """
    )
    op.execute(
        """
        create table review.revocations (
            decision_id bigint primary key references review.decisions,
            reason text not null check (btrim(reason) <> ''),
            revoked_by text not null check (btrim(revoked_by) <> ''),
            revoked_at timestamptz not null
        )
        """
    )
    op.execute(
        """
        create function review.refuse_changes() returns trigger language plpgsql as $$
        begin
            raise exception 'rows of review.% are kept as they are: revoke instead',
                tg_table_name;
        end
        $$
        """
    )
    for table in _TABLES:
        op.execute(
            f"""
            create trigger rows_are_kept
            before update or delete or truncate on review.{table}
            for each statement execute function review.refuse_changes()
            """
        )


def downgrade() -> None:
    """Drop them; what was decided only where ``-x data=drop`` says so."""
    if access.DROPS_DATA not in context.get_x_argument():
        access.refuse_to_lose_decisions(access.session_of(op.get_bind()))
    for table in reversed(_TABLES):
        op.execute(f"drop table review.{table}")
    op.execute("drop function review.refuse_changes()")
