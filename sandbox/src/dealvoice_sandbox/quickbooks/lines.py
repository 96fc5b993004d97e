"""
The lines of a sales document: what is sold, bundles, text, subtotals, shipping, the discount.

Source: Invoice page (line kinds), error codes page (6070), answers recorded from the US sample company.
# Not emulated: RatePercent and MarkupInfo are kept as sent and compute nothing; a sale does not lower the quantity on hand.
"""

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from dealvoice_sandbox.quickbooks import given
from dealvoice_sandbox.quickbooks.faults_text import Refusal, bad_reference, business, missing
from dealvoice_sandbox.quickbooks.forms import Form, feature_off
from dealvoice_sandbox.quickbooks.given import cents

if TYPE_CHECKING:
    from dealvoice_sandbox.quickbooks.emulator import QuickBooksEmulator

Row = dict[str, Any]
MOST, MOST_TAXABLE = 10_000, 750
_TEXT = 4000
_SHIPPING = {"SHIPPING_ITEM_ID": ("AllowShipping", "Shipping"), "GRATUITY_ITEM_ID": ("AllowGratuity", "Gratuity")}
_AMOUNTS = Decimal(10) ** 10
_PRICES = Decimal(99_999_999_999)
_SUBTOTAL = re.compile(r"Subtotal:(?: -?\d+\.\d\d)?")


def complete(emulator: "QuickBooksEmulator", realm: str, form: Form) -> None:
    """
    Check the lines that were sent and complete them; subtotal and discount come after (``finish``).

    Raises:
        Refusal: Anything about a line that QuickBooks would refuse.
    """
    sent = given.rows(form.values.get("Line"), "Line")
    sent = [line for line in sent if line.get("DetailType") != "SubTotalLineDetail"]
    if not any(line.get("DetailType") != "DiscountLineDetail" for line in sent):
        raise missing("Line")
    if len(sent) > MOST:
        raise business(f"A transaction cannot have more than {MOST} lines.")
    made, running = [], Decimal(0)
    for line in sent:
        kind = line.get("DetailType")
        match kind:
            case "SalesItemLineDetail":
                row = _sold(emulator, realm, form, line)
            case "GroupLineDetail":
                row = _bundle(emulator, realm, form, line)
            case "DescriptionOnly":
                row = _text(line, running)
            case "DiscountLineDetail":
                _take_discount(emulator, form, line)
                continue
            case _:
                raise (
                    missing("DetailType")
                    if kind in (None, "")
                    else Refusal("2170", f"Invalid Enumeration : {kind}", "DetailType")
                )
        if any(row is one for one in form.shipping):
            continue
        running = Decimal(0) if _is_subtotal(row) else running + Decimal(row.get("Amount", 0))
        made.append(row)
    _number(emulator, realm, form, made, sent)
    form.values["Line"] = made
    if form.taxes and len(sent) > MOST_TAXABLE and _any_taxed(form):
        raise business(f"A taxable transaction cannot have more than {MOST_TAXABLE} lines.")


def finish(emulator: "QuickBooksEmulator", realm: str, form: Form) -> None:
    """
    Put the subtotal after the lines, then discount and shipping; the discount is computed here.

    Raises:
        Refusal: 6000 or 6090 about the discount, 2500 about its account.
    """
    from dealvoice_sandbox.quickbooks import discounts

    _refresh_bundles(form)
    discounts.settle(emulator, realm, form)


def tail(form: Form) -> list[Row]:
    """Return what stands under the lines: subtotal, discount, shipping."""
    subtotal = {"Amount": form.subtotal, "DetailType": "SubTotalLineDetail", "SubTotalLineDetail": {}}
    discount = [form.discount_line] if form.discount_line is not None else []
    return [subtotal, *discount, *form.shipping]


def _take_discount(emulator: "QuickBooksEmulator", form: Form, line: Row) -> None:
    if not form.setting("SalesFormsPrefs", "AllowDiscount"):
        raise feature_off(emulator, "Discount", "Line")
    if form.discount_line is not None:
        raise business("You can have only one discount line on a transaction.")
    kept = {name: line[name] for name in ("Description", "Amount") if line.get(name) is not None}
    detail = given.group(line.get("DiscountLineDetail"), "DiscountLineDetail")
    form.discount_line = {**kept, "DetailType": "DiscountLineDetail", "DiscountLineDetail": detail}


def _sold(emulator: "QuickBooksEmulator", realm: str, form: Form, line: Row) -> Row:
    detail = given.group(line.get("SalesItemLineDetail"), "SalesItemLineDetail")
    asked = given.ref(detail.get("ItemRef"), "ItemRef")
    if asked in _SHIPPING:
        return _extra(emulator, form, line, detail, asked)
    if not asked and emulator.switches["missing_item"] == "text":
        return _text({**line, "DetailType": "DescriptionOnly"}, Decimal(0))
    amount = _amount(emulator, line, detail)
    # Left out, the company's default item takes its place (seen on a live sandbox in 2026).
    item = emulator.reference(realm, "Item", {"value": asked or _default_item(form)}, kind="Items")
    _check_item(form, item, detail)
    detail = _ordered(emulator, realm, form, detail, item)
    row = _head(line) | {"Amount": amount, "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": detail}
    form.sold.append(row)
    form.items[id(row)] = item
    return row


def _check_item(form: Form, item: Row, detail: Row) -> None:
    if item.get("Type") == "Category":
        raise Refusal("2500", "Invalid Reference Id : Categories cannot be used in transactions.", "Line")
    if item.get("Type") in ("Group", "Bundle"):
        raise bad_reference("Items", item["Id"])
    if item.get("Type") == "Inventory":
        if detail.get("Qty") is None:
            raise Refusal("6520", "Quantity required for inventory item", "Line")
        if str(item.get("InvStartDate") or "") > form.values["TxnDate"]:
            raise business("Transaction date is prior to start date for inventory item.")
    if not item.get("IncomeAccountRef"):
        raise business("The product or service is not for sale: it has no income account.")
    if form.setting("ProductAndServicesPrefs", "RevenueRecognitionEnabled") and not detail.get("ServiceDate"):
        raise business("You must enter a service date for every line.")


def _ordered(emulator: "QuickBooksEmulator", realm: str, form: Form, detail: Row, item: Row) -> Row:
    """Return a sales detail in the vendor's order, with what the vendor adds."""
    made: Row = {"ItemRef": {"value": item["Id"], "name": item["Name"]}}
    if given.ref(detail.get("ClassRef"), "ClassRef"):
        if not form.setting("AccountingInfoPrefs", "ClassTrackingPerTxnLine"):
            raise feature_off(emulator, "Class tracking per line", "ClassRef")
        row = emulator.reference(realm, "Class", detail["ClassRef"], kind="Klasses")
        made["ClassRef"] = {"value": row["Id"], "name": row["Name"]}
    names = ("UnitPrice", "RatePercent", "Qty", "ItemAccountRef", "TaxCodeRef", "ServiceDate", "TaxInclusiveAmt",
             "DiscountRate", "DiscountAmt", "MarkupInfo", "DeferredRevenue")  # fmt: skip
    given_values = {**detail, "ItemAccountRef": item.get("IncomeAccountRef")}
    for name in names:
        if given_values.get(name) is not None:
            made[name] = given_values[name]
    if made.get("ServiceDate") == "":
        del made["ServiceDate"]  # clients send every property they know
    if made.get("ServiceDate") is not None:
        made["ServiceDate"] = given.day(made["ServiceDate"], "ServiceDate")
    return made


def _amount(emulator: "QuickBooksEmulator", line: Row, detail: Row) -> Decimal:
    """Read amount, quantity and price, rounded to the places that are kept, and compare them."""
    if line.get("Amount") is None:
        raise missing("Line.Amount")
    amount = given.number(line["Amount"], "Amount", most=_AMOUNTS)
    if amount != cents(amount) and emulator.switches["too_many_decimals"] == "refuse":
        raise Refusal("2110", f"Invalid Decimal : {line['Amount']}", "Amount")
    amount = cents(amount)
    for name, places in (("Qty", 5), ("UnitPrice", 7)):
        if detail.get(name) is None:
            continue
        value = given.number(detail[name], name, most=_PRICES + 1)
        kept = round(value, places)
        if kept != value and emulator.switches["too_many_decimals"] == "refuse":
            raise Refusal("2100", f"Invalid Decimal format : {detail[name]}", name)
        detail[name] = kept
    if detail.get("Qty") is not None and detail.get("UnitPrice") is not None:
        right = cents(detail["Qty"] * detail["UnitPrice"])
        if right != amount:
            raise Refusal("6070", f"Amount is not equal to UnitPrice * Qty. Supplied value:{line['Amount']}", "Line")
    return amount


def _extra(emulator: "QuickBooksEmulator", form: Form, line: Row, detail: Row, asked: str) -> Row:
    preference, feature = _SHIPPING[asked]
    if not form.setting("SalesFormsPrefs", preference):
        raise feature_off(emulator, feature, "Line")
    amount = _amount(emulator, line, detail)
    kept = {name: detail[name] for name in ("TaxCodeRef", "TaxInclusiveAmt") if detail.get(name) is not None}
    row = {"Amount": amount, "DetailType": "SalesItemLineDetail",
           "SalesItemLineDetail": {"ItemRef": {"value": asked}, **kept}}  # fmt: skip
    form.shipping.append(row)
    return row


def _bundle(emulator: "QuickBooksEmulator", realm: str, form: Form, line: Row) -> Row:
    """Expand a bundle into the sales lines of its items; their prices are the items'."""
    detail = given.group(line.get("GroupLineDetail"), "GroupLineDetail")
    asked = detail.get("GroupItemRef")
    if not given.ref(asked, "GroupItemRef"):
        raise missing("GroupItemRef")
    group = emulator.reference(realm, "Item", asked, kind="Items")
    if group.get("Type") != "Group":
        raise bad_reference("Items", group["Id"])
    quantity = given.number(detail.get("Quantity", 1), "Quantity")
    codes = {
        given.ref((one.get("SalesItemLineDetail") or {}).get("ItemRef"), "ItemRef"): one["SalesItemLineDetail"].get(
            "TaxCodeRef"
        )
        for one in given.rows(detail.get("Line"), "Line")
        if isinstance(one.get("SalesItemLineDetail"), dict)
    }
    inner = []
    for part in group.get("ItemGroupDetail", {}).get("ItemGroupLine", []):
        item = emulator.reference(realm, "Item", part["ItemRef"], kind="Items")
        count, price = quantity * Decimal(part.get("Qty", 1)), Decimal(item.get("UnitPrice", 0))
        code = codes.get(item["Id"]) or item.get("SalesTaxCodeRef")
        values = {"UnitPrice": price, "Qty": count, **({"TaxCodeRef": code} if code else {})}
        row = {
            **({"Description": item["Description"]} if item.get("Description") else {}),
            "Amount": cents(count * price),
            "DetailType": "SalesItemLineDetail",
            "SalesItemLineDetail": _ordered(emulator, realm, form, values, item),
        }
        form.sold.append(row)
        form.items[id(row)] = item
        inner.append(row)
    made: Row = {"GroupItemRef": {"value": group["Id"], "name": group["Name"]}, "Quantity": quantity, "Line": inner}
    amount = sum((row["Amount"] for row in inner), Decimal(0))
    return _head(line) | {"Amount": amount, "DetailType": "GroupLineDetail", "GroupLineDetail": made}


def _refresh_bundles(form: Form) -> None:
    for line in form.values["Line"]:
        if line["DetailType"] == "GroupLineDetail":
            line["Amount"] = sum((row["Amount"] for row in line["GroupLineDetail"]["Line"]), Decimal(0))


def _text(line: Row, running: Decimal) -> Row:
    """Keep a line of text; ``Subtotal:`` alone sums the lines since the last one."""
    detail = given.group(line.get("DescriptionLineDetail"), "DescriptionLineDetail")
    description = given.text(line.get("Description"), "Description", _TEXT)
    made = _head(line) | {"Amount": Decimal(0), "DetailType": "DescriptionOnly", "DescriptionLineDetail": detail}
    if _SUBTOTAL.fullmatch(description):
        made["Description"] = f"Subtotal: {running:.2f}"
    return made


def _is_subtotal(row: Row) -> bool:
    return row["DetailType"] == "DescriptionOnly" and bool(_SUBTOTAL.fullmatch(row.get("Description", "")))


def _head(line: Row) -> Row:
    head: Row = {"Id": str(line.get("Id") or "")}
    description = given.text(line.get("Description"), "Description", _TEXT)
    if description:
        head["Description"] = description
    links = given.rows(line.get("LinkedTxn"), "LinkedTxn")
    if links:
        head["LinkedTxn"] = links
    return head


def _number(emulator: "QuickBooksEmulator", realm: str, form: Form, made: list[Row], sent: list[Row]) -> None:
    """Count lines anew; an id is kept for a line that was there, and one given once never comes again."""
    del sent
    known = {str(line.get("Id")) for line in (form.before or {}).get("Line", []) if line.get("Id")}
    used: set[str] = set()
    last = max((int(one) for one in known if one.isdigit()), default=0)
    own = (form.before or {}).get("Id", "")
    last = max(last, int(emulator.company(realm).setdefault("line_ids", {}).get(own, 0)))
    for position, line in enumerate(made, 1):
        line_id = line.pop("Id")
        if line_id not in known or line_id in used:
            last += 1
            line_id = str(last)
        used.add(line_id)
        rest = {name: line.pop(name) for name in list(line)}
        line.update({"Id": line_id, "LineNum": position, **rest})
    if own:
        emulator.company(realm)["line_ids"][own] = last


def _any_taxed(form: Form) -> bool:
    codes = [given.ref(line["SalesItemLineDetail"].get("TaxCodeRef"), "TaxCodeRef") for line in form.taxable]
    return any(code and code != "NON" for code in codes)


def _default_item(form: Form) -> str:
    for one in form.setting("OtherPrefs", "NameValue") or []:
        if one.get("Name") == "SalesFormsPrefs.DefaultItem":
            return str(one.get("Value"))
    return "1"
