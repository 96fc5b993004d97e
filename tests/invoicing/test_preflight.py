"""Everything that stands against a draft, found before it is sent."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dealvoice.invoicing.books import (
    Books,
    Company,
    Customer,
    Item,
    TakenKind,
    TakenNumber,
    TaxCode,
    TaxRate,
    TaxRegime,
)
from dealvoice.invoicing.draft import Draft, DraftLine, Rate, TaxMode
from dealvoice.invoicing.money import Money
from dealvoice.invoicing.preflight import CATALOGUE, Finding, OtherInvoice, Severity, blockers, check
from dealvoice.invoicing.tax import compute

TODAY = date(2026, 11, 23)
B, W, I = Severity.BLOCKER, Severity.WARNING, Severity.INFO  # noqa: E741 # as in the catalogue


def a_company(**more) -> Company:
    values = {
        "name": "Craig's Landscaping",
        "country": "US",
        "home_currency": "USD",
        "multicurrency": False,
        "tax_regime": TaxRegime.US_MANUAL,
        "custom_numbers": False,
        "allow_discount": True,
        "books_closed_on": None,
        "default_tax_code": "2",
        "default_due_days": 30,
    }
    return Company(**{**values, **more})


def a_customer(**more) -> Customer:
    values = {"id": "58", "name": "Acme", "currency": "USD", "active": True, "balance": Money.zero("USD")}
    return Customer(**{**values, **more})


def an_item(**more) -> Item:
    values = {"id": "4", "name": "Design", "kind": "Service", "active": True, "unit_price": Decimal(75)}
    return Item(**{**values, **more})


CODES = (
    TaxCode("2", "California", (TaxRate("California", Decimal(8)),)),
    TaxCode("9", "Old", (TaxRate("Old", Decimal(7)),), active=False),
    TaxCode("10", "Purchases", ()),
)


def the_books(*, company=None, customer=a_customer(), item=an_item(), **more) -> Books:  # noqa: B008 # frozen
    items = {item.id: item} if item else {}
    return Books(company or a_company(), CODES, customer, items, **more)


def a_line(**more) -> DraftLine:
    values = {"key": "1", "text": "Garden", "item_id": "4", "quantity": Decimal(1), "unit_price": Decimal(100)}
    return DraftLine(**{**values, **more})


def a_draft(*lines, **more) -> Draft:
    values = {
        "deal_id": 9,
        "customer_id": "58",
        "create_customer": False,
        "to": "Acme",
        "address": "5 Main St\nBayshore, CA 94326",
        "email": "ann@acme.com",
        "tax_id": "",
        "currency": "USD",
        "number": "",
        "issued_on": TODAY,
        "due_on": date(2026, 11, 30),
        "tax_mode": TaxMode.EXCLUSIVE,
        "tax_code": "2",
        "lines": lines or (a_line(),),
    }
    return Draft(**{**values, **more})


def findings(draft, books=None, **more) -> list[Finding]:
    books = books or the_books()
    return check(draft, books, compute(draft, books), today=TODAY, **more)


def found(draft, books=None, **more) -> list[tuple[str, str, str]]:
    """Return severity, code and field of each finding."""
    return [(finding.severity.value[0], finding.code, finding.field) for finding in findings(draft, books, **more)]


def test_good_draft_has_no_findings():
    assert found(a_draft()) == []


UK = a_company(
    country="GB", home_currency="GBP", multicurrency=True, tax_regime=TaxRegime.NON_US, default_tax_code=None
)
GBP = a_customer(currency="GBP")
MULTI = a_company(multicurrency=True)
CUSTOM = the_books(company=a_company(custom_numbers=True))
NEW = {"customer_id": None, "create_customer": True}


@pytest.mark.parametrize(
    ("expected", "draft", "books"),
    [
        pytest.param(
            ("b", "company.unsupported", "form"), a_draft(), the_books(company=a_company(country="FR")), id="France"
        ),
        pytest.param(
            ("b", "company.lapsed", "form"), a_draft(), the_books(company=a_company(lapsed=True)), id="lapsed"
        ),
        pytest.param(
            ("b", "company.feature_off", "discount"),
            a_draft(discount_percent=Decimal(10)),
            the_books(company=a_company(allow_discount=False)),
            id="discounts off",
        ),
        pytest.param(
            ("b", "customer.missing", "customer"), a_draft(customer_id=None), the_books(customer=None), id="no customer"
        ),
        pytest.param(("b", "customer.gone", "customer"), a_draft(), the_books(customer=None), id="unknown customer"),
        pytest.param(
            ("b", "customer.inactive", "customer"),
            a_draft(),
            the_books(customer=a_customer(active=False)),
            id="inactive customer",
        ),
        pytest.param(
            ("b", "customer.currency_mismatch", "currency"),
            a_draft(currency="EUR"),
            the_books(company=MULTI),
            id="EUR for a USD customer",
        ),
        pytest.param(
            ("b", "customer.name_taken", "to"),
            a_draft(to="Books by Bessie", **NEW),
            the_books(customer=None, name_taken_by=TakenKind.VENDOR),
            id="vendor's name",
        ),
        pytest.param(
            ("b", "customer.name_missing", "to"), a_draft(to=" \u00a0 ", **NEW), the_books(customer=None), id="no name"
        ),
        pytest.param(
            ("w", "customer.tax_id_suspect", "tax_id"),
            a_draft(tax_id="123-456-78-90", address="Prosta 1\n00-838 Warszawa\nPoland"),
            the_books(),
            id="wrong NIP",
        ),
        pytest.param(("i", "email.missing", "email"), a_draft(email=" "), the_books(), id="no e-mail"),
        pytest.param(
            ("b", "email.missing", "email"), a_draft(email="", send_email=True), the_books(), id="no e-mail to send to"
        ),
        pytest.param(("b", "email.invalid", "email"), a_draft(email="a@b"), the_books(), id="bad e-mail"),
        pytest.param(("w", "address.missing", "address"), a_draft(address=" \n"), the_books(), id="no address"),
        pytest.param(("b", "date.invalid", "issued_on"), a_draft(issued_on=None), the_books(), id="no date"),
        pytest.param(
            ("b", "date.books_closed", "issued_on"),
            a_draft(issued_on=date(2026, 9, 15)),
            the_books(company=a_company(books_closed_on=date(2026, 9, 30))),
            id="closed",
        ),
        pytest.param(
            ("w", "date.books_closed", "issued_on"),
            a_draft(issued_on=date(2026, 9, 30)),
            the_books(company=a_company(books_closed_on=date(2026, 9, 30))),
            id="the closing day",
        ),
        pytest.param(
            ("w", "date.due_before_issue", "due_on"),
            a_draft(due_on=date(2026, 11, 22)),
            the_books(),
            id="due before issue",
        ),
        pytest.param(
            ("w", "date.unusual", "issued_on"), a_draft(issued_on=date(2062, 1, 1), due_on=None), the_books(), id="2062"
        ),
        pytest.param(("b", "currency.missing", "currency"), a_draft(currency=""), the_books(), id="no currency"),
        pytest.param(
            ("b", "currency.unknown", "currency"), a_draft(currency="PTS"), the_books(), id="no such currency"
        ),
        pytest.param(("b", "currency.unknown", "currency"), a_draft(currency="Points"), the_books(), id="own currency"),
        pytest.param(
            ("b", "currency.multicurrency_off", "currency"),
            a_draft(currency="EUR"),
            the_books(),
            id="EUR in a USD company",
        ),
        pytest.param(
            ("b", "number.missing", "number"),
            a_draft(),
            the_books(company=a_company(custom_numbers=True)),
            id="custom numbers, empty",
        ),
        pytest.param(
            ("b", "number.duplicate", "number"),
            a_draft(number=" 1037 "),
            the_books(number_taken_by=TakenNumber("1037", "130", "Sonnenschein")),
            id="number taken",
        ),
        pytest.param(("i", "number.own_series", "number"), a_draft(number="5000"), the_books(), id="own series"),
        pytest.param(
            ("w", "number.jump", "number"),
            a_draft(number="0109"),
            the_books(company=a_company(custom_numbers=True), last_number="0099", next_number="0100"),
            id="number jumps",
        ),
        pytest.param(("b", "text.too_long", "number"), a_draft(number="1" * 22), CUSTOM, id="number of 22"),
        pytest.param(("b", "lines.none", "items"), replace(a_draft(), lines=()), the_books(), id="no lines"),
        pytest.param(
            ("b", "lines.too_many", "items"),
            a_draft(*(a_line(key=str(n), taxed=True) for n in range(751))),
            the_books(),
            id="751 lines, taxed",
        ),
        pytest.param(
            ("b", "lines.too_many", "items"),
            a_draft(*(a_line(key=str(n), discount_percent=Decimal(5), taxed=True) for n in range(376))),
            the_books(),
            id="376 lines with a discount each, taxed",
        ),
        pytest.param(("b", "item.missing", "line.1"), a_draft(a_line(item_id=None)), the_books(), id="unlinked"),
        pytest.param(("b", "item.gone", "line.1"), a_draft(a_line(item_id="999")), the_books(), id="unknown item"),
        pytest.param(
            ("b", "item.inactive", "line.1"), a_draft(), the_books(item=an_item(active=False)), id="inactive item"
        ),
        pytest.param(
            ("b", "item.category", "line.1"), a_draft(), the_books(item=an_item(kind="Category")), id="category"
        ),
        pytest.param(("b", "item.bundle", "line.1"), a_draft(), the_books(item=an_item(kind="Group")), id="bundle"),
        pytest.param(
            ("b", "item.not_sold", "line.1"), a_draft(), the_books(item=an_item(sold=False)), id="purchase only"
        ),
        pytest.param(
            ("b", "line.quantity_missing", "line.1.quantity"),
            a_draft(a_line(quantity=None), a_line(key="2")),
            the_books(),
            id="no quantity",
        ),
        pytest.param(
            ("b", "line.price_missing", "line.1.unit_price"),
            a_draft(a_line(unit_price=None), a_line(key="2")),
            the_books(),
            id="no price",
        ),
        pytest.param(
            ("w", "line.quantity_zero", "line.1.quantity"),
            a_draft(a_line(quantity=Decimal(0)), a_line(key="2")),
            the_books(),
            id="zero",
        ),
        pytest.param(
            ("w", "line.negative", "line.1"),
            a_draft(a_line(unit_price=Decimal(-15)), a_line(key="2")),
            the_books(),
            id="negative",
        ),
        pytest.param(
            ("w", "line.precision", "line.1.quantity"),
            a_draft(a_line(quantity=Decimal("1.333333"))),
            the_books(),
            id="fine quantity",
        ),
        pytest.param(
            ("w", "line.precision", "line.1.unit_price"),
            a_draft(a_line(unit_price=Decimal("1.33333333"))),
            the_books(),
            id="fine price",
        ),
        pytest.param(
            ("b", "number.format", "line.1.amount"),
            a_draft(a_line(unit_price=Decimal("12345678901.00"))),
            the_books(),
            id="11 digits",
        ),
        pytest.param(
            ("b", "number.format", "line.1.quantity"),
            a_draft(a_line(quantity=Decimal("NaN")), a_line(key="2")),
            the_books(),
            id="NaN",
        ),
        pytest.param(
            ("b", "discount.too_large", "line.1.discount_percent"),
            a_draft(a_line(discount_percent=Decimal(-5))),
            the_books(),
            id="line discount below 0",
        ),
        pytest.param(
            ("b", "discount.too_large", "discount"), a_draft(discount_percent=Decimal(-1)), the_books(), id="below 0 %"
        ),
        pytest.param(
            ("b", "tax.group_missing", "tax"), a_draft(a_line(taxed=True), tax_code=None), the_books(), id="no group"
        ),
        pytest.param(
            ("b", "tax.code_inactive", "tax"), a_draft(a_line(taxed=True), tax_code="9"), the_books(), id="old group"
        ),
        pytest.param(
            ("b", "tax.code_inactive", "tax"),
            a_draft(a_line(taxed=True), tax_code="77"),
            the_books(),
            id="unknown group",
        ),
        pytest.param(
            ("b", "tax.inclusive_unsupported", "tax_mode"),
            a_draft(tax_mode=TaxMode.INCLUSIVE),
            the_books(),
            id="inclusive in the US",
        ),
        pytest.param(
            ("w", "tax.switched_off", "tax"),
            a_draft(a_line(taxed=True)),
            the_books(company=a_company(tax_regime=TaxRegime.OFF)),
            id="tax off",
        ),
        pytest.param(
            ("i", "tax.estimated", "totals"),
            a_draft(a_line(taxed=True)),
            the_books(company=a_company(tax_regime=TaxRegime.US_AUTOMATED)),
            id="automated",
        ),
        pytest.param(
            ("i", "customer.exempt", "tax"),
            a_draft(a_line(taxed=True)),
            the_books(customer=a_customer(taxable=False)),
            id="exempt",
        ),
        pytest.param(
            ("b", "tax.code_missing", "line.1.tax_code"),
            a_draft(currency="GBP"),
            the_books(company=UK, customer=GBP),
            id="no VAT code",
        ),
        pytest.param(
            ("b", "tax.code_inactive", "line.1.tax_code"),
            a_draft(a_line(tax_code="10"), currency="GBP"),
            the_books(company=UK, customer=GBP),
            id="purchase code",
        ),
        pytest.param(
            ("w", "total.zero", "totals"), a_draft(discount_percent=Decimal(100)), the_books(), id="all discounted"
        ),
        pytest.param(("b", "text.control_characters", "to"), a_draft(to="Ac\x07me"), the_books(), id="bell"),
        pytest.param(
            ("b", "text.control_characters", "to"), a_draft(to="Acme\nLtd"), the_books(), id="break in a linked name"
        ),
        pytest.param(
            ("b", "text.control_characters", "line.1.text"),
            a_draft(a_line(text="tab\tand\nbreak\x00")),
            the_books(),
            id="nul in a text",
        ),
        pytest.param(
            ("b", "text.name_characters", "to"), a_draft(to="ACME: Poland", **NEW), the_books(customer=None), id="colon"
        ),
        pytest.param(
            ("w", "text.outside_latin1", "to"), a_draft(to="Żółw"), the_books(), id="Polish letters in the US"
        ),
        pytest.param(("b", "text.too_long", "to"), a_draft(to="x" * 501), the_books(), id="long name"),
        pytest.param(("b", "text.too_long", "email"), a_draft(email="a@x.pl," * 15), the_books(), id="many e-mails"),
        pytest.param(
            ("b", "text.too_long", "address"), a_draft(address="x" * 501), the_books(), id="long address line"
        ),
        pytest.param(
            ("b", "text.too_long", "address"),
            a_draft(address="\n".join(["x" * 450] * 5)),
            the_books(),
            id="long address",
        ),
        pytest.param(("w", "text.too_long", "tax_id"), a_draft(tax_id="9" * 21), the_books(), id="long tax ID"),
        pytest.param(
            ("b", "text.too_long", "line.1.text"), a_draft(a_line(text="x" * 4001)), the_books(), id="long text"
        ),
    ],
)
def test_each_check_finds_its_case_and_nothing_else(expected, draft, books):
    assert found(draft, books) == [expected]


@pytest.mark.parametrize(
    ("draft", "books"),
    [
        pytest.param(a_draft(a_line(text="tab\tand\r\nbreak")), the_books(), id="breaks in a text"),
        pytest.param(a_draft(email="a@x.pl; b@x.pl"), the_books(), id="two e-mails"),
        pytest.param(a_draft(to="Café Müller"), the_books(), id="Latin-1 in the US"),
        pytest.param(
            a_draft(a_line(tax_code="2"), to="Żółw", currency="GBP"),
            the_books(company=UK, customer=GBP),
            id="Polish letters in the UK",
        ),
        pytest.param(a_draft(tax_id="123-456-32-18", address="X\nPoland"), the_books(), id="right NIP"),
        pytest.param(a_draft(a_line(unit_price=Decimal(0)), a_line(key="2")), the_books(), id="a price of zero"),
        pytest.param(a_draft(a_line(quantity=Decimal("1.33333"))), the_books(), id="five decimals"),
        pytest.param(
            a_draft(number="0099", number_proposed="0099"),
            the_books(
                company=a_company(custom_numbers=True),
                number_taken_by=TakenNumber("0099", "130", "Sonnenschein"),
                next_number="0100",
            ),
            id="proposal taken meanwhile",
        ),
        pytest.param(a_draft(number="1" * 21), CUSTOM, id="number of 21"),
        pytest.param(a_draft(tax_code=None), the_books(), id="no group needed"),
        pytest.param(
            a_draft(a_line(taxed=True), tax_mode=TaxMode.NONE, tax_code=None), the_books(), id="tax mode none"
        ),
        pytest.param(
            a_draft(currency="GBP", tax_mode=TaxMode.NONE),
            the_books(company=UK, customer=GBP),
            id="no code without tax",
        ),
        pytest.param(
            a_draft(a_line(tax_code="2"), tax_mode=TaxMode.INCLUSIVE, currency="GBP"),
            the_books(company=UK, customer=GBP),
            id="inclusive outside the US",
        ),
        pytest.param(
            a_draft(tax_mode=TaxMode.INCLUSIVE),
            the_books(company=a_company(tax_regime=TaxRegime.OFF)),
            id="no tax at all",
        ),
        pytest.param(a_draft(issued_on=date(2026, 9, 30), due_on=None), the_books(), id="no due date"),
        pytest.param(
            a_draft(issued_on=date(2026, 10, 1)),
            the_books(company=a_company(books_closed_on=date(2026, 9, 30))),
            id="day after closing",
        ),
        pytest.param(a_draft(to="New One", **NEW), the_books(customer=None), id="new customer"),
        pytest.param(
            a_draft(currency="EUR", rate=Rate(Decimal("1.09"), "EUR", TODAY)),
            the_books(company=MULTI, customer=a_customer(currency="EUR")),
            id="EUR for a EUR customer",
        ),
        pytest.param(a_draft(discount_amount=Decimal("99.99")), the_books(), id="discount below the subtotal"),
    ],
)
def test_what_quickbooks_takes_is_not_found_fault_with(draft, books):
    assert found(draft, books) == []


def the_one(code, draft, books=None, **more) -> Finding:
    (finding,) = [each for each in findings(draft, books, **more) if each.code == code]
    return finding


@pytest.mark.parametrize(
    ("code", "draft", "books", "remedy", "value"),
    [
        (
            "email.missing",
            a_draft(email=""),
            the_books(customer=a_customer(email="a@acme.com")),
            "use_customer_email",
            "a@acme.com",
        ),
        ("email.missing", a_draft(email=""), the_books(), "", ""),
        ("email.invalid", a_draft(email="a@x.pl; b@"), the_books(), "use_email", "a@x.pl"),
        (
            "address.missing",
            a_draft(address=""),
            the_books(customer=a_customer(address="5 Main St")),
            "use_customer_address",
            "5 Main St",
        ),
        ("text.name_characters", a_draft(to="ACME: Poland", **NEW), the_books(customer=None), "clean", "ACME - Poland"),
        ("text.name_characters", a_draft(to="ACME\tPoland", **NEW), the_books(customer=None), "clean", "ACME Poland"),
        ("text.control_characters", a_draft(to="Ac\x07me"), the_books(), "clean", "Acme"),
        ("text.control_characters", a_draft(a_line(text="a\n\x0bb")), the_books(), "clean", "a\nb"),
        ("text.outside_latin1", a_draft(to="Żółw"), the_books(), "without_diacritics", "Zolw"),
        ("text.too_long", a_draft(number="INV 2026 PROJECT 9999 A"), the_books(), "shorten", "INV 2026 PROJECT 9999"),
        ("text.too_long", a_draft(to="x" * 499 + " yz"), the_books(), "shorten", "x" * 499),
        (
            "customer.name_taken",
            a_draft(to="X", **NEW),
            the_books(customer=None, name_taken_by=TakenKind.EMPLOYEE),
            "use_name",
            "X (C)",
        ),
        (
            "customer.name_taken",
            a_draft(to="X", **NEW),
            the_books(customer=None, name_taken_by=TakenKind.CUSTOMER),
            "choose_customer",
            "",
        ),
        ("customer.currency_mismatch", a_draft(currency="EUR"), the_books(company=MULTI), "use_currency", "USD"),
        (
            "currency.missing",
            a_draft(currency=""),
            the_books(customer=a_customer(currency="CAD")),
            "use_currency",
            "CAD",
        ),
        ("currency.multicurrency_off", a_draft(currency="EUR"), the_books(), "use_currency", "USD"),
        (
            "number.missing",
            a_draft(),
            the_books(company=a_company(custom_numbers=True), last_number="GRAL-2021"),
            "use_number",
            "GRAL-2022",
        ),
        ("number.missing", a_draft(), the_books(company=a_company(custom_numbers=True), last_number="DRAFT"), "", ""),
        (
            "number.duplicate",
            a_draft(number="1037"),
            the_books(number_taken_by=TakenNumber("1037", "1", "A"), next_number="1040"),
            "use_number",
            "1040",
        ),
        (
            "number.duplicate",
            a_draft(number="1037"),
            the_books(number_taken_by=TakenNumber("1037", "1", "A")),
            "use_number",
            "1038",
        ),
        ("date.invalid", a_draft(issued_on=None), the_books(), "use_issue_date", "2026-11-23"),
        ("date.due_before_issue", a_draft(due_on=date(2026, 11, 1)), the_books(), "use_due_date", "2026-12-23"),
        ("line.quantity_missing", a_draft(a_line(quantity=None)), the_books(), "use_quantity", "1"),
        ("line.precision", a_draft(a_line(quantity=Decimal("1.333333"))), the_books(), "round", "1.33333"),
        ("tax.group_missing", a_draft(a_line(taxed=True), tax_code=None), the_books(), "use_tax_code", "2"),
        (
            "tax.code_missing",
            a_draft(currency="GBP"),
            the_books(company=UK, customer=GBP, item=an_item(tax_code="2")),
            "use_tax_code",
            "2",
        ),
        ("item.inactive", a_draft(), the_books(item=an_item(active=False)), "activate_item", "4"),
        ("discount.too_large", a_draft(discount_amount=Decimal(120)), the_books(), "limit_discount", "100.00"),
        ("discount.too_large", a_draft(discount_percent=Decimal(120)), the_books(), "limit_discount", "100"),
    ],
)
def test_remedy_names_the_way_out(code, draft, books, remedy, value):
    finding = the_one(code, draft, books)

    assert (finding.remedy, finding.remedy_value) == (remedy, value)


def test_new_customer_in_a_foreign_currency_is_named_after_it():
    books = the_books(company=MULTI, customer=None, name_taken_by=TakenKind.CUSTOMER)

    assert (
        the_one("customer.name_taken", a_draft(to="Acme", currency="EUR", **NEW), books).params["proposal"]
        == "Acme (EUR)"
    )


def test_currency_mismatch_names_both_currencies():
    finding = the_one("customer.currency_mismatch", a_draft(currency="EUR"), the_books(company=MULTI))

    assert finding.params == {"a": "EUR", "b": "USD", "customer": "Acme"}


@pytest.mark.parametrize(
    ("currency", "price", "offered"),
    [("JPY", "10.50", "11"), ("KWD", "30.375", "30.38"), ("JPY", "10.00", None), ("USD", "10.505", None)],
)
def test_prices_finer_than_an_uneven_currency_are_refused(currency, price, offered):
    company = replace(MULTI, home_currency=currency)
    draft = a_draft(a_line(unit_price=Decimal(price)), currency=currency)

    seen = findings(draft, the_books(company=company, customer=a_customer(currency=currency)))

    assert [(each.code, each.field, each.remedy_value) for each in seen] == (
        [("currency.decimals", "line.1.unit_price", offered)] if offered else []
    )


def test_amount_discount_beyond_the_subtotal_also_makes_the_total_negative():
    assert found(a_draft(discount_amount=Decimal(120))) == [
        ("b", "discount.too_large", "discount"),
        ("b", "total.negative", "totals"),
    ]


def test_lines_below_zero_make_the_total_negative():
    draft = a_draft(a_line(unit_price=Decimal(50)), a_line(key="2", unit_price=Decimal(-80)))

    assert found(draft) == [("b", "total.negative", "totals"), ("w", "line.negative", "line.2")]


def test_every_unlinked_line_is_pointed_at():
    draft = a_draft(
        a_line(product_name="Pump"), a_line(key="p7", item_id=None, product_name="Pump"), a_line(key="x", item_id="")
    )

    seen = findings(draft)

    assert [(each.field, each.params["n"], each.params["product"]) for each in seen] == [
        ("line.p7", "2", "Pump"),
        ("line.x", "3", "Garden"),
    ]


def test_row_of_zero_without_text_leaves_no_line():
    draft = a_draft(a_line(quantity=Decimal(0), text=""))

    assert ("b", "lines.none", "items") in found(draft)


def an_other(number="1037", *, day=1, in_progress=False) -> OtherInvoice:
    made = datetime(2026, 11, day, 9, 30, tzinfo=UTC)
    return OtherInvoice(number, Money(Decimal("1200.00"), "USD"), made, "Ann", in_progress)


@pytest.mark.parametrize("in_progress", [True, False])
def test_second_invoice_of_a_deal_must_be_confirmed(in_progress):
    others = [an_other("1036", day=1), an_other("1037", day=2, in_progress=in_progress)]

    (finding,) = findings(a_draft(), other_invoices=others)

    assert (finding.code, finding.severity, finding.field, finding.remedy) == (
        "deal.invoiced_already",
        B,
        "form",
        "confirm_second",
    )
    assert finding.params == {
        "who": "Ann",
        "when": "2026-11-02T09:30:00+00:00",
        "number": "1037",
        "amount": "1200.00 USD",
        "count": "2",
    }


def test_second_invoice_once_confirmed_is_nothing_to_tell():
    assert found(a_draft(second_confirmed=True), other_invoices=[an_other()]) == []


def test_findings_come_blockers_first_and_then_in_the_order_of_the_catalogue():
    draft = a_draft(
        a_line(item_id=None, unit_price=None, taxed=True),
        customer_id=None,
        email="",
        address="",
        currency="",
        issued_on=None,
        tax_code=None,
        to="Żółw",
    )

    assert [(severity, code) for severity, code, _ in found(draft, the_books(customer=None))] == [
        ("b", "customer.missing"),
        ("b", "date.invalid"),
        ("b", "currency.missing"),
        ("b", "item.missing"),
        ("b", "line.price_missing"),
        ("b", "tax.group_missing"),
        ("w", "text.outside_latin1"),
        ("w", "address.missing"),
        ("w", "total.zero"),
        ("i", "email.missing"),
    ]


def test_blockers_are_only_blockers():
    seen = findings(a_draft(email="", issued_on=None))

    assert [each.code for each in blockers(seen)] == ["date.invalid"]
    assert {each.severity for each in seen} == {B, I}


TEXTS = st.text(alphabet="aŻ:\t\n\x07@. ,5", max_size=30)
FIGURES = st.decimals(allow_nan=True, allow_infinity=True) | st.decimals(-100, 100, places=3)
NUMBERS = st.none() | FIGURES


@st.composite
def wild_drafts(draw) -> Draft:
    lines = draw(
        st.lists(
            st.builds(
                a_line,
                key=st.uuids().map(str),
                text=TEXTS,
                item_id=st.sampled_from([None, "4", "999"]),
                quantity=NUMBERS,
                unit_price=NUMBERS,
                discount_percent=FIGURES,
                taxed=st.booleans(),
                tax_code=st.sampled_from([None, "2", "9", "10", "77"]),
            ),
            max_size=4,
        )
    )
    draft = a_draft(
        customer_id=draw(st.sampled_from([None, "58"])),
        create_customer=draw(st.booleans()),
        to=draw(TEXTS),
        address=draw(TEXTS),
        email=draw(TEXTS),
        tax_id=draw(TEXTS),
        number=draw(st.text(alphabet="0123/A", max_size=25)),
        currency=draw(st.sampled_from(["", "USD", "JPY", "PTS", "usd", "Points"])),
        issued_on=draw(st.none() | st.dates()),
        due_on=draw(st.none() | st.dates()),
        tax_mode=draw(st.sampled_from(TaxMode)),
        tax_code=draw(st.sampled_from([None, "2", "9"])),
        discount_percent=draw(FIGURES),
        discount_amount=draw(FIGURES),
    )
    return replace(draft, lines=tuple(lines))


@settings(deadline=None)
@given(
    draft=wild_drafts(),
    regime=st.sampled_from(TaxRegime),
    multicurrency=st.booleans(),
    has_customer=st.booleans(),
    taken=st.booleans(),
)
def test_any_draft_can_be_checked_and_every_finding_is_in_the_catalogue(
    draft, regime, multicurrency, has_customer, taken
):
    company = a_company(
        tax_regime=regime,
        multicurrency=multicurrency,
        custom_numbers=True,
        books_closed_on=date(2026, 1, 1),
        default_due_days=None,
    )
    books = the_books(
        company=company,
        customer=a_customer() if has_customer else None,
        name_taken_by=TakenKind.CUSTOMER if taken else None,
        number_taken_by=TakenNumber("1", "2", "X") if taken else None,
    )

    seen = findings(draft, books, other_invoices=[an_other()])

    for finding in seen:
        assert set(finding.params) == set(CATALOGUE[finding.code])
        assert all(isinstance(value, str) for value in finding.params.values())
        assert finding.severity in (B, W, I)


@pytest.mark.parametrize(("lines", "taxed"), [(750, True), (751, False)])
def test_as_many_lines_as_quickbooks_takes_pass(lines, taxed):
    draft = a_draft(*(a_line(key=str(n), taxed=taxed) for n in range(lines)))

    assert "lines.too_many" not in [code for _, code, _ in found(draft)]
