"""
What the scripts of a page must know of the app's surfaces: addresses, names, where they stand.

Source: Custom UI extensions, App extensions actions. A surface is there only for a user who has installed the app.
"""

import json
from typing import TYPE_CHECKING, Any

from dealvoice_sandbox.host.words import scripted

if TYPE_CHECKING:
    from dealvoice_sandbox.pipedrive.emulator import PipedriveEmulator

Row = dict[str, Any]
_DETAILS = ["deal.details"]


def actions(emulator: "PipedriveEmulator", user_id: int, place: str) -> list[Row]:
    """Return the app's modals and links that stand in the menu of a place such as ``deal.list``."""
    portal = emulator.portal
    if not emulator.installed(user_id):
        return []
    found = [
        {"kind": "modal", "id": action, "name": portal.modal_names.get(action, action)}
        for action in portal.modals
        if place in portal.modal_places.get(action, _DETAILS)
    ]
    return found + [
        {"kind": "link", "id": name, "name": name}
        for name in portal.links
        if place in portal.modal_places.get(name, _DETAILS)
    ]


def panel(emulator: "PipedriveEmulator", user_id: int, resource: str) -> str:
    """Return the address of the app's panel on a kind of record; empty where it has none."""
    portal = emulator.portal
    addresses = {
        "deal": portal.panel_url,
        "person": portal.person_panel_url,
        "organization": portal.organization_panel_url,
    }
    return addresses.get(resource, "") if emulator.installed(user_id) else ""


def settings_path(emulator: "PipedriveEmulator") -> str:
    """Return where the app's settings page is."""
    return f"/settings/marketplace/app/{emulator.portal.client_id}/app-settings"


def context(
    emulator: "PipedriveEmulator", user_id: int, *, language: str, resource: str = "", view: str = "", selected: int | None = None,
    settings: bool = False,
) -> Row:  # fmt: skip
    """
    Return what the scripts of a page must know.

    Args:
        emulator: Whose portal it is.
        user_id: Who looks.
        language: Of his screen.
        resource: ``deal``, ``person`` or ``organization``; empty on pages without one.
        view: ``details`` or ``list``.
        selected: Whose details they are.
        settings: The page is the app's settings page.
    """
    portal, installed = emulator.portal, emulator.installed(user_id)
    return {
        "user": user_id,
        "company": emulator.company()["id"],
        "app": portal.app_name,
        "resource": resource,
        "view": view,
        "selected": selected,
        "panel": panel(emulator, user_id, resource) if view == "details" else "",
        "modals": [
            {"id": action, "name": portal.modal_names.get(action, action), "url": address}
            for action, address in portal.modals.items()
            if installed
        ],
        "floating": portal.floating_url if installed else "",
        "settings": portal.settings_url if settings and installed else "",
        "settingsPath": settings_path(emulator),
        "sdkModalIds": bool(emulator.switches["sdk_modal_ids"]),
        "words": json.loads(scripted(language)),
    }
