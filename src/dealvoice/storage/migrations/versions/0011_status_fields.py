"""The status field on deals, and who asked for the connection."""

import sqlalchemy as sa
from alembic import op

from dealvoice.storage import base as types

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "status_fields",
        sa.Column("tenant", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("options", types.Json(), nullable=False),
        sa.Column("before", types.Json(), nullable=False),
        sa.Column("tried", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", name=op.f("pk_status_fields")),
    )
    op.create_table(
        "deal_statuses",
        sa.Column("tenant", sa.String(length=32), nullable=False),
        sa.Column("deal_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("flag", sa.String(length=20), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "deal_id", name=op.f("pk_deal_statuses")),
    )
    op.add_column("installations", sa.Column("asked_at", types.Moment(), nullable=True))
