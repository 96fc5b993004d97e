"""What Pipedrive puts into the address of a frame: its signed token, and ids that nobody signed."""

import json
from typing import Annotated

from fastapi import Depends, Request

from dealvoice.connections.sessions import Entered
from dealvoice.web.bodies import whole
from dealvoice.web.callers import product
from dealvoice.web.errors import Unreadable
from dealvoice.workflows.insight.views import ContactRef


def enter(request: Request) -> Entered:
    """
    Begin a session from the signed token.

    Raises:
        Refused: The token lets nobody in.
    """
    entered = product(request).sessions.enter_frame(request.query_params.get("token", ""))
    request.state.who, request.state.session = entered.who, entered.session
    return entered


def selected(request: Request) -> str:
    """Return the deal's id as the address gives it: what our panel passed in ``data``, else what Pipedrive says."""
    return _data(request).get("deal") or request.query_params.get("selectedIds", "")


def asked_contact(request: Request) -> str:
    """Return the contact whose invoices our panel wants to see, as ``contact_of`` reads it; empty for a deal's."""
    return _data(request).get("contact", "")


def contact_of(text: str) -> ContactRef:
    """
    Read ``organization:7`` or ``person:7``.

    Raises:
        Unreadable: It is neither.
    """
    kind, _, contact_id = text.partition(":")
    if kind not in {"organization", "person"}:
        raise Unreadable
    return ContactRef(kind, whole(contact_id))


def asked_operation(request: Request) -> str:
    """Return the operation that our panel wants looked at; empty for a new invoice."""
    return _data(request).get("operation", "")


def asked_guided(request: Request) -> tuple[str, str]:
    """Return the invoice to void or delete, and which of both; empty when it is about neither."""
    data = _data(request)
    return data.get("invoice", ""), data.get("guided", "")


def _data(request: Request) -> dict[str, str]:
    try:
        found = json.loads(request.query_params.get("data") or "{}")
    except ValueError:
        return {}
    return {str(name): str(value) for name, value in found.items()} if isinstance(found, dict) else {}


EnteredFrame = Annotated[Entered, Depends(enter)]
