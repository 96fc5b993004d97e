"""Deals: sight, lists and pages, writes and what is refused, changelog and flow."""

from itertools import pairwise

import pytest


def error(answer) -> str:
    assert answer.status_code == 400, answer.text
    assert answer.json()["code"] == "ERR_SCHEMA_VALIDATION_FAILED"
    return answer.json()["error"]


def ids(rows) -> list[int]:
    return [row["id"] for row in rows]


def test_seed_when_read_then_the_aviary_is_worth_what_its_rows_are(company):
    deal = company.ok("GET", "/api/v2/deals/12", params={"include_fields": "products_count,notes_count"})
    assert (deal["title"], deal["value"], deal["currency"]) == ("Aviary courtyard and fountain", 845, "USD")
    assert (deal["products_count"], deal["notes_count"]) == (4, 1)
    rows = company.ok("GET", "/api/v2/deals/12/products", params={"sort_by": "order_nr"})
    told = [(row["name"], row["quantity"], row["item_price"], row["discount"], row["tax"], row["sum"]) for row in rows]
    assert told == [
        ("Rock fountain", 1, 275, 0, 8, 275),
        ("Fountain pump", 2, 15, 0, 8, 30),
        ("Installation", 8, 50, 10, 0, 360),
        ("Garden lights", 6, 30, 0, 8, 180),
    ]
    organization = company.ok("GET", f"/api/v2/organizations/{deal['org_id']}")
    assert organization["name"] == "Amys Bird Sanctuary Inc."
    assert (organization["address"]["route"], organization["address"]["postal_code"]) == ("Finch St.", "94326")
    person = company.ok("GET", f"/api/v2/persons/{deal['person_id']}")
    assert person["emails"][0]["value"] == "Birds@Intuit.com"


def test_seed_when_listed_then_has_the_awkward_cases(company):
    deals = {row["id"]: row for row in company.ok("GET", "/api/v2/deals", params={"limit": 500})}
    organizations = {row["id"]: row for row in company.ok("GET", "/api/v2/organizations")}
    persons = {row["id"]: row for row in company.ok("GET", "/api/v2/persons")}
    with_rows = {
        row["deal_id"] for row in company.ok("GET", f"/api/v2/deals/products?deal_ids={','.join(map(str, deals))}")
    }

    assert (deals[13]["value"], 13 in with_rows) == (12500, False)
    assert any(row["org_id"] and organizations[row["org_id"]]["address"] is None for row in deals.values())
    assert any(row["person_id"] and not persons[row["person_id"]]["emails"] for row in deals.values())
    assert any(row["currency"] == "EUR" for row in deals.values())
    assert any(row["title"].startswith("<script>") for row in deals.values())
    assert any(row["org_id"] is None and row["person_id"] for row in deals.values())
    assert any(row["status"] == "won" for row in deals.values())
    assert any(len(row["name"]) == 60 for row in organizations.values())
    discounted = [row["id"] for row in deals.values() if company.ok("GET", f"/api/v2/deals/{row['id']}/discounts")]
    assert [company.ok("GET", f"/api/v2/deals/{one}/products")[0]["tax_method"] for one in discounted] == [
        "inclusive"
    ] * 2
    assert ids(company.ok("GET", "/api/v2/deals/archived")) == [22]


@pytest.mark.parametrize(("user", "sees"), [(101, True), (102, True), (103, False)])
def test_private_deal_when_asked_for_then_only_owner_and_admin_see_it_anywhere(company, user, sees):
    made = company.ok("POST", "/api/v1/notes", {"deal_id": 19, "content": "x"}, user=102)
    for method, path, body in (
        ("GET", "/api/v2/deals/19", None),
        ("GET", "/api/v2/deals/19/products", None),
        ("GET", "/api/v2/deals/19/discounts", None),
        ("GET", "/api/v1/deals/19/changelog", None),
        ("GET", "/api/v1/deals/19/flow", None),
        ("GET", "/api/v1/notes?deal_id=19", None),
        ("GET", f"/api/v1/notes/{made['id']}", None),
        ("PUT", f"/api/v1/notes/{made['id']}", {"content": "y"}),
        ("PATCH", "/api/v2/deals/19", {"title": "Mine"}),
        ("POST", "/api/v2/deals/19/products", {"product_id": 5, "item_price": 1, "quantity": 1}),
        ("POST", "/api/v1/notes", {"deal_id": 19, "content": "z"}),
    ):
        answer = company.call(method, path, body, user=user)
        assert (answer.status_code in (200, 201)) == sees, (path, answer.text)
        if not sees:
            assert answer.status_code == 404
    assert (19 in ids(company.ok("GET", "/api/v2/deals", user=user))) == sees
    assert bool(company.ok("GET", "/api/v2/deals/products?deal_ids=19", user=user)) == sees
    assert bool(company.ok("GET", "/api/v2/deals/search?term=Mine", user=user)["items"]) == sees
    assert (made["id"] in ids(company.ok("GET", "/api/v1/notes", user=user))) == sees


def test_deal_when_hidden_missing_or_deleted_then_the_same_404(company):
    company.ok("DELETE", "/api/v2/deals/13")
    told = [company.call("GET", f"/api/v2/deals/{one}", user=103).json() for one in (19, 9999, 13)]
    assert told[0] == told[1] == told[2]
    assert told[0] == {
        "success": False, "error": "Deal not found", "error_info": "Object was not found.", "data": None,
        "additional_data": None,
    }  # fmt: skip


def test_deleted_deal_when_switched_is_still_read_by_id(company):
    company.ok("DELETE", "/api/v2/deals/13")
    assert company.call("GET", "/api/v2/deals/13").status_code == 404
    company.control("POST", "switches", deleted_readable=True)
    assert company.ok("GET", "/api/v2/deals/13")["is_deleted"] is True
    assert 13 not in ids(company.ok("GET", "/api/v2/deals"))
    assert ids(company.ok("GET", "/api/v2/deals?status=deleted")) == [13]


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"ids": "12,19,999"}, [12, 19]),
        ({"status": "won"}, [20]),
        ({"status": "won,lost", "person_id": "21"}, [20]),
        ({"org_id": "36"}, [17]),
        ({"owner_id": "102"}, [19]),
        ({"pipeline_id": "1", "stage_id": "5"}, [20]),
        ({"ids": "12,13,14", "sort_by": "id", "sort_direction": "desc"}, [14, 13, 12]),
        ({"person_id": "9999"}, []),
    ],
)
def test_list_when_filtered_then_only_what_fits(company, params, expected):
    assert ids(company.ok("GET", "/api/v2/deals", params=params)) == expected


def test_list_when_since_and_until_then_bounds_hold(company):
    company.control("POST", "clock", advance="PT1H")
    company.ok("PATCH", "/api/v2/deals/14", {"title": "Changed"}, headers={"x-api-token": "api-101"})
    at = company.call("GET", "/api/v2/deals/14", headers={"x-api-token": "api-101"}).json()["data"]["update_time"]
    personal = {"headers": {"x-api-token": "api-101"}}
    assert ids(company.ok("GET", "/api/v2/deals", params={"updated_since": at}, **personal)) == [14]
    assert 14 not in ids(company.ok("GET", "/api/v2/deals", params={"updated_until": at}, **personal))
    newest = company.ok("GET", "/api/v2/deals", params={"sort_by": "update_time", "sort_direction": "desc"}, **personal)
    assert newest[0]["id"] == 14


@pytest.mark.parametrize(
    ("params", "told"),
    [
        ({"updated_since": "2026-01-01"}, "updated_since: not a valid datetime"),
        ({"updated_since": "2026-01-01T00:00:00.5Z"}, "updated_since: not a valid datetime"),
        ({"updated_until": "2026-13-41T00:00:00Z"}, "updated_until: not a valid datetime"),
        ({"limit": "0"}, "limit: must be between 1 and 500"),
        ({"limit": "501"}, "limit: must be between 1 and 500"),
        ({"sort_by": "title"}, "sort_by: must be one of [id, update_time, add_time]"),
        ({"status": "lively"}, "status: must be one of [open, won, lost, deleted]"),
        ({"ids": "1,x"}, "ids: must be a list of numbers"),
        ({"ids": ",".join(["1"] * 101)}, "ids: must have at most 100 items"),
        ({"include_fields": "colour"}, "include_fields: colour is not allowed"),
        ({"cursor": "zzz"}, "cursor: is not a valid cursor"),
        ({"cursor": "eyJpZCI6MX0"}, "cursor: is not a valid cursor"),
        ({"custom_fields": ",".join("abcdefghijklmnop")}, "custom_fields: must have at most 15 items"),
    ],
)
def test_list_when_parameter_is_wrong_then_says_which(company, params, told):
    assert error(company.call("GET", "/api/v2/deals", params=params)) == f"Validation failed: {told}"


@pytest.mark.parametrize("direction", ["asc", "desc"])
@pytest.mark.parametrize("by", ["id", "update_time", "add_time"])
def test_pages_when_walked_then_every_row_once_in_order(company, by, direction):
    company.ok("PATCH", "/api/v2/deals/15", {"title": "Later"})
    params, seen, cursors = {"limit": "3", "sort_by": by, "sort_direction": direction}, [], []
    while True:
        answer = company.call("GET", "/api/v2/deals", params=params).json()
        seen += answer["data"]
        cursor = answer["additional_data"]["next_cursor"]
        if cursor is None:
            break
        assert set(cursor).isdisjoint("+/=")
        cursors.append(cursor)
        params["cursor"] = cursor
    assert sorted(ids(seen)) == ids(company.ok("GET", "/api/v2/deals"))
    ordered = all((a[by], a["id"]) < (b[by], b["id"]) for a, b in pairwise(seen))
    backwards = all((a[by], a["id"]) > (b[by], b["id"]) for a, b in pairwise(seen))
    assert ordered if direction == "asc" else backwards
    assert len(cursors) == len(set(cursors)) == (len(seen) - 1) // 3


def test_pages_when_a_row_before_the_cursor_goes_then_none_is_skipped(company):
    first = company.call("GET", "/api/v2/deals", params={"limit": 3}).json()
    company.ok("DELETE", "/api/v2/deals/12")
    params = {"limit": 3, "cursor": first["additional_data"]["next_cursor"]}
    assert ids(company.ok("GET", "/api/v2/deals", params=params)) == [15, 16, 17]


def test_new_deal_when_made_then_has_the_vendors_defaults_and_no_update_time_yet(company):
    made = company.ok("POST", "/api/v2/deals", {"title": "New", "person_id": 27, "value": 10.5}, user=102)
    read = company.ok("GET", f"/api/v2/deals/{made['id']}", user=102)
    assert made["update_time"] is None
    assert read["update_time"] == read["add_time"]
    told = (read["owner_id"], read["creator_user_id"], read["status"], read["currency"], read["value"], read["origin"])
    assert told == (102, 102, "open", "USD", 10.5, "API")
    assert set(read["custom_fields"].values()) == {None}
    assert len(read["custom_fields"]) == 2


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({}, "title: is required"),
        ({"title": ""}, "title: is required"),
        ({"title": "x", "value": "12"}, "value: must be a number"),
        ({"title": "x", "value": True}, "value: must be a number"),
        ({"title": 5}, "title: must be a string"),
        ({"title": "x", "owner_id": "101"}, "owner_id: must be an integer"),
        ({"title": "x", "person_id": 9999}, "person_id: was not found"),
        ({"title": "x", "org_id": 9999}, "org_id: was not found"),
        ({"title": "x", "stage_id": 99}, "stage_id: stage was not found"),
        ({"title": "x", "pipeline_id": 99}, "pipeline_id: pipeline was not found"),
        ({"title": "x", "status": "closed"}, "status: must be one of [open, won, lost]"),
        ({"title": "x", "visible_to": "3"}, "visible_to: must be one of [1, 3, 5, 7]"),
        ({"title": "x", "visible_to": 2}, "visible_to: must be one of [1, 3, 5, 7]"),
        ({"title": "x", "expected_close_date": "soon"}, "expected_close_date: not a valid date"),
        ({"title": "x", "lost_reason": "price"}, "lost_reason: can only be set when the status is lost"),
        ({"title": "x", "id": 5}, "id: Parameter 'id' is not allowed for this request"),
        ({"title": "x", "is_deleted": True}, "is_deleted: Parameter 'is_deleted' is not allowed for this request"),
        ({"a": 1, "b": 2, "title": "x"},
         "a: Parameter 'a' is not allowed for this request; b: Parameter 'b' is not allowed for this request"),
        ({"title": "x", "currency": "EURO"}, "currency: is not a currency of this company"),
        ([], "body: must be an object"),
    ],
)  # fmt: skip
def test_new_deal_when_body_does_not_fit_then_every_key_is_told_and_nothing_made(company, body, told):
    before = len(company.ok("GET", "/api/v2/deals"))
    assert error(company.call("POST", "/api/v2/deals", body)) == f"Validation failed: {told}"
    assert len(company.ok("GET", "/api/v2/deals")) == before


@pytest.mark.parametrize("content", [b"{", b"\xff", b'{"title": NaN}'])
def test_body_when_no_json_then_400(company, content):
    answer = company.http.post(
        "/api/v2/deals", content=content, headers={"x-api-token": "api-101", "content-type": "application/json"}
    )
    assert answer.status_code == 400


def test_change_when_it_has_unknown_custom_keys_then_refused_and_at_the_root_too(company):
    code = "d4e5f60718293a4b5c6d7e8f9001122334455667"
    at_root = company.call("PATCH", "/api/v2/deals/12", {code: "PO-1"})
    inside = company.call("PATCH", "/api/v2/deals/12", {"custom_fields": {"f" * 40: "x"}})
    assert error(at_root) == f"Validation failed: {code}: Parameter '{code}' is not allowed for this request"
    assert "is not allowed for this request" in error(inside)


def test_change_when_custom_field_is_set_then_read_back_cleared_by_null_and_others_stay(company):
    code, segment = "d4e5f60718293a4b5c6d7e8f9001122334455667", "e5f60718293a4b5c6d7e8f900112233445566778"
    changed = company.ok("PATCH", "/api/v2/deals/12", {"custom_fields": {code: "PO-1"}})
    assert changed["custom_fields"] == {code: "PO-1", segment: 402}
    cleared = company.ok("PATCH", "/api/v2/deals/12", {"custom_fields": {code: None}})
    assert cleared["custom_fields"] == {code: None, segment: 402}
    narrow = company.ok("GET", "/api/v2/deals/12", params={"custom_fields": segment, "include_option_labels": "true"})
    assert narrow["custom_fields"] == {segment: {"id": 402, "label": "Business"}}


def test_change_when_won_then_times_are_set_and_reopened_then_cleared(company):
    won = company.ok("PATCH", "/api/v2/deals/12", {"status": "won"})
    assert won["won_time"] == won["close_time"] is not None
    lost = company.ok("PATCH", "/api/v2/deals/12", {"status": "lost", "lost_reason": "price"})
    assert (lost["won_time"], lost["lost_reason"]) == (None, "price")
    opened = company.ok("PATCH", "/api/v2/deals/12", {"status": "open"})
    assert (opened["lost_time"], opened["close_time"], opened["lost_reason"]) == (None, None, None)


def test_change_when_stage_moves_then_its_time_is_kept_and_nothing_else_changes(company):
    before = company.ok("GET", "/api/v2/deals/12")
    after = company.ok("PATCH", "/api/v2/deals/12", {"stage_id": 2})
    changed = {name for name in after if after[name] != before[name]}
    assert changed == {"stage_id", "stage_change_time", "update_time"}


def test_change_when_nothing_differs_then_update_time_stays(company):
    before = company.ok("GET", "/api/v2/deals/12")
    company.control("POST", "clock", advance="PT1M")
    assert company.ok("PATCH", "/api/v2/deals/12", {"title": before["title"]}) == before


def test_archived_deal_when_written_then_403_until_it_is_brought_back(company):
    line = {"product_id": 5, "item_price": 1, "quantity": 1}
    for method, path, body in (
        ("PATCH", "/api/v2/deals/22", {"title": "x"}),
        ("POST", "/api/v2/deals/22/products", line),
        ("POST", "/api/v2/deals/22/discounts", {"description": "d", "amount": 1, "type": "amount"}),
        ("POST", "/api/v1/notes", {"deal_id": 22, "content": "x"}),
    ):
        assert company.call(method, path, body).status_code == 403, path
    assert company.call("GET", "/api/v2/deals/22").status_code == 200
    assert company.ok("PATCH", "/api/v2/deals/22", {"is_archived": False})["archive_time"] is None
    assert company.call("POST", "/api/v2/deals/22/products", line).status_code == 201
    assert 22 in ids(company.ok("GET", "/api/v2/deals"))


def test_changelog_when_written_then_tells_old_new_who_and_how_newest_first(company):
    company.ok("PATCH", "/api/v2/deals/12", {"title": "B"})
    company.ok("PATCH", "/api/v2/deals/12", {"custom_fields": {"d4e5f60718293a4b5c6d7e8f9001122334455667": "PO-2"}})
    answer = company.call("GET", "/api/v1/deals/12/changelog", params={"limit": 1}).json()
    row = answer["data"][0]
    assert (row["old_value"], row["new_value"], row["actor_user_id"]) == ("PO-7741", "PO-2", 101)
    assert row["change_source"] == "api"
    older = company.ok("GET", "/api/v1/deals/12/changelog", params={"cursor": answer["additional_data"]["next_cursor"]})
    assert [(one["field_key"], one["new_value"]) for one in older] == [("title", "B")]


def test_flow_when_read_then_has_notes_and_changes_and_custom_fields_only_on_wish(company):
    company.ok("PATCH", "/api/v2/deals/12", {"title": "B"})
    company.ok("PATCH", "/api/v2/deals/12", {"custom_fields": {"d4e5f60718293a4b5c6d7e8f9001122334455667": "PO-2"}})
    answer = company.call("GET", "/v1/deals/12/flow").json()
    assert [item["object"] for item in answer["data"]] == ["dealChange", "note"]
    assert answer["additional_data"]["more_items_in_collection"] is False
    assert answer["data"][0]["data"]["field_key"] == "title"
    everything = company.ok("GET", "/v1/deals/12/flow", params={"all_changes": "1"})
    assert [item["object"] for item in everything] == ["dealChange", "dealChange", "note"]
    assert [item["object"] for item in company.ok("GET", "/v1/deals/12/flow?items=note")] == ["note"]


def test_pipelines_and_stages_when_listed_then_whole(company):
    assert [row["name"] for row in company.ok("GET", "/api/v2/pipelines")] == ["Gardens"]
    stages = company.ok("GET", "/api/v2/stages", params={"sort_by": "order_nr", "pipeline_id": "1"})
    assert [row["order_nr"] for row in stages] == [1, 2, 3, 4, 5]
    assert company.ok("GET", "/api/v2/stages/3")["name"] == "Design offer"
    assert company.call("GET", "/api/v2/stages/99").status_code == 404


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/api/v2/nothing", 404), ("PUT", "/api/v2/deals/12", 405), ("GET", "/api/v2/deals/x", 400),
     ("GET", "/api/v2/deals/99999999999999999999", 400)],
)  # fmt: skip
def test_path_when_wrong_then_told(company, method, path, status):
    assert company.call(method, path).status_code == status


@pytest.mark.parametrize("status", [404, 410])
def test_retired_path_when_called_then_the_switchs_status(company, status):
    company.control("POST", "switches", retired_status=status)
    assert company.call("GET", "/api/v1/deals/12").status_code == status
    assert company.call("GET", "/v1/persons").status_code == status
    assert company.call("GET", "/v1/notes").status_code == 200


@pytest.mark.parametrize(
    ("visible_to", "plan", "sees"),
    [(1, "growth", {102}), (3, "growth", {102, 103}), (1, "premium", {102}), (3, "premium", {102}),
     (7, "premium", {102, 103})],
)  # fmt: skip
def test_deal_when_visible_to_a_group_then_plan_decides_who_sees_it(company, visible_to, plan, sees):
    company.control("POST", "switches", plan=plan)
    made = company.ok("POST", "/api/v2/deals", {"title": "x", "visible_to": visible_to}, user=102)
    path = f"/api/v2/deals/{made['id']}"
    assert {user for user in (102, 103) if company.call("GET", path, user=user).status_code == 200} == sees
    assert company.call("GET", path, user=101).status_code == 200


def test_new_deal_when_plan_has_groups_then_visible_to_the_company_is_7(company):
    company.control("POST", "switches", plan="ultimate")
    assert company.ok("POST", "/api/v2/deals", {"title": "x"})["visible_to"] == 7


@pytest.mark.parametrize("value", [10**400, 1e300, 1e-300])
def test_number_when_beyond_reason_then_refused(company, value):
    assert "must be a safe number" in error(company.call("POST", "/api/v2/deals", {"title": "x", "value": value}))


@pytest.mark.parametrize("query", ["deal_ids=25,12", "deal_ids=25&deal_ids=12"])
def test_deals_when_several_are_asked_for_then_joined_and_repeated_ids_both_work(company, query):
    assert {row["deal_id"] for row in company.ok("GET", f"/api/v2/deals/installments?{query}")} == {25}
    assert {row["deal_id"] for row in company.ok("GET", f"/api/v2/deals/products?{query}")} == {12, 25}


def test_prefix_when_v2_without_api_then_no_api(company):
    assert company.call("GET", "/v2/deals").status_code == 404
    assert company.call("GET", "/v1/currencies").status_code == 200
    assert company.call("GET", "/api/v1/currencies").status_code == 200
