"""When a sign-in to QuickBooks ends for good."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("connections", sa.Column("hard_until", sa.DateTime(timezone=True)))
