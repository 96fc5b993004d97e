"""Payments, credit memos, estimates and sales receipts in the QuickBooks emulator."""

from decimal import Decimal

import pytest

from dealvoice_sandbox.quickbooks.faults_text import Refusal
from sandbox.desk import Desk, line

D = Decimal


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_payment_when_in_part_then_the_rest_is_open_and_the_version_rises(desk):
    made = desk.invoice(line("100"))

    payment = desk.pay("40", (made, "40"))

    paid = desk.read("Invoice", made["Id"])
    assert (paid["Balance"], paid["SyncToken"], paid["LinkedTxn"]) == (
        60,
        "1",
        [{"TxnId": payment["Id"], "TxnType": "Payment"}],
    )
    assert (payment["UnappliedAmt"], payment["DepositToAccountRef"]["value"], desk.owes()) == (0, "4", 299)


def test_payment_when_over_then_the_rest_is_unapplied_and_the_customer_has_credit(desk):
    made = desk.invoice(line("100"))

    payment = desk.pay("150", (made, "100"))

    assert (payment["UnappliedAmt"], desk.read("Invoice", made["Id"])["Balance"], desk.owes()) == (50, 0, 239 - 50)


def test_payment_when_applied_to_nothing_then_lines_are_empty(desk):
    assert desk.pay("25")["Line"] == []


def test_payment_when_applied_to_several_then_each_falls(desk):
    first, second = desk.invoice(line("100")), desk.invoice(line("50"))

    desk.pay("120", (first, "100"), (second, "20"))

    assert [desk.read("Invoice", one["Id"])["Balance"] for one in (first, second)] == [0, 30]


def test_payment_by_the_parent_when_the_invoice_is_its_jobs_then_accepted(desk):
    made = desk.invoice(line("100"), customer="8")

    desk.pay("100", (made, "100"), customer="7")

    assert desk.read("Invoice", made["Id"])["Balance"] == 0


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"TotalAmt": None}, "6000"),
        ({"TotalAmt": "-5"}, "6000"),
        ({"TotalAmt": "50"}, "6000"),
        ({"CustomerRef": None}, "2020"),
        ({"CustomerRef": {"value": "2"}}, "6000"),
        ({"CustomerRef": {"value": "999"}}, "2500"),
        ({"PaymentRefNum": "x" * 22}, "2050"),
        ({"PaymentMethodRef": {"value": "99"}}, "2500"),
        ({"DepositToAccountRef": {"value": "79"}}, "2500"),
        ({"TxnDate": "soon"}, "2060"),
        ({"CurrencyRef": {"value": "EUR"}}, "6000"),
        ({"Line": "text"}, "2010"),
        ({"Line": [{"Amount": "1"}]}, "2020"),
        ({"Line": [{"Amount": "0", "LinkedTxn": [{"TxnId": "130", "TxnType": "Invoice"}]}]}, "2140"),
        ({"Line": [{"Amount": "1", "LinkedTxn": [{"TxnId": "4711", "TxnType": "Invoice"}]}]}, "620"),
        ({"Line": [{"Amount": "1", "LinkedTxn": [{"TxnId": "1", "TxnType": "Nonsense"}]}]}, "2170"),
    ],
)
def test_payment_when_it_cannot_be_then_refused(desk, change, code):
    made = desk.invoice(line("100"))
    applied = [{"Amount": "100", "LinkedTxn": [{"TxnId": made["Id"], "TxnType": "Invoice"}]}]

    body = {"TotalAmt": "100", "CustomerRef": {"value": "1"}, "Line": applied, **change}

    assert desk.refused("Payment", body).code == code


def test_payment_when_more_than_is_open_then_refused(desk):
    made = desk.invoice(line("100"))
    lines = [{"Amount": "60", "LinkedTxn": [{"TxnId": made["Id"], "TxnType": "Invoice"}]}] * 2

    assert desk.refused("Payment", {"TotalAmt": "120", "CustomerRef": {"value": "1"}, "Line": lines}).code == "6000"


def test_payment_when_updated_sparsely_without_lines_then_stays_applied(desk):
    made = desk.invoice(line("100"))
    payment = desk.pay("100", (made, "100"))

    changed = desk.change("Payment", payment, PrivateNote="by cheque")

    assert (changed["Line"][0]["Amount"], desk.read("Invoice", made["Id"])["Balance"]) == (100, 0)


def test_payment_when_updated_with_other_lines_then_applied_anew(desk):
    first, second = desk.invoice(line("100")), desk.invoice(line("50"))
    payment = desk.pay("100", (first, "100"))

    desk.change(
        "Payment", payment, Line=[{"Amount": "50", "LinkedTxn": [{"TxnId": second["Id"], "TxnType": "Invoice"}]}]
    )

    assert [desk.read("Invoice", one["Id"])["Balance"] for one in (first, second)] == [100, 0]
    assert (desk.read("Payment", payment["Id"])["UnappliedAmt"], desk.owes()) == (50, 239 + 50)
    assert desk.read("Invoice", first["Id"])["LinkedTxn"] == []


@pytest.mark.parametrize(("operation", "include"), [("update", "void"), ("void", "")])
def test_payment_when_voided_then_zero_and_the_invoice_is_open_again(desk, operation, include):
    made = desk.invoice(line("100"))
    payment = desk.pay("150", (made, "100"))

    gone = desk.act("Payment", payment, operation, include)

    assert (gone["TotalAmt"], gone["UnappliedAmt"], gone["Line"], gone["PrivateNote"]) == (0, 0, [], "Voided")
    assert (desk.read("Invoice", made["Id"])["Balance"], desk.owes()) == (100, 339)


@pytest.mark.parametrize(("entity", "allowed"), [("Payment", True), ("Payment", False), ("SalesReceipt", False)])
def test_void_of_payment_plain_when_switched_off_then_only_the_documented_form(desk, entity, allowed):
    desk.switch(void_of_payment_plain=allowed)
    made = desk.pay("10") if entity == "Payment" else desk.document(entity)

    if allowed:
        assert desk.act(entity, made, "void")["TotalAmt"] == 0
    else:
        refusal = desk.refused(entity, {"Id": made["Id"], "SyncToken": "0"}, operation="void")
        assert (refusal.code, refusal.detail) == ("500", "Operation Void is not supported.")


def test_payment_when_deleted_then_the_invoice_is_open_again(desk):
    made = desk.invoice(line("100"))
    payment = desk.pay("100", (made, "100"))

    desk.act("Payment", payment, "delete")

    again = desk.read("Invoice", made["Id"])
    assert (again["Balance"], again["LinkedTxn"], desk.owes()) == (100, [], 339)


@pytest.mark.parametrize("fixed", [True, False])
@pytest.mark.parametrize(("operation", "include"), [("delete", ""), ("update", "void"), ("", "")])
def test_deposited_is_fixed_when_the_payment_lies_in_a_deposit_then_6540(desk, fixed, operation, include):
    desk.switch(deposited_is_fixed=fixed)
    payment = desk.read("Payment", "101")
    body = {"Id": "101", "SyncToken": payment["SyncToken"], "sparse": True}

    if fixed:
        refusal = desk.refused("Payment", body, operation=operation, include=include)
        assert refusal.code == "6540"
        assert refusal.detail.startswith("This transaction has been deposited.")
    else:
        assert desk.write("Payment", body, operation=operation, include=include)["Id"] == "101"


def test_receipt_of_a_payment_when_sent_then_goes_to_the_customer(desk):
    payment = desk.pay("10")

    desk.send("Payment", payment["Id"])

    mail = desk.emulator.outbox()[-1]
    assert (mail["to"], mail["entity"]) == ("Birds@Intuit.com", "Payment")


# Credit memos


def test_credit_memo_when_created_then_waits_beside_open_invoices(desk):
    memo = desk.document("CreditMemo", line("30"))

    assert (memo["TotalAmt"], memo["RemainingCredit"], memo["Balance"]) == (30, 30, 30)
    assert not {"DueDate", "LinkedTxn", "AllowOnlineACHPayment", "Deposit"} & set(memo)
    assert desk.owes() == 239 - 30


def test_credit_memo_when_applied_by_a_payment_of_nothing_then_used_up(desk):
    invoice = desk.invoice(line("100"))
    memo = desk.document("CreditMemo", line("30"))

    payment = desk.pay("0", (invoice, "30"), (memo, "30"))

    assert (payment["TotalAmt"], payment["UnappliedAmt"]) == (0, 0)
    assert desk.read("Invoice", invoice["Id"])["Balance"] == 70
    used = desk.read("CreditMemo", memo["Id"])
    assert (used["RemainingCredit"], used["SyncToken"], desk.owes()) == (0, "1", 239 + 70)


def test_credit_memo_when_more_credit_than_invoices_then_refused(desk):
    memo = desk.document("CreditMemo", line("30"))

    with pytest.raises(Refusal, match="6000"):
        desk.pay("0", (memo, "30"))


def test_credit_memo_when_its_invoice_is_voided_then_the_credit_comes_back(desk):
    invoice = desk.invoice(line("100"))
    memo = desk.document("CreditMemo", line("30"))
    desk.pay("0", (invoice, "30"), (memo, "30"))

    desk.act("Invoice", invoice, "void")

    assert (desk.read("CreditMemo", memo["Id"])["RemainingCredit"], desk.owes()) == (30, 239 - 30)


def test_credit_memo_when_used_then_neither_deleted_nor_made_smaller(desk):
    invoice = desk.invoice(line("100"))
    memo = desk.document("CreditMemo", line("30"))
    desk.pay("0", (invoice, "20"), (memo, "20"))
    now = {"Id": memo["Id"], "SyncToken": "1", "sparse": True}

    assert desk.refused("CreditMemo", now, operation="delete").code == "6480"
    assert desk.refused("CreditMemo", {**now, "Line": [line("10")]}).code == "6000"
    assert desk.change("CreditMemo", memo, Line=[line("50")])["RemainingCredit"] == 30


def test_credit_memo_when_voided_then_the_operation_does_not_exist(desk):
    memo = desk.document("CreditMemo")

    assert desk.refused("CreditMemo", {"Id": memo["Id"], "SyncToken": "0"}, operation="void").code == "500"


def test_credit_memo_when_deleted_then_the_customer_owes_as_before(desk):
    memo = desk.document("CreditMemo", line("30"))

    assert desk.act("CreditMemo", memo, "delete")["status"] == "Deleted"
    assert desk.owes() == 239


@pytest.mark.parametrize("at_birth", [True, False])
def test_credits_applied_at_birth_when_switched_then_a_new_invoice_is_paid_by_what_waits(desk, at_birth):
    desk.switch(credits_applied_at_birth=at_birth)
    memo = desk.document("CreditMemo", line("30"))
    payment = desk.pay("20")

    made = desk.invoice(line("100"))

    assert made["Balance"] == (50 if at_birth else 100)
    assert desk.read("CreditMemo", memo["Id"])["RemainingCredit"] == (0 if at_birth else 30)
    assert desk.read("Payment", payment["Id"])["UnappliedAmt"] == (0 if at_birth else 20)
    assert int(made["SyncToken"]) == (2 if at_birth else 0)
    assert desk.owes() == 239 + 50


@pytest.mark.parametrize(("credit", "payments", "balance"), [(True, False, 70), (False, True, 80), (False, False, 100)])
def test_waiting_credits_when_the_company_does_not_want_them_used_then_kept(desk, credit, payments, balance):
    desk.prefer("SalesFormsPrefs", AutoApplyCredit=credit, AutoApplyPayments=payments)
    desk.document("CreditMemo", line("30"))
    desk.pay("20")

    assert desk.invoice(line("100"))["Balance"] == balance


# Estimates


def test_estimate_when_created_then_pending_and_without_effect(desk):
    made = desk.document("Estimate", line("80"))

    assert (made["TxnStatus"], made["TotalAmt"], "Balance" in made, desk.owes()) == ("Pending", 80, False, 239)


def test_estimate_when_invoiced_then_closed_and_linked_both_ways(desk):
    estimate = desk.document("Estimate", line("80"))

    invoice = desk.invoice(line("80"), LinkedTxn=[{"TxnId": estimate["Id"], "TxnType": "Estimate"}])

    closed = desk.read("Estimate", estimate["Id"])
    assert invoice["LinkedTxn"] == [{"TxnId": estimate["Id"], "TxnType": "Estimate"}]
    assert (closed["TxnStatus"], closed["LinkedTxn"]) == ("Closed", [{"TxnId": invoice["Id"], "TxnType": "Invoice"}])


@pytest.mark.parametrize("operation", ["void", "delete"])
def test_estimate_when_its_invoice_goes_then_pending_again(desk, operation):
    estimate = desk.document("Estimate", line("80"))
    invoice = desk.invoice(line("80"), LinkedTxn=[{"TxnId": estimate["Id"], "TxnType": "Estimate"}])

    desk.act("Invoice", invoice, operation)

    assert (desk.read("Estimate", estimate["Id"])["TxnStatus"]) == "Pending"


def test_estimate_when_it_cannot_be_linked_then_620(desk):
    others = desk.document("Estimate", customer="2")
    rejected = desk.document("Estimate", TxnStatus="Rejected")

    codes = [
        desk.refused_invoice(LinkedTxn=[{"TxnId": txn, "TxnType": "Estimate"}]).code
        for txn in (others["Id"], rejected["Id"], "4711")
    ]

    assert codes == ["620", "620", "620"]


def test_estimate_when_its_state_is_unknown_then_refused(desk):
    body = {"CustomerRef": {"value": "1"}, "Line": [line()], "TxnStatus": "Perhaps"}

    assert desk.refused("Estimate", body).code == "2170"


def test_estimate_when_accepted_then_says_by_whom(desk):
    made = desk.document("Estimate")

    changed = desk.change("Estimate", made, TxnStatus="Accepted", AcceptedBy="Amy", AcceptedDate="2026-05-05")

    assert (changed["TxnStatus"], changed["AcceptedBy"], changed["SyncToken"]) == ("Accepted", "Amy", "1")


def test_estimate_when_deleted_then_its_invoice_loses_the_link(desk):
    estimate = desk.document("Estimate")
    invoice = desk.invoice(LinkedTxn=[{"TxnId": estimate["Id"], "TxnType": "Estimate"}])

    desk.act("Estimate", estimate, "delete")

    assert desk.read("Invoice", invoice["Id"])["LinkedTxn"] == []


# Sales receipts


def test_sales_receipt_when_created_then_paid_at_once(desk):
    made = desk.document("SalesReceipt", line("80"), PaymentMethodRef={"value": "1"})

    assert (made["TotalAmt"], made["Balance"], made["DepositToAccountRef"]["value"], desk.owes()) == (80, 0, "4", 239)
    assert "DueDate" not in made


def test_sales_receipt_when_voided_in_its_form_then_zero(desk):
    made = desk.document("SalesReceipt", line("80", Qty=2, UnitPrice=40))

    gone = desk.act("SalesReceipt", made, "update", "void")

    assert (gone["TotalAmt"], gone["PrivateNote"], gone["SyncToken"]) == (0, "Voided", "1")


def test_sales_receipt_when_changed_and_deleted_then_gone(desk):
    made = desk.document("SalesReceipt", line("80"))
    changed = desk.change("SalesReceipt", made, Line=[line("90")])

    desk.act("SalesReceipt", made, "delete")

    assert changed["TotalAmt"] == 90
    with pytest.raises(Refusal, match="610"):
        desk.read("SalesReceipt", made["Id"])
