"""Webhooks: a plain route on the raw body, answered at once; what it means is decided later."""

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from dealvoice.web.bodies import read_body
from dealvoice.web.errors import TooLarge
from dealvoice.workflows.sync import receive


async def quickbooks_webhook(request: Request) -> Response:
    """Take a delivery of QuickBooks: 200 when its signature holds, 401 when not."""
    try:
        raw = await read_body(request)
    except TooLarge:
        return Response(status_code=413)
    signature = request.headers.get("intuit-signature", "")
    good = await run_in_threadpool(receive.quickbooks, request.app.state.dealvoice, raw, signature)
    return Response(status_code=200 if good else 401)
