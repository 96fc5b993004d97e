"""What a query and an answer need to know of an entity: order, names, what may be asked for. Drawn from ``schema``."""

from dealvoice_sandbox.quickbooks.schema import ENTITIES as SCHEMA

FIELDS: dict[str, tuple[str, ...]] = {name: tuple(entity.properties) for name, entity in SCHEMA.items()}
"""Properties of each entity in the vendor's order."""

LISTS = frozenset(
    {"Customer", "Item", "Account", "Term", "PaymentMethod", "TaxCode", "TaxRate", "TaxAgency", "Vendor", "Employee",
     "Class", "Department", "CompanyCurrency", "CustomerType", "JournalCode"}
)  # fmt: skip
"""Name lists: they have ``Active`` and are never deleted."""

COUNTED = frozenset(
    {"Invoice", "Bill", "BillPayment", "Deposit", "JournalEntry", "PurchaseOrder", "TaxCode", "TaxRate", "TaxAgency",
     "CompanyCurrency"}
)  # fmt: skip
"""Queries over these carry ``totalCount``."""

ENTITIES = tuple(SCHEMA)
BY_PATH = {name.lower(): name for name in ENTITIES}


def ordered(entity: str, row: dict[str, object]) -> dict[str, object]:
    """Return an object with its properties in the vendor's order; those without a value are left out."""
    rank = _RANKS.get(entity, {})
    hidden = SCHEMA[entity].hidden if entity in SCHEMA else ()
    names = sorted(
        (name for name in row if row[name] is not None and name not in hidden), key=lambda n: rank.get(n, _LAST)
    )
    return {name: row[name] for name in names}


_LAST = 10_000
_RANKS = {entity: {name: n for n, name in enumerate(names)} for entity, names in FIELDS.items()}
