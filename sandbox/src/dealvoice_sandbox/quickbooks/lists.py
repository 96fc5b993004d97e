"""Name lists: customers, items and the small ones. One name space for customers, vendors and employees."""

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from dealvoice_sandbox.quickbooks.faults_text import Refusal, business, missing
from dealvoice_sandbox.quickbooks.fields import FIELDS, LENGTHS

if TYPE_CHECKING:
    from dealvoice_sandbox.quickbooks.emulator import QuickBooksEmulator

Row = dict[str, Any]
_PARTS = ("Title", "GivenName", "MiddleName", "FamilyName", "Suffix")
_MAIL = re.compile(r"^[^@\s,;]+@[^@\s,;]+\.[^@\s,;]+$")
_ONE_SPACE = ("Customer", "Vendor", "Employee")
_SYSTEM = frozenset(
    {"Balance", "BalanceWithJobs", "MetaData", "domain", "sparse", "Id", "SyncToken", "FullyQualifiedName"}
)


def check_properties(entity: str, body: Row) -> None:
    """
    Refuse properties that the entity does not have.

    Raises:
        Refusal: 2010.
    """
    known = FIELDS.get(entity)
    if known is None:
        return
    for name in body:
        if name not in known and name not in {"sparse", "domain", "status"}:
            detail = f'Property Name:Unrecognized field "{name}" specified is unsupported or invalid'
            raise Refusal("2010", detail, name)


def create(emulator: "QuickBooksEmulator", realm: str, entity: str, body: Row) -> Row:
    """Create a row of a list."""
    values = {name: value for name, value in body.items() if name not in _SYSTEM}
    _check_lengths(entity, values)
    if entity in _ONE_SPACE:
        _name_person(emulator, realm, values, entity, "")
    if entity == "Customer":
        _complete_customer(emulator, realm, values)
    elif entity == "Item":
        _complete_item(emulator, realm, values, "")
    elif "Name" not in values and "DisplayName" not in values:
        raise missing("Name")
    values.setdefault("Active", True)
    series = entity if entity in ("Customer", "Item") else "other"
    if entity in ("Vendor", "Employee"):
        series = "Customer"
    return emulator.new(realm, entity, emulator.next_id(realm, series), values)


def update(emulator: "QuickBooksEmulator", realm: str, entity: str, body: Row) -> Row:
    """Change a row, sparsely or as a whole; a change that changes nothing leaves the version alone."""
    row = emulator.current(realm, entity, body)
    _check_lengths(entity, body)
    given = {name: value for name, value in body.items() if name not in _SYSTEM}
    if entity in _ONE_SPACE and "DisplayName" in given:
        _name_person(emulator, realm, given, entity, row["Id"])
    before = dict(row)
    if not body.get("sparse"):
        for name in [name for name in row if name not in _SYSTEM and name not in {"CurrencyRef", "Active"}]:
            del row[name]
    currency = row.get("CurrencyRef")
    row.update(given)
    if currency is not None:
        row["CurrencyRef"] = currency
    if given.get("Active") is False and before.get("Active") is not False:
        if Decimal(str(before.get("Balance", 0))) != 0:
            row.clear()
            row.update(before)
            raise Refusal("6220", "Cannot make inactive: the balance is not zero", "")
        for name in ("DisplayName", "Name"):
            if name in row and entity in ("Customer", "Account", "Employee"):
                row[name] = f"{row[name]} (deleted)"
    if row == before:
        return row
    return emulator.touch(realm, entity, row)


def _check_lengths(entity: str, values: Row) -> None:
    for name, most in LENGTHS.get(entity, {}).items():
        text = values.get(name)
        if text is not None and len(str(text)) > most:
            detail = (
                "String length specified does not match the supported length. "
                f"Min:0 Max:{most} supported. Supplied length:{len(str(text))}"
            )
            raise Refusal("2050", detail, name)


def _name_person(emulator: "QuickBooksEmulator", realm: str, values: Row, entity: str, own_id: str) -> None:
    name = values.get("DisplayName") or " ".join(values[part] for part in _PARTS if values.get(part))
    name = name.strip()
    if not name:
        raise Refusal("6080", "At least one of the names must be given", "DisplayName")
    if re.search(r"[:\t\n]", name):
        raise Refusal("2040", "String contains invalid characters", "DisplayName")
    for kind in _ONE_SPACE:
        for row in emulator.rows(realm, kind).values():
            if row["DisplayName"].casefold() == name.casefold() and (kind, row["Id"]) != (entity, own_id):
                raise Refusal("6240", f"The name supplied already exists. : Id={row['Id']}", "DisplayName")
    values["DisplayName"] = name


def _complete_customer(emulator: "QuickBooksEmulator", realm: str, values: Row) -> None:
    mail = (values.get("PrimaryEmailAddr") or {}).get("Address")
    if mail and not all(_MAIL.match(one.strip()) for one in re.split("[,;]", mail)):
        raise Refusal("2210", f"Invalid Email Address format : supplied value {mail}", "PrimaryEmailAddr")
    preferences = emulator.rows(realm, "Preferences")["1"]["CurrencyPrefs"]
    home = preferences["HomeCurrency"]["value"]
    currency = (values.get("CurrencyRef") or {}).get("value", home)
    if currency != home and not preferences.get("MultiCurrencyEnabled"):
        raise business("Multi Currency should be enabled to perform this operation")
    for name in ("BillAddr", "ShipAddr"):
        if values.get(name):
            values[name] = {"Id": emulator.next_id(realm, "address"), **values[name]}
    person = " ".join(values[part] for part in ("GivenName", "FamilyName") if values.get(part))
    values |= {
        "Taxable": values.get("Taxable", True),
        "Job": values.get("Job", False),
        "BillWithParent": values.get("BillWithParent", False),
        "Balance": Decimal(0),
        "BalanceWithJobs": Decimal(0),
        "CurrencyRef": {"value": currency},
        "PreferredDeliveryMethod": values.get("PreferredDeliveryMethod", "Print"),
        "IsProject": False,
        "FullyQualifiedName": values["DisplayName"],
        "PrintOnCheckName": values.get("PrintOnCheckName") or person or values["DisplayName"],
    }
    tax_id = values.get("PrimaryTaxIdentifier")
    if tax_id:
        # Masked in answers but for its last five characters.
        values["PrimaryTaxIdentifier"] = "X" * max(0, len(tax_id) - 5) + tax_id[-5:]


def _complete_item(emulator: "QuickBooksEmulator", realm: str, values: Row, own_id: str) -> None:
    name = (values.get("Name") or "").strip()
    if not name:
        raise missing("Name")
    if re.search(r"[:\t\n]", name):
        raise Refusal("2040", "String contains invalid characters", "Name")
    for row in emulator.rows(realm, "Item").values():
        same_parent = row.get("ParentRef") == values.get("ParentRef")
        if row["Name"].casefold() == name.casefold() and same_parent and row["Id"] != own_id:
            raise Refusal("6240", f"The name supplied already exists. : Id={row['Id']}", "Name")
    if not values.get("Type"):
        raise missing("Type")
    if values["Type"] == "Group":
        raise Refusal("500", "Operation Create is not supported.", "Operation")
    if values["Type"] != "Category":
        if not values.get("IncomeAccountRef"):
            raise missing("IncomeAccountRef")
        emulator.reference(realm, "Account", values["IncomeAccountRef"], kind="Accounts")
        values.setdefault("UnitPrice", Decimal(0))
        values.setdefault("Taxable", False)
    values["FullyQualifiedName"] = name
