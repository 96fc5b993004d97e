"""
Products and services: names unique under one parent, accounts by type, categories with their levels.

Source: Item page of the Accounting API; defaults as recorded from the US sample company.
"""

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from dealvoice_sandbox.quickbooks import merging
from dealvoice_sandbox.quickbooks.faults_text import Refusal, missing
from dealvoice_sandbox.quickbooks.references import check_references

if TYPE_CHECKING:
    from dealvoice_sandbox.quickbooks.emulator import QuickBooksEmulator

Row = dict[str, Any]
_REFERENCES = {
    "IncomeAccountRef": "Account", "ExpenseAccountRef": "Account", "AssetAccountRef": "Account", "ParentRef": "Item",
    "SalesTaxCodeRef": "TaxCode", "PurchaseTaxCodeRef": "TaxCode", "ClassRef": "Class", "PrefVendorRef": "Vendor",
}  # fmt: skip
_TYPES = {
    "IncomeAccountRef": ("Income",),
    "ExpenseAccountRef": ("Expense", "Cost of Goods Sold", "Other Expense"),
    "AssetAccountRef": ("Other Current Asset",),
}
_WRITABLE = ("Service", "NonInventory", "Inventory", "Category")
_DEAREST = Decimal(99999999999)
_DEEPEST = 4
_KEPT = frozenset({"Active", "Type", "QtyOnHand", "InvStartDate", "TrackQtyOnHand"})


def create(emulator: "QuickBooksEmulator", realm: str, body: Row) -> Row:
    """Create a product, service or category."""
    values = merging.writable("Item", body)
    if values["Type"] not in _WRITABLE:
        # Bundles are read only over the API.
        raise Refusal("500", "Operation Create is not supported.", "Operation")
    if values["Type"] == "Inventory":
        for name in ("InvStartDate", "QtyOnHand", "AssetAccountRef", "ExpenseAccountRef"):
            if values.get(name) in (None, {}):
                raise missing(name)
        values["TrackQtyOnHand"] = True
    values["Active"] = values.get("Active", True)
    _complete(emulator, realm, values, own_id="")
    return emulator.new(realm, "Item", emulator.next_id(realm, "Item"), values)


def update(emulator: "QuickBooksEmulator", realm: str, body: Row) -> Row:
    """Change a product; ``Active`` false is how it is deleted."""
    row = emulator.current(realm, "Item", body)
    values = merging.merged("Item", row, body, keep=_KEPT)
    if values["Type"] != row["Type"] and {values["Type"], row["Type"]} != {"Service", "NonInventory"}:
        raise Refusal("2170", f"Invalid Enumeration : {values['Type']}", "Type")
    _complete(emulator, realm, values, own_id=row["Id"])
    changed = merging.store(emulator, realm, "Item", row, values)
    if changed["FullyQualifiedName"] != row["FullyQualifiedName"]:
        _rename_below(emulator, realm, changed)
    return changed


def _complete(emulator: "QuickBooksEmulator", realm: str, values: Row, *, own_id: str) -> None:
    name = values["Name"]
    if re.search(r"[:\t\n\r]", name):
        raise Refusal("2040", "Invalid String : the element contains invalid characters", "Name")
    values["Name"] = name = name.strip()
    check_references(emulator, realm, values, _REFERENCES)
    _place(emulator, realm, values, own_id)
    for row in emulator.rows(realm, "Item").values():
        same_parent = _parent(row) == _parent(values)
        if row["Id"] != own_id and row["Name"].casefold() == name.casefold() and same_parent:
            raise Refusal("6240", f"The name supplied already exists. : Id={row['Id']}", "Name")
    for price in ("UnitPrice", "PurchaseCost"):
        if Decimal(values.get(price) or 0) > _DEAREST:
            raise Refusal("2140", f"Invalid Amount : {values[price]}", price)
    if values["Type"] == "Category":
        for unused in (
            "IncomeAccountRef",
            "ExpenseAccountRef",
            "AssetAccountRef",
            "UnitPrice",
            "PurchaseCost",
            "Taxable",
        ):
            values.pop(unused, None)
        return
    if not values.get("IncomeAccountRef") and values["Type"] != "Group":
        raise missing("IncomeAccountRef")
    _check_accounts(emulator, realm, values)
    values["UnitPrice"] = values.get("UnitPrice") or Decimal(0)
    values["PurchaseCost"] = values.get("PurchaseCost") or Decimal(0)
    values["Taxable"] = values.get("Taxable", False)
    values["TrackQtyOnHand"] = values.get("TrackQtyOnHand", False)


def _check_accounts(emulator: "QuickBooksEmulator", realm: str, values: Row) -> None:
    accounts = emulator.rows(realm, "Account")
    for name, types in _TYPES.items():
        if values.get(name) and accounts[values[name]["value"]].get("AccountType") not in types:
            raise Refusal("6430", "Invalid account type : the account is of another type than this needs", name)
    if values["Type"] != "Inventory":
        return
    subtypes = {"IncomeAccountRef": "SalesOfProductIncome", "AssetAccountRef": "Inventory"}
    for name, subtype in subtypes.items():
        if values.get(name) and accounts[values[name]["value"]].get("AccountSubType") != subtype:
            raise Refusal("6430", f"Invalid account type : an inventory item needs the subtype {subtype}", name)


def _place(emulator: "QuickBooksEmulator", realm: str, values: Row, own_id: str) -> None:
    parent = _parent(values)
    if values.get("SubItem") and not parent:
        raise Refusal("6150", "ParentRef is required if you are trying to create a subitem", "ParentRef")
    values.pop("Level", None)
    values["FullyQualifiedName"] = values["Name"]
    if not parent:
        values.pop("SubItem", None)
        return
    above = emulator.rows(realm, "Item")[parent]
    if own_id and own_id in _line_of(emulator, realm, above):
        raise Refusal("900", "An item cannot be below itself", "ParentRef")
    if above["Type"] != "Category" and above["Type"] != values["Type"]:
        raise Refusal("700", "Invalid parent : an item is below a category or an item of its own type", "ParentRef")
    values |= {"SubItem": True, "Level": int(above.get("Level", 0)) + 1}
    if values["Level"] > _DEEPEST:
        raise Refusal("6180", "Exceeded maximum allowed levels : 5 levels are supported", "ParentRef")
    values["FullyQualifiedName"] = f"{above['FullyQualifiedName']}:{values['Name']}"


def _parent(row: Row) -> str:
    return str((row.get("ParentRef") or {}).get("value", ""))


def _line_of(emulator: "QuickBooksEmulator", realm: str, row: Row) -> list[str]:
    rows, found = emulator.rows(realm, "Item"), []
    current: Row | None = row
    while current is not None:
        found.append(str(current["Id"]))
        current = rows.get(_parent(current))
    return found


def _rename_below(emulator: "QuickBooksEmulator", realm: str, row: Row) -> None:
    for below in list(emulator.rows(realm, "Item").values()):
        if _parent(below) == row["Id"]:
            emulator.patch(
                realm, "Item", below, FullyQualifiedName=f"{row['FullyQualifiedName']}:{below['Name']}",
                ParentRef={"value": row["Id"], "name": row["FullyQualifiedName"]},
            )  # fmt: skip
            _rename_below(emulator, realm, below)
