"""What all entities share: the matrix of operations, what is checked first, replays, batches, changes, versions."""

from collections.abc import Iterator

import pytest

from dealvoice_sandbox.quickbooks.schema import ENTITIES, ENUMS, TYPES
from playground.books import REALM, Books, a_books
from sandbox.desk import Desk, line

SALE = {
    "CustomerRef": {"value": "1"},
    "Line": [{"Amount": 10, "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": {"ItemRef": {"value": "1"}}}],
}


@pytest.fixture
def books() -> Iterator[Books]:
    with a_books() as opened:
        yield opened


@pytest.fixture
def desk() -> Desk:
    return Desk()


def fault(answer):
    (error,) = answer.json()["Fault"]["Error"]
    return error


def invoice(books, **more):
    answer = books.call("POST", "invoice", json={**SALE, **more})
    assert answer.status_code == 200, answer.text
    return answer.json()["Invoice"]


# The schema.


def test_schema_when_read_then_every_type_and_name_is_known():
    plain = {"string", "boolean", "decimal", "integer", "date", "datetime", "id", "any"}
    kinds = {one.type for entity in ENTITIES.values() for one in entity.properties.values()}
    kinds |= {one.type for properties in TYPES.values() for one in properties.values()}

    assert kinds <= plain | set(ENUMS) | set(TYPES)
    for entity in ENTITIES.values():
        told = {
            *entity.required,
            *entity.read_only,
            *entity.filterable,
            *entity.sortable,
            *entity.hidden,
            *entity.since,
        }
        assert told <= set(entity.properties), entity.name


# What is checked first.


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"BadJson": 1}, "2010"),
        ({"BillAddr": {"Street": "x"}}, "2010"),
        ({"BillAddr": "Bath"}, "2010"),
        ({"Line": [{"Amount": {"value": 1}}]}, "2010"),
        ({"ApplyTaxAfterDiscount": "perhaps"}, "2010"),
        ({"CustomerRef": "1"}, "2010"),
        ({"Line": None}, "2020"),
        ({"Line": []}, "2020"),
        ({"CustomerRef": None}, "2020"),
        ({"PrivateNote": "x" * 4001}, "2050"),
        ({"BillAddr": {"City": "x" * 256}}, "2050"),
        ({"PrivateNote": "a\x07b"}, "2040"),
        ({"DueDate": "tomorrow"}, "2060"),
        ({"DueDate": "2026-02-31"}, "2070"),
        ({"PrintStatus": "Later"}, "2170"),
        ({"BillEmail": {"Address": "nobody"}}, "2210"),
        ({"Deposit": "1e20"}, "2140"),
    ],
)
def test_body_when_of_the_wrong_form_then_the_vendors_code(desk, change, code):
    assert desk.refused("Invoice", {**SALE, **change}).code == code


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"BadJson": 1, "Line": None}, "2010"),
        ({"Line": None, "DocNumber": "x" * 22}, "2020"),
        ({"DocNumber": "x" * 22, "CustomerRef": {"value": "999"}}, "2050"),
        ({"DueDate": "tomorrow", "DocNumber": "x" * 22}, "2050"),
        ({"CustomerRef": {"value": "999"}, "TxnTaxDetail": {"TotalTax": 1}}, "2500"),
    ],
)
def test_body_when_wrong_twice_then_refused_in_the_vendors_order(desk, change, code):
    assert desk.refused("Invoice", {**SALE, **change}).code == code


def test_property_when_unknown_then_told_with_its_class_and_the_known_ones(desk):
    refusal = desk.refused("Invoice", {**SALE, "BadJson": 1})

    assert refusal.detail.startswith(
        'Property Name:Unrecognized field "BadJson" (class com.intuit.schema.finance.v3.Invoice), not marked as ignorable ('
    )
    assert refusal.detail.endswith("[truncated]]) specified is unsupported or invalid")


def test_numbers_when_sent_as_texts_then_taken(desk):
    assert desk.invoice(line("12.50", Qty="2", UnitPrice="6.25"))["TotalAmt"] == 12.5


@pytest.mark.parametrize("raw", ["", "{", "[]", "null", '{"a":', "NaN", '{"Deposit": NaN}', '"text"'])
def test_body_when_no_object_then_2010(books, raw):
    answer = books.call("POST", "invoice", content=raw, headers={"Content-Type": "application/json"})

    assert (answer.status_code, fault(answer)["code"]) == (400, "2010")


# The matrix.


@pytest.mark.parametrize(
    ("path", "operation", "body"),
    [
        ("customer", "delete", {"Id": "1", "SyncToken": "0"}),
        ("item", "delete", {"Id": "1", "SyncToken": "0"}),
        ("estimate", "void", {"Id": "1", "SyncToken": "0"}),
        ("creditmemo", "void", {"Id": "1", "SyncToken": "0"}),
        ("purchase", "void", {"Id": "1", "SyncToken": "0"}),
        ("billpayment", "void", {"Id": "1", "SyncToken": "0"}),
        ("invoice", "frobnicate", {"Id": "1", "SyncToken": "0"}),
        ("taxcode", "", {"Name": "X"}),
        ("exchangerate", "delete", {"SourceCurrencyCode": "EUR"}),
        ("companyinfo", "delete", {"Id": "1", "SyncToken": "0"}),
        ("nothing", "", {}),
        ("invoice/1/2", "", {}),
    ],
)
def test_operation_when_the_entity_has_none_such_then_500(books, path, operation, body):
    answer = books.call("POST", path, params={"operation": operation}, json=body)

    error = fault(answer)
    assert (answer.status_code, error["code"], error["element"]) == (400, "500", "Operation")


def test_void_of_a_bill_when_asked_then_ok_with_a_system_fault(books):
    answer = books.call("POST", "bill", params={"operation": "void"}, json={"Id": "1", "SyncToken": "0"})

    assert (answer.status_code, answer.json()["Fault"]["type"], fault(answer)["code"]) == (200, "SystemFault", "10000")


def test_void_of_a_journal_when_asked_then_nothing_is_done(books):
    answer = books.call("POST", "journalentry", params={"operation": "void"}, json={"Id": "1", "SyncToken": "0"})

    assert (answer.status_code, answer.json()["BatchItemResponse"]) == (200, [])


def test_void_of_a_bill_payment_when_included_then_zero(desk):
    applied = {"Amount": "5", "LinkedTxn": [{"TxnId": "1", "TxnType": "Bill"}]}
    made = desk.write(
        "BillPayment", {"VendorRef": {"value": "30"}, "TotalAmt": "5", "PayType": "Check", "Line": [applied]}
    )

    voided = desk.act("BillPayment", made, "update", "void")

    assert (voided["TotalAmt"], voided["Line"], voided["PrivateNote"]) == (0, [], "Voided")


@pytest.mark.parametrize("path", ["invoice/1.5", "customer/abc"])
def test_id_when_no_number_then_2030(books, path):
    error = fault(books.call("GET", path))

    assert (error["code"], error["element"]) == ("2030", "Id")


@pytest.mark.parametrize(("body", "code"), [({"Id": "130"}, "2020"), ({"Id": "9999", "SyncToken": "0"}, "610")])
def test_update_when_it_names_no_version_or_object_then_refused(desk, body, code):
    assert desk.refused("Invoice", {**SALE, **body}).code == code


def test_update_when_of_an_old_version_then_stale(desk):
    made = desk.invoice(line("10"))
    desk.change("Invoice", made, PrivateNote="first")

    assert desk.refused("Invoice", {"Id": made["Id"], "SyncToken": "0", "sparse": True}).code == "5010"


@pytest.mark.parametrize("setting", ["accept", "refuse"])
def test_sparse_update_of_a_term_when_the_switch_refuses_it_then_unsupported(desk, setting):
    desk.switch(sparse_update_of_small_lists=setting)
    body = {"Id": "3", "SyncToken": "0", "sparse": True, "Name": "30 days"}

    if setting == "refuse":
        assert desk.refused("Term", body).code == "500"
    else:
        assert (desk.write("Term", body)["Name"], desk.read("Term", "3")["DueDays"]) == ("30 days", 30)


# The same requestid again.


def replayed(books, body, **params):
    return books.call("POST", "invoice", json=body, params={"requestid": "r-1", **params})


def test_same_requestid_when_the_first_was_refused_then_work_is_done(books):
    assert replayed(books, {**SALE, "BadJson": 1}).status_code == 400
    assert replayed(books, SALE).status_code == 200


def test_same_requestid_when_its_time_is_over_then_work_is_done_again(books):
    first = replayed(books, SALE).json()["Invoice"]["Id"]
    books.wait(hours=23)
    books.sign_in()
    assert replayed(books, SALE).json()["Invoice"]["Id"] == first
    books.wait(hours=2)
    books.sign_in()

    assert replayed(books, SALE).json()["Invoice"]["Id"] != first


@pytest.mark.parametrize("setting", ["original", "refuse"])
def test_same_requestid_when_the_body_differs_then_the_switch_decides(books, setting):
    books.switch(replay_of_another_body=setting)
    first = replayed(books, SALE).json()

    again = replayed(books, {**SALE, "PrivateNote": "other"})

    if setting == "refuse":
        assert fault(again)["code"] == "600"
    else:
        assert again.json() == first


def test_requestid_when_too_long_then_2050(books):
    answer = books.call("POST", "invoice", json=SALE, params={"requestid": "x" * 51})

    assert (fault(answer)["code"], fault(answer)["element"]) == ("2050", "requestid")


def test_same_requestid_when_on_a_batch_then_done_once(books):
    body = {"BatchItemRequest": [{"bId": "1", "operation": "create", "Invoice": SALE}]}

    first, again = (books.call("POST", "batch", json=body, params={"requestid": "b"}).json() for _ in range(2))

    assert first == again
    assert books.query("select count(*) from Invoice")["totalCount"] == 32


# Batches.


def batched(books, *items):
    answer = books.call("POST", "batch", json={"BatchItemRequest": list(items)})
    assert answer.status_code == 200, answer.text
    return answer.json()["BatchItemResponse"]


def test_batch_when_items_differ_then_each_has_its_own_answer(books):
    made = invoice(books)

    told = batched(
        books,
        {"bId": "a", "operation": "create", "Customer": {"DisplayName": "Iris Ltd"}},
        {"bId": "b", "operation": "delete", "Invoice": {"Id": "99999", "SyncToken": "0"}},
        {"bId": "c", "operation": "update", "Invoice": {"Id": made["Id"], "SyncToken": "0", "sparse": True, "PrivateNote": "n"}},
        {"bId": "d", "Query": "select count(*) from Customer"},
        {"Invoice": SALE},
        {"bId": "f", "operation": "void", "Invoice": {"Id": made["Id"], "SyncToken": "1"}},
        {"bId": "g", "Nonsense": {}},
        {"bId": "h", "Query": "selectx"},
    )  # fmt: skip

    assert [one.get("bId") for one in told] == ["a", "b", "c", "d", None, "f", "g", "h"]
    assert [next(iter(one)) for one in told] == [
        "Customer", "Fault", "Invoice", "QueryResponse", "Invoice", "Invoice", "Fault", "Fault",
    ]  # fmt: skip
    assert [one["Fault"]["Error"][0]["code"] for one in told if "Fault" in one] == ["610", "2010", "4000"]
    assert told[5]["Invoice"]["PrivateNote"].startswith("Voided")


def test_batch_when_too_many_items_then_1040(books):
    answer = books.call("POST", "batch", json={"BatchItemRequest": [{"Query": "select * from Term"}] * 31})

    assert (answer.status_code, fault(answer)["code"]) == (400, "1040")


def test_batch_when_an_item_allows_a_duplicate_number_then_taken(books):
    books.switch(warn_duplicate_number=True)
    item = {"bId": "1", "operation": "create", "Invoice": {**SALE, "DocNumber": "1037"}}

    refused, taken = batched(books, item, {**item, "bId": "2", "optionsData": "allowduplicatedocnum"})

    assert refused["Fault"]["Error"][0]["code"] == "6140"
    assert taken["Invoice"]["DocNumber"] == "1037"


@pytest.mark.parametrize("body", [{}, {"BatchItemRequest": "x"}, {"BatchItemRequest": [], "Other": 1}, []])
def test_batch_when_of_no_form_then_2010(books, body):
    assert fault(books.call("POST", "batch", json=body))["code"] == "2010"


# Changes.


def changed(books, entities, since):
    answer = books.call("GET", "cdc", params={"entities": entities, "changedSince": since})
    assert answer.status_code == 200, answer.text
    return answer.json()["CDCResponse"][0]["QueryResponse"]


def now(books):
    books.wait(seconds=2)
    return books.emulator.clock.now().isoformat()


def test_changes_when_asked_then_in_order_of_change_with_the_deleted_at_the_end(books):
    first, second, third = (invoice(books) for _ in range(3))
    since = now(books)
    books.call("POST", "invoice", json={"Id": second["Id"], "SyncToken": "0", "sparse": True, "PrivateNote": "n"})
    books.call("POST", "invoice", params={"operation": "delete"}, json={"Id": third["Id"], "SyncToken": "0"})
    books.wait(seconds=2)
    books.call("POST", "invoice", json={"Id": first["Id"], "SyncToken": "0", "sparse": True, "PrivateNote": "n"})

    invoices, payments = changed(books, "Invoice,Payment", since)

    assert [row["Id"] for row in invoices["Invoice"]] == [second["Id"], first["Id"], third["Id"]]
    assert invoices["Invoice"][2]["status"] == "Deleted"
    assert (invoices["startPosition"], invoices["maxResults"], invoices["totalCount"]) == (1, 3, 3)
    assert payments == {}


def test_changes_when_more_than_a_thousand_then_cut_and_the_total_is_told(books):
    since = now(books)
    for n in range(1005):
        books.emulator.new(REALM, "Term", f"{1000 + n}", {"Name": f"T{n}", "DueDays": 1, "Active": True})

    (group,) = changed(books, "Term", since)

    assert (len(group["Term"]), group["totalCount"]) == (1000, 1005)


def test_changes_when_asked_from_long_ago_then_the_last_thirty_days(books):
    made = invoice(books)
    books.wait(days=31)
    books.sign_in()
    newer = invoice(books)

    (group,) = changed(books, "Invoice", "2011-01-01")

    assert [row["Id"] for row in group["Invoice"]] == [newer["Id"]]
    assert made["Id"] != newer["Id"]


@pytest.mark.parametrize("entity", ["TaxCode", "TaxRate", "TaxAgency", "JournalCode", "Nothing"])
def test_changes_when_of_an_entity_without_a_feed_then_refused(books, entity):
    answer = books.call("GET", "cdc", params={"entities": entity, "changedSince": "2026-01-01"})

    assert (answer.status_code, fault(answer)["code"]) == (400, "4001")


def test_changes_when_a_customer_left_then_told_as_inactive(books):
    made = books.call("POST", "customer", json={"DisplayName": "Iris Ltd"}).json()["Customer"]
    since = now(books)
    books.call("POST", "customer", json={"Id": made["Id"], "SyncToken": "0", "sparse": True, "Active": False})

    (group,) = changed(books, "Customer", since)

    assert [(row["Active"], row["DisplayName"]) for row in group["Customer"]] == [(False, "Iris Ltd (deleted)")]


# Versions and printing.


@pytest.mark.parametrize(("setting", "there"), [("ignored", True), ("honoured", False)])
def test_minor_version_when_honoured_then_newer_properties_are_left_out(books, setting, there):
    books.switch(older_minor_versions=setting)
    made = invoice(books, BillEmail={"Address": "a@b.example"}, BillEmailCc={"Address": "c@d.example"})

    old = books.call("GET", f"invoice/{made['Id']}", params={"minorversion": "7"}).json()["Invoice"]
    new = books.call("GET", f"invoice/{made['Id']}", params={"minorversion": "75"}).json()["Invoice"]

    assert ("BillEmailCc" in old, "BillEmailCc" in new, "BillEmail" in old) == (there, True, True)


def test_invoice_when_printed_then_in_the_vendors_order_and_figures(books):
    answer = books.call("GET", "invoice/130").text

    assert '"TotalAmt":362.07' in answer
    assert '"Balance":362.07' in answer
    names = list(books.call("GET", "invoice/130").json()["Invoice"])
    shown = ["AllowIPNPayment", "domain", "sparse", "Id", "SyncToken", "MetaData", "DocNumber", "TxnDate", "CurrencyRef",
             "LinkedTxn", "Line", "TxnTaxDetail", "CustomerRef", "DueDate", "TotalAmt", "ApplyTaxAfterDiscount",
             "PrintStatus", "EmailStatus", "Balance"]  # fmt: skip
    assert [name for name in names if name in shown] == shown


def test_answer_when_read_twice_and_changed_in_between_then_new(books):
    made = invoice(books)
    before = books.call("GET", f"invoice/{made['Id']}").json()["Invoice"]
    books.call("POST", "invoice", json={"Id": made["Id"], "SyncToken": "0", "sparse": True, "PrivateNote": "n"})

    after = books.call("GET", f"invoice/{made['Id']}").json()["Invoice"]

    assert (before.get("PrivateNote"), after["PrivateNote"], after["SyncToken"]) == (None, "n", "1")


def test_times_when_shown_then_pacific(books):
    answer = invoice(books)

    assert answer["MetaData"]["LastUpdatedTime"][-6:] in ("-08:00", "-07:00")
