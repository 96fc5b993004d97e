"""
Whatever users and accountants do and whatever is lost on the way: a deal's panel says what QuickBooks says.

The model is a dictionary of linked invoices; what they should say is read from the emulator's own rows, by a reading
of its own, the flag and the company's midnight included. ``DEALVOICE_SOAK=1`` looks for longer.
"""

import os
from collections import Counter
from collections.abc import Iterator
from copy import deepcopy
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from dealvoice.invoicing.status import derive
from dealvoice.quickbooks.webhooks import Event, Operation
from dealvoice.storage.invoices import Made
from dealvoice.workflows.invoice import progress
from dealvoice.workflows.invoice.issue import Accepted, issue
from dealvoice.workflows.invoice.prefill import open_form
from dealvoice.workflows.sync import calendar, receive
from dealvoice_sandbox.quickbooks import people
from playground.accountant import Accountant, at_vendors_clock
from playground.drafts import linked
from playground.house import AVIARY, REALM
from playground.sweeping import catch_up_all

SOAK = os.environ.get("DEALVOICE_SOAK") == "1"
PACIFIC = ZoneInfo("America/Los_Angeles")
OTHERS_DEAL = 13
SEARCH = settings(
    max_examples=100 if SOAK else 4,
    stateful_step_count=60 if SOAK else 18,
    deadline=None,
    derandomize=not SOAK,
    database=None,
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Accountant]:
    with at_vendors_clock(tmp_path_factory.mktemp("truth")) as opened:
        yield opened


class Said(NamedTuple):
    """What is said of an invoice."""

    flag: str
    balance: int
    """Cents."""
    paid: int
    """Cents."""
    paid_on: date | None
    """Day of the last payment that is still there."""


def _told(books: Accountant, invoice: str, *, voided: bool) -> Said:
    """Read what QuickBooks says of an invoice, from the emulator's rows."""
    row = books.vendor.rows(REALM, "Invoice").get(invoice)
    if row is None:
        return Said("deleted", 0, 0, None)
    total, balance = Decimal(str(row["TotalAmt"])), Decimal(str(row["Balance"]))
    days = [
        date.fromisoformat(one["TxnDate"])
        for one in books.vendor.rows(REALM, "Payment").values()
        if any(
            to["TxnType"] == "Invoice" and to["TxnId"] == invoice for line in one["Line"] for to in line["LinkedTxn"]
        )
    ]
    today = books.vendor.clock.now().astimezone(PACIFIC).date()
    if total == 0:
        flag = "voided" if voided else "open"
    elif balance <= 0:
        flag = "paid"
    elif date.fromisoformat(row["DueDate"]) < today:
        flag = "overdue"
    else:
        flag = "partially_paid" if balance < total else "open"
    return Said(flag, int(balance * 100), int((total - balance) * 100), max(days, default=None))


def _ours(books: Accountant, deal: int) -> dict[str, Said]:
    """Return what we say of a deal's invoices, by QuickBooks' id."""
    app = books.house.app
    with app.database.read(books.house.who.tenant_id) as store:
        connection, rows = store.connections.current(), store.invoices.of_deal(deal)
    found = {}
    for row in rows:
        status = derive(row.standing(), app.today(connection))
        left, paid = int(status.left.amount * 100), int(status.paid.amount * 100)
        found[row.quickbooks_id] = Said(status.flag.value, left, paid, row.paid_on)
    return found


def _same(books: Accountant, made: dict[str, int], voided: set[str]) -> None:
    """Compare what we say of invoices with what QuickBooks says."""
    said = {deal: _ours(books, deal) for deal in set(made.values())}
    wrong = {}
    for invoice, deal in made.items():
        ours, theirs = said[deal][invoice], _told(books, invoice, voided=invoice in voided)
        if theirs.flag == "deleted":
            ours = ours._replace(paid_on=None)  # nothing is owed or counted as paid; the last day may stay
        if ours != theirs:
            wrong[invoice] = (ours, theirs)
    assert wrong == {}


def _known(books: Accountant, amounts: list[int], due: str = "2030-01-01") -> list[str]:
    """Make invoices in QuickBooks and link them to a deal."""
    books.vendor.faults.clear()
    made = [books.invoice(str(amount), due=due) for amount in amounts]
    books.lose()
    catch_up_all(books.house.app)
    for invoice in made:
        books.link(invoice, OTHERS_DEAL)
    books.house.run()
    return made


class Deals(RuleBasedStateMachine):
    """A user, an accountant, the clock and the mishaps of events and reads, over one house."""

    books: Accountant
    """Set by the test: a house is dear, so all examples share it, each with invoices of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.made: dict[str, int] = {}
        """Linked invoices of this example, and the deal of each."""
        self.voided: set[str] = set()
        self.payments: dict[str, str] = {}
        """Payment to its invoice."""
        self.by_user = 0

    @initialize(amount=st.integers(1, 500), days=st.integers(-3, 3))
    def begin(self, amount: int, days: int) -> None:
        self.accountant_makes(amount, days)

    # What people do.

    @rule(amount=st.integers(1, 500), days=st.integers(-3, 3))
    def accountant_makes(self, amount: int, days: int) -> None:
        [invoice] = _known(self.books, [amount], self._day(days).isoformat())
        self.made[invoice] = OTHERS_DEAL

    @precondition(lambda self: self.by_user < 2)
    @rule()
    def user_makes(self) -> None:
        app, who = self.books.house.app, self.books.house.who
        self.books.vendor.faults.clear()
        view = open_form(app, who, AVIARY)
        draft = linked(view, second=bool(_ours(self.books, AVIARY)))
        answer = issue(app, who, form_id=view.form_id, deal_id=AVIARY, draft=draft, problems=())
        assert isinstance(answer, Accepted), answer
        self.books.house.run()
        done = progress.progress(app, who, answer.operation_id)
        assert done.invoice is not None
        with app.database.read(who.tenant_id) as store:
            row = store.invoices.get(done.invoice.id)
        assert row is not None
        self.made[row.quickbooks_id], self.by_user = AVIARY, self.by_user + 1

    @precondition(lambda self: self._open())
    @rule(data=st.data(), part=st.sampled_from([100, 50, 25]), days=st.integers(-5, 5))
    def pay(self, data: st.DataObject, part: int, days: int) -> None:
        invoice = data.draw(st.sampled_from(self._open()))
        amount = (Decimal(str(self._row(invoice)["Balance"])) * part / 100).quantize(Decimal("0.01"))
        self.payments[self.books.pay(invoice, str(amount), on=self._day(days).isoformat())] = invoice

    @precondition(lambda self: self.payments)
    @rule(data=st.data(), delete=st.booleans())
    def take_payment_back(self, data: st.DataObject, delete: bool) -> None:
        payment = data.draw(st.sampled_from(sorted(self.payments)))
        del self.payments[payment]
        (self.books.delete_payment if delete else self.books.void_payment)(payment)

    @precondition(lambda self: self._live())
    @rule(data=st.data(), days=st.integers(-3, 3))
    def move_due_day(self, data: st.DataObject, days: int) -> None:
        self.books.edit(data.draw(st.sampled_from(self._live())), DueDate=self._day(days).isoformat())

    @precondition(lambda self: self._unpaid())
    @rule(data=st.data(), amount=st.integers(1, 900))
    def change_amount(self, data: st.DataObject, amount: int) -> None:
        detail = {"ItemRef": {"value": "1"}, "TaxCodeRef": {"value": "NON"}, "Qty": 1, "UnitPrice": amount}
        line = {"Amount": amount, "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": detail}
        self.books.edit(data.draw(st.sampled_from(self._unpaid())), Line=[line])

    @precondition(lambda self: self._unpaid())
    @rule(data=st.data(), delete=st.booleans())
    def end(self, data: st.DataObject, delete: bool) -> None:
        invoice = data.draw(st.sampled_from(self._unpaid()))
        if delete:
            self.books.delete(invoice)
        else:
            self.books.void(invoice)
            self.voided.add(invoice)

    @rule(number=st.integers(0, 10**9))
    def rename_customer(self, number: int) -> None:
        vendor = self.books.vendor
        body = {"Id": "1", "SyncToken": vendor.rows(REALM, "Customer")["1"]["SyncToken"], "sparse": True}
        vendor.act(lambda: people.update(vendor, REALM, "Customer", {**body, "DisplayName": f"Amy {number}"}))

    @precondition(lambda self: self._live())
    @rule(data=st.data())
    def merge_customer(self, data: st.DataObject) -> None:
        """Another customer becomes part of this one, which gives an invoice a new version."""
        invoice, vendor = data.draw(st.sampled_from(self._live())), self.books.vendor
        name = f"Twin {len(vendor.rows(REALM, 'Customer'))}"
        twin = vendor.act(lambda: people.create(vendor, REALM, "Customer", {"DisplayName": name}))

        def merge() -> None:
            vendor.patch(REALM, "Customer", vendor.rows(REALM, "Customer")[twin["Id"]], Active=False)
            vendor.touch(REALM, "Invoice", self._row(invoice))
            vendor.tell(REALM, "Customer", "1", "merged", deleted_id=twin["Id"])

        vendor.act(merge)

    # What happens on the way.

    @rule(by=st.sampled_from([20, 60, 400, 3600, 5 * 3600, 24 * 3600]))
    def time_passes(self, by: int) -> None:
        self.books.later(timedelta(seconds=by))

    @rule(seed=st.integers(0, 2**32))
    def events_come(self, seed: int) -> None:
        self.books.deliver_badly(Random(seed))
        self.books.house.run()

    @rule(
        path=st.sampled_from(["/cdc", "/query"]), how=st.sampled_from(["status", "drop_before", "drop_after", "garble"])
    )
    def next_read_fails(self, path: str, how: str) -> None:
        self.books.vendor.faults.add({"action": how, "path": path})

    @rule()
    def timetable_is_looked_at(self) -> None:
        self.books.house.engine.run_schedule(receive.SWEEP)
        self.books.house.run()

    @rule(seed=st.integers(0, 2**32))
    def quiet(self, seed: int) -> None:
        """The last events come as badly as all, one sweep, and the day is judged."""
        books = self.books
        books.vendor.faults.clear()
        books.deliver_badly(Random(seed))
        books.house.run()
        catch_up_all(books.house.app)
        books.house.run()
        calendar.turn_page(books.house.app)
        books.house.run()
        _same(books, self.made, self.voided)

    def teardown(self) -> None:
        self.quiet(0)

    def _row(self, invoice: str) -> dict[str, Any]:
        row: dict[str, Any] = self.books.vendor.rows(REALM, "Invoice")[invoice]
        return row

    def _day(self, days: int) -> date:
        return (self.books.vendor.clock.now().astimezone(PACIFIC) + timedelta(days=days)).date()

    def _live(self) -> list[str]:
        there = self.books.vendor.rows(REALM, "Invoice")
        return sorted(one for one in self.made if one in there and one not in self.voided)

    def _open(self) -> list[str]:
        return [one for one in self._live() if Decimal(str(self._row(one)["Balance"])) > 1]

    def _unpaid(self) -> list[str]:
        return [one for one in self._live() if one not in self.payments.values()]


def test_deal_says_what_quickbooks_says(books: Accountant) -> None:
    run_state_machine_as_test(type("Here", (Deals,), {"books": books}), settings=SEARCH)


def test_every_kind_of_change_is_seen_in_a_quarter_of_an_hour_with_every_event_lost(books: Accountant) -> None:
    made = _known(books, [100, 100, 100, 100, 100])
    paid, refunded, moved, voided, gone = made
    back = books.pay(refunded, "50")
    books.lose()
    for _ in range(30):  # idle for long, so that the pauses are as long as they get
        books.wait_for_a_look(timedelta(minutes=1))

    books.delete_payment(back)
    books.pay(paid, "100", on="2026-11-10")
    books.edit(moved, DueDate="2020-01-01")
    books.void(voided)
    books.delete(gone)
    books.lose()
    for _ in range(14):
        books.wait_for_a_look(timedelta(minutes=1))

    _same(books, dict.fromkeys(made, OTHERS_DEAL), {voided})
    flags = [_ours(books, OTHERS_DEAL)[one].flag for one in made]
    assert flags == ["paid", "open", "overdue", "voided", "deleted"]


def test_burst_costs_a_call_for_each_thousand_of_a_kind(books: Accountant) -> None:
    vendor = books.vendor
    template = vendor.rows(REALM, "Invoice")[_known(books, [100])[0]]
    with vendor.store.lock:
        ids = [vendor.next_id(REALM, "txn") for _ in range(1500)]
        for one in ids:
            vendor.new(REALM, "Invoice", one, {**deepcopy(template), "DocNumber": f"B{one}", "LinkedTxn": []})
    books.lose()
    books.house.forget_journals()

    told = [
        Event(f"burst-{number}", REALM, "Invoice", one, Operation.UPDATED, None) for number, one in enumerate(ids * 3)
    ]
    Random(5).shuffle(told)
    for start in range(0, len(told), 500):
        receive.keep(books.house.app, told[start : start + 500])
    books.house.run()

    with books.house.app.database.read(books.house.who.tenant_id) as store:
        connection = store.connections.current()
        assert connection is not None
        held = set(store.invoices.ids_made(connection.id, Made()))
    assert set(ids) <= held
    assert Counter(books.calls()) == {"POST query": 2}
