"""
What whoever runs the server asks: is it alive, can it work, and the figures.

The first two answers are for anybody. Detail and figures are for the second port (``watch_app``), which listens on this
machine alone, and for whoever names the watcher's token; to others the figures are not there.
"""

import hmac
from collections.abc import Callable, Sequence

from fastapi import APIRouter, FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse, PlainTextResponse, Response
from starlette.middleware.trustedhost import TrustedHostMiddleware

from dealvoice.observability import METRICS_TYPE, get_logger, metrics
from dealvoice.web import errors
from dealvoice.web.callers import Product
from dealvoice.web.security import SecurityHeaders
from dealvoice.workflows.app import App
from dealvoice.workflows.insight import health
from dealvoice.workflows.insight.health import Health

router = APIRouter()
_log = get_logger(__name__)

_HERE: Sequence[str] = ("127.0.0.1", "localhost", "[::1]")


@router.get("/healthz")
async def alive() -> PlainTextResponse:
    """Answer while the process runs; asks nothing."""
    return PlainTextResponse("ok")


@router.get("/readyz")
def ready(request: Request, app: Product) -> Response:
    """Answer 200 when requests can be served, 503 when not; with detail for a watcher."""
    watches = _watches(request)
    seen = _looked(app, health.health if watches else health.glance)
    return JSONResponse(health.told(seen) if watches else {"ready": seen.is_ready}, 200 if seen.is_ready else 503)


@router.get("/metrics")
def figures(request: Request, app: Product) -> Response:
    """Answer with every figure, as Prometheus reads them; to whoever is no watcher they are not there."""
    if not _watches(request):
        raise HTTPException(404)
    health.measure(app, _looked(app, health.health))
    return Response(metrics(), media_type=METRICS_TYPE)


def watch_app(app: App) -> FastAPI:
    """Return the application of the second port: these routes alone, with all detail, for this machine's own names."""
    web = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    web.state.dealvoice, web.state.watched, web.state.https = app, True, False
    web.include_router(router)
    errors.install(web)
    web.add_middleware(SecurityHeaders, https=False)
    # A page in a browser of this machine must not read it under a name of its own.
    web.add_middleware(TrustedHostMiddleware, allowed_hosts=_HERE)
    return web


def _looked(app: App, look: Callable[[App], Health]) -> Health:
    try:
        return look(app)
    except Exception as error:  # noqa: BLE001 - whatever keeps the store from answering means not ready
        _log.warning("store.away", error=type(error).__name__)
        return health.blind(app)


def _watches(request: Request) -> bool:
    if getattr(request.app.state, "watched", False):
        return True
    token = request.app.state.dealvoice.watch_token
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    return bool(token) and scheme.lower() == "bearer" and hmac.compare_digest(given.encode(), token.encode())
