"""Every seed's Pipedrive company: its people, its customers under other spellings, and the awkward cases."""

from datetime import UTC, datetime

import pytest

from dealvoice_sandbox.pipedrive.currencies import CUSTOM
from dealvoice_sandbox.seeds.pipedrive_rows import VAT
from dealvoice_sandbox.seeds.pipedrive_worlds import SEEDS, build
from dealvoice_sandbox.seeds.worlds import WORLDS

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)


def rows(seed, table):
    return list(build(seed, NOW)[table].values())


def test_seeds_when_listed_then_each_world_has_a_pipedrive_company():
    assert set(SEEDS) == set(WORLDS)


@pytest.mark.parametrize("seed", SEEDS)
def test_people_when_seeded_then_an_admin_and_two_in_different_groups(seed):
    users = rows(seed, "users")
    assert [user["is_admin"] for user in users] == [1, 0, 0]
    assert len({user["group_id"] for user in users}) == 3


@pytest.mark.parametrize("seed", SEEDS)
def test_links_when_seeded_then_all_lead_somewhere(seed):
    tree = build(seed, NOW)
    for name, column, table in (("deals", "org_id", "organizations"), ("deals", "person_id", "persons"),
                                ("persons", "org_id", "organizations"), ("deal_products", "product_id", "products"),
                                ("deal_products", "deal_id", "deals"), ("installments", "deal_id", "deals"),
                                ("discounts", "deal_id", "deals")):  # fmt: skip
        for row in tree[name].values():
            assert row[column] is None or str(row[column]) in tree[table], (name, row["id"])


@pytest.mark.parametrize("seed", SEEDS)
def test_texts_when_seeded_then_there_are_html_emoji_and_the_longest(seed):
    for table, name in (("organizations", "name"), ("persons", "name"), ("products", "name"), ("deals", "title")):
        texts = [row[name] for row in rows(seed, table)]
        assert any("<script>" in text for text in texts), table
        assert any("🌱" in text for text in texts), table
        assert any(len(text) == 255 for text in texts), table


@pytest.mark.parametrize("seed", SEEDS)
def test_gaps_when_seeded_then_deals_lack_one_thing_or_all(seed):
    deals = rows(seed, "deals")
    people = {row["id"]: row for row in rows(seed, "persons")}
    assert any(row["org_id"] is None and row["person_id"] for row in deals)
    assert any(row["org_id"] is None and row["person_id"] is None for row in deals)
    assert any(row["person_id"] and not people[row["person_id"]]["emails"] for row in deals)
    assert any(row["address"] is None for row in rows(seed, "organizations"))


@pytest.mark.parametrize("seed", SEEDS)
def test_payments_when_seeded_then_installments_recurring_rows_and_discounts(seed):
    lines = rows(seed, "deal_products")
    assert sum(row["amount"] for row in rows(seed, "installments")) == 300
    assert {"monthly", "quarterly"} <= {row["billing_frequency"] for row in lines}
    assert any(not row["is_enabled"] for row in lines)
    assert rows(seed, "discounts")
    methods = {}
    for row in lines:
        methods.setdefault(row["deal_id"], set()).add(row["tax_method"])
    assert all(len(one) == 1 for one in methods.values())


@pytest.mark.parametrize("seed", SEEDS)
def test_currencies_when_seeded_then_foreign_and_the_companys_own(seed):
    known = {row["currency"] for row in rows(seed, "deals")}
    assert {WORLDS[seed].home, CUSTOM, "JPY", "KWD"} <= known
    assert {customer.currency for customer in WORLDS[seed].customers} <= known


@pytest.mark.parametrize("seed", SEEDS)
def test_customers_when_seeded_then_some_to_the_letter_some_nearly_and_one_twice(seed):
    names = [row["name"] for row in rows(seed, "organizations")]
    assert len(names) > len({name.casefold().strip(" .inc") for name in names})
    here, there = set(names), {customer.name for customer in WORLDS[seed].customers}
    assert here & there
    assert there - here


@pytest.mark.parametrize(("seed", "tax_id"), [("us", "123-456-32-18"), ("us-multi", "123-456-32-18"),
                                              ("uk", "526-000-12-46"), ("uk", "GB980780684"), ("uk", "12-3456789"),
                                              ("ca", "123456789RT0001"), ("us-ast", "94-1234567")])  # fmt: skip
def test_tax_ids_when_seeded_then_in_the_custom_field(seed, tax_id):
    assert tax_id in [row["custom_fields"][VAT] for row in rows(seed, "organizations")]


@pytest.mark.parametrize("seed", sorted(set(SEEDS) - {"us"}))
def test_seed_when_reset_to_then_its_company_answers_and_values_are_its_rows(company, seed):
    company.control("POST", "reset", seed=seed)
    deals = company.ok("GET", "/api/v2/deals", params={"limit": 500})
    assert company.ok("GET", "/v1/users/me")["company_name"] == WORLDS[seed].company
    assert len(deals) >= 20
    amounts = company.ok("GET", "/api/v2/deals/12/products")
    assert abs(sum(row["sum"] for row in amounts) - deals[0]["value"]) < 0.001
    company.ok("POST", "/api/v2/deals", {"title": "Another"})
    assert company.control("POST", "reset", seed="us") == {"ok": True}


def test_seed_when_unknown_then_the_control_call_says_which_there_are(company):
    answer = company.http.post("/_sandbox/reset", json={"seed": "mars"})
    assert answer.status_code == 400
    assert "us-multi" in answer.json()["error"]


def test_plan_when_seeded_then_decides_who_sees_the_group_deal(company):
    company.control("POST", "reset", seed="uk")
    assert company.call("GET", "/api/v2/deals/39", user=103).status_code == 200
    assert company.call("GET", "/api/v2/deals/39", user=102).status_code == 404
    assert company.call("GET", "/api/v2/deals/39", user=101).status_code == 200
