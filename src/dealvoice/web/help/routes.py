"""Help, and the two questions of whoever runs the server: is it alive, can it work."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response

from dealvoice.web import pages
from dealvoice.web.callers import Product

router = APIRouter()


@router.get("/help")
def show_help(request: Request) -> HTMLResponse:
    """Show the help page, in the browser's language."""
    return pages.own_page(request, "help/help.html")


@router.get("/healthz")
def alive() -> PlainTextResponse:
    """Answer while the process runs."""
    return PlainTextResponse("ok")


@router.get("/readyz")
def ready(app: Product) -> Response:
    """Answer 200 when the database does, 503 when not."""
    try:
        with app.database.everyone_read() as lobby:
            lobby.tenants.of_company(0)
    except Exception:  # noqa: BLE001 - whatever keeps the store from answering means not ready
        return JSONResponse({"ready": False}, 503)
    return JSONResponse({"ready": True})
