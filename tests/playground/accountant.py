"""An accountant at QuickBooks, without a browser: what is done here the product learns by events and sweeps only."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from dealvoice.storage.invoices import DealInvoice
from dealvoice.storage.invoices import InvoiceRow as StoredInvoice
from dealvoice.workflows.sync.receive import SWEEP
from dealvoice_sandbox.quickbooks import payments, sales
from playground.house import REALM, House, a_house
from playground.sweeping import take_in

Row = dict[str, Any]


@dataclass
class Accountant:
    """Works in the books of one house."""

    house: House
    customer: str = "1"
    told: list[Any] = field(default_factory=list)
    """Deliveries that were handed on so far, by number."""

    @property
    def vendor(self) -> Any:
        """The emulator itself."""
        return self.house.sandbox.quickbooks

    def invoice(self, amount: str = "100", *, due: str = "2030-01-01", deal: int = 0) -> str:
        """Make an invoice; linked to a deal once the product has it (``link``)."""
        body = {
            "CustomerRef": {"value": self.customer},
            "DueDate": due,
            "Line": [
                {
                    "Amount": amount, "DetailType": "SalesItemLineDetail",
                    "SalesItemLineDetail": {"ItemRef": {"value": "1"}, "TaxCodeRef": {"value": "NON"}},
                }
            ],
        }  # fmt: skip
        made: str = self._do(lambda: sales.create(self.vendor, REALM, body, allow_duplicate=False))["Id"]
        return made

    def pay(self, invoice: str, amount: str, *, on: str = "2026-11-01") -> str:
        """Receive money for an invoice."""
        body = {
            "CustomerRef": {"value": self.customer}, "TotalAmt": amount, "TxnDate": on,
            "Line": [{"Amount": amount, "LinkedTxn": [{"TxnId": invoice, "TxnType": "Invoice"}]}],
        }  # fmt: skip
        made: str = self._do(lambda: payments.create(self.vendor, REALM, body))["Id"]
        return made

    def edit(self, invoice: str, **changes: Any) -> None:
        """Change an invoice."""
        row = self.vendor.rows(REALM, "Invoice")[invoice]
        body = {"Id": invoice, "SyncToken": row["SyncToken"], "sparse": True, **changes}
        self._do(lambda: sales.update(self.vendor, REALM, body))

    def void(self, invoice: str) -> None:
        """Void an invoice."""
        self._do(lambda: sales.void(self.vendor, REALM, self._current("Invoice", invoice)))

    def delete(self, invoice: str) -> None:
        """Delete an invoice."""
        self._do(lambda: sales.delete(self.vendor, REALM, self._current("Invoice", invoice)))

    def void_payment(self, payment: str) -> None:
        """Void a payment: its invoices are open again."""
        self._do(lambda: payments.void(self.vendor, REALM, self._current("Payment", payment)))

    def delete_payment(self, payment: str) -> None:
        """Delete a payment: its invoices are open again."""
        self._do(lambda: payments.delete(self.vendor, REALM, self._current("Payment", payment)))

    def later(self, by: timedelta) -> None:
        """Let time pass."""
        self.vendor.clock.advance(by)

    def wait_for_a_look(self, time: timedelta = timedelta(seconds=20)) -> None:
        """Let time pass until the timetable next asks whose sweep is due, and have done what follows."""
        self.later(time)
        self.house.engine.advance(time)
        self.house.engine.run_schedule(SWEEP)
        self.house.run()

    # What the product hears.

    def events(self) -> list[Row]:
        """Return the events that were not handed on yet, one delivery each, and count them as handed on."""
        new = [one for one in self.vendor.deliveries.prepared() if one.number not in self.told]
        self.told += [one.number for one in new]
        return new

    def deliver(self, *, only: Iterable[str] = ()) -> None:
        """Hand over what the emulator would have delivered, or of it only some kinds of records."""
        kinds = set(only)
        for one in self.events():
            if kinds and not any(word.split()[0] in kinds for word in one.about.split(", ")):
                continue
            assert take_in(self.house.app, one.body, one.headers["intuit-signature"])
        self.house.run()

    def lose(self) -> None:
        """Let every event that is on its way be lost."""
        self.events()

    def deliver_badly(self, random: Random, *, lost: float = 0.3) -> None:
        """Hand events over late, twice and out of order, and lose some."""
        kept = [one for one in self.events() if random.random() >= lost]
        kept += [one for one in kept if random.random() < 0.3]
        random.shuffle(kept)
        for one in kept:
            assert take_in(self.house.app, one.body, one.headers["intuit-signature"])

    # What the product knows.

    def stored(self, invoice: str) -> StoredInvoice:
        """Return an invoice as the product has it."""
        with self.house.app.database.read(self.house.who.tenant_id) as store:
            connection = store.connections.current()
            assert connection is not None
            row = store.invoices.of_quickbooks(connection.id, invoice)
        assert row is not None, f"invoice {invoice} is not known"
        return row

    def link(self, invoice: str, deal: int) -> None:
        """Link an invoice to a deal, in the store alone."""
        row = self.stored(invoice)
        with self.house.app.database.write(self.house.who.tenant_id) as store:
            store.invoices.link(
                DealInvoice(
                    tenant=self.house.who.tenant_id, deal_id=deal, invoice_id=row.id, linked_by="A. Tester",
                    linked_at=datetime.now(UTC), made_here=False,
                )
            )  # fmt: skip

    def calls(self) -> list[str]:
        """Return the provider calls since the journal was cleared, as method and what was asked."""
        return [
            f"{row['method']} {row['path'].split('/')[-1].split('?')[0]}" for row in self.house.journal("quickbooks")
        ]

    def _current(self, entity: str, entity_id: str) -> Row:
        return {"Id": entity_id, "SyncToken": self.vendor.rows(REALM, entity)[entity_id]["SyncToken"]}

    def _do(self, work: Any) -> Any:
        return self.vendor.act(work)


def at_vendors_clock(folder: Path, *, seed: str = "us", database_url: str = "") -> Any:
    """Open a house whose product reads the vendor's clock, so that one can let time pass for both."""
    return _AtVendorsClock(a_house(folder, seed=seed, database_url=database_url))


class _AtVendorsClock:
    def __init__(self, opening: Any) -> None:
        self._opening = opening

    def __enter__(self) -> Accountant:
        house: House = self._opening.__enter__()
        house.close()
        house.settings = house.settings.model_copy(update={"sweep_seconds": 300.0, "sweep_seconds_most": 720.0})
        house.open(clock=house.sandbox.quickbooks.clock.now)
        house.who = house.install()
        house.connect(house.who)
        house.sandbox.quickbooks.deliveries.control({"hold": True})
        house.sandbox.quickbooks.switches.take_over({"webhook_window_seconds": 0})
        accountant = Accountant(house)
        accountant.lose()
        house.forget_journals()
        return accountant

    def __exit__(self, *error: object) -> None:
        self._opening.__exit__(*error)
