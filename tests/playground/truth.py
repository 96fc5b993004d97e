"""What must hold of one creation that ended well; what must hold of everything: ``invariants``."""

from typing import Any

from dealvoice.invoicing.marker import has_marker, marker
from dealvoice.storage.operations import FINAL, State
from playground.house import House


def check_creation(house: House, *, operation_id: str, deal_id: int, mails: int = 0) -> dict[str, Any]:
    """
    Check that a creation ended well: one invoice, one note, as many e-mails as ordered, all agreeing.

    Returns:
        The invoice as QuickBooks has it.
    """
    with house.app.database.everyone_read() as lobby:
        operation = lobby.operations.get(operation_id)
        assert operation is not None
        row = lobby.of(operation.tenant).invoices.get(operation.invoice_id or "")
    assert State(operation.state) in FINAL, operation.state
    assert operation.state == State.DONE, (operation.state, operation.fault)
    assert row is not None
    ours = marker(deal_id, operation_id)
    made = [
        one
        for one in house.books("select * from Invoice maxresults 1000")
        if has_marker(one.get("PrivateNote", ""), ours)
    ]
    assert len(made) == 1, f"{len(made)} invoices"
    assert row.quickbooks_id == made[0]["Id"]
    assert row.number == made[0]["DocNumber"]
    notes = [note for note in house.notes(deal_id) if f"txnId={made[0]['Id']}" in note["content"].replace("&quot;", "")]
    mine = [note for note in notes if _names(note["content"], made[0]["Id"])]
    assert len(mine) == 1, f"{len(mine)} notes"
    sent = [mail for mail in house.quickbooks("GET", "/_sandbox/outbox") if mail["invoice"] == made[0]["Id"]]
    assert len(sent) == mails, f"{len(sent)} e-mails"
    return made[0]


def _names(content: str, quickbooks_id: str) -> bool:
    tail = content.split(f"txnId={quickbooks_id}", 1)[1][:1]
    return not tail.isdigit()
