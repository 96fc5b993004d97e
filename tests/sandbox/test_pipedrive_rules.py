"""The Pipedrive emulator and its host page by their own wire."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import jwt
import pytest

from dealvoice_sandbox import serving_all
from dealvoice_sandbox.core.clock import parse_duration

CALLBACK = "http://localhost:9/pipedrive/callback"


class Crm:
    """A client of our own, knowing nothing of the product."""

    def __init__(self, sandbox: serving_all.Sandbox) -> None:
        self.sandbox = sandbox
        self.http = httpx2.Client(base_url=sandbox.pipedrive_url, trust_env=False)

    def get(self, path: str, user: int = 101, **params: str) -> httpx2.Response:
        return self.http.get(path, params=params, headers={"x-api-token": f"api-{user}"})

    def send(self, method: str, path: str, body: Any, user: int = 101) -> httpx2.Response:
        return self.http.request(method, path, json=body, headers={"x-api-token": f"api-{user}"})

    def consent(self, decision: str = "allow", **more: str) -> dict[str, list[str]]:
        asked = {"client_id": "dealvoice-demo", "redirect_uri": CALLBACK, **more}
        page = self.http.get("/oauth/authorize", params=asked)
        own = page.text.partition('name="form" value="')[2].partition('"')[0]
        form = {**asked, "form": own, "user_id": "101", "decision": decision}
        answer = self.http.post("/oauth/authorize", data=form)
        assert answer.status_code == 302
        return parse_qs(urlsplit(answer.headers["location"]).query)

    def token(self, **form: str) -> httpx2.Response:
        return self.http.post("/oauth/token", data=form, auth=("dealvoice-demo", "dealvoice-demo-secret"))


@pytest.fixture
def crm() -> Iterator[Crm]:
    sandbox = serving_all.start(quickbooks_port=0, pipedrive_port=0, app_url="http://localhost:9")
    opened = Crm(sandbox)
    yield opened
    opened.http.close()
    sandbox.stop()


def test_code_is_good_once_and_for_five_minutes(crm: Crm) -> None:
    came = crm.consent(state="s1")
    form = {"grant_type": "authorization_code", "code": came["code"][0], "redirect_uri": CALLBACK}
    late = crm.consent()["code"][0]

    first, second = crm.token(**form), crm.token(**form)
    crm.http.post("/_sandbox/clock", json={"advance": "PT6M"})
    expired = crm.token(grant_type="authorization_code", code=late, redirect_uri=CALLBACK)

    assert came["state"] == ["s1"]
    assert first.json()["api_domain"] == crm.sandbox.pipedrive_url
    assert second.json()["error"] == expired.json()["error"] == "invalid_grant"


def test_cancel_says_user_denied_and_passes_the_state(crm: Crm) -> None:
    assert crm.consent("cancel", state="s2") == {"error": ["user_denied"], "state": ["s2"]}


def test_unregistered_redirect_and_wrong_secret_are_refused(crm: Crm) -> None:
    answer = crm.http.get(
        "/oauth/authorize", params={"client_id": "dealvoice-demo", "redirect_uri": "http://evil.example/"}
    )
    wrong = crm.http.post("/oauth/token", data={"grant_type": "refresh_token"}, auth=("dealvoice-demo", "no"))

    assert answer.json() == {"error": "Invalid redirect URL"}
    assert wrong.json()["error"] == "invalid_client"


def test_refresh_keeps_its_token_and_access_ends_by_the_clock(crm: Crm) -> None:
    pair = crm.http.post("/_sandbox/tokens", json={"user_id": 101}).json()
    bearer = {"Authorization": f"Bearer {pair['access_token']}"}
    before = crm.http.get("/v1/users/me", headers=bearer).status_code
    crm.http.post("/_sandbox/clock", json={"advance": "PT1H"})

    after = crm.http.get("/v1/users/me", headers=bearer)
    renewed = crm.token(grant_type="refresh_token", refresh_token=pair["refresh_token"]).json()

    assert (before, after.status_code, after.json()["error"]) == (200, 401, "unauthorized access")
    assert renewed["refresh_token"] == pair["refresh_token"]


def test_hidden_deal_looks_like_a_missing_one(crm: Crm) -> None:
    hidden, missing = crm.get("/api/v2/deals/19", 103), crm.get("/api/v2/deals/999", 103)

    assert (hidden.status_code, hidden.json()) == (missing.status_code, missing.json())
    assert crm.get("/api/v2/deals/19", 102).status_code == 200


def test_value_follows_products_and_discounts(crm: Crm) -> None:
    added = crm.send("POST", "/api/v2/deals/12/products", {"product_id": 5, "item_price": 75, "quantity": 2})
    crm.send("PATCH", f"/api/v2/deals/12/products/{added.json()['data']['id']}", {"discount": 50})
    crm.send("POST", "/api/v2/deals/12/discounts", {"description": "10 %", "amount": 10, "type": "percentage"})

    deal = crm.get("/api/v2/deals/12", include_fields="products_count").json()["data"]
    changes = crm.get("/api/v1/deals/12/changelog").json()["data"]

    assert added.status_code == 201
    assert (deal["value"], deal["products_count"]) == (828, 5)
    assert {row["field_key"] for row in changes} == {"value"}


def test_unknown_property_and_include_are_refused_in_the_vendors_words(crm: Crm) -> None:
    body = crm.send("PATCH", "/api/v2/deals/12", {"nonsense": 1}).json()

    assert body["code"] == "ERR_SCHEMA_VALIDATION_FAILED"
    assert crm.get("/api/v2/deals/12", include_fields="nonsense").status_code == 400
    assert crm.get("/api/v2/deals", updated_since="2026-01-01T00:00:00.5Z").status_code == 400


def test_lists_are_paged_by_an_opaque_cursor(crm: Crm) -> None:
    first = crm.get("/api/v2/deals", limit="4").json()
    second = crm.get("/api/v2/deals", limit="500", cursor=first["additional_data"]["next_cursor"]).json()

    ids = [row["id"] for row in first["data"] + second["data"]]
    assert ids == sorted(set(ids))
    assert second["additional_data"]["next_cursor"] is None
    assert 22 not in ids  # archived


def test_note_is_cleaned_rewritten_and_deleted(crm: Crm) -> None:
    made = crm.send(
        "POST", "/api/v1/notes", {"deal_id": 13, "content": "<p onclick=x>Hi<script>y</script></p>"}
    ).json()["data"]
    crm.send("PUT", f"/api/v1/notes/{made['id']}", {"content": "<b>new</b>"})
    kept = crm.get("/api/v1/notes", deal_id="13").json()["data"]
    crm.send("DELETE", f"/api/v1/notes/{made['id']}", {})

    assert made["content"] == "<p>Hi</p>"
    assert [note["content"] for note in kept] == ["<b>new</b>"]
    assert crm.get("/api/v1/notes", deal_id="13").json()["data"] is None


def test_archived_deal_takes_no_note(crm: Crm) -> None:
    assert crm.send("POST", "/api/v1/notes", {"deal_id": 22, "content": "x"}).status_code == 403


def test_every_page_for_people_opens_and_escapes(crm: Crm) -> None:
    paths = [
        "/deals",
        "/settings/marketplace",
        "/person/26",
        "/organization/36",
        *(f"/deal/{n}" for n in range(12, 23)),
    ]

    pages = {path: crm.http.get(path) for path in paths}

    assert {path for path, page in pages.items() if page.status_code != 200} == set()
    assert not any("<script>alert" in page.text for page in pages.values())


def test_frame_token_is_signed_for_five_minutes(crm: Crm) -> None:
    token = crm.http.post("/host/token", json={}).json()["token"]

    claims = jwt.decode(token, crm.sandbox.pipedrive.portal.jwt_secret, algorithms=["HS256"])
    assert (claims["userId"], claims["companyId"], claims["exp"] - claims["iat"]) == (101, 12345, 300)
    assert crm.http.post("/host/token", json={}, headers={"origin": "http://evil.example"}).status_code == 403


def test_fault_is_played_once_and_journalled(crm: Crm) -> None:
    crm.http.post("/_sandbox/faults", json={"status": 503, "path": "/deals/12"})

    first, second = crm.get("/api/v2/deals/12"), crm.get("/api/v2/deals/12")

    rows = [row for row in crm.http.get("/_sandbox/journal").json() if row["path"] == "/api/v2/deals/12"]
    assert (first.status_code, second.status_code) == (503, 200)
    assert [row["status"] for row in rows] == [503, 200]


def test_cut_connection_is_seen_by_the_client(crm: Crm) -> None:
    crm.http.post("/_sandbox/faults", json={"drop": "after", "path": "/notes", "method": "POST"})

    with pytest.raises(httpx2.TransportError):
        crm.send("POST", "/api/v1/notes", {"deal_id": 13, "content": "done all the same"})

    assert len(crm.get("/api/v1/notes", deal_id="13").json()["data"]) == 1


def test_state_survives_a_restart_to_the_cent(tmp_path: Path) -> None:
    first = serving_all.start(quickbooks_port=0, pipedrive_port=0, state_dir=tmp_path)
    crm = Crm(first)
    crm.send("PATCH", "/api/v2/deals/12/products/100", {"item_price": 0.1})
    value = crm.get("/api/v2/deals/12").json()["data"]["value"]
    crm.http.close()
    first.stop()

    second = serving_all.start(quickbooks_port=0, pipedrive_port=0, state_dir=tmp_path)
    again = Crm(second)
    kept = again.get("/api/v2/deals/12").json()["data"]["value"]
    again.http.close()
    second.stop()

    assert value == kept == 570.1


@pytest.mark.parametrize(("text", "seconds"), [("P1D", 86_400), ("PT2H30M", 9_000), ("P1W", 604_800)])
def test_duration_is_read(text: str, seconds: int) -> None:
    assert parse_duration(text).total_seconds() == seconds
