"""
The stage of the browser tests: the sandbox in this process, the product as a real process, Debian's Chromium.

Product and host page are on different sites (``localhost`` and ``127.0.0.1``), as inside Pipedrive.
"""

import os
import pickle
import shutil
import socket
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import NamedTuple

import httpx2
from playwright.sync_api import Browser, BrowserContext, FrameLocator, Page, expect, sync_playwright

from dealvoice import cli
from dealvoice_sandbox import serving_all
from playground.forking import begin, have_rehearsed, require_fork
from playground.furnished import Vendors, remember_calls, vendors_again, vendors_of
from playground.house import statements_known
from playground.in_process import port_of
from playground.person import Screen

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
ROOT = Path(__file__).parent.parent.parent

have_rehearsed()


class Ports(NamedTuple):
    """Where everything listens; 0 takes a free port."""

    product: int
    quickbooks: int = 0
    pipedrive: int = 0


@dataclass(frozen=True, slots=True)
class Scene:
    """A stage on which somebody was at work, as it stood at rest."""

    ports: Ports
    session: str
    """The cookie of whoever is at work."""
    files: Mapping[str, bytes]
    """The product's, by name."""
    vendors: bytes
    """Pickled ``Vendors``."""


class Stage:
    """A running sandbox and product; as it stood in a scene, or where nothing has happened yet."""

    def __init__(self, folder: Path, scene: Scene | None = None) -> None:
        self.folder = folder
        self.session = scene.session if scene else ""
        ports = scene.ports if scene else Ports(_free_port())
        self.port, self.app_url = ports.product, f"http://localhost:{ports.product}"
        vendors: Vendors | None = pickle.loads(scene.vendors) if scene else None
        with vendors_again(vendors) if vendors else nullcontext():
            self.sandbox = serving_all.start(
                quickbooks_port=ports.quickbooks, pipedrive_port=ports.pipedrive, app_url=self.app_url
            )
        if scene and vendors:
            remember_calls(self.sandbox, vendors)
            self._unpack(scene.files)
        self.product: BaseProcess | None = None
        self.start()

    def scene(self) -> Scene:
        """Return the stage as it stands; its product rests."""
        found = (one for one in self.files.rglob("*") if one.is_file())
        return Scene(
            ports=Ports(self.port, port_of(self.sandbox.quickbooks_url), port_of(self.sandbox.pipedrive_url)),
            session=self.session,
            files={str(one.relative_to(self.files)): one.read_bytes() for one in found},
            vendors=pickle.dumps(vendors_of(self.sandbox)),
        )

    def _unpack(self, files: Mapping[str, bytes]) -> None:
        for name, content in files.items():
            (self.files / name).parent.mkdir(parents=True, exist_ok=True)
            (self.files / name).write_bytes(content)

    @property
    def files(self) -> Path:
        """The folder that the product keeps its files in."""
        return self.folder / "product"

    def start(self) -> None:
        """Start the product and wait until it answers."""
        books, crm = self.sandbox.quickbooks_url, self.sandbox.pipedrive_url
        settings = {
            "DEALVOICE_PUBLIC_URL": self.app_url,
            "DEALVOICE_PORT": str(self.port),
            "DEALVOICE_DATA_DIR": str(self.files),
            "DEALVOICE_RETRY_SECONDS": "0.3",
            "DEALVOICE_QUICKBOOKS_AUTHORIZE_URL": f"{books}/connect/oauth2",
            "DEALVOICE_QUICKBOOKS_TOKEN_URL": f"{books}/oauth2/v1/tokens/bearer",
            "DEALVOICE_QUICKBOOKS_REVOKE_URL": f"{books}/v2/oauth2/tokens/revoke",
            "DEALVOICE_QUICKBOOKS_API_URL": books,
            "DEALVOICE_QUICKBOOKS_APP_URL": books,
            "DEALVOICE_QUICKBOOKS_CALLS_PER_SECOND": "1000",
            "DEALVOICE_PIPEDRIVE_AUTHORIZE_URL": f"{crm}/oauth/authorize",
            "DEALVOICE_PIPEDRIVE_TOKEN_URL": f"{crm}/oauth/token",
            "DEALVOICE_PIPEDRIVE_REVOKE_URL": f"{crm}/oauth/revoke",
            "DEALVOICE_PIPEDRIVE_FRAME_ANCESTORS": crm,
        }
        self.product = begin(_serve, settings, self.folder / "product.log")
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            self._still_runs()
            try:
                if httpx2.get(f"{self.app_url}/healthz", timeout=2, trust_env=False).status_code == 200:
                    return
            except httpx2.TransportError:
                time.sleep(0.1)
        raise TimeoutError("the product did not start")

    def kill(self) -> None:
        """Pull the plug."""
        assert self.product is not None
        self._still_runs()
        self.product.kill()
        self.product.join(10)
        self.product = None

    def rest(self) -> None:
        """End the product in order; one that ended by itself before is a fault."""
        if self.product is None:
            return
        self._still_runs()
        self.product.terminate()
        self.product.join(15)
        if self.product.is_alive():
            self.product.kill()
            self.product.join(5)
        self.product = None

    def stop(self) -> None:
        """End both."""
        try:
            self.rest()
        finally:
            self.sandbox.stop()

    def _still_runs(self) -> None:
        assert self.product is not None
        ended = self.product.exitcode
        assert ended is None, (
            f"the product ended by itself ({ended}): {(self.folder / 'product.log').read_text()[-9000:]}"
        )

    def deal_url(self, deal_id: int = 12) -> str:
        return f"{self.sandbox.pipedrive_url}/deal/{deal_id}"


def _serve(settings: Mapping[str, str], log: Path) -> None:
    """Be ``dealvoice serve`` with these settings, and what it prints in a file."""
    require_fork()
    os.environ |= settings
    with log.open("ab") as file:
        for printed in (1, 2):
            os.dup2(file.fileno(), printed)
    sys.argv = ["dealvoice", "serve"]
    with statements_known():
        cli.main()


def install_and_connect(stage: Stage, page: Page) -> None:
    """Walk the whole way: consent, consent, settings, Save."""
    page.goto(stage.deal_url())
    page.get_by_role("link", name="Install Dealvoice").first.click()
    page.get_by_role("button", name="Allow and install").click()
    page.wait_for_url(f"{stage.app_url}/connect**")
    page.get_by_role("link", name="Connect QuickBooks").or_(
        page.get_by_role("button", name="Connect QuickBooks")
    ).first.click()
    page.get_by_role("button", name="Connect", exact=True).click()
    page.wait_for_url(f"{stage.app_url}/connect/done**")
    # Pressed, not typed: while the import goes on the page comes anew, which would take a typed address away.
    page.get_by_role("link", name="Go to settings").click()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved by Ola Nowak")).to_be_visible()


def installed_and_connected(stage: Stage) -> None:
    """Have a user be where ``install_and_connect`` leaves him, by the same pages, but not drawn: for other stories."""
    # Each time a connection of its own: one that is kept may be closed by the server just when it is used again.
    unkept = httpx2.Limits(max_keepalive_connections=0)
    with httpx2.Client(follow_redirects=True, trust_env=False, timeout=30, limits=unkept) as web:
        here = web.get(stage.deal_url())
        for label in ("Install Dealvoice", "Allow and install", "Connect QuickBooks", "Connect"):
            here = _pressed(web, here, label)
        saved = _pressed(web, web.get(f"{stage.app_url}/settings"), "Save")
        assert "Saved by Ola Nowak" in saved.text
        stage.session = web.cookies["dealvoice"]


def _pressed(web: httpx2.Client, here: httpx2.Response, label: str) -> httpx2.Response:
    """Follow the link of a page, or send the form, that has this label."""
    pressed = Screen(here.text).button(label)
    assert pressed is not None, f"{here.url} has no {label}"
    if pressed.tag == "a":
        return web.get(here.url.join(pressed.get("href")))
    form = next(pressed.iterancestors("form"))
    values = dict(form.form_values()) | ({pressed.get("name"): pressed.get("value")} if pressed.get("name") else {})
    if form.get("hx-post"):
        return web.post(here.url.join(form.get("hx-post")), data=values, headers={"HX-Request": "true"})
    return web.request(form.method, here.url.join(form.get("action") or ""), data=values)


def panel(page: Page) -> FrameLocator:
    return page.frame_locator("#panel-box iframe")


def modal(page: Page) -> FrameLocator:
    return page.frame_locator(".modal-body iframe")


def fill_form(page: Page) -> None:
    """Open the form from the deal's panel, and link customer and rows."""
    panel(page).locator("#new-invoice").click()
    expect(page.locator(".modal-body iframe")).to_be_visible()
    link_everything(page)


def link_everything(page: Page) -> None:
    """Link the customer by its best match and every row by search."""
    form = modal(page)
    loaded(form)
    form.locator("button:visible", has_text="Link Amy's Bird Sanctuary").first.click()
    expect(form.locator(".linked").first).to_contain_text("Amy's Bird Sanctuary")
    searches = (
        ("Rock fountain", "Rock"),
        ("Fountain pump", "Pump"),
        ("Installation", "Installation"),
        ("Garden lights", "Light"),
    )
    for name, query in searches:
        link_row(page, name, query)


def loaded(frame: FrameLocator) -> None:
    """Wait for a frame's page and its sheets: before, it is empty, and what is meant for narrow pages is visible too."""
    waiting = """() => new Promise((done, fail) => {
        if (document.readyState === 'complete') return done();
        addEventListener('load', () => done());
        const lacks = () => performance.getEntriesByType('resource').filter((one) => !one.responseEnd).map((one) => one.name);
        setTimeout(() => fail(new Error(`does not load: ${document.readyState}, ${location.pathname}, ${lacks()}`)), 40000);
    })"""
    frame.locator(":root[lang]").evaluate(waiting)  # the empty page that a frame begins with says no language


def link_row(page: Page, name: str, query: str) -> None:
    form = modal(page)
    box = form.get_by_role("combobox", name=f"Search QuickBooks products: {name}").first
    box.click()
    box.fill(query)
    expect(form.locator("[role=option][aria-selected=true]").filter(has_text=query)).to_be_visible()
    box.press("Enter")
    expect(form.get_by_role("combobox", name=f"Search QuickBooks products: {name}")).to_have_count(0)


@contextmanager
def a_stage(folder: Path) -> Iterator[Stage]:
    stage = Stage(folder)
    try:
        yield stage
    finally:
        stage.stop()


@contextmanager
def a_browser() -> Iterator[Browser]:
    """Start the distribution's Chromium with a fresh profile."""
    executable = shutil.which("chromium")
    assert executable, "chromium is not installed; make test installs it"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


def a_page(browser: Browser, *, width: int = 1440, height: int = 1000) -> tuple[BrowserContext, Page]:
    context = browser.new_context(viewport={"width": width, "height": height}, accept_downloads=True)
    context.set_default_timeout(40_000)
    expect.set_options(timeout=40_000)
    return context, context.new_page()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
