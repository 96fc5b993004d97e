"""An invoice made from an estimate: the link closes the estimate, and opens it again when the invoice goes."""

from typing import TYPE_CHECKING, Any

from dealvoice_sandbox.quickbooks import given
from dealvoice_sandbox.quickbooks.faults_text import Refusal, business
from dealvoice_sandbox.quickbooks.forms import Form, feature_off

if TYPE_CHECKING:
    from dealvoice_sandbox.quickbooks.emulator import QuickBooksEmulator

Row = dict[str, Any]


def wanted(emulator: "QuickBooksEmulator", realm: str, body: Row, form: Form) -> Row | None:
    """
    Return the estimate that a new invoice is to be linked to.

    Raises:
        Refusal: 620 for one that is missing, done with or another customer's; 6000 for more than one.
    """
    linked = [link for link in given.rows(body.get("LinkedTxn"), "LinkedTxn") if link.get("TxnType") == "Estimate"]
    if not linked:
        return None
    if not form.setting("SalesFormsPrefs", "AllowEstimates"):
        raise feature_off(emulator, "Estimates", "LinkedTxn")
    if len(linked) > 1:
        raise business("Only one estimate can be linked to an invoice.")
    txn = str(linked[0].get("TxnId") or "")
    row = emulator.rows(realm, "Estimate").get(txn)
    if row is None:
        raise Refusal("620", f"The entity Estimate {txn} that you are trying to link does not exist.", "LinkedTxn")
    done = row.get("TxnStatus") in ("Closed", "Rejected", "Converted")
    if done or row["CustomerRef"]["value"] != form.customer["Id"]:
        raise Refusal("620", f"Estimate {txn} cannot be linked to this transaction.", "LinkedTxn")
    return row


def close(emulator: "QuickBooksEmulator", realm: str, estimate: Row, invoice_id: str) -> None:
    """Close an estimate and link it to its invoice."""
    estimate["TxnStatus"] = "Closed"
    estimate["LinkedTxn"] = [*estimate.get("LinkedTxn", []), {"TxnId": invoice_id, "TxnType": "Invoice"}]
    emulator.touch(realm, "Estimate", estimate)


def reopen(emulator: "QuickBooksEmulator", realm: str, invoice: Row) -> None:
    """Let go of the estimate of an invoice that is voided or deleted; it is pending again."""
    for link in invoice.get("LinkedTxn", []):
        row = emulator.rows(realm, "Estimate").get(str(link["TxnId"])) if link.get("TxnType") == "Estimate" else None
        if row is not None:
            row["TxnStatus"] = "Pending"
            row["LinkedTxn"] = [one for one in row.get("LinkedTxn", []) if str(one["TxnId"]) != invoice["Id"]]
            emulator.touch(realm, "Estimate", row)
