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
from dealvoice_sandbox.quickbooks import gateway, grants, oauth, routes
from dealvoice_sandbox.quickbooks.emulator import QuickBooksEmulator
from dealvoice_sandbox.quickbooks.webhooks import SUBSCRIPTIONS


def create_app(emulator: QuickBooksEmulator, extra_routes: Sequence[Any] = ()) -> ASGIApp:
    """Return the application: OAuth, the Accounting API, control calls, and pages for people."""
    app = Starlette(
        routes=[
            *control.routes(
                emulator,
                {"outbox": emulator.outbox},
                {"disconnect": partial(_disconnect, emulator), "events": partial(_tell, emulator)},
            ),
            *oauth.routes(emulator),
            *routes.routes(emulator),
            Route("/v3/{rest:path}", gateway.nothing_here, methods=gateway.METHODS),
            *extra_routes,
        ]
    )
    faulty = FaultyApp(app, emulator.faults, partial(gateway.scripted, emulator))
    return Zipped(Recorded(gateway.Edge(faulty, emulator), emulator.journal, emulator.clock))


def _tell(emulator: QuickBooksEmulator, values: dict[str, Any]) -> None:
    """Send an event as the portal's test notification would, or of what no page here can do (a merge)."""
    wanted = {"realmId": "", "entity": "Invoice", "id": "1", "operation": "updated", "deletedid": ""} | values
    entity, operation = str(wanted["entity"]), str(wanted["operation"])
    if set(wanted) != {"realmId", "entity", "id", "operation", "deletedid"}:
        raise ValueError(f"an event has no {sorted(set(values) - set(wanted))}")
    if operation not in SUBSCRIPTIONS.get(entity, ()):
        raise ValueError(f"there is no event {operation!r} of {entity!r}")
    realm = str(wanted["realmId"]) or next(iter(emulator.store.tree["companies"]))
    emulator.tell(realm, entity, str(wanted["id"]), operation, deleted_id=str(wanted["deletedid"]))


def _disconnect(emulator: QuickBooksEmulator, values: dict[str, Any]) -> dict[str, Any]:
    """Disconnect the app from a company, as its person would do at QuickBooks; without a browser."""
    realm = str(values.get("realmId", next(iter(emulator.store.tree["companies"]))))
    if realm not in emulator.store.tree["companies"]:
        raise ValueError(f"there is no company {realm!r}")
    return grants.disconnect(emulator, realm)
