"""Looks over a draft on every change: the core's totals and findings, from the store alone."""

from collections.abc import Sequence
from typing import Any

from dealvoice.connections.who import Who
from dealvoice.invoicing.books import Books, Customer, Item
from dealvoice.invoicing.customer_checks import customer_differences
from dealvoice.invoicing.deal import FieldRef, Owner
from dealvoice.invoicing.deal_changes import DealChange, differences
from dealvoice.invoicing.deal_checks import check_deal
from dealvoice.invoicing.draft import Draft, DraftLine, name_of_new
from dealvoice.invoicing.exchange import in_home, with_rate
from dealvoice.invoicing.mapping import Target
from dealvoice.invoicing.matching import Candidate, Wanted, rank_customers, rank_items
from dealvoice.invoicing.money import Money
from dealvoice.invoicing.number_checks import with_number
from dealvoice.invoicing.preflight import Finding, Severity, check
from dealvoice.invoicing.tax import compute
from dealvoice.invoicing.tax_ids import TaxIdPlace, place_of
from dealvoice.quickbooks import links
from dealvoice.storage.connections import Connection
from dealvoice.storage.forms import FormRow
from dealvoice.storage.operations import Operation, State
from dealvoice.storage.unit_of_work import Store
from dealvoice.workflows.access import require_connection, require_deal
from dealvoice.workflows.app import App
from dealvoice.workflows.errors import NotFound
from dealvoice.workflows.invoice.books import load_books, others_of
from dealvoice.workflows.invoice.rows import fault_of
from dealvoice.workflows.invoice.views import FormView, Option
from dealvoice.workflows.operations import ACTIVATE_CUSTOMER
from dealvoice.workflows.translate.deals import read_offer, read_snapshot

_SHOWN = 3
_ORDER = {Severity.BLOCKER: 0, Severity.WARNING: 1, Severity.INFO: 2}


def review(app: App, who: Who, *, form_id: str, deal_id: int, draft: Draft, problems: Sequence[Finding]) -> FormView:
    """
    Return the form as it stands now; no vendor is asked.

    Args:
        app: The product.
        who: The user.
        form_id: The open form.
        deal_id: The deal it was opened for.
        draft: What the form says.
        problems: What could not be read of it.

    Raises:
        NotFound: No such form of this user.
    """
    require_deal(app, who, deal_id)
    with app.database.write(who.tenant_id) as store:
        connection = require_connection(store, who)
        form = require_form(store, who, form_id, deal_id)
        return form_view(app, store, connection, form, draft, problems=problems, who=who)


def require_form(store: Store, who: Who, form_id: str, deal_id: int) -> FormRow:
    """
    Return an open form.

    Raises:
        NotFound: It was opened by somebody else, for another deal, or never.
    """
    form = store.forms.get(form_id)
    if form is None or form.installation_id != who.installation_id or form.deal_id != deal_id:
        raise NotFound
    return form


def form_view(
    app: App,
    store: Store,
    connection: Connection,
    form: FormRow,
    draft: Draft,
    *,
    problems: Sequence[Finding],
    who: Who,
) -> FormView:
    """Return the form of a draft, and remember which other invoices of the deal it told of."""
    books = load_books(store, connection, draft, form)
    typed, draft = draft, with_number(with_rate(draft, books), books)
    totals = compute(draft, books)
    others = others_of(store, form.deal_id)
    today = app.today(connection, who.time_zone)
    changes = _changes(form.context)
    offer = read_offer(form.context.get("offer"))
    activation = _activation(store, connection, books.customer)
    found = [
        *problems,
        *_not_activated(activation, form),
        *([_changed(len(changes))] if changes else []),
        *check(draft, books, totals, today=today, other_invoices=[other for _, other in others]),
        *check_deal(draft, offer, totals),
    ]
    findings = sorted(_once(found), key=lambda finding: _ORDER[finding.severity])  # problems stand before the checks
    # What was told can be confirmed; an invoice that came after this moment cannot (see ``issue``).
    form.context = {**form.context, "shown": [known for known, _ in others]}
    customer = books.customer
    return FormView(
        form_id=form.id,
        deal_id=form.deal_id,
        deal_title=str(form.context["title"]),
        draft=draft,
        company=books.company,
        customer=customer,
        customer_url=links.customer_url(app.quickbooks_app_url, connection.realm_id, customer.id) if customer else "",
        items=books.items,
        tax_codes=books.tax_codes,
        currencies=_currencies(books, form.context),
        origins=_origins(form.context),
        field_names=_names(form.context),
        totals=totals,
        findings=tuple(findings),
        next_number=books.next_number,
        customer_options=() if customer else customer_options(store, connection, draft, form.context),
        item_options=_item_options(store, connection, draft, form.context),
        deal_products=int(form.context["products"]),
        offer=offer,
        income_accounts=books.income_accounts,
        usual_account=books.usual_account.id if books.usual_account else "",
        in_home=in_home(totals.total, draft, books.company) if draft.rate else None,
        rate_renewed=draft.rate != typed.rate,
        number_renewed=draft.number != typed.number,
        terms=books.terms,
        classes=books.classes,
        locations=books.locations,
        templates=tuple(store.templates.all()),
        importing=connection.imported_at is None,
        deal_changes=tuple(changes),
        differences=customer_differences(draft, books),
        customer_changed_at=store.customers.updated_at(connection.id, customer.id) if customer else None,
        parent_name=books.parent_name,
        new_name=name_of_new(draft),
        free_name=books.free_name,
        activating=activation is not None and not activation.is_final,
        tax_id_kept=place_of(draft.tax_id, connection.country) is not TaxIdPlace.INVOICE,
    )


def _activation(store: Store, connection: Connection, customer: Customer | None) -> Operation | None:
    """Return the newest try to make the linked customer active, while he is not."""
    if customer is None or customer.active:
        return None
    return store.operations.latest_of_customer(ACTIVATE_CUSTOMER, connection.id, customer.id)


def _not_activated(activation: Operation | None, form: FormRow) -> list[Finding]:
    """Tell why a customer could not be made active, in the form in which it was asked for."""
    refused = activation is not None and State(activation.state) in (State.REFUSED, State.NEEDS_ATTENTION)
    if activation is None or not refused or activation.created_at < form.opened_at:
        return []
    fault = fault_of(activation.fault)
    return [] if fault is None else [Finding(fault.code, Severity.WARNING, "customer", fault.params)]


def _changes(context: dict[str, Any]) -> list[DealChange]:
    now = context.get("deal_now")
    return differences(read_snapshot(context["deal"]), read_snapshot(now)) if now else []


def _changed(count: int) -> Finding:
    return Finding("deal.changed", Severity.BLOCKER, "form", {"count": str(count)}, remedy="take_deal")


def _once(findings: Sequence[Finding]) -> list[Finding]:
    # A field that could not be read is told once, not again as missing.
    unread = {finding.field for finding in findings if finding.code == "number.format"}
    kept: list[Finding] = []
    seen: set[tuple[str, str]] = set()
    for finding in findings:
        echo = finding.field in unread and finding.code != "number.format"
        if echo or (finding.code, finding.field) in seen:
            continue
        seen.add((finding.code, finding.field))
        kept.append(finding)
    return kept


def _currencies(books: Books, context: dict[str, Any]) -> tuple[str, ...]:
    company = books.company
    wanted = [books.customer.currency if books.customer else "", company.home_currency]
    if company.multicurrency:
        wanted += [str(context["currency"])]
        wanted += [] if books.customer else sorted(company.currencies or ())
    return tuple(dict.fromkeys(code for code in wanted if code))


def _origins(context: dict[str, Any]) -> dict[Target, FieldRef | None]:
    return {Target(name): FieldRef(Owner(ref[0]), ref[1]) if ref else None for name, ref in context["origins"].items()}


def _names(context: dict[str, Any]) -> dict[FieldRef, str]:
    found: dict[FieldRef, str] = {}
    for text, name in context["names"].items():
        owner, _, key = text.partition(":")
        found[FieldRef(Owner(owner), key)] = name
    return found


def customer_options(store: Store, connection: Connection, draft: Draft, context: dict[str, Any]) -> tuple[Option, ...]:
    """Return the customers that are most like the draft's, the best first."""
    contact = context["contact"]
    wanted = Wanted(
        name=draft.to or (contact[2] if contact else ""),
        email=draft.email,
        tax_id=draft.tax_id,
        address=draft.address,
        currency=draft.currency,
    )
    customers = store.customers.all(connection.id)
    by_id = {customer.id: customer for customer in customers}
    ranked = rank_customers(wanted, customers)[:_SHOWN]
    return tuple(customer_option(by_id[candidate.id], candidate) for candidate in ranked)


def customer_option(customer: Customer, candidate: Candidate | None) -> Option:
    """Return a customer to choose, with what speaks for him."""
    place = ", ".join(customer.address.split("\n")[:2])
    detail = " · ".join(part for part in (customer.email, place, customer.currency) if part)
    inactive = () if customer.active else ("tag.inactive",)
    if candidate is None:
        return Option(customer.id, customer.name, detail, tags=inactive, money=customer.balance)
    reasons = tuple(reason for reason in candidate.reasons if reason != "tag.best_match")
    same_name = ("tag.same_name",) if candidate.same_name else ()
    return Option(
        id=customer.id,
        name=customer.name,
        detail=detail,
        tags=reasons + same_name + inactive,
        name_differs=candidate.name_differs,
        best=candidate.preselect,
        money=customer.balance,
    )


def _lacks_item(line: DraftLine) -> bool:
    return line.item_id is None and not line.new_item and bool(line.product_name or line.text)


def _item_options(store: Store, connection: Connection, draft: Draft, context: dict[str, Any]) -> dict[str, Option]:
    unlinked = [line for line in draft.lines if _lacks_item(line)]
    if not unlinked:
        return {}
    items = store.items.all_sold(connection.id)
    by_id = {item.id: item for item in items}
    found: dict[str, Option] = {}
    for line in unlinked[:50]:
        code = context["codes"].get(str(line.product_id)) if line.product_id else None
        price = line.unit_price if draft.currency == connection.home_currency else None
        ranked = rank_items(line.product_name or line.text, code, price, items)
        if ranked:
            found[line.key] = item_option(by_id[ranked[0].id], connection.home_currency, best=ranked[0].preselect)
    return found


def item_option(item: Item, currency: str, *, best: bool = False) -> Option:
    """Return an item to choose."""
    price = Money(item.unit_price, currency) if item.unit_price is not None and len(currency) == 3 else None
    return Option(id=item.id, name=item.name, detail=item.sku or item.description, best=best, money=price)
