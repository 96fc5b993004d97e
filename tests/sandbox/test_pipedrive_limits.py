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
