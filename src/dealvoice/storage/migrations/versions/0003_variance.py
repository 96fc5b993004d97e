"""How far QuickBooks' figures of a new invoice are from what the form promised."""

import sqlalchemy as sa
from alembic import op

from dealvoice.storage import base as types

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("operations", sa.Column("variance", types.Json(), nullable=True))
