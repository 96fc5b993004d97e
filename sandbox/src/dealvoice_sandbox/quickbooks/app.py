"""The QuickBooks emulator as a web application."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from starlette.applications import Starlette
from starlette.routing import Route
from starlette.types import ASGIApp

from dealvoice_sandbox.core import control
from dealvoice_sandbox.core.faults import FaultyApp
from dealvoice_sandbox.core.recording import Recorded
from dealvoice_sandbox.core.serving import Zipped
from dealvoice_sandbox.quickbooks import gateway, oauth, routes
from dealvoice_sandbox.quickbooks.emulator import QuickBooksEmulator


def create_app(emulator: QuickBooksEmulator, extra_routes: Sequence[Any] = ()) -> ASGIApp:
    """Return the application: OAuth, the Accounting API, control calls, and pages for people."""
    app = Starlette(
        routes=[
            *control.routes(emulator, {"outbox": emulator.outbox}),
            *oauth.routes(emulator),
            *routes.routes(emulator),
            Route("/v3/{rest:path}", gateway.nothing_here, methods=gateway.METHODS),
            *extra_routes,
        ]
    )
    faulty = FaultyApp(app, emulator.faults, partial(gateway.scripted, emulator))
    return Zipped(Recorded(gateway.Edge(faulty, emulator), emulator.journal, emulator.clock))
