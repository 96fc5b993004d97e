"""Checks a draft against the deal it was filled from: what recurs, what is left out, what is on other invoices."""

from collections.abc import Iterator
from decimal import Decimal

from dealvoice.invoicing.deal_rows import DealOffer, DealRow, mark
from dealvoice.invoicing.draft import Draft, DraftLine
from dealvoice.invoicing.finding import Finding, Severity
from dealvoice.invoicing.money import Money, is_currency, plain, quotient, round_to
from dealvoice.invoicing.tax import Totals

_CENT = Decimal("0.01")


def check_deal(draft: Draft, offer: DealOffer, totals: Totals) -> Iterator[Finding]:
    """Yield what the user should know of the deal while he bills it; nothing here blocks."""
    on_form = {line.key: line for line in draft.lines}
    for index, line in enumerate(draft.lines):
        row = offer.row(line.key)
        if row is not None and row.frequency:
            yield _recurring(row, line, index)
    for row in offer.rows:
        if not row.enabled and row.line.key not in on_form:
            params = {"product": row.line.product_name}
            yield Finding(
                "line.disabled",
                Severity.INFO,
                f"line.{row.line.key}",
                params,
                remedy="put_back",
                remedy_value=row.line.key,
            )
    yield from _only_left(offer, on_form)
    yield from _installments(offer, on_form)
    if offer.discounts > 1 and not (draft.discount_percent.is_zero() and draft.discount_amount.is_zero()):
        yield Finding(
            "discount.merged",
            Severity.INFO,
            "discount",
            {"count": str(offer.discounts), "discount": str(totals.discount)},
        )
    yield from _differs(draft, offer, totals)


def _recurring(row: DealRow, line: DraftLine, index: int) -> Finding:
    """
    Tell how many periods a recurring row bills; without an end there is no "all of them".

    Source: Pipedrive API v2, deal products, ``billing_frequency_cycles``: null is unlimited.
    """
    one, quantity = row.line.quantity, line.quantity
    periods = quotient(quantity, one) if one and quantity is not None else Decimal(1)
    params = {
        "n": str(index + 1),
        "product": line.product_name,
        "frequency": row.frequency,
        "count": f"{plain(round_to(periods, 2)):f}",
        "cycles": str(row.cycles or ""),
    }
    field = f"line.{line.key}"
    if row.cycles is None:
        return Finding("line.recurring_endless", Severity.WARNING, field, params, remedy="leave_out")
    every = row.all_periods
    if quantity != row.left and one is not None:
        return Finding(
            "line.recurring", Severity.WARNING, field, params, remedy="one_period", remedy_value=f"{row.left or one:f}"
        )
    return Finding(
        "line.recurring",
        Severity.WARNING,
        field,
        params,
        remedy="all_periods" if every is not None else "leave_out",
        remedy_value=f"{every:f}" if every is not None else "",
    )


def _only_left(offer: DealOffer, on_form: dict[str, DraftLine]) -> Iterator[Finding]:
    """Tell of products that are on invoices of the deal already, and therefore not or not wholly on this one."""
    sold = [row for row in offer.rows if row.sold != 0 and not row.is_installment and not row.frequency]
    away = [row for row in sold if not _whole(row, on_form.get(row.line.key))]
    if not away:
        return
    numbers = list(dict.fromkeys(number for row in away for number in row.numbers))
    yield Finding(
        "deal.only_left",
        Severity.INFO,
        "items",
        {"n": str(len(away)), "numbers": ", ".join(numbers)},
        remedy="add_sold",
    )


def _whole(row: DealRow, line: DraftLine | None) -> bool:
    return line is not None and line.quantity is not None and line.quantity >= (row.line.quantity or 0)


def _installments(offer: DealOffer, on_form: dict[str, DraftLine]) -> Iterator[Finding]:
    parts = [row for row in offer.rows if row.is_installment]
    chosen = [row for row in parts if row.line.key in on_form]
    products = [row for row in offer.rows if not row.is_installment and row.line.key in on_form]
    if chosen and products:
        yield Finding("deal.billed_twice", Severity.WARNING, "items", remedy="only_installments")
    elif parts and products:
        due = next((row for row in parts if row.left is not None), None)
        yield Finding(
            "deal.installments",
            Severity.WARNING,
            "items",
            {"count": str(len(parts)), "next": due.line.text if due else ""},
            remedy="bill_installment" if due else "",
            remedy_value=due.line.key if due else "",
        )


def _differs(draft: Draft, offer: DealOffer, totals: Totals) -> Iterator[Finding]:
    """
    Tell when the draft, untouched, adds up to another amount than the deal is worth, with tax and without.

    Recurring rows, installments and what other invoices have explain a difference by themselves.
    """
    explained = any(row.frequency or row.is_installment or row.sold != 0 for row in offer.rows)
    if offer.value is None or explained or mark(draft) != offer.filled or not is_currency(draft.currency):
        return
    net, gross = totals.total - totals.tax, totals.total
    if any(abs(total.amount - offer.value) <= _CENT for total in (net, gross)):
        return
    worth = Money(offer.value, draft.currency)
    yield Finding("total.differs_from_deal", Severity.WARNING, "totals", {"total": str(net), "value": str(worth)})
