"""What is put on deals: fields of ours, as an administrator chooses them, and invoices of the books; what the Changelog shows of it."""

from typing import Any

from dealvoice.connections.who import Who
from dealvoice.invoicing.deal_fields import FieldKind
from dealvoice.invoicing.mapping import Mapping
from dealvoice.workflows.invoice import find, listing
from dealvoice.workflows.setup import configure
from dealvoice.workflows.setup.views import Visibility
from playground.house import AVIARY, House
from playground.looking import connection_of


def keep_fields(house: House, *kinds: FieldKind) -> None:
    """Have fields kept on deals, as an administrator chooses in the settings."""
    configure.save(
        house.app, house.who, mapping=Mapping.default(), visibility=Visibility.INSTALLER, show_amounts=True,
        deal_fields=set(kinds),
    )  # fmt: skip
    house.run()


def changes_of(house: House, name: str) -> list[Any]:
    """Return the values that the deal's Changelog shows for a field, oldest first."""
    emulator = house.sandbox.pipedrive
    (code,) = [field["field_code"] for field in emulator.fields("deal") if field["field_name"] == name]
    rows = [row["new_value"] for row in emulator.changelog_of(AVIARY) if row["field_key"] == code]
    return rows[::-1]


def linked_invoice(house: House, who: Who, deal_id: int = AVIARY) -> str:
    """Put an invoice of the books on a deal, to be told there; returns its id."""
    connection = connection_of(house.app, who)
    with house.app.database.read(who.tenant_id) as store:
        row = store.invoices.of_customer(connection.id, "1")[0]
    find.link_customer(house.app, who, deal_id, "1")
    listing.link(house.app, who, deal_id, row.id)
    return row.id
