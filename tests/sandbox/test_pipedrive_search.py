"""Searches over all kinds of records and over one field's values."""

import pytest


@pytest.mark.parametrize(
    ("params", "types"),
    [
        ("term=bird", {"deal", "organization", "person", "product"}),
        ("term=bird&item_types=organization", {"organization"}),
        ("term=bird&item_types=lead,file", set()),
    ],
)
def test_item_search_when_types_are_named_then_only_those(company, params, types):
    company.ok("POST", "/api/v2/products", {"name": "Bird table"})
    company.ok("POST", "/api/v2/deals", {"title": "Bird tables"})
    company.ok("POST", "/api/v2/organizations", {"name": "Bird & Co"})

    found = company.ok("GET", f"/api/v2/itemSearch?{params}")

    assert {one["item"]["type"] for one in found["items"]} == types
    assert found["related_items"] == []


def test_item_search_when_exact_then_case_is_ignored_and_parts_are_not_found(company):
    company.ok("POST", "/api/v2/organizations", {"name": "Heron"})
    company.ok("POST", "/api/v2/organizations", {"name": "Heron House"})

    found = company.ok("GET", "/api/v2/itemSearch?term=HERON&exact_match=true")

    assert [one["item"]["name"] for one in found["items"]] == ["Heron"]


def test_item_search_when_related_are_wanted_then_deals_and_people_of_an_organization(company):
    heron = company.ok("POST", "/api/v2/organizations", {"name": "Heron House"})["id"]
    company.ok("POST", "/api/v2/persons", {"name": "Zoe", "org_id": heron})
    company.ok("POST", "/api/v2/deals", {"title": "Nests", "org_id": heron})

    found = company.ok("GET", "/api/v2/itemSearch?term=Heron&search_for_related_items=true")

    assert {(one["item"]["type"], one["result_score"]) for one in found["related_items"]} == {
        ("deal", 0),
        ("person", 0),
    }


@pytest.mark.parametrize("wrong", ["term=b", "term=bird&item_types=bird", "term=bird&limit=101", ""])
def test_item_search_when_parameters_are_wrong_then_400(company, wrong):
    assert company.call("GET", f"/api/v2/itemSearch?{wrong}").status_code == 400


@pytest.mark.parametrize(
    ("params", "found"),
    [
        ("term=Nests&match=exact", 1),
        ("term=nests&match=exact", 0),
        ("term=Ne&match=beginning", 1),
        ("term=est&match=middle", 1),
    ],
)
def test_field_search_when_matched_then_by_case_and_place(company, params, found):
    company.ok("POST", "/api/v2/deals", {"title": "Nests"})

    rows = company.ok("GET", f"/api/v2/itemSearch/field?entity_type=deal&field=title&{params}")

    assert [row["name"] for row in rows] == ["Nests"] * found


@pytest.mark.parametrize(
    "wrong", ["term=Nests&entity_type=bird&field=title", "term=Nests&entity_type=deal", "entity_type=deal&field=title"]
)
def test_field_search_when_parameters_are_wrong_then_400(company, wrong):
    assert company.call("GET", f"/api/v2/itemSearch/field?{wrong}").status_code == 400


def test_search_when_it_lags_then_new_records_are_found_later(company):
    company.control("POST", "switches", search_lag=5)
    made = company.ok("POST", "/api/v2/deals", {"title": "Quite new deal"})
    assert company.ok("GET", "/api/v2/deals/search?term=quite")["items"] == []
    company.control("POST", "clock", advance="PT6S")
    found = company.ok("GET", "/api/v2/deals/search?term=quite")["items"]
    assert [one["item"]["id"] for one in found] == [made["id"]]
