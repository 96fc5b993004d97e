"""How far an import has come and what was counted at its end; what the vendors' limits and budgets have seen of us."""

import sqlalchemy as sa
from alembic import op

from dealvoice.storage import base as types

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "import_parts",
        sa.Column("tenant", sa.String(length=32), nullable=False),
        sa.Column("connection_id", sa.String(length=32), nullable=False),
        sa.Column("entity", sa.String(length=32), nullable=False),
        sa.Column("operation_id", sa.String(length=32), nullable=False),
        sa.Column("begun_at", types.Moment(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("read", sa.Integer(), nullable=False),
        sa.Column("walked", sa.Boolean(), nullable=False),
        sa.Column("proved_at", types.Moment(), nullable=True),
        sa.Column("theirs", sa.Integer(), nullable=True),
        sa.Column("ours", sa.Integer(), nullable=True),
        sa.Column("mended", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "connection_id", "entity", name="pk_import_parts"),
    )
    op.create_table(
        "usage",
        sa.Column("tenant", sa.String(length=32), nullable=False),
        sa.Column("budget", sa.String(length=32), nullable=False),
        sa.Column("period", sa.String(length=10), nullable=False),
        sa.Column("used", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "budget", "period", name="pk_usage"),
    )
    op.create_table(
        "gates",
        sa.Column("tenant", sa.String(length=32), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("seen", types.Json(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "key", name="pk_gates"),
    )
