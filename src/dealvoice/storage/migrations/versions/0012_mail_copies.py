"""Who gets a copy of an invoice's e-mail."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("invoices", sa.Column("copies", sa.String(length=420), nullable=False, server_default=""))
