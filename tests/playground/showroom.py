"""
Screens as the gallery draws them, in a real browser: the product's own templates and style sheets, no server, no scripts.

What a screen's scripts do is for the stories; here it is about what the eye and the screen reader are given.
"""

import mimetypes
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Page, Route

from dealvoice.i18n import Speech
from dealvoice.web.pages import HERE, static_version
from web import rooms

ORIGIN = "http://showroom.test"


class Showroom:
    """Shows one screen after the other in one browser page."""

    def __init__(self, page: Page, speech: Speech) -> None:
        self.page = page
        self.screens = {
            name: html
            for name, html in rooms.rooms(speech, "light")
            if "<html" in html  # a part is looked at within its screen
        }
        page.route(f"{ORIGIN}/**", self._answer)

    def show(self, name: str) -> Page:
        """Open a screen; its theme is light, its width the page's."""
        self.page.goto(f"{ORIGIN}/{name}", wait_until="load")
        return self.page

    def theme(self, name: str) -> None:
        """Change the theme as Pipedrive would."""
        self.page.evaluate("theme => { document.documentElement.dataset.theme = theme }", name)

    def unfold(self) -> None:
        """Open the first menu and the first list of every screen, as a press would."""
        self.page.evaluate(
            """() => {
                for (const kind of [".menu[hidden]", ".listbox[hidden]", "details:not([open])"]) {
                    const one = document.querySelector(kind);
                    one?.removeAttribute("hidden");
                    if (one?.matches("details")) one.setAttribute("open", "");
                    one?.parentElement?.querySelector(":scope > [aria-haspopup=menu]")?.setAttribute("aria-expanded", "true");
                    if (one?.id) document.querySelector(`[aria-controls="${one.id}"]`)?.setAttribute("aria-expanded", "true");
                }
            }"""
        )

    def _answer(self, route: Route) -> None:
        path = route.request.url.removeprefix(ORIGIN)
        static = f"/static/{static_version()}/"
        if path.startswith(static):
            file = HERE / "static" / path.removeprefix(static)
            kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
            if file.suffix == ".js":
                route.fulfill(body="", content_type="text/javascript")
            else:
                route.fulfill(body=file.read_bytes(), content_type=kind)
        elif (html := self.screens.get(path.removeprefix("/"))) is not None:
            route.fulfill(body=html, content_type="text/html; charset=utf-8")
        else:
            route.fulfill(status=404)


@contextmanager
def a_showroom(browser: Browser, speech: Speech, *, width: int = 1280, height: int = 900) -> Iterator[Showroom]:
    """Open a browser page in which the screens are shown."""
    # Without motion: a colour that is still on its way from one theme to the other is nobody's fault.
    context = browser.new_context(viewport={"width": width, "height": height}, reduced_motion="reduce")
    try:
        yield Showroom(context.new_page(), speech)
    finally:
        context.close()
