"""When a hook is taken, and what becomes of it."""

import base64
import json

import pytest

HOOK = {"event_action": "change", "event_object": "deal", "name": "x"}


def test_hook_when_probed_and_nobody_answers_then_400(company, receiver):
    company.control("POST", "switches", probe_hooks=True)
    dead = company.call("POST", "/api/v1/webhooks", {**HOOK, "subscription_url": "http://127.0.0.1:9/hook"})
    alive = company.call("POST", "/api/v1/webhooks", {**HOOK, "subscription_url": receiver.url})

    assert dead.status_code == 400
    assert dead.json() == {
        "status": "error", "success": False, "errors": {"subscription_url": ["invalid or non-reachable URL"]},
    }  # fmt: skip
    assert alive.status_code == 201


@pytest.mark.parametrize(
    ("body", "field"),
    [({"subscription_url": "ftp://x"}, "subscription_url"), ({"event_action": "added"}, "event_action"),
     ({"event_object": "car"}, "event_object"), ({"name": ""}, "name"), ({"user_id": 999}, "user_id")],
)  # fmt: skip
def test_hook_when_wrong_then_errors_by_field(company, body, field):
    answer = company.call("POST", "/api/v1/webhooks", {**HOOK, "subscription_url": "http://127.0.0.1:9/", **body})
    assert (answer.status_code, list(answer.json()["errors"])) == (400, [field])


def test_hook_when_forty_are_there_then_422(company):
    body = {**HOOK, "subscription_url": "http://127.0.0.1:9/hook"}
    statuses = [company.call("POST", "/api/v1/webhooks", body).status_code for _ in range(41)]
    assert statuses == [201] * 40 + [422]


def test_hooks_when_listed_then_only_the_users_own_and_deleted_once(company):
    made = company.ok("POST", "/api/v1/webhooks", {**HOOK, "subscription_url": "http://127.0.0.1:9/hook"})
    path = f"/api/v1/webhooks/{made['id']}"
    assert company.ok("GET", "/api/v1/webhooks", user=102) == []
    assert company.call("DELETE", path, user=102).status_code == 404
    assert company.call("DELETE", path).json() == {"status": "ok", "success": True}
    assert company.call("DELETE", path).json() == {
        "status": "error", "success": False, "errors": {"id": ["not found"]},
    }  # fmt: skip


def add_hook(company, receiver, user=101, **more):
    body = {**HOOK, "subscription_url": receiver.url, **more}
    return company.ok("POST", "/api/v1/webhooks", body, user=user)


def bodies(receiver, count=1):
    return [json.loads(one["body"]) for one in receiver.wait(count)]


def test_change_when_told_then_data_is_whole_previous_only_what_changed_and_ids_are_texts(company, receiver):
    made = add_hook(company, receiver, http_auth_user="u", http_auth_password="p")
    company.ok("PATCH", "/api/v2/deals/12", {"title": "New"})
    told = bodies(receiver)[0]
    meta = told["meta"]

    assert (meta["action"], meta["entity"], meta["entity_id"], meta["company_id"]) == ("change", "deal", "12", "12345")
    assert (meta["webhook_id"], meta["user_id"], meta["change_source"]) == (str(made["id"]), "101", "api")
    assert (meta["version"], meta["attempt"], meta["permitted_user_ids"]) == ("2.0", 1, ["101", "102", "103"])
    assert told["previous"] == {"title": "Aviary courtyard and fountain"}
    assert (told["data"]["title"], told["data"]["visible_to"]) == ("New", "3")
    headers = receiver.seen[0]["headers"]
    assert headers["authorization"] == "Basic " + base64.b64encode(b"u:p").decode()
    assert headers["user-agent"] == "Pipedrive-Webhook"


def test_custom_fields_when_told_then_typed_objects(company, receiver):
    add_hook(company, receiver)
    po, segment = "d4e5f60718293a4b5c6d7e8f9001122334455667", "e5f60718293a4b5c6d7e8f900112233445566778"
    company.ok("PATCH", "/api/v2/deals/13", {"custom_fields": {po: "PO-9", segment: 401}})
    told = bodies(receiver)[0]
    assert told["data"]["custom_fields"] == {
        po: {"type": "varchar", "value": "PO-9"}, segment: {"type": "enum", "id": 401},
    }  # fmt: skip
    assert told["previous"] == {"custom_fields": {po: None, segment: None}}


@pytest.mark.parametrize(
    ("method", "path", "body", "entity", "action"),
    [
        ("POST", "/api/v2/deals", {"title": "x"}, "deal", "create"),
        ("DELETE", "/api/v2/deals/13", None, "deal", "delete"),
        ("PATCH", "/api/v2/persons/21", {"name": "x"}, "person", "change"),
        ("PATCH", "/api/v2/organizations/31", {"name": "x"}, "organization", "change"),
        ("PATCH", "/api/v2/products/1", {"name": "x"}, "product", "change"),
        ("POST", "/api/v1/notes", {"deal_id": 13, "content": "x"}, "note", "create"),
        ("PATCH", "/api/v2/deals/12/products/100", {"quantity": 2}, "deal_product", "change"),
        ("DELETE", "/api/v2/deals/25/installments/1", None, "deal_installment", "delete"),
    ],
)
def test_event_when_anything_happens_then_told_with_what_its_action_has(
    company, receiver, method, path, body, entity, action
):
    add_hook(company, receiver, event_object="*", event_action="*")
    company.ok(method, path, body)
    told = next(one for one in bodies(receiver) if one["meta"]["entity"] == entity)

    assert told["meta"]["action"] == action
    assert (told["previous"] is None) == (action == "create")
    assert (told["data"] is None) == (action == "delete")


def test_product_when_told_then_linkable_is_still_selectable(company, receiver):
    add_hook(company, receiver, event_object="product")
    company.ok("PATCH", "/api/v2/products/1", {"is_linkable": False})
    told = bodies(receiver)[0]
    assert (told["data"]["selectable"], told["previous"]) == (False, {"selectable": True})


def test_event_when_the_hooks_user_may_not_see_it_then_not_told(company, receiver):
    add_hook(company, receiver, user=103)
    company.ok("PATCH", "/api/v2/deals/19", {"title": "secret"})
    company.ok("PATCH", "/api/v2/deals/13", {"title": "open"})
    assert [one["meta"]["entity_id"] for one in bodies(receiver)] == ["13"]


def test_delivery_when_refused_then_three_more_attempts_counted(company, receiver):
    company.control("POST", "webhooks", retry_scale=0)
    receiver.statuses[:] = [500, 404, 302]
    add_hook(company, receiver)
    company.ok("PATCH", "/api/v2/deals/13", {"title": "x"})
    told = bodies(receiver, 4)
    assert [one["meta"]["attempt"] for one in told] == [1, 2, 3, 4]
    assert len({one["meta"]["id"] for one in told}) == 1
    company.control("POST", "webhooks", retry_scale=1)


def test_hook_when_ten_first_attempts_fail_then_banned_half_an_hour_and_events_are_lost(company, receiver, eventually):
    company.control("POST", "webhooks", retry_scale=0)
    receiver.statuses[:] = [500] * 40
    made = add_hook(company, receiver)
    for number in range(10):
        company.ok("PATCH", "/api/v2/deals/13", {"title": f"t{number}"})
    receiver.wait(40)
    eventually(lambda: company.control("GET", "webhooks")["waiting"] == 0)
    company.ok("PATCH", "/api/v2/deals/13", {"title": "lost"})
    company.control("POST", "clock", advance="PT31M")
    company.ok("PATCH", "/api/v2/deals/13", {"title": "heard"})

    assert bodies(receiver, 41)[40]["data"]["title"] == "heard"
    assert company.ok("GET", "/api/v1/webhooks")[0]["id"] == made["id"]
    company.control("POST", "webhooks", retry_scale=1)


def test_hook_when_nothing_arrived_for_three_days_then_removed(company, receiver, eventually):
    company.control("POST", "webhooks", retry_scale=0)
    receiver.statuses[:] = [500] * 8
    add_hook(company, receiver)
    personal = {"headers": {"x-api-token": "api-101"}}
    company.ok("PATCH", "/api/v2/deals/13", {"title": "a"})
    receiver.wait(4)
    company.control("POST", "clock", advance="P3D")
    company.ok("PATCH", "/api/v2/deals/13", {"title": "b"}, **personal)
    eventually(lambda: company.ok("GET", "/api/v1/webhooks", **personal) == [])
    company.control("POST", "webhooks", retry_scale=1)


@pytest.mark.parametrize("says", [True, False])
def test_archived_deal_when_told_then_says_so_unless_switched_off(company, receiver, says):
    company.control("POST", "switches", hook_archived=says)
    add_hook(company, receiver)
    company.ok("PATCH", "/api/v2/deals/13", {"is_archived": True})
    told = bodies(receiver)[0]

    assert told["data"].get("is_archived") is (True if says else None)
    assert ("is_archived" in told["previous"]) is says


def test_deal_when_made_a_lead_then_deleted_and_told_as_such(company, receiver):
    add_hook(company, receiver, event_object="*", event_action="*")
    note = company.ok("POST", "/api/v1/notes", {"deal_id": 13, "content": "x"})
    job = company.ok("POST", "/api/v2/deals/13/convert/lead")
    status = company.ok("GET", f"/api/v2/deals/13/convert/status/{job['conversion_id']}")
    told = bodies(receiver, 3)

    assert (status["status"], company.call("GET", "/api/v2/deals/13").status_code) == ("completed", 404)
    assert company.ok("GET", f"/api/v1/notes/{note['id']}")["lead_id"] == status["lead_id"]
    assert {(one["meta"]["entity"], one["meta"]["action"], one["meta"]["entity_id"]) for one in told} >= {
        ("deal", "delete", "13"), ("lead", "create", status["lead_id"]),
    }  # fmt: skip
