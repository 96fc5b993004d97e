"""
The second wall between tenants: PostgreSQL itself shows a transaction only the rows of its tenant.

The first wall is that every query names its tenant. This one holds when a query forgets: row level security, forced on
the owner of the tables too. It does not bind superusers and roles with BYPASSRLS, so the product warns of those.

Source: PostgreSQL 15, chapter 5.8 "Row Security Policies".
"""

from typing import Final

from sqlalchemy import Connection, MetaData, text

EVERYONE: Final = "*"
"""Stands for all tenants: for the tables that are looked at before a tenant is known, and for migrations."""

_POLICY: Final = "dealvoice_tenant"
_RULE: Final = "current_setting('dealvoice.tenant', true) IN (tenant, '*')"


def raise_walls(connection: Connection, tables: MetaData) -> None:
    """Put every table that has tenants behind the wall; safe to repeat. PostgreSQL only."""
    guarded = {row[0] for row in connection.execute(text("SELECT tablename FROM pg_policies WHERE policyname = :name"),
                                                    {"name": _POLICY})}  # fmt: skip
    for table in tables.sorted_tables:
        if "tenant" not in table.c or table.name in guarded:
            continue
        name = f'"{table.name}"'  # of our own metadata, never from outside
        for statement in (
            f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY",
            f"ALTER TABLE {name} FORCE ROW LEVEL SECURITY",
            f"CREATE POLICY {_POLICY} ON {name} USING ({_RULE}) WITH CHECK ({_RULE})",
        ):
            connection.exec_driver_sql(statement)


def is_walled(connection: Connection) -> bool:
    """Tell whether the wall binds the role that we connect as."""
    free = text("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user")
    return not connection.scalar(free)
