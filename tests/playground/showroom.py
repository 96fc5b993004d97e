"""
Screens as the gallery draws them, in a real browser: the product's own templates and style sheets, no server, no scripts.

What a screen's scripts do is for the stories; here it is about what the eye and the screen reader are given.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache

from playwright.sync_api import Browser, Page, Route

from dealvoice.i18n import Speech
from dealvoice.web.pages import HERE, static_version
from web import rooms

ORIGIN = "http://showroom.test"


SHEET = re.compile(rf'<link rel="stylesheet" href="/static/{static_version()}/([\w/.-]+)">')
SCRIPT = re.compile(r"<script\b[^>]*></script>")


class Showroom:
    """Shows one screen after the other in one browser page."""

    def __init__(self, page: Page, drawn: Mapping[str, str]) -> None:
        self.page = page
        # A part is looked at within its screen.
        self.screens = {name: _alone(html) for name, html in drawn.items() if "<html" in html}
        page.route(f"{ORIGIN}/**", _empty)
        page.goto(ORIGIN)

    def show(self, name: str) -> Page:
        """
        Open a screen as it is drawn, in the light theme.

        It is written into the document that is there: axe, half a megabyte, stays in its window from screen to screen.
        """
        self.page.evaluate(_WRITE, self.screens[name])
        return self.page

    def theme(self, name: str) -> None:
        """Change the theme as Pipedrive would."""
        self.page.evaluate("theme => { document.documentElement.dataset.theme = theme }", name)

    def unfold(self) -> None:
        """
        Open the first menu and the first list of every screen, as a press would.

        What sticks to the window's edge is let go: it covers whatever happens to be scrolled beneath it.
        """
        self.page.evaluate(
            """() => {
                for (const one of document.querySelectorAll("*")) {
                    if (getComputedStyle(one).position === "sticky") one.style.position = "static";
                }
                for (const kind of [".menu[hidden]", ".listbox[hidden]", "details:not([open])"]) {
                    const one = document.querySelector(kind);
                    one?.removeAttribute("hidden");
                    if (one?.matches("details")) one.setAttribute("open", "");
                    one?.parentElement?.querySelector(":scope > [aria-haspopup=menu]")?.setAttribute("aria-expanded", "true");
                    if (one?.id) document.querySelector(`[aria-controls="${one.id}"]`)?.setAttribute("aria-expanded", "true");
                }
            }"""
        )


_WRITE = """html => new Promise(done => {
    document.open();
    addEventListener("load", done, { once: true });
    document.write(html);
    document.close();
})"""


def _empty(route: Route) -> None:
    route.fulfill(body="", content_type="text/html; charset=utf-8")


def _alone(html: str) -> str:
    """Return a page that needs nothing else: its sheets within, its scripts gone."""
    return SCRIPT.sub("", SHEET.sub(lambda found: f"<style>{_sheet(found[1])}</style>", html))


@cache
def _sheet(name: str) -> str:
    return (HERE / "static" / name).read_text()


@contextmanager
def a_showroom(
    browser: Browser, drawn: Speech | Mapping[str, str], *, width: int = 1280, height: int = 900
) -> Iterator[Showroom]:
    """
    Open a browser page in which screens are shown.

    Args:
        browser: Where.
        drawn: The language they are drawn in, or the screens themselves.
        width: Of the page.
        height: Of the page.
    """
    screens = rooms.screens(drawn) if isinstance(drawn, Speech) else drawn
    # Without motion: a colour that is still on its way from one theme to the other is nobody's fault.
    context = browser.new_context(viewport={"width": width, "height": height}, reduced_motion="reduce")
    try:
        yield Showroom(context.new_page(), screens)
    finally:
        context.close()
