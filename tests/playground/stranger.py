"""
An app that nobody here wrote a client for: static pages on another host name that load the vendor's own SDK unchanged.

Tests speak through ``window.sdk`` of its frames; what its listeners heard is in ``window.heard``.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from playwright.sync_api import Frame, Page

SDK = Path(__file__).parent.parent.parent / "node_modules/@pipedrive/app-extensions-sdk/dist/index.umd.js"
_PAGE = """<!doctype html>
<html lang="en">
<title>A stranger's app</title>
<p>A stranger's app</p>
<script src="/sdk.js"></script>
<script>
  window.heard = [];
  const sizes = {
    "/panel": { height: 90, width: 900 },
    "/modal": { height: 300, width: 500 },
    "/floating": { height: 1000, width: 100 },
  };
  if (location.pathname !== "/silent") {
    window.sdk = new AppExtensionsSDK();
    for (const event of ["visibility", "close_custom_modal", "user_settings_change"]) {
      sdk.listen(event, (said) => heard.push({ event, said }));
    }
    window.started = sdk.initialize({ size: sizes[location.pathname] });
  }
</script>
</html>"""


@contextmanager
def a_strangers_app() -> Iterator[str]:
    """Serve the app on ``localhost`` and yield its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            script = self.path == "/sdk.js"
            body = SDK.read_bytes() if script else _PAGE.encode()
            self.send_response(200)
            self.send_header("content-type", "text/javascript" if script else "text/html; charset=utf-8")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Stay quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://localhost:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=5)


class Inside:
    """The app inside one of its frames."""

    def __init__(self, page: Page, path: str) -> None:
        page.wait_for_function("path => [...document.querySelectorAll('iframe:not(.waiting)')].some(one => one.src.includes(path))",
                               arg=path)  # fmt: skip
        self.frame: Frame = next(one for one in page.frames if urlsplit(one.url).path == path)

    @property
    def told(self) -> dict[str, str]:
        """What the address of the frame carries."""
        return dict(parse_qsl(urlsplit(self.frame.url).query, keep_blank_values=True))

    def does(self, command: str, *args: Any) -> Any:
        """Call a command and return what its promise resolves with; ``undefined`` comes as that word."""
        return self.frame.evaluate(
            """async ([command, args]) => {
                const found = await sdk.execute(command, ...args);
                return found === undefined ? "undefined" : found;
            }""",
            [command, list(args)],
        )

    def begins(self, command: str, *args: Any) -> None:
        """Call a command that waits for the user; ``ends`` returns what it resolved with."""
        self.frame.evaluate(
            """([command, args]) => {
                window.pending = sdk.execute(command, ...args).catch((error) => `refused: ${error.message}`);
            }""",
            [command, list(args)],
        )

    def ends(self) -> Any:
        return self.frame.evaluate("window.pending")

    def heard(self, event: str) -> list[Any]:
        """Return what the listener of an event was given, ``undefined`` as that word."""
        found: list[Any] = self.frame.evaluate(
            """event => heard.filter((one) => one.event === event)
                .map((one) => (one.said.data === undefined ? "undefined" : one.said.data))""",
            event,
        )
        return found
