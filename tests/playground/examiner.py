"""
Asks both readings about one draft: our preflight from the store, and QuickBooks by sending it.

Nothing of the product is replaced: the draft is frozen and translated as Create does it, and sent by the product's client.
"""

import itertools
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from dealvoice.connections.secrets import new_id
from dealvoice.invoicing.books import Books, TaxRegime
from dealvoice.invoicing.draft import Draft, DraftLine, Rate, TaxMode
from dealvoice.invoicing.finding import Finding
from dealvoice.invoicing.preflight import check
from dealvoice.invoicing.tax import Totals, compute
from dealvoice.quickbooks import customers, invoices
from dealvoice.quickbooks import models as qb
from dealvoice.quickbooks.errors import QuickBooksError
from dealvoice.storage.forms import FormRow
from dealvoice.storage.operations import Operation
from dealvoice.storage.unit_of_work import Store
from dealvoice.workflows.invoice.books import load_books
from dealvoice.workflows.invoice.issue import _body
from dealvoice.workflows.invoice.refusal import named
from dealvoice.workflows.operations import Fault
from dealvoice.workflows.sync.record import record_invoices
from dealvoice.workflows.translate.books import customer_row
from dealvoice.workflows.translate.sending import customer_to_send, invoice_to_send
from playground.house import House


@dataclass
class Verdict:
    """What the two readings say of one draft."""

    findings: list[Finding]
    totals: Totals
    """What the form promised."""
    refusal: str
    """Our code of QuickBooks' refusal; empty when it accepted."""
    sentence: str = ""
    made: qb.Invoice | None = None

    @property
    def blockers(self) -> set[str]:
        return {finding.code for finding in self.findings if finding.severity.value == "blocker"}


@dataclass
class Examiner:
    """One connected house to ask; its mirror follows what is sent."""

    house: House
    counter: Any = field(default_factory=lambda: itertools.count(1))

    def __post_init__(self) -> None:
        with self.house.app.database.read(self.house.who.tenant_id) as store:
            connection = store.connections.current()
            assert connection is not None
            self.connection = connection
            self.company = connection.company()
            self.customers = store.customers.all(connection.id)
            self.items = store.items.all_sold(connection.id)
            self.codes = store.items.tax_codes(connection.id)
        self.today = self.house.app.today(self.connection, "UTC")

    # What may be put into a draft.

    def customer(self, currency: str = "", *, active: bool = True) -> str:
        wanted = currency or self.company.home_currency
        return next(one.id for one in self.customers if one.currency == wanted and one.active is active)

    def item(self, kind: str = "Service", *, active: bool = True) -> str:
        found = (one.id for one in self.items if one.kind == kind and one.active is active)
        return next(found)

    def code(self) -> str | None:
        """Return a tax code that fits a line (outside the US) or an invoice (US manual)."""
        usable = [code for code in self.codes if code.active and code.rates]
        return usable[0].id if usable else None

    def draft(self, **changes: Any) -> Draft:
        """Return a draft that nothing stands against."""
        regime = self.company.tax_regime
        outside = regime is TaxRegime.NON_US
        line = DraftLine(
            key="a",
            text="Work",
            item_id=self.item(),
            quantity=Decimal(2),
            unit_price=Decimal("75.50"),
            taxed=regime in (TaxRegime.US_MANUAL, TaxRegime.US_AUTOMATED),
            tax_code=self.code() if outside else None,
        )
        plain = Draft(
            deal_id=900_000 + next(self.counter),
            customer_id=self.customer(),
            create_customer=False,
            to="Amy's Bird Sanctuary",
            address="4581 Finch St.\nBayshore, CA 94326",
            email="birds@example.com",
            tax_id="",
            currency=self.company.home_currency,
            number=f"P-{next(self.counter)}" if self.company.custom_numbers else "",
            issued_on=self.today,
            due_on=self.today + timedelta(days=7),
            tax_mode=TaxMode.EXCLUSIVE,
            tax_code=self.code() if regime is TaxRegime.US_MANUAL else None,
            lines=(line, replace(line, key="b", text="More work", quantity=Decimal(1), unit_price=Decimal("19.99"))),
        )
        return replace(plain, **changes)

    def rate(self, currency: str, on: date | None = None) -> Rate:
        return Rate(Decimal("1.25"), currency, on or self.today)

    # The two readings.

    def examine(self, draft: Draft) -> Verdict:
        """Ask preflight from the store alone, then send the draft whatever it said; the mirror learns what was made."""
        with self.house.app.database.read(self.house.who.tenant_id) as store:
            books = self._books(store, draft)
        totals = compute(draft, books)
        findings = check(draft, books, totals, today=self.today)
        client = self.house.app.quickbooks(self.house.who.tenant_id, self.connection.id, self.connection.realm_id)
        body = _body(draft, books, totals, "Discount")
        customer_id = draft.customer_id or ""
        try:
            if draft.create_customer:
                customer_id = self._customer(client, body)
            name = books.customer.name if books.customer else draft.to
            wanted = invoice_to_send(body, customer_id=customer_id, customer_name=name, marker="ref TEST00")
            made = invoices.create(client, wanted, request_id=new_id())
        except QuickBooksError as error:
            return Verdict(findings, totals, self._named(draft, body, error), f"{error.vendor_code} {error.detail}")
        with self.house.app.database.write(self.house.who.tenant_id) as store:
            kept = store.connections.get(self.connection.id)
            assert kept is not None
            record_invoices(self.house.app, store, kept, [made])
        return Verdict(findings, totals, "", made=made)

    def _customer(self, client: Any, body: dict[str, Any]) -> str:
        made = customers.create(client, customer_to_send(body), request_id=new_id())
        with self.house.app.database.write(self.house.who.tenant_id) as store:
            row = customer_row(self.connection.id, made, home_currency=self.connection.home_currency)
            store.customers.put([row])
        return made.id

    def _named(self, draft: Draft, body: dict[str, Any], error: QuickBooksError) -> str:
        """Return the code of a refusal as an operation would keep it."""
        operation = Operation(body=body, customer_id=draft.customer_id, number=draft.number)
        with self.house.app.database.read(self.house.who.tenant_id) as store:
            connection = store.connections.get(self.connection.id)
            assert connection is not None
            return named(store, connection, operation, Fault(error.code, {})).code

    def _books(self, store: Store, draft: Draft) -> Books:
        connection = store.connections.get(self.connection.id)
        assert connection is not None
        form = FormRow(context={"filled": {}, "looked": {}, "contact": None})
        return load_books(store, connection, draft, form)
