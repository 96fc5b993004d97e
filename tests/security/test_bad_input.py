"""Bad input gets a clear answer with the right status, in the user's language, and nothing is written."""

import json
from datetime import timedelta
from urllib.parse import quote

import httpx2
import jwt
import pytest

from dealvoice.invoicing.mapping import Mapping
from dealvoice.workflows.setup import configure, tickets
from dealvoice.workflows.setup.views import Visibility
from playground.house import AVIARY, House
from playground.one_house import house
from playground.person import frame_token

__all__ = ["house"]


def _seen_by(house: House, visibility: Visibility) -> None:
    configure.save(house.app, house.who, mapping=Mapping.default(), visibility=visibility, show_amounts=True)


def _frame(deal: object = AVIARY, token: str = "") -> str:
    return f"/modal/invoice?token={token or frame_token()}&id=1&selectedIds={deal}&data={quote(json.dumps({'deal': str(deal)}))}"


def _session(http: httpx2.Client, token: str = "") -> str:
    answer = http.post("/session", data={"token": token or frame_token()})
    assert answer.status_code == 200, answer.text
    return answer.json()["session"]


def _writes(house: House) -> list[str]:
    return [
        row["path"] for row in house.journal("quickbooks") if row["method"] == "POST" and "query" not in row["path"]
    ]


@pytest.mark.parametrize("path", ["/panel", "/modal/invoice", "/modal/all", "/settings"])
def test_forged_token_is_refused(house: House, http: httpx2.Client, path: str) -> None:
    answer = http.get(f"{path}?token={frame_token(secret='x' * 40)}&id=1&selectedIds=12")

    assert answer.status_code == 401
    assert "not opened by Pipedrive" in answer.text


def test_expired_token_is_refused(house: House, http: httpx2.Client) -> None:
    answer = http.get(f"/panel?token={frame_token(life=timedelta(seconds=-5))}&id=1&selectedIds=12")

    assert answer.status_code == 401


def test_unsigned_token_is_refused(house: House, http: httpx2.Client) -> None:
    unsigned = jwt.encode({"userId": 101, "companyId": 12345, "exp": 9999999999}, None, algorithm="none")

    assert http.get(f"/panel?token={unsigned}&id=1&selectedIds=12").status_code == 401


def test_user_who_has_not_installed_is_refused(house: House, http: httpx2.Client) -> None:
    answer = http.get(f"/panel?token={frame_token(104)}&id=1&selectedIds=12")

    assert answer.status_code in (401, 403)
    assert "not installed" in answer.text


@pytest.mark.parametrize("deal", [99999, 0, -1, "abc", "12;drop", "9" * 40])
def test_unknown_or_impossible_deal_is_told_plainly(house: House, http: httpx2.Client, deal: object) -> None:
    answer = http.get(_frame(deal))

    assert 400 <= answer.status_code < 500
    assert "Traceback" not in answer.text


def test_deal_that_a_user_may_not_see_looks_like_none(house: House, http: httpx2.Client) -> None:
    jan = house.install(102)
    maya = house.install(103)
    _seen_by(house, Visibility.EVERYONE)

    hidden, missing = http.get(_frame(19, frame_token(maya.user_id))), http.get(_frame(777, frame_token(maya.user_id)))

    assert hidden.status_code == missing.status_code
    assert 400 <= hidden.status_code < 500
    assert http.get(_frame(19, frame_token(jan.user_id))).status_code == 200


def test_installer_only_hides_invoices_from_others(house: House, http: httpx2.Client) -> None:
    jan = house.install(102)
    _seen_by(house, Visibility.INSTALLER)

    answer = http.get(_frame(AVIARY, frame_token(jan.user_id)))

    assert 400 <= answer.status_code < 500
    assert "Ola Nowak" in answer.text
    assert "Faktury" in answer.text


def test_call_without_a_session_is_refused(house: House, http: httpx2.Client) -> None:
    assert http.get("/panel/part?deal=12").status_code == 401
    assert http.post("/modal/invoice", data={"deal": "12"}).status_code == 401
    assert http.get("/operations/whatever").status_code == 401


def test_cookie_is_no_session_in_a_frame(house: House, http: httpx2.Client) -> None:
    cookie = house.app.sessions.enter_browser(house.who.tenant_id, house.who.installation_id).session

    answer = http.get("/panel/part?deal=12", headers={"cookie": f"dealvoice={cookie}"})

    assert answer.status_code == 401


def test_empty_form_is_answered_with_what_is_missing(house: House, http: httpx2.Client) -> None:
    bearer = {"authorization": f"Bearer {_session(http)}"}
    house.forget_journals()

    answer = http.post("/modal/invoice", data={}, headers=bearer)

    assert 400 <= answer.status_code < 500
    assert _writes(house) == []


def _fields(page: str) -> dict[str, str]:
    import re

    found = re.search(r'name="form_id" value="([0-9a-f]{32})"', page)
    assert found is not None
    return {"form_id": found[1], "deal": "12"}


def test_quantity_abc_is_pointed_at_and_nothing_is_sent(house: House, http: httpx2.Client) -> None:
    page = http.get(_frame())
    bearer = {"authorization": f"Bearer {_session(http)}"}
    house.forget_journals()
    fields = _fields(page.text) | {
        "to": "Amy", "currency": "USD", "customer_id": "1", "tax_mode": "exclusive", "row": "a",
        "line.a.text": "Rock", "line.a.item_id": "5", "line.a.quantity": "abc", "line.a.unit_price": "10",
    }  # fmt: skip

    answer = http.post("/modal/invoice", data=fields, headers=bearer)

    assert answer.status_code in (200, 422)
    assert "abc" in answer.text
    assert _writes(house) == []


def test_ten_thousand_rows_and_five_megabytes_are_refused(house: House, http: httpx2.Client) -> None:
    page = http.get(_frame())
    bearer = {"authorization": f"Bearer {_session(http)}"}
    house.forget_journals()
    many = _fields(page.text) | {"row": [f"r{n}" for n in range(10_001)]}
    big = _fields(page.text) | {"to": "x" * 5_000_000}

    for fields in (many, big):
        answer = http.post("/modal/invoice", data=fields, headers=bearer)
        assert 400 <= answer.status_code < 500
        assert "Traceback" not in answer.text
    assert _writes(house) == []


def test_html_of_the_crm_stays_text(house: House, http: httpx2.Client) -> None:
    for path in (_frame(17), f"/panel?token={frame_token()}&id=1&selectedIds=17"):
        answer = http.get(path)

        assert answer.status_code == 200
        assert "<script>alert" not in answer.text
        assert "&lt;script&gt;alert" in answer.text


def test_frame_pages_name_who_may_show_them_and_top_pages_nobody(house: House, http: httpx2.Client) -> None:
    frame, top = http.get(_frame()), http.get("/")

    assert f"frame-ancestors {house.sandbox.pipedrive_url}" in frame.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in top.headers["content-security-policy"]
    for answer in (frame, top):
        policy = answer.headers["content-security-policy"]
        assert "unsafe" not in policy
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert "no-store" in answer.headers["cache-control"]


def test_webhook_with_a_wrong_signature_marks_nothing(house: House, http: httpx2.Client) -> None:
    body = b'[{"specversion":"1.0","id":"e1","type":"qbo.invoice.updated.v1","intuitentityid":"130","intuitaccountid":"9341452000000001"}]'

    answer = http.post("/webhooks/quickbooks", content=body, headers={"intuit-signature": "bm9wZQ=="})

    assert answer.status_code == 401
    with house.app.database.everyone_read() as lobby:
        assert lobby.inboxes.connections() == []


def test_uninstall_with_wrong_secret_is_refused(house: House, http: httpx2.Client) -> None:
    body = {"client_id": "dealvoice-demo", "company_id": 12345, "user_id": 101}

    answer = http.request("DELETE", "/pipedrive/callback", json=body, auth=("dealvoice-demo", "wrong"))

    assert answer.status_code == 401
    assert house.app.sessions.enter_frame(frame_token()).who.user_id == 101


def test_ticket_is_good_once(house: House, http: httpx2.Client) -> None:
    url = tickets.ticket(house.app, house.who, to="/settings")

    first, second = http.get(url), http.get(url)

    assert first.status_code == 302
    assert first.headers["location"].endswith("/settings")
    assert "dealvoice=" not in second.headers.get("set-cookie", "")
