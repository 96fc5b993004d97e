"""
A colleague who may not see a deal or contact: every route that names it answers as if it, its invoices and operations were not there.

The routes are walked by introspection: a new one fails here until this file says what it names.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from fastapi.routing import APIRoute
from starlette.testclient import TestClient

from dealvoice.invoicing.mapping import Mapping
from dealvoice.storage.invoices import DealInvoice
from dealvoice.web.app import SURFACES
from dealvoice.workflows.invoice import act, find, listing
from dealvoice.workflows.invoice.prefill import open_form
from dealvoice.workflows.setup import configure
from dealvoice.workflows.setup.views import Visibility
from playground.furnished import a_connected_house
from playground.house import AVIARY, House
from playground.person import frame_token

HTMX = {"HX-Request": "true"}
PRIVATE, MAYA = 19, 103
"""A deal that only its owner and administrators see; a user who is neither."""
HIDDEN_ORGANIZATION, HIDDEN_PERSON = 33, 23
OTHER = 13
"""A deal of another customer, which she sees."""
NOWHERE = 999_999
NAMES_NO_DEAL = {
    "/", "/connect", "/connect/ask", "/connect/cancelled", "/connect/desktop", "/connect/done", "/connect/stopped", "/connect/take-over",
    "/healthz", "/metrics", "/privacy", "/terms", "/help", "/help/vote", "/modal/invoice/items", "/modal/invoice/customers", "/pipedrive/callback",
    "/pipedrive/confirm", "/pipedrive/install", "/quickbooks/callback", "/quickbooks/connect",
    "/quickbooks/disconnected", "/quickbooks/launch", "/readyz", "/session", "/session/keys", "/signed-in", "/signed-in/end", "/signed-out", "/settings", "/settings/disconnect", "/settings/part",
    "/settings/problems", "/settings/problems/aside", "/settings/problems/back", "/settings/problems/mend",
    "/settings/problems/retry",
    "/settings/hand-over", "/settings/import", "/settings/templates", "/settings/templates/delete", "/tickets", "/tickets/{value}"
}  # fmt: skip


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with a_connected_house(tmp_path_factory.mktemp("house")) as opened:
        configure.save(
            opened.app, opened.who, mapping=Mapping.default(), visibility=Visibility.EVERYONE, show_amounts=True
        )
        yield opened


@pytest.fixture(scope="module")
def hidden(house: House) -> dict[str, Any]:
    """What there is on the private deal."""
    who = house.who
    with house.app.database.write(who.tenant_id) as store:
        connection = store.connections.current()
        assert connection is not None
        row = store.invoices.of_customer(connection.id, "1")[0]
        store.invoices.link(
            DealInvoice(
                tenant=who.tenant_id, deal_id=PRIVATE, invoice_id=row.id, linked_by="", linked_at=datetime.now(UTC),
                made_here=False, note_hash="", note_tried=False,
            )
        )  # fmt: skip
    for table, row_id in (("organizations", HIDDEN_ORGANIZATION), ("persons", HIDDEN_PERSON)):
        house.sandbox.pipedrive.table(table)[str(row_id)]["visible_to"] = 1
    return {
        "organization": HIDDEN_ORGANIZATION,
        "person": HIDDEN_PERSON,
        "deal": PRIVATE,
        "invoice": row.id,
        "operation": act.send(house.app, who, row.id),
        "form": open_form(house.app, who, PRIVATE).form_id,
    }


MISSING = {
    "organization": NOWHERE,
    "person": NOWHERE,
    "deal": NOWHERE,
    "invoice": "nope",
    "operation": "nope",
    "form": "nope",
}


def _asked(route: APIRoute, method: str, thing: dict[str, Any], token: str, session: str) -> dict[str, Any] | None:
    """Return how a route is asked for a thing; None when it names none."""
    path = route.path.format(invoice_id=thing["invoice"], operation_id=thing["operation"], value="x")
    if route.path in NAMES_NO_DEAL:
        return None
    headers = {"Authorization": f"Bearer {session}"} | HTMX
    form = {
        "deal": thing["deal"], "deal_id": thing["deal"], "form_id": thing["form"], "invoice": thing["invoice"],
        "number": "1", "act": "add" if path.endswith("/rows") else "void", "currency": "USD", "value": "1",
    }  # fmt: skip
    if route.path in ("/panel", "/modal/all", "/modal/invoice") and method == "GET":
        return {"url": path, "params": {"token": token, "selectedIds": thing["deal"], "id": "x", "theme": "light"}}
    if route.path in ("/panel/organization", "/panel/person"):
        selected = thing[route.path.rpartition("/")[2]]
        return {"url": path, "params": {"token": token, "selectedIds": selected, "id": "x", "theme": "light"}}
    if route.path.startswith("/panel/contact/"):
        form |= {"contact": f"organization:{thing['organization']}"}
    if route.path.startswith(("/panel/", "/modal/", "/operations/", "/invoices/")) or route.path == "/modal/invoice":
        return {"url": path, "headers": headers, "params" if method == "GET" else "data": form}
    raise AssertionError(f"say in this test what {method} {route.path} names")


def test_every_route_answers_for_a_hidden_deal_as_for_none(house: House, hidden: dict[str, Any]) -> None:
    house.install(MAYA)
    web = TestClient(house.built.web, base_url="http://localhost:8100", follow_redirects=False)
    token = frame_token(MAYA)
    session = web.post("/session", data={"token": token}).json()["session"]
    before = _state(house)
    walked = 0
    for route in (route for surface in SURFACES for route in surface.router.routes):
        for method in sorted(getattr(route, "methods", None) or ()):
            assert isinstance(route, APIRoute)
            asked = [_asked(route, method, thing, token, session) for thing in (hidden, MISSING)]
            if asked[0] is None:
                continue
            answers = [web.request(method, **one) for one in asked]
            assert [answer.status_code for answer in answers] == [404, 404], (method, route.path)
            assert _plain(answers[0].text) == _plain(answers[1].text), (method, route.path)
            walked += 1

    assert walked >= 25
    assert _state(house) == before


def test_invoice_of_a_hidden_deal_cannot_be_pulled_onto_another(house: House, hidden: dict[str, Any]) -> None:
    web = TestClient(house.built.web, base_url="http://localhost:8100")
    house.install(MAYA)
    session = web.post("/session", data={"token": frame_token(MAYA)}).json()["session"]

    answer = web.post(
        "/modal/all/link", data={"deal": OTHER, "invoice": hidden["invoice"], "number": "1"},
        headers={"Authorization": f"Bearer {session}"} | HTMX,
    )  # fmt: skip

    assert answer.status_code == 404


def _plain(text: str) -> str:
    """Return an answer without what differs by its nature: the ids asked for, and the session."""
    return re.sub(r'data-(session|deal|about)="[^"]*"|\b(19|23|33|999999)\b', "", text)


def _state(house: House) -> tuple[int, int]:
    with house.app.database.read(house.who.tenant_id) as store:
        links = store.invoices.deals_with_any()
    return len(links), len(house.journal("quickbooks"))


def test_list_names_no_deal_that_may_not_be_seen(house: House, hidden: dict[str, Any]) -> None:
    maya = house.install(MAYA)
    find.link_customer(house.app, house.who, AVIARY, "1")

    shown = listing.all_invoices(house.app, maya, AVIARY, listing.Narrowed(period="all"))

    assert {row.id: row.deal_id for row in shown.rows}[hidden["invoice"]] == 0
