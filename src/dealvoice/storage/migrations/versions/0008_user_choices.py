"""What users last chose on a screen."""

import sqlalchemy as sa
from alembic import op

from dealvoice.storage import base as types

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "user_choices",
        sa.Column("tenant", sa.String(length=32), nullable=False),
        sa.Column("installation_id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("value", types.Json(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "installation_id", "name", name=op.f("pk_user_choices")),
    )
