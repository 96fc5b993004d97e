"""Votes on the help page."""

import sqlalchemy as sa
from alembic import op

from dealvoice.storage import base as types

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "help_votes",
        sa.Column("voter", sa.String(length=64), nullable=False),
        sa.Column("tenant", sa.String(length=32), nullable=False),
        sa.Column("helped", sa.Boolean(), nullable=False),
        sa.Column("language", sa.String(length=16), nullable=False),
        sa.Column("voted_at", types.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("voter", name=op.f("pk_help_votes")),
    )
