"""Invoices and their kin in the QuickBooks emulator: lines, numbers, dates, addresses, what is refused, void, delete."""

from decimal import Decimal

import pytest

from sandbox.desk import Desk, amount_off, line, percent_off

D = Decimal


@pytest.fixture
def desk() -> Desk:
    return Desk()


# Lines


@pytest.mark.parametrize(
    ("quantity", "price", "amount"),
    [
        ("1.33333", "75", "100.00"),
        ("37.12345", "18.75", "696.06"),
        ("3", "26.6633333", "79.99"),
        ("0.00001", "100", "0"),
    ],
)
def test_line_when_amount_is_the_rounded_product_then_accepted(desk, quantity, price, amount):
    made = desk.invoice(line(amount, Qty=quantity, UnitPrice=price))

    assert made["TotalAmt"] == D(amount)


@pytest.mark.parametrize("amount", ["79.98", "80.00"])
def test_line_when_amount_is_off_by_a_cent_then_6070_in_the_vendors_words(desk, amount):
    refusal = desk.refused_invoice(line(amount, Qty="3", UnitPrice="26.6633333"))

    assert (refusal.code, refusal.detail) == (
        "6070",
        f"Amount is not equal to UnitPrice * Qty. Supplied value:{amount}",
    )


@pytest.mark.parametrize("detail", [{"Qty": "2"}, {"UnitPrice": "4"}, {}])
def test_line_when_quantity_or_price_is_left_out_then_amount_stands(desk, detail):
    assert desk.invoice(line("79.99", **detail))["TotalAmt"] == D("79.99")


def test_lines_when_created_then_numbered_with_a_subtotal_and_the_income_account(desk):
    first, second, subtotal = desk.invoice(line("10", "4"), line("20", "7"))["Line"]

    assert [(row["Id"], row["LineNum"]) for row in (first, second)] == [("1", 1), ("2", 2)]
    assert first["SalesItemLineDetail"]["ItemAccountRef"]["value"] == "82"
    assert subtotal == {"Amount": D(30), "DetailType": "SubTotalLineDetail", "SubTotalLineDetail": {}}


def test_lines_when_updated_without_ids_then_new_ids_that_were_never_used(desk):
    made = desk.invoice(line("10"), line("20"))
    desk.change("Invoice", made, Line=[{**line("10"), "Id": "2"}])

    changed = desk.change("Invoice", made, Line=[line("5"), {**line("10"), "Id": "2"}])

    assert [(row["Id"], row["LineNum"]) for row in changed["Line"][:2]] == [("3", 1), ("2", 2)]


def test_line_of_text_when_it_says_subtotal_then_sums_what_is_above(desk):
    text = {"DetailType": "DescriptionOnly", "Description": "Subtotal:"}

    made = desk.invoice(line("10"), line("5.50"), text, line("4"), text)

    assert [row.get("Description") for row in made["Line"]] == [
        None,
        None,
        "Subtotal: 15.50",
        None,
        "Subtotal: 4.00",
        None,
    ]
    assert made["TotalAmt"] == D("19.50")


def test_line_of_a_bundle_when_sold_then_expanded_to_its_items(desk):
    parts = [{"ItemRef": {"value": "11"}, "Qty": 2}, {"ItemRef": {"value": "4"}, "Qty": 1}]
    desk.emulator.rows(desk.realm, "Item")["90"] = {
        "Id": "90", "SyncToken": "0", "Name": "Kit", "Type": "Group", "Active": True,
        "ItemGroupDetail": {"ItemGroupLine": parts},
    }  # fmt: skip
    bundle = {"DetailType": "GroupLineDetail", "GroupLineDetail": {"GroupItemRef": {"value": "90"}, "Quantity": 3}}

    made = desk.invoice(bundle)

    inner = made["Line"][0]["GroupLineDetail"]["Line"]
    assert [(row["Amount"], row["SalesItemLineDetail"]["Qty"]) for row in inner] == [(D(90), 6), (D(225), 3)]
    assert (made["Line"][0]["Amount"], made["Line"][1]["Amount"]) == (D(315), D(315))


def test_line_of_shipping_when_allowed_then_stands_under_the_subtotal(desk):
    desk.prefer("SalesFormsPrefs", AllowShipping=True)

    made = desk.invoice(line("100"), line("12.50", "SHIPPING_ITEM_ID"), percent_off("10"))

    assert [row["DetailType"] for row in made["Line"]][1:] == [
        "SubTotalLineDetail", "DiscountLineDetail", "SalesItemLineDetail",
    ]  # fmt: skip
    assert (made["Line"][1]["Amount"], made["TotalAmt"]) == (D(100), D("102.50"))


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ({**line(), "DetailType": "Nonsense"}, "2170"),
        ({"Amount": 5}, "2020"),
        (line("x"), "2010"),
        (line("12345678901"), "2140"),
        (line("1", "999"), "2500"),
        (line("1", "5"), "6520"),
        (line("10", "SHIPPING_ITEM_ID"), "5030"),
        ({"DetailType": "GroupLineDetail", "GroupLineDetail": {"GroupItemRef": {"value": "1"}}}, "2500"),
        ({"DetailType": "GroupLineDetail"}, "2020"),
        ({**line(), "SalesItemLineDetail": "text"}, "2010"),
        ({**line(), "Description": "x" * 4001}, "2050"),
        (line("1", ClassRef={"value": "1"}), "2500"),
    ],
)
def test_line_when_it_cannot_be_then_refused(desk, row, code):
    assert desk.refused_invoice(row).code == code


def test_line_when_its_item_is_a_category_then_refused_in_the_vendors_words(desk):
    desk.emulator.rows(desk.realm, "Item")["90"] = {"Id": "90", "Name": "Plants", "Type": "Category", "Active": True}

    refusal = desk.refused_invoice(line("1", "90"))

    assert (refusal.code, refusal.detail) == (
        "2500",
        "Invalid Reference Id : Categories cannot be used in transactions.",
    )


def test_line_of_stock_when_dated_before_its_start_then_refused(desk):
    desk.emulator.rows(desk.realm, "Item")["5"]["InvStartDate"] = "2999-01-01"

    assert desk.refused_invoice(line("275", "5", Qty=1, UnitPrice=275)).code == "6000"


def test_lines_when_more_than_ten_thousand_then_refused(desk):
    assert desk.refused_invoice(*[line("1")] * 10_001).code == "6000"


@pytest.mark.parametrize(("code", "refused"), [("TAX", True), ("NON", False)])
def test_lines_when_more_than_750_then_refused_only_when_one_is_taxed(desk, code, refused):
    lines = [*[line("1", "1", "NON")] * 750, line("1", "1", code)]

    if refused:
        assert desk.refused_invoice(*lines).code == "6000"
    else:
        assert desk.invoice(*lines)["TotalAmt"] == 751


@pytest.mark.parametrize(("setting", "kind"), [("default", "SalesItemLineDetail"), ("text", "DescriptionOnly")])
def test_missing_item_when_switched_then_default_item_or_text(desk, setting, kind):
    desk.switch(missing_item=setting)

    made = desk.invoice(line("20"), {"Amount": 10, "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": {}})

    assert made["Line"][1]["DetailType"] == kind
    assert made["TotalAmt"] == (30 if setting == "default" else 20)


@pytest.mark.parametrize(("setting", "code"), [("item_and_customer", "NON"), ("item", "TAX")])
def test_default_line_code_when_switched_then_looks_at_the_customer_or_not(desk, setting, code):
    desk.switch(default_line_code=setting)

    made = desk.invoice(line("10", "8"), customer="3")

    assert made["Line"][0]["SalesItemLineDetail"]["TaxCodeRef"] == {"value": code}


def test_too_many_decimals_when_switched_then_rounded_or_refused(desk):
    rounded = desk.invoice(line("10.005"))["TotalAmt"]
    desk.switch(too_many_decimals="refuse")

    assert rounded == D("10.01")
    assert desk.refused_invoice(line("10.005")).code == "2110"
    assert desk.refused_invoice(line("10", Qty="1.000001", UnitPrice="10")).code == "2100"


# Discounts and deposits


def test_discount_when_percent_then_the_sample_companys_figures(desk):
    first = desk.invoice(line("305"), percent_off("10"))
    second = desk.invoice(line("1005"), percent_off("5"))

    assert (first["TotalAmt"], first["Line"][-1]["Amount"]) == (D("274.50"), D("30.50"))
    assert (second["TotalAmt"], second["Line"][-1]["Amount"]) == (D("954.75"), D("50.25"))
    assert first["Line"][-1]["DiscountLineDetail"]["DiscountAccountRef"]["value"] == "86"


@pytest.mark.parametrize(
    ("discount", "code"),
    [
        (amount_off("120"), "6000"),
        (percent_off("101"), "6000"),
        (percent_off("-1"), "6000"),
        ({"DetailType": "DiscountLineDetail", "DiscountLineDetail": {}}, "6090"),
        ({**percent_off("10"), "Amount": "9"}, "6000"),
    ],
)
def test_discount_when_it_cannot_be_then_refused(desk, discount, code):
    assert desk.refused_invoice(line("100"), discount).code == code


def test_discount_when_two_lines_then_refused(desk):
    assert desk.refused_invoice(line("100"), amount_off("1"), amount_off("2")).code == "6000"


def test_discount_when_its_account_is_inactive_then_refused(desk):
    desk.emulator.rows(desk.realm, "Account")["86"]["Active"] = False

    assert desk.refused_invoice(line("100"), amount_off("1")).code == "2500"


def test_discount_when_read_changed_and_written_then_percent_is_taken_anew(desk):
    made = desk.invoice(line("100"), percent_off("10"))
    discount = made["Line"][-1]

    assert desk.change("Invoice", made, Line=[line("200"), discount])["TotalAmt"] == 180


def test_total_when_below_zero_then_refused(desk):
    assert desk.refused_invoice(line("50"), line("-80")).code == "6000"


def test_deposit_when_given_then_balance_falls_and_account_is_kept(desk):
    made = desk.invoice(line("100"), Deposit="30", DepositToAccountRef={"value": "35"})

    assert (made["Balance"], made["DepositToAccountRef"]["name"], desk.owes()) == (D(70), "Checking", D(239 + 70))


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"Deposit": "120"}, "6000"),
        ({"Deposit": "-1"}, "6000"),
        ({"Deposit": "1", "DepositToAccountRef": {"value": "79"}}, "2500"),
    ],
)
def test_deposit_when_it_cannot_be_then_refused(desk, more, code):
    assert desk.refused_invoice(line("100"), **more).code == code


@pytest.mark.parametrize(
    ("group", "preference", "body"),
    [
        ("SalesFormsPrefs", "AllowDeposit", {"Deposit": "1"}),
        ("SalesFormsPrefs", "AllowDiscount", {"Line": [line(), amount_off("1")]}),
        ("SalesFormsPrefs", "AllowEstimates", {"LinkedTxn": [{"TxnId": "41", "TxnType": "Estimate"}]}),
        ("AccountingInfoPrefs", "ClassTrackingPerTxn", {"ClassRef": {"value": "1"}}),
        ("AccountingInfoPrefs", "TrackDepartments", {"DepartmentRef": {"value": "1"}}),
        ("AccountingInfoPrefs", "ClassTrackingPerTxnLine", {"Line": [line(ClassRef={"value": "1"})]}),
    ],
)
def test_feature_off_code_when_switched_then_says_so_with_each_code(desk, group, preference, body):
    desk.prefer(group, **{preference: False})
    codes = []
    for code in ("5030", "5020", "6000"):
        desk.switch(feature_off_code=code)
        codes.append(desk.refused("Invoice", {"CustomerRef": {"value": "1"}, "Line": [line()], **body}).code)

    assert codes == ["5030", "5020", "6000"]


# Numbers


def test_number_when_automatic_then_shared_with_credit_memos_and_receipts_but_not_estimates(desk):
    numbers = [
        desk.document(kind)["DocNumber"] for kind in ("Invoice", "CreditMemo", "SalesReceipt", "Estimate", "Invoice")
    ]

    assert numbers == ["1038", "1039", "1040", "1001", "1041"]


def test_number_when_the_next_is_taken_by_a_typed_one_then_the_one_after(desk):
    desk.invoice(DocNumber="1038")

    assert desk.invoice()["DocNumber"] == "1039"


def test_number_when_empty_then_stored_empty(desk):
    assert desk.invoice(DocNumber="")["DocNumber"] == ""


@pytest.mark.parametrize(
    ("sent", "number"), [({}, None), ({"DocNumber": "A-1"}, "A-1"), ({"AutoDocNumber": True}, "1038")]
)
def test_number_when_the_company_types_its_own_then_only_as_sent_or_asked_for(desk, sent, number):
    desk.prefer("SalesFormsPrefs", CustomTxnNumbers=True)

    assert desk.invoice(**sent).get("DocNumber") == number


@pytest.mark.parametrize(
    ("typed", "following"), [("INV-0099", "INV-0100"), ("2026/07-R", "2026/08-R"), ("DRAFT", "1038")]
)
def test_typed_number_moves_series_when_switched_on_then_the_pattern_goes_on(desk, typed, following):
    desk.switch(typed_number_moves_series=True)
    desk.invoice(DocNumber=typed)

    assert desk.invoice()["DocNumber"] == following


def test_duplicates_need_custom_numbers_when_switched_then_only_there_refused(desk):
    desk.switch(warn_duplicate_number=True, duplicates_need_custom_numbers=True)
    accepted = desk.invoice(DocNumber=" 1037 ")
    desk.prefer("SalesFormsPrefs", CustomTxnNumbers=True)

    refusal = desk.refused_invoice(DocNumber="1001")

    assert accepted["Id"]
    assert refusal.detail == (
        "Duplicate Document Number Error : You must specify a different number. This number has already been used. "
        "DocNumber=1001 is assigned to TxnType=Invoice with TxnId=9"
    )


def test_duplicate_number_when_allowed_by_the_call_then_accepted(desk):
    desk.switch(warn_duplicate_number=True)
    body = {"CustomerRef": {"value": "1"}, "Line": [line()], "DocNumber": "1037"}

    assert desk.write("Invoice", body, include="allowduplicatedocnum")["DocNumber"] == "1037"


def test_duplicate_number_when_another_kind_has_it_or_by_update_then_refused(desk):
    desk.switch(warn_duplicate_number=True)
    memo, made = desk.document("CreditMemo", customer="2"), desk.invoice()

    body = {"Id": made["Id"], "SyncToken": "0", "sparse": True, "DocNumber": memo["DocNumber"]}
    assert "TxnType=CreditMemo" in desk.refused("Invoice", body).detail


def test_texts_when_empty_then_taken_as_left_out_or_as_a_wish_to_clear(desk):
    made = desk.invoice(line(ServiceDate=""), TxnDate="", PrivateNote="note", DueDate="", CustomerMemo={"value": ""})

    changed = desk.change("Invoice", made, PrivateNote="")

    assert made["TxnDate"] == desk.emulator.today(desk.realm)
    assert "ServiceDate" not in made["Line"][0]["SalesItemLineDetail"]
    assert "PrivateNote" not in changed


# Dates and terms


@pytest.mark.parametrize(
    ("more", "due"),
    [
        ({}, "2026-03-31"),
        ({"SalesTermRef": {"value": "5"}}, "2026-03-11"),
        ({"SalesTermRef": {"value": "1"}}, "2026-03-01"),
        ({"SalesTermRef": {"value": "1"}, "DueDate": "2026-05-05"}, "2026-05-05"),
    ],
)
def test_due_date_when_given_or_by_terms_then_as_the_vendor_counts(desk, more, due):
    assert desk.invoice(TxnDate="2026-03-01", **more)["DueDate"] == due


@pytest.mark.parametrize(
    ("issued", "term", "due"),
    [
        ("2026-03-01", {"DayOfMonthDue": 15}, "2026-03-15"),
        ("2026-03-20", {"DayOfMonthDue": 15}, "2026-04-15"),
        ("2026-03-10", {"DayOfMonthDue": 15, "DueNextMonthDays": 10}, "2026-04-15"),
        ("2026-02-03", {"DayOfMonthDue": 31}, "2026-02-28"),
        ("2026-12-20", {"DayOfMonthDue": 5}, "2027-01-05"),
    ],
)
def test_due_date_when_terms_name_a_day_of_the_month_then_that_day(desk, issued, term, due):
    desk.emulator.rows(desk.realm, "Term")["9"] = {"Id": "9", "Name": "Day", "Active": True, **term}

    assert desk.invoice(TxnDate=issued, SalesTermRef={"value": "9"})["DueDate"] == due


def test_due_date_when_customer_has_terms_then_his(desk):
    desk.emulator.rows(desk.realm, "Customer")["1"]["SalesTermRef"] = {"value": "4"}

    assert desk.invoice(TxnDate="2026-03-01")["DueDate"] == "2026-04-30"


@pytest.mark.parametrize(
    ("day", "code"),
    [("2026-02-30", "2070"), ("tomorrow", "2060"), ("01/02/2026", "2060"), ("2026-02-03T10:00:00Z", None)],
)
def test_date_when_it_is_none_then_refused_by_form_or_by_calendar(desk, day, code):
    if code:
        assert desk.refused_invoice(TxnDate=day).code == code
    else:
        assert desk.invoice(TxnDate=day)["TxnDate"] == "2026-02-03"


@pytest.mark.parametrize(("inclusive", "day", "refused"), [(True, "2026-09-30", True), (False, "2026-09-30", False),
                                                           (False, "2026-09-29", True)])  # fmt: skip
def test_closing_day_is_closed_when_switched_then_the_day_itself_is_open(desk, inclusive, day, refused):
    desk.prefer("AccountingInfoPrefs", BookCloseDate="2026-09-30")
    desk.switch(closing_day_is_closed=inclusive)

    if refused:
        assert desk.refused_invoice(TxnDate=day).code == "6200"
    else:
        assert desk.invoice(TxnDate=day)["TxnDate"] == day


@pytest.mark.parametrize("code", ["6200", "6210", "5010"])
def test_closed_books_code_when_switched_then_holds_for_every_operation(desk, code):
    made = desk.invoice(TxnDate="2026-09-01")
    desk.prefer("AccountingInfoPrefs", BookCloseDate="2026-09-30")
    desk.switch(closed_books_code=code)
    body = {"Id": made["Id"], "SyncToken": "0", "sparse": True}

    found = [desk.refused("Invoice", body, operation=operation) for operation in ("void", "delete")]
    found.append(desk.refused("Invoice", {**body, "TxnDate": "2026-10-05"}))

    assert [one.code for one in found] == [code] * 3
    assert "Account Period Closed" in found[0].detail


# References, texts, e-mail, company


@pytest.mark.parametrize(("code", "start"), [("2500", "Invalid Reference Id"), ("610", "Object Not Found")])
def test_inactive_reference_code_when_switched_then_either(desk, code, start):
    desk.switch(inactive_reference_code=code)
    desk.emulator.rows(desk.realm, "Item")["4"]["Active"] = False

    refusal = desk.refused_invoice(line("1", "4"))

    assert refusal.code == code
    assert refusal.detail.startswith(f"{start} : Something you're trying to use has been made inactive.")


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"CustomerRef": {}}, "2020"),
        ({"CustomerRef": "1"}, "2010"),
        ({"CustomerRef": {"value": "999"}}, "2500"),
        ({"Line": []}, "2020"),
        ({"Line": "text"}, "2010"),
        ({"Line": [amount_off("1")]}, "2020"),
        ({"DocNumber": "x" * 22}, "2050"),
        ({"PrivateNote": "x" * 4001}, "2050"),
        ({"CustomerMemo": {"value": "x" * 1001}}, "2050"),
        ({"BillEmail": {"Address": "a@b"}}, "2210"),
        ({"BillEmailCc": {"Address": "nobody"}}, "2210"),
        ({"EmailStatus": "Perhaps"}, "2170"),
        ({"EmailStatus": "NeedToSend"}, "6420"),
        ({"SalesTermRef": {"value": "77"}}, "2500"),
        ({"CustomField": [{"DefinitionId": "9", "StringValue": "x"}]}, "3000"),
        ({"CustomField": [{"DefinitionId": "1", "StringValue": "x" * 32}]}, "2050"),
        ({"BillAddr": {"City": "x" * 256}}, "2050"),
        ({"BillAddr": {f"Line{n}": "x" * 450 for n in range(1, 6)}}, "2050"),
        ({"ShipAddr": {"Line1": ["x"]}}, "2010"),
        ({"CurrencyRef": {"value": "XXY"}}, "2220"),
        ({"CurrencyRef": {"value": "EUR"}}, "6000"),
    ],
)
def test_invoice_when_a_field_cannot_be_then_refused(desk, more, code):
    assert desk.refused("Invoice", {"CustomerRef": {"value": "1"}, "Line": [line()], **more}).code == code


def test_custom_field_when_enabled_then_named(desk):
    made = desk.invoice(CustomField=[{"DefinitionId": "1", "StringValue": "North"}])

    assert made["CustomField"] == [
        {"DefinitionId": "1", "Name": "Crew #", "Type": "StringType", "StringValue": "North"}
    ]  # fmt: skip


def test_several_addresses_when_parted_by_commas_then_kept(desk):
    assert desk.invoice(BillEmail={"Address": "a@x.pl,b@x.pl"})["BillEmail"] == {"Address": "a@x.pl,b@x.pl"}


def test_email_when_left_out_then_not_taken_from_the_customer(desk):
    assert "BillEmail" not in desk.invoice()


@pytest.mark.parametrize("by", ["switch", "status"])
def test_company_lapsed_when_switched_then_writes_are_refused_and_reads_go_on(desk, by):
    if by == "switch":
        desk.switch(company_lapsed=True)
    else:
        info = desk.emulator.rows(desk.realm, "CompanyInfo")["1"]
        info["NameValue"] = [{"Name": "SubscriptionStatus", "Value": "EXPIRED"}]

    assert desk.refused_invoice().code == "6190"
    assert desk.read("Invoice", "9")["TotalAmt"] == 108


def test_address_when_left_out_then_the_customers_with_its_id(desk):
    assert desk.invoice()["BillAddr"] == desk.read("Customer", "1")["BillAddr"]


@pytest.mark.parametrize("rebuilt", [True, False])
def test_address_rebuilt_when_an_update_brings_one_then_lines_or_as_sent(desk, rebuilt):
    desk.switch(address_rebuilt=rebuilt)
    made = desk.invoice()
    sent = {"Line1": "1 New St", "City": "Bayshore", "CountrySubDivisionCode": "CA", "PostalCode": "94326"}

    address = desk.change("Invoice", made, BillAddr=sent)["BillAddr"]

    assert address.pop("Id") != made["BillAddr"]["Id"]
    lines = {"Line1": "Amy's Bird Sanctuary", "Line2": "1 New St", "Line3": "Bayshore, CA  94326"}
    assert address == (lines if rebuilt else sent)


@pytest.mark.parametrize("on", [True, False])
def test_online_payment_when_switched_then_the_flags_of_new_invoices(desk, on):
    desk.switch(online_payment=on)

    assert desk.invoice()["AllowOnlineCreditCardPayment"] is on
    assert desk.invoice(AllowOnlineACHPayment=True)["AllowOnlineACHPayment"] is True


# Change, void, delete


def test_update_when_sparse_then_lines_and_tax_stay_as_they_are(desk):
    changed = desk.change("Invoice", {"Id": "129"}, PrivateNote="seen")

    assert (changed["TotalAmt"], changed["TxnTaxDetail"]["TotalTax"], changed["PrivateNote"]) == (D("477.5"), 0, "seen")


def test_update_when_nothing_changes_then_version_stays(desk):
    made = desk.invoice(PrivateNote="same")

    assert desk.change("Invoice", made, PrivateNote="same")["SyncToken"] == "0"


def test_update_when_full_then_what_is_not_sent_is_cleared(desk):
    made = desk.invoice(PrivateNote="note", CustomerMemo={"value": "memo"}, BillEmail={"Address": "a@b.pl"})
    body = {"CustomerRef": {"value": "1"}, "Line": [line("12")]}

    changed = desk.change("Invoice", made, sparse=False, **body)

    assert not {"PrivateNote", "CustomerMemo", "BillEmail"} & set(changed)
    assert (changed["TotalAmt"], changed["DocNumber"]) == (12, made["DocNumber"])


def test_update_when_operation_void_is_forgotten_then_2020(desk):
    made = desk.invoice()

    refusal = desk.refused("Invoice", {"Id": made["Id"], "SyncToken": "0"})

    assert refusal.detail == "Required parameter Line is missing in the request"


def test_update_of_a_paid_invoice_when_total_grows_then_open_by_the_difference(desk):
    made = desk.invoice(line("100"))
    desk.pay("100", (made, "100"))

    changed = desk.change("Invoice", made, Line=[line("130")])

    assert (changed["TotalAmt"], changed["Balance"], desk.owes()) == (130, 30, 269)


def test_update_of_a_paid_invoice_when_total_falls_then_the_rest_comes_free(desk):
    made = desk.invoice(line("100"))
    payment = desk.pay("100", (made, "100"))

    changed = desk.change("Invoice", made, Line=[line("60")])

    paid = desk.read("Payment", payment["Id"])
    assert (changed["Balance"], paid["UnappliedAmt"], paid["Line"][0]["Amount"]) == (0, 40, 60)
    assert desk.owes() == 239 - 40


@pytest.mark.parametrize("setting", ["refuse", "unlink"])
def test_customer_change_of_paid_when_switched_then_refused_or_payments_come_free(desk, setting):
    desk.switch(customer_change_of_paid=setting)
    made = desk.invoice(line("100"))
    payment = desk.pay("100", (made, "100"))
    now = desk.read("Invoice", made["Id"])
    body = {"Id": made["Id"], "SyncToken": now["SyncToken"], "sparse": True, "CustomerRef": {"value": "2"}}

    if setting == "refuse":
        assert desk.refused("Invoice", body).code == "6000"
    else:
        changed = desk.write("Invoice", body)
        assert (changed["Balance"], changed["LinkedTxn"], desk.owes("2")) == (100, [], 185)
        assert desk.read("Payment", payment["Id"])["UnappliedAmt"] == 100


def test_customer_change_when_unpaid_then_address_and_balances_follow(desk):
    made = desk.invoice(line("100"))

    changed = desk.change("Invoice", made, CustomerRef={"value": "2"})

    assert changed["BillAddr"] == desk.read("Customer", "2")["BillAddr"]
    assert (desk.owes("1"), desk.owes("2")) == (239, 185)


def test_balance_of_a_job_when_invoiced_then_its_parent_counts_it(desk):
    before = D(desk.read("Customer", "7")["BalanceWithJobs"])
    desk.invoice(line("100"), customer="8")

    parent = desk.read("Customer", "7")

    assert (parent["Balance"], parent["BalanceWithJobs"]) == (0, before + 100)


def test_void_when_done_then_amounts_go_and_the_rest_stays(desk):
    made = desk.invoice(
        line("20", Qty=2, UnitPrice=10),
        percent_off("10"),
        PrivateNote="ours",
        CustomerMemo={"value": "thanks"},
        Deposit="5",
    )

    gone = desk.act("Invoice", made, "void")

    detail = gone["Line"][0]["SalesItemLineDetail"]
    assert (gone["TotalAmt"], gone["Balance"], gone["TxnTaxDetail"]) == (0, 0, {"TotalTax": 0})
    assert (detail["Qty"], "UnitPrice" in detail, detail["ItemRef"]["value"]) == (0, False, "1")
    assert (gone["PrivateNote"], gone["CustomerMemo"]) == ("Voided - ours", {"value": "thanks"})
    assert "Deposit" not in gone
    assert {row["Amount"] for row in gone["Line"]} == {0}
    assert desk.owes() == 239


def test_void_when_paid_then_payment_is_unapplied_and_the_customer_has_credit(desk):
    made = desk.invoice(line("100"))
    payment = desk.pay("60", (made, "60"))

    gone = desk.act("Invoice", made, "void")

    paid = desk.read("Payment", payment["Id"])
    assert (gone["LinkedTxn"], paid["Line"], paid["UnappliedAmt"], desk.owes()) == ([], [], 60, 239 - 60)


def test_void_when_voided_already_then_note_is_not_marked_twice(desk):
    made = desk.invoice()
    desk.act("Invoice", made, "void")

    assert desk.act("Invoice", made, "void")["PrivateNote"] == "Voided"


def test_void_when_the_payment_lies_in_a_deposit_then_6540(desk):
    assert desk.refused("Invoice", {"Id": "9", "SyncToken": "3"}, operation="void").code == "6540"


@pytest.mark.parametrize("code", ["6480", "6000"])
def test_delete_of_paid_code_when_switched_then_either(desk, code):
    desk.switch(delete_of_paid_code=code)
    made = desk.invoice(line("100"))
    desk.pay("60", (made, "60"))

    assert desk.refused("Invoice", {"Id": made["Id"], "SyncToken": "1"}, operation="delete").code == code


def test_delete_when_done_then_number_is_free_and_the_series_does_not_step_back(desk):
    made = desk.invoice()
    desk.act("Invoice", made, "delete")

    assert desk.invoice()["DocNumber"] == "1039"
    assert desk.owes() == 249


# Mail


def test_send_when_the_address_is_named_then_kept_and_version_stays(desk):
    made = desk.invoice()

    sent = desk.send("Invoice", made["Id"], "new@example.com")

    assert (sent["BillEmail"]["Address"], sent["EmailStatus"], sent["SyncToken"]) == (
        "new@example.com",
        "EmailSent",
        "0",
    )
    assert sent["DeliveryInfo"]["DeliveryTime"] == sent["MetaData"]["LastUpdatedTime"]


@pytest.mark.parametrize("code", ["6420", "2020"])
def test_send_without_address_code_when_switched_then_either(desk, code):
    from dealvoice_sandbox.quickbooks.faults_text import Refusal

    desk.switch(send_without_address_code=code)
    made = desk.invoice()

    with pytest.raises(Refusal) as caught:
        desk.send("Invoice", made["Id"])
    assert caught.value.code == code


@pytest.mark.parametrize("limited", [True, False])
def test_sandbox_mail_limit_when_switched_then_the_41st_of_a_day(desk, limited):
    from dealvoice_sandbox.quickbooks.faults_text import Refusal

    desk.switch(sandbox_mail_limit=limited)
    made = desk.invoice()
    mails = desk.emulator.company(desk.realm)["outbox"]
    mails += [{"at": desk.emulator.clock.now().isoformat()}] * 40

    if limited:
        with pytest.raises(Refusal):
            desk.send("Invoice", made["Id"], "a@example.com")
    else:
        assert desk.send("Invoice", made["Id"], "a@example.com")["EmailStatus"] == "EmailSent"


@pytest.mark.parametrize("word", [b"NaN", b"Infinity", b"-Infinity"])
def test_body_when_a_number_is_none_then_no_json(word):
    from dealvoice_sandbox.quickbooks.writing import read_json

    with pytest.raises(ValueError, match="is no number"):
        read_json(b'{"TotalAmt": ' + word + b"}")
