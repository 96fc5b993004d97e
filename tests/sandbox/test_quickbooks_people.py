"""Customers and jobs, vendors, employees: names, levels, balances, soft deletion."""

import pytest

from playground.books import a_books
from sandbox.desk import Desk, line


@pytest.fixture
def desk() -> Desk:
    return Desk()


def a_customer(desk, **more):
    return desk.write("Customer", {"DisplayName": "Iris Ltd", **more})


def several(desk):
    """Switch several currencies on, as the accountant does."""
    desk.prefer("CurrencyPrefs", MultiCurrencyEnabled=True)
    return desk


def test_customer_when_created_then_completed_as_recorded(desk):
    made = a_customer(desk, GivenName="Iris", FamilyName="Fay")

    assert {name: made[name] for name in ("Taxable", "Job", "BillWithParent", "Balance", "BalanceWithJobs")} == {
        "Taxable": True, "Job": False, "BillWithParent": False, "Balance": 0, "BalanceWithJobs": 0,
    }  # fmt: skip
    assert (made["PrintOnCheckName"], made["FullyQualifiedName"], made["DefaultTaxCodeRef"]) == (
        "Iris Fay", "Iris Ltd", {"value": "2"},
    )  # fmt: skip
    assert made["Id"] == "58"


def test_customer_when_printed_then_properties_stand_in_the_vendors_order(desk):
    made = a_customer(desk, BillAddr={"City": "Bath", "Line1": "4 Mill Lane"}, PrimaryPhone={"FreeFormNumber": "1"})

    assert list(made) == [
        "Taxable", "BillAddr", "Job", "BillWithParent", "Balance", "BalanceWithJobs", "CurrencyRef",
        "PreferredDeliveryMethod", "IsProject", "domain", "sparse", "Id", "SyncToken", "MetaData",
        "FullyQualifiedName", "DisplayName", "PrintOnCheckName", "Active", "PrimaryPhone", "DefaultTaxCodeRef",
    ]  # fmt: skip
    assert list(made["BillAddr"]) == ["Id", "Line1", "City"]


def test_name_when_only_parts_are_given_then_built_from_them(desk):
    assert desk.write("Customer", {"GivenName": "Iris", "FamilyName": "Fay"})["DisplayName"] == "Iris Fay"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"Notes": "nobody"}, "6080"),
        ({"DisplayName": "  "}, "6080"),
        ({"DisplayName": "a:b"}, "2040"),
        ({"DisplayName": "a\tb"}, "2040"),
        ({"DisplayName": "x" * 501}, "2050"),
        ({"DisplayName": "New", "PrimaryEmailAddr": {"Address": "nobody"}}, "2210"),
        ({"DisplayName": "New", "Job": True}, "6150"),
        ({"DisplayName": "New", "Job": True, "ParentRef": {"value": "999"}}, "2500"),
        ({"DisplayName": "New", "SalesTermRef": {"value": "999"}}, "2500"),
        ({"DisplayName": "New", "CurrencyRef": {"value": "EUR"}}, "6000"),
        ({"DisplayName": "New", "CurrencyRef": {"value": "ZZZ"}}, "2220"),
        ({"DisplayName": "New", "TaxExemptionReasonId": "16"}, "2170"),
        ({"DisplayName": "New", "PreferredDeliveryMethod": "Pigeon"}, "2170"),
        ({"DisplayName": "New", "Nickname": "x"}, "2010"),
        ({"DisplayName": "New", "BillAddr": {"Street": "x"}}, "2010"),
    ],
)  # fmt: skip
def test_customer_when_it_cannot_be_then_refused(desk, body, code):
    assert desk.refused("Customer", body).code == code


@pytest.mark.parametrize("entity", ["Vendor", "Employee", "Customer"])
def test_name_when_another_list_bears_it_then_6240(desk, entity):
    a_customer(desk)

    fault = desk.refused(entity, {"DisplayName": "IRIS ltd"})

    assert (fault.code, fault.detail) == ("6240", "The name supplied already exists. : Id=58")


def test_name_when_its_bearer_is_inactive_then_free(desk):
    made = a_customer(desk)
    gone = desk.change("Customer", made, Active=False)

    assert gone["DisplayName"] == "Iris Ltd (deleted)"
    assert a_customer(desk)["DisplayName"] == "Iris Ltd"


def test_customer_when_brought_back_then_its_name_is_plain_again(desk):
    made = a_customer(desk)
    desk.change("Customer", made, Active=False)

    assert desk.change("Customer", made, Active=True)["DisplayName"] == "Iris Ltd"


def test_customer_when_money_is_owed_then_cannot_leave(desk):
    made = a_customer(desk)
    desk.invoice(line("100"), customer=made["Id"])

    assert (
        desk.refused("Customer", {"Id": made["Id"], "SyncToken": "0", "sparse": True, "Active": False}).code == "6220"
    )


def test_job_when_created_then_has_its_parents_path_and_level(desk):
    made = a_customer(desk, Job=True, ParentRef={"value": "8"}, BillWithParent=True)

    assert (made["FullyQualifiedName"], made["Level"], made["BillWithParent"]) == (
        "Freeman Sporting Goods:0969 Ocean View Road:Iris Ltd", 2, True,
    )  # fmt: skip


def test_job_when_too_deep_then_6180(desk):
    parent = "8"
    for n in range(3):
        parent = a_customer(desk, DisplayName=f"Job {n}", Job=True, ParentRef={"value": parent})["Id"]

    assert (
        desk.refused("Customer", {"DisplayName": "Deeper", "Job": True, "ParentRef": {"value": parent}}).code == "6180"
    )


def test_job_when_put_below_its_own_job_then_900(desk):
    row = {"Id": "7", "SyncToken": "0", "sparse": True, "Job": True, "ParentRef": {"value": "8"}}

    assert desk.refused("Customer", row).code == "900"


def test_parent_when_renamed_then_paths_of_jobs_follow(desk):
    desk.change("Customer", {"Id": "7"}, DisplayName="Freeman")

    assert desk.read("Customer", "8")["FullyQualifiedName"] == "Freeman:0969 Ocean View Road"


def test_invoice_on_a_job_when_made_then_parents_balance_with_jobs_rises(desk):
    desk.invoice(line("100"), customer="8")

    parent, job = desk.read("Customer", "7"), desk.read("Customer", "8")
    assert (parent["Balance"], parent["BalanceWithJobs"]) == (0, 662.5)
    assert (job["Balance"], job["BalanceWithJobs"]) == (577.5, 577.5)


def test_full_update_when_a_property_is_left_out_then_it_is_cleared(desk):
    made = a_customer(desk, Notes="old", CompanyName="Iris")

    changed = desk.change("Customer", made, sparse=False, DisplayName="Iris Ltd")

    assert ("Notes" in changed, "CompanyName" in changed, changed["SyncToken"]) == (False, False, "1")


def test_sparse_update_when_a_property_is_left_out_then_it_stays(desk):
    made = a_customer(desk, Notes="old")

    changed = desk.change("Customer", made, CompanyName="Iris")

    assert (changed["Notes"], changed["CompanyName"]) == ("old", "Iris")


def test_update_when_nothing_changes_then_version_and_time_stay(desk):
    made = a_customer(desk, BillAddr={"Line1": "4 Mill Lane"})

    same = desk.change("Customer", made, DisplayName="Iris Ltd", BillAddr={"Line1": "4 Mill Lane"})

    assert (same["SyncToken"], same["MetaData"], same["BillAddr"]) == ("0", made["MetaData"], made["BillAddr"])


def test_address_when_changed_then_has_another_id(desk):
    made = a_customer(desk, BillAddr={"Line1": "4 Mill Lane"})

    changed = desk.change("Customer", made, BillAddr={"Line1": "5 Mill Lane"})

    assert changed["BillAddr"]["Id"] != made["BillAddr"]["Id"]


def test_system_values_when_sent_then_overwritten_in_silence(desk):
    made = a_customer(desk, Balance="500", FullyQualifiedName="Other", Level=3, IsProject=True, Source="App")

    assert (made["Balance"], made["FullyQualifiedName"], made["IsProject"]) == (0, "Iris Ltd", False)
    assert {"Level", "Source"} & set(made) == set()


def test_tax_id_when_read_then_all_but_five_characters_are_masked(desk):
    assert a_customer(desk, PrimaryTaxIdentifier="PL123456789")["PrimaryTaxIdentifier"] == "XXXXXX56789"


def test_exemption_reason_when_given_then_not_taxable(desk):
    assert a_customer(desk, TaxExemptionReasonId="9")["Taxable"] is False


def test_customer_in_a_new_currency_when_created_then_list_and_receivables_follow(desk):
    made = a_customer(several(desk), CurrencyRef={"value": "PLN"})

    codes = [row["Code"] for row in desk.emulator.rows(desk.realm, "CompanyCurrency").values()]
    accounts = [row["Name"] for row in desk.emulator.rows(desk.realm, "Account").values()]
    assert made["CurrencyRef"] == {"value": "PLN", "name": "Polish Zloty"}
    assert "PLN" in codes
    assert "Accounts Receivable (A/R) - PLN" in accounts


@pytest.mark.parametrize("setting", ["ignore", "refuse"])
def test_currency_of_a_customer_when_changed_then_it_stays(desk, setting):
    made = a_customer(several(desk), CurrencyRef={"value": "EUR"})
    desk.switch(customer_currency_change=setting)
    body = {"Id": made["Id"], "SyncToken": "0", "sparse": True, "CurrencyRef": {"value": "GBP"}}

    if setting == "refuse":
        assert desk.refused("Customer", body).code == "6000"
    else:
        assert desk.write("Customer", body)["CurrencyRef"]["value"] == "EUR"


@pytest.mark.parametrize("kept", [True, False])
def test_tax_number_when_the_edition_has_no_place_then_passed_over(desk, kept):
    desk.switch(tax_identifier_kept=kept)

    made = a_customer(desk, PrimaryTaxIdentifier="94-1234567")

    assert made.get("PrimaryTaxIdentifier") == ("XXXXX34567" if kept else None)


def test_vendor_when_created_then_completed_as_recorded(desk):
    made = desk.write("Vendor", {"DisplayName": "Paper Mill", "AcctNum": "7"})

    assert (made["Balance"], made["Vendor1099"], made["Active"], made["CurrencyRef"]["value"]) == (
        0,
        False,
        True,
        "USD",
    )


def test_employee_when_soft_deleted_then_name_says_so(desk):
    made = desk.write("Employee", {"GivenName": "Ann", "FamilyName": "Roe"})

    assert made["DisplayName"] == "Ann Roe"
    assert desk.change("Employee", made, Active=False)["DisplayName"] == "Ann Roe (deleted)"


def test_customer_when_queried_then_carries_two_more_properties_than_when_read():
    with a_books() as books:
        (row,) = books.query("select * from Customer where Id = '1'")["Customer"]
        read = books.call("GET", "customer/1").json()["Customer"]

    assert set(row) - set(read) == {"ClientEntityId", "V4IDPseudonym"}


def test_job_when_moved_to_another_parent_then_both_balances_follow(desk):
    desk.change("Customer", {"Id": "8"}, Job=True, ParentRef={"value": "1"})

    assert desk.read("Customer", "7")["BalanceWithJobs"] == 85
    assert desk.read("Customer", "1")["BalanceWithJobs"] == 239 + 477.5
