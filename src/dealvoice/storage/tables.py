"""Names every row class, so that the metadata is complete wherever it is asked for (migrations, tests)."""

from dealvoice.storage import (
    accounts,
    audit,
    connections,
    customers,
    deals,
    fields,
    forms,
    inbox,
    installations,
    invoices,
    items,
    leases,
    links,
    once,
    operations,
    preferences,
    rates,
    sessions,
    tenants,
    votes,
)
from dealvoice.storage.base import Base

MODULES = (
    accounts, audit, connections, customers, deals, fields, forms, inbox, installations, invoices, items, leases, links,
    once, operations, preferences, rates, sessions, tenants, votes,
)  # fmt: skip
metadata = Base.metadata
