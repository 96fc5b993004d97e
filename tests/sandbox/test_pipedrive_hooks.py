"""When a hook is taken, and what becomes of it."""

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
