"""What a deal says is what QuickBooks says: fields, note and panel, filters, midnight, and deals nobody may write."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from dealvoice.invoicing.deal_fields import FieldKind
from dealvoice.invoicing.ledger import Drift
from dealvoice.invoicing.mapping import Mapping
from dealvoice.invoicing.money import Money
from dealvoice.storage.deal_fields import UNSURE
from dealvoice.storage.operations import State
from dealvoice.workflows.insight.mending import mend_all
from dealvoice.workflows.insight.problems import actor_of, all_problems
from dealvoice.workflows.insight.views import Tab
from dealvoice.workflows.invoice.issue import Accepted, issue
from dealvoice.workflows.invoice.panel import panel
from dealvoice.workflows.invoice.prefill import open_form
from dealvoice.workflows.setup import configure
from dealvoice.workflows.setup.views import Visibility
from dealvoice.workflows.sync import calendar, keep_deals
from playground.drafts import linked
from playground.house import AVIARY, REALM, House, a_house
from playground.sweeping import catch_up_all

ADMIN = 101
TYPES = {
    "Invoice status": "enum",
    "Invoice numbers": "varchar",
    "Invoiced total": "monetary",
    "Paid total": "monetary",
    "Left to pay": "monetary",
    "Days overdue": "double",
    "Last payment date": "date",
    "Left to invoice": "monetary",
    "Link to the invoice in QuickBooks": "varchar",
}


class Clock:
    """The product's clock, moved by hand."""

    def __init__(self) -> None:
        self.ahead = timedelta(0)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


class Hook:
    """Does something once, after a given commit of the product."""

    def __init__(self) -> None:
        self.done = True
        self._left = 0
        self._act: Callable[[], None] | None = None

    def after(self, commits: int, act: Callable[[], None]) -> None:
        self.done, self._left, self._act = False, commits, act

    def __call__(self, moment: str) -> None:
        if self.done or self._act is None or moment != "after":
            return
        self._left -= 1
        if self._left == 0:
            self.done = True
            self._act()


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    clock, hook = Clock(), Hook()
    with a_house(tmp_path, clock=clock, commit_hook=hook) as opened:
        opened.clock, opened.hook = clock, hook
        opened.who = opened.install()
        opened.connect(opened.who)
        yield opened


def _keep(house: House, *kinds: FieldKind, show_amounts: bool = True) -> None:
    configure.save(
        house.app, house.who, mapping=Mapping.default(), visibility=Visibility.INSTALLER, show_amounts=show_amounts,
        deal_fields=set(kinds or FieldKind),
    )  # fmt: skip
    house.settle()


def _invoice(house: House) -> None:
    view = open_form(house.app, house.who, AVIARY)
    answer = issue(house.app, house.who, form_id=view.form_id, deal_id=AVIARY, draft=linked(view), problems=())
    assert isinstance(answer, Accepted)
    house.settle()


def _newest(house: House) -> dict[str, Any]:
    return max(house.sandbox.quickbooks.rows(REALM, "Invoice").values(), key=lambda one: int(one["Id"]))


def _pay(house: House, amount: str) -> None:
    answer = house.vendor.post(
        f"{house.sandbox.quickbooks_url}/app/invoice",
        data={"do": "pay", "txnId": _newest(house)["Id"], "amount": amount},
    )
    assert answer.status_code == 303


def _ask(house: House, method: str, path: str, **more: Any) -> Any:
    token = house.pipedrive("POST", "/_sandbox/tokens", json={"user_id": ADMIN})["access_token"]
    return house.pipedrive(method, path, headers={"Authorization": f"Bearer {token}"}, **more)["data"]


def _fields(house: House) -> dict[str, dict[str, Any]]:
    """Return our fields by name, as Pipedrive defines them."""
    rows = _ask(house, "GET", "/api/v2/dealFields", params={"limit": 500})
    return {row["field_name"]: row for row in rows if row["field_name"] in TYPES}


def _said(house: House) -> dict[str, Any]:
    """Return what our fields say on the deal, by name; the status in words."""
    held = _ask(house, "GET", f"/api/v2/deals/{AVIARY}")["custom_fields"]
    said = {name: held[row["field_code"]] for name, row in _fields(house).items()}
    words = {option["id"]: option["label"] for option in _fields(house)["Invoice status"]["options"]}
    return {**said, "Invoice status": words.get(said["Invoice status"])}


def _writes(house: House) -> list[str]:
    return [row["method"] for row in house.journal("pipedrive") if row["path"] == f"/api/v2/deals/{AVIARY}"]


def _status(house: House) -> str | None:
    return str(_said(house)["Invoice status"])


def _archive(house: House, *, archived: bool) -> None:
    _ask(house, "PATCH", f"/api/v2/deals/{AVIARY}", json={"is_archived": archived})


def _problems(house: House) -> list[str]:
    found = all_problems(house.app, actor_of(house.app, house.who))
    return [one.fault.code for one in found if one.tab is Tab.NEEDS and one.fault is not None and one.deal_id == AVIARY]


def test_nine_fields_are_made_once_and_say_what_quickbooks_says_in_one_call(house: House) -> None:
    _keep(house)
    _keep(house)
    house.forget_journals()

    _invoice(house)

    assert {name: row["field_type"] for name, row in _fields(house).items()} == TYPES
    assert _writes(house).count("PATCH") == 1
    made, said = _newest(house), _said(house)
    total = {"value": float(made["TotalAmt"]), "currency": "USD"}
    net = Decimal(str(made["TotalAmt"])) - Decimal(str(made["TxnTaxDetail"]["TotalTax"]))
    worth = Decimal(str(_ask(house, "GET", f"/api/v2/deals/{AVIARY}")["value"]))
    assert said.pop("Link to the invoice in QuickBooks").endswith(f"txnId={made['Id']}")
    assert said == {
        "Invoice status": "Open",
        "Invoice numbers": made["DocNumber"],
        "Invoiced total": total,
        "Paid total": {"value": 0, "currency": "USD"},
        "Left to pay": total,
        "Days overdue": 0,
        "Last payment date": None,
        "Left to invoice": {"value": float(worth - net), "currency": "USD"},
    }


def test_payment_reaches_panel_note_and_fields_and_a_filter_finds_who_is_late(house: House) -> None:
    _keep(house)
    _invoice(house)
    days = _fields(house)["Days overdue"]["field_code"]
    number = next(row["id"] for row in _ask(house, "GET", "/api/v1/dealFields") if row["key"] == days)
    late = {"object": "deal", "field_id": str(number), "operator": ">", "value": "30", "extra_value": None}
    groups = [{"glue": "and", "conditions": [late]}, {"glue": "or", "conditions": []}]
    body = {"name": "Late", "type": "deals", "conditions": {"glue": "and", "conditions": groups}}
    saved = _ask(house, "POST", "/api/v1/filters", json=body)["id"]

    def found() -> list[int]:
        return [row["id"] for row in _ask(house, "GET", "/api/v2/deals", params={"filter_id": saved})]

    assert found() == []
    due = datetime.fromisoformat(_newest(house)["DueDate"]).replace(tzinfo=UTC)
    house.clock.ahead = due - datetime.now(UTC) + timedelta(days=45, hours=12)
    calendar.turn_page(house.app)
    house.settle()
    assert (found(), _said(house)["Days overdue"], _status(house)) == ([AVIARY], 45, "Overdue")

    _pay(house, "10.00")
    catch_up_all(house.app)
    house.settle()
    left = {"value": float(_newest(house)["Balance"]), "currency": "USD"}
    assert (found(), _said(house)["Left to pay"]) == ([AVIARY], left)
    assert _said(house)["Last payment date"] is not None

    _pay(house, str(_newest(house)["Balance"]))
    catch_up_all(house.app)
    house.settle()
    assert (found(), _said(house)["Days overdue"], _status(house)) == ([], 0, "Paid")
    assert panel(house.app, house.who, AVIARY).rows[0].status.flag == "paid"
    (note,) = house.notes(AVIARY)
    assert "Paid" in note["content"]


def test_days_are_written_once_a_day_and_only_where_somebody_is_late(house: House) -> None:
    _keep(house, FieldKind.STATUS, FieldKind.DAYS)
    _invoice(house)
    due = datetime.fromisoformat(_newest(house)["DueDate"]).replace(tzinfo=UTC)
    told, written = [], []

    for day in (0, 1, 2, 2, 3):
        house.clock.ahead = due - datetime.now(UTC) + timedelta(days=day, hours=12)
        house.forget_journals()
        calendar.turn_page(house.app)
        house.settle()
        written.append(_writes(house).count("PATCH"))
        told.append(_said(house)["Days overdue"])

    assert told == [0, 1, 2, 2, 3]
    assert written == [0, 1, 1, 0, 1]


def test_days_whose_write_got_no_answer_are_written_again(house: House) -> None:
    """Nobody knows what the field holds then, and nothing else of the deal is different."""
    _keep(house, FieldKind.STATUS, FieldKind.DAYS)
    _invoice(house)
    due = datetime.fromisoformat(_newest(house)["DueDate"]).replace(tzinfo=UTC)
    fault = {"method": "PATCH", "path": f"/api/v2/deals/{AVIARY}", "action": "drop_before", "times": 20}

    for day in (1, 2):
        house.clock.ahead = due - datetime.now(UTC) + timedelta(days=day, hours=12)
        if day == 2:
            house.pipedrive("POST", "/_sandbox/faults", json=fault)
        calendar.turn_page(house.app)
        house.run()
    with house.app.database.read(house.who.tenant_id) as store:
        assert store.deal_fields.told(AVIARY)[FieldKind.DAYS.value] == UNSURE
    house.pipedrive("DELETE", "/_sandbox/faults")
    house.settle()

    assert _said(house)["Days overdue"] == 2
    with house.app.database.read(house.who.tenant_id) as store:
        assert store.operations.unfinished() is None


def test_day_takes_no_more_deals_than_it_may_and_those_furthest_behind_first(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    _keep(house, FieldKind.DAYS)
    _invoice(house)
    monkeypatch.setattr(keep_deals, "MOST_A_DAY", 0)

    house.clock.ahead = timedelta(days=80)
    with house.app.database.write(house.who.tenant_id) as store:
        connection = store.connections.current()
        assert connection is not None
        operation = keep_deals.keep_all(house.app, store, connection, late_only=True)
    house.app.engine.start(operation.id, operation.kind)
    house.settle()

    assert (
        _ask(house, "GET", f"/api/v2/deals/{AVIARY}")["custom_fields"][_fields(house)["Days overdue"]["field_code"]]
        == 0
    )


def test_amounts_that_may_not_be_shown_are_taken_off_deals_and_notes(house: House) -> None:
    _keep(house)
    _invoice(house)
    number = _newest(house)["DocNumber"]
    assert number in house.notes(AVIARY)[0]["content"]

    _keep(house, show_amounts=False)

    said = _said(house)
    assert said.pop("Invoice status") == "Open"
    assert set(said.values()) == {None}
    (note,) = house.notes(AVIARY)
    assert f">{number}" not in note["content"]
    assert f" {number}" not in note["content"]


def test_deleted_field_leaves_the_others_true(house: House) -> None:
    _keep(house, FieldKind.STATUS, FieldKind.LEFT, FieldKind.DAYS)
    _ask(house, "DELETE", f"/api/v2/dealFields/{_fields(house)['Days overdue']['field_code']}")

    _invoice(house)

    states = configure.settings(house.app, house.who).deal_fields
    assert (states[FieldKind.DAYS], states[FieldKind.LEFT]) == ("gone", "ready")
    assert set(_fields(house)) == {"Invoice status", "Left to pay"}
    assert _status(house) == "Open"


def test_value_changed_in_pipedrive_is_seen_by_the_next_write(house: House) -> None:
    _keep(house)
    _invoice(house)
    before = _said(house)["Left to invoice"]["value"]
    worth = _ask(house, "GET", f"/api/v2/deals/{AVIARY}")["value"]
    _ask(house, "PATCH", f"/api/v2/deals/{AVIARY}", json={"value": worth + 100})

    _pay(house, "10.00")
    catch_up_all(house.app)
    house.settle()

    assert _said(house)["Left to invoice"]["value"] == pytest.approx(before + 100)
    view = panel(house.app, house.who, AVIARY)
    assert view.drifts == (Drift.CHANGED,)
    assert view.then is not None
    assert view.then.value == Decimal(str(worth))


def test_credit_that_pays_an_invoice_is_a_part_of_what_is_paid(house: House) -> None:
    _invoice(house)
    invoice = _newest(house)
    customer = {"CustomerRef": {"value": invoice["CustomerRef"]["value"]}}
    sold = {"Amount": 100, "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": {"ItemRef": {"value": "7"}}}
    memo = house.post_books("creditmemo", {**customer, "Line": [sold]})["CreditMemo"]
    lines = [
        {"Amount": memo["TotalAmt"], "LinkedTxn": [{"TxnId": one["Id"], "TxnType": kind}]}
        for kind, one in (("CreditMemo", memo), ("Invoice", invoice))
    ]

    house.post_books("payment", {**customer, "TotalAmt": 0, "Line": lines})
    catch_up_all(house.app)
    house.settle()

    (sums,) = panel(house.app, house.who, AVIARY).ledgers
    assert sums.credited == sums.paid == Money(Decimal(str(memo["TotalAmt"])), "USD")


def test_two_changes_at_once_are_one_rewrite(house: House) -> None:
    _invoice(house)
    house.forget_journals()

    for amount in ("1.00", "2.00"):
        _pay(house, amount)
        catch_up_all(house.app)
    house.settle()

    notes = [row["method"] for row in house.journal("pipedrive") if "/notes" in row["path"] and row["method"] == "PUT"]
    assert notes == ["PUT"]
    left = f"{Decimal(str(_newest(house)['Balance'])):,.2f}"
    assert left in house.notes(AVIARY)[0]["content"]


@pytest.mark.parametrize("commit", range(1, 6))
def test_change_told_while_a_note_is_under_way_is_not_lost(house: House, commit: int) -> None:
    """Another change is written down at each commit of the operation in turn; it tells of it before it ends, or later."""
    _invoice(house)
    _pay(house, "1.00")
    catch_up_all(house.app)

    def pay_between() -> None:
        _pay(house, "2.00")
        catch_up_all(house.app)

    house.hook.after(commit, pay_between)
    house.settle()

    assert house.hook.done
    assert f"{Decimal(str(_newest(house)['Balance'])):,.2f}" in house.notes(AVIARY)[0]["content"]


def test_archived_deal_is_parked_told_and_taken_up_when_it_is_back(house: House) -> None:
    _keep(house)
    _invoice(house)
    _archive(house, archived=True)

    for amount in ("10.00", "20.00"):
        _pay(house, amount)
        catch_up_all(house.app)
        house.settle()

    assert _problems(house) == ["deal.archived"]
    assert _said(house)["Invoice status"] == "Open"
    with house.app.database.write(house.who.tenant_id) as store:
        store.deals.forget(deal_id=AVIARY)
    shown = panel(house.app, house.who, AVIARY)
    assert (shown.archived, shown.parked) == (True, "deal.archived")

    _archive(house, archived=False)
    house.clock.ahead = timedelta(minutes=20)
    panel(house.app, house.who, AVIARY)
    house.settle()

    assert _problems(house) == []
    assert [one.tab for one in all_problems(house.app, actor_of(house.app, house.who))] == [Tab.FIXED]
    assert panel(house.app, house.who, AVIARY).parked == ""
    assert (_status(house), _said(house)["Left to pay"]["value"]) == (
        "Partially paid",
        float(_newest(house)["Balance"]),
    )


def test_deleted_deal_is_parked_and_nothing_is_lost(house: House) -> None:
    _keep(house, FieldKind.STATUS)
    _invoice(house)
    _ask(house, "DELETE", f"/api/v2/deals/{AVIARY}")

    _pay(house, "10.00")
    catch_up_all(house.app)
    house.settle()

    assert _problems(house) == ["deal.gone"]
    with house.app.database.read(house.who.tenant_id) as store:
        states = {operation.state for operation in store.operations.creations_of(AVIARY)}
    assert states == {State.DONE}


def test_parked_deal_tried_again_by_a_person_stays_one_problem_until_it_helps(house: House) -> None:
    _keep(house)
    _invoice(house)
    _archive(house, archived=True)
    _pay(house, "10.00")
    catch_up_all(house.app)
    house.settle()
    actor = actor_of(house.app, house.who)

    assert mend_all(house.app, actor) == (1, 0)
    house.settle()
    assert _problems(house) == ["deal.archived"]
    _archive(house, archived=False)
    assert mend_all(house.app, actor) == (1, 0)
    house.settle()
    assert _problems(house) == []

    assert _said(house)["Left to pay"]["value"] == float(_newest(house)["Balance"])
