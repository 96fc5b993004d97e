"""Payments and what they pay, the rhythm of sweeps, what they found, and records set aside."""

import sqlalchemy as sa
from alembic import op

from dealvoice.storage import base as types

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(op.f("ix_events_received_at"), "events", ["received_at"])
    for column in (
        sa.Column("installer_zone", sa.String(length=64), nullable=False, server_default=""),
        sa.Column("next_sweep_at", types.Moment(), nullable=True),
        sa.Column("sweep_seconds", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("failed_sweeps", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("compare_due", sa.Boolean(), nullable=False, server_default=sa.false()),
    ):
        op.add_column("connections", column)
    op.create_index(op.f("ix_connections_state_next_sweep_at"), "connections", ["state", "next_sweep_at"])
    op.create_table(
        "payments",
        sa.Column("tenant", sa.String(length=32), nullable=False),
        sa.Column("connection_id", sa.String(length=32), nullable=False),
        sa.Column("quickbooks_id", sa.String(length=32), nullable=False),
        sa.Column("paid_on", sa.Date(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("sync_token", sa.String(length=32), nullable=False),
        sa.Column("updated_at", types.Moment(), nullable=True),
        sa.PrimaryKeyConstraint("tenant", "connection_id", "quickbooks_id", name=op.f("pk_payments")),
    )
    op.create_table(
        "payment_links",
        sa.Column("tenant", sa.String(length=32), nullable=False),
        sa.Column("connection_id", sa.String(length=32), nullable=False),
        sa.Column("payment_id", sa.String(length=32), nullable=False),
        sa.Column("invoice_id", sa.String(length=32), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("credit", sa.BigInteger(), nullable=False),
        sa.Column("paid_on", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("tenant", "connection_id", "payment_id", "invoice_id", name=op.f("pk_payment_links")),
    )
    op.create_index(
        op.f("ix_payment_links_tenant_connection_id_invoice_id"),
        "payment_links",
        ["tenant", "connection_id", "invoice_id"],
    )
    op.create_table(
        "set_aside",
        sa.Column("tenant", sa.String(length=32), nullable=False),
        sa.Column("connection_id", sa.String(length=32), nullable=False),
        sa.Column("entity", sa.String(length=32), nullable=False),
        sa.Column("quickbooks_id", sa.String(length=32), nullable=False),
        sa.Column("reason", sa.String(length=255), nullable=False),
        sa.Column("first_at", types.Moment(), nullable=False),
        sa.Column("last_at", types.Moment(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "connection_id", "entity", "quickbooks_id", name=op.f("pk_set_aside")),
    )
    op.create_index(op.f("ix_set_aside_connection_id"), "set_aside", ["connection_id"])
    op.create_table(
        "sweeps",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("tenant", sa.String(length=32), nullable=False),
        sa.Column("connection_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("began_at", types.Moment(), nullable=False),
        sa.Column("ended_at", types.Moment(), nullable=False),
        sa.Column("since", types.Moment(), nullable=True),
        sa.Column("differed", sa.Integer(), nullable=False),
        sa.Column("lost", sa.Integer(), nullable=False),
        sa.Column("waiting", sa.Integer(), nullable=False),
        sa.Column("fresh", sa.Integer(), nullable=False),
        sa.Column("ours", sa.Integer(), nullable=False),
        sa.Column("set_aside", sa.Integer(), nullable=False),
        sa.Column("details", types.Json(), nullable=False),
        sa.Column("fault", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sweeps")),
    )
    op.create_index(op.f("ix_sweeps_tenant_connection_id_ended_at"), "sweeps", ["tenant", "connection_id", "ended_at"])
    op.create_index(op.f("ix_sweeps_ended_at"), "sweeps", ["ended_at"])
