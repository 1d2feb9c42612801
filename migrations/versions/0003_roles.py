"""The roles, and with them least privilege: loader, transformer, reader.

What they may do is in ``confradar.access``, which is brought about after every upgrade
to the newest revision: a family of sources that is new needs no revision of its own.
"""

from alembic import context, op

from confradar import access

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make the roles, unless what is there belongs to another project."""
    session = access.session_of(op.get_bind())
    access.refuse_strangers(session)
    access.make_roles(session)


def downgrade() -> None:
    """Drop schemas and roles; raw rows only where ``-x data=drop`` says so."""
    access.remove(
        access.session_of(op.get_bind()),
        drops_data=access.DROPS_DATA in context.get_x_argument(),
    )
