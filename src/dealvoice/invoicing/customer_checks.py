"""Checks of a draft's customer: linked and usable, or new and nobody's double; and what is to be written to him."""

from collections.abc import Iterator

from dealvoice.invoicing.books import Books, Customer, NearMatch, TakenKind
from dealvoice.invoicing.currencies import EXPONENTS
from dealvoice.invoicing.customer_diff import Detail, Details, Difference, compare
from dealvoice.invoicing.draft import Draft, name_of_new
from dealvoice.invoicing.finding import Finding, Severity
from dealvoice.invoicing.tax_ids import TaxIdPlace, place_of, visible_end

__all__ = ["check_customer", "customer_details", "customer_differences"]

_LIKELY = 55
"""A near match from here on must be denied before another customer is made (see ``matching``)."""


def check_customer(draft: Draft, books: Books) -> Iterator[Finding]:
    """Return what stands against the draft's customer, or should be known of him."""
    customer = books.customer
    if draft.customer_id is None:
        if draft.create_customer:
            yield from _new(draft, books)
        else:
            yield Finding("customer.missing", Severity.BLOCKER, "customer", remedy="choose_customer")
    elif customer is None:
        yield _gone(draft.customer_id, books)
    else:
        yield from _linked(draft, customer, books)
        yield from _update(draft, customer, books)


def customer_details(customer: Customer) -> Details:
    """Return a customer's details as QuickBooks has them."""
    return {Detail.ADDRESS: customer.address, Detail.EMAIL: customer.email, Detail.TAX_ID: customer.tax_id}


def customer_differences(draft: Draft, books: Books) -> tuple[Difference, ...]:
    """Return how the linked customer's details compare with the draft's; nothing unless he is to be brought up to date."""
    if books.customer is None or not draft.update_customer:
        return ()
    kept = place_of(draft.tax_id, books.company.country) is not TaxIdPlace.INVOICE
    tax_id = draft.tax_id if kept else ""
    return compare(
        customer_details(books.customer),
        {Detail.ADDRESS: draft.address, Detail.EMAIL: draft.email, Detail.TAX_ID: tax_id},
        deals=books.deals,
        looked=books.looked,
        ticks=draft.update_ticks,
        country=books.company.country,
    )


def _gone(customer_id: str, books: Books) -> Finding:
    survivor = books.survivor
    return Finding(
        "customer.gone",
        Severity.BLOCKER,
        "customer",
        {"id": customer_id, "survivor": "" if survivor is None else survivor.name},
        remedy="choose_customer" if survivor is None else "link_survivor",
        remedy_value="" if survivor is None else survivor.id,
    )


def _linked(draft: Draft, customer: Customer, books: Books) -> Iterator[Finding]:
    if not customer.active:
        yield Finding(
            "customer.inactive",
            Severity.BLOCKER,
            "customer",
            {"name": customer.name},
            remedy="activate_customer",
            remedy_value=customer.id,
        )
    # Without multicurrency every customer has the home currency, and currency.multicurrency_off says it all.
    known = draft.currency in EXPONENTS
    if books.company.multicurrency and known and customer.currency != draft.currency:
        yield Finding(
            "customer.currency_mismatch",
            Severity.BLOCKER,
            "currency",
            {"a": draft.currency, "b": customer.currency, "customer": customer.name},
            remedy="use_currency",
            remedy_value=customer.currency,
        )
    if customer.parent_id is not None:
        params = {"customer": customer.name, "parent": books.parent_name}
        yield Finding("customer.is_sub", Severity.INFO, "customer", params)


def _update(draft: Draft, customer: Customer, books: Books) -> Iterator[Finding]:
    differences = customer_differences(draft, books)
    changed = [one.detail.value for one in differences if one.differs and one.changed_there]
    if changed:
        params = {"customer": customer.name, "fields": ",".join(changed)}
        yield Finding(
            "customer.changed_meanwhile", Severity.WARNING, "update", params, remedy="show_difference",
            remedy_value=changed[0],
        )  # fmt: skip
    if any(one.hidden and not one.write for one in differences):
        params = {"end": visible_end(customer.tax_id)}
        yield Finding(
            "customer.tax_id_hidden", Severity.INFO, "update", params, remedy="write_detail",
            remedy_value=Detail.TAX_ID.value,
        )  # fmt: skip


def _new(draft: Draft, books: Books) -> Iterator[Finding]:
    name = name_of_new(draft)
    if not name:
        yield Finding("customer.name_missing", Severity.BLOCKER, "to")
        return
    if books.name_taken_by is not None:
        proposal = books.free_name or _other_name(name, draft, books)
        customer, namesake = books.name_taken_by is TakenKind.CUSTOMER, books.name_taken_id
        yield Finding(
            "customer.name_taken",
            Severity.BLOCKER,
            "to",
            {"name": name, "kind": books.name_taken_by.value, "proposal": proposal},
            remedy=("link_namesake" if namesake else "choose_customer") if customer else "use_name",
            remedy_value=namesake if customer else proposal,
        )
    if books.near is not None:
        yield _near(books.near)


def _near(near: NearMatch) -> Finding:
    customer = near.kind is TakenKind.CUSTOMER
    return Finding(
        "customer.near_duplicate",
        Severity.BLOCKER if customer and near.score >= _LIKELY else Severity.WARNING,
        "customer",
        {"candidate": near.name, "kind": near.kind.value, "reasons": ",".join(near.reasons)},
        remedy="link_near" if customer else "other_customer",
        remedy_value=near.id if customer else near.key,
    )


def _other_name(name: str, draft: Draft, books: Books) -> str:
    foreign = draft.currency in EXPONENTS and draft.currency != books.company.home_currency
    return f"{name} ({draft.currency})" if foreign else f"{name} (C)"
