"""
Tenants: whatever id of one company is asked for by another is answered as if it were nowhere, and nothing of it is changed or told.

The routes are taken from the application itself: one without a case here fails.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from typing import Any

import pytest
from starlette.routing import BaseRoute, Mount, Route
from starlette.testclient import TestClient

from dealvoice.web.app import SURFACES
from dealvoice.workflows.invoice.prefill import open_form
from dealvoice.workflows.setup import tickets
from playground.house import House, a_house
from playground.neighbours import HIS_DEAL, NEIGHBOUR, Street, a_street
from playground.person import Person

HTMX = {"HX-Request": "true"}


@dataclass(frozen=True, slots=True)
class Case:
    """How a route is asked for something of the owner's."""

    fields: dict[str, str]
    """Names as the route takes them; values are kinds of belongings, in braces, or plain."""
    status: int = 404
    """Another one only where the answer is about the neighbour's own things, whatever he asks."""


def deals(**more: str) -> Case:
    return Case({"deal": "{deal}", "form_id": "{form}", "currency": "USD"} | more)


CASES: dict[tuple[str, str], tuple[Case, ...]] = {
    ("GET", "/panel"): (Case({"token": "{token}", "selectedIds": "{deal}"}),
                        Case({"token": "{token}", "selectedIds": "{his}", "data": '{{"deal": "{deal}"}}'})),
    ("GET", "/panel/part"): (deals(),),
    ("GET", "/panel/changes"): (deals(),),
    ("POST", "/panel/refresh"): (deals(),),
    ("POST", "/panel/unlink-customer"): (deals(),),
    ("GET", "/panel/organization"): (Case({"token": "{token}", "selectedIds": "{organization}"}),),
    ("GET", "/panel/person"): (Case({"token": "{token}", "selectedIds": "{person}"}),),
    ("GET", "/panel/contact/part"): (Case({"contact": "organization:{organization}"}),
                                     Case({"contact": "person:{person}"})),
    ("GET", "/panel/contact/changes"): (Case({"contact": "organization:{organization}"}),),
    ("POST", "/panel/contact/refresh"): (Case({"contact": "organization:{organization}"}),),
    ("GET", "/modal/invoice"): (
        Case({"token": "{token}", "selectedIds": "{deal}"}),
        Case({"token": "{token}", "selectedIds": "{his}", "data": '{{"operation": "{operation}"}}'}),
        Case({"token": "{token}", "selectedIds": "{his}", "data": '{{"invoice": "{invoice}", "guided": "void"}}'}),
    ),
    ("POST", "/modal/invoice/review"): (deals(), deals(deal="{his}")),
    ("POST", "/modal/invoice/rows"): (deals(act="add"), deals(act="add", deal="{his}")),
    ("POST", "/modal/invoice/change"): (deals(act="customer", value="{customer}"),
                                        deals(act="customer", value="{customer}", deal="{his}")),
    ("POST", "/modal/invoice/again"): (deals(value="1001"),),
    ("POST", "/modal/invoice/rate"): (deals(issued_on="11/23/2026"),),
    ("POST", "/modal/invoice/template"): (deals(template_id="{template}"),),
    ("POST", "/modal/invoice/deal"): (deals(act="take_deal"), deals(act="keep"), deals(act="take_deal", deal="{his}")),
    ("POST", "/modal/invoice/unlink"): (deals(),),
    ("POST", "/modal/invoice/activate"): (deals(customer_id="{customer}"),),
    ("GET", "/modal/invoice/customers"): (Case({"q": "a", "form_id": "{form}", "ask": "1"}, 200),),
    ("GET", "/modal/invoice/items"): (Case({"q": "o", "ask": "1"}, 200),),
    ("POST", "/modal/invoice"): (deals(), deals(deal="{his}")),
    ("GET", "/modal/all"): (Case({"token": "{token}", "selectedIds": "{deal}"}),
                            Case({"token": "{token}", "data": '{{"contact": "organization:{organization}"}}'})),
    ("GET", "/modal/all/part"): (deals(), Case({"contact": "person:{person}"})),
    ("POST", "/modal/all/link"): (deals(invoice="{invoice}", number="1"),
                                  deals(invoice="{invoice}", number="1", deal="{his}")),
    ("POST", "/modal/all/unlink"): (deals(invoice="{invoice}", number="1"),
                                    # Taking off what is not there is done already.
                                    Case({"invoice": "{invoice}", "number": "1", "deal": "{his}"}, 204)),
    ("GET", "/modal/guided"): (Case({"invoice": "{invoice}", "act": "void"}),),
    ("POST", "/modal/guided/check"): (Case({"invoice": "{invoice}", "act": "delete"}),),
    ("POST", "/modal/guided"): (Case({"invoice": "{invoice}", "act": "void"}),),
    ("GET", "/modal/guided/{operation_id}"): (Case({}),),
    ("GET", "/operations/{operation_id}"): (Case({}),),
    ("GET", "/operations/{operation_id}/news"): (Case({}),),
    ("POST", "/operations/{operation_id}/accept"): (Case({}),),
    ("POST", "/invoices/{invoice_id}/void"): (Case({}),),
    ("POST", "/invoices/{invoice_id}/delete"): (Case({}),),
    ("POST", "/invoices/{invoice_id}/send"): (Case({}),),
    ("GET", "/invoices/{invoice_id}/pdf"): (Case({}),),
    ("GET", "/settings"): (Case({"token": "{token}"}, 200),),
    ("GET", "/settings/part"): (Case({}, 200),),
    ("GET", "/settings/import"): (Case({}, 200),),
    ("POST", "/settings/hand-over"): (Case({"colleague": "{colleague}"}),),
    # A template that is not there any more is made anew, as the neighbour's own.
    ("POST", "/settings/templates"): (Case({"template_id": "{template}", "t.name": "Mine", "t.memo": "Mine"}, 200),),
    ("POST", "/settings/templates/delete"): (Case({"template_id": "{template}"}, 200),),
    ("GET", "/settings/problems"): (Case({"tab": "needs", "find": "e"}, 200), Case({"tab": "fixed"}, 200)),
    ("POST", "/settings/problems/mend"): (Case({"one": "{problem}", "remedy": "try_again"}),
                                          Case({"one": "{problem}", "remedy": "look_again"}),
                                          Case({"one": "{problem}", "remedy": "send_mail"})),
    ("POST", "/settings/problems/retry"): (Case({"key": "{problem}"}, 200), Case({"all": "1"}, 200)),
    ("POST", "/settings/problems/aside"): (Case({"aside": "{problem}", "reason": "Mine"}, 200),),
    ("POST", "/settings/problems/back"): (Case({"one": "{problem}"}),),
}  # fmt: skip
NAMES_NOTHING = {
    "/": "the start page",
    "/connect": "of the cookie's own company",
    "/connect/ask": "of the cookie's own company",
    "/connect/cancelled": "a fixed page",
    "/connect/desktop": "a fixed page",
    "/connect/done": "of the cookie's own company",
    "/connect/stopped": "says what the browser's own cookie holds",
    "/connect/take-over": "of the cookie's own company",
    "/healthz": "a fixed word",
    "/metrics": "sums over all companies, for watchers; else 404",
    "/privacy": "a fixed page",
    "/terms": "a fixed page",
    "/help": "a fixed page",
    "/help/vote": "a vote of the browser's own",
    "/pipedrive/callback": "a code of Pipedrive's or the app's own secret (test_sign_in, test_bad_input)",
    "/pipedrive/confirm": "a random ticket in one browser (test_sign_in)",
    "/pipedrive/install": "begins a consent",
    "/quickbooks/callback": "a code of QuickBooks' and our state (test_sign_in)",
    "/quickbooks/connect": "begins a consent",
    "/quickbooks/disconnected": "a realm that is not believed: the company is looked at itself",
    "/quickbooks/launch": "redirects by the cookie",
    "/readyz": "a fixed word",
    "/session": "a signed token (test_sign_in)",
    "/signed-in": "the caller's own sessions",
    "/signed-in/end": "one of the caller's own sessions (test_sign_in)",
    "/signed-out": "a fixed page",
    "/session/keys": "the caller's own switch",
    "/settings/disconnect": "ends the caller's own connection; has a test of its own below",
    "/static": "files of the release",
    "/tickets": "a path of ours",
    "/tickets/{value}": "256 random bits that are good once (test_sign_in)",
    "/webhooks/pipedrive/{key}": "a random key with a password (test_pipedrive_hooks)",
    "/webhooks/quickbooks": "signed by QuickBooks (test_bad_input)",
}
SAVES_HIS_OWN = {("POST", "/settings"): "saves the caller's own settings; has a test of its own below"}


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Street]:
    with a_house(tmp_path_factory.mktemp("house")) as house, a_street(house) as both:
        yield both


@pytest.fixture
def bea(street: Street) -> Iterator[Person]:
    """Give the neighbour, with a frame open on her own deal."""
    assert street.house.built is not None
    with TestClient(street.house.built.web, base_url="http://localhost:8100", follow_redirects=False) as web:
        person = Person(street.house, web, company=NEIGHBOUR)
        person.open("/panel", HIS_DEAL)
        assert person.last_status == 200
        yield person


def _routes(house: House) -> Iterator[tuple[str, str]]:
    assert house.built is not None
    known: list[BaseRoute] = [route for surface in SURFACES for route in surface.router.routes]
    known += [route for route in house.built.web.routes if isinstance(route, Mount | Route)]
    for route in known:
        assert isinstance(route, Mount | Route)
        for method in sorted(getattr(route, "methods", None) or {"GET"}):
            yield method, route.path


def _asked(bea: Person, street: Street, case: Case, method: str, path: str) -> dict[str, Any]:
    known = {name: str(value) for name, value in street.belongings.items()} | {"token": bea.token(), "his": HIS_DEAL}
    fields = {name: text.format(**known) for name, text in case.fields.items()}
    url = path.format(invoice_id=known["invoice"], operation_id=known["operation"])
    return {"url": url, "headers": bea.headers, "params" if method == "GET" else "data": fields}


def test_every_route_answers_for_a_strangers_things_as_for_none(street: Street, bea: Person) -> None:
    before, secrets = street.rows(street.owner), street.secrets_of_the_owner()
    assert {"Zebra projects", "Zebra memo", "Zebra thanks", "Amy's Bird Sanctuary"} <= secrets
    assert len(secrets) > 100
    street.house.forget_journals()
    walked = 0

    for method, path in sorted(set(_routes(street.house))):
        if path in NAMES_NOTHING or method == "HEAD" or (method, path) in SAVES_HIS_OWN:
            continue
        assert (method, path) in CASES, f"say in this test how a stranger asks for {method} {path}"
        for case in CASES[method, path]:
            asked = _asked(bea, street, case, method, path)
            answer = bea.web.request(method, **asked)
            assert answer.status_code == case.status, (method, path, case, answer.text[:500])
            _tells_nothing(answer.text + str(answer.headers), secrets, asked)
            walked += 1

    street.house.run()
    assert walked >= 60
    assert street.rows(street.owner) == before
    assert not [row for row in street.house.journal("quickbooks") if "9341452000000001" in row["path"]]


def test_no_case_is_left_of_a_route_that_went(street: Street) -> None:
    there = set(_routes(street.house))

    assert set(CASES) | set(SAVES_HIS_OWN) <= there
    assert set(NAMES_NOTHING) <= {path for _, path in there}


def test_form_of_his_own_names_no_customer_of_another_company(street: Street, bea: Person) -> None:
    """QuickBooks' ids are small numbers: the same one is somebody else in other books, and his name is not told."""
    secrets = street.secrets_of_the_owner()
    form = bea.form(HIS_DEAL)
    with street.house.app.database.read(street.owner.tenant_id) as store:
        theirs = {row.id for row in store.customers.search(street.belongings["connection"], "", limit=500)[0]}
    with street.house.app.database.read(street.neighbour.tenant_id) as store:
        connection = store.connections.current()
        assert connection is not None
        his = {row.id for row in store.customers.search(connection.id, "", limit=500)[0]}
    strange = sorted(theirs - his)
    assert strange

    shown = form.press("customer", value=strange[0])
    refused = shown.create()

    assert bea.last_status == 422
    _tells_nothing(shown.source + refused.source, secrets, {})


def test_template_of_another_company_fills_nothing(street: Street, bea: Person) -> None:
    form = bea.form(HIS_DEAL)
    answer = bea.web.post(
        "/modal/invoice/template", headers=bea.headers,
        data={name: value for name, value in form.pairs() if name != "template_id"}
        | {"template_id": street.belongings["template"]},
    )  # fmt: skip

    assert answer.status_code < 500
    assert "Zebra" not in answer.text


def test_settings_and_their_end_touch_the_callers_own_company_only(street: Street, bea: Person) -> None:
    before = street.rows(street.owner)

    saved = bea.post("/settings", {"to": "organization:name", "due_days": "77", "visibility": "everyone"})
    assert (bea.last_status, "77" in saved) == (200, True)
    for path in ("/connect", "/connect/done", "/quickbooks/connect", "/settings"):
        bea.web.get(tickets.ticket(street.house.app, street.neighbour, to="/connect").partition(":8100")[2])
        answer = bea.web.get(path)
        _tells_nothing(answer.text, street.secrets_of_the_owner(), {})

    assert street.rows(street.owner) == before


def test_session_says_whose_it_is_whatever_else_a_request_claims(street: Street, bea: Person) -> None:
    """Neither the query, nor a form, nor a header of another kind names company or user."""
    claims = {
        "tenant": street.owner.tenant_id, "tenant_id": street.owner.tenant_id, "companyId": "12345", "company_id": "12345",
        "userId": "101", "user_id": "101", "installation": street.owner.installation_id,
    }  # fmt: skip
    headers = bea.headers | {f"x-{name.replace('_', '-')}": value for name, value in claims.items()}

    asked = bea.web.get("/panel/part", params=claims | {"deal": str(street.belongings["deal"])}, headers=headers)
    own = bea.web.get("/settings/part", params=claims, headers=headers)
    refreshed = bea.web.post("/panel/refresh", data=claims | {"deal": str(HIS_DEAL)}, headers=headers)

    assert (asked.status_code, own.status_code, refreshed.status_code) == (404, 200, 200)
    for answer in (own, refreshed):
        _tells_nothing(answer.text, street.secrets_of_the_owner(), {"data": claims})


def test_taking_off_what_is_not_on_the_deal_writes_nothing(street: Street, bea: Person) -> None:
    before = street.rows(street.neighbour)

    for invoice in (street.belongings["invoice"], "x" * 5000):
        bea.post("/modal/all/unlink", {"deal": str(HIS_DEAL), "invoice": invoice, "number": "1"})
        assert bea.last_status == 204

    assert [name for name, rows in street.rows(street.neighbour).items() if rows != before[name]] == []


def test_open_form_is_of_its_own_company(street: Street) -> None:
    form_id = open_form(street.house.app, street.neighbour, HIS_DEAL).form_id

    with street.house.app.database.read(street.owner.tenant_id) as store:
        assert store.forms.get(form_id) is None


def _tells_nothing(text: str, secrets: frozenset[str], asked: dict[str, Any]) -> None:
    """Assert that an answer holds no text of the owner's but what the question itself brought."""
    told = unescape(text)
    brought = " ".join(map(str, asked.values()))
    found = sorted(
        secret for secret in secrets
        if secret not in brought and re.search(rf"(?<!\w){re.escape(secret)}(?!\w)", told)
    )  # fmt: skip
    assert found == []
