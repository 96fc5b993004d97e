"""
Pipedrive's webhooks: a plain route, answered at once; what they mean is decided later.

An unknown key and a wrong password are answered as any address that is not there.
"""

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from dealvoice.web.bodies import read_body
from dealvoice.web.errors import TooLarge
from dealvoice.workflows.sync import pipedrive_receive


async def pipedrive_webhook(request: Request) -> Response:
    """Take a delivery of Pipedrive: 200 for whatever comes with the right key and password, else 404."""
    app, key = request.app.state.dealvoice, request.path_params["key"]
    if request.method != "POST":
        known = await run_in_threadpool(pipedrive_receive.knows, app, key)
        return Response(status_code=200 if known else 404)
    try:
        raw = await read_body(request)
    except TooLarge:
        return Response(status_code=413)
    authorization = request.headers.get("authorization", "")
    ours = await run_in_threadpool(pipedrive_receive.pipedrive, app, key, authorization, raw)
    return Response(status_code=200 if ours else 404)
