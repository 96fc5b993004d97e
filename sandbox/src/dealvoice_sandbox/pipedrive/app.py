"""The Pipedrive emulator as a web application."""

from collections.abc import Sequence
from typing import Any

from starlette.applications import Starlette
from starlette.types import ASGIApp

from dealvoice_sandbox.core import control
from dealvoice_sandbox.core.faults import FaultyApp
from dealvoice_sandbox.core.recording import Recorded
from dealvoice_sandbox.pipedrive import api, oauth
from dealvoice_sandbox.pipedrive.emulator import PipedriveEmulator


def create_app(emulator: PipedriveEmulator, extra_routes: Sequence[Any] = ()) -> ASGIApp:
    """Return the application: OAuth, the REST API, control calls, and pages for people."""
    app = Starlette(routes=[*control.routes(emulator), *oauth.routes(emulator), *api.routes(emulator), *extra_routes])
    return Recorded(FaultyApp(app, emulator.faults), emulator.journal, emulator.clock)
