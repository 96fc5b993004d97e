"""Bursts, the daily budget, and what the headers tell."""

import pytest


def test_headers_when_not_limited_then_count_down(company):
    first, second = company.call("GET", "/api/v2/deals/12"), company.call("GET", "/api/v2/deals/12")
    assert first.headers["x-ratelimit-limit"] == "160"
    assert int(first.headers["x-ratelimit-remaining"]) - int(second.headers["x-ratelimit-remaining"]) == 1
    assert 1 <= int(second.headers["x-ratelimit-reset"]) <= 2


def test_burst_when_switched_on_answers_429_until_the_window_is_over(company):
    company.control("POST", "switches", burst=True, plan="lite")
    personal = {"x-api-token": "api-101"}
    statuses = [company.http.get("/api/v2/deals/12", headers=personal).status_code for _ in range(25)]
    over = company.http.get("/api/v2/deals/12", headers=personal)

    assert statuses.count(429) >= 1
    assert statuses.count(200) >= 20
    assert statuses[:20] == [200] * 20
    assert over.status_code == 429
    assert over.headers["x-ratelimit-remaining"] == "0"
    assert over.json()["error"] == "request over limit"
    assert company.http.get("/api/v2/deals/12", headers={"x-api-token": "api-102"}).status_code == 200
    company.control("POST", "clock", advance="PT2S")
    assert company.http.get("/api/v2/deals/12", headers=personal).status_code == 200


def test_search_when_burst_is_on_then_has_ten_calls_of_its_own(company):
    company.control("POST", "switches", burst=True)
    statuses = [company.call("GET", "/api/v2/deals/search?term=aviary").status_code for _ in range(11)]
    assert statuses == [200] * 10 + [429]
    assert company.call("GET", "/api/v2/deals/12").status_code == 200


@pytest.mark.parametrize(("plan", "limit"), [("lite", 80), ("growth", 160), ("premium", 400), ("ultimate", 480)])
def test_plan_when_changed_changes_the_limit(company, plan, limit):
    company.control("POST", "switches", plan=plan)
    assert company.call("GET", "/api/v2/deals/12").headers["x-ratelimit-limit"] == str(limit)


def test_daily_budget_when_spent_answers_429_until_midnight(company):
    company.control("POST", "switches", daily_budget=25)
    statuses = [company.call("GET", "/api/v2/deals").status_code for _ in range(3)]
    over = company.call("GET", "/api/v2/deals/12")

    assert statuses == [200, 200, 429]
    assert over.status_code == 429
    assert int(over.headers["x-ratelimit-remaining"]) > 0
    assert company.control("GET", "usage")["tokens"] == 31
    company.control("POST", "clock", advance="P1D")
    assert company.call("GET", "/api/v2/deals/12", headers={"x-api-token": "api-101"}).status_code == 200
    assert company.control("GET", "usage")["tokens"] == 1


def test_daily_budget_when_it_is_the_plans_own_then_told_to_personal_tokens(company):
    company.control("POST", "switches", daily_budget=-1, plan="lite")
    made = company.http.post("/api/v1/filters", json={}, headers={"x-api-token": "api-101"})
    assert made.headers["x-daily-requests-left"] == str(30_000 * 3 - 10)
    assert "x-daily-requests-left" not in company.call("GET", "/api/v2/deals/12").headers


def test_script_when_it_ignores_429_then_meets_the_gateways_page(company):
    company.control("POST", "switches", daily_budget=1, cloudflare_after=2)
    script = [company.http.get("/api/v2/deals", headers={"x-api-token": "api-101"}) for _ in range(3)]
    assert [one.status_code for one in script] == [429, 429, 403]
    assert script[2].headers["content-type"].startswith("text/html")
    assert [company.call("GET", "/api/v2/deals").status_code for _ in range(3)] == [429] * 3


def test_company_when_not_open_then_402(company):
    company.control("POST", "switches", company_open=False)
    assert company.call("GET", "/api/v2/deals/12").status_code == 402


def test_deal_when_open_deals_are_capped_then_403_with_its_code(company):
    company.control("POST", "switches", open_deals_limit=5)
    answer = company.call("POST", "/api/v2/deals", {"title": "One too many"})
    assert (answer.status_code, answer.json()["code"]) == (403, "feature_capping_deals_limit")
    assert answer.json()["error"] == "Couldn't add the deal. Open deals limit reached."


def test_answer_when_any_then_has_a_request_id(company):
    first, second = (company.call("GET", "/api/v2/deals/12").headers["x-request-id"] for _ in range(2))
    assert first != second
