"""What references of an object name: they must be there and in use, and come back with the name of what they name."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dealvoice_sandbox.quickbooks.emulator import QuickBooksEmulator

Row = dict[str, Any]
KINDS = {
    "Customer": "Names", "Vendor": "Names", "Employee": "Names", "Account": "Accounts", "Item": "Items",
    "Class": "Klasses", "Department": "Depts", "Term": "Terms", "PaymentMethod": "PaymentMethods",
    "TaxCode": "TaxCodes", "TaxRate": "TaxRates", "TaxAgency": "Names", "CustomerType": "CustomerTypes",
}  # fmt: skip
"""What the fault of a bad reference calls each entity; Names, Accounts, Klasses and Depts are recorded."""


def check_references(emulator: "QuickBooksEmulator", realm: str, values: Row, targets: dict[str, str]) -> None:
    """
    Check the references among some values; what they name is put in, where it has a name.

    Raises:
        Refusal: 2500 for what is unknown or inactive.
    """
    for name, entity in targets.items():
        reference = values.get(name)
        if reference and reference.get("value"):
            row = emulator.reference(realm, entity, reference, kind=KINDS[entity])
            values[name] = named(row)
        elif reference is not None:
            del values[name]


def named(row: Row) -> Row:
    """Return a reference to an object, with its name."""
    name = row.get("FullyQualifiedName") or row.get("DisplayName") or row.get("Name")
    return {"value": row["Id"], "name": name} if name else {"value": row["Id"]}
