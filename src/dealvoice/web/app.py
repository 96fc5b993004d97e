"""
The web server's application, put together: middleware, answers to refusals, a router for each surface, static files.

Start reading at ``panel/routes.py``; ``callers.py`` says who a request is from, ``pages.py`` how an answer is made.
"""

from fastapi import Depends, FastAPI
from starlette.routing import Mount, Route

from dealvoice.web import errors
from dealvoice.web.callers import is_https
from dealvoice.web.connect import pipedrive, quickbooks, start
from dealvoice.web.contact import routes as contact
from dealvoice.web.counting import Counted, name_route
from dealvoice.web.files import StaticFiles
from dealvoice.web.help import routes as help_routes
from dealvoice.web.invoices import routes as invoices
from dealvoice.web.modal import everything, guided, invoice
from dealvoice.web.operations import routes as operations
from dealvoice.web.pace import Pace
from dealvoice.web.pages import HERE
from dealvoice.web.panel import routes as panel
from dealvoice.web.pools import Pools
from dealvoice.web.problems import routes as problems
from dealvoice.web.security import SecurityHeaders
from dealvoice.web.session import routes as session
from dealvoice.web.settings import routes as settings
from dealvoice.web.settings import templates as settings_templates
from dealvoice.web.watch import routes as watch
from dealvoice.web.webhooks import QuickBooksWebhooks
from dealvoice.web.webhooks_pipedrive import pipedrive_webhook
from dealvoice.workflows.app import App

SURFACES = (
    panel,
    contact,
    invoice,
    everything,
    guided,
    operations,
    invoices,
    settings,
    settings_templates,
    problems,
    start,
    pipedrive,
    quickbooks,
    session,
    help_routes,
    watch,
)


def create_app(app: App) -> FastAPI:
    """Return the application that serves a product; it holds no state of its own but its thread pools and how often each session asked."""
    web = FastAPI(
        title="Dealvoice",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        dependencies=[Depends(name_route)],
        redirect_slashes=False,  # it would lead to whatever host the request names
        routes=[
            # Plain routes: nothing is parsed before the signature was checked.
            Route("/webhooks/quickbooks", QuickBooksWebhooks(app).take, methods=["POST"]),
            Route("/webhooks/pipedrive/{key}", pipedrive_webhook, methods=["GET", "HEAD", "POST"]),
            Mount("/static", StaticFiles(directory=HERE / "static")),
        ],
    )
    web.state.dealvoice = app
    web.state.pools = Pools()
    web.state.pace = Pace()
    web.state.https = is_https(app)
    for surface in SURFACES:
        web.include_router(surface.router)
    errors.install(web)
    web.add_middleware(SecurityHeaders, https=web.state.https)
    web.add_middleware(Counted)
    return web
