"""
The Pipedrive emulator as a web application.

Beside the control calls of ``core.control`` it has ``POST /_sandbox/uninstall`` (``{"user_id": 101}``), ``share``
(``{"user_id": 103, "shared": true}``), ``user`` (``{"user_id": 102, "active": false}``) and ``GET /_sandbox/usage``, the
cost tokens that the company has spent today.
"""

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
    controls = control.routes(
        emulator,
        more={"usage": lambda: emulator.store.tree["spent"]},
        acts={
            "uninstall": lambda values: _uninstall(emulator, values),
            "share": lambda values: _share(emulator, values),
            "user": lambda values: _set_active(emulator, values),
        },
    )
    app = Starlette(routes=[*controls, *oauth.routes(emulator), *api.routes(emulator), *extra_routes])
    return Recorded(FaultyApp(app, emulator.faults), emulator.journal, emulator.clock)


def _uninstall(emulator: PipedriveEmulator, values: dict[str, Any]) -> None:
    user_id = _user(emulator, values)
    emulator.act(lambda: emulator.uninstall(user_id))


def _share(emulator: PipedriveEmulator, values: dict[str, Any]) -> None:
    user_id, shared = _user(emulator, values), bool(values.get("shared", True))
    emulator.act(lambda: emulator.share(user_id, shared=shared))


def _set_active(emulator: PipedriveEmulator, values: dict[str, Any]) -> None:
    user_id, active = _user(emulator, values), bool(values.get("active", True))
    emulator.act(lambda: emulator.deactivate(user_id, active=active))


def _user(emulator: PipedriveEmulator, values: dict[str, Any]) -> int:
    user_id = int(values.get("user_id", 101))
    if str(user_id) not in emulator.table("users"):
        raise ValueError(f"there is no user {user_id}")
    return user_id
