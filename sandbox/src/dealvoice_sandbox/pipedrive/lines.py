"""
Products, discounts and installments of a deal, and the deal's value that follows from them.

Source: deal products, discounts and installments of API v2; the formula of the value is partly unconfirmed, and
switch ``value_includes_tax`` is its other reading, as ``discount_per_unit`` is of a row's discount in money.
"""

import uuid
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from dealvoice_sandbox.pipedrive import hooks, plans, records
from dealvoice_sandbox.pipedrive.currencies import rounded
from dealvoice_sandbox.pipedrive.errors import NotAllowed, NotFound

if TYPE_CHECKING:
    from dealvoice_sandbox.pipedrive.emulator import PipedriveEmulator

Row = dict[str, Any]
FREQUENCIES = {"one-time": 1, "annually": 1, "semi-annually": 2, "quarterly": 4, "monthly": 12, "weekly": 52}
"""Payments in a year."""
MOST_RECURRING = 20
_NUMBERS = frozenset({"item_price", "quantity", "discount", "tax", "amount"})


def add_product(emulator: "PipedriveEmulator", deal_id: int, values: Row, user_id: int, *, source: str) -> Row:
    """Put a product on a deal; the deal's value follows."""
    deal, product = emulator.deal(deal_id), emulator.row("products", int(values["product_id"]))
    records.must_be_editable(deal)
    if product["is_deleted"] or not product["is_linkable"]:
        raise NotAllowed("product_id", "product cannot be linked to deals")
    _check_variation(emulator, product, values.get("product_variation_id"))
    rows = emulator.deal_products(deal_id)
    now = emulator.stamp()
    row = {
        "id": emulator.next_id("deal_products"),
        "deal_id": deal_id,
        "product_id": product["id"],
        "product_variation_id": None,
        "name": product["name"],
        "discount": Decimal(0),
        "discount_type": "percentage",
        "tax": product["tax"],
        "tax_method": rows[0]["tax_method"] if rows else emulator.switches["default_tax_method"],
        "currency": deal["currency"],
        "is_enabled": True,
        "order_nr": max((other["order_nr"] for other in rows), default=0) + 10,
        "billing_frequency": "one-time",
        "billing_frequency_cycles": None,
        "billing_start_date": None,
        "add_time": now,
        "update_time": now,
        **_exact(values),
        "comments": values.get("comments") or "",
    }
    _check_billing(emulator, row, others=rows)
    row["sum"] = row_sum(row, per_unit=emulator.switches["discount_per_unit"])
    emulator.table("deal_products")[str(row["id"])] = row
    _spread_method(emulator, row)
    hooks.tell(emulator, "deal_products", "create", row, None, user_id, source)
    recompute(emulator, deal_id, user_id, source=source)
    return row


def change_product(
    emulator: "PipedriveEmulator", deal_id: int, row_id: int, values: Row, user_id: int, *, source: str
) -> Row:  # fmt: skip
    """Change a product's row; a changed tax method changes the deal's other rows too."""
    records.must_be_editable(emulator.deal(deal_id))
    row = product_row(emulator, deal_id, row_id)
    before, wanted = dict(row), {**row, **_exact(values), "comments": values.get("comments", row["comments"]) or ""}
    if "product_id" in values:
        wanted["name"] = emulator.row("products", int(values["product_id"]))["name"]
    _check_variation(emulator, emulator.row("products", wanted["product_id"]), wanted["product_variation_id"])
    others = [other for other in emulator.deal_products(deal_id) if other["id"] != row["id"]]
    _check_billing(emulator, wanted, others=others)
    if (
        not wanted["is_enabled"]
        and not any(other["is_enabled"] for other in others)
        and _installments(emulator, deal_id)
    ):
        raise NotAllowed("is_enabled", "the last enabled product of a deal with installments cannot be disabled")
    row.update(wanted, sum=row_sum(wanted, per_unit=emulator.switches["discount_per_unit"]))
    if row == before:
        return row
    row["update_time"] = emulator.stamp()
    _spread_method(emulator, row)
    hooks.tell(emulator, "deal_products", "change", row, before, user_id, source)
    recompute(emulator, deal_id, user_id, source=source)
    return row


def remove_product(emulator: "PipedriveEmulator", deal_id: int, row_id: int, user_id: int, *, source: str) -> None:
    """Take a product off a deal."""
    records.must_be_editable(emulator.deal(deal_id))
    row = product_row(emulator, deal_id, row_id)
    emulator.drop("deal_products", str(row["id"]))
    hooks.tell(emulator, "deal_products", "delete", row, row, user_id, source)
    recompute(emulator, deal_id, user_id, source=source)


def product_row(emulator: "PipedriveEmulator", deal_id: int, row_id: int) -> Row:
    """
    Return a product's row on a deal.

    Raises:
        NotFound: It is on another deal, or nowhere.
    """
    row = emulator.table("deal_products").get(str(row_id))
    if row is None or row["deal_id"] != deal_id:
        raise NotFound("Entity")
    return row


def add_discount(emulator: "PipedriveEmulator", deal_id: int, values: Row, user_id: int, *, source: str) -> Row:
    """Put a discount on the whole deal."""
    plans.must_have_growth(emulator, "Deal discounts")
    records.must_be_editable(emulator.deal(deal_id))
    now = emulator.stamp()
    row = {
        "id": str(uuid.uuid4()),
        "deal_id": deal_id,
        **_exact(values),
        "created_at": now,
        "created_by": user_id,
        "updated_at": now,
        "updated_by": user_id,
    }
    emulator.table("discounts")[row["id"]] = row
    recompute(emulator, deal_id, user_id, source=source)
    return row


def change_discount(
    emulator: "PipedriveEmulator", deal_id: int, discount_id: str, values: Row, user_id: int, *, source: str
) -> Row:  # fmt: skip
    """Change a discount of a deal."""
    records.must_be_editable(emulator.deal(deal_id))
    row = _of_deal(emulator, "discounts", deal_id, discount_id)
    row.update(_exact(values), updated_at=emulator.stamp(), updated_by=user_id)
    recompute(emulator, deal_id, user_id, source=source)
    return row


def remove_discount(
    emulator: "PipedriveEmulator", deal_id: int, discount_id: str, user_id: int, *, source: str
) -> None:  # fmt: skip
    """Take a discount off a deal."""
    records.must_be_editable(emulator.deal(deal_id))
    _of_deal(emulator, "discounts", deal_id, discount_id)
    emulator.drop("discounts", discount_id)
    recompute(emulator, deal_id, user_id, source=source)


def add_installment(emulator: "PipedriveEmulator", deal_id: int, values: Row, user_id: int, *, source: str) -> Row:
    """Plan an installment; the deal needs a one-time product and may have no recurring one."""
    records.must_be_editable(emulator.deal(deal_id))
    rows = emulator.deal_products(deal_id)
    plans.must_have_growth(emulator, "Installments")
    if not rows or any(row["billing_frequency"] != "one-time" for row in rows):
        raise NotAllowed("deal_id", "installments need one-time products and no recurring ones")
    row = {"id": emulator.next_id("installments"), "deal_id": deal_id, **_exact(values)}
    emulator.table("installments")[str(row["id"])] = row
    hooks.tell(emulator, "installments", "create", row, None, user_id, source)
    return row


def change_installment(
    emulator: "PipedriveEmulator", deal_id: int, installment_id: str, values: Row, user_id: int, *, source: str
) -> Row:  # fmt: skip
    """Change an installment."""
    records.must_be_editable(emulator.deal(deal_id))
    row = _of_deal(emulator, "installments", deal_id, installment_id)
    before = dict(row)
    row.update(_exact(values))
    hooks.tell(emulator, "installments", "change", row, before, user_id, source)
    return row


def remove_installment(
    emulator: "PipedriveEmulator", deal_id: int, installment_id: str, user_id: int, *, source: str
) -> None:  # fmt: skip
    """Drop an installment."""
    records.must_be_editable(emulator.deal(deal_id))
    row = _of_deal(emulator, "installments", deal_id, installment_id)
    emulator.drop("installments", installment_id)
    hooks.tell(emulator, "installments", "delete", row, row, user_id, source)


def row_sum(row: Row, *, per_unit: bool = False) -> Decimal:
    """
    Return a row's sum: price times quantity less the discount.

    Args:
        row: A deal's product.
        per_unit: A discount in money is taken off each piece, not off the row (which of both is unconfirmed).
    """
    gross = rounded(row["item_price"] * row["quantity"], row["currency"])
    money = row["discount"] * row["quantity"] if per_unit else row["discount"]
    off = gross * row["discount"] / 100 if row["discount_type"] == "percentage" else money
    return rounded(gross - off, row["currency"])


def deal_value(rows: list[Row], discounts: list[Row], currency: str, *, with_tax: bool) -> Decimal:
    """
    Return what a deal's rows and discounts are worth.

    Args:
        rows: Its products; switched-off ones count nothing, recurring ones once a payment, a year's without an end.
        discounts: Of the whole deal: percentages first, of what is paid once, then amounts.
        currency: The deal's.
        with_tax: Add tax to rows whose price is without it.
    """
    once, recurring = Decimal(0), Decimal(0)
    for row in rows:
        if not row["is_enabled"]:
            continue
        taxed = row["sum"]
        if with_tax and row["tax_method"] == "exclusive":
            taxed += rounded(row["sum"] * row["tax"] / 100, currency)
        if row["billing_frequency"] == "one-time":
            once += taxed
        else:
            recurring += taxed * (row["billing_frequency_cycles"] or FREQUENCIES[row["billing_frequency"]])
    percent = sum((one["amount"] for one in discounts if one["type"] == "percentage"), Decimal(0))
    amounts = sum((one["amount"] for one in discounts if one["type"] == "amount"), Decimal(0))
    return rounded(once - once * percent / 100 - amounts + recurring, currency)


def recompute(emulator: "PipedriveEmulator", deal_id: int, user_id: int, *, source: str) -> None:
    """Compute the deal's value anew; a deal without products keeps its value."""
    rows = emulator.deal_products(deal_id)
    if not rows:
        return
    value = deal_value(
        rows, emulator.discounts(deal_id), emulator.deal(deal_id)["currency"],
        with_tax=emulator.switches["value_includes_tax"],
    )  # fmt: skip
    worth = {"value": value, **revenue(rows, emulator.deal(deal_id)["currency"])}
    records.change(emulator, "deals", deal_id, worth, user_id, source=source)


def revenue(rows: list[Row], currency: str) -> Row:
    """Return acv, arr and mrr: a year's, a year's and a month's worth of recurring rows (the formula is unconfirmed)."""
    if all(row["billing_frequency"] == "one-time" for row in rows):
        return {"acv": None, "arr": None, "mrr": None}
    year, first = Decimal(0), Decimal(0)
    for row in rows:
        if row["is_enabled"] and row["billing_frequency"] != "one-time":
            payments = FREQUENCIES[row["billing_frequency"]]
            year += row["sum"] * payments
            first += row["sum"] * min(payments, row["billing_frequency_cycles"] or payments)
    return {"acv": rounded(first, currency), "arr": rounded(year, currency), "mrr": rounded(year / 12, currency)}


def follow_currency(emulator: "PipedriveEmulator", deal_id: int) -> None:
    """Let the rows have the deal's currency; prices stay as they are."""
    for row in emulator.deal_products(deal_id):
        row["currency"] = emulator.deal(deal_id)["currency"]


def _exact(values: Row) -> Row:
    found = {name: _number(name, value) if name in _NUMBERS else value for name, value in values.items()}
    return {name: value for name, value in found.items() if name != "comments"}


def _number(name: str, value: Any) -> Decimal:
    # Pages hand texts over; an InvalidOperation of theirs is theirs to tell.
    number = Decimal(str(value))
    if not number.is_finite():
        raise NotAllowed(name, "must be a number")
    return number


def _spread_method(emulator: "PipedriveEmulator", row: Row) -> None:
    for other in emulator.deal_products(row["deal_id"]):
        other["tax_method"] = row["tax_method"]


def _check_variation(emulator: "PipedriveEmulator", product: Row, variation_id: int | None) -> None:
    if variation_id is None:
        return
    variation = emulator.table("variations").get(str(variation_id))
    if variation is None or variation["product_id"] != product["id"]:
        raise NotAllowed("product_variation_id", "variation was not found")


def _check_billing(emulator: "PipedriveEmulator", row: Row, *, others: list[Row]) -> None:
    cycles = row["billing_frequency_cycles"]
    if row["billing_start_date"] is not None:
        years = abs(date.fromisoformat(row["billing_start_date"]).year - emulator.clock.now().year)
        if years > 10:
            raise NotAllowed("billing_start_date", "must be within 10 years")
    if row["billing_frequency"] == "one-time":
        if cycles is not None:
            raise NotAllowed("billing_frequency_cycles", "must be null when billing_frequency is one-time")
        return
    plans.must_have_growth(emulator, "Recurring products")
    if _installments(emulator, row["deal_id"]):
        raise NotAllowed("billing_frequency", "must be one-time when the deal has installments")
    if cycles is None and row["billing_frequency"] == "weekly":
        raise NotAllowed("billing_frequency_cycles", "is required when billing_frequency is weekly")
    if sum(other["billing_frequency"] != "one-time" for other in others) >= MOST_RECURRING:
        raise NotAllowed("billing_frequency", f"a deal has at most {MOST_RECURRING} recurring products")


def _installments(emulator: "PipedriveEmulator", deal_id: int) -> list[Row]:
    return emulator.rows_of("installments", "deal_id", deal_id)


def _of_deal(emulator: "PipedriveEmulator", table: str, deal_id: int, row_id: str) -> Row:
    row = emulator.table(table).get(row_id)
    if row is None or row["deal_id"] != deal_id:
        raise NotFound("Entity")
    return row
