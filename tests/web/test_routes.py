"""The routes over HTTP, with the whole product beside the sandbox: who is let in, what every answer carries."""

import base64
import re
from datetime import timedelta
from types import SimpleNamespace

import pytest
from starlette.testclient import TestClient

from dealvoice.settings import DEMO_ID, DEMO_SECRET
from dealvoice.web.bodies import MOST_BYTES
from dealvoice.workflows.setup import tickets
from playground.house import AVIARY
from playground.one_house import house
from playground.person import frame_token

__all__ = ["house"]

HTMX = {"HX-Request": "true"}


@pytest.fixture
def web(house):
    return TestClient(house.built.web, base_url="http://localhost:8100", follow_redirects=False)


def opened(web, path="/panel", **query):
    """Open a frame and return its answer."""
    asked = {"token": frame_token(), "id": "x", "selectedIds": str(AVIARY), "theme": "light"} | query
    return web.get(path, params=asked)


def session_of(answer):
    return re.search(r'data-session="([^"]+)"', answer.text)[1]


def bearer(web):
    return {"Authorization": f"Bearer {session_of(opened(web))}"}


def signed_in(web, house):
    """Give the client a browser session by a ticket."""
    web.get(tickets.ticket(house.app, house.who, to="/connect").removeprefix("http://localhost:8100"))
    page = web.get("/settings")
    return re.search(r'name="csrf" value="([^"]+)"', page.text)[1]


# What every answer carries


@pytest.mark.parametrize(
    "path", ["/", "/help", "/privacy", "/terms", "/healthz", "/nowhere", "/connect", "/panel", "/settings"]
)
def test_every_answer_is_not_kept_not_sniffed_and_tells_no_address(web, path):
    headers = web.get(path).headers

    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-content-type-options"] == "nosniff"
    assert "unsafe" not in headers["content-security-policy"]
    assert "x-frame-options" not in headers


def test_a_page_of_its_own_may_not_be_framed(web):
    for path in ("/", "/help", "/connect/cancelled", "/nowhere"):
        assert "frame-ancestors 'none'" in web.get(path).headers["content-security-policy"]


def test_a_frame_names_who_may_show_it_also_when_it_refuses(web, house):
    host = house.settings.pipedrive.frame_ancestors

    for answer in (opened(web), web.get("/panel"), opened(web, "/modal/invoice", selectedIds="999999")):
        assert f"frame-ancestors {host}" in answer.headers["content-security-policy"]


def test_static_files_may_be_kept(web):
    answer = web.get("/static/any/css/tokens.css")

    assert answer.status_code == 200
    assert "immutable" in answer.headers["cache-control"]
    assert web.get("/static/any/../app.py").status_code == 404


# Frames


def test_the_panel_opens_with_a_signed_token(web):
    answer = opened(web)

    assert answer.status_code == 200
    assert 'id="panel-inside"' in answer.text
    assert "set-cookie" not in answer.headers


def test_the_theme_is_there_before_the_first_paint(web):
    assert 'data-theme="dark"' in opened(web, theme="dark").text
    assert 'data-theme="light"' in opened(web, theme="<x>").text


@pytest.mark.parametrize("wrong", [{"life": timedelta(seconds=-100)}, {"secret": "y" * 40}, {"user_id": 4711}])
def test_a_token_that_lets_nobody_in_is_answered_with_a_page_that_starts_the_sdk(web, wrong):
    answer = opened(web, token=frame_token(**wrong))

    assert answer.status_code == 401
    assert "js/start.js" in answer.text
    assert 'data-session=""' in answer.text


def test_frames_take_no_cookies(web, house):
    signed_in(web, house)

    assert web.get("/panel/part", params={"deal": AVIARY}, headers=HTMX).status_code == 401
    assert web.post("/panel/refresh", data={"deal": AVIARY}, headers=HTMX).status_code == 401


def test_the_deal_of_data_wins_over_the_selected_one(web):
    answer = opened(web, "/modal/all", data=f'{{"deal": "{AVIARY}"}}', selectedIds="999999")

    assert answer.status_code == 200
    assert f'data-deal="{AVIARY}"' in answer.text


def test_a_deal_that_may_not_be_seen_looks_like_one_that_is_not_there(web):
    headers = bearer(web) | HTMX

    answer = web.get("/panel/part", params={"deal": 999999}, headers=headers)

    assert answer.status_code == 404
    assert 'role="alert"' in answer.text


@pytest.mark.parametrize("selected", ["", "0", "-1", "1 OR 1=1", "12,13", "9" * 30])
def test_an_id_that_is_none_is_refused(web, selected):
    assert opened(web, selectedIds=selected).status_code == 422


def test_changes_answer_204_until_something_is_new(web):
    headers = bearer(web) | HTMX
    part = web.get("/panel/part", params={"deal": AVIARY}, headers=headers)
    since = re.search(r'data-version="(\w+)"', part.text)[1]

    same = web.get("/panel/changes", params={"deal": AVIARY, "since": since}, headers=headers)
    new = web.get("/panel/changes", params={"deal": AVIARY, "since": "older"}, headers=headers)

    assert (same.status_code, same.content) == (204, b"")
    assert new.status_code == 200


def test_a_fresh_token_begins_a_new_session(web):
    answer = web.post("/session", data={"token": frame_token()})

    part = web.get(
        "/panel/part", params={"deal": AVIARY}, headers={"Authorization": f"Bearer {answer.json()['session']}"}
    )
    assert part.status_code == 200


def test_a_refusal_inside_a_page_leaves_the_page_alone(web):
    headers = bearer(web) | HTMX

    answer = web.post("/invoices/nope/void", headers=headers)

    assert answer.status_code == 404
    assert answer.headers["hx-retarget"] == "#trouble"


def test_operations_and_invoices_of_nobody_are_not_found(web):
    headers = bearer(web) | HTMX

    for path in ("/operations/nope", "/operations/nope/news", "/invoices/nope/pdf"):
        assert web.get(path, headers=headers).status_code == 404


# A tab of its own


def test_a_ticket_signs_a_tab_in_once(web, house):
    path = tickets.ticket(house.app, house.who, to="/settings").removeprefix("http://localhost:8100")

    first, second = web.get(path), TestClient(house.built.web, base_url="http://localhost:8100").get(path)

    assert (first.status_code, first.headers["location"]) == (302, "/settings")
    cookie = first.headers["set-cookie"]
    assert all(word in cookie for word in ("dealvoice=", "HttpOnly", "SameSite=lax", "Path=/"))
    assert "Domain" not in cookie
    assert second.status_code == 409


def test_a_ticket_leads_to_our_own_pages_only(web):
    headers = bearer(web)

    for to in ("https://elsewhere.example", "//elsewhere.example", "/\\elsewhere.example"):
        assert web.post("/tickets", data={"to": to}, headers=headers).status_code == 422


def test_settings_are_saved_only_with_the_pages_own_token(web, house):
    csrf = signed_in(web, house)
    fields = {"to": "organization:name", "due_days": "14", "visibility": "installer", "show_amounts": "1"}

    assert web.post("/settings", data=fields, headers=HTMX).status_code == 403
    assert web.post("/settings", data=fields | {"csrf": "x"}, headers=HTMX).status_code == 403
    saved = web.post("/settings", data=fields | {"csrf": csrf}, headers=HTMX)

    assert saved.status_code == 200
    assert 'name="due_days" class="end" inputmode="numeric" value="14"' in saved.text


@pytest.mark.parametrize("days", ["", "abc", "-1", "1.5", "99999"])
def test_due_days_that_are_none_are_told_at_their_field(web, house, days):
    csrf = signed_in(web, house)

    answer = web.post("/settings", data={"due_days": days, "csrf": csrf}, headers=HTMX)

    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.text


def test_without_a_session_the_settings_ask_for_a_sign_in(web):
    answer = web.get("/settings")

    assert answer.status_code == 401
    assert 'href="/pipedrive/install"' in answer.text


# Sign-ins and callbacks


def test_the_install_begins_at_pipedrive_and_is_bound_to_the_browser(web, house):
    answer = web.get("/pipedrive/install")

    assert answer.status_code == 302
    assert answer.headers["location"].startswith(house.settings.pipedrive.authorize_url)
    assert "dealvoice_flow=" in answer.headers["set-cookie"]


@pytest.mark.parametrize(
    ("path", "to"),
    [
        ("/pipedrive/callback?error=user_denied", "/connect/cancelled?from=pipedrive"),
        ("/pipedrive/callback?code=x&state=forged", "/connect/stopped"),
        ("/quickbooks/callback?error=access_denied", "/connect/cancelled?from=quickbooks"),
        ("/quickbooks/callback?code=x&state=forged&realmId=1", "/connect/stopped"),
        ("/quickbooks/callback", "/connect/cancelled?from=quickbooks"),
    ],
)
def test_callbacks_always_answer_with_a_redirect_without_codes(web, path, to):
    answer = web.get(path)

    assert (302, to) == (answer.status_code, answer.headers["location"])
    assert answer.headers["location"].startswith("/")


def test_a_stopped_sign_in_is_told_once_and_what_it_says_is_escaped(web):
    kept = base64.urlsafe_b64encode(
        b'{"code": "connection.wrong_company", "params": {"old": "<b>Jan</b>", "new": ""}}'
    ).decode()
    web.cookies.set("dealvoice_notice", kept)

    answer = web.get("/connect/stopped")

    assert answer.status_code == 409
    assert "&lt;b&gt;Jan&lt;/b&gt;" in answer.text
    assert 'dealvoice_notice=""' in answer.headers["set-cookie"]


@pytest.mark.parametrize("kept", ["", "%%%", "e30=", "bnVsbA=="])
def test_a_notice_that_cannot_be_read_falls_back(web, kept):
    web.cookies.set("dealvoice_notice", kept)

    assert web.get("/connect/stopped").status_code == 409


def test_confirming_an_install_needs_the_browser_that_saw_the_page(web):
    assert web.post("/pipedrive/confirm", data={"ticket": "t", "csrf": "c"}).status_code == 403


def test_only_pipedrive_may_say_that_a_user_is_gone(web):
    good = base64.b64encode(f"{DEMO_ID}:{DEMO_SECRET}".encode()).decode()
    body = {"company_id": 424242, "user_id": 1}

    assert web.request("DELETE", "/pipedrive/callback", json=body).status_code == 401
    wrong = web.request("DELETE", "/pipedrive/callback", json=body, headers={"Authorization": "Basic eDp5"})
    right = web.request("DELETE", "/pipedrive/callback", json=body, headers={"Authorization": f"Basic {good}"})
    odd = web.request("DELETE", "/pipedrive/callback", content=b"[]", headers={"Authorization": f"Basic {good}"})

    assert (wrong.status_code, right.status_code, odd.status_code) == (401, 200, 422)


def test_webhooks_are_taken_only_with_their_signature(web):
    unsigned = web.post("/webhooks/quickbooks", content=b"[]")
    large = web.post("/webhooks/quickbooks", content=b"x" * (MOST_BYTES + 1))

    assert (unsigned.status_code, large.status_code) == (401, 413)


def test_the_language_follows_the_pipedrive_user_and_not_the_browser(web, house):
    house.install(102)

    english = opened(web, token=frame_token(101))
    polish = web.get(
        "/panel",
        params={"token": frame_token(102), "id": "x", "selectedIds": str(AVIARY), "theme": "light"},
        headers={"Accept-Language": "en-US"},
    )

    assert 'lang="en"' in english.text
    assert 'lang="pl"' in polish.text


def test_single_keys_are_switched_off_by_a_user_for_himself(web):
    def told():
        return re.search(r'id="keys-single"( checked)?', opened(web).text)[1]

    assert told()
    assert web.post("/session/keys", data={"on": ""}, headers=bearer(web)).status_code == 204
    assert told() is None
    assert web.post("/session/keys", data={"on": ""}).status_code == 401
    assert web.post("/session/keys", data={"on": "1"}, headers=bearer(web)).status_code == 204
    assert told()


def test_help_is_there_in_both_languages(web):
    english = web.get("/help", headers={"Accept-Language": "en-GB,en;q=0.8"})
    polish = web.get("/help", headers={"Accept-Language": "pl,en;q=0.5"})

    assert 'lang="en"' in english.text
    assert 'lang="pl"' in polish.text
    assert "Przeterminowane" in polish.text


def test_the_server_tells_whether_it_lives_and_can_work(web, house, monkeypatch):
    assert (web.get("/healthz").status_code, web.get("/readyz").status_code) == (200, 200)

    monkeypatch.setattr(house.app.database, "everyone_read", lambda: 1 / 0)

    assert (web.get("/healthz").status_code, web.get("/readyz").status_code) == (200, 503)


def test_a_mistake_of_ours_is_answered_with_a_reference_and_all_headers(house):
    web = TestClient(house.built.web, base_url="http://localhost:8100", raise_server_exceptions=False)
    known = house.app
    house.built.web.state.dealvoice = SimpleNamespace(now=known.now, pipedrive_frame_ancestors=())
    try:
        answer = web.get("/connect", headers={"Cookie": "dealvoice=x"})
    finally:
        house.built.web.state.dealvoice = known

    assert answer.status_code == 500
    assert re.search(r"Reference [0-9A-F]{4}-[0-9A-F]{4}", answer.text)
    assert answer.headers["cache-control"] == "no-store"
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert "SimpleNamespace" not in answer.text


# Templates in the settings


def test_template_is_added_changed_and_deleted(web, house):
    csrf = signed_in(web, house)
    form = {"csrf": csrf, "template_id": "", "t.name": "Projects", "t.memo": "Thanks", "t.due_days": "14"}

    assert web.post("/settings/templates", data=form, headers=HTMX).status_code == 200
    twice = web.post("/settings/templates", data=form, headers=HTMX)
    wrong = web.post("/settings/templates", data=form | {"t.name": "B", "t.due_days": "x"}, headers=HTMX)
    forged = web.post("/settings/templates", data=form | {"csrf": "x", "t.name": "C"}, headers=HTMX)

    assert (twice.status_code, wrong.status_code, forged.status_code) == (422, 422, 403)
    assert 'value="x"' in wrong.text
    with house.app.database.read(house.who.tenant_id) as store:
        (kept,) = store.templates.all()
    assert (kept.name, kept.fills) == ("Projects", {"memo": "Thanks", "due_days": "14"})
    gone = web.post("/settings/templates/delete", data={"csrf": csrf, "template_id": kept.id}, headers=HTMX)
    assert gone.status_code == 200
    assert "Projects" not in gone.text
