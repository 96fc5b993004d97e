"""The control calls: who may make them, and what they change."""

import httpx2
import pytest


def test_control_when_host_is_foreign_then_refused(company):
    answer = company.http.get("/_sandbox/app", headers={"Host": "evil.example"})
    assert answer.status_code == 403


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1.evil.example"])
def test_control_when_origin_is_foreign_then_refused_and_nothing_done(company, origin):
    answer = company.http.post("/_sandbox/clock", json={"advance": "P1D"}, headers={"Origin": origin})
    assert answer.status_code == 403
    assert company.http.post("/_sandbox/clock", json={"advance": "PT0S"}, headers={"Origin": company.url}).is_success


def test_control_is_on_both_ports(company):
    for url in (company.sandbox.pipedrive_url, company.sandbox.quickbooks_url):
        assert httpx2.get(f"{url}/_sandbox/app", trust_env=False).json()["client_id"] == "dealvoice-demo"


@pytest.mark.parametrize(
    ("method", "name", "body", "status"),
    [
        ("GET", "nothing", None, 404),
        ("DELETE", "clock", None, 404),
        ("POST", "clock", {"advance": "tomorrow"}, 400),
        ("POST", "clock", {"advance": "-P1D"}, 400),
        ("POST", "clock", {"advance": "PT"}, 400),
        ("POST", "clock", [], 400),
        ("POST", "tokens", {"user_id": 999}, 400),
        ("POST", "reset", {"seed": "moon"}, 400),
        ("PUT", "app", {"colour": "red"}, 400),
        ("PUT", "app", {"scopes": "deals:read"}, 400),
        ("POST", "switches", {"warp": True}, 400),
        ("POST", "switches", {"burst": "yes"}, 400),
        ("POST", "switches", {"plan": "free"}, 400),
        ("POST", "webhooks", {"burn": 1}, 400),
        ("POST", "uninstall", {"user_id": 999}, 400),
    ],
)
def test_control_when_call_is_nonsense_then_says_so(company, method, name, body, status):
    answer = company.http.request(method, f"/_sandbox/{name}", json=body)
    assert answer.status_code == status, answer.text
    assert answer.json()["error"]


def test_app_when_one_field_is_wrong_then_none_is_changed(company):
    before = company.control("GET", "app")
    company.http.put("/_sandbox/app", json={"client_secret": "other", "colour": "red"})
    assert company.control("GET", "app") == before


def test_app_when_put_then_kept(company):
    company.control("PUT", "app", panel_url="http://localhost:9/panel")
    assert company.control("GET", "app")["panel_url"] == "http://localhost:9/panel"
    company.control("PUT", "app", panel_url="http://localhost:8100/panel")


def test_reset_when_things_were_changed_then_seed_switches_faults_and_deliveries_are_as_before(company):
    company.ok("PATCH", "/api/v2/deals/12", {"title": "Other"})
    company.control("POST", "switches", burst=True)
    company.control("POST", "faults", status=503, path="/deals")
    company.control("POST", "webhooks", hold=True, drop=3)

    company.reset()

    assert company.ok("GET", "/api/v2/deals/12")["title"] == "Aviary courtyard and fountain"
    assert company.control("GET", "switches")["burst"]["now"] is False
    assert company.control("GET", "faults") == []
    assert company.control("GET", "webhooks")["held"] is False


def test_journal_when_called_then_tells_who_did_what_at_which_cost(company):
    company.call("GET", "/api/v2/deals/12", params={"include_fields": "products_count"})
    company.call("GET", "/api/v2/deals", headers={"Cookie": "a=b"})
    first, second = company.control("GET", "journal")[-2:]

    assert (first["method"], first["path"], first["status"]) == ("GET", "/api/v2/deals/12", 200)
    assert first["query"] == "include_fields=products_count"
    assert (first["company"], first["user_id"], first["cost"]) == ("12345", 101, 1)
    assert second["spent_today"] - first["spent_today"] == second["cost"] == 10
    assert (first["cookie"], second["cookie"]) == (False, True)
    assert second["n"] == first["n"] + 1


def test_journal_when_cleared_then_empty_and_control_calls_are_never_in_it(company):
    company.call("GET", "/api/v2/deals/12")
    company.control("DELETE", "journal")
    assert company.control("GET", "journal") == []


def test_rules_when_they_name_a_test_then_it_exists(company):
    from pathlib import Path

    root = Path(__file__).parent.parent.parent
    for rule in company.control("GET", "switches").values():
        file, _, name = rule["test"].partition("::")
        assert f"def {name}(" in (root / file).read_text()
