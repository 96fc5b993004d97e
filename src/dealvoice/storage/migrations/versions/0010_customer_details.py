"""Updates of customers: what they wrote, what the user last saw; merged customers; names of vendors and employees."""

import sqlalchemy as sa
from alembic import op

from dealvoice.storage import base as types

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("operations", sa.Column("customer_write", types.Json(), nullable=True))
    op.add_column("customers", sa.Column("merged_into", sa.String(length=32), nullable=True))
    op.add_column("customer_links", sa.Column("looked", types.Json(), nullable=True))
    op.add_column("names", sa.Column("name", sa.String(length=512), nullable=False, server_default=""))
    # Spelled as compared until the next import; alike names are found by it all the same.
    op.execute("UPDATE names SET name = folded_name")
