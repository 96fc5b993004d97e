"""Whether a user's single keys work."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("installations", sa.Column("single_keys", sa.Boolean(), server_default=sa.true(), nullable=False))
