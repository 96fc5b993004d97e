"""Pipedrive's webhooks, and the heads and states of deals that they tell."""

import sqlalchemy as sa
from alembic import op

from dealvoice.storage import base as types

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "deal_heads",
        sa.Column("tenant", sa.String(length=32), nullable=False),
        sa.Column("deal_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("merged_into", sa.BigInteger(), nullable=True),
        sa.Column("title", sa.String(length=1024), nullable=False),
        sa.Column("value", types.Exact(), nullable=True),
        sa.Column("currency", sa.String(length=8), nullable=False),
        sa.Column("contact_kind", sa.String(length=16), nullable=False),
        sa.Column("contact_id", sa.BigInteger(), nullable=True),
        sa.Column("permitted", types.Json(), nullable=True),
        sa.Column("told_at", types.Moment(), nullable=True),
        sa.Column("lines_at", types.Moment(), nullable=True),
        sa.Column("heard_at", types.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "deal_id", name=op.f("pk_deal_heads")),
    )
    op.create_table(
        "hook_sets",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("tenant", sa.String(length=32), nullable=False),
        sa.Column("installation_id", sa.String(length=32), nullable=False),
        sa.Column("key_hash", sa.String(length=64), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("fault", sa.String(length=60), nullable=False),
        sa.Column("ids", types.Json(), nullable=False),
        sa.Column("sees_all", sa.Boolean(), nullable=False),
        sa.Column("made_at", types.Moment(), nullable=False),
        sa.Column("live_since", types.Moment(), nullable=True),
        sa.Column("checked_at", types.Moment(), nullable=True),
        sa.Column("heard_at", types.Moment(), nullable=True),
        sa.Column("lost_at", types.Moment(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hook_sets")),
    )
    op.create_index(op.f("ix_hook_sets_tenant"), "hook_sets", ["tenant"])
    op.create_index(op.f("ix_hook_sets_key_hash"), "hook_sets", ["key_hash"], unique=True)
    op.create_table(
        "hook_events",
        sa.Column("tenant", sa.String(length=32), nullable=False),
        sa.Column("event_id", sa.String(length=120), nullable=False),
        sa.Column("heard_at", types.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "event_id", name=op.f("pk_hook_events")),
    )
    op.create_table(
        "hook_marks",
        sa.Column("tenant", sa.String(length=32), nullable=False),
        sa.Column("entity", sa.String(length=16), nullable=False),
        sa.Column("record_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("marks", sa.Integer(), nullable=False),
        sa.Column("gone", sa.Boolean(), nullable=False),
        sa.Column("merged_into", sa.BigInteger(), nullable=True),
        sa.Column("marked_at", types.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "entity", "record_id", name=op.f("pk_hook_marks")),
    )
