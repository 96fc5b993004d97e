"""When Pipedrive last said that a company's plan has no installments."""

import sqlalchemy as sa
from alembic import op

from dealvoice.storage import base as types

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("tenants", sa.Column("no_installments_at", types.Moment(), nullable=True))
