"""The developer portal's record of the app: keys, addresses, secrets, scopes."""

from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(slots=True)
class Portal:
    """What a vendor knows of the one app that the sandbox plays with. Written by ``PUT /_sandbox/app``."""

    client_id: str = ""
    client_secret: str = ""
    redirect_uris: list[str] = field(default_factory=list)
    webhook_url: str = ""
    verifier_tokens: list[str] = field(default_factory=list)
    webhook_events: list[str] = field(default_factory=list)
    """What the app is told of: ``invoice``, ``invoice.void`` or ``qbo.invoice.void.v1``; none said, everything."""
    disconnect_url: str = ""
    launch_url: str = ""
    install_url: str = ""
    panel_url: str = ""
    """Of the panel on a deal."""
    organization_panel_url: str = ""
    person_panel_url: str = ""
    modals: dict[str, str] = field(default_factory=dict)
    """Address by action id."""
    modal_names: dict[str, str] = field(default_factory=dict)
    """Name by action id, as it stands in menus; the id serves where there is none."""
    modal_places: dict[str, list[str]] = field(default_factory=dict)
    """Where a modal stands in the menu, by action id: ``deal.details``, ``deal.list``, ``person.details`` and so on.
    Nothing said: a deal's details. An empty list: opened by the SDK alone."""
    links: dict[str, str] = field(default_factory=dict)
    """Address of a link action by its name; they stand where ``modal_places`` says."""
    floating_url: str = ""
    settings_url: str = ""
    jwt_secret: str = ""
    scopes: list[str] = field(default_factory=list)
    strict_client: bool = False
    """Off: any client id and redirect address is taken. On: checked as the vendors do."""
    app_name: str = "Dealvoice"

    @classmethod
    def for_app(cls, app_url: str, *, redirect_path: str, strict_client: bool = True) -> "Portal":
        """Return the record of the demo app at an address; its secrets are known to everybody."""
        base = app_url.rstrip("/")
        return cls(
            client_id="dealvoice-demo",
            client_secret="dealvoice-demo-secret",
            redirect_uris=[f"{base}{redirect_path}"],
            webhook_url=f"{base}/webhooks/quickbooks",
            verifier_tokens=["dealvoice-demo-verifier"],
            disconnect_url=f"{base}/quickbooks/disconnected",
            launch_url=f"{base}/quickbooks/launch",
            install_url=f"{base}/pipedrive/install",
            panel_url=f"{base}/panel",
            organization_panel_url=f"{base}/panel/organization",
            person_panel_url=f"{base}/panel/person",
            modals={"invoice": f"{base}/modal/invoice", "all": f"{base}/modal/all"},
            modal_names={"invoice": "Create invoice", "all": "All invoices"},
            settings_url=f"{base}/settings",
            jwt_secret="dealvoice-demo-jwt-secret-of-32-bytes-or-more",
            scopes=[
                "base", "deals:full", "contacts:read", "products:read", "users:read", "webhooks:full",
                "deal-fields:full", "search:read", "recents:read",
            ],
            strict_client=strict_client,
        )  # fmt: skip

    def take_over(self, values: dict[str, Any]) -> None:
        """
        Take over some of the fields, all or none.

        Raises:
            ValueError: One is not a field of the record, or is of another type.
        """
        for name, value in values.items():
            if name not in self.__slots__:
                raise ValueError(f"the record has no field {name!r}")
            if type(value) is not type(getattr(self, name)):
                raise ValueError(f"{name} of the record cannot be {value!r}")
        for name, value in values.items():
            setattr(self, name, value)

    def shown(self) -> dict[str, Any]:
        """Return the whole record."""
        return asdict(self)

    def knows(self, client_id: str, client_secret: str | None = None) -> bool:
        """Tell whether these keys are the app's; anything is when the record is not strict."""
        if not self.strict_client:
            return True
        return client_id == self.client_id and client_secret in (None, self.client_secret)

    def takes_redirect(self, address: str) -> bool:
        """Tell whether a redirect address is registered, to the letter."""
        return not self.strict_client or address in self.redirect_uris
