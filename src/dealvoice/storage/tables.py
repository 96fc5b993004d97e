"""Names every row class, so that the metadata is complete wherever it is asked for (migrations, tests)."""

from dealvoice.storage import (  # noqa: F401 - imported for the row classes that they declare
    accounts,
    audit,
    choices,
    connections,
    contacts,
    customers,
    deals,
    fields,
    forms,
    hooks,
    imports,
    inbox,
    installations,
    invoices,
    items,
    leases,
    links,
    numbers,
    once,
    operations,
    preferences,
    problems,
    rates,
    sessions,
    statuses,
    templates,
    tenants,
    usage,
    user_choices,
    votes,
)
from dealvoice.storage.base import Base

metadata = Base.metadata
