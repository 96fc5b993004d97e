"""What new and linked products need: accounts, the name and price at linking, stock, where a name is taken."""

import sqlalchemy as sa
from alembic import op

from dealvoice.storage import base as types

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "accounts",
        sa.Column("tenant", sa.String(length=32), nullable=False),
        sa.Column("connection_id", sa.String(length=32), nullable=False),
        sa.Column("quickbooks_id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=512), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "connection_id", "quickbooks_id", name=op.f("pk_accounts")),
    )
    op.add_column("items", sa.Column("folded_name", sa.String(length=512), nullable=False, server_default=""))
    op.add_column("items", sa.Column("parent_id", sa.String(length=32), nullable=True))
    op.add_column("items", sa.Column("on_hand", types.Exact(length=40), nullable=True))
    op.add_column("items", sa.Column("income_account", sa.String(length=32), nullable=True))
    op.create_index("ix_items_tenant_connection_id_folded_name", "items", ["tenant", "connection_id", "folded_name"])
    op.execute("UPDATE items SET folded_name = lower(name)")
    op.add_column("item_links", sa.Column("item_name", sa.String(length=512), nullable=False, server_default=""))
    op.add_column("item_links", sa.Column("item_price", types.Exact(length=40), nullable=True))
    op.add_column("connections", sa.Column("discount_account", sa.String(length=32), nullable=True))
    op.add_column("connections", sa.Column("item_account", sa.String(length=32), nullable=True))
    op.add_column("operations", sa.Column("made_items", types.Json(), nullable=True))
    op.add_column("preferences", sa.Column("fold_discounts", sa.Boolean(), nullable=False, server_default=sa.false()))
