"""What every answer carries: headers and content policy."""

from collections.abc import Sequence

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; object-src 'none'; frame-ancestors "
)
_NO_PAGE = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


def page_policy(ancestors: Sequence[str]) -> str:
    """
    Return the content policy of a page: its own files only, nothing inline, no eval.

    Args:
        ancestors: Who may frame it; nobody when empty.
    """
    return _PAGE_POLICY + (" ".join(ancestors) or "'none'")


class SecurityHeaders:
    """Middleware: puts the headers on every answer. A page's own policy is kept."""

    def __init__(self, app: ASGIApp, *, https: bool) -> None:
        self._app, self._https = app, https

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                put_on(MutableHeaders(scope=message), scope["path"], https=self._https)
            await send(message)

        await self._app(scope, receive, guarded)


def put_on(headers: MutableHeaders, path: str, *, https: bool) -> None:
    """Put the headers of every answer on one; a content policy that is there already is kept."""
    headers.setdefault("content-security-policy", _NO_PAGE)
    # Addresses carry tokens: no copy is kept, and none is told to the next page.
    headers["referrer-policy"] = "no-referrer"
    headers["x-content-type-options"] = "nosniff"
    headers["permissions-policy"] = "camera=(), geolocation=(), microphone=(), payment=()"
    if not path.startswith("/static/"):
        headers["cache-control"] = "no-store"
    if https:
        headers["strict-transport-security"] = "max-age=31536000; includeSubDomains"
