"""Merges and copies, participants, followers, changelog and flow of people and organizations, filters, activities."""

import json

import pytest


def add_hook(company, receiver, **more):
    body = {"subscription_url": receiver.url, "event_action": "*", "event_object": "*", "name": "x", **more}
    return company.ok("POST", "/api/v1/webhooks", body)


def events(receiver, count):
    return [json.loads(one["body"]) for one in receiver.wait(count)]


def test_deals_when_merged_then_rows_move_one_goes_and_hooks_name_both(company, receiver):
    add_hook(company, receiver, event_object="deal")
    merged = company.ok("PUT", "/api/v1/deals/12/merge", {"merge_with_id": 13})

    assert (merged["id"], merged["merge_what_id"], merged["value"], merged["products_count"]) == (13, 12, 845, 4)
    assert company.call("GET", "/api/v2/deals/12").status_code == 404
    told = events(receiver, 2)
    gone = next(one for one in told if one["meta"]["action"] == "delete")
    kept = next(one for one in told if one["meta"]["action"] == "change")
    assert (gone["meta"]["entity_id"], gone["meta"]["merged_to_id"], gone["data"]) == ("12", "13", None)
    assert (kept["meta"]["entity_id"], kept["meta"]["merged_from_id"]) == ("13", "12")
    changed = {row["field_key"] for row in company.ok("GET", "/api/v1/deals/13/changelog")}
    assert {"merged_from_id", "value"} <= changed
    assert [row["id"] for row in company.ok("GET", "/api/v1/notes?deal_id=13")] == [501]


def test_people_when_merged_then_addresses_join_and_deals_follow(company):
    merged = company.ok("PUT", "/api/v1/persons/22/merge", {"merge_with_id": "21"})

    assert [one["value"] for one in merged["email"]] == ["Birds@Intuit.com", "Cool_Cars@intuit.com"]
    assert [one["primary"] for one in merged["email"]] == [True, False]
    assert company.ok("GET", "/api/v2/deals/13")["person_id"] == 21
    assert merged["open_deals_count"] == 7


def test_organizations_when_merged_then_answer_is_the_id_alone_and_gaps_are_filled(company):
    assert company.ok("PUT", "/api/v1/organizations/31/merge", {"merge_with_id": 33}) == {"id": 33}
    assert company.ok("GET", "/api/v2/organizations/33")["address"]["route"] == "Finch St."
    assert company.ok("GET", "/api/v2/deals/12")["org_id"] == 33
    assert company.call("GET", "/api/v2/organizations/31").status_code == 404


@pytest.mark.parametrize("body", [{}, {"merge_with_id": 12}, {"merge_with_id": "x"}, {"merge_with_id": True}])
def test_merge_when_body_is_wrong_then_v1_bad_request(company, body):
    answer = company.call("PUT", "/api/v1/deals/12/merge", body)
    assert (answer.status_code, answer.json()["error"]) == (400, "Bad request")


def test_deal_when_duplicated_then_has_the_rows_and_value_and_is_open(company):
    made = company.ok("POST", "/api/v1/deals/20/duplicate")
    assert (made["status"], made["value"], made["products_count"], made["won_time"]) == ("open", 275, 1, None)
    assert made["id"] != 20


def test_changelog_when_person_or_organization_changes_then_tells_it(company):
    company.ok("PATCH", "/api/v2/persons/21", {"name": "Amy L"})
    company.ok("PATCH", "/api/v2/organizations/31", {"name": "Amy's"})

    person = company.ok("GET", "/api/v1/persons/21/changelog")
    assert [(row["field_key"], row["new_value"]) for row in person if row["field_key"] == "name"] == [("name", "Amy L")]
    flow = company.ok("GET", "/api/v1/organizations/31/flow")
    assert [item["object"] for item in flow] == ["organizationChange", "note"]


def test_follower_when_added_then_sees_what_only_the_owner_would(company):
    assert company.call("GET", "/api/v2/deals/19", user=103).status_code == 404
    company.ok("POST", "/api/v2/deals/19/followers", {"user_id": 103})
    assert company.ok("GET", "/api/v2/deals/19", user=103)["id"] == 19
    assert [row["user_id"] for row in company.ok("GET", "/api/v2/deals/19/followers")] == [103]
    company.ok("DELETE", "/api/v2/deals/19/followers/103")
    assert company.call("GET", "/api/v2/deals/19", user=103).status_code == 404
    log = company.ok("GET", "/api/v2/deals/19/followers/changelog")
    assert [row["action"] for row in log] == ["removed", "added"]


def test_participants_when_added_then_listed_counted_and_not_twice(company):
    made = company.ok("POST", "/api/v1/deals/12/participants", {"person_id": 22})
    again = company.call("POST", "/api/v1/deals/12/participants", {"person_id": 22})
    listed = company.ok("GET", "/api/v1/deals/12/participants")
    deal = company.ok("GET", "/api/v2/deals/12", params={"include_fields": "participants_count"})

    assert again.status_code == 400
    assert [row["person_id"]["value"] for row in listed] == [22]
    assert deal["participants_count"] == 2
    company.ok("DELETE", f"/api/v1/deals/12/participants/{made['id']}")
    assert company.ok("GET", "/api/v1/deals/12/participants") == []


def test_permitted_users_when_private_then_owner_and_admin(company):
    assert company.ok("GET", "/api/v1/deals/19/permittedUsers") == [101, 102]
    assert company.ok("GET", "/api/v1/organizations/31/permittedUsers") == [101, 102, 103]


def test_deals_of_a_product_when_listed_then_in_v1_shape(company):
    rows = company.ok("GET", "/api/v1/products/1/deals", params={"status": "open"})
    assert [row["id"] for row in rows] == [12, 21]
    assert rows[0]["org_id"]["name"] == "Amys Bird Sanctuary Inc."
    assert [row["id"] for row in company.ok("GET", "/api/v1/stages/5/deals")] == [20]


CONDITION = {"object": "deal", "field_id": "2", "operator": ">", "value": "500", "field_code": "value"}


def saved(company, *conditions, either=(), **more):
    groups = [{"glue": "and", "conditions": list(conditions)}, {"glue": "or", "conditions": list(either)}]
    body = {"name": "mine", "type": "deals", "conditions": {"glue": "and", "conditions": groups}}
    return company.ok("POST", "/api/v1/filters", {**body, **more})


@pytest.mark.parametrize(
    ("operator", "field", "value", "expected"),
    [
        (">", "value", "500", [12, 13, 16]),
        ("=", "status", "won", [20]),
        ("IS NULL", "org_id", None, [18]),
        ("LIKE '%$%'", "title", "garden", [14]),
        ("LIKE '$%'", "title", "spring", [13]),
        ("=", "d4e5f60718293a4b5c6d7e8f9001122334455667", "PO-7741", [12]),
        ("!=", "currency", "USD", [16]),
    ],
)
def test_filter_when_used_by_id_then_narrows_and_puts_quick_filters_out_of_force(
    company, operator, field, value, expected
):
    made = saved(company, {**CONDITION, "operator": operator, "field_code": field, "value": value})
    rows = company.ok("GET", "/api/v2/deals", params={"filter_id": made["id"], "owner_id": 999})
    assert [row["id"] for row in rows if row["id"] <= 22] == expected


def test_filter_when_it_has_alternatives_then_one_is_enough(company):
    either = [{**CONDITION, "operator": "=", "field_code": "status", "value": "won"},
              {**CONDITION, "operator": "=", "field_code": "currency", "value": "EUR"}]  # fmt: skip
    made = saved(company, {**CONDITION, "value": "0"}, either=either)
    assert [row["id"] for row in company.ok("GET", "/api/v2/deals", params={"filter_id": made["id"]})] == [16, 20]


def test_filter_when_private_then_others_neither_see_nor_use_it(company):
    made = saved(company, CONDITION)
    assert company.call("GET", f"/api/v1/filters/{made['id']}", user=102).status_code == 404
    assert company.call("GET", f"/api/v2/deals?filter_id={made['id']}", user=102).status_code == 404
    assert [row["name"] for row in company.ok("GET", "/api/v1/filters", user=102)] == ["All open deals"]
    assert company.call("DELETE", "/api/v1/filters/1", user=102).status_code == 403
    assert company.ok("DELETE", f"/api/v1/filters?ids={made['id']}") == {"id": [made["id"]]}


@pytest.mark.parametrize(
    "more",
    [{"type": "cars"}, {"name": ""}, {"conditions": []}, {"conditions": {"glue": "or", "conditions": []}},
     {"conditions": {"glue": "and", "conditions": [{"glue": "and", "conditions": [{**CONDITION, "operator": "~"}]}]}}],
)  # fmt: skip
def test_filter_when_wrong_then_bad_request(company, more):
    body = {"name": "x", "type": "deals", "conditions": {"glue": "and", "conditions": []}, **more}
    assert company.call("POST", "/api/v1/filters", body).status_code == 400


def activities(company):
    scopes = ["base", "deals:full", "contacts:full", "activities:full", "recents:read"]
    company.control("PUT", "app", scopes=scopes)


def test_activity_when_made_then_person_comes_from_participants_and_the_deal_counts_it(company):
    activities(company)
    body = {"subject": "Call Amy", "type": "call", "deal_id": 12, "participants": [{"person_id": 21}], "done": True,
            "due_date": "2026-12-01", "due_time": "09:30", "note": "<b>hi</b><script>x</script>"}  # fmt: skip
    made = company.ok("POST", "/api/v2/activities", body)

    assert (made["person_id"], made["participants"]) == (21, [{"person_id": 21, "primary": True}])
    assert made["note"] == "<b>hi</b>"
    assert made["marked_as_done_time"] is not None
    deal = company.ok("GET", "/api/v2/deals/12", params={"include_fields": "activities_count,done_activities_count"})
    assert (deal["activities_count"], deal["done_activities_count"]) == (1, 1)
    assert [row["id"] for row in company.ok("GET", "/api/v2/activities?deal_id=12&done=true")] == [made["id"]]
    assert [item["object"] for item in company.ok("GET", "/api/v1/deals/12/flow?items=activity")] == ["activity"]
    company.ok("PATCH", f"/api/v2/activities/{made['id']}", {"done": False, "deal_id": 13})
    assert company.ok("GET", "/api/v2/activities?deal_id=12") == []
    company.ok("DELETE", f"/api/v2/activities/{made['id']}")
    assert company.call("GET", f"/api/v2/activities/{made['id']}").status_code == 404


@pytest.mark.parametrize("body", [{"type": "dance"}, {"person_id": 21}, {"deal_id": 999}, {"due_time": "25:00"}])
def test_activity_when_wrong_then_validation_error(company, body):
    activities(company)
    assert company.call("POST", "/api/v2/activities", body).json()["code"] == "ERR_SCHEMA_VALIDATION_FAILED"


def test_flow_when_read_then_names_whom_it_mentions(company):
    answer = company.call("GET", "/api/v1/deals/12/flow").json()
    assert answer["related_objects"]["user"]["101"]["name"] == "Ola Nowak"
    assert answer["related_objects"]["organization"]["31"]["name"] == "Amys Bird Sanctuary Inc."


def test_field_when_asked_by_v1_then_same_field_by_number_and_key(company):
    first = company.ok("GET", "/api/v1/dealFields")
    made = company.ok("POST", "/api/v1/dealFields", {"name": "Size", "field_type": "enum", "options": [{"label": "S"}]})
    again = company.ok("GET", f"/api/v1/dealFields/{made['id']}")

    assert again["options"][0]["label"] == "S"
    assert company.ok("GET", f"/api/v2/dealFields/{made['key']}")["field_name"] == "Size"
    keep = {"id": again["options"][0]["id"], "label": "Small"}
    changed = company.ok("PUT", f"/api/v1/dealFields/{made['id']}", {"options": [keep, {"label": "L"}]})
    assert [one["label"] for one in changed["options"]] == ["Small", "L"]
    assert company.ok("DELETE", f"/api/v1/dealFields/{made['id']}") == {"id": made["id"]}
    assert [row["id"] for row in company.ok("GET", "/api/v1/dealFields")] == [row["id"] for row in first]
    assert company.call("GET", "/api/v1/productFields/999").status_code == 410


def test_field_when_made_important_then_include_fields_tells_it(company):
    made = company.ok("POST", "/api/v2/dealFields", {"field_name": "X", "field_type": "text"})
    company.ok("PATCH", f"/api/v2/dealFields/{made['field_code']}", {"required_fields": {"enabled": True}})
    read = company.ok("GET", f"/api/v2/dealFields/{made['field_code']}?include_fields=required_fields")
    assert read["required_fields"] == {"enabled": True, "stage_ids": [], "statuses": {}}
    assert company.call("GET", "/api/v2/productFields?include_fields=required_fields").status_code == 400


def test_product_when_duplicated_then_prices_and_variations_come_along(company):
    company.ok("POST", "/api/v2/products/1/variations", {"name": "Big", "prices": [{"price": 9, "currency": "EUR"}]})
    made = company.ok("POST", "/api/v2/products/1/duplicate")
    assert (made["name"], made["prices"][0]["price"], made["prices"][0]["product_id"]) == (
        "Rock fountain",
        275,
        made["id"],
    )
    assert [row["name"] for row in company.ok("GET", f"/api/v2/products/{made['id']}/variations")] == ["Big"]


def test_stage_when_made_changed_and_removed_then_only_admins_and_only_empty(company):
    company.control("PUT", "app", scopes=["base", "admin", "deals:full"])
    made = company.ok("POST", "/api/v2/stages", {"name": "Paid", "pipeline_id": 1})
    assert made["order_nr"] == 6
    assert company.ok("PATCH", f"/api/v2/stages/{made['id']}", {"name": "Done"})["name"] == "Done"
    assert company.call("POST", "/api/v2/stages", {"name": "x", "pipeline_id": 1}, user=102).status_code == 403
    assert company.call("DELETE", "/api/v2/stages/4").status_code == 400
    company.ok("DELETE", f"/api/v2/stages/{made['id']}")
    assert company.call("GET", f"/api/v2/stages/{made['id']}").status_code == 404


def test_comment_when_written_then_on_its_note_alone(company):
    path = "/api/v1/notes/501/comments"
    made = company.ok("POST", path, {"content": "<b>Yes</b><script>x</script>"})
    assert (made["content"], made["object_id"], made["update_time"]) == ("<b>Yes</b>", "501", None)
    assert company.ok("PUT", f"{path}/{made['uuid']}", {"content": "No"})["updater_id"] == 101
    assert [row["content"] for row in company.ok("GET", path)] == ["No"]
    assert company.call("POST", path, {}).status_code == 400
    assert company.ok("DELETE", f"{path}/{made['uuid']}") is True
    assert company.call("GET", f"{path}/{made['uuid']}").status_code == 404


def test_recents_when_asked_since_a_time_then_what_changed_from_it_on(company):
    personal = {"headers": {"x-api-token": "api-101"}}
    company.control("POST", "clock", advance="PT1H")
    changed = company.ok("PATCH", "/api/v2/deals/12", {"title": "x"}, **personal)["update_time"]
    since = changed.replace("T", " ").rstrip("Z")
    rows = company.ok("GET", "/api/v1/recents", params={"since_timestamp": since}, **personal)
    assert [(row["item"], row["id"]) for row in rows] == [("deal", 12)]
    assert company.call("GET", "/api/v1/recents", params={"since_timestamp": "soon"}, **personal).status_code == 400


def test_follower_when_added_by_v1_then_v2_has_him_too(company):
    made = company.ok("POST", "/api/v1/deals/12/followers", {"user_id": 102})
    assert (made["deal_id"], made["user_id"]) == (12, 102)
    assert [row["user_id"] for row in company.ok("GET", "/api/v2/deals/12/followers")] == [102]
    company.ok("DELETE", "/api/v1/deals/12/followers/102")
    assert company.ok("GET", "/api/v1/deals/12/followers") == []
