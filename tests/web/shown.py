"""Views as the workflows would give them: a company of the sample books, a deal with seven products, six invoices."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

from dealvoice.i18n import Speech
from dealvoice.invoicing.actions import Action, offers
from dealvoice.invoicing.books import (
    Account,
    Books,
    Company,
    Customer,
    Item,
    LinkedItem,
    NearMatch,
    Survivor,
    TakenKind,
    TaxCode,
    TaxRate,
    TaxRegime,
)
from dealvoice.invoicing.customer_checks import customer_differences
from dealvoice.invoicing.customer_diff import Detail
from dealvoice.invoicing.deal_changes import DealChange, DealPart, RowFigures
from dealvoice.invoicing.deal_checks import check_deal
from dealvoice.invoicing.deal_rows import DealOffer, DealRow
from dealvoice.invoicing.details import Choice, CustomField, Details, Rules, Term
from dealvoice.invoicing.draft import Draft, DraftLine, Rate, TaxMode, name_of_new
from dealvoice.invoicing.exchange import in_home
from dealvoice.invoicing.finding import Finding, Severity
from dealvoice.invoicing.ledger import DealThen, Drift, ledger
from dealvoice.invoicing.mapping import Mapping, Target
from dealvoice.invoicing.money import Money
from dealvoice.invoicing.preflight import check
from dealvoice.invoicing.release import Applied
from dealvoice.invoicing.status import Standing, derive
from dealvoice.invoicing.tax import compute
from dealvoice.invoicing.templates import Template
from dealvoice.invoicing.variance import Reason, Variance
from dealvoice.workflows.invoice.views import (
    AllView,
    CustomerWritten,
    FormView,
    GuidedPayment,
    GuidedView,
    InvoiceRow,
    OperationView,
    Option,
    PanelState,
    PanelView,
    PendingRow,
    Step,
)

TODAY = date(2026, 3, 13)
NOW = datetime(2026, 3, 13, 14, 6, tzinfo=UTC)
AS_OF = datetime(2026, 3, 13, 14, 2, tzinfo=UTC)
ENGLISH = Speech("en", "en_US", "UTC")
POLISH = Speech("pl", "pl_PL", "Europe/Warsaw")


def usd(amount: str) -> Money:
    """Return dollars."""
    return Money(Decimal(amount), "USD")


def an_invoice(number: str, total: str, balance: str, due_on: date, **changes: object) -> InvoiceRow:
    """Return a row of a list; ``voided``, ``deleted`` and ``paid_on`` are facts of QuickBooks, the rest of the row."""
    voided, deleted = bool(changes.pop("voided", False)), bool(changes.pop("deleted", False))
    paid_on = changes.pop("paid_on", None)
    standing = Standing(
        total=usd("0") if voided else usd(total),
        balance=usd("0") if voided else usd(balance),
        due_on=due_on,
        deleted=deleted,
        voided=voided,
        has_payments=total != balance and not voided,
        paid_on=paid_on,  # type: ignore[arg-type] # a date or nothing
    )
    status = derive(standing, TODAY)
    row = InvoiceRow(
        id=f"inv{number}",
        number=number,
        customer_name="Amy's Bird Sanctuary",
        status=status,
        total=usd(total),
        issued_on=date(2026, 3, 9),
        due_on=due_on,
        paid_on=paid_on,  # type: ignore[arg-type] # as above
        sent_at=None,
        email="Birds@Intuit.com",
        changed_at=None,
        changed_by="",
        url=f"http://127.0.0.1:8101/app/invoice?txnId={number}",
        offers=offers(status, standing, has_email=True),
        deal_id=117,
    )
    return replace(row, **changes)  # type: ignore[arg-type] # named by the caller


def invoices() -> tuple[InvoiceRow, ...]:
    """Return one invoice of each flag."""
    return (
        an_invoice("1040", "194.40", "194.40", date(2026, 3, 16)),
        an_invoice("1039", "642.60", "342.60", date(2026, 4, 1), sent_at=datetime(2026, 3, 2, 9, tzinfo=UTC)),
        an_invoice("1021", "459.00", "239.00", date(2026, 2, 26), made_here=False),
        an_invoice("1001", "108.00", "0", date(2026, 3, 17), paid_on=date(2026, 2, 16)),
        an_invoice(
            "1038", "642.60", "0", date(2026, 4, 1), voided=True, changed_by="Ola Nowak",
            changed_at=datetime(2026, 3, 2, tzinfo=UTC),
        ),
        an_invoice(
            "1041", "194.40", "194.40", date(2026, 3, 16), deleted=True, changed_at=datetime(2026, 3, 9, tzinfo=UTC)
        ),
    )  # fmt: skip


def a_panel(**changes: object) -> PanelView:
    """Return the panel of a deal with six invoices."""
    rows = invoices()
    facts = [
        (Standing(total=row.total, balance=row.status.left, due_on=row.due_on), row.status)
        for row in rows
        if row.status.flag not in ("voided", "deleted")
    ]
    view = PanelView(
        state=PanelState.READY,
        deal_id=117,
        deal_title="Aviary courtyard and fountain",
        deal_value=usd("2145.00"),
        products=7,
        archived=False,
        customer_name="Amy's Bird Sanctuary",
        customer_url="http://127.0.0.1:8101/app/customerdetail?nameId=1",
        ledgers=tuple(ledger(facts)),
        left=usd("845.00"),
        rows=rows,
        pending=(),
        as_of=AS_OF,
        version="v1",
        connected_by="Ola Nowak",
        today=TODAY,
    )
    return replace(view, **changes)  # type: ignore[arg-type] # named by the caller


def panels() -> dict[str, PanelView]:
    """Return the panel in each of its states."""
    rows = invoices()
    fault = Finding("email.undelivered", Severity.BLOCKER, "form", {"number": "1040", "address": "x@y", "reason": "?"})
    busy = (
        replace(rows[0], working="op1", working_kind="invoice.void"),
        replace(rows[1], fault=fault),
        *rows[2:],
    )
    pending = tuple(
        PendingRow(f"op-{state}", "1042", usd("883.80"), state, None)
        for state in ("sending", "unknown", "needs_attention")
    )
    many = tuple(an_invoice(str(2000 + n), "1234567.89", "1234567.89", date(2026, 5, 1)) for n in range(10))
    then = DealThen(Decimal(1900), "USD", 6, "1040")
    bare: dict[str, object] = {"ledgers": (), "rows": (), "left": usd("2145.00")}
    return {
        "ready": a_panel(),
        "working": a_panel(rows=busy, pending=pending),
        "empty": a_panel(**bare),
        "unlinked": a_panel(customer_name="", customer_url="", **bare),
        "no_products": a_panel(products=0, **bare),
        "reconnect": a_panel(state=PanelState.NEEDS_RECONNECT),
        "never": a_panel(state=PanelState.NEEDS_RECONNECT, as_of=None, **bare),
        "not_connected": a_panel(state=PanelState.NOT_CONNECTED, **bare),
        "archived": a_panel(archived=True, parked="deal.archived", steward="Ola Nowak"),
        "over": a_panel(left=usd("-40.00"), drifts=(Drift.OVER, Drift.CHANGED), then=then, deal_currency="USD"),
        "drifted": a_panel(
            left=None,
            drifts=(Drift.CURRENCY, Drift.CHANGED),
            then=replace(then, currency="EUR"),
            deal_currency="USD",
            parked="pipedrive.no_permission",
            steward="Ola Nowak",
        ),
        "credited": a_panel(
            ledgers=tuple(replace(one, credited=usd("50.00")) for one in a_panel().ledgers),
            drifts=(Drift.CHANGED,),
            then=replace(then, value=Decimal(2145)),
            deal_currency="USD",
            with_tax=True,
        ),
        "many": a_panel(rows=many),
        "problems": a_panel(problems=2),
    }


def a_company(**changes: object) -> Company:
    """Return the sample company: United States, manual tax, one currency."""
    company = Company(
        name="Craig's Design and Landscaping Services",
        country="US",
        home_currency="USD",
        multicurrency=False,
        tax_regime=TaxRegime.US_MANUAL,
        custom_numbers=False,
        allow_discount=True,
        books_closed_on=None,
        default_tax_code="2",
        default_due_days=30,
    )
    return replace(company, **changes)  # type: ignore[arg-type] # named by the caller


CALIFORNIA = TaxCode("2", "California", (TaxRate("California", Decimal(8)),))
TUCSON = TaxCode("3", "Tucson", (TaxRate("AZ State tax", Decimal("7.1")), TaxRate("Tucson City", Decimal(2))))
AMY = Customer(
    id="1", name="Amy's Bird Sanctuary", currency="USD", active=True, balance=usd("776.00"), email="Birds@Intuit.com",
    address="4581 Finch St.\nBayshore, CA 94326",
)  # fmt: skip
ITEMS = {
    "5": Item("5", "Rock Fountain", "Service", active=True, unit_price=Decimal(275), taxable=True),
    "11": Item("11", "Pump", "Service", active=True, unit_price=Decimal(15), taxable=True),
    "7": Item("7", "Installation", "Service", active=True, unit_price=Decimal(50)),
    "12": Item("12", "Sprinkler", "Inventory", active=False, unit_price=Decimal(3), on_hand=Decimal(2)),
    "8": Item("8", "Lighting", "Service", active=True, unit_price=Decimal(30), taxable=True),
}
ACCOUNTS = (Account("79", "Sales of Product Income"), Account("1", "Services"))


def a_line(key: str, text: str, item_id: str | None, quantity: str, price: str, **changes: object) -> DraftLine:
    """Return a row of the form."""
    line = DraftLine(
        key=key, text=text, item_id=item_id, quantity=Decimal(quantity), unit_price=Decimal(price), taxed=True,
        product_id=int(key[1:]), product_name=text,
    )  # fmt: skip
    return replace(line, **changes)  # type: ignore[arg-type] # named by the caller


def a_draft(**changes: object) -> Draft:
    """Return the draft of the sample deal: four products, one of them not linked."""
    draft = Draft(
        deal_id=117,
        customer_id="1",
        create_customer=False,
        to="Amy's Bird Sanctuary",
        address="4581 Finch St.\nBayshore, CA 94326",
        email="Birds@Intuit.com",
        tax_id="",
        currency="USD",
        number="1042",
        issued_on=TODAY,
        due_on=date(2026, 3, 20),
        tax_mode=TaxMode.EXCLUSIVE,
        tax_code="2",
        lines=(
            a_line("k1", "Rock fountain", "5", "1", "275"),
            a_line("k2", "Fountain pump", "11", "2", "15"),
            a_line("k3", "Installation", "7", "8", "50", taxed=False, discount_percent=Decimal(10)),
            a_line("k4", "Garden lights", None, "6", "30"),
        ),
    )
    return replace(draft, **changes)  # type: ignore[arg-type] # named by the caller


def a_form(
    draft: Draft | None = None,
    *,
    company: Company | None = None,
    customer: Customer | None = AMY,
    tax_codes: tuple[TaxCode, ...] = (CALIFORNIA, TUCSON),
    problems: tuple[Finding, ...] = (),
    offer: DealOffer | None = None,
    **known: object,
) -> FormView:
    """Return the form of a draft, checked and added up by the core."""
    draft, company = draft or a_draft(), company or a_company()
    customer = customer if draft.customer_id else None
    used = {line.item_id: ITEMS[line.item_id] for line in draft.lines if line.item_id}
    making = any(line.new_item for line in draft.lines)
    books = Books(
        company=company,
        tax_codes=tax_codes,
        customer=customer,
        items=used,
        linked={(2, None): LinkedItem("11", "Old pump", Decimal(12))},
        income_accounts=ACCOUNTS if making else (),
        usual_account=ACCOUNTS[0] if making else None,
        names_taken={"pump": ITEMS["11"]},
        **known,  # type: ignore[arg-type] # named by the caller
    )
    totals = compute(draft, books)
    offer = offer or DealOffer()
    findings = (*problems, *check(draft, books, totals, today=TODAY), *check_deal(draft, offer, totals))
    lighting = Option("8", "Lighting", "", best=True, money=usd("30"))
    amy = Option(
        "1", "Amy's Bird Sanctuary", "Birds@Intuit.com · 4581 Finch St., Bayshore, CA", best=True, money=usd("776"),
        tags=("tag.same_email", "tag.same_address"),
    )  # fmt: skip
    red = Option("24", "Red Rock Diner", "qbwebsamplecompany@yahoo.com", money=usd("226"), tags=("tag.same_city",))
    mapping = Mapping.default()
    return FormView(
        form_id="f1",
        deal_id=117,
        deal_title="Aviary courtyard and fountain",
        draft=draft,
        company=company,
        customer=customer,
        customer_url="http://127.0.0.1:8101/app/customerdetail?nameId=1" if customer else "",
        items=used,
        tax_codes=tax_codes,
        currencies=("USD", "EUR"),
        origins={target: mapping.of(target) for target in Target},
        field_names={},
        totals=totals,
        findings=findings,
        next_number="1042",
        customer_options=() if customer else (amy, red),
        item_options={line.key: lighting for line in draft.lines if not line.item_id},
        deal_products=7,
        offer=offer,
        income_accounts=books.income_accounts,
        usual_account=books.usual_account.id if books.usual_account else "",
        in_home=in_home(totals.total, draft, company),
        differences=customer_differences(draft, books),
        customer_changed_at=datetime(2026, 3, 10, 9, tzinfo=UTC),
        parent_name=books.parent_name,
        new_name=name_of_new(draft),
        free_name=books.free_name,
    )


def an_offer() -> DealOffer:
    """Return a deal with a recurring row, one switched off, one invoiced before, and three installments."""
    lines = a_draft().lines
    parts = tuple(
        DealRow(
            line=a_line(f"i{n}", f"Part {n} of 3", "5", "1", "300", product_id=None, product_name=""),
            due_on=date(2026, 2 + n, 13),
            sold=Decimal(n == 1),
            numbers=("1040",) if n == 1 else (),
            left=None if n == 1 else Decimal(1),
        )
        for n in (1, 2, 3)
    )
    rows = (
        DealRow(line=lines[0], frequency="monthly", cycles=12, left=Decimal(1)),
        DealRow(line=lines[1], frequency="weekly", left=Decimal(2)),
        DealRow(line=lines[2], sold=Decimal(8), numbers=("1039", "1040"), left=None),
        DealRow(line=lines[3], enabled=False, left=Decimal(6)),
    )
    return DealOffer(rows=(*rows, *parts), discounts=2, discount_percent=Decimal(5), value=Decimal(2145))


def an_update(**changes: object) -> FormView:
    """Return the form of a customer who is to be brought up to date: a new flat, another e-mail, a first tax ID."""
    values: dict[str, object] = {
        "address": "4581 Finch St., Suite 2\nBayshore, CA 94326", "email": "billing@amys.example", "tax_id": "12-3456789",
        "update_customer": True,
    }  # fmt: skip
    draft = replace(linked_draft(), **values | changes)  # type: ignore[arg-type] # named by the caller
    deals = {Detail.ADDRESS: draft.address, Detail.EMAIL: draft.email, Detail.TAX_ID: draft.tax_id}
    looked = {Detail.ADDRESS: AMY.address, Detail.EMAIL: "amy@amys.example", Detail.TAX_ID: ""}
    return a_form(draft, deals=deals, looked=looked)


def linked_draft() -> Draft:
    """Return a draft that nothing stands against."""
    draft = a_draft()
    return replace(draft, lines=(*draft.lines[:3], replace(draft.lines[3], item_id="8")))


TRACKING = Rules(
    class_per_invoice=True,
    class_per_line=True,
    locations=True,
    location_word="Store",
    custom_fields=(CustomField("1", "Crew # "),),
    service_dates=True,
    online_payment=True,
    mail_subject="Invoice from Craig’s Design and Landscaping",
    mail_copies="books@craig.example",
)
"""A company that has switched everything on."""
TERMS = (Term("3", "Net 30", due_days=30), Term("5", "End of month", day_of_month=31))
CLASSES = (Choice("1", "Garden"), Choice("2", "Garden:Ponds", active=False))
STORES = (Choice("1", "Bayshore"),)
TEMPLATES = (
    Template("t1", "Everyday", is_default=True, fills={"memo": "Thank you for your business!", "due_days": "7"}),
    Template("t2", "Projects", fills={"number_pattern": "PRO-001", "term_id": "3", "class_id": "2"}),
)


def detailed_form() -> FormView:
    """Return a form with every detail that a company may have, some of them wrong."""
    details = Details(
        term_id="3", memo="Thank you!", note="Voided order 7", class_id="2", location_id="1",
        custom_fields=(("1", "Crew 4"), ("2", "unknown")), copies="a@b", online_card=True, template_id="t1",
    )  # fmt: skip
    draft = replace(linked_draft(), details=details, send_email=True)
    view = a_form(draft, company=a_company(rules=TRACKING))
    return replace(view, terms=TERMS, classes=CLASSES, locations=STORES, templates=TEMPLATES)


def forms() -> dict[str, FormView]:
    """Return the form in each of its states."""
    zero_vat = TaxCode("10", "Zero", (TaxRate("Zero", Decimal(0)),))
    vat = TaxCode("9", "20.0% S", (TaxRate("20% VAT", Decimal(20)),))
    british = replace(
        a_draft(tax_code=None),
        lines=tuple(replace(line, tax_code="9", item_id=line.item_id or "8") for line in a_draft().lines),
        currency="GBP",
    )
    blank = DraftLine(key="n1", text="", item_id=None, quantity=Decimal(1), unit_price=None)
    told = Finding(
        "deal.invoiced_already", Severity.BLOCKER, "form",
        {"who": "Ola Nowak", "when": "2026-03-13T14:01:00+00:00", "number": "1040", "amount": "194.40 USD", "count": "1"},
        remedy="confirm_second",
    )  # fmt: skip
    unread = Finding("number.format", Severity.BLOCKER, "line.k1.quantity", {"field": "quantity", "value": "abc"})
    many = tuple(
        a_line(f"k{n}", f"A product with a long name of sixty letters, number {n:04d}", "5", "1", "1234567.89")
        for n in range(1, 41)
    )
    return {
        "filled": a_form(),
        "clean": a_form(linked_draft()),
        "unlinked_customer": a_form(a_draft(customer_id=None)),
        "new_customer": a_form(a_draft(customer_id=None, create_customer=True)),
        "update": an_update(),
        "update_equal": a_form(replace(linked_draft(), update_customer=True)),
        "tax_id_hidden": a_form(
            replace(linked_draft(), update_customer=True, tax_id="94-1234567"),
            customer=replace(AMY, tax_id="XXXX34567"),
        ),
        "near": a_form(
            a_draft(customer_id=None, create_customer=True),
            near=NearMatch(TakenKind.CUSTOMER, "24", "Red Rock Diner", 60, ("tag.same_name", "tag.same_email")),
        ),
        "near_vendor": a_form(
            a_draft(customer_id=None, create_customer=True),
            near=NearMatch(TakenKind.VENDOR, "30", "Books by Bessie", 45, ("tag.same_name",)),
        ),
        "name_taken": a_form(
            a_draft(customer_id=None, create_customer=True),
            name_taken_by=TakenKind.CUSTOMER,
            name_taken_id="1",
            free_name="Amy's Bird Sanctuary (C)",
        ),
        "other_currency": a_form(
            replace(linked_draft(), currency="EUR"),
            company=a_company(multicurrency=True),
            free_name="Amy's Bird Sanctuary (EUR)",
        ),
        "inactive": a_form(linked_draft(), customer=replace(AMY, active=False)),
        "activating": replace(a_form(linked_draft(), customer=replace(AMY, active=False)), activating=True),
        "merged": a_form(linked_draft(), customer=None, survivor=Survivor("5", "Dukes Basketball Camp")),
        "job": a_form(linked_draft(), customer=replace(AMY, parent_id="7"), parent_name="Freeman Sporting Goods"),
        "no_rows": a_form(a_draft(lines=())),
        "blank_row": a_form(a_draft(lines=(blank,))),
        "second": a_form(linked_draft(), problems=(told,)),
        "unread": a_form(problems=(unread,)),
        "closed_books": a_form(linked_draft(), company=a_company(books_closed_on=date(2026, 3, 31))),
        "automated_tax": a_form(linked_draft(), company=a_company(tax_regime=TaxRegime.US_AUTOMATED)),
        "no_tax": a_form(linked_draft(), company=a_company(tax_regime=TaxRegime.OFF)),
        "details": detailed_form(),
        "home_currency_only": a_form(a_draft(currency="EUR")),
        "vat": a_form(
            british,
            company=a_company(country="GB", tax_regime=TaxRegime.NON_US, home_currency="GBP"),
            customer=replace(AMY, currency="GBP", balance=Money(Decimal(10), "GBP")),
            tax_codes=(vat, zero_vat),
        ),
        "foreign": a_form(
            a_draft(currency="EUR", rate=Rate(Decimal("1.0834"), "EUR", TODAY), issued_on=TODAY),
            company=a_company(multicurrency=True),
            customer=replace(AMY, currency="EUR", balance=Money(Decimal(0), "EUR")),
        ),
        "foreign_without_rate": a_form(
            a_draft(currency="EUR", rate=Rate(None, "EUR", TODAY), issued_on=TODAY),
            company=a_company(multicurrency=True),
            customer=replace(AMY, currency="EUR", balance=Money(Decimal(0), "EUR")),
        ),
        "deal_changed": replace(
            a_form(a_draft()),
            findings=(Finding("deal.changed", Severity.BLOCKER, "form", {"count": "4"}, remedy="take_deal"),),
            deal_changes=(
                DealChange(DealPart.CONTACT),
                DealChange(DealPart.VALUE, was="885.00 USD", now="1160.00 USD"),
                DealChange(DealPart.ADDED, name="Garden lights", after=_figures("4", "22.50")),
                DealChange(DealPart.REMOVED, name="Fountain pump", before=_figures("1", "15")),
                DealChange(
                    DealPart.CHANGED, name="Rock fountain", before=_figures("1", "275"), after=_figures("2", "275")
                ),
            ),
        ),
        "new_items": a_form(
            a_draft(
                lines=(
                    a_line("k1", "Rock fountain", None, "1", "275", new_item="Rock fountain"),
                    a_line("k2", "Fountain pump", "11", "2", "20"),
                    a_line("k3", "Pumps", None, "1", "15", new_item="Pump"),
                    a_line("k4", "Sprinkler", "12", "6", "3"),
                    a_line("k5", "Sprinkler", "12", "6", "3", activate=True),
                    a_line("k6", "x", None, "6", "3", new_item="A:" + "b" * 120, account_id="gone"),
                )
            )
        ),
        "deal_rows": a_form(
            a_draft(lines=a_draft().lines[:2], discount_amount=Decimal(20), discount_percent=Decimal(0)),
            offer=an_offer(),
        ),
        "many": a_form(a_draft(lines=many)),
    }


def _figures(quantity: str, price: str) -> RowFigures:
    return RowFigures(Decimal(quantity), Decimal(price), Decimal(0), True, Decimal(0), True)


def an_operation(**changes: object) -> OperationView:
    """Return a new invoice that is in QuickBooks."""
    at = datetime(2026, 3, 13, 14, 5, 11, tzinfo=UTC)
    view = OperationView(
        id="op1",
        kind="invoice.create",
        state="done",
        final=True,
        deal_id=117,
        number="1042",
        customer_name="Amy's Bird Sanctuary",
        total=usd("883.80"),
        theirs=usd("883.80"),
        variance=None,
        tax_by_quickbooks=False,
        net=usd("845.00"),
        tax=usd("38.80"),
        steps=(Step("done.step1", at), Step("done.step2", at), Step("done.step3", at)),
        lines=(("Rock Fountain", "1", "275", usd("275.00")), ("Installation", "8", "50", usd("360.00"))),
        items=2,
        invoice=an_invoice("1042", "883.80", "883.80", date(2026, 3, 20)),
        fault=None,
        sentence="",
        created_at=at,
        by="Ola Nowak",
        next_try=None,
        form_id="f1",
        due_on=date(2026, 3, 20),
    )
    return replace(view, **changes)  # type: ignore[arg-type] # named by the caller


def operations() -> dict[str, OperationView]:
    """Return an operation in each of its states."""
    waiting: dict[str, object] = {
        "final": False, "theirs": None, "invoice": None,
        "steps": (Step("done.step1", NOW), Step("done.step2", None), Step("done.step3", None)),
    }  # fmt: skip
    taken = Finding(
        "number.duplicate", Severity.BLOCKER, "form",
        {"kind": "invoice", "number": "1042", "name": "Red Rock Diner", "next": "1043"},
    )  # fmt: skip
    soon = datetime(2026, 3, 13, 14, 6, 8, tzinfo=UTC)
    return {
        "done": an_operation(),
        "differs": an_operation(
            state="differs", theirs=usd("883.81"), variance=Variance(usd("0"), usd("0.01"), Reason.ROUNDING)
        ),
        "net_differs": an_operation(
            state="needs_attention",
            theirs=usd("893.80"),
            variance=Variance(usd("10"), usd("0"), Reason.NET),
            fault=Finding("total.variance", Severity.BLOCKER, "form", {"theirs": "855.00 USD", "ours": "845.00 USD"}),
        ),
        "untaxed": an_operation(
            state="needs_attention", theirs=usd("845"), variance=Variance(usd("0"), usd("-38.80"), Reason.NOT_TAXED)
        ),
        "updated": an_operation(
            customer_write=CustomerWritten(settled=True, written=("address",), left=(("email", "changed"),), fault=None)
        ),
        "not_updated": an_operation(
            tax_id_printed=True,
            customer_write=CustomerWritten(
                settled=True,
                written=(),
                left=(("tax_id", "no_place"),),
                fault=Finding("connection.expired", Severity.BLOCKER, "form"),
            ),
        ),
        "updating": an_operation(
            state="answered", final=False, customer_write=CustomerWritten(False, written=(), left=(), fault=None)
        ),
        "tax_added": an_operation(theirs=usd("890"), tax=usd("0"), total=usd("845"), tax_by_quickbooks=True),
        "accepted": an_operation(state="accepted", **waiting),
        "sending": an_operation(state="sending", number="", **waiting),
        "unknown": an_operation(state="unknown", next_try=soon, **waiting),
        "refused": an_operation(
            state="refused", fault=taken, sentence="Duplicate Document Number", **waiting | {"final": True}
        ),
        "attention": an_operation(state="needs_attention", **waiting | {"final": True}),
    }


def guided_views() -> dict[str, GuidedView]:
    """Return a partly paid invoice that is to be voided, and the other cases of it."""
    invoice = an_invoice("1039", "642.60", "342.60", date(2026, 3, 20))
    applied = Applied("2064", "2064", date(2026, 3, 5), "Check", usd("300"), usd("300"))
    view = GuidedView(
        invoice=invoice,
        action=Action.VOID,
        payments=(GuidedPayment(applied, "http://127.0.0.1:8101/app/recvpayment?txnId=2064"),),
        paid=usd("300"),
        move=False,
        shares=(("1040", usd("194.40")), ("1021", usd("105.60"))),
        freed=usd("300"),
        owes_now=usd("776"),
        owes_after=usd("433.40"),
        on_deal_now=usd("1404"),
        on_deal_after=usd("761.40"),
    )
    mixed = GuidedPayment(replace(applied, with_credit=True), "http://127.0.0.1:8101/app/recvpayment?txnId=2064")
    return {
        "void": view,
        "delete": replace(view, action=Action.DELETE),
        "moved": replace(view, move=True, freed=usd("0"), owes_after=usd("133.40")),
        "by_hand": replace(view, payments=(mixed,)),
        "nothing": replace(view, payments=(), paid=usd("0"), freed=usd("0"), shares=()),
    }


def an_all(**changes: object) -> AllView:
    """Return every invoice of the customer."""
    rows = (*invoices(), an_invoice("1025", "205.00", "0", date(2026, 1, 31), paid_on=date(2026, 1, 30), deal_id=None))
    view = AllView(
        deal_id=117,
        customer_name="Amy's Bird Sanctuary",
        customer_url="http://127.0.0.1:8101/app/customerdetail?nameId=1",
        period="quarter",
        first=date(2026, 1, 1),
        last=date(2026, 3, 31),
        flag="",
        find="",
        sort="issued",
        descending=True,
        after="",
        next="",
        rows=rows,
        counts={"open": 1, "partially_paid": 1, "overdue": 1, "paid": 2, "voided": 1, "deleted": 1},
        ledgers=a_panel().ledgers,
        imported=True,
        as_of=AS_OF,
        today=TODAY,
    )
    return replace(view, **changes)  # type: ignore[arg-type] # named by the caller
