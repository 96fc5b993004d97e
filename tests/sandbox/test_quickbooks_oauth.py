"""OAuth and OpenID Connect of the QuickBooks emulator: the browser's way, the tokens' lives, and every refusal."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import jwt
import pytest

from playground.books import REALM, Books, a_books

BACK = "http://localhost:9/quickbooks/callback"
ACCOUNTING = "com.intuit.quickbooks.accounting"
KEYS = ("dealvoice-demo", "dealvoice-demo-secret")
BEARER = "/oauth2/v1/tokens/bearer"
REVOKE = "/v2/oauth2/tokens/revoke"


@pytest.fixture
def books() -> Iterator[Books]:
    with a_books(strict_client=True) as opened:
        yield opened


def wish(**more: str) -> dict[str, str]:
    return {
        "client_id": KEYS[0], "response_type": "code", "scope": ACCOUNTING, "redirect_uri": BACK, "state": "s1", **more,
    }  # fmt: skip


def consent(books: Books, *, decision: str = "connect", realm: str = REALM, **more: str) -> dict[str, str]:
    """Press the button and return what the browser carries back to the app."""
    answer = books.http.post("/connect/oauth2", data=wish(**more) | {"realm": realm, "decision": decision})
    assert answer.status_code == 302, answer.text
    assert answer.headers["location"].startswith(f"{BACK}?")
    return {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["location"]).query).items()}


def bearer(books: Books, *, auth: tuple[str, str] | None = KEYS, headers: Any = None, **form: str) -> httpx2.Response:
    return books.http.post(BEARER, data=form, auth=auth, headers=headers)


def exchange(books: Books, code: str, **more: Any) -> httpx2.Response:
    return bearer(books, grant_type="authorization_code", code=code, **{"redirect_uri": BACK, **more})


def refresh(books: Books, token: str, **more: Any) -> httpx2.Response:
    return bearer(books, grant_type="refresh_token", refresh_token=token, **more)


def connected(books: Books, **more: str) -> dict[str, Any]:
    answer = exchange(books, consent(books, **more)["code"])
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def read(books: Books, token: str, realm: str = REALM) -> int:
    headers = {"Authorization": f"Bearer {token}"}
    return books.call("GET", f"companyinfo/{realm}", realm=realm, headers=headers).status_code


# Discovery.


@pytest.mark.parametrize("name", ["openid_sandbox_configuration", "openid_configuration"])
@pytest.mark.parametrize("end", ["", "/"])
def test_discovery_when_read_then_every_address_answers_here_and_the_issuer_is_the_vendor(books, name, end):
    found = books.http.get(f"/.well-known/{name}{end}").json()
    assert found["issuer"] == "https://oauth.platform.intuit.com/op/v1"
    for key in ("authorization_endpoint", "token_endpoint", "revocation_endpoint", "userinfo_endpoint", "jwks_uri"):
        assert books.http.get(urlsplit(found[key]).path).status_code != 404, key
    assert found["response_types_supported"] == ["code"]
    assert found["id_token_signing_alg_values_supported"] == ["RS256"]
    assert found["scopes_supported"] == ["openid", "email", "profile", "address", "phone"]


# Consent.


def test_consent_when_shown_then_a_person_chooses_among_several_companies(books):
    shown = books.http.get("/connect/oauth2", params=wish())
    assert shown.status_code == 200
    realms = re.findall(r'name="realm" value="(\d+)"', shown.text)
    assert len(realms) >= 2
    assert {consent(books, realm=realm)["realmId"] for realm in realms} == set(realms)


@pytest.mark.parametrize("seed", ["us-ast", "us-multi", "uk", "ca"])
def test_consent_when_seed_is_another_then_there_is_still_a_choice(seed):
    with a_books(seed) as books:
        shown = books.http.get("/connect/oauth2", params=wish())
        assert len(re.findall(r'name="realm" value="\d+"', shown.text)) >= 2
        assert consent(books, realm="9341452000000002")["realmId"] == "9341452000000002"


def test_consent_when_given_then_code_state_and_realm_come_back(books):
    found = consent(books, state="a b&c")
    assert set(found) == {"code", "state", "realmId"}
    assert (found["state"], found["realmId"]) == ("a b&c", REALM)
    assert len(found["code"]) <= 512


def test_consent_when_declined_then_access_denied_with_state_and_no_realm(books):
    assert consent(books, decision="cancel") == {"error": "access_denied", "state": "s1"}


@pytest.mark.parametrize("scope", ["", "everything", f"{ACCOUNTING} everything"])
def test_consent_when_scope_is_unknown_then_the_app_hears_invalid_scope(books, scope):
    answer = books.http.get("/connect/oauth2", params=wish(scope=scope))
    assert answer.status_code == 302
    assert parse_qs(urlsplit(answer.headers["location"]).query) == {"error": ["invalid_scope"], "state": ["s1"]}


@pytest.mark.parametrize(
    "wrong",
    [
        {"client_id": "other"},
        {"client_id": ""},
        {"redirect_uri": f"{BACK}/"},
        {"redirect_uri": "https://evil.example/"},
        {"redirect_uri": ""},
        {"state": ""},
        {"response_type": "token"},
    ],
)
def test_consent_when_request_is_wrong_then_a_page_says_so_and_nobody_is_sent_anywhere(books, wrong):
    for answer in (
        books.http.get("/connect/oauth2", params=wish(**wrong)),
        books.http.post("/connect/oauth2", data=wish(**wrong) | {"realm": REALM, "decision": "connect"}),
    ):
        assert answer.status_code == 400
        assert "location" not in answer.headers


def test_consent_when_client_is_not_strict_then_any_keys_and_address_are_taken():
    with a_books(strict_client=False) as books:
        code = consent(books, client_id="anything")["code"]
        assert exchange(books, code, auth=("else", "x")).status_code == 200


def test_consent_when_posted_from_elsewhere_then_refused(books):
    form = wish() | {"realm": REALM, "decision": "connect"}
    answer = books.http.post("/connect/oauth2", data=form, headers={"Origin": "https://evil.example"})
    assert answer.status_code == 403


@pytest.mark.parametrize("realm", ["", "999", "<script>"])
def test_consent_when_company_is_not_the_persons_then_no_code(books, realm):
    answer = books.http.post("/connect/oauth2", data=wish() | {"realm": realm, "decision": "connect"})
    assert answer.status_code == 400


# Codes.


def test_code_when_exchanged_then_tokens_in_the_vendors_shape_without_realm(books):
    found = connected(books)
    assert set(found) == {
        "token_type", "access_token", "expires_in", "refresh_token", "x_refresh_token_expires_in",
    }  # fmt: skip
    assert (found["token_type"], found["expires_in"], found["x_refresh_token_expires_in"]) == ("bearer", 3600, 8726400)
    assert found["access_token"].startswith("eyJlbmMi")
    assert found["refresh_token"].startswith("AB11")
    assert read(books, found["access_token"]) == 200


def test_code_when_used_twice_then_refused_and_by_switch_the_tokens_die(books):
    for revokes, expected in ((False, 200), (True, 401)):
        books.switch(code_reuse_revokes=revokes)
        code = consent(books)["code"]
        token = exchange(books, code).json()["access_token"]
        again = exchange(books, code)
        assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
        assert read(books, token) == expected


def test_code_when_five_minutes_old_then_refused(books):
    code = consent(books)["code"]
    books.wait(minutes=5)
    assert exchange(books, code).json()["error"] == "invalid_grant"


def test_code_when_address_differs_or_code_is_unknown_then_refused(books):
    assert exchange(books, consent(books)["code"], redirect_uri=f"{BACK}/").json()["error"] == "invalid_grant"
    assert exchange(books, "XABnothing").json()["error"] == "invalid_grant"


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({}, "invalid_request"),
        ({"grant_type": "authorization_code"}, "invalid_request"),
        ({"grant_type": "authorization_code", "code": "x"}, "invalid_request"),
        ({"grant_type": "refresh_token"}, "invalid_request"),
        ({"grant_type": "password", "username": "x"}, "unsupported_grant_type"),
    ],
)
def test_token_when_request_is_incomplete_then_400(books, form, error):
    answer = bearer(books, **form)
    assert (answer.status_code, answer.json()) == (400, {"error": error})


@pytest.mark.parametrize("auth", [None, ("dealvoice-demo", "wrong"), ("other", "dealvoice-demo-secret"), ("", "")])
@pytest.mark.parametrize("path", [BEARER, REVOKE])
def test_client_when_keys_are_wrong_then_401(books, auth, path):
    answer = books.http.post(path, data={"grant_type": "refresh_token", "refresh_token": "x"}, auth=auth)
    assert (answer.status_code, answer.json()) == (401, {"error": "invalid_client"})


def test_client_when_keys_are_in_the_form_then_taken(books):
    found = exchange(books, consent(books)["code"], auth=None, client_id=KEYS[0], client_secret=KEYS[1])
    assert found.status_code == 200


def test_token_when_answered_then_not_to_be_kept(books):
    for answer in (refresh(books, "x"), exchange(books, consent(books)["code"])):
        assert answer.headers["cache-control"] == "no-cache, no-store"
        assert answer.headers["pragma"] == "no-cache"
        assert {"intuit_tid", "x-spanid", "x-amzn-trace-id"} <= set(answer.headers)


# Refresh.


def test_refresh_when_within_a_day_then_the_same_value_with_less_life(books):
    first = connected(books)
    books.wait(hours=23)
    again = refresh(books, first["refresh_token"]).json()
    assert again["refresh_token"] == first["refresh_token"]
    assert again["access_token"] != first["access_token"]
    assert 8726400 - 23 * 3600 - 60 <= again["x_refresh_token_expires_in"] <= 8726400 - 23 * 3600


def test_refresh_when_a_day_has_passed_then_a_new_value_and_the_old_one_dies(books):
    first = connected(books)
    books.wait(hours=24)
    second = refresh(books, first["refresh_token"]).json()
    assert second["refresh_token"] != first["refresh_token"]
    assert second["x_refresh_token_expires_in"] == 8726400
    old = refresh(books, first["refresh_token"])
    assert (old.status_code, old.json()) == (
        400, {"error": "invalid_grant", "error_description": "Incorrect or invalid refresh token"},
    )  # fmt: skip
    assert refresh(books, second["refresh_token"]).status_code == 200


def test_refresh_when_rotation_is_strict_then_every_time_a_new_value(books):
    books.switch(strict_rotation=True)
    first = connected(books)
    second = refresh(books, first["refresh_token"]).json()
    assert second["refresh_token"] != first["refresh_token"]
    assert refresh(books, first["refresh_token"]).status_code == 400


def test_refresh_when_grace_is_switched_on_then_the_old_value_works_so_long_and_gives_the_new_one(books):
    books.switch(refresh_grace_hours=24)
    first = connected(books)
    books.wait(hours=25)
    second = refresh(books, first["refresh_token"]).json()
    books.wait(hours=23)
    assert refresh(books, first["refresh_token"]).json()["refresh_token"] == second["refresh_token"]
    books.wait(hours=1)
    assert refresh(books, first["refresh_token"]).status_code == 400


def test_refresh_when_unused_for_a_hundred_and_one_days_then_dead(books):
    found = connected(books)
    books.wait(days=100, hours=23)
    alive = refresh(books, found["refresh_token"]).json()
    books.wait(days=101)
    dead = refresh(books, alive["refresh_token"])
    assert (dead.status_code, dead.json()["error"]) == (400, "invalid_grant")


def test_refresh_when_keys_are_another_apps_then_refused(books):
    token = connected(books)["refresh_token"]
    books.control("PUT", "app", client_id="second-app")
    answer = refresh(books, token, auth=("second-app", KEYS[1]))
    assert answer.json() == {"error": "invalid_grant", "error_description": "Incorrect Token type or clientID"}


def test_hard_life_when_asked_for_then_five_years_from_consent_and_then_the_end(books):
    header = {"x-include-refresh-token-hard-expires-in": "true"}
    found = connected(books)
    assert "x_refresh_token_hard_expires_in" not in found
    for _ in range(18):
        books.wait(days=100)
        found = refresh(books, found["refresh_token"], headers=header).json()
    assert (
        157_680_000 - 18 * 8_640_000 - 600 <= found["x_refresh_token_hard_expires_in"] <= 157_680_000 - 18 * 8_640_000
    )
    books.wait(days=25)
    answer = refresh(books, found["refresh_token"], headers=header)
    assert answer.json()["error"] == "invalid_grant"


# Revoke and disconnect.


@pytest.mark.parametrize("path", [REVOKE, "/oauth2/v1/tokens/revoke"])
@pytest.mark.parametrize("form", ["json", "data"])
def test_revoke_when_refresh_token_is_given_then_the_whole_grant_dies(books, path, form):
    found = connected(books)
    answer = books.http.post(path, auth=KEYS, **{form: {"token": found["refresh_token"]}})
    assert (answer.status_code, answer.content) == (200, b"")
    assert read(books, found["access_token"]) == 401
    assert refresh(books, found["refresh_token"]).json()["error"] == "invalid_grant"


def test_revoke_when_access_token_is_given_then_only_that(books):
    found = connected(books)
    assert books.http.post(REVOKE, auth=KEYS, json={"token": found["access_token"]}).status_code == 200
    assert read(books, found["access_token"]) == 401
    assert refresh(books, found["refresh_token"]).status_code == 200


@pytest.mark.parametrize("body", [b'{"token": "nothing"}', b"{}", b"[]", b"nonsense", b'{"token": null}'])
def test_revoke_when_token_is_unknown_or_missing_then_400(books, body):
    answer = books.http.post(REVOKE, auth=KEYS, content=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


def test_disconnect_when_done_at_quickbooks_then_tokens_die_and_browser_goes_to_the_app_with_the_realm(books):
    found = connected(books)
    assert "Disconnect" in books.http.get("/app/apps").text

    answer = books.http.post("/app/apps", data={"realm": REALM, "act": "disconnect"})

    assert answer.status_code == 302
    assert answer.headers["location"] == f"http://localhost:9/quickbooks/disconnected?realmId={REALM}"
    assert read(books, found["access_token"]) == 401
    assert refresh(books, found["refresh_token"]).json()["error"] == "invalid_grant"
    assert "No app is connected" in books.http.get("/app/apps").text


def test_disconnect_when_done_by_control_then_the_same_and_other_companies_stay(books):
    other = "9341452000000002"
    found, stays = connected(books), connected(books, realm=other)
    told = books.control("POST", "disconnect", realmId=REALM)
    assert told["redirect"] == f"http://localhost:9/quickbooks/disconnected?realmId={REALM}"
    assert read(books, found["access_token"]) == 401
    assert read(books, stays["access_token"], other) == 200
    assert books.http.post("/_sandbox/disconnect", json={"realmId": "1"}).status_code == 400


def test_launch_when_pressed_then_browser_goes_to_the_apps_launch_address(books):
    answer = books.http.post("/app/apps", data={"realm": REALM, "act": "launch"})
    assert (answer.status_code, answer.headers["location"]) == (302, "http://localhost:9/quickbooks/launch")


@pytest.mark.parametrize(("realm", "origin", "status"), [("1", None, 404), (REALM, "https://evil.example", 403)])
def test_apps_when_form_is_wrong_or_foreign_then_nothing_is_disconnected(books, realm, origin, status):
    found = connected(books)
    headers = {"Origin": origin} if origin else {}
    answer = books.http.post("/app/apps", data={"realm": realm, "act": "disconnect"}, headers=headers)
    assert answer.status_code == status
    assert read(books, found["access_token"]) == 200


# OpenID Connect.


def test_id_token_when_openid_is_asked_then_signed_by_the_published_key(books):
    books.wait(days=3)  # An app that checks by its own clock is not put off by the sandbox's.
    found = connected(books, scope=f"{ACCOUNTING} openid email")
    keys = jwt.PyJWKSet.from_dict(books.http.get("/op/v1/jwks").json())
    kid = jwt.get_unverified_header(found["id_token"])["kid"]

    claims = jwt.decode(
        found["id_token"], keys[kid].key, algorithms=["RS256"], audience=KEYS[0],
        issuer="https://oauth.platform.intuit.com/op/v1",
    )  # fmt: skip

    assert claims["aud"] == [KEYS[0]]
    assert claims["realmid"] == REALM
    assert claims["exp"] - claims["iat"] == 3600
    assert {"sub", "auth_time"} <= set(claims)
    assert "id_token" not in refresh(books, found["refresh_token"]).json()


def test_openid_when_alone_then_no_company_is_chosen_and_the_api_is_closed(books):
    scope = "openid profile email"
    assert 'name="realm"' not in books.http.get("/connect/oauth2", params=wish(scope=scope)).text
    back = consent(books, scope=scope)
    assert set(back) == {"code", "state"}
    assert read(books, exchange(books, back["code"]).json()["access_token"]) == 403


@pytest.mark.parametrize(
    ("scope", "names"),
    [
        ("openid", set()),
        ("openid email", {"email", "emailVerified"}),
        ("openid profile", {"givenName", "familyName"}),
        ("openid phone address", {"phoneNumber", "phoneNumberVerified", "address"}),
    ],
)
def test_userinfo_when_scopes_vary_then_only_what_they_cover(books, scope, names):
    token = connected(books, scope=scope)["access_token"]
    found = books.http.get("/v1/openid_connect/userinfo", headers={"Authorization": f"Bearer {token}"})
    assert set(found.json()) == {"sub"} | names


def test_userinfo_when_token_is_bad_or_lacks_openid_then_refused(books):
    token = connected(books)["access_token"]
    statuses = [
        books.http.get("/v1/openid_connect/userinfo", headers={"Authorization": f"Bearer {one}"}).status_code
        for one in ("nonsense", token)
    ]
    assert statuses == [401, 403]
