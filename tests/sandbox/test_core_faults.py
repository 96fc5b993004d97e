"""Scripted faults, seen by a client on a real connection."""

import time

import httpx2
import pytest

DEAL = "/api/v2/deals/12"


def test_status_when_scripted_then_answered_as_often_as_told(company):
    company.control(
        "POST", "faults", status=503, path="/deals/12", body="<h1>out</h1>", content_type="text/html", times=2
    )
    answers = [company.call("GET", DEAL) for _ in range(3)]
    assert [one.status_code for one in answers] == [503, 503, 200]
    assert answers[0].text == "<h1>out</h1>"
    assert answers[0].headers["content-type"] == "text/html"


def test_fault_when_method_path_or_query_differs_then_spares(company):
    company.control("POST", "faults", status=500, method="patch", path="^/api/v2/deals/12", query="limit=7")
    assert company.call("GET", DEAL, params={"limit": "7"}).status_code == 200
    assert company.call("PATCH", DEAL, {}).status_code == 200
    assert company.call("PATCH", "/api/v2/deals/13", {}, params={"limit": "7"}).status_code == 200
    assert company.call("PATCH", DEAL, {}, params={"limit": "7"}).status_code == 500


@pytest.mark.parametrize(("when", "expected"), [("before", "12500"), ("after", "7")])
def test_drop_when_before_or_after_the_work_then_connection_is_cut_and_work_is_undone_or_done(company, when, expected):
    company.control("POST", "faults", drop=when, method="PATCH", path="/deals/13")
    with pytest.raises((httpx2.RemoteProtocolError, httpx2.ReadError)):
        company.call("PATCH", "/api/v2/deals/13", {"value": 7})
    assert str(company.ok("GET", "/api/v2/deals/13")["value"]) == expected


def test_truncate_and_garble_when_scripted_then_answer_arrives_spoiled(company):
    whole = company.call("GET", DEAL).content
    company.control("POST", "faults", truncate=True, path="/deals/12")
    cut = company.call("GET", DEAL)
    company.control("POST", "faults", action="garble", path="/deals/12")
    garbled = company.call("GET", DEAL)

    assert cut.status_code == garbled.status_code == 200
    assert cut.content == whole[: len(whole) // 2]
    assert len(garbled.content) == len(whole)
    with pytest.raises(ValueError, match=r".+"):
        garbled.json()


def test_delay_when_scripted_then_answer_is_late_and_right(company):
    company.control("POST", "faults", delay_ms=200, path="/deals/12")
    started = time.monotonic()
    assert company.ok("GET", DEAL)["id"] == 12
    assert time.monotonic() - started >= 0.2


def test_probability_when_seeded_then_strikes_some_of_the_same_calls_and_the_same_ones_again(company):
    def run() -> list[int]:
        company.control("DELETE", "faults")
        company.control("POST", "faults", status=503, path="/deals/12", times=0, probability=0.5, seed=4)
        return [company.call("GET", DEAL).status_code for _ in range(20)]

    first = run()
    assert set(first) == {200, 503}
    assert run() == first


@pytest.mark.parametrize(
    "wrong",
    [
        {"action": "explode"},
        {"status": "503"},
        {"status": True},
        {"status": 503, "path": "("},
        {"status": 503, "colour": "red"},
        {"drop": "sometimes"},
    ],
)
def test_fault_when_it_makes_no_sense_then_refused_at_once(company, wrong):
    assert company.http.post("/_sandbox/faults", json=wrong).status_code == 400
    assert company.call("GET", DEAL).status_code == 200


def test_faults_when_deleted_then_gone(company):
    company.control("POST", "faults", status=503, times=0)
    assert company.call("GET", DEAL).status_code == 503
    company.control("DELETE", "faults")
    assert company.call("GET", DEAL).status_code == 200
