"""
What the app is told by calls to its callback address: that a user removed it, and who may see its extensions.

Source: app uninstallation page; visibility and development of app extensions (sharing is by agreement). The format of
the timestamp is unconfirmed. An app is told once, whatever it answers.
"""

from typing import TYPE_CHECKING, Any

from dealvoice_sandbox.core.delivery import Delivery
from dealvoice_sandbox.core.printing import exact_json

if TYPE_CHECKING:
    from dealvoice_sandbox.pipedrive.emulator import PipedriveEmulator

Row = dict[str, Any]


def uninstall_news(emulator: "PipedriveEmulator", user_id: int) -> Delivery:
    """Return the DELETE that tells of a removal."""
    body = {
        "client_id": emulator.portal.client_id,
        "company_id": emulator.company()["id"],
        "user_id": user_id,
        "timestamp": emulator.clock.now().isoformat(timespec="milliseconds").replace("+00:00", "Z"),
    }
    return _delivery(emulator, "DELETE", body, f"uninstall by user {user_id}")


def share(emulator: "PipedriveEmulator", user_id: int, *, shared: bool) -> None:
    """Keep who may see the app's extensions without having installed it, and tell the app."""
    held = emulator.store.tree["shared"]
    emulator.store.tree["shared"] = sorted({*held, user_id} if shared else set(held) - {user_id})
    if emulator.portal.redirect_uris:
        body = {"company_id": emulator.company()["id"], "user_id": user_id, "isShared": shared}
        emulator.deliveries.send(_delivery(emulator, "POST", body, f"sharing with user {user_id}: {shared}"))


def _delivery(emulator: "PipedriveEmulator", method: str, body: Row, about: str) -> Delivery:
    return Delivery(
        url=emulator.portal.redirect_uris[0],
        method=method,
        body=exact_json(body),
        headers={"content-type": "application/json"},
        about=about,
        retry_after=(),
        in_order=False,
        timeout=10.0,
        auth=(emulator.portal.client_id, emulator.portal.client_secret),
    )
