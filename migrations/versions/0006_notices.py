"""What was told to whom: one row for each subscription, channel and event.

A row is there before its message is sent, so that nothing is ever told twice: it is
``intended``, then ``sending`` from the moment at which the message may get through, and
``sent`` when it did. One that stays ``sending`` is of a sender that died just then, or
of a server that hung up: nobody knows whether it was told. What is ``left_out`` was
known before the subscription began, was told by another source, or had passed.
"""

from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Create the two tables."""
    op.execute(
        """
        create table confradar.subscriptions (
            subscription text not null,
            channel text not null,
            definition text not null,
            begun_at timestamptz not null,
            looked_at timestamptz not null,
            primary key (subscription, channel)
        )
        """
    )
    op.execute(
        """
        create table confradar.notices (
            subscription text not null,
            channel text not null,
            event text not null,
            state text not null check (
                state in ('left_out', 'intended', 'sending', 'sent')
            ),
            deadline text,
            said text,
            seen_at timestamptz,
            summary text,
            message_id text,
            noted_at timestamptz not null,
            sent_at timestamptz,
            primary key (subscription, channel, event),
            check ((state = 'sent') = (sent_at is not null)),
            check (state not in ('sending', 'sent') or message_id is not null)
        )
        """
    )


def downgrade() -> None:
    """Drop both; who subscribes anew is told nothing of what was before."""
    op.execute("drop table confradar.notices")
    op.execute("drop table confradar.subscriptions")
