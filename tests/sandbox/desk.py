"""A desk at QuickBooks: an emulator spoken to in process, by the same door as HTTP and batches use."""

import pickle
from decimal import Decimal
from functools import cache
from typing import Any

import pytest

from dealvoice_sandbox.core.clock import Clock
from dealvoice_sandbox.core.portal import Portal
from dealvoice_sandbox.quickbooks import documents, operations
from dealvoice_sandbox.quickbooks.emulator import QuickBooksEmulator
from dealvoice_sandbox.quickbooks.faults_text import Refusal
from dealvoice_sandbox.seeds import quickbooks_worlds

Row = dict[str, Any]


@cache
def _seeded(seed: str) -> bytes:
    """Return a seed's tree as it is when fresh; one is drawn up per process and read again for each desk."""
    return pickle.dumps(quickbooks_worlds.build(seed, Clock().now()))


class Desk:
    """One company of one emulator."""

    def __init__(self, seed: str = "us") -> None:
        portal = Portal.for_app("http://localhost:9", redirect_path="/quickbooks/callback")
        portal.webhook_url = ""
        self.emulator = QuickBooksEmulator(Clock(), portal, seed="", folder=None)
        self.emulator.deliveries.stop()
        self.emulator.store.tree = pickle.loads(_seeded(seed))
        self.realm = next(iter(self.emulator.store.tree["companies"]))

    def switch(self, **values: Any) -> None:
        self.emulator.switches.take_over(values)

    def prefer(self, group: str, **values: Any) -> None:
        """Change preferences."""
        self.emulator.rows(self.realm, "Preferences")["1"].setdefault(group, {}).update(values)

    def write(self, entity: str, body: Row, *, operation: str = "", include: str = "") -> Row:
        options = frozenset(include.split(","))
        return dict(operations.write(self.emulator, self.realm, entity, body, operation=operation, include=options))

    def read(self, entity: str, entity_id: str) -> Row:
        return operations.read(self.emulator, self.realm, entity, entity_id)

    def send(self, entity: str, entity_id: str, to: str | None = None) -> Row:
        return documents.send(self.emulator, self.realm, entity, entity_id, to)

    def pdf(self, entity: str, entity_id: str) -> bytes:
        return documents.pdf(self.emulator, self.realm, entity, entity_id)

    def document(self, entity: str, *lines: Row, customer: str = "1", **more: Any) -> Row:
        return self.write(entity, {"CustomerRef": {"value": customer}, "Line": list(lines) or [line()], **more})

    def invoice(self, *lines: Row, customer: str = "1", **more: Any) -> Row:
        return self.document("Invoice", *lines, customer=customer, **more)

    def change(self, entity: str, row: Row, *, sparse: bool = True, **values: Any) -> Row:
        now = self.read(entity, row["Id"])
        return self.write(entity, {"Id": row["Id"], "SyncToken": now["SyncToken"], "sparse": sparse, **values})

    def act(self, entity: str, row: Row, operation: str, include: str = "") -> Row:
        """Void or delete."""
        now = self.read(entity, row["Id"])
        body = {"Id": row["Id"], "SyncToken": now["SyncToken"], "sparse": True}
        return self.write(entity, body, operation=operation, include=include)

    def pay(
        self, amount: str, *applied: tuple[Row, str], customer: str = "1", kind: str = "Invoice", **more: Any
    ) -> Row:
        """Receive a payment; ``applied`` are documents with the amount that goes to each."""
        rows = [
            {
                "Amount": part,
                "LinkedTxn": [{"TxnId": row["Id"], "TxnType": "CreditMemo" if "RemainingCredit" in row else kind}],
            }
            for row, part in applied
        ]
        return self.write("Payment", {"TotalAmt": amount, "CustomerRef": {"value": customer}, "Line": rows, **more})

    def owes(self, customer: str = "1") -> Decimal:
        return Decimal(self.read("Customer", customer)["Balance"])

    def refused(self, entity: str, body: Row, *, operation: str = "", include: str = "") -> Refusal:
        with pytest.raises(Refusal) as caught:
            self.write(entity, body, operation=operation, include=include)
        return caught.value

    def refused_invoice(self, *lines: Row, customer: str = "1", **more: Any) -> Refusal:
        return self.refused("Invoice", {"CustomerRef": {"value": customer}, "Line": list(lines) or [line()], **more})


def line(amount: str = "10", item: str = "1", code: str = "", *, gross: str = "", **detail: Any) -> Row:
    """Return a sales line."""
    inner: Row = {"ItemRef": {"value": item}, **detail}
    if code:
        inner["TaxCodeRef"] = {"value": code}
    if gross:
        inner["TaxInclusiveAmt"] = gross
    return {"Amount": amount, "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": inner}


def percent_off(percent: str) -> Row:
    detail = {"PercentBased": True, "DiscountPercent": percent}
    return {"DetailType": "DiscountLineDetail", "DiscountLineDetail": detail}


def amount_off(amount: str) -> Row:
    return {"Amount": amount, "DetailType": "DiscountLineDetail", "DiscountLineDetail": {"PercentBased": False}}
