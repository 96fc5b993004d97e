"""The routes over HTTP, with the whole product beside the sandbox: who is let in, what every answer carries."""

import base64
import re
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import jwt
import pytest
from starlette.testclient import TestClient

from dealvoice.settings import DEMO_FRAME_SECRET, DEMO_ID, DEMO_SECRET
from dealvoice.web.bodies import MOST_BYTES
from dealvoice.workflows.setup import tickets
from playground.furnished import a_connected_house
from playground.house import AVIARY

HTMX = {"HX-Request": "true"}


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    with a_connected_house(tmp_path_factory.mktemp("house")) as opened:
        yield opened


@pytest.fixture
def web(house):
    return TestClient(house.built.web, base_url="http://localhost:8100", follow_redirects=False)


def signed(house, *, age=0, secret=DEMO_FRAME_SECRET, user_id=101):
    """Return a frame token as Pipedrive signs it."""
    now = datetime.now(UTC) - timedelta(seconds=age)
    claims = {"userId": user_id, "companyId": house.who.company_id, "iat": now, "exp": now + timedelta(minutes=5)}
    return jwt.encode(claims, secret, algorithm="HS256")


def opened(web, house, path="/panel", **query):
    """Open a frame and return its answer."""
    asked = {"token": signed(house), "id": "x", "selectedIds": str(AVIARY), "theme": "light"} | query
    return web.get(path, params=asked)


def session_of(answer):
    return re.search(r'data-session="([^"]+)"', answer.text)[1]


def bearer(web, house):
    return {"Authorization": f"Bearer {session_of(opened(web, house))}"}


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

    for answer in (opened(web, house), web.get("/panel"), opened(web, house, "/modal/invoice", selectedIds="999999")):
        assert f"frame-ancestors {host}" in answer.headers["content-security-policy"]


def test_static_files_may_be_kept(web):
    answer = web.get("/static/any/css/tokens.css")

    assert answer.status_code == 200
    assert "immutable" in answer.headers["cache-control"]
    assert web.get("/static/any/../app.py").status_code == 404


# Frames


def test_the_panel_opens_with_a_signed_token(web, house):
    answer = opened(web, house)

    assert answer.status_code == 200
    assert 'id="panel-inside"' in answer.text
    assert "set-cookie" not in answer.headers


def test_the_theme_is_there_before_the_first_paint(web, house):
    assert 'data-theme="dark"' in opened(web, house, theme="dark").text
    assert 'data-theme="light"' in opened(web, house, theme="<x>").text


@pytest.mark.parametrize("wrong", [{"age": 400}, {"secret": "y" * 40}, {"user_id": 4711}])
def test_a_token_that_lets_nobody_in_is_answered_with_a_page_that_starts_the_sdk(web, house, wrong):
    answer = opened(web, house, token=signed(house, **wrong))

    assert answer.status_code == 401
    assert "js/start.js" in answer.text
    assert 'data-session=""' in answer.text


def test_frames_take_no_cookies(web, house):
    signed_in(web, house)

    assert web.get("/panel/part", params={"deal": AVIARY}, headers=HTMX).status_code == 401
    assert web.post("/panel/refresh", data={"deal": AVIARY}, headers=HTMX).status_code == 401


def test_the_deal_of_data_wins_over_the_selected_one(web, house):
    answer = opened(web, house, "/modal/all", data=f'{{"deal": "{AVIARY}"}}', selectedIds="999999")

    assert answer.status_code == 200
    assert f'data-deal="{AVIARY}"' in answer.text


def test_a_deal_that_may_not_be_seen_looks_like_one_that_is_not_there(web, house):
    headers = bearer(web, house) | HTMX

    answer = web.get("/panel/part", params={"deal": 999999}, headers=headers)

    assert answer.status_code == 404
    assert 'role="alert"' in answer.text


@pytest.mark.parametrize("selected", ["", "0", "-1", "1 OR 1=1", "12,13", "9" * 30])
def test_an_id_that_is_none_is_refused(web, house, selected):
    assert opened(web, house, selectedIds=selected).status_code == 422


def test_changes_answer_204_until_something_is_new(web, house):
    headers = bearer(web, house) | HTMX
    part = web.get("/panel/part", params={"deal": AVIARY}, headers=headers)
    since = re.search(r'data-version="(\w+)"', part.text)[1]

    same = web.get("/panel/changes", params={"deal": AVIARY, "since": since}, headers=headers)
    new = web.get("/panel/changes", params={"deal": AVIARY, "since": "older"}, headers=headers)

    assert (same.status_code, same.content) == (204, b"")
    assert new.status_code == 200


def test_a_fresh_token_begins_a_new_session(web, house):
    answer = web.post("/session", data={"token": signed(house)})

    part = web.get(
        "/panel/part", params={"deal": AVIARY}, headers={"Authorization": f"Bearer {answer.json()['session']}"}
    )
    assert part.status_code == 200


def test_a_refusal_inside_a_page_leaves_the_page_alone(web, house):
    headers = bearer(web, house) | HTMX

    answer = web.post("/invoices/nope/void", headers=headers)

    assert answer.status_code == 404
    assert answer.headers["hx-retarget"] == "#trouble"


def test_operations_and_invoices_of_nobody_are_not_found(web, house):
    headers = bearer(web, house) | HTMX

    for path in ("/operations/nope", "/operations/nope/news", "/invoices/nope/pdf"):
        assert web.get(path, headers=headers).status_code == 404


# The form


def form_fields(page):
    """Return the form's fields as a browser would send them: inputs, text areas and selected options, in order."""
    fields = []
    for tag in re.findall(r"<input[^>]*name=[^>]*>", page):
        values = dict(re.findall(r'(\w+)="([^"]*)"', tag))
        if values.get("type") != "checkbox" or " checked" in tag:
            fields.append((values["name"], values.get("value", "")))
    for name, text in re.findall(r'<textarea[^>]*name="([^"]+)"[^>]*>\n?(.*?)</textarea>', page, re.DOTALL):
        fields.append((name, text))
    for name, options in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', page, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', options)
        fields.append((name, chosen[1] if chosen else ""))
    return [(name, value.replace("&#39;", "'").replace("&amp;", "&")) for name, value in fields]


def posted(web, house, path, fields, **more):
    session = fields.pop("session")
    body = [*fields["pairs"], *more.items()]
    return web.post(
        path,
        content="&".join(
            f"{name}={re.sub(r'[^A-Za-z0-9_.-]', lambda m: ''.join(f'%{b:02X}' for b in m[0].encode()), value)}"
            for name, value in body
        ),
        headers={"Authorization": f"Bearer {session}", "Content-Type": "application/x-www-form-urlencoded"} | HTMX,
    )


def a_form(web, house):
    answer = opened(web, house, "/modal/invoice")
    assert answer.status_code == 200
    return {"pairs": form_fields(answer.text), "session": session_of(answer)}


def test_review_sends_back_totals_and_findings_and_none_of_the_fields(web, house):
    answer = posted(web, house, "/modal/invoice/review", a_form(web, house))

    assert answer.status_code == 200
    assert "$883.80" in answer.text
    assert 'hx-target="#rail"' in answer.text
    assert 'name="to"' not in answer.text
    assert 'name="row"' not in answer.text


def test_what_cannot_be_read_comes_back_as_a_finding(web, house):
    form = a_form(web, house)
    quantity = next(name for name, _ in form["pairs"] if name.endswith(".quantity"))

    answer = posted(web, house, "/modal/invoice/review", form, **{quantity: "abc"})

    assert f'data-field="{quantity}"' in answer.text
    assert "“abc” is not a number" in answer.text


def test_linking_a_customer_by_a_press_changes_the_form_and_nothing_else(web, house):
    form = a_form(web, house)
    house.forget_journals()

    answer = posted(web, house, "/modal/invoice/change", form, act="customer", value="1")

    assert 'name="customer_id" value="1"' in answer.text
    assert "Amy&#39;s Bird Sanctuary" in answer.text
    assert house.journal("quickbooks") == []


def test_create_with_a_blocker_returns_the_form_and_says_so(web, house):
    answer = posted(web, house, "/modal/invoice", a_form(web, house))

    assert answer.status_code == 422
    assert answer.headers["hx-retarget"] == "#form-inside"
    assert "dealvoice:blocked" in answer.headers["hx-trigger"]


def test_customers_are_found_by_a_few_letters(web, house):
    answer = web.get("/modal/invoice/customers", params={"q": "bird"}, headers=bearer(web, house) | HTMX)

    assert "<mark>Bird</mark> Sanctuary" in answer.text
    assert 'role="option"' in answer.text


def test_a_body_above_a_megabyte_is_refused_whatever_its_length_says(web, house):
    headers = bearer(web, house) | HTMX | {"Content-Type": "application/x-www-form-urlencoded"}

    whole = web.post("/modal/invoice/review", content=b"a=" + b"x" * MOST_BYTES, headers=headers)
    chunked = web.post("/modal/invoice/review", content=iter([b"a=" + b"x" * 600_000] * 2), headers=headers)
    field = web.post("/modal/invoice/review", content=b"to=" + b"x" * 100_001, headers=headers)

    assert (whole.status_code, chunked.status_code, field.status_code) == (413, 413, 413)
    assert "1 MB" in whole.text


# A tab of its own


def test_a_ticket_signs_a_tab_in_once(web, house):
    path = tickets.ticket(house.app, house.who, to="/settings").removeprefix("http://localhost:8100")

    first, second = web.get(path), TestClient(house.built.web, base_url="http://localhost:8100").get(path)

    assert (first.status_code, first.headers["location"]) == (302, "/settings")
    cookie = first.headers["set-cookie"]
    assert all(word in cookie for word in ("dealvoice=", "HttpOnly", "SameSite=lax", "Path=/"))
    assert "Domain" not in cookie
    assert second.status_code == 409


def test_a_ticket_leads_to_our_own_pages_only(web, house):
    headers = bearer(web, house)

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

    english = opened(web, house, token=signed(house, user_id=101))
    polish = web.get(
        "/panel",
        params={"token": signed(house, user_id=102), "id": "x", "selectedIds": str(AVIARY), "theme": "light"},
        headers={"Accept-Language": "en-US"},
    )

    assert 'lang="en"' in english.text
    assert 'lang="pl"' in polish.text


def test_single_keys_are_switched_off_by_a_user_for_himself(web, house):
    def told():
        return re.search(r'id="keys-single"( checked)?', opened(web, house).text)[1]

    assert told()
    assert web.post("/session/keys", data={"on": ""}, headers=bearer(web, house)).status_code == 204
    assert told() is None
    assert web.post("/session/keys", data={"on": ""}).status_code == 401
    assert web.post("/session/keys", data={"on": "1"}, headers=bearer(web, house)).status_code == 204
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


# What an open form goes through


def test_form_older_than_its_session_is_sent_again_without_loss(web, house):
    """The page repeats a refused request with a new session: the same fields make the invoice."""
    page = opened(web, house, "/modal/invoice")
    old = {"Authorization": f"Bearer {session_of(page)}"} | HTMX
    fields = {
        "form_id": re.search(r'name="form_id" value="([^"]+)"', page.text)[1], "deal": str(AVIARY), "customer_id": "1",
        "to": "Amy", "currency": "USD", "issued_on": "11/23/2026", "tax_mode": "none", "memo": "Typed long ago",
        "row": "n1", "line.n1.text": "Pond", "line.n1.item_id": "7", "line.n1.quantity": "1",
        "line.n1.unit_price": "12.34", "second": "1",
    }  # fmt: skip
    with house.app.database.everyone_write() as lobby:
        lobby.forget(house.app.now() + timedelta(days=1))

    refused = web.post("/modal/invoice", data=fields, headers=old)
    accepted = web.post("/modal/invoice", data=fields, headers=bearer(web, house) | HTMX)

    assert refused.status_code == 401
    assert accepted.status_code == 200, accepted.text[:3000]
    house.run()
    made = house.books("select * from Invoice orderby MetaData.CreateTime desc maxresults 1")[0]
    assert (made["CustomerMemo"]["value"], float(made["TotalAmt"])) == ("Typed long ago", 12.34)


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
