"""Hostile texts in every name and note of both vendors, shown on every screen in a real browser: none of them runs, and each is shown as text."""

import json
import re
from collections.abc import Iterator
from typing import Any, cast

import httpx2
import pytest
from playwright.sync_api import Browser, ConsoleMessage, Frame, Page, expect

from playground.house import AVIARY
from playground.payloads import ALL, PAYLOADS, Deck, poison
from playground.person import Person
from playground.stage import Stage, a_page, install_and_connect, modal, panel

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

COUNTS = """() => {
    window.ran = () => { console.error("RAN in " + location.pathname); return 1; };
    for (const word of ["alert", "confirm", "prompt", "print"]) window[word] = window.ran;
    addEventListener("securitypolicyviolation", (event) => {
        console.error(`VIOLATION ${event.violatedDirective} ${event.blockedURI} ${event.sample} in ${location.pathname}`);
    }, true);
}"""
LIVE = """() => [...document.querySelectorAll("*")].flatMap((one) => [
    ...(["IFRAME", "OBJECT", "EMBED", "BASE", "MARQUEE", "AUDIO", "VIDEO", "STYLE", "XMP", "MATH", "IMG"].includes(one.tagName.toUpperCase())
        ? [one.outerHTML.slice(0, 120)] : []),
    ...(one.tagName === "SCRIPT" && !new URL(one.src || "x:", location.href).pathname.startsWith("/static/") ? [one.outerHTML.slice(0, 120)] : []),
    ...one.getAttributeNames().filter((name) => /^on|^(data-)?hx-on|xlink/i.test(name)).map((name) => `${one.tagName} ${name}`),
    ...["href", "src", "action", "formaction"].filter((name) => /^[\\s\\u0001]*(javascript|data|vbscript)/i.test(one.getAttribute(name) ?? ""))
        .map((name) => `${one.tagName} ${name}=${one.getAttribute(name)}`),
])"""
"""What of a page could run: elements, attributes and addresses that no screen of ours has."""


class Watch:
    """A browser page that keeps whatever ran, was blocked, or opened a box."""

    def __init__(self, page: Page, origin: str) -> None:
        self.page, self.origin, self.seen, self.shown = page, origin, [], ""
        page.context.add_init_script(f"({COUNTS})()")
        page.context.on("console", self._hear)
        page.context.on("dialog", lambda box: (self.seen.append(f"box: {box.message}"), box.dismiss()))

    def _hear(self, said: ConsoleMessage) -> None:
        told = ("RAN", "VIOLATION", "Content Security Policy", "Refused to", "SyntaxError", "ReferenceError")
        if any(word in said.text for word in told) and self.origin in json.dumps([said.text, said.location]):
            self.seen.append(said.text)

    def ours(self) -> list[Frame]:
        return [frame for frame in self.page.frames if frame.url.startswith(self.origin)]

    def look(self) -> None:
        """Look at everything of ours that is open; each screen shows hostile texts, as texts."""
        frames = self.ours()
        assert frames
        for frame in frames:
            assert frame.evaluate(LIVE) == [], frame.url
            self.shown += frame.evaluate(
                "() => document.body.textContent + [...document.querySelectorAll('input, textarea')].map(x => x.value).join(' ')"
            )
        assert self.seen == []


@pytest.fixture
def watch(stage: Stage, browser: Browser) -> Iterator[Watch]:
    poison_count = poison(stage.sandbox, deal=AVIARY, customer="1")
    assert poison_count > 500
    context, page = a_page(browser)
    yield Watch(page, stage.app_url)
    context.close()


def _prepare(stage: Stage, web: httpx2.Client) -> Person:
    """Give the deal a linked customer, an invoice, a refused one, and the settings a template; all with hostile texts."""
    person = Person(cast(Any, None), web)
    deck = Deck(typed=True)
    form = person.form(AVIARY)
    fault = {
        "Error": [{"Message": deck.some(200), "Detail": ALL, "code": "6000", "element": ""}],
        "type": "ValidationFault",
    }
    faults = f"{stage.sandbox.quickbooks_url}/_sandbox/faults"
    fields = {
        "form_id": form.fields["form_id"], "deal": str(AVIARY), "customer_id": "1", "to": deck.some(90), "currency": "USD",
        "issued_on": "11/23/2026", "tax_mode": "none", "memo": deck.some(900), "note": deck.some(3000), "row": "n1",
        "line.n1.text": deck.some(3000), "line.n1.item_id": "7", "line.n1.quantity": "1", "line.n1.unit_price": "12.34", "second": "1",
    }  # fmt: skip
    httpx2.post(
        faults, trust_env=False,
        json={"action": "status", "method": "POST", "path": r"/invoice\?", "status": 400, "times": 1, "body": json.dumps({"Fault": fault})},
    ).raise_for_status()  # fmt: skip
    refused = person.web.post("/modal/invoice", data=fields, headers=person.headers)
    assert refused.status_code == 200, re.findall(r"data-code=\"([^\"]+)\"", refused.text)
    listed = person.all(AVIARY, period="all")
    person.post("/settings/templates", {"t.name": deck.some(75), "t.memo": deck.some(900), "t.note": deck.some(900)})
    assert person.last_status == 200
    found = re.search(r'data-invoice="(\w+)"|"invoice": ?"(\w+)"|invoice&#34;: ?&#34;(\w+)', listed.source)
    assert found is not None, listed.source[:3000]
    person.post(
        "/modal/all/link", {"deal": str(AVIARY), "invoice": next(filter(None, found.groups())), "number": deck.some(60)}
    )
    assert person.last_status == 204
    return person


def test_no_hostile_text_runs_on_any_screen(stage: Stage, watch: Watch) -> None:
    page, host = watch.page, stage.sandbox.pipedrive_url
    assert len(PAYLOADS) >= 200
    install_and_connect(stage, page)
    watch.look()  # the settings in a tab of their own
    with httpx2.Client(base_url=stage.app_url, trust_env=False, timeout=60) as web:
        person = _prepare(stage, web)
        name, _ = person.pdf(person.panel().all("inv")[0].get("id").removeprefix("invoice-"))
        assert re.fullmatch(r"invoice-[\w.-]+\.pdf", name)
        made = person.web.post("/tickets", data={"to": "/quickbooks/connect"}, headers=person.headers)
        ticket = made.json()["url"]

    page.goto(stage.deal_url())
    expect(panel(page).locator(".inv").first).to_be_visible()
    watch.look()
    _open_by_ticket(stage, page, ticket)
    panel(page).locator("#new-invoice").click()
    expect(modal(page).locator("#create")).to_be_visible()
    for at in range(2):
        modal(page).locator("input[role=combobox]:visible").nth(at).fill("script")
        expect(modal(page).locator("[role=option]:visible").first).to_contain_text("script")
        watch.look()
        page.keyboard.press("Escape")
    watch.look()
    page.goto(stage.deal_url())
    panel(page).get_by_role("button", name="View all").first.click()
    expect(modal(page).get_by_role("row").nth(1)).to_be_visible()
    watch.look()
    for contact in ("organization/31", "person/21"):
        page.goto(f"{host}/{contact}")
        expect(panel(page).locator("#panel-inside, .inv, .finding").first).to_be_visible()
        watch.look()
    page.goto(f"{host}/settings/marketplace/app/dealvoice-demo/app-settings")
    frame = page.frame_locator("#settings-box iframe")
    expect(frame.locator("#problems-open")).to_be_visible()
    watch.look()
    frame.locator("#problems-open").press("Enter")
    expect(frame.locator(".job").first).to_be_visible()
    watch.look()
    for path in ("/connect", "/connect/done", "/settings/problems", "/help"):
        page.goto(f"{stage.app_url}{path}")
        watch.look()

    shown = [payload for payload in PAYLOADS if _plain(payload) in _plain(watch.shown)]
    assert len(shown) >= 200, sorted(set(PAYLOADS) - set(shown))[:5]


def _open_by_ticket(stage: Stage, page: Page, planted: str) -> None:
    """Our own frame opens a tab that is signed in; the same address in somebody else's page opens nothing."""
    with page.context.expect_page() as opened:
        panel(page).locator("#problems-open").click()
    opened.value.wait_for_url(f"{stage.app_url}/settings/problems")
    opened.value.close()
    with page.context.expect_page() as foreign:
        page.evaluate("(address) => { window.open(address); }", planted)
    expect(foreign.value.get_by_text("Start again").first).to_be_visible()
    assert foreign.value.url.startswith(f"{stage.app_url}/tickets/")
    foreign.value.close()


def _plain(text: str) -> str:
    return re.sub(r"\s+", "", text)
