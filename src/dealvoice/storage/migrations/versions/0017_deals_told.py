"""How old by Pipedrive's clock what is remembered of a deal is."""

import sqlalchemy as sa
from alembic import op

from dealvoice.storage import base as types

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("deals_seen", sa.Column("told_at", types.Moment(), nullable=True))
