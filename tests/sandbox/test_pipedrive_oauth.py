"""Consent, codes, tokens, revocation and uninstall of the Pipedrive emulator."""

import html
import json
import re
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest

from dealvoice_sandbox import serving_all

CALLBACK = "http://localhost:8100/pipedrive/callback"
CLIENT = ("dealvoice-demo", "dealvoice-demo-secret")


def page(company, path="/oauth/authorize", **asked) -> dict[str, str]:
    """Open the consent page and return the fields of its form."""
    defaults = {"client_id": CLIENT[0], "redirect_uri": CALLBACK} if path == "/oauth/authorize" else {}
    answer = company.http.get(path, params={**defaults, **asked})
    assert answer.status_code == 200, answer.text
    hidden = re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', answer.text)
    return {name: html.unescape(value) for name, value in hidden}


def decide(company, form, decision="allow", user_id="101", **more):
    return company.http.post("/oauth/authorize", data={**form, "decision": decision, "user_id": user_id}, **more)


def query(answer) -> dict[str, str]:
    assert answer.status_code == 302, answer.text
    return dict(parse_qsl(urlsplit(answer.headers["location"]).query))


def token(company, auth=CLIENT, **form):
    headers = {"content-type": "application/x-www-form-urlencoded"}
    return company.http.post("/oauth/token", data=form, auth=auth, headers=headers)


def code_of(company, user_id="101") -> str:
    return query(decide(company, page(company), user_id=user_id))["code"]


def exchange(company, code, **more):
    return token(company, **{"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK, **more})


def me(company, access):
    return company.http.get("/api/v1/users/me", headers={"Authorization": f"Bearer {access}"})


def test_consent_when_allowed_then_code_and_state_come_back_and_tokens_are_the_chosen_users(company):
    found = query(decide(company, page(company, state="s&1"), user_id="102"))

    assert found["state"] == "s&1"
    assert re.fullmatch(r"\d+\.\d+\.[0-9a-f]+", found["code"])
    answer = exchange(company, found["code"])
    tokens = answer.json()
    assert answer.headers["cache-control"] == "no-store"
    assert (tokens["token_type"], tokens["expires_in"]) == ("Bearer", 3599)
    assert tokens["api_domain"] == company.url
    assert tokens["scope"].split(",")[:2] == ["base", "deals:full"]
    user = me(company, tokens["access_token"]).json()["data"]
    assert (user["id"], user["company_id"], user["company_domain"]) == (102, 12345, "craigs")
    assert (user["locale"], user["language"]["language_code"]) == ("pl_PL", "pl")


def test_consent_when_cancelled_then_error_and_state_and_no_code(company):
    assert query(decide(company, page(company, state="s1"), "cancel")) == {"error": "user_denied", "state": "s1"}


def test_consent_when_no_state_was_given_then_none_is_made_up(company):
    assert set(query(decide(company, page(company)))) == {"code"}


def test_marketplace_when_it_starts_then_code_comes_without_state(company):
    found = query(decide(company, page(company, "/marketplace/install", user_id="103"), user_id="103"))
    assert set(found) == {"code"}
    assert exchange(company, found["code"]).status_code == 200


def test_consent_when_shown_then_names_app_company_users_and_scopes_and_cannot_be_framed(company):
    answer = company.http.get("/oauth/authorize", params={"client_id": CLIENT[0], "redirect_uri": CALLBACK})
    for words in ("Dealvoice", "Craig&#x27;s Landscaping", "Jan Kos", "Allow and install", "Cancel", "Search"):
        assert words in answer.text
    assert answer.text.count("<li>") == 9
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]


def test_consent_when_parameters_hold_html_then_escaped(company):
    answer = company.http.get(
        "/oauth/authorize", params={"client_id": CLIENT[0], "redirect_uri": CALLBACK, "state": '"><script>'}
    )
    assert "<script>" not in answer.text


@pytest.mark.parametrize(
    ("asked", "error"),
    [
        ({"client_id": "other"}, "invalid_client"),
        ({"redirect_uri": "http://evil.example/cb"}, "Invalid redirect URL"),
        ({"redirect_uri": CALLBACK + "/"}, "Invalid redirect URL"),
        ({"redirect_uri": ""}, "Invalid redirect URL"),
    ],
)
def test_consent_when_app_is_strange_then_refused_on_page_and_form(company, asked, error):
    known = {"client_id": CLIENT[0], "redirect_uri": CALLBACK}
    shown = company.http.get("/oauth/authorize", params={**known, **asked})
    posted = decide(company, {**page(company), **asked})
    assert (shown.status_code, shown.json()["error"]) == (posted.status_code, posted.json()["error"]) == (400, error)


def test_consent_when_strict_client_is_off_then_any_app_passes(company):
    company.control("PUT", "app", strict_client=False)
    form = page(company, client_id="anything", redirect_uri="http://localhost:9/cb?a=b")
    answer = decide(company, form)
    assert answer.headers["location"].startswith("http://localhost:9/cb?a=b&code=")
    tokens = token(company, ("x", "y"), grant_type="authorization_code", code=query(answer)["code"],
                   redirect_uri="http://localhost:9/cb?a=b")  # fmt: skip
    assert tokens.status_code == 200


@pytest.mark.parametrize("address", ["javascript:alert(1)", "data:text/html,x", "/deals"])
def test_consent_when_strict_client_is_off_then_odd_schemes_are_refused_all_the_same(company, address):
    company.control("PUT", "app", strict_client=False)
    known = {"client_id": CLIENT[0], "redirect_uri": address}
    assert company.http.get("/oauth/authorize", params=known).status_code == 400


def test_decision_when_form_value_is_missing_or_anothers_or_origin_is_foreign_then_no_code(company):
    form = page(company)
    without = {name: value for name, value in form.items() if name != "form"}
    assert decide(company, without).status_code == 403
    assert decide(company, {**form, "form": "guessed"}).status_code == 403
    assert decide(company, form, headers={"Origin": "https://evil.example"}).status_code == 403
    company.http.cookies.clear()
    assert decide(company, form).status_code == 403


def test_decision_when_user_is_unknown_then_refused(company):
    assert decide(company, page(company), user_id="7").status_code == 400
    assert decide(company, page(company), user_id="x").status_code == 400


def test_code_when_used_twice_then_second_is_refused(company):
    code = code_of(company)
    assert exchange(company, code).status_code == 200
    again = exchange(company, code)
    assert again.status_code == 400
    assert again.json() == {
        "success": False, "message": "Invalid grant: authorization_code is invalid", "error": "invalid_grant"
    }  # fmt: skip


def test_code_when_five_minutes_are_over_then_expired(company):
    code = code_of(company)
    company.control("POST", "clock", advance="PT5M")
    assert exchange(company, code).json()["message"] == "Invalid grant: authorization_code has expired"


def test_code_when_redirect_differs_then_refused_and_used_up(company):
    code = code_of(company)
    other = exchange(company, code, redirect_uri=CALLBACK + "?x=1")
    assert (other.status_code, other.json()["message"]) == (400, "Invalid request: `redirect_uri` is invalid")
    assert exchange(company, code).json()["error"] == "invalid_grant"


@pytest.mark.parametrize(
    ("form", "error", "message"),
    [
        ({}, "invalid_request", "Missing parameter: `grant_type`"),
        ({"grant_type": "password"}, "unsupported_grant_type", "Unsupported grant type"),
        ({"grant_type": "refresh_token"}, "invalid_grant", "Invalid grant: refresh token is invalid"),
        ({"grant_type": "refresh_token", "refresh_token": "ż"}, "invalid_grant",
         "Invalid grant: refresh token is invalid"),
        ({"grant_type": "authorization_code", "redirect_uri": CALLBACK}, "invalid_grant",
         "Invalid grant: authorization_code is invalid"),
        ({"grant_type": "authorization_code", "code": "1.2.a", "redirect_uri": "nowhere"}, "invalid_request",
         "Invalid request: `redirect_uri` is not a valid URI"),
    ],
)  # fmt: skip
def test_token_when_request_is_wrong_then_says_why(company, form, error, message):
    answer = token(company, **form)
    assert answer.status_code == 400
    assert answer.json() == {"success": False, "message": message, "error": error}


def test_token_when_body_is_json_then_refused(company):
    answer = company.http.post("/oauth/token", json={"grant_type": "refresh_token"}, auth=CLIENT)
    assert answer.json()["error"] == "invalid_request"
    assert "application/x-www-form-urlencoded" in answer.json()["message"]


@pytest.mark.parametrize("path", ["/oauth/token", "/oauth/revoke"])
def test_client_when_unknown_wrong_or_missing_then_invalid_client(company, path):
    form = {"grant_type": "refresh_token", "token": "x"}
    for auth in (("other", CLIENT[1]), (CLIENT[0], "wrong")):
        assert company.http.post(path, data=form, auth=auth).json()["error"] == "invalid_client"
    bare = company.http.post(path, data=form)
    assert bare.json()["message"] == "Invalid client: cannot retrieve client credentials"
    broken = company.http.post(path, data=form, headers={"Authorization": "Basic ???"})
    assert broken.json()["error"] == "invalid_client"


def test_client_when_keys_are_in_the_body_then_taken_too(company):
    keys = {"client_id": CLIENT[0], "client_secret": CLIENT[1]}
    form = {"grant_type": "authorization_code", "code": code_of(company), "redirect_uri": CALLBACK}
    assert company.http.post("/oauth/token/", data={**form, **keys}).status_code == 200


def test_access_token_when_its_hour_is_over_then_401(company):
    access = exchange(company, code_of(company)).json()["access_token"]
    company.control("POST", "clock", advance="PT59M30S")
    assert me(company, access).status_code == 200
    company.control("POST", "clock", advance="PT29S")
    answer = me(company, access)
    assert answer.status_code == 401
    assert (answer.json()["error"], answer.json()["errorCode"]) == ("unauthorized access", 401)


def test_refresh_when_used_then_same_token_and_sixty_more_days(company):
    tokens = exchange(company, code_of(company)).json()
    for _ in range(2):
        company.control("POST", "clock", advance="P59D")
        renewed = token(company, grant_type="refresh_token", refresh_token=tokens["refresh_token"]).json()
        assert renewed["refresh_token"] == tokens["refresh_token"]
        assert me(company, renewed["access_token"]).status_code == 200
    company.control("POST", "clock", advance="P60D")
    late = token(company, grant_type="refresh_token", refresh_token=tokens["refresh_token"])
    assert (late.status_code, late.json()["error"]) == (400, "invalid_grant")


def test_refresh_when_used_then_older_access_token_lives_on(company):
    tokens = exchange(company, code_of(company)).json()
    token(company, grant_type="refresh_token", refresh_token=tokens["refresh_token"])
    assert me(company, tokens["access_token"]).status_code == 200


def test_scopes_when_the_app_changes_them_then_old_grants_keep_theirs_until_authorized_again(company):
    tokens = exchange(company, code_of(company)).json()
    company.control("PUT", "app", scopes=["base", "contacts:read"])
    renewed = token(company, grant_type="refresh_token", refresh_token=tokens["refresh_token"]).json()
    assert "deals:full" in renewed["scope"]
    again = exchange(company, code_of(company)).json()
    assert again["scope"] == "base,contacts:read"


def test_revoke_when_access_token_then_only_that_one_dies(company):
    tokens = exchange(company, code_of(company)).json()
    answer = company.http.post("/oauth/revoke", data={"token": tokens["access_token"]}, auth=CLIENT)
    assert answer.status_code == 200
    assert me(company, tokens["access_token"]).status_code == 401
    assert token(company, grant_type="refresh_token", refresh_token=tokens["refresh_token"]).status_code == 200


def test_revoke_when_refresh_token_then_all_of_the_user_dies_and_nobody_elses(company):
    mine, others = (exchange(company, code_of(company, user)).json() for user in ("101", "102"))
    form = {"token": mine["refresh_token"], "token_type_hint": "access_token"}
    assert company.http.post("/oauth/revoke", data=form, auth=CLIENT).status_code == 200
    assert me(company, mine["access_token"]).status_code == 401
    assert token(company, grant_type="refresh_token", refresh_token=mine["refresh_token"]).status_code == 400
    assert me(company, others["access_token"]).status_code == 200


def test_revoke_when_token_is_unknown_then_200_and_without_one_400(company):
    assert company.http.post("/oauth/revoke", data={"token": "x"}, auth=CLIENT).status_code == 200
    assert company.http.post("/oauth/revoke", data={}, auth=CLIENT).json()["error"] == "invalid_request"


def test_uninstall_when_done_then_tokens_and_hooks_die_and_the_callback_is_told_once(company, receiver):
    receiver.statuses = [500]
    company.control("PUT", "app", redirect_uris=[receiver.url])
    access = company.token()
    company.ok("POST", "/api/v1/webhooks", {"subscription_url": receiver.url, "event_action": "*", "event_object": "*",
                                            "name": "mine"})  # fmt: skip
    company.control("POST", "uninstall", user_id=101)

    told = receiver.wait(1)[0]
    assert told["method"] == "DELETE"
    assert told["headers"]["authorization"] == "Basic ZGVhbHZvaWNlLWRlbW86ZGVhbHZvaWNlLWRlbW8tc2VjcmV0"
    body = json.loads(told["body"])
    assert (body["client_id"], body["company_id"], body["user_id"]) == (CLIENT[0], 12345, 101)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", body["timestamp"])
    assert me(company, access).status_code == 401
    assert company.sandbox.pipedrive.table("hooks") == {}
    assert company.control("GET", "webhooks")["deliveries"][0]["attempts"] == 1


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 401),
        ({"Authorization": "Bearer nonsense"}, 401),
        ({"Authorization": "nonsense"}, 400),
        ({"Authorization": "Basic abc"}, 400),
        ({"x-api-token": "wrong"}, 401),
        ({"x-api-token": "api-103"}, 200),
        ({"Authorization": "Bearer nonsense", "x-api-token": "api-103"}, 200),
    ],
)
@pytest.mark.parametrize("prefix", ["/api/v1", "/v1"])
def test_caller_when_token_is_missing_wrong_or_personal_then_answered_accordingly(company, prefix, headers, status):
    assert company.http.get(f"{prefix}/users/me", headers=headers).status_code == status


def test_caller_when_personal_token_is_in_the_query_then_taken(company):
    answer = company.http.get("/api/v2/deals/12", params={"api_token": "api-102"})
    assert answer.status_code == 200
    assert parse_qs(company.control("GET", "journal")[-1]["query"])["api_token"] == ["api-102"]


@pytest.mark.parametrize(
    ("granted", "method", "path", "allowed"),
    [
        ("deals:read", "GET", "/api/v2/deals/12", True),
        ("deals:read", "PATCH", "/api/v2/deals/12", False),
        ("deals:read", "POST", "/api/v2/deals/12/discounts", False),
        ("deals:read", "GET", "/api/v2/persons/21", False),
        ("deals:read", "GET", "/api/v2/products/1", False),
        ("deals:read", "GET", "/api/v2/deals/12/products", True),
        ("contacts:read", "GET", "/api/v1/notes/501", True),
        ("deals:full", "GET", "/api/v1/deals/12/flow", False),
        ("deals:full", "POST", "/api/v2/dealFields", False),
        ("search:read", "GET", "/api/v2/deals/search?term=aviary", True),
        ("base", "GET", "/api/v1/users/me", True),
        ("base", "GET", "/api/v1/users", False),
        ("base", "GET", "/api/v1/webhooks", False),
    ],
)
def test_scope_when_not_granted_then_403_in_the_vendors_words(company, granted, method, path, allowed):
    company.control("PUT", "app", scopes=[granted])
    answer = company.call(method, path, {} if method != "GET" else None)
    assert (answer.status_code != 403) == allowed, answer.text
    if not allowed:
        assert (answer.json()["error"], answer.json()["errorCode"]) == ("Scope and URL mismatch", 403)


def test_start_when_not_strict_then_the_record_says_so():
    sandbox = serving_all.start(quickbooks_port=0, pipedrive_port=0, strict_client=False)
    try:
        assert sandbox.pipedrive.portal.strict_client is sandbox.quickbooks.portal.strict_client is False
    finally:
        sandbox.stop()


@pytest.mark.parametrize("status", [400, 401])
def test_client_when_refused_then_with_the_switchs_status(company, status):
    company.control("POST", "switches", invalid_client_status=status)
    answer = token(company, auth=("nobody", "x"), grant_type="refresh_token", refresh_token="x")
    assert (answer.status_code, answer.json()["error"]) == (status, "invalid_client")


def test_personal_token_when_exchanged_then_an_apps_tokens_of_that_user(company):
    tokens = token(company, grant_type="exchange_api_token", api_token="api-102").json()
    assert me(company, tokens["access_token"]).json()["data"]["id"] == 102
    wrong = token(company, grant_type="exchange_api_token", api_token="api-999")
    assert (wrong.status_code, wrong.json()["error"]) == (400, "invalid_grant")
