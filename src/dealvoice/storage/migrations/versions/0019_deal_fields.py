"""A row for each kind of field kept on deals; the status field and what it said move over."""

import json

import sqlalchemy as sa
from alembic import op

from dealvoice.storage import base as types

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    fields = op.create_table(
        "deal_fields",
        sa.Column("tenant", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("options", types.Json(), nullable=False),
        sa.Column("before", types.Json(), nullable=False),
        sa.Column("tried", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "kind", name=op.f("pk_deal_fields")),
    )
    told = op.create_table(
        "deals_told",
        sa.Column("tenant", sa.String(length=32), nullable=False),
        sa.Column("deal_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("said", types.Json(), nullable=False),
        sa.Column("parked", sa.String(length=40), nullable=False),
        sa.Column("parked_at", types.Moment(), nullable=True),
        sa.Column("problem", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "deal_id", name=op.f("pk_deals_told")),
    )
    op.add_column("deal_invoices", sa.Column("then", types.Json(), nullable=True))
    bind = op.get_bind()
    for row in bind.execute(sa.text("SELECT * FROM status_fields")).mappings().all():
        options, before = json.loads(row["options"]), json.loads(row["before"])
        bind.execute(fields.insert().values({**row, "kind": "status", "options": options, "before": before}))
    for row in bind.execute(sa.text("SELECT * FROM deal_statuses")).mappings().all():
        said = {"status": row["flag"]} if row["flag"] else {}
        bind.execute(
            told.insert().values(tenant=row["tenant"], deal_id=row["deal_id"], said=said, parked="", problem="")
        )
    op.drop_table("status_fields")
    op.drop_table("deal_statuses")
