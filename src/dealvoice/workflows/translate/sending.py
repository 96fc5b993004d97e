"""A frozen operation becomes QuickBooks' invoice or customer."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec

from dealvoice.invoicing.books import TaxRegime
from dealvoice.invoicing.customer_diff import Detail
from dealvoice.invoicing.draft import TaxMode
from dealvoice.invoicing.marker import note_with_marker
from dealvoice.invoicing.tax_ids import TaxIdPlace, place_of
from dealvoice.quickbooks import models as qb
from dealvoice.workflows.translate.books import bill_address

_GLOBAL_TAX = {
    TaxMode.EXCLUSIVE: "TaxExcluded",
    TaxMode.INCLUSIVE: "TaxInclusive",
    TaxMode.NONE: "NotApplicable",
}


def invoice_to_send(
    body: Mapping[str, Any],
    *,
    customer_id: str,
    customer_name: str,
    marker: str,
    made: Mapping[str, str] | None = None,
    print_tax_id: bool = True,
) -> qb.Invoice:
    """
    Return the invoice of a frozen body.

    The currency is sent only where the company keeps several (facts: "Multicurrency"), with the rate whenever it is not
    the home currency; the number only when one was typed: QuickBooks stores an empty number as an empty number.

    Args:
        body: The operation's.
        customer_id: QuickBooks' customer.
        customer_name: His name there.
        marker: Goes into the note, so that the invoice can be found again.
        made: Products made for this invoice, by their key in ``body``.
        print_tax_id: End the address with the tax ID; not needed where QuickBooks keeps this very ID on the customer.
    """
    regime = TaxRegime(body["regime"])
    details = body.get("details", {})
    return qb.Invoice(
        customer_ref=qb.Ref(value=customer_id),
        doc_number=body["number"] or None,
        txn_date=date.fromisoformat(body["issued_on"]),
        due_date=date.fromisoformat(body["due_on"]) if body["due_on"] else None,
        currency_ref=qb.Ref(value=body["currency"]) if body["multicurrency"] else None,
        exchange_rate=_number(body.get("exchange_rate")),
        line=[*(_line(line, regime, made or {}) for line in body["lines"]), *_discount(body)],
        txn_tax_detail=_tax(body, regime),
        global_tax_calculation=_GLOBAL_TAX[TaxMode(body["tax_mode"])] if regime is TaxRegime.NON_US else None,
        apply_tax_after_discount=True if _discount(body) and regime is not TaxRegime.NON_US else None,
        bill_email=qb.Email(address=_mails(body["email"])) if body["email"] else None,
        bill_addr=_address(body, customer_name, print_tax_id=print_tax_id),
        private_note=note_with_marker(details.get("note", ""), marker),
        sales_term_ref=_ref(details.get("term_id")),
        customer_memo=qb.Memo(value=details["memo"]) if details.get("memo") else None,
        class_ref=_ref(details.get("class_id")),
        department_ref=_ref(details.get("location_id")),
        custom_field=[
            qb.CustomField(definition_id=field_id, type="StringType", string_value=text)
            for field_id, text in details.get("custom_fields", ())
        ],
        bill_email_cc=qb.Email(address=_mails(details["copies"])) if details.get("copies") else None,
        allow_online_credit_card_payment=details.get("online_card"),
        allow_online_ach_payment=details.get("online_bank"),
    )


def customer_to_send(body: Mapping[str, Any]) -> qb.Customer:
    """Return the customer that a frozen body asks to create: name, address, e-mail, tax ID, currency."""
    made = qb.Customer(
        display_name=new_name(body),
        company_name=" ".join(body["to"].split())[:100],
        primary_email_addr=qb.Email(address=_mails(body["email"])) if body["email"] else None,
        bill_addr=bill_address(body["address"]),
        currency_ref=qb.Ref(value=body["currency"]) if body["multicurrency"] else None,
    )
    return _with_tax_id(made, body["tax_id"], body.get("country", ""))


def customer_update_to_send(
    write: Mapping[Detail, str], *, customer_id: str, sync_token: str, country: str
) -> qb.Customer:
    """
    Return the sparse update of a customer that writes some details and nothing else; an address is replaced whole.

    Source: QuickBooks Online Accounting API, REST API features, "Sparse update".
    """
    email, address, tax_id = (write.get(detail, "") for detail in (Detail.EMAIL, Detail.ADDRESS, Detail.TAX_ID))
    changed = qb.Customer(
        id=customer_id,
        sync_token=sync_token,
        sparse=True,
        primary_email_addr=qb.Email(address=_mails(email)) if email else None,
        bill_addr=bill_address(address),
    )
    return _with_tax_id(changed, tax_id, country)


def _with_tax_id(customer: qb.Customer, tax_id: str, country: str) -> qb.Customer:
    match place_of(tax_id, country):
        case TaxIdPlace.PRIMARY:
            return msgspec.structs.replace(customer, primary_tax_identifier=tax_id or None)
        case TaxIdPlace.GSTIN:
            return msgspec.structs.replace(customer, gstin=tax_id)
        case TaxIdPlace.BUSINESS_NUMBER:
            return msgspec.structs.replace(customer, business_number=tax_id)
        case TaxIdPlace.INVOICE:
            return customer


def item_of(line: Mapping[str, Any], made: Mapping[str, str]) -> str:
    """Return the product of a frozen line: the linked one, or the one that was made for it; empty while it is not."""
    return str(line["item_id"] or made.get(line.get("new_item", ""), ""))


def item_to_send(want: Mapping[str, Any]) -> qb.Item:
    """
    Return the product that a frozen body asks to make: a service, which needs no stock and one account only.

    Its price is in home currency: that of a foreign invoice is not sent.

    Source: QuickBooks Online Accounting API, Item: Name, Type and IncomeAccountRef are needed; UnitPrice is in the home
    currency; Taxable is of US companies, SalesTaxCodeRef of the others.
    """
    return qb.Item(
        name=want["name"],
        type="Service",
        sku=want["sku"] or None,
        description=want["description"] or None,
        unit_price=_number(want["price"]),
        taxable=want["taxed"],
        sales_tax_code_ref=qb.Ref(value=want["tax_code"]) if want["tax_code"] else None,
        sales_tax_included=True if want["with_tax"] else None,
        income_account_ref=qb.Ref(value=want["account_id"]),
    )


def item_to_wake(seen: qb.Item) -> qb.Item:
    """Return the change that makes an inactive product active; the mark that QuickBooks put on its name goes."""
    name = (seen.name or "").removesuffix(" (deleted)")
    return qb.Item(id=seen.id, sync_token=seen.sync_token, sparse=True, name=name, active=True)


def new_name(body: Mapping[str, Any]) -> str:
    """Return the name of a customer to be created: names are compared with single blanks, so they are sent so."""
    return " ".join((body.get("new_name") or body["to"]).split())


def _line(line: Mapping[str, Any], regime: TaxRegime, made: Mapping[str, str]) -> qb.Line:
    code = line["tax_code"] if regime is TaxRegime.NON_US else ("TAX" if line["taxed"] else "NON")
    return qb.Line(
        description=line["text"] or None,
        amount=Decimal(line["amount"]),
        detail_type="SalesItemLineDetail",
        sales_item_line_detail=qb.SalesItemLineDetail(
            item_ref=qb.Ref(value=item_of(line, made)),
            qty=_number(line["quantity"]),
            unit_price=_number(line["unit_price"]),
            tax_code_ref=qb.Ref(value=code) if code else None,
            tax_inclusive_amt=_number(line["with_tax"]),
            service_date=date.fromisoformat(line["service_on"]) if line.get("service_on") else None,
            class_ref=_ref(line.get("class_id")),
        ),
    )


def _discount(body: Mapping[str, Any]) -> list[qb.Line]:
    percent, amount = Decimal(body["discount_percent"]), Decimal(body["discount_amount"])
    if percent == 0 and amount == 0:
        return []
    if percent != 0:
        detail = qb.DiscountLineDetail(percent_based=True, discount_percent=percent)
        return [qb.Line(amount=None, detail_type="DiscountLineDetail", discount_line_detail=detail)]
    detail = qb.DiscountLineDetail(percent_based=False)
    return [qb.Line(amount=amount, detail_type="DiscountLineDetail", discount_line_detail=detail)]


def _tax(body: Mapping[str, Any], regime: TaxRegime) -> qb.TxnTaxDetail | None:
    if regime is TaxRegime.US_MANUAL and body["tax_code"]:
        return qb.TxnTaxDetail(txn_tax_code_ref=qb.Ref(value=body["tax_code"]))
    return None


def _address(body: Mapping[str, Any], customer_name: str, *, print_tax_id: bool) -> qb.Address | None:
    """Head the address with the addressee when he is not the customer, and end it with the tax ID."""
    address = bill_address(body["address"]) or qb.Address()
    lines = [line for line in (address.line1, address.line2, address.line3, address.line4, address.line5) if line]
    if body["to"] and body["to"] != customer_name:
        lines.insert(0, body["to"])
    if body["tax_id"] and print_tax_id:
        lines.append(body["tax_id"])
    if len(lines) > 5:
        lines = [*lines[:4], ", ".join(lines[4:])]
    padded = [*lines, *[None] * 5][:5]
    names = ("line1", "line2", "line3", "line4", "line5")
    found = msgspec.structs.replace(address, **dict(zip(names, padded, strict=True)))
    return found if found != qb.Address() else None


def _mails(text: str) -> str:
    return ",".join(part.strip() for part in text.replace(";", ",").split(",") if part.strip())


def _ref(value: str | None) -> qb.Ref | None:
    return None if value is None else qb.Ref(value=value)


def _number(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
