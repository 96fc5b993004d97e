"""The rarer details of invoices, templates, and one series of numbers."""

import sqlalchemy as sa
from alembic import op

from dealvoice.storage import base as types

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def _text(name: str, length: int) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=length), nullable=False)


def upgrade() -> None:
    op.create_table(
        "document_numbers",
        _text("tenant", 32),
        _text("connection_id", 32),
        _text("kind", 16),
        _text("quickbooks_id", 32),
        _text("number", 64),
        _text("folded", 64),
        _text("customer_name", 512),
        sa.Column("issued_on", sa.Date(), nullable=True),
        sa.Column("created_at", types.Moment(), nullable=True),
        sa.PrimaryKeyConstraint("tenant", "connection_id", "kind", "quickbooks_id", name=op.f("pk_document_numbers")),
    )
    op.create_index(
        op.f("ix_document_numbers_tenant_connection_id_folded"),
        "document_numbers",
        ["tenant", "connection_id", "folded"],
    )
    op.create_table(
        "reserved_numbers",
        _text("tenant", 32),
        _text("connection_id", 32),
        _text("folded", 64),
        _text("operation_id", 32),
        sa.PrimaryKeyConstraint("tenant", "connection_id", "folded", name=op.f("pk_reserved_numbers")),
    )
    op.create_index(op.f("ix_reserved_numbers_operation_id"), "reserved_numbers", ["operation_id"])
    op.create_table(
        "choices",
        _text("tenant", 32),
        _text("connection_id", 32),
        _text("kind", 16),
        _text("quickbooks_id", 32),
        _text("name", 512),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "connection_id", "kind", "quickbooks_id", name=op.f("pk_choices")),
    )
    op.create_table(
        "templates",
        _text("id", 32),
        _text("tenant", 32),
        _text("name", 80),
        _text("folded_name", 160),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.Column("fills", types.Json(), nullable=False),
        _text("saved_by", 255),
        sa.Column("saved_at", types.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_templates")),
        sa.UniqueConstraint("tenant", "folded_name", name=op.f("uq_templates_tenant_folded_name")),
    )
    op.add_column("terms", sa.Column("day_of_month", sa.Integer(), nullable=True))
    op.add_column("terms", sa.Column("next_month_days", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("connections", sa.Column("rules", types.Json(), nullable=True))
    op.add_column("connections", sa.Column("currencies", types.Json(), nullable=True))
    op.add_column("preferences", sa.Column("mail_after", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("invoices", sa.Column("folded_number", sa.String(length=64), nullable=False, server_default=""))
    op.execute("UPDATE invoices SET folded_number = lower(trim(number))")
    op.drop_index("ix_invoices_tenant_connection_id_number", table_name="invoices")
    op.create_index(
        op.f("ix_invoices_tenant_connection_id_folded_number"),
        "invoices",
        ["tenant", "connection_id", "folded_number"],
    )
    op.create_index(
        op.f("ix_invoices_tenant_connection_id_created_at"), "invoices", ["tenant", "connection_id", "created_at"]
    )
