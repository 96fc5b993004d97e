"""
What is killed for real: each write path, what is prepared for it, who does what, and what must hold in spite of the kill.

One table for SQLite, where the same process begins again, and PostgreSQL, where the others go on. A check asks what was
written down before the kill: that must have come to its end once, and nothing else may have happened.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import pairwise
from typing import Any, NamedTuple

from dealvoice.connections.who import Who
from dealvoice.invoicing.actions import Action
from dealvoice.invoicing.deal_fields import FieldKind
from dealvoice.invoicing.mapping import Mapping
from dealvoice.quickbooks import company
from dealvoice.storage.operations import Operation, State
from dealvoice.workflows.app import App
from dealvoice.workflows.customer.activate import activate
from dealvoice.workflows.invoice import act
from dealvoice.workflows.invoice.issue import Accepted, issue
from dealvoice.workflows.invoice.prefill import open_form
from dealvoice.workflows.operations import ACTIVATE_CUSTOMER, CREATE, DELETE, IMPORT, SEND, VOID
from dealvoice.workflows.setup import configure
from dealvoice.workflows.setup.views import Visibility
from dealvoice.workflows.sync.lists import import_again
from playground.accountant import Accountant
from playground.bookkeeper import linked_by, resting_customer, use_credit
from playground.drafts import linked
from playground.house import AVIARY, REALM, House
from playground.invariants import kept
from playground.invoice_paths import consent_to
from playground.looking import connection_of, first_user, wait_until
from playground.sweeping import catch_up_all
from playground.truth import check_creation

Arm = Callable[[], None]
"""Called when the write path begins: what comes before is not counted."""


class Subject(NamedTuple):
    """What one act is about; it goes to another process by value."""

    deal: int = AVIARY
    about: str = ""
    """An id or a word, as the path needs it."""


@dataclass(frozen=True)
class Killed:
    """One write path."""

    act: Callable[[App, Who, Subject, Arm], None]
    prepare: Callable[[House, int], str]
    """Gives what the act is about; nothing else of the product may be at work on it."""
    check: Callable[[House, Subject], None]
    fewest: int
    """Fewer points mean that the wrappers miss something."""
    kept: bool = True
    """An operation keeps it. What none keeps is done again, as by its user or the timetable."""


# The acts.


def _create(app: App, who: Who, subject: Subject, arm: Arm, **changes: Any) -> None:
    view = open_form(app, who, subject.deal)
    draft = replace(linked(view, second=True, send_email=True), **changes)
    arm()
    answer = issue(app, who, form_id=view.form_id, deal_id=subject.deal, draft=draft, problems=())
    assert isinstance(answer, Accepted), answer


def _update_customer(app: App, who: Who, subject: Subject, arm: Arm) -> None:
    _create(app, who, subject, arm, update_customer=True, email=subject.about)


def _void(app: App, who: Who, subject: Subject, arm: Arm) -> None:
    arm()
    act.void(app, who, subject.about)


def _delete(app: App, who: Who, subject: Subject, arm: Arm) -> None:
    arm()
    act.delete(app, who, subject.about)


def _send(app: App, who: Who, subject: Subject, arm: Arm) -> None:
    arm()
    act.send(app, who, subject.about)


def _guided_void(app: App, who: Who, subject: Subject, arm: Arm) -> None:
    arm()
    consent_to(app, who, subject.about, Action.VOID)


def _activate_customer(app: App, who: Who, subject: Subject, arm: Arm) -> None:
    arm()
    activate(app, who, subject.deal, subject.about)


def _read_books(app: App, who: Who, _subject: Subject, arm: Arm) -> None:
    connection = connection_of(app, who)
    arm()
    import_again(app, who.tenant_id, connection.id)


def _write_back(app: App, _who: Who, _subject: Subject, arm: Arm) -> None:
    arm()
    catch_up_all(app)


def _refresh_tokens(app: App, who: Who, _subject: Subject, arm: Arm) -> None:
    """Renew both vendors' tokens and use one."""
    connection = connection_of(app, who)
    for row, tokens in ((connection.id, app.quickbooks_tokens), (who.installation_id, app.pipedrive_tokens)):
        with app.database.write(who.tenant_id) as store:
            held = store.connections.get(row) or store.installations.get(row)
            assert held is not None
            held.access_until = app.now() - timedelta(minutes=1)
        if row == connection.id:
            arm()
        tokens.access(who.tenant_id, row)
    company.info(app.quickbooks(who.tenant_id, connection.id, connection.realm_id))


# What they need.


def set_up(house: House) -> None:
    """Have fields kept on deals, and no limits in the way: what every path needs, once; installed and connected it is."""
    house.who = first_user(house.app)
    house.quickbooks("POST", "/_sandbox/switches", json={"sandbox_mail_limit": False})
    for vendor in (house.sandbox.quickbooks, house.sandbox.pipedrive):
        vendor.deliveries.control({"hold": True})  # nobody listens
    configure.save(
        house.app, house.who, mapping=Mapping.default(), visibility=Visibility.INSTALLER, show_amounts=True,
        deal_fields={FieldKind.STATUS, FieldKind.LEFT},
    )  # fmt: skip
    house.settle(2)


def another_deal(house: House) -> int:
    """Make a deal like the first: paths that are stopped at once do not wait for each other's."""
    seen = _crm(house, "GET", f"/api/v2/deals/{AVIARY}")
    body = {name: seen[name] for name in ("org_id", "person_id", "currency", "pipeline_id", "stage_id")}
    made: int = _crm(house, "POST", "/api/v2/deals", title="Another aviary", **body)["id"]
    for row in _crm(house, "GET", f"/api/v2/deals/{AVIARY}/products"):
        line = {name: row[name] for name in ("product_id", "quantity", "item_price")}
        _crm(house, "POST", f"/api/v2/deals/{made}/products", **line)
    return made


def _crm(house: House, method: str, path: str, **body: Any) -> Any:
    answer = house.vendor.request(
        method, f"{house.sandbox.pipedrive_url}{path}", json=body or None, headers={"x-api-token": "api-101"}
    )
    assert answer.status_code < 300, answer.text
    return answer.json()["data"]


def _so_far(house: House, deal: int) -> str:
    return str(len(_creations(house, deal)))


def _an_address(_house: House, _deal: int) -> str:
    return f"billing{os.urandom(4).hex()}@amys.example"


def _an_invoice(house: House, deal: int) -> str:
    """Make an invoice in QuickBooks and link it; returns our id of it."""
    accountant = Accountant(house)
    made = accountant.invoice("120")
    accountant.edit(made, BillEmail={"Address": "birds@intuit.example"})
    return _linked(house, made, deal)


def _a_paid_invoice(house: House, deal: int) -> str:
    """The same of a new customer, with a payment of money and one that only applies a credit."""
    customer = house.post_books("customer", {"DisplayName": f"Payer {os.urandom(4).hex()}"})["Customer"]["Id"]
    accountant = Accountant(house, customer=customer)
    made = accountant.invoice("120")
    accountant.pay(made, "40")
    use_credit(house, customer, made, amount=10)
    return _linked(house, made, deal)


def _a_payment(house: House, deal: int) -> str:
    """Pay a little of an invoice, without a word to us."""
    invoice_id = _an_invoice(house, deal)
    Accountant(house).pay(_row(house, invoice_id).quickbooks_id, "1")
    return invoice_id


def _a_resting_customer(house: House, _deal: int) -> str:
    made = resting_customer(house, f"Resting {os.urandom(4).hex()}")
    connection = connection_of(house.app, house.who)

    def known() -> bool:
        with house.app.database.read(house.who.tenant_id) as store:
            return store.customers.get(connection.id, made) is not None

    _hear(house, known)
    return made


def _imports(house: House, _deal: int) -> str:
    return str(len(_operations(house, IMPORT)))


def _nothing(_house: House, _deal: int) -> str:
    return ""


def _linked(house: House, made: str, deal: int) -> str:
    connection = connection_of(house.app, house.who)

    def known() -> bool:
        with house.app.database.read(house.who.tenant_id) as store:
            return store.invoices.of_quickbooks(connection.id, made) is not None

    _hear(house, known)
    accountant = Accountant(house)
    accountant.link(made, deal)
    return accountant.stored(made).id


def _hear(house: House, known: Callable[[], bool]) -> None:
    def swept() -> bool:
        catch_up_all(house.app)  # does nothing while another process sweeps
        return known()

    wait_until(swept)


# What must hold.


def _is_created(house: House, subject: Subject) -> None:
    new = _creations(house, subject.deal)[int(subject.about) :]
    assert len(new) <= 1
    for one in new:  # none when it died before the first commit: nothing was to be made
        check_creation(house, operation_id=one.id, deal_id=subject.deal, mails=1)


def _is_created_and_updated(house: House, subject: Subject) -> None:
    new = [one for one in _creations(house, subject.deal) if one.body.get("email") == subject.about]
    assert len(new) <= 1
    amy = house.sandbox.quickbooks.rows(REALM, "Customer")["1"]
    assert (amy["PrimaryEmailAddr"]["Address"] == subject.about) is bool(new)
    for one in new:
        check_creation(house, operation_id=one.id, deal_id=subject.deal, mails=1)


def _is_voided(house: House, subject: Subject) -> None:
    row = _row(house, subject.about)
    assert row.voided is _is_done(house, VOID, invoice_id=subject.about)
    assert (_at_quickbooks(house, subject)["TotalAmt"] == 0) is row.voided
    assert [("Voided" in text) for text in _notes(house, subject)] == [True] * row.voided


def _is_freed_and_voided(house: House, subject: Subject) -> None:
    _is_voided(house, subject)
    row = _row(house, subject.about)
    payments = house.sandbox.quickbooks.rows(REALM, "Payment").values()
    of_payer = [one for one in payments if one["CustomerRef"]["value"] == row.customer_id]
    seen = sorted((one["TotalAmt"], one["SyncToken"], row.quickbooks_id in linked_by(one)) for one in of_payer)
    assert seen == ([(40, "1", False)] if row.voided else [(0, "0", True), (40, "0", True)])


def _is_deleted(house: House, subject: Subject) -> None:
    row = _row(house, subject.about)
    assert row.deleted is _is_done(house, DELETE, invoice_id=subject.about)
    assert (row.quickbooks_id not in house.sandbox.quickbooks.rows(REALM, "Invoice")) is row.deleted
    assert [("Deleted" in text) for text in _notes(house, subject)] == [True] * row.deleted


def _is_sent(house: House, subject: Subject) -> None:
    quickbooks_id = _row(house, subject.about).quickbooks_id
    mails = [mail for mail in house.sandbox.quickbooks.outbox() if mail["invoice"] == quickbooks_id]
    assert len(mails) == int(_is_done(house, SEND, invoice_id=subject.about))


def _is_active(house: House, subject: Subject) -> None:
    done = _is_done(house, ACTIVATE_CUSTOMER, customer_id=subject.about)
    row = house.sandbox.quickbooks.rows(REALM, "Customer")[subject.about]
    assert (row["Active"], row["SyncToken"]) == (done, "2" if done else "1"), "woken once"


def _is_imported(house: House, subject: Subject) -> None:
    imports = _operations(house, IMPORT)
    assert len(imports) - int(subject.about) in {0, 1}
    assert all(one.state == State.DONE for one in imports)
    connection = connection_of(house.app, first_user(house.app))
    assert connection.imported_at is not None
    assert connection.import_progress is None


def _is_told(house: House, subject: Subject) -> None:
    (note,) = _notes(house, subject)
    assert f"{float(_at_quickbooks(house, subject)['Balance']):,.2f}" in note
    emulator = house.sandbox.pipedrive
    (code,) = [field["field_code"] for field in emulator.fields("deal") if field["field_name"] == "Left to pay"]
    told = [row["new_value"] for row in emulator.changelog_of(subject.deal) if row["field_key"] == code]
    assert told
    assert all(one != other for one, other in pairwise(told)), "told once each"


def _is_signed_in(house: House, _subject: Subject) -> None:
    assert connection_of(house.app, first_user(house.app)).state == "live"


def _operations(house: House, kind: str) -> list[Operation]:
    found = [one for one in kept(house, Operation) if one.kind == kind]
    return sorted(found, key=lambda one: one.created_at)


def _creations(house: House, deal: int) -> list[Operation]:
    return [one for one in _operations(house, CREATE) if one.deal_id == deal]


def _row(house: House, invoice_id: str) -> Any:
    with house.app.database.read(first_user(house.app).tenant_id) as store:
        return store.invoices.get(invoice_id)


def _is_done(house: House, kind: str, **about: str) -> bool:
    """Whether the act was written down before the kill; then it must have come to its end."""
    ((name, value),) = about.items()
    found = [one for one in _operations(house, kind) if getattr(one, name) == value]
    assert [one.state for one in found] in ([], [State.DONE.value])
    return bool(found)


def _at_quickbooks(house: House, subject: Subject) -> Any:
    return house.sandbox.quickbooks.rows(REALM, "Invoice")[_row(house, subject.about).quickbooks_id]


def _notes(house: House, subject: Subject) -> list[str]:
    quickbooks_id = _row(house, subject.about).quickbooks_id
    said = [str(note["content"]) for note in house.notes(subject.deal)]
    return [text for text in said if f'txnId={quickbooks_id}"' in text]


KILLED = {
    "create": Killed(_create, _so_far, _is_created, 32),
    "update_customer": Killed(_update_customer, _an_address, _is_created_and_updated, 30),
    "void": Killed(_void, _an_invoice, _is_voided, 16),
    "delete": Killed(_delete, _an_invoice, _is_deleted, 16),
    "send": Killed(_send, _an_invoice, _is_sent, 8),
    "guided_void": Killed(_guided_void, _a_paid_invoice, _is_freed_and_voided, 30),
    "activate_customer": Killed(_activate_customer, _a_resting_customer, _is_active, 6),
    # The last that is swept for: what is prepared for it no other may learn by its own sweep.
    "write_back": Killed(_write_back, _a_payment, _is_told, 20, kept=False),
    "read_books": Killed(_read_books, _imports, _is_imported, 60),
    "refresh_tokens": Killed(_refresh_tokens, _nothing, _is_signed_in, 12, kept=False),
}
