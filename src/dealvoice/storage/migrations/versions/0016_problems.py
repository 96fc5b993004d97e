"""Problems set aside, and how often an operation was tried again."""

import sqlalchemy as sa
from alembic import op

from dealvoice.storage import base as types

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "problem_marks",
        sa.Column("tenant", sa.String(length=32), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("by", sa.String(length=255), nullable=False),
        sa.Column("at", types.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "key", name=op.f("pk_problem_marks")),
    )
    for name in ("runs", "refusals", "waits"):
        op.add_column("operations", sa.Column(name, sa.Integer(), nullable=False, server_default="0"))
    op.create_index(op.f("ix_operations_tenant_state_created_at"), "operations", ["tenant", "state", "created_at"])
