"""Exchange rates, read from QuickBooks once a currency and day."""

import sqlalchemy as sa
from alembic import op

from dealvoice.storage import base as types

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "exchange_rates",
        sa.Column("tenant", sa.String(length=32), nullable=False),
        sa.Column("connection_id", sa.String(length=32), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("rate", types.Exact(length=40), nullable=False),
        sa.Column("read_at", types.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "connection_id", "currency", "day", name=op.f("pk_exchange_rates")),
    )
