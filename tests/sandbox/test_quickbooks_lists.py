"""Items, accounts, small lists, settings, currencies and rates, the tax service, attachments, other transactions."""

import base64
import json
from decimal import Decimal

import pytest

from dealvoice_sandbox.quickbooks import exchange_rates, tax_service
from dealvoice_sandbox.quickbooks.faults_text import Refusal
from playground.books import REALM, Books, a_books
from sandbox.desk import Desk, line

SERVICE = {"Name": "Pruning", "Type": "Service", "IncomeAccountRef": {"value": "1"}}
STOCK = {
    "Name": "Gnome", "Type": "Inventory", "QtyOnHand": 3, "InvStartDate": "2026-01-01", "TrackQtyOnHand": True,
    "IncomeAccountRef": {"value": "79"}, "ExpenseAccountRef": {"value": "80"}, "AssetAccountRef": {"value": "81"},
}  # fmt: skip


@pytest.fixture
def desk() -> Desk:
    return Desk()


def without(body, name):
    return {key: value for key, value in body.items() if key != name}


def several(desk):
    desk.prefer("CurrencyPrefs", MultiCurrencyEnabled=True)
    return desk


# Items.


def test_service_when_created_then_completed_as_recorded(desk):
    made = desk.write("Item", SERVICE)

    assert (made["UnitPrice"], made["PurchaseCost"], made["Taxable"], made["TrackQtyOnHand"]) == (0, 0, False, False)
    assert (made["Id"], made["IncomeAccountRef"]) == ("19", {"value": "1", "name": "Services"})


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (without(SERVICE, "Name"), "2020"),
        (without(SERVICE, "Type"), "2020"),
        (without(SERVICE, "IncomeAccountRef"), "2020"),
        ({**SERVICE, "Name": "a:b"}, "2040"),
        ({**SERVICE, "Name": "DESIGN"}, "6240"),
        ({**SERVICE, "Name": "x" * 101}, "2050"),
        ({**SERVICE, "Type": "Gadget"}, "2170"),
        ({**SERVICE, "Type": "Group"}, "500"),
        ({**SERVICE, "UnitPrice": "100000000000"}, "2140"),
        ({**SERVICE, "UnitPrice": "dear"}, "2010"),
        ({**SERVICE, "IncomeAccountRef": {"value": "999"}}, "2500"),
        ({**SERVICE, "IncomeAccountRef": {"value": "80"}}, "6430"),
        ({**SERVICE, "SubItem": True}, "6150"),
        (without(STOCK, "InvStartDate"), "2020"),
        (without(STOCK, "QtyOnHand"), "2020"),
        (without(STOCK, "AssetAccountRef"), "2020"),
        ({**STOCK, "IncomeAccountRef": {"value": "1"}}, "6430"),
        ({**STOCK, "InvStartDate": "2026-02-31"}, "2070"),
    ],
)
def test_item_when_it_cannot_be_then_refused(desk, body, code):
    assert desk.refused("Item", body).code == code


def test_stock_when_created_then_tracked(desk):
    made = desk.write("Item", STOCK)

    assert (made["TrackQtyOnHand"], made["QtyOnHand"]) == (True, 3)


def test_item_below_a_category_when_created_then_has_its_path(desk):
    top = desk.write("Item", {"Name": "Garden", "Type": "Category"})
    low = desk.write("Item", {"Name": "Trees", "Type": "Category", "SubItem": True, "ParentRef": {"value": top["Id"]}})

    made = desk.write("Item", {**SERVICE, "SubItem": True, "ParentRef": {"value": low["Id"]}})

    assert (made["FullyQualifiedName"], made["Level"]) == ("Garden:Trees:Pruning", 2)
    assert {"IncomeAccountRef", "UnitPrice"} & set(low) == set()


def test_item_when_of_the_same_name_below_another_parent_then_accepted(desk):
    top = desk.write("Item", {"Name": "Garden", "Type": "Category"})

    made = desk.write("Item", {**SERVICE, "Name": "Design", "SubItem": True, "ParentRef": {"value": top["Id"]}})

    assert made["FullyQualifiedName"] == "Garden:Design"


def test_category_when_renamed_then_paths_below_follow(desk):
    top = desk.write("Item", {"Name": "Garden", "Type": "Category"})
    made = desk.write("Item", {**SERVICE, "SubItem": True, "ParentRef": {"value": top["Id"]}})

    desk.change("Item", top, Name="Park")

    assert desk.read("Item", made["Id"])["FullyQualifiedName"] == "Park:Pruning"


def test_item_when_made_inactive_then_an_invoice_cannot_use_it(desk):
    made = desk.write("Item", SERVICE)
    desk.change("Item", made, Active=False)

    assert desk.refused("Invoice", {"CustomerRef": {"value": "1"}, "Line": [line("1", item=made["Id"])]}).code == "2500"


# Accounts.


def test_account_when_created_by_subtype_then_type_and_class_are_told(desk):
    made = desk.write("Account", {"Name": "Licences", "AccountSubType": "SalesOfProductIncome"})

    assert (made["AccountType"], made["Classification"], made["SubAccount"]) == ("Income", "Revenue", False)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"Name": "New"}, "6010"),
        ({"AccountType": "Income"}, "2020"),
        ({"Name": "Services", "AccountType": "Income"}, "6240"),
        ({"Name": 'a"b', "AccountType": "Income"}, "2040"),
        ({"Name": "New", "AccountType": "Nonsense"}, "2170"),
        ({"Name": "New", "AccountType": "Income", "AccountSubType": "Savings"}, "2170"),
        ({"Name": "New", "AccountType": "Income", "AcctNum": "12345678"}, "2050"),
        ({"Name": "New", "AccountType": "Bank", "ParentRef": {"value": "1"}}, "700"),
    ],
)
def test_account_when_it_cannot_be_then_refused(desk, body, code):
    assert desk.refused("Account", body).code == code


def test_account_when_soft_deleted_then_renamed(desk):
    made = desk.write("Account", {"Name": "Licences", "AccountType": "Income"})

    assert desk.change("Account", made, Active=False)["Name"] == "Licences (deleted)"


# Small lists.


def test_term_when_date_driven_then_says_so(desk):
    made = desk.write("Term", {"Name": "15th", "DayOfMonthDue": 15, "DueNextMonthDays": 5})

    assert (made["Type"], made["DayOfMonthDue"]) == ("DATE_DRIVEN", 15)


@pytest.mark.parametrize(
    ("entity", "body", "code"),
    [
        ("Term", {"Name": "Soon"}, "2020"),
        ("Term", {"Name": "Net 30", "DueDays": 30}, "6240"),
        ("Term", {"Name": "x" * 32, "DueDays": 30}, "2050"),
        ("Term", {"Name": "Late", "DueDays": 1000}, "2090"),
        ("PaymentMethod", {"Name": "Barter", "Type": "OTHER"}, "2170"),
        ("PaymentMethod", {"Name": "cash"}, "6240"),
        ("Class", {"Name": "a:b"}, "2040"),
        ("Class", {"Name": "North", "ParentRef": {"value": "99"}}, "2500"),
        ("TaxAgency", {}, "2020"),
        ("TaxCode", {"Name": "X"}, "500"),
        ("TaxRate", {"Name": "X"}, "500"),
        ("CustomerType", {"Name": "X"}, "500"),
    ],
)
def test_row_of_a_list_when_it_cannot_be_then_refused(desk, entity, body, code):
    assert desk.refused(entity, body).code == code


@pytest.mark.parametrize(("entity", "sub"), [("Class", "SubClass"), ("Department", "SubDepartment")])
def test_tree_when_grown_then_paths_are_told_to_the_fifth_level(desk, entity, sub):
    made = desk.write(entity, {"Name": "L1"})
    for n in range(2, 6):
        made = desk.write(entity, {"Name": f"L{n}", "ParentRef": {"value": made["Id"]}})

    assert (made["FullyQualifiedName"], made[sub]) == ("L1:L2:L3:L4:L5", True)
    assert desk.refused(entity, {"Name": "L6", "ParentRef": {"value": made["Id"]}}).code == "6180"


def test_class_when_tracking_is_off_then_5030(desk):
    desk.prefer("AccountingInfoPrefs", ClassTrackingPerTxn=False, ClassTrackingPerTxnLine=False)

    assert desk.refused("Class", {"Name": "North"}).code == "5030"


# Settings.


def test_preferences_when_changed_then_only_what_is_sent_and_open_changes(desk):
    body = {
        "SyncToken": desk.read("Preferences", "1")["SyncToken"],
        "SalesFormsPrefs": {"CustomTxnNumbers": True, "AutoApplyCredit": False},
        "CurrencyPrefs": {"MultiCurrencyEnabled": True},
    }

    changed = desk.write("Preferences", body)

    assert changed["SalesFormsPrefs"]["CustomTxnNumbers"] is True
    assert changed["SalesFormsPrefs"]["AutoApplyCredit"] is True
    assert changed["SalesFormsPrefs"]["DefaultTerms"] == {"value": "3"}
    assert not changed["CurrencyPrefs"].get("MultiCurrencyEnabled")


def test_several_currencies_when_on_then_cannot_be_switched_off(desk):
    token = several(desk).read("Preferences", "1")["SyncToken"]

    desk.write("Preferences", {"SyncToken": token, "CurrencyPrefs": {"MultiCurrencyEnabled": False}})

    assert desk.read("Preferences", "1")["CurrencyPrefs"]["MultiCurrencyEnabled"] is True


def test_custom_numbers_when_set_by_a_client_then_an_invoice_has_none(desk):
    token = desk.read("Preferences", "1")["SyncToken"]

    desk.write("Preferences", {"SyncToken": token, "SalesFormsPrefs": {"CustomTxnNumbers": True}})

    assert "DocNumber" not in desk.invoice(line("10"))


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"SalesFormsPrefs": {"AllowDeposit": True}}, "2020"),
        ({"SyncToken": "99", "SalesFormsPrefs": {"AllowDeposit": True}}, "5010"),
        ({"SyncToken": "0", "SalesFormsPrefs": {"AllowDepositing": True}}, "2010"),
        ({"SyncToken": "0", "SalesFormsPrefs": {"AllowDeposit": "maybe"}}, "2010"),
        ({"SyncToken": "0", "SalesFormsPrefs": {"DefaultTerms": {"value": "99"}}}, "2500"),
    ],
)
def test_preferences_when_they_cannot_be_then_refused(desk, body, code):
    assert desk.refused("Preferences", body).code == code


def test_company_when_renamed_then_rest_stays(desk):
    row = desk.read("CompanyInfo", "1")

    changed = desk.write(
        "CompanyInfo", {"SyncToken": row["SyncToken"], "sparse": True, "CompanyName": "Craig & Co", "EmployerId": "1"}
    )

    assert (changed["CompanyName"], changed["CompanyAddr"], changed["NameValue"]) == (
        "Craig & Co", row["CompanyAddr"], row["NameValue"],
    )  # fmt: skip
    assert "EmployerId" not in changed


# Currencies and rates.


def test_currency_when_added_then_named_and_can_be_hidden(desk):
    made = several(desk).write("CompanyCurrency", {"Code": "PLN"})

    assert (made["Name"], made["Active"]) == ("Polish Zloty", True)
    assert desk.change("CompanyCurrency", made, Active=False)["Active"] is False


@pytest.mark.parametrize(("code", "fault"), [("ZZZ", "2220"), ("USD", "6240"), ("EURO", "2050")])
def test_currency_when_it_cannot_be_then_refused(desk, code, fault):
    assert several(desk).refused("CompanyCurrency", {"Code": code}).code == fault


def test_currency_when_company_has_one_then_5030(desk):
    assert desk.refused("CompanyCurrency", {"Code": "EUR"}).code == "5030"


def test_rate_when_set_for_a_day_then_holds_from_that_day_on(desk):
    several(desk).write("ExchangeRate", {"SourceCurrencyCode": "EUR", "AsOfDate": "2026-03-01", "Rate": "1.25"})

    rates = [exchange_rates.read(desk.emulator, desk.realm, "eur", day)["Rate"] for day in ("2026-03-01", "2026-04-01")]
    assert rates == [Decimal("1.25")] * 2
    assert exchange_rates.read(desk.emulator, desk.realm, "EUR", "2026-02-28")["Rate"] == Decimal("1.08")


@pytest.mark.parametrize(("code", "fault"), [("USD", "6000"), ("ZZZ", "2220"), ("", "2020")])
def test_rate_when_asked_for_no_foreign_currency_then_refused(desk, code, fault):
    several(desk)

    with pytest.raises(Refusal) as caught:
        exchange_rates.read(desk.emulator, desk.realm, code, "")

    assert caught.value.code == fault


def test_rates_when_queried_then_one_row_for_each_day_and_currency_asked_for():
    with a_books() as books:
        books.emulator.rows(REALM, "Preferences")["1"]["CurrencyPrefs"]["MultiCurrencyEnabled"] = True
        asked = "select * from ExchangeRate where SourceCurrencyCode in ('EUR', 'INR') and AsOfDate = '2015-07-07'"
        rows = books.query(asked)["ExchangeRate"]
        read = books.call("GET", "exchangerate", params={"sourcecurrencycode": "EUR", "asofdate": "2015-07-07"})

    assert [(row["SourceCurrencyCode"], row["AsOfDate"]) for row in rows] == [
        ("EUR", "2015-07-07"), ("INR", "2015-07-07"),
    ]  # fmt: skip
    assert read.json()["ExchangeRate"] == rows[0]


# Tax service.


def a_code(**more):
    rate = {"TaxRateName": "City", "RateValue": "8.5", "TaxAgencyId": "1", "TaxApplicableOn": "Sales"}
    return {"TaxCode": "Town", "TaxRateDetails": [{**rate, **more}]}


def test_tax_code_when_made_then_answer_is_bare_and_invoices_can_use_it():
    with a_books() as books:
        made = books.call("POST", "taxservice/taxcode", json=a_code()).json()
        body = {
            "CustomerRef": {"value": "1"}, "Line": [line("100", code="TAX")],
            "TxnTaxDetail": {"TxnTaxCodeRef": {"value": made["TaxCodeId"]}},
        }  # fmt: skip
        invoice = books.call("POST", "invoice", json=json.loads(json.dumps(body, default=float))).json()["Invoice"]

    assert set(made) == {"TaxCode", "TaxCodeId", "TaxRateDetails"}
    assert invoice["TxnTaxDetail"]["TotalTax"] == 8.5


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"TaxCode": "Town"}, "2020"),
        ({**a_code(), "TaxCode": "California"}, "6240"),
        (a_code(RateValue="101"), "2090"),
        (a_code(TaxAgencyId="99"), "2500"),
        (a_code(TaxRateName="California"), "6240"),
        (a_code(Colour="red"), "2010"),
        ({"TaxCode": "Town", "TaxRateDetails": [{"TaxRateId": "99"}]}, "2500"),
        ({"TaxCode": "Town", "TaxRateDetails": [{"TaxRateId": "3"}, {"TaxRateId": "3"}]}, "6000"),
    ],
)
def test_tax_code_when_it_cannot_be_then_refused(desk, body, code):
    with pytest.raises(Refusal) as caught:
        tax_service.create(desk.emulator, desk.realm, body)

    assert caught.value.code == code


# Attachments.


def upload(books: Books, content: bytes, about: dict[str, object], *, encoding: str = ""):
    head = f"Content-Transfer-Encoding: {encoding}\r\n" if encoding else ""
    body = (
        b'--cut\r\nContent-Disposition: form-data; name="file_metadata_01"; filename="m.json"\r\n'
        b"Content-Type: application/json\r\n\r\n" + json.dumps(about).encode() + b"\r\n"
        b'--cut\r\nContent-Disposition: form-data; name="file_content_01"; filename="order.pdf"\r\n'
        b"Content-Type: application/pdf\r\n" + head.encode() + b"\r\n" + content + b"\r\n--cut--\r\n"
    )
    kind = {"Content-Type": "multipart/form-data; boundary=cut"}
    answer = books.call("POST", "upload", content=body, headers=kind)
    assert answer.status_code == 200, answer.text
    return answer.json()["AttachableResponse"][0]


@pytest.mark.parametrize("encoding", ["", "base64"])
def test_file_when_uploaded_then_comes_back_byte_for_byte_without_a_token(encoding):
    content = bytes(range(256)) + b"\r\n--cu"
    with a_books() as books:
        sent = base64.b64encode(content) if encoding else content
        about = {"AttachableRef": [{"EntityRef": {"type": "Invoice", "value": "130"}, "IncludeOnSend": True}]}
        made = upload(books, sent, about, encoding=encoding)["Attachable"]
        address = books.call("GET", f"download/{made['Id']}").text
        got = books.http.get(address)
        books.wait(minutes=20)
        late = books.http.get(address)

    assert (made["FileName"], made["Size"], made["ContentType"]) == ("order.pdf", len(content), "application/pdf")
    assert (got.status_code, got.content, got.headers["content-type"]) == (200, content, "application/pdf")
    assert late.status_code == 403


def test_file_when_hung_on_nothing_then_its_own_answer_is_a_fault():
    with a_books() as books:
        told = upload(books, b"x", {"AttachableRef": [{"EntityRef": {"type": "Estimate", "value": "75"}}]})

    (error,) = told["Fault"]["Error"]
    assert error["code"] == "6000"
    assert error["Detail"].endswith("The entity Estimate 75 that you are trying to link does not exist. Estimate 75")


def test_note_when_hung_on_an_invoice_then_found_by_it():
    with a_books() as books:
        body = {"Note": "Call first", "AttachableRef": [{"EntityRef": {"type": "Invoice", "value": "130"}}]}
        made = books.call("POST", "attachable", json=body).json()["Attachable"]
        rows = books.query("select * from Attachable where AttachableRef.EntityRef.Value = '130'")["Attachable"]
        gone = books.call("POST", "attachable", params={"operation": "delete"}, json={"Id": made["Id"]}).json()

    assert [row["Id"] for row in rows] == [made["Id"]]
    assert gone["Attachable"]["status"] == "Deleted"


def test_note_when_empty_then_2020(desk):
    assert desk.refused("Attachable", {"Category": "Document"}).code == "2020"


# Other transactions.

EXPENSE = {
    "Amount": "20", "DetailType": "AccountBasedExpenseLineDetail",
    "AccountBasedExpenseLineDetail": {"AccountRef": {"value": "7"}},
}  # fmt: skip


def posting(kind, amount="20"):
    detail = {"PostingType": kind, "AccountRef": {"value": "7"}}
    return {"Amount": amount, "DetailType": "JournalEntryLineDetail", "JournalEntryLineDetail": detail}


def test_bill_when_kept_then_totalled_and_changed_and_deleted(desk):
    made = desk.write("Bill", {"VendorRef": {"value": "30"}, "Line": [EXPENSE, EXPENSE]})

    assert (made["TotalAmt"], made["Balance"], made["VendorRef"]["name"]) == (40, 40, "Books by Bessie")
    assert desk.change("Bill", made, PrivateNote="paid")["SyncToken"] == "1"
    assert desk.act("Bill", made, "delete")["status"] == "Deleted"


@pytest.mark.parametrize(
    ("entity", "body", "code"),
    [
        ("Bill", {"VendorRef": {"value": "30"}}, "2020"),
        ("Bill", {"Line": [EXPENSE]}, "2020"),
        ("Bill", {"VendorRef": {"value": "999"}, "Line": [EXPENSE]}, "2500"),
        ("Purchase", {"Line": [EXPENSE], "AccountRef": {"value": "41"}}, "2020"),
        ("JournalEntry", {"Line": [posting("Debit"), posting("Credit", "19")]}, "6000"),
        ("Transfer", {"FromAccountRef": {"value": "35"}, "Amount": "5"}, "2020"),
        ("TimeActivity", {"NameOf": "Employee"}, "2020"),
        ("Deposit", {"Line": []}, "2020"),
    ],
)
def test_other_transaction_when_it_cannot_be_then_refused(desk, entity, body, code):
    assert desk.refused(entity, body).code == code


def test_journal_when_it_balances_then_kept(desk):
    assert len(desk.write("JournalEntry", {"Line": [posting("Debit"), posting("Credit")]})["Line"]) == 2


def test_payment_when_in_a_deposit_then_cannot_be_deleted_until_it_is_taken_out(desk):
    payment = desk.pay("25")
    link = {"LinkedTxn": [{"TxnId": payment["Id"], "TxnType": "Payment", "TxnLineId": "0"}], "Amount": "25"}
    deposit = desk.write("Deposit", {"DepositToAccountRef": {"value": "35"}, "Line": [link]})
    body = {"Id": payment["Id"], "SyncToken": desk.read("Payment", payment["Id"])["SyncToken"]}

    assert desk.refused("Payment", body, operation="delete").code == "6540"
    desk.act("Deposit", deposit, "delete")
    assert desk.act("Payment", payment, "delete")["status"] == "Deleted"
