"""Rights to organizations and persons, and a way from a customer to its jobs."""

import sqlalchemy as sa
from alembic import op

from dealvoice.storage import base as types

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "contacts_seen",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("tenant", sa.String(length=32), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("contact_id", sa.BigInteger(), nullable=False),
        sa.Column("allowed", sa.Boolean(), nullable=False),
        sa.Column("name", sa.String(length=1024), nullable=False),
        sa.Column("organization_id", sa.BigInteger(), nullable=True),
        sa.Column("checked_at", types.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contacts_seen")),
        sa.UniqueConstraint(
            "tenant", "user_id", "kind", "contact_id", name=op.f("uq_contacts_seen_tenant_user_id_kind_contact_id")
        ),
    )
    op.create_index(
        op.f("ix_customers_tenant_connection_id_parent_id"), "customers", ["tenant", "connection_id", "parent_id"]
    )
