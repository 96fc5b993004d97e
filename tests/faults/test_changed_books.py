"""What an invoice refers to is merged or deleted in QuickBooks between the look and the press: told, and nothing half-made."""

from dataclasses import replace

import pytest

from dealvoice.storage.operations import State
from dealvoice.workflows.invoice import act
from dealvoice.workflows.invoice.issue import Accepted, issue
from dealvoice.workflows.invoice.prefill import open_form
from dealvoice.workflows.invoice.progress import progress
from dealvoice_sandbox.quickbooks import people
from playground.accountant import Accountant
from playground.drafts import linked
from playground.house import AVIARY, REALM
from playground.sweeping import catch_up_all


@pytest.fixture(scope="module")
def database_url() -> str:
    """SQLite alone: what QuickBooks refuses is no matter of the database."""
    return ""


def _customer(books: Accountant, name: str) -> str:
    made: str = books.vendor.act(lambda: people.create(books.vendor, REALM, "Customer", {"DisplayName": name}))["Id"]
    catch_up_all(books.house.app)
    return made


def _merge(books: Accountant, gone: str, into: str) -> None:
    """Merge a customer into another, as the accountant does; the event is lost."""

    def merge() -> None:
        books.vendor.patch(REALM, "Customer", books.vendor.rows(REALM, "Customer")[gone], Active=False)
        books.vendor.tell(REALM, "Customer", into, "merged", deleted_id=gone)

    books.vendor.act(merge)
    books.lose()


def test_customer_merged_before_the_press_is_refused_by_name_and_nothing_is_made(books: Accountant) -> None:
    gone, before = _customer(books, "Twin of Amy"), len(books.vendor.rows(REALM, "Invoice"))
    view = open_form(books.house.app, books.house.who, AVIARY)
    draft = replace(linked(view, second=True), customer_id=gone)
    answer = issue(books.house.app, books.house.who, form_id=view.form_id, deal_id=AVIARY, draft=draft, problems=())
    assert isinstance(answer, Accepted), [found.code for found in answer.view.findings]

    _merge(books, gone, "1")
    books.house.settle()

    shown = progress(books.house.app, books.house.who, answer.operation_id)
    assert shown.state == State.REFUSED
    assert shown.fault is not None
    assert shown.fault.code.startswith("customer.")
    assert len(books.vendor.rows(REALM, "Invoice")) == before


@pytest.mark.parametrize("verb", [act.void, act.delete, act.send])
def test_act_on_an_invoice_deleted_since_ends_and_says_so(books: Accountant, verb) -> None:
    made = books.invoice("100")
    books.edit(made, BillEmail={"Address": "birds@intuit.example"})
    catch_up_all(books.house.app)
    books.link(made, AVIARY)
    books.delete(made)
    books.lose()

    operation_id = verb(books.house.app, books.house.who, books.stored(made).id)
    books.house.settle()

    shown = progress(books.house.app, books.house.who, operation_id)
    assert shown.state == (State.DONE if verb is act.delete else State.REFUSED)
    assert books.stored(made).deleted
    assert [mail for mail in books.vendor.outbox() if mail["invoice"] == made] == []
