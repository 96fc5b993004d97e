"""The host page without a browser: who sees what, what its acts do, what it refuses, in which language it speaks."""

import re
from pathlib import Path
from typing import Any

import pytest

from dealvoice_sandbox.host import words
from dealvoice_sandbox.host.records_shown import TABLES
from dealvoice_sandbox.seeds.pipedrive_worlds import SEEDS

OLA, JAN, MAYA = 101, 102, 103
HOST = Path(words.__file__).parent


def page(company: Any, path: str, user: int = OLA) -> str:
    company.http.cookies.set("host_user", str(user))
    answer = company.http.get(path)
    assert answer.status_code == 200, answer.text
    return str(answer.text)


def act(company: Any, path: str, user: int = OLA, **values: Any) -> Any:
    company.http.cookies.set("host_user", str(user))
    return company.http.post(path, json=values)


@pytest.mark.parametrize(
    "path",
    [
        "/deals", "/deals?box=archived", "/deals?box=deleted&owner=x", "/deals?owner=²", "/persons", "/organizations", "/products",
        "/settings/marketplace", "/settings/invoicing", "/marketplace", "/projects", "/deal/12", "/deal/17", "/deal/22",
        "/person/26", "/organization/36", "/settings/marketplace/app/dealvoice-demo/app-settings",
    ],
)  # fmt: skip
@pytest.mark.parametrize("user", [OLA, JAN])
def test_page_when_opened_is_whole_and_escapes_what_people_wrote(company: Any, path: str, user: int) -> None:
    html = page(company, path, user)

    assert "</html>" in html
    assert "<script>alert(1)" not in html


def test_private_deal_when_another_user_looks_is_not_there(company: Any) -> None:
    assert "Private deal of Jan" in page(company, "/deal/19", JAN)
    assert "Private deal of Jan" not in page(company, "/deals", MAYA)
    assert company.http.get("/deal/19").status_code == 404


@pytest.mark.parametrize(
    "path", ["/deal/999", "/deal/abc", "/person/1", "/organization/x", "/app-extensions/actions/x"]
)
def test_page_when_there_is_nothing_says_so(company: Any, path: str) -> None:
    answer = company.http.get(path)

    assert answer.status_code == 404
    assert "Not found" in answer.text


def test_panel_when_the_user_has_not_installed_the_app_is_not_there(company: Any) -> None:
    company.token(OLA)

    assert 'id="panel-box"' in page(company, "/deal/12", OLA)
    assert 'id="panel-box"' not in page(company, "/deal/12", MAYA)
    assert "Install Dealvoice" in page(company, "/deal/12", MAYA)


def test_panel_when_the_record_has_no_address_for_contacts_is_not_on_their_pages(company: Any) -> None:
    company.token(OLA)
    portal = company.sandbox.pipedrive.portal
    addresses = portal.organization_panel_url, portal.person_panel_url
    assert all('id="panel-box"' in page(company, path) for path in ("/organization/31", "/person/21"))

    portal.organization_panel_url = portal.person_panel_url = ""
    try:
        assert all('id="panel-box"' not in page(company, path) for path in ("/organization/31", "/person/21"))
    finally:
        portal.organization_panel_url, portal.person_panel_url = addresses


def test_uninstall_when_pressed_ends_the_app_for_that_user_alone(company: Any) -> None:
    company.token(OLA)
    company.token(JAN)

    act(company, "/host/uninstall", OLA)

    assert "Install now" in page(company, "/settings/marketplace", OLA)
    assert "Uninstall" not in page(company, "/settings/marketplace", OLA)
    assert "Odinstaluj" in page(company, "/settings/marketplace", JAN)


def test_deal_when_archived_is_shown_as_such_and_cannot_be_changed(company: Any) -> None:
    html = page(company, "/deal/22")

    assert "This deal is archived" in html
    assert act(company, "/host/deal/22/change", status="won").status_code == 400
    assert act(company, "/host/deal/22/change", is_archived=False).status_code == 200
    assert "This deal is archived" not in page(company, "/deal/22")


def test_deal_when_deleted_is_shown_as_such_and_left_out_of_lists(company: Any) -> None:
    assert act(company, "/host/deal/13/delete").status_code == 200

    assert "This deal was deleted" in page(company, "/deal/13")
    assert "Spring maintenance plan" not in page(company, "/deals")
    assert "Spring maintenance plan" in page(company, "/deals?box=deleted")
    assert company.call("GET", "/api/v2/deals/13").status_code == 404
    assert act(company, "/host/deal/13/change", status="won").status_code == 404


def test_product_when_put_on_a_deal_changed_and_taken_off_is_followed_by_the_value(company: Any) -> None:
    def value() -> Any:
        return company.ok("GET", "/api/v2/deals/13")["value"]

    assert act(company, "/host/deal/13/products", product_id="1", quantity="2", item_price="").status_code == 200
    row = company.ok("GET", "/api/v2/deals/13/products")[0]
    assert (row["item_price"], row["quantity"], value()) == (275, 2, 550)
    changes = {"discount": "50", "discount_type": "amount", "tax": "8.25", "tax_method": "inclusive"}
    for name, given in changes.items():
        assert act(company, f"/host/deal/13/products/{row['id']}", **{name: given}).status_code == 200
    row = company.ok("GET", "/api/v2/deals/13/products")[0]
    assert (row["discount"], row["discount_type"], row["tax"], row["tax_method"]) == (50, "amount", 8.25, "inclusive")
    assert value() == 500
    act(company, "/host/deal/13/discounts", description="Friends", amount="10", type="percentage")
    assert value() == 450
    discount = company.ok("GET", "/api/v2/deals/13/discounts")[0]["id"]
    act(company, f"/host/deal/13/discounts/{discount}/remove")
    act(company, f"/host/deal/13/products/{row['id']}/remove")
    assert company.ok("GET", "/api/v2/deals/13/products") == []


@pytest.mark.parametrize(
    ("path", "values", "status"),
    [
        ("/host/deal/12/products", {"product_id": "1", "quantity": "many"}, 400),
        ("/host/deal/12/products", {"product_id": "1", "quantity": "0"}, 400),
        ("/host/deal/12/products", {"product_id": "1", "quantity": "1e400"}, 400),
        ("/host/deal/12/products", {"product_id": "99"}, 400),
        ("/host/deal/12/products/100", {"tax_method": "some"}, 400),
        ("/host/deal/12/products/100", {"unknown": 1}, 400),
        ("/host/deal/12/products/999", {"quantity": "1"}, 404),
        ("/host/deal/12/discounts", {"description": "x", "amount": "-1", "type": "amount"}, 400),
        ("/host/deal/12/change", {"status": "sold"}, 400),
        ("/host/deal/12/change", {"stage_id": 99}, 400),
        ("/host/deal/999/change", {"status": "won"}, 404),
        ("/host/deal/x/change", {"status": "won"}, 404),
        ("/host/deals/change", {"ids": "all", "status": "won"}, 400),
        ("/host/deals/change", {"ids": [12, 999], "status": "won"}, 404),
        ("/host/deal/12/notes", {"text": "  "}, 400),
        ("/host/cat/12/notes", {"text": "x"}, 404),
        ("/host/notes/999/pin", {"pinned": True}, 404),
        ("/host/new/cat", {"name": "x"}, 404),
        ("/host/new/activity", {"subject": "x", "deal": "999"}, 400),
        ("/host/new/activity", {"subject": "x", "dueDate": "soon"}, 400),
        ("/host/new/activity", {"subject": "x", "organization": "x"}, 400),
        ("/host/new/activity", {}, 400),
        ("/host/activities/999/done", {}, 404),
        ("/host/new/deal", {"title": ""}, 400),
        ("/host/new/deal", {"title": "x" * 256}, 400),
        ("/host/user", {"user": "1"}, 400),
        ("/host/language", {"language": "xx"}, 400),
        ("/host/language", {"language": ["pl"]}, 400),
        ("/host/clock", {"advance": "soon"}, 400),
        ("/host/clock", {"advance": "P99999999999D"}, 400),
        ("/host/break", {"what": "everything"}, 400),
        ("/host/switch", {"on": "yes"}, 400),
    ],
)
def test_act_when_it_makes_no_sense_is_refused_in_words(
    company: Any, path: str, values: dict[str, Any], status: int
) -> None:  # fmt: skip
    answer = act(company, path, **values)

    assert answer.status_code == status
    assert answer.json()["error"]


@pytest.mark.parametrize("body", [b"{", b"[1]", b"\xff", b'"x"', b"[" * 100_000])
def test_act_when_the_body_is_no_object_is_refused(company: Any, body: bytes) -> None:
    answer = company.http.post("/host/user", content=body)

    assert answer.status_code == 400


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:1"])
def test_act_when_called_from_another_page_is_refused(company: Any, origin: str) -> None:
    answer = company.http.post("/host/deal/12/delete", json={}, headers={"origin": origin})

    assert answer.status_code == 403
    assert company.ok("GET", "/api/v2/deals/12")["is_deleted"] is False


def test_note_when_written_by_hand_is_escaped_and_can_be_pinned(company: Any) -> None:
    act(company, "/host/deal/12/notes", text="<b>Call</b>\nAmy")

    note = max(company.ok("GET", "/v1/notes?deal_id=12"), key=lambda one: one["id"])
    assert "<b>" not in note["content"]
    act(company, f"/host/notes/{note['id']}/pin", pinned=True)
    focus = page(company, "/deal/12").partition('id="focus"')[2].partition("History")[0]
    assert "&lt;b&gt;Call&lt;/b&gt;" in focus


def test_activity_when_made_is_planned_until_it_is_ticked_off(company: Any) -> None:
    made = act(company, "/host/new/activity", subject="Call <Amy>", dueDate="2027-03-01", dueTime="16:00", deal="12")
    focus = page(company, "/deal/12").partition('id="focus"')[2].partition("History")[0]
    act(company, f"/host/activities/{made.json()['id']}/done")
    after = page(company, "/deal/12").partition('id="focus"')[2].partition("History")

    assert "Call &lt;Amy&gt;" in focus
    assert "Mar 1, 2027, 16:00" in focus
    assert "Call &lt;Amy&gt;" not in after[0]
    assert "Call &lt;Amy&gt;" in after[2]


@pytest.mark.parametrize("seed", sorted(SEEDS))
def test_every_record_when_opened_in_any_seed_is_whole(company: Any, seed: str) -> None:
    company.control("POST", "reset", seed=seed)
    crm = company.sandbox.pipedrive
    user = next(one["id"] for one in crm.users() if one["is_admin"])
    paths = [f"/{resource}/{row_id}" for resource, table in TABLES.items() for row_id in crm.table(table)]

    for path in [*paths, "/deals", "/persons", "/organizations", "/products"]:
        assert "</html>" in page(company, path, user), path


def test_changelog_when_a_stage_changes_names_both(company: Any) -> None:
    act(company, "/host/deal/12/change", stage_id=5)

    assert "Negotiation → Agreed" in page(company, "/deal/12")


def test_changelog_when_a_choice_changes_names_both_by_their_labels(company: Any) -> None:
    code, options = next(
        (field["field_code"], field["options"])
        for field in company.sandbox.pipedrive.fields("deal")
        if field["field_name"] == "Segment"
    )
    now = company.ok("GET", "/api/v2/deals/12")["custom_fields"][code]
    other = next(option for option in options if option["id"] != now)
    company.ok("PATCH", "/api/v2/deals/12", {"custom_fields": {code: other["id"]}})

    was = next(option["label"] for option in options if option["id"] == now)
    assert f"{was} → {other['label']}" in page(company, "/deal/12")


def test_deals_when_marked_in_bulk_are_all_marked(company: Any) -> None:
    act(company, "/host/deals/change", ids=[13, 14], status="won")

    assert {company.ok("GET", f"/api/v2/deals/{one}")["status"] for one in (13, 14)} == {"won"}


def test_live_parts_when_nothing_changed_are_not_sent_again(company: Any) -> None:
    first = company.http.get("/host/deal/12/live").json()
    again = company.http.get(f"/host/deal/12/live?since={first['version']}")
    act(company, "/host/deal/12/notes", text="News")
    after = company.http.get(f"/host/deal/12/live?since={first['version']}")

    assert again.status_code == 204
    assert "News" in after.json()["parts"]["feed"]


def test_language_when_changed_is_the_users_own_and_an_app_reads_it(company: Any) -> None:
    assert "Podsumowanie" in page(company, "/deal/12", JAN)

    act(company, "/host/language", MAYA, language="pl")

    assert '<html lang="pl"' in page(company, "/deal/12", MAYA)
    assert company.ok("GET", "/v1/users/me", user=MAYA)["language"]["language_code"] == "pl"
    assert '<html lang="en"' in page(company, "/deal/12", OLA)


def test_words_when_a_template_or_script_uses_them_are_all_in_polish() -> None:
    used: set[str] = set()
    for path in [*(HOST / "templates").glob("*.html"), *(HOST / "static").glob("*.js")]:
        used |= {text for _, text in re.findall(r"\bt\((['\"])(.+?)\1", path.read_text())}
    used -= {"…", "New "}

    assert used - words.known() == set()


def test_switch_when_flipped_reaches_the_page(company: Any) -> None:
    assert '"sdkModalIds": true' in page(company, "/deal/12")

    act(company, "/host/switch", on=False)

    assert '"sdkModalIds": false' in page(company, "/deal/12")
