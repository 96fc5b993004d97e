"""The first schema: everything from a deal to a paid invoice."""

import sqlalchemy as sa
from alembic import op

from dealvoice.storage import base as types

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "audit",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("tenant", sa.String(length=32), nullable=False),
        sa.Column("at", types.Moment(), nullable=False),
        sa.Column("who", sa.String(length=255), nullable=False),
        sa.Column("what", sa.String(length=64), nullable=False),
        sa.Column("about", sa.String(length=255), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
    op.create_index(op.f("ix_audit_tenant_at"), "audit", ["tenant", "at"], unique=False)
    op.create_table(
        "connections",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("tenant", sa.String(length=32), nullable=False),
        sa.Column("realm_id", sa.String(length=32), nullable=False),
        sa.Column("installation_id", sa.String(length=32), nullable=False),
        sa.Column("steward_id", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("access", sa.Text(), nullable=False),
        sa.Column("refresh", sa.Text(), nullable=False),
        sa.Column("access_until", types.Moment(), nullable=False),
        sa.Column("refresh_until", types.Moment(), nullable=False),
        sa.Column("token_version", sa.Integer(), nullable=False),
        sa.Column("lease_holder", sa.String(length=64), nullable=True),
        sa.Column("lease_until", types.Moment(), nullable=True),
        sa.Column("connected_at", types.Moment(), nullable=False),
        sa.Column("heard_at", types.Moment(), nullable=True),
        sa.Column("swept_at", types.Moment(), nullable=True),
        sa.Column("cursor", types.Moment(), nullable=True),
        sa.Column("imported_at", types.Moment(), nullable=True),
        sa.Column("company_name", sa.String(length=1024), nullable=False),
        sa.Column("country", sa.String(length=8), nullable=False),
        sa.Column("home_currency", sa.String(length=3), nullable=False),
        sa.Column("multicurrency", sa.Boolean(), nullable=False),
        sa.Column("tax_regime", sa.String(length=20), nullable=False),
        sa.Column("custom_numbers", sa.Boolean(), nullable=False),
        sa.Column("allow_discount", sa.Boolean(), nullable=False),
        sa.Column("books_closed_on", sa.Date(), nullable=True),
        sa.Column("default_tax_code", sa.String(length=32), nullable=True),
        sa.Column("default_term", sa.String(length=32), nullable=True),
        sa.Column("time_zone", sa.String(length=64), nullable=False),
        sa.Column("lapsed", sa.Boolean(), nullable=False),
        sa.Column("judged_on", sa.Date(), nullable=True),
        sa.Column("import_progress", types.Json(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_connections")),
    )
    op.create_index(op.f("ix_connections_realm_id"), "connections", ["realm_id"], unique=False)
    op.create_index(
        "uq_connections_one_per_tenant",
        "connections",
        ["tenant"],
        unique=True,
        sqlite_where=sa.text("state != 'ended'"),
        postgresql_where=sa.text("state != 'ended'"),
    )
    op.create_table(
        "customer_links",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("tenant", sa.String(length=32), nullable=False),
        sa.Column("connection_id", sa.String(length=32), nullable=False),
        sa.Column("contact_kind", sa.String(length=16), nullable=False),
        sa.Column("contact_id", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("customer_id", sa.String(length=32), nullable=False),
        sa.Column("linked_by", sa.String(length=255), nullable=False),
        sa.Column("linked_at", types.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer_links")),
        sa.UniqueConstraint(
            "tenant",
            "connection_id",
            "contact_kind",
            "contact_id",
            "currency",
            name=op.f("uq_customer_links_tenant_connection_id_contact_kind_contact_id_currency"),
        ),
    )
    op.create_table(
        "customers",
        sa.Column("tenant", sa.String(length=32), nullable=False),
        sa.Column("connection_id", sa.String(length=32), nullable=False),
        sa.Column("quickbooks_id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=512), nullable=False),
        sa.Column("search", sa.Text(), nullable=False),
        sa.Column("folded_name", sa.String(length=512), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("balance", sa.BigInteger(), nullable=False),
        sa.Column("taxable", sa.Boolean(), nullable=False),
        sa.Column("email", sa.String(length=255), nullable=False),
        sa.Column("phone", sa.String(length=64), nullable=False),
        sa.Column("tax_id", sa.String(length=64), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("city", sa.String(length=255), nullable=False),
        sa.Column("postal_code", sa.String(length=32), nullable=False),
        sa.Column("parent_id", sa.String(length=32), nullable=True),
        sa.Column("sync_token", sa.String(length=32), nullable=False),
        sa.Column("updated_at", types.Moment(), nullable=True),
        sa.PrimaryKeyConstraint("tenant", "connection_id", "quickbooks_id", name=op.f("pk_customers")),
    )
    op.create_index(op.f("ix_customers_folded_name"), "customers", ["folded_name"], unique=False)
    op.create_index(
        op.f("ix_customers_tenant_connection_id_search"),
        "customers",
        ["tenant", "connection_id", "search"],
        unique=False,
    )
    op.create_table(
        "deal_invoices",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("tenant", sa.String(length=32), nullable=False),
        sa.Column("deal_id", sa.BigInteger(), nullable=False),
        sa.Column("invoice_id", sa.String(length=32), nullable=False),
        sa.Column("linked_by", sa.String(length=255), nullable=False),
        sa.Column("linked_at", types.Moment(), nullable=False),
        sa.Column("made_here", sa.Boolean(), nullable=False),
        sa.Column("note_id", sa.BigInteger(), nullable=True),
        sa.Column("note_hash", sa.String(length=64), nullable=False),
        sa.Column("note_tried", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deal_invoices")),
        sa.UniqueConstraint("tenant", "deal_id", "invoice_id", name=op.f("uq_deal_invoices_tenant_deal_id_invoice_id")),
    )
    op.create_index(op.f("ix_deal_invoices_tenant_invoice_id"), "deal_invoices", ["tenant", "invoice_id"], unique=False)
    op.create_table(
        "deals_seen",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("tenant", sa.String(length=32), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("deal_id", sa.BigInteger(), nullable=False),
        sa.Column("allowed", sa.Boolean(), nullable=False),
        sa.Column("title", sa.String(length=1024), nullable=False),
        sa.Column("value", types.Exact(), nullable=True),
        sa.Column("currency", sa.String(length=8), nullable=False),
        sa.Column("contact_kind", sa.String(length=16), nullable=False),
        sa.Column("contact_id", sa.BigInteger(), nullable=True),
        sa.Column("products", sa.Integer(), nullable=True),
        sa.Column("archived", sa.Boolean(), nullable=False),
        sa.Column("checked_at", types.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deals_seen")),
        sa.UniqueConstraint("tenant", "user_id", "deal_id", name=op.f("uq_deals_seen_tenant_user_id_deal_id")),
    )
    op.create_index(op.f("ix_deals_seen_tenant_deal_id"), "deals_seen", ["tenant", "deal_id"], unique=False)
    op.create_table(
        "dirty",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("tenant", sa.String(length=32), nullable=False),
        sa.Column("connection_id", sa.String(length=32), nullable=False),
        sa.Column("entity", sa.String(length=32), nullable=False),
        sa.Column("quickbooks_id", sa.String(length=32), nullable=False),
        sa.Column("marks", sa.Integer(), nullable=False),
        sa.Column("void_told", sa.Integer(), nullable=False),
        sa.Column("marked_at", types.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dirty")),
        sa.UniqueConstraint(
            "tenant",
            "connection_id",
            "entity",
            "quickbooks_id",
            name=op.f("uq_dirty_tenant_connection_id_entity_quickbooks_id"),
        ),
    )
    op.create_index(op.f("ix_dirty_connection_id"), "dirty", ["connection_id"], unique=False)
    op.create_table(
        "events",
        sa.Column("tenant", sa.String(length=32), nullable=False),
        sa.Column("event_id", sa.String(length=80), nullable=False),
        sa.Column("received_at", types.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "event_id", name=op.f("pk_events")),
    )
    op.create_table(
        "fields",
        sa.Column("tenant", sa.String(length=32), nullable=False),
        sa.Column("owner", sa.String(length=16), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("custom", sa.Boolean(), nullable=False),
        sa.Column("options", types.Json(), nullable=False),
        sa.Column("seen_at", types.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "owner", "key", name=op.f("pk_fields")),
    )
    op.create_table(
        "forms",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("tenant", sa.String(length=32), nullable=False),
        sa.Column("installation_id", sa.String(length=32), nullable=False),
        sa.Column("deal_id", sa.BigInteger(), nullable=False),
        sa.Column("opened_at", types.Moment(), nullable=False),
        sa.Column("context", types.Json(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_forms")),
    )
    op.create_table(
        "installations",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("tenant", sa.String(length=32), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("locale", sa.String(length=16), nullable=False),
        sa.Column("time_zone", sa.String(length=64), nullable=False),
        sa.Column("is_admin", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("api_domain", sa.String(length=255), nullable=False),
        sa.Column("access", sa.Text(), nullable=False),
        sa.Column("refresh", sa.Text(), nullable=False),
        sa.Column("access_until", types.Moment(), nullable=False),
        sa.Column("token_version", sa.Integer(), nullable=False),
        sa.Column("lease_holder", sa.String(length=64), nullable=True),
        sa.Column("lease_until", types.Moment(), nullable=True),
        sa.Column("installed_at", types.Moment(), nullable=False),
        sa.Column("ended_at", types.Moment(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_installations")),
        sa.UniqueConstraint("tenant", "user_id", name=op.f("uq_installations_tenant_user_id")),
    )
    op.create_index(op.f("ix_installations_tenant_state"), "installations", ["tenant", "state"], unique=False)
    op.create_table(
        "invoices",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("tenant", sa.String(length=32), nullable=False),
        sa.Column("connection_id", sa.String(length=32), nullable=False),
        sa.Column("quickbooks_id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.String(length=64), nullable=False),
        sa.Column("customer_id", sa.String(length=32), nullable=False),
        sa.Column("customer_name", sa.String(length=512), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("balance", sa.BigInteger(), nullable=False),
        sa.Column("tax", sa.BigInteger(), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("paid_on", sa.Date(), nullable=True),
        sa.Column("email", sa.String(length=255), nullable=False),
        sa.Column("sent_at", types.Moment(), nullable=True),
        sa.Column("has_payments", sa.Boolean(), nullable=False),
        sa.Column("voided", sa.Boolean(), nullable=False),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.Column("ended_at", types.Moment(), nullable=True),
        sa.Column("ended_by", sa.String(length=255), nullable=False),
        sa.Column("last_total", sa.BigInteger(), nullable=False),
        sa.Column("sync_token", sa.String(length=32), nullable=False),
        sa.Column("updated_at", types.Moment(), nullable=True),
        sa.Column("created_at", types.Moment(), nullable=True),
        sa.Column("operation_id", sa.String(length=32), nullable=True),
        sa.Column("made_by", sa.String(length=255), nullable=False),
        sa.Column("fault", types.Json(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoices")),
        sa.UniqueConstraint(
            "tenant", "connection_id", "quickbooks_id", name=op.f("uq_invoices_tenant_connection_id_quickbooks_id")
        ),
    )
    op.create_index(
        op.f("ix_invoices_tenant_connection_id_customer_id_issued_on"),
        "invoices",
        ["tenant", "connection_id", "customer_id", "issued_on"],
        unique=False,
    )
    op.create_index(
        op.f("ix_invoices_tenant_connection_id_number"), "invoices", ["tenant", "connection_id", "number"], unique=False
    )
    op.create_table(
        "item_links",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("tenant", sa.String(length=32), nullable=False),
        sa.Column("connection_id", sa.String(length=32), nullable=False),
        sa.Column("product_id", sa.BigInteger(), nullable=False),
        sa.Column("variation_id", sa.BigInteger(), nullable=False),
        sa.Column("item_id", sa.String(length=32), nullable=False),
        sa.Column("linked_by", sa.String(length=255), nullable=False),
        sa.Column("linked_at", types.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_item_links")),
        sa.UniqueConstraint(
            "tenant",
            "connection_id",
            "product_id",
            "variation_id",
            name=op.f("uq_item_links_tenant_connection_id_product_id_variation_id"),
        ),
    )
    op.create_table(
        "items",
        sa.Column("tenant", sa.String(length=32), nullable=False),
        sa.Column("connection_id", sa.String(length=32), nullable=False),
        sa.Column("quickbooks_id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=512), nullable=False),
        sa.Column("search", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("unit_price", types.Exact(), nullable=True),
        sa.Column("sku", sa.String(length=128), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("taxable", sa.Boolean(), nullable=False),
        sa.Column("sold", sa.Boolean(), nullable=False),
        sa.Column("tax_code", sa.String(length=32), nullable=True),
        sa.Column("sync_token", sa.String(length=32), nullable=False),
        sa.Column("updated_at", types.Moment(), nullable=True),
        sa.PrimaryKeyConstraint("tenant", "connection_id", "quickbooks_id", name=op.f("pk_items")),
    )
    op.create_index(
        op.f("ix_items_tenant_connection_id_search"), "items", ["tenant", "connection_id", "search"], unique=False
    )
    op.create_table(
        "leases",
        sa.Column("tenant", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("holder", sa.String(length=64), nullable=False),
        sa.Column("until", types.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "name", name=op.f("pk_leases")),
    )
    op.create_table(
        "names",
        sa.Column("tenant", sa.String(length=32), nullable=False),
        sa.Column("connection_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("quickbooks_id", sa.String(length=32), nullable=False),
        sa.Column("folded_name", sa.String(length=512), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "connection_id", "kind", "quickbooks_id", name=op.f("pk_names")),
    )
    op.create_index(op.f("ix_names_folded_name"), "names", ["folded_name"], unique=False)
    op.create_table(
        "once",
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("tenant", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("browser", sa.String(length=64), nullable=False),
        sa.Column("data", types.Json(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("until", types.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_once")),
    )
    op.create_table(
        "operations",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("tenant", sa.String(length=32), nullable=False),
        sa.Column("connection_id", sa.String(length=32), nullable=False),
        sa.Column("installation_id", sa.String(length=32), nullable=False),
        sa.Column("user_name", sa.String(length=255), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("deal_id", sa.BigInteger(), nullable=False),
        sa.Column("form_id", sa.String(length=32), nullable=True),
        sa.Column("invoice_id", sa.String(length=32), nullable=True),
        sa.Column("body", types.Json(), nullable=False),
        sa.Column("body_hash", sa.String(length=64), nullable=False),
        sa.Column("number", sa.String(length=64), nullable=False),
        sa.Column("customer_id", sa.String(length=32), nullable=True),
        sa.Column("customer_name", sa.String(length=512), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("tax", sa.BigInteger(), nullable=False),
        sa.Column("their_total", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("looks", sa.Integer(), nullable=False),
        sa.Column("fault", types.Json(), nullable=True),
        sa.Column("created_at", types.Moment(), nullable=False),
        sa.Column("answered_at", types.Moment(), nullable=True),
        sa.Column("noted_at", types.Moment(), nullable=True),
        sa.Column("mailed_at", types.Moment(), nullable=True),
        sa.Column("mail_tried", sa.Integer(), nullable=False),
        sa.Column("done_at", types.Moment(), nullable=True),
        sa.Column("next_try_at", types.Moment(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_operations")),
        sa.UniqueConstraint("tenant", "form_id", name=op.f("uq_operations_tenant_form_id")),
    )
    op.create_index(op.f("ix_operations_state_next_try_at"), "operations", ["state", "next_try_at"], unique=False)
    op.create_index(
        op.f("ix_operations_tenant_deal_id_created_at"), "operations", ["tenant", "deal_id", "created_at"], unique=False
    )
    op.create_index(
        op.f("ix_operations_tenant_invoice_id_created_at"),
        "operations",
        ["tenant", "invoice_id", "created_at"],
        unique=False,
    )
    op.create_table(
        "preferences",
        sa.Column("tenant", sa.String(length=32), nullable=False),
        sa.Column("to_field", sa.String(length=80), nullable=False),
        sa.Column("address_field", sa.String(length=80), nullable=False),
        sa.Column("email_field", sa.String(length=80), nullable=False),
        sa.Column("tax_id_field", sa.String(length=80), nullable=False),
        sa.Column("due_days", sa.Integer(), nullable=False),
        sa.Column("visibility", sa.String(length=16), nullable=False),
        sa.Column("show_amounts", sa.Boolean(), nullable=False),
        sa.Column("saved_by", sa.String(length=255), nullable=False),
        sa.Column("saved_at", types.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", name=op.f("pk_preferences")),
    )
    op.create_table(
        "sessions",
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("tenant", sa.String(length=32), nullable=False),
        sa.Column("installation_id", sa.String(length=32), nullable=False),
        sa.Column("surface", sa.String(length=16), nullable=False),
        sa.Column("until", types.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_sessions")),
    )
    op.create_table(
        "tax_codes",
        sa.Column("tenant", sa.String(length=32), nullable=False),
        sa.Column("connection_id", sa.String(length=32), nullable=False),
        sa.Column("quickbooks_id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("rates", types.Json(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "connection_id", "quickbooks_id", name=op.f("pk_tax_codes")),
    )
    op.create_table(
        "tenants",
        sa.Column("tenant", sa.String(length=32), nullable=False),
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("domain", sa.String(length=255), nullable=False),
        sa.Column("api_domain", sa.String(length=255), nullable=False),
        sa.Column("created_at", types.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", name=op.f("pk_tenants")),
        sa.UniqueConstraint("company_id", name=op.f("uq_tenants_company_id")),
    )
    op.create_table(
        "terms",
        sa.Column("tenant", sa.String(length=32), nullable=False),
        sa.Column("connection_id", sa.String(length=32), nullable=False),
        sa.Column("quickbooks_id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("due_days", sa.Integer(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "connection_id", "quickbooks_id", name=op.f("pk_terms")),
    )
