"""
Customers and their jobs, vendors, employees: one name space, names built from parts, balances that roll up.

Source: Customer, Vendor and Employee pages of the Accounting API; defaults as recorded from the US sample company.
"""

import hashlib
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from dealvoice_sandbox.quickbooks import company_currencies, ledger, merging
from dealvoice_sandbox.quickbooks.faults_text import Refusal, business
from dealvoice_sandbox.quickbooks.index import PEOPLE
from dealvoice_sandbox.quickbooks.references import check_references

if TYPE_CHECKING:
    from dealvoice_sandbox.quickbooks.emulator import QuickBooksEmulator

Row = dict[str, Any]
_PARTS = ("Title", "GivenName", "MiddleName", "FamilyName", "Suffix")
_REFERENCES = {
    "ParentRef": "Customer", "SalesTermRef": "Term", "TermRef": "Term", "PaymentMethodRef": "PaymentMethod",
    "DefaultTaxCodeRef": "TaxCode", "ARAccountRef": "Account", "APAccountRef": "Account", "CustomerTypeRef": "CustomerType",
}  # fmt: skip
_DEEPEST = 4
_GONE = " (deleted)"
_ADDRESSES = ("BillAddr", "ShipAddr", "PrimaryAddr")
_KEPT = frozenset({"CurrencyRef", "Active", "Balance", "PrintOnCheckName", "PreferredDeliveryMethod"})
_TAX_IDS = ("PrimaryTaxIdentifier", "SecondaryTaxIdentifier", "TaxIdentifier")


def create(emulator: "QuickBooksEmulator", realm: str, entity: str, body: Row) -> Row:
    """Create a customer, vendor or employee."""
    values = merging.writable(entity, body)
    values.pop("Balance", None)  # Not emulated: an opening balance, which the service books as a transaction.
    values["DisplayName"] = _name(emulator, realm, values, (entity, ""))
    check_references(emulator, realm, values, _REFERENCES)
    values["Active"] = values.get("Active", True)
    person = " ".join(values[part] for part in ("GivenName", "FamilyName") if values.get(part))
    values["PrintOnCheckName"] = values.get("PrintOnCheckName") or person or values["DisplayName"]
    if entity != "Employee":
        values["CurrencyRef"] = company_currencies.of_a_new_name(emulator, realm, values.get("CurrencyRef"))
    match entity:
        case "Customer":
            _complete_customer(emulator, realm, values, own_id="")
            values |= {"Balance": Decimal(0), "BalanceWithJobs": Decimal(0), "IsProject": False}
            values["PreferredDeliveryMethod"] = values.get("PreferredDeliveryMethod") or "Print"
            _default_tax_code(emulator, realm, values)
        case "Vendor":
            values |= {"Balance": Decimal(0), "Vendor1099": values.get("Vendor1099", False)}
        case _:
            values["BillableTime"] = values.get("BillableTime", False)
    for name in _ADDRESSES:
        if values.get(name):
            values[name] = merging.address(emulator, realm, values[name])
    _mask(emulator, values)
    return emulator.new(realm, entity, emulator.next_id(realm, "Customer"), values)


def update(emulator: "QuickBooksEmulator", realm: str, entity: str, body: Row) -> Row:
    """Change one of them, sparsely or as a whole; ``Active`` false is how they are deleted."""
    row = emulator.current(realm, entity, body)
    body = {name: value for name, value in body.items() if name != "Balance"}
    values = merging.merged(entity, row, body, keep=_KEPT)
    _currency_stays(emulator, row, body, values)
    leaves = values.get("Active") is False and row.get("Active") is not False
    returns = values.get("Active") is True and row.get("Active") is False
    if not body.get("DisplayName"):
        values["DisplayName"] = row["DisplayName"].removesuffix(_GONE) if returns else row["DisplayName"]
    values["DisplayName"] = _name(emulator, realm, values, (entity, row["Id"]))
    check_references(emulator, realm, {name: values[name] for name in values if name in body}, _REFERENCES)
    if leaves:
        _may_leave(emulator, realm, entity, row)
        values["DisplayName"] = row["DisplayName"] + _GONE
    if entity == "Customer":
        _complete_customer(emulator, realm, values, own_id=row["Id"])
    for name in _ADDRESSES:
        if values.get(name):
            values[name] = merging.address(emulator, realm, values[name], row.get(name))
    _mask(emulator, values)
    changed = merging.store(emulator, realm, entity, row, values)
    if entity == "Customer" and changed is not row:
        _rename_jobs(emulator, realm, changed)
        ledger.move(emulator, realm, row, changed)
    return changed


def in_queries(realm: str, entity: str, row: Row) -> Row:
    """Return what queries show of a name and reads do not: its opaque id, and a customer's place in a client list."""
    if entity not in PEOPLE:
        return {}
    digest = hashlib.sha256(f"{realm}/{entity}/{row['Id']}".encode()).hexdigest()
    found = {"V4IDPseudonym": "002098" + digest[:32]}
    return found | {"ClientEntityId": "0"} if entity == "Customer" else found


def _name(emulator: "QuickBooksEmulator", realm: str, values: Row, own: tuple[str, str]) -> str:
    name = values.get("DisplayName") or " ".join(values[part] for part in _PARTS if values.get(part))
    if re.search(r"[:\t\n\r]", name):
        raise Refusal("2040", "Invalid String : the element contains invalid characters", "DisplayName")
    name = name.strip()
    if not name:
        raise Refusal("6080", "At least one of the names must be given", "DisplayName")
    for bearer in emulator.index(realm).bearers(name):
        if bearer != own:
            raise Refusal("6240", f"The name supplied already exists. : Id={bearer[1]}", "DisplayName")
    return name


def _complete_customer(emulator: "QuickBooksEmulator", realm: str, values: Row, *, own_id: str) -> None:
    parent = (values.get("ParentRef") or {}).get("value")
    if values.get("Job") and not parent:
        raise Refusal("6150", "ParentRef is required if you are trying to create a job", "ParentRef")
    values["Job"] = bool(parent)
    values["BillWithParent"] = bool(values.get("BillWithParent")) and bool(parent)
    values["FullyQualifiedName"] = values["DisplayName"]
    values.pop("Level", None)
    if parent:
        above = emulator.rows(realm, "Customer")[parent]
        if own_id and own_id in _line_of(emulator, realm, above):
            raise Refusal("900", "A customer cannot be below itself", "ParentRef")
        values["Level"] = int(above.get("Level", 0)) + 1
        if values["Level"] > _DEEPEST:
            raise Refusal("6180", "Exceeded maximum allowed levels : 5 levels are supported", "ParentRef")
        values["FullyQualifiedName"] = f"{above['FullyQualifiedName']}:{values['DisplayName']}"
        values["ParentRef"] = {"value": parent}
    reason = values.get("TaxExemptionReasonId")
    if reason and not (str(reason).isdigit() and 1 <= int(reason) <= 15):
        raise Refusal("2170", f"Invalid Enumeration : {reason}", "TaxExemptionReasonId")
    values["Taxable"] = False if reason else values.get("Taxable", True)
    if values.get("PreferredDeliveryMethod") not in (None, "", "Print", "Email", "None"):
        raise Refusal("2170", f"Invalid Enumeration : {values['PreferredDeliveryMethod']}", "PreferredDeliveryMethod")


def _line_of(emulator: "QuickBooksEmulator", realm: str, row: Row) -> list[str]:
    rows, found = emulator.rows(realm, "Customer"), []
    current: Row | None = row
    while current is not None:
        found.append(str(current["Id"]))
        current = rows.get((current.get("ParentRef") or {}).get("value", ""))
    return found


def _default_tax_code(emulator: "QuickBooksEmulator", realm: str, values: Row) -> None:
    # Seen on a live US sandbox: a taxable customer gets the company's default tax group by itself.
    taxes = emulator.rows(realm, "Preferences")["1"].get("TaxPrefs") or {}
    if values["Taxable"] and taxes.get("UsingSalesTax") and taxes.get("TaxGroupCodeRef"):
        values.setdefault("DefaultTaxCodeRef", {"value": taxes["TaxGroupCodeRef"]["value"]})


def _currency_stays(emulator: "QuickBooksEmulator", row: Row, body: Row, values: Row) -> None:
    if "CurrencyRef" not in row:
        return
    asked = (body.get("CurrencyRef") or {}).get("value")
    if asked and asked != row["CurrencyRef"]["value"] and emulator.switches["customer_currency_change"] == "refuse":
        raise business("The currency of a name cannot be changed once it is created.")
    values["CurrencyRef"] = row["CurrencyRef"]


def _may_leave(emulator: "QuickBooksEmulator", realm: str, entity: str, row: Row) -> None:
    if Decimal(str(row.get("Balance", 0))) != 0:
        raise Refusal("6220", "Cannot make inactive: the balance is not zero", "")
    jobs = emulator.index(realm).jobs(row["Id"]) if entity == "Customer" else []
    if any(emulator.rows(realm, "Customer")[job].get("Active") is not False for job in jobs):
        raise Refusal("800", "Cannot make inactive: it has active jobs", "")


def _rename_jobs(emulator: "QuickBooksEmulator", realm: str, row: Row) -> None:
    for job in emulator.index(realm).jobs(row["Id"]):
        below = emulator.rows(realm, "Customer")[job]
        name, level = f"{row['FullyQualifiedName']}:{below['DisplayName']}", int(row.get("Level", 0)) + 1
        if (below["FullyQualifiedName"], below.get("Level")) != (name, level):
            emulator.patch(realm, "Customer", below, FullyQualifiedName=name, Level=level)
            _rename_jobs(emulator, realm, below)


def _mask(emulator: "QuickBooksEmulator", values: Row) -> None:
    # Masked in answers but for the last five characters.
    for name in _TAX_IDS:
        text = values.get(name)
        if text and not emulator.switches["tax_identifier_kept"]:
            values.pop(name)
        elif text:
            values[name] = "X" * max(0, len(text) - 5) + text[-5:]
