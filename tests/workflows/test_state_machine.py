"""
Whatever is lost on the way, after quiet and one sweep the mirror says what QuickBooks says.

A user, an accountant, events that are lost, repeated and out of order, a clock, and faults, in any order. What is true
is read from the emulator's rows by a small reading of our own. ``DEALVOICE_SOAK=1`` makes it long.
"""

import os
from contextlib import suppress
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from dealvoice.workflows.sync.receive import TRACK
from playground.accountant import Accountant, at_vendors_clock
from playground.house import REALM
from playground.invariants import Watch
from playground.sweeping import catch_up_all

SOAK = os.environ.get("DEALVOICE_SOAK") == "1"
LOST = 0.3
AMOUNTS = st.integers(1, 100)
DAYS = st.integers(1, 25)


class Books(RuleBasedStateMachine):
    """One company; the model is its invoices, by id, and what was received for them."""

    accountant: Accountant
    """Of one house for all histories: each has invoices of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.invoices: list[str] = []
        self.payments: dict[str, str] = {}
        self.quiet = False

    def teardown(self) -> None:
        self.settle()
        self.same_as_quickbooks()

    @initialize(seed=st.integers(0, 2**32))
    def begin(self, seed: int) -> None:
        self.random = Random(seed)
        for number in range(4):
            self.make(50)
            for day in (3, 9):
                self.pay(number, 30, day)
        self.settle()

    # An accountant.

    @rule(amount=AMOUNTS)
    def make(self, amount: int) -> None:
        self.invoices.append(self.accountant.invoice(str(amount)))
        self.quiet = False

    @rule(which=st.integers(0), share=st.integers(1, 100), day=DAYS)
    def pay(self, which: int, share: int, day: int) -> None:
        row = self._invoice(which)
        amount = (Decimal(row["Balance"]) * share / 100).quantize(Decimal("0.01")) if row else Decimal(0)
        if row and amount > 0:
            payment = self.accountant.pay(row["Id"], str(amount), on=f"2026-10-{day:02d}")
            self.payments[payment] = row["Id"]
            self.quiet = False

    @precondition(lambda self: self.payments)
    @rule(which=st.integers(0))
    def delete_payment(self, which: int) -> None:
        self.accountant.delete_payment(self._payment(which))
        self.quiet = False

    @precondition(lambda self: self.payments)
    @rule(which=st.integers(0))
    def void_payment(self, which: int) -> None:
        self.accountant.void_payment(self._payment(which))
        self.quiet = False

    @rule(which=st.integers(0), day=DAYS)
    def change(self, which: int, day: int) -> None:
        if row := self._invoice(which):
            self.accountant.edit(row["Id"], DueDate=f"2027-03-{day:02d}")
            self.quiet = False

    @rule(which=st.integers(0), note=st.sampled_from(["", "Anulowano", "Annulé"]), delete=st.booleans())
    def end(self, which: int, note: str, delete: bool) -> None:
        row = self._invoice(which)
        if row is None or row["Id"] in self.payments.values():
            return
        if delete:
            self.accountant.delete(row["Id"])
        else:
            self.accountant.void(row["Id"])
            if note:
                self.accountant.edit(row["Id"], PrivateNote=note)
        self.quiet = False

    # The way, and the clock.

    @rule()
    def deliver(self) -> None:
        self.accountant.deliver_badly(self.random, lost=LOST)

    @rule()
    def work(self) -> None:
        self.accountant.house.engine.run_schedule(TRACK)
        self.accountant.house.run()

    @rule(seconds=st.sampled_from([1, 60, 600, 3600]))
    def wait(self, seconds: int) -> None:
        self.accountant.later(timedelta(seconds=seconds))

    @rule(
        path=st.sampled_from(["/cdc", "/query"]), how=st.sampled_from(["drop_before", "truncate", "garble", "status"])
    )
    def fault(self, path: str, how: str) -> None:
        self.accountant.vendor.faults.add({"action": how, "path": path, "times": 1})

    @rule()
    def sweep(self) -> None:
        with suppress(ExceptionGroup):  # of a fault; the cursor stays and the next one sees it all
            catch_up_all(self.accountant.house.app)

    # What must hold.

    @rule()
    def settle(self) -> None:
        """Nothing is lost any more, and one sweep."""
        accountant = self.accountant
        accountant.vendor.faults.clear()
        accountant.lose()
        accountant.later(timedelta(seconds=2))
        catch_up_all(accountant.house.app)
        accountant.house.run()
        self.quiet = True

    @invariant()
    def same_as_quickbooks(self) -> None:
        if self.quiet:
            for invoice in self.invoices:
                assert _ours(self.accountant, invoice) == _theirs(self.accountant, invoice)

    def _payment(self, which: int) -> str:
        """Take a payment out of the model."""
        payment = sorted(self.payments, key=int)[which % len(self.payments)]
        del self.payments[payment]
        return payment

    def _invoice(self, which: int) -> dict[str, Any] | None:
        """Return one that is still open to changes."""
        rows = self.accountant.vendor.rows(REALM, "Invoice")
        alive = [rows[one] for one in self.invoices if one in rows and Decimal(rows[one]["TotalAmt"]) > 0]
        return alive[which % len(alive)] if alive else None


def _theirs(accountant: Accountant, invoice: str) -> tuple[object, ...]:
    """Read an invoice's truth from the emulator's own rows."""
    row = accountant.vendor.rows(REALM, "Invoice").get(invoice)
    if row is None:
        return ("deleted",)
    days = [
        payment["TxnDate"]
        for payment in accountant.vendor.rows(REALM, "Payment").values()
        for line in payment["Line"]
        if any(link["TxnId"] == invoice and link["TxnType"] == "Invoice" for link in line["LinkedTxn"])
    ]
    total = Decimal(row["TotalAmt"])
    return ("voided" if total == 0 else "live", total, Decimal(row["Balance"]), max(days, default=None), row["DueDate"])


def _ours(accountant: Accountant, invoice: str) -> tuple[object, ...]:
    with accountant.house.app.database.read(accountant.house.who.tenant_id) as store:
        connection = store.connections.current()
        assert connection is not None
        row = store.invoices.of_quickbooks(connection.id, invoice)
    if row is None or row.deleted:
        return ("deleted",)  # one that came and went between two looks was never known
    total, balance = Decimal(row.total) / 100, Decimal(row.balance) / 100
    paid_on = row.paid_on.isoformat() if row.paid_on else None
    return ("voided" if row.voided else "live", total, balance, paid_on, row.due_on.isoformat() if row.due_on else None)


def test_mirror_equals_quickbooks_after_quiet_and_one_sweep(tmp_path: Path) -> None:
    with at_vendors_clock(tmp_path) as accountant:
        Books.accountant = accountant
        run_state_machine_as_test(
            Books,
            settings=settings(
                max_examples=1000 if SOAK else 12,
                stateful_step_count=60 if SOAK else 40,
                deadline=None,
                derandomize=not SOAK,
                suppress_health_check=list(HealthCheck),
            ),
        )
        Watch(accountant.house).check(texts=True)


def test_all_events_lost_is_mended_within_a_quarter_of_an_hour(tmp_path: Path) -> None:
    """Nothing but the timetable helps: twelve minutes at most, a look at it every twenty seconds."""
    with at_vendors_clock(tmp_path) as accountant:
        random = Random(7)
        made = [accountant.invoice(str(10 * number)) for number in range(1, 6)]
        for _ in range(60 if SOAK else 6):
            invoice = random.choice(made)
            row = accountant.vendor.rows(REALM, "Invoice")[invoice]
            if Decimal(row["Balance"]) > 1:
                accountant.pay(invoice, "1", on=f"2026-10-{random.randint(1, 25):02d}")
            accountant.edit(invoice, DueDate=f"2027-03-{random.randint(1, 25):02d}")
            accountant.lose()
            waited = timedelta(0)
            while any(_ours(accountant, one) != _theirs(accountant, one) for one in made):
                assert waited < timedelta(minutes=15)
                accountant.wait_for_a_look()
                waited += timedelta(seconds=20)
