"""
The small name lists: terms, payment methods, classes, departments, tax agencies, journal codes.

Source: the page of each entity of the Accounting API.
"""

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from dealvoice_sandbox.quickbooks import merging
from dealvoice_sandbox.quickbooks.faults_text import Refusal, missing
from dealvoice_sandbox.quickbooks.references import check_references

if TYPE_CHECKING:
    from dealvoice_sandbox.quickbooks.emulator import QuickBooksEmulator

Row = dict[str, Any]
_TREES = {"Class": "SubClass", "Department": "SubDepartment"}
_DEEPEST = 5
_LIMITS = {
    "DueDays": 999, "DiscountDays": 999, "DayOfMonthDue": 31, "DiscountDayOfMonth": 31, "DueNextMonthDays": 999,
    "DiscountPercent": 100,
}  # fmt: skip


def create(emulator: "QuickBooksEmulator", realm: str, entity: str, body: Row) -> Row:
    """Create a row of a list."""
    values = merging.writable(entity, body)
    if entity != "TaxAgency":
        values["Active"] = values.get("Active", True)
    _complete(emulator, realm, entity, values, own_id="")
    return emulator.new(realm, entity, emulator.next_id(realm, "other"), values)


def update(emulator: "QuickBooksEmulator", realm: str, entity: str, body: Row) -> Row:
    """Change a row; ``Active`` false is how it is deleted."""
    row = emulator.current(realm, entity, body)
    values = merging.merged(entity, row, body, keep=frozenset({"Active"}))
    _complete(emulator, realm, entity, values, own_id=row["Id"])
    return merging.store(emulator, realm, entity, row, values)


def _complete(emulator: "QuickBooksEmulator", realm: str, entity: str, values: Row, *, own_id: str) -> None:
    label = "DisplayName" if entity == "TaxAgency" else "Name"
    values[label] = values[label].strip()
    match entity:
        case "Term":
            _term(values)
        case "PaymentMethod":
            values["Type"] = values.get("Type") or "NON_CREDIT_CARD"
            if values["Type"] not in ("CREDIT_CARD", "NON_CREDIT_CARD"):
                raise Refusal("2170", f"Invalid Enumeration : {values['Type']}", "Type")
        case "Class" | "Department":
            _needs_tracking(emulator, realm, entity)
            _place(emulator, realm, entity, values, own_id)
        case "TaxAgency":
            values |= {
                "TaxTrackedOnPurchases": values.get("TaxTrackedOnPurchases", False),
                "TaxTrackedOnSales": values.get("TaxTrackedOnSales", True),
                "TaxAgencyConfig": "USER_DEFINED",
            }
    full = str(values.get("FullyQualifiedName", values[label])).casefold()
    for row in emulator.rows(realm, entity).values():
        if row["Id"] != own_id and str(row.get("FullyQualifiedName", row[label])).casefold() == full:
            raise Refusal("6240", f"The name supplied already exists. : Id={row['Id']}", label)


def _term(values: Row) -> None:
    if values.get("DueDays") is None and values.get("DayOfMonthDue") is None:
        raise missing("DueDays")
    for name, most in _LIMITS.items():
        if name in values and not 0 <= Decimal(values[name]) <= most:
            raise Refusal("2090", f"Invalid Number : {values[name]}", name)
    values["Type"] = "DATE_DRIVEN" if values.get("DueDays") is None else "STANDARD"
    values.setdefault("DiscountPercent", Decimal(0))
    if values["Type"] == "STANDARD":
        values.setdefault("DiscountDays", 0)


def _needs_tracking(emulator: "QuickBooksEmulator", realm: str, entity: str) -> None:
    told = emulator.rows(realm, "Preferences")["1"].get("AccountingInfoPrefs") or {}
    wanted = ("ClassTrackingPerTxn", "ClassTrackingPerTxnLine") if entity == "Class" else ("TrackDepartments",)
    if not any(told.get(name) for name in wanted):
        raise Refusal("5030", f"Feature Not Supported : {entity} tracking is switched off", "")


def _place(emulator: "QuickBooksEmulator", realm: str, entity: str, values: Row, own_id: str) -> None:
    if ":" in values["Name"]:
        raise Refusal("2040", "Invalid String : the element contains invalid characters", "Name")
    check_references(emulator, realm, values, {"ParentRef": entity})
    parent = (values.get("ParentRef") or {}).get("value", "")
    values[_TREES[entity]] = bool(parent)
    values["FullyQualifiedName"] = values["Name"]
    above, depth = emulator.rows(realm, entity).get(parent), 1
    if above is not None:
        values["FullyQualifiedName"] = f"{above['FullyQualifiedName']}:{values['Name']}"
    while above is not None:
        if above["Id"] == own_id:
            raise Refusal("900", f"A {entity.lower()} cannot be below itself", "ParentRef")
        depth += 1
        above = emulator.rows(realm, entity).get((above.get("ParentRef") or {}).get("value", ""))
    if depth > _DEEPEST:
        raise Refusal("6180", "Exceeded maximum allowed levels : 5 levels are supported", "ParentRef")
