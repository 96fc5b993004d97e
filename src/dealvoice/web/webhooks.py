"""Webhooks: a plain route on the raw body, answered once it is on disk; what it means is decided later."""

from functools import partial

from starlette.requests import Request
from starlette.responses import Response

from dealvoice.observability import get_logger
from dealvoice.web.bodies import read_body
from dealvoice.web.errors import TooLarge
from dealvoice.web.gathering import Gatherer
from dealvoice.workflows.app import App
from dealvoice.workflows.sync import receive

_log = get_logger(__name__)


class QuickBooksWebhooks:
    """Takes QuickBooks' deliveries, as many as wait in one commit."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._events = Gatherer(partial(receive.keep, app))

    async def take(self, request: Request) -> Response:
        """Take a delivery: 200 when its signature holds, 401 when not, 500 when it could not be kept and must come again."""
        try:
            raw = await read_body(request)
        except TooLarge:
            return Response(status_code=413)
        events = receive.read(self._app, raw, request.headers.get("intuit-signature", ""))
        if events is None:
            return Response(status_code=401)
        try:
            await self._events.put(events)
        except Exception:  # noqa: BLE001 - the vendor delivers again what was answered with 500
            _log.exception("webhook.not_kept", events=len(events))
            return Response(status_code=500)
        return Response(status_code=200)
