"""People, organizations, products, notes, currencies."""

import pytest


def test_person_when_made_then_names_are_parted_and_one_address_is_primary(company):
    emails = [{"value": "a@x.io"}, {"value": "b@x.io", "label": "home", "primary": True}]
    made = company.ok("POST", "/api/v2/persons", {"name": "Ana Maria Lis", "emails": emails})
    assert (made["first_name"], made["last_name"]) == ("Ana", "Maria Lis")
    assert made["emails"] == [
        {"label": "work", "value": "a@x.io", "primary": False}, {"label": "home", "value": "b@x.io", "primary": True},
    ]  # fmt: skip


def test_person_when_no_address_is_flagged_then_the_first_is_primary(company):
    made = company.ok("POST", "/api/v2/persons", {"name": "A", "phones": [{"value": "1"}, {"value": "2"}]})
    assert [one["primary"] for one in made["phones"]] == [True, False]
    assert made["emails"] == []


def test_persons_when_listed_of_an_organization_or_deal_then_these(company):
    assert [row["id"] for row in company.ok("GET", "/api/v2/persons?org_id=31")] == [21]
    assert [row["id"] for row in company.ok("GET", "/api/v2/persons?deal_id=13")] == [22]


def test_organization_when_address_is_rewritten_then_parts_not_sent_are_null(company):
    changed = company.ok("PATCH", "/api/v2/organizations/31", {"address": {"value": "Elsewhere", "locality": "Bath"}})
    assert (changed["address"]["locality"], changed["address"]["route"]) == ("Bath", None)
    assert company.call("PATCH", "/api/v2/organizations/31", {"address": {"locality": "Bath"}}).status_code == 400
    assert company.call("PATCH", "/api/v2/organizations/31", {"address": "Bath"}).status_code == 400


@pytest.mark.parametrize("kind", ["persons", "organizations", "products"])
def test_record_when_deleted_then_gone_from_lists_and_by_id(company, kind):
    made = company.ok("POST", f"/api/v2/{kind}", {"name": "Short-lived"})
    assert company.ok("DELETE", f"/api/v2/{kind}/{made['id']}") == {"id": made["id"]}
    gone = company.call("GET", f"/api/v2/{kind}/{made['id']}")
    assert (gone.status_code, gone.json()["error"]) == (404, "Entity was not found")
    assert made["id"] not in [row["id"] for row in company.ok("GET", f"/api/v2/{kind}")]


def test_product_when_made_without_prices_then_one_of_nothing_in_the_users_currency(company):
    answer = company.call("POST", "/api/v2/products", {"name": "P"})
    made = answer.json()["data"]
    assert answer.status_code == 201
    assert [(one["price"], one["currency"], one["product_id"]) for one in made["prices"]] == [(0, "USD", made["id"])]


def test_prices_when_patched_then_all_are_replaced_and_a_currency_stands_once(company):
    two = [{"price": 1, "currency": "EUR"}, {"price": 2, "currency": "GBP"}]
    assert len(company.ok("PATCH", "/api/v2/products/1", {"prices": two})["prices"]) == 2
    twice = [{"price": 1, "currency": "EUR"}, {"price": 2, "currency": "EUR"}]
    assert company.call("PATCH", "/api/v2/products/1", {"prices": twice}).status_code == 400


def test_variation_when_made_changed_and_removed_then_on_its_product_alone(company):
    path = "/api/v2/products/1/variations"
    made = company.ok("POST", path, {"name": "Big", "prices": [{"price": 300, "currency": "USD"}]})
    assert made["prices"][0]["product_variation_id"] == made["id"]
    assert company.ok("PATCH", f"{path}/{made['id']}", {"name": "Bigger"})["name"] == "Bigger"
    assert company.call("PATCH", f"/api/v2/products/2/variations/{made['id']}", {"name": "x"}).status_code == 404
    row = {"product_id": 1, "product_variation_id": made["id"], "item_price": 1, "quantity": 1}
    assert company.call("POST", "/api/v2/deals/13/products", {**row, "product_id": 2}).status_code == 400
    assert company.ok("POST", "/api/v2/deals/13/products", row)["product_variation_id"] == made["id"]
    company.ok("DELETE", f"{path}/{made['id']}")
    assert company.ok("GET", path) == []


def test_product_when_not_linkable_then_no_deal_takes_it(company):
    company.ok("PATCH", "/api/v2/products/1", {"is_linkable": False})
    row = {"product_id": 1, "item_price": 1, "quantity": 1}
    assert company.call("POST", "/api/v2/deals/13/products", row).status_code == 400


@pytest.mark.parametrize(
    ("body", "status"),
    [({"content": "x"}, 400), ({"deal_id": 12}, 400), ({"deal_id": 12, "content": ""}, 400),
     ({"deal_id": 999, "content": "x"}, 404), ({"deal_id": 12, "content": "x" * 100_001}, 400),
     ({"deal_id": "12", "content": "x"}, 200)],
)  # fmt: skip
def test_note_when_made_then_needs_content_and_something_to_hang_on(company, body, status):
    assert company.call("POST", "/api/v1/notes", body).status_code == status


def test_note_when_on_a_deal_then_shows_its_person_and_organization(company):
    made = company.ok("POST", "/api/v1/notes", {"deal_id": 12, "content": "x", "pinned_to_deal_flag": 1})
    assert (made["person_id"], made["org_id"], made["organization"]["name"]) == (21, 31, "Amys Bird Sanctuary Inc.")
    assert [row["id"] for row in company.ok("GET", "/api/v1/notes?pinned_to_deal_flag=1")] == [made["id"]]


def test_note_when_another_author_is_named_then_only_an_admin_may(company):
    body = {"deal_id": 12, "content": "x", "user_id": 103}
    assert company.ok("POST", "/api/v1/notes", body)["user_id"] == 103
    assert company.call("POST", "/api/v1/notes", body, user=102).status_code == 403


def test_currencies_when_listed_then_the_companys_own_is_flagged(company):
    rows = company.ok("GET", "/api/v1/currencies")
    assert [row["code"] for row in rows if row["is_custom_flag"]] == ["GPT"]
    assert [row["code"] for row in company.ok("GET", "/api/v1/currencies?term=yen")] == ["JPY"]


@pytest.mark.parametrize(("currency", "sums"), [("JPY", 33), ("KWD", 33.333), ("GPT", 33.333), ("USD", 33.33)])
def test_sum_when_currency_has_other_digits_then_rounded_to_them(company, currency, sums):
    deal = company.ok("POST", "/api/v2/deals", {"title": "x", "currency": currency})
    row = {"product_id": 5, "item_price": 11.111, "quantity": 3}
    assert company.ok("POST", f"/api/v2/deals/{deal['id']}/products", row)["sum"] == sums


def test_marketing_status_when_written_then_in_no_answer(company):
    made = company.ok("POST", "/api/v2/persons", {"name": "A", "marketing_status": "subscribed"})
    assert "marketing_status" not in made
    assert company.call("PATCH", f"/api/v2/persons/{made['id']}", {"marketing_status": "x"}).status_code == 400
