"""A deal's products, discounts and installments, and the value that follows from them."""

from decimal import Decimal

import pytest

EMPTY = 13


def add(company, deal_id=EMPTY, **more):
    return company.ok(
        "POST", f"/api/v2/deals/{deal_id}/products", {"product_id": 2, "item_price": 10, "quantity": 3, **more}
    )


def value(company, deal_id=EMPTY) -> Decimal:
    return Decimal(str(company.ok("GET", f"/api/v2/deals/{deal_id}")["value"]))


def clear(company, deal_id=EMPTY) -> None:
    company.ok("DELETE", f"/api/v2/deals/{deal_id}/products")


@pytest.mark.parametrize(
    ("row", "sums"),
    [
        ({}, "30"),
        ({"discount": 10}, "27"),
        ({"discount": 4.5, "discount_type": "amount"}, "25.5"),
        ({"quantity": 0.333, "item_price": 9.99}, "3.33"),
        ({"item_price": -5}, "-15"),
    ],
)
def test_row_when_added_then_its_sum_is_the_deals_value(company, row, sums):
    made = add(company, **row)
    assert Decimal(str(made["sum"])) == Decimal(sums) == value(company)


@pytest.mark.parametrize(("switched", "worth"), [(False, "30"), (True, "32.4")])
def test_value_when_switched_adds_the_tax_of_exclusive_rows(company, switched, worth):
    company.control("POST", "switches", value_includes_tax=switched)
    add(company, tax=8, tax_method="exclusive")
    assert value(company) == Decimal(worth)
    row = company.ok("GET", f"/api/v2/deals/{EMPTY}/products")[0]
    company.ok("PATCH", f"/api/v2/deals/{EMPTY}/products/{row['id']}", {"tax_method": "inclusive"})
    assert value(company) == Decimal(30)


def test_row_when_switched_off_counts_nothing(company):
    add(company)
    add(company, is_enabled=False)
    assert value(company) == Decimal(30)


def test_method_when_one_row_changes_it_then_all_rows_of_the_deal_follow(company):
    first = add(company, tax_method="exclusive")
    add(company, tax_method="inclusive")
    rows = company.ok("GET", f"/api/v2/deals/{EMPTY}/products")
    assert [row["tax_method"] for row in rows] == ["inclusive", "inclusive"]
    assert rows[0]["id"] == first["id"]


def test_value_when_last_row_goes_stays(company):
    add(company)
    clear(company)
    assert company.ok("GET", f"/api/v2/deals/{EMPTY}/products") == []
    assert value(company) == Decimal(30)


def test_discounts_when_both_kinds_then_percent_first(company):
    add(company, quantity=10)
    for kind, amount in (("amount", 5), ("percentage", 10)):
        company.ok(
            "POST", f"/api/v2/deals/{EMPTY}/discounts", {"description": "Spring", "amount": amount, "type": kind}
        )
    assert value(company) == Decimal(85)
    gone = company.ok("GET", f"/api/v2/deals/{EMPTY}/discounts")[0]
    company.ok("DELETE", f"/api/v2/deals/{EMPTY}/discounts/{gone['id']}")
    assert value(company) == Decimal(90)


def test_recurring_when_it_has_cycles_then_each_counts_and_without_end_a_year_does(company):
    add(company, billing_frequency="monthly", billing_frequency_cycles=3)
    assert value(company) == Decimal(90)
    clear(company)
    add(company, billing_frequency="monthly")
    assert value(company) == Decimal(360)


def test_installment_when_deal_has_recurring_rows_then_refused(company):
    plan = {"description": "First half", "amount": 15, "billing_date": "2026-12-01"}
    add(company)
    made = company.ok("POST", f"/api/v2/deals/{EMPTY}/installments", plan)
    listed = company.ok("GET", f"/api/v2/deals/installments?deal_ids={EMPTY}")
    assert [(one["id"], one["amount"]) for one in listed] == [(made["id"], 15)]
    company.ok("DELETE", f"/api/v2/deals/{EMPTY}/installments/{made['id']}")
    add(company, billing_frequency="monthly")
    assert company.call("POST", f"/api/v2/deals/{EMPTY}/installments", plan).status_code == 400


@pytest.mark.parametrize(
    "row",
    [
        {"quantity": 0},
        {"quantity": "three"},
        {"product_id": 9999},
        {"discount": -1},
        {"tax_method": "vat"},
        {"billing_frequency": "weekly"},
        {"billing_frequency": "one-time", "billing_frequency_cycles": 2},
        {"product_variation_id": 9999},
        {"unknown": 1},
    ],
)
def test_row_when_wrong_then_refused_and_nothing_is_added(company, row):
    body = {"product_id": 2, "item_price": 10, "quantity": 3, **row}
    assert company.call("POST", f"/api/v2/deals/{EMPTY}/products", body).status_code == 400
    assert company.ok("GET", f"/api/v2/deals/{EMPTY}/products") == []


def test_bulk_when_one_row_is_wrong_then_none_is_added(company):
    good = {"product_id": 2, "item_price": 10, "quantity": 1}
    path = f"/api/v2/deals/{EMPTY}/products/bulk"
    assert company.call("POST", path, {"data": [good, {**good, "quantity": 0}]}).status_code == 400
    assert company.ok("GET", f"/api/v2/deals/{EMPTY}/products") == []
    assert len(company.ok("POST", path, {"data": [good, good]})) == 2
    assert value(company) == Decimal(20)


@pytest.mark.parametrize(("switched", "worth"), [(False, "25.5"), (True, "16.5")])
def test_discount_in_money_when_switched_counts_per_piece(company, switched, worth):
    company.control("POST", "switches", discount_per_unit=switched)
    add(company, discount=4.5, discount_type="amount")
    assert value(company) == Decimal(worth)


def test_revenue_when_rows_recur_then_acv_arr_and_mrr_follow(company):
    add(company, billing_frequency="monthly", billing_frequency_cycles=3)
    deal = company.ok("GET", f"/api/v2/deals/{EMPTY}")
    assert (deal["mrr"], deal["arr"], deal["acv"]) == (30, 360, 90)
    clear(company)
    add(company)
    assert company.ok("GET", f"/api/v2/deals/{EMPTY}")["mrr"] is None


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("installments", {"description": "First", "amount": 15, "billing_date": "2026-12-01"}),
        ("discounts", {"description": "d", "amount": 1, "type": "amount"}),
        ("products", {"product_id": 2, "item_price": 1, "quantity": 1, "billing_frequency": "monthly"}),
    ],
)
def test_feature_when_plan_is_lite_then_403_that_names_the_plan(company, path, body):
    add(company)
    company.control("POST", "switches", plan="lite")
    answer = company.call("POST", f"/api/v2/deals/{EMPTY}/{path}", body)
    assert answer.status_code == 403
    assert "plan" in answer.json()["error"]
    assert company.call("GET", f"/api/v2/deals/installments?deal_ids={EMPTY}").status_code == 403


@pytest.mark.parametrize("method", ["exclusive", "inclusive", "none"])
def test_method_when_none_is_named_then_the_companys(company, method):
    company.control("POST", "switches", default_tax_method=method)
    assert add(company)["tax_method"] == method
    assert add(company, deal_id=12)["tax_method"] == "exclusive"
