"""
A person at Pipedrive who uses the product over HTTP, without a browser: opens frames, fills the form, presses buttons.

Reads what the pages show and sends what they would send; knows nothing of the product's inside.
"""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import unquote

import jwt
from lxml import html
from starlette.testclient import TestClient

from dealvoice.settings import DEMO_FRAME_SECRET
from dealvoice.workflows.setup import tickets
from playground.house import AVIARY, House

_HTMX = {"HX-Request": "true"}
COMPANY = 12345
"""Pipedrive's number of the seeds' company."""


def frame_token(
    user_id: int = 101, *, company: int = COMPANY, secret: str = DEMO_FRAME_SECRET, life: timedelta = timedelta(minutes=5)
) -> str:  # fmt: skip
    """Return what Pipedrive signs into the address of a frame."""
    now = datetime.now(UTC)
    claims = {"userId": user_id, "companyId": company, "iat": now, "exp": now + life}
    return jwt.encode(claims, secret, algorithm="HS256")


class Screen:
    """What a page or a part of one shows."""

    def __init__(self, text: str) -> None:
        self.source = text
        self.tree = html.fromstring(f"<div>{text}</div>" if "<html" not in text else text)

    @property
    def text(self) -> str:
        """All that is shown, single-spaced; no-break blanks are blanks."""
        return " ".join(self.tree.text_content().split())

    def all(self, css_class: str) -> list[Any]:
        return list(self.tree.find_class(css_class))

    def by_id(self, element_id: str) -> Any:
        found = self.tree.xpath(f'//*[@id="{element_id}"]')
        return found[0] if found else None

    def words(self, element: Any) -> str:
        return " ".join(element.text_content().split())

    def button(self, label: str) -> Any:
        """Return the button of that label or name, or None."""
        for button in self.tree.xpath("//button | //a"):
            if label in (self.words(button), button.get("aria-label")):
                return button
        return None

    def findings(self) -> dict[str, str]:
        """Return the findings by code, each with its words."""
        return {
            found.get("data-code"): self.words(found)
            for found in self.tree.xpath("//*[@data-code][not(ancestor::*[contains(@class,'only-n')])]")
        }

    def flags(self) -> list[str]:
        return [self.words(flag) for flag in self.tree.xpath("//*[contains(concat(' ',@class,' '),' flag ')]")]


class Form(Screen):
    """The invoice form, with what is typed into it."""

    def __init__(self, person: "Person", text: str) -> None:
        super().__init__(text)
        self.person = person
        self.fields = dict(self._read())
        self.rows = [value for name, value in self._read() if name == "row"]

    def _read(self) -> list[tuple[str, str]]:
        holder = html.fromstring(f"<form>{html.tostring(self.tree, encoding='unicode')}</form>")
        form = holder if holder.tag == "form" else holder.xpath("//form")[0]
        return [(name, value.removeprefix("\n")) for name, value in form.form_values() if value is not None]

    def pairs(self) -> list[tuple[str, str]]:
        return [("row", row) for row in self.rows] + [(k, v) for k, v in self.fields.items() if k != "row"]

    def type(self, **values: str) -> "Form":
        """Type into fields; a double underscore stands for a dot."""
        self.fields |= {name.replace("__", "."): value for name, value in values.items()}
        return self

    def row(self, name: str) -> str:
        """Return the key of the row whose text or product is that name."""
        return next(
            key
            for key in self.rows
            if name
            in (self.fields.get(f"line.{key}.product_name"), self.fields.get(f"line.{key}.text", "").split("\n")[0])
        )

    def put(self, name: str, **values: str) -> "Form":
        """Type into a row."""
        key = self.row(name)
        self.fields |= {f"line.{key}.{field}": value for field, value in values.items()}
        return self

    def press(self, act: str, *, at: str = "", value: str = "", path: str = "/modal/invoice/change") -> "Form":
        """Press a button that changes the form."""
        return Form(self.person, self.person.post(path, [*self.pairs(), ("act", act), ("at", at), ("value", value)]))

    def review(self) -> Screen:
        """Look at the findings and totals for what is typed."""
        return Screen(self.person.post("/modal/invoice/review", self.pairs()))

    def link(self, customer: str, items: dict[str, str] | None = None) -> "Form":
        """Link a customer, and rows by the names of their products."""
        form = self.press("customer", value=customer)
        for name, item in (items or {}).items():
            form = form.press("item", at=form.row(name), value=item)
        return form

    def create(self) -> Screen:
        """Press Create invoice, and let the work be done."""
        answer = self.person.web.post("/modal/invoice", data=_data(self.pairs()), headers=self.person.headers)
        self.person.last_status = answer.status_code
        shown = Screen(answer.text)
        operation = shown.by_id("operation")
        if operation is None:
            return shown
        self.person.house.run()
        return Screen(self.person.get(f"/operations/{operation.get('data-operation')}"))


class Person:
    """Somebody with a Pipedrive account."""

    def __init__(self, house: House, web: TestClient, *, user_id: int = 101, company: int = COMPANY) -> None:
        self.house, self.web, self.user_id, self.company = house, web, user_id, company
        self.headers: dict[str, str] = {}
        self.last_status = 0

    def token(self) -> str:
        return frame_token(self.user_id, company=self.company)

    def open(self, path: str, deal: int = AVIARY, **data: object) -> str:
        """Open a frame on a deal."""
        asked = {
            "token": self.token(), "id": "x", "selectedIds": str(deal), "theme": "light",
            "data": json.dumps({"deal": str(deal)} | data),
        }  # fmt: skip
        answer = self.web.get(path, params=asked)
        self.last_status = answer.status_code
        session = re.search(r'data-session="([^"]+)"', answer.text)
        if session:
            self.headers = _HTMX | {"Authorization": f"Bearer {session[1]}"}
        return answer.text

    def get(self, path: str, **params: object) -> str:
        answer = self.web.get(path, params=params, headers=self.headers)
        self.last_status = answer.status_code
        return answer.text

    def post(self, path: str, fields: Any) -> str:
        answer = self.web.post(path, data=_data(fields), headers=self.headers)
        self.last_status = answer.status_code
        self.last_events = json.loads(answer.headers.get("hx-trigger", "{}"))
        return answer.text

    def panel(self, deal: int = AVIARY) -> Screen:
        return Screen(self.open("/panel", deal))

    def form(self, deal: int = AVIARY) -> Form:
        """Open the form; the surrounding page is left out."""
        page = html.fromstring(self.open("/modal/invoice", deal))
        return Form(self, html.tostring(page.xpath('//*[@id="form-inside"]')[0], encoding="unicode"))

    def all(self, deal: int = AVIARY, **narrowed: str) -> Screen:
        shown = Screen(self.open("/modal/all", deal))
        return Screen(self.get("/modal/all/part", deal=deal, **narrowed)) if narrowed else shown

    def act(self, invoice_id: str, action: str) -> int:
        """Do something with an invoice, and let the work be done."""
        self.post(f"/invoices/{invoice_id}/{action}", {})
        self.house.run()
        return self.last_status

    def pdf(self, invoice_id: str) -> tuple[str, bytes]:
        """Return the name and content of the downloaded file."""
        answer = self.web.get(f"/invoices/{invoice_id}/pdf", headers=self.headers)
        assert answer.status_code == 200, answer.text
        return unquote(answer.headers["content-disposition"].rpartition("''")[2]), answer.content

    def invoice(self, number: str, deal: int = AVIARY) -> Any:
        """Return the panel's row of an invoice."""
        panel = self.panel(deal)
        return next(row for row in panel.all("inv") if number in panel.words(row))

    def invoice_id(self, number: str, deal: int = AVIARY) -> str:
        return str(self.invoice(number, deal).get("id")).removeprefix("invoice-")

    # What he does in a tab of its own.

    def sign_in(self, to: str = "/connect") -> Screen:
        """Open the product in a tab, by the ticket that a frame gives."""
        who = self.house.install(self.user_id)
        address = tickets.ticket(self.house.app, who, to=to)
        return self.visit(address.removeprefix("http://localhost:8100"))

    def visit(self, path: str) -> Screen:
        """Open a page of the product, following its redirects."""
        answer = self.web.get(path, follow_redirects=True)
        self.last_status = answer.status_code
        return Screen(answer.text)

    def connect_quickbooks(self, *, decision: str = "connect", realm: str = "") -> Screen:
        """Go to QuickBooks' consent, answer it, and come back."""
        going = self.web.get("/quickbooks/connect")
        back = self.consent(going.headers["location"], decision=decision, **({"realm": realm} if realm else {}))
        return self.visit(back)

    def consent(self, address: str, **answer: str) -> str:
        """Answer a vendor's consent page, and return where the browser would go back to."""
        page = self.house.vendor.get(address)
        form = html.fromstring(page.text).forms[0]
        vendor = "/".join(address.split("/")[:3])
        back = self.house.vendor.post(f"{vendor}{form.action}", data=dict(form.form_values()) | answer)
        return str(back.headers["location"]).removeprefix("http://localhost:8100")

    # What he does in Pipedrive itself.

    def crm(self, method: str, path: str, **body: Any) -> Any:
        """Call Pipedrive as himself."""
        answer = self.house.vendor.request(
            method,
            f"{self.house.sandbox.pipedrive_url}{path}",
            json=body or None,
            headers={"x-api-token": f"api-{self.user_id}"},
        )
        assert answer.status_code < 300, answer.text
        return answer.json()["data"] if answer.content else None

    def deal(self, *products: tuple[int, str, str], **values: Any) -> int:
        """Make a deal with Amy's Bird Sanctuary: products are id, quantity and price."""
        known = self.crm("GET", f"/api/v2/deals/{AVIARY}")
        body = {name: known[name] for name in ("org_id", "person_id", "currency", "pipeline_id", "stage_id")}
        made = self.crm("POST", "/api/v2/deals", **({"title": "A deal"} | body | values))
        for product, quantity, price in products:
            self.crm(
                "POST", f"/api/v2/deals/{made['id']}/products",
                product_id=product, quantity=float(quantity), item_price=float(price),
            )  # fmt: skip
        return int(made["id"])


@contextmanager
def people(house: House, *user_ids: int, company: int = COMPANY) -> Iterator[list[Person]]:
    """Open the product over HTTP for some users of one Pipedrive company."""
    assert house.built is not None
    with TestClient(house.built.web, base_url="http://localhost:8100", follow_redirects=False) as web:
        yield [Person(house, web, user_id=user_id, company=company) for user_id in user_ids]


def _data(fields: Any) -> dict[str, Any]:
    """Return form fields as the client takes them: a name may come more than once."""
    pairs = fields.items() if isinstance(fields, dict) else fields
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return found
