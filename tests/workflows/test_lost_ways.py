"""Answers and tokens that do not come: what waits goes on, nothing is said that nobody knows, and all of it is told."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from dealvoice.invoicing.deal_fields import FieldKind
from dealvoice.invoicing.mapping import Mapping
from dealvoice.storage.operations import Operation, State
from dealvoice.workflows.invoice.create import look_again
from dealvoice.workflows.invoice.issue import Accepted, issue
from dealvoice.workflows.invoice.prefill import open_form
from dealvoice.workflows.setup import configure, connect
from dealvoice.workflows.setup.views import Visibility
from playground.accountant import Accountant, at_vendors_clock
from playground.drafts import linked
from playground.house import AVIARY, REALM, House
from playground.sweeping import catch_up_all
from playground.truth import check_creation

INVOICE_POST = {"method": "POST", "path": r"/invoice\?"}


@pytest.fixture
def accountant(tmp_path: Path) -> Iterator[Accountant]:
    with at_vendors_clock(tmp_path) as opened:
        yield opened


def _accept(house: House) -> str:
    view = open_form(house.app, house.who, AVIARY)
    answer = issue(house.app, house.who, form_id=view.form_id, deal_id=AVIARY, draft=linked(view), problems=())
    assert isinstance(answer, Accepted)
    return answer.operation_id


def _operation(house: House, operation_id: str) -> Operation:
    with house.app.database.read(house.who.tenant_id) as store:
        found = store.operations.get(operation_id)
    assert found is not None
    return found


@pytest.mark.parametrize("how", [{"action": "drop_before"}, {"action": "status", "status": 503}])
@pytest.mark.parametrize(
    ("vendor", "path"), [(House.quickbooks, "/oauth2/v1/tokens/bearer"), (House.pipedrive, "/oauth/token")]
)
def test_creation_outlives_a_token_endpoint_that_is_down(
    accountant: Accountant, vendor: Callable[..., object], path: str, how: dict[str, object]
) -> None:
    house = accountant.house
    operation_id = _accept(house)
    accountant.later(timedelta(hours=2))  # both access tokens are over
    vendor(house, "POST", "/_sandbox/faults", json={**how, "path": path, "times": 2})

    house.settle(8)

    check_creation(house, operation_id=operation_id, deal_id=AVIARY)


def test_creation_without_an_answer_is_not_refused_when_the_sign_in_ends(house: House) -> None:
    house.quickbooks("POST", "/_sandbox/faults", json={"action": "drop_after", **INVOICE_POST})
    operation_id = _accept(house)
    house.run()
    house.quickbooks("POST", "/_sandbox/disconnect", json={})

    house.settle(3)
    after_the_end = _operation(house, operation_id).state
    _reconnect(house)
    found = look_again(house.app, house.who.tenant_id, operation_id)

    assert (after_the_end, found) == (State.NEEDS_ATTENTION, True)
    assert _operation(house, operation_id).state == State.ANSWERED


def test_creation_without_an_answer_is_not_refused_because_the_look_is(house: House) -> None:
    house.quickbooks("POST", "/_sandbox/faults", json={"action": "drop_after", **INVOICE_POST})
    operation_id = _accept(house)
    house.run()
    house.quickbooks("POST", "/_sandbox/faults", json={"action": "status", "status": 403, "path": "/query"})

    house.settle(8)

    check_creation(house, operation_id=operation_id, deal_id=AVIARY)


def _reconnect(house: House) -> None:
    """Give consent anew, and have the same company kept."""
    with house.app.database.read(house.who.tenant_id) as store:
        connection = store.connections.current()
    assert connection is not None
    assert connection.state == "needs_reconnect"
    house.connect(house.who, save=False)
    assert connect.view(house.app, house.who).connection is not None


def test_what_the_look_for_an_email_shows_is_told_to_the_deal(house: House) -> None:
    """The answer to the e-mail is lost, and somebody changes the invoice before the look: no sweep sees that change again."""
    house.quickbooks("POST", "/_sandbox/faults", json={"action": "drop_after", "path": "/send"})
    view = open_form(house.app, house.who, AVIARY)
    draft = linked(view, send_email=True)
    answer = issue(house.app, house.who, form_id=view.form_id, deal_id=AVIARY, draft=draft, problems=())
    assert isinstance(answer, Accepted)
    house.run()
    accountant = Accountant(house)
    made = max(house.sandbox.quickbooks.rows(REALM, "Invoice"), key=int)
    accountant.pay(made, "100.00")

    house.settle(8)

    row = check_creation(house, operation_id=answer.operation_id, deal_id=AVIARY, mails=1)
    (note,) = house.notes(AVIARY)
    assert f"${row['Balance']:,.2f} left" in note["content"]


@pytest.mark.parametrize("path", ["/deals/", "/notes/"])
def test_what_was_written_without_an_answer_is_written_again_when_all_is_as_before(house: House, path: str) -> None:
    """Pipedrive holds the payment that it was told of without an answer; meanwhile the payment was taken back."""
    configure.save(
        house.app, house.who, mapping=Mapping.default(), visibility=Visibility.INSTALLER, show_amounts=True,
        deal_fields={FieldKind.LEFT},
    )  # fmt: skip
    operation_id = _accept(house)
    house.settle(2)
    accountant = Accountant(house)
    made = max(house.sandbox.quickbooks.rows(REALM, "Invoice"), key=int)
    payment = accountant.pay(made, "100.00")
    house.pipedrive("POST", "/_sandbox/faults", json={"action": "drop_after", "path": path, "times": 0})
    catch_up_all(house.app)
    house.run()
    house.pipedrive("DELETE", "/_sandbox/faults")
    accountant.delete_payment(payment)

    catch_up_all(house.app)
    house.settle(3)

    row = check_creation(house, operation_id=operation_id, deal_id=AVIARY)
    (note,) = house.notes(AVIARY)
    assert f"${row['TotalAmt']:,.2f} left" in note["content"]
    crm = house.sandbox.pipedrive
    (code,) = [field["field_code"] for field in crm.fields("deal") if field["field_name"] == "Left to pay"]
    assert float(crm.deal(AVIARY)["custom_fields"][code]["value"]) == float(row["TotalAmt"])


def test_note_written_anew_for_a_deleted_one_is_looked_for_when_its_answer_was_lost(house: House) -> None:
    _accept(house)
    house.settle(2)
    (note,) = house.notes(AVIARY)
    crm = house.sandbox.pipedrive
    crm.act(lambda: crm.remove_note(note["id"], 101))
    house.pipedrive("POST", "/_sandbox/faults", json={"action": "drop_after", "method": "POST", "path": "/notes"})

    Accountant(house).pay(max(house.sandbox.quickbooks.rows(REALM, "Invoice"), key=int), "1.00")
    catch_up_all(house.app)
    house.settle(5)

    (anew,) = house.notes(AVIARY)
    assert anew["id"] != note["id"]
