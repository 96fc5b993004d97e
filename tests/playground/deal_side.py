"""Fields of ours on deals: chosen as an administrator does, and what the Changelog shows of them."""

from typing import Any

from dealvoice.invoicing.deal_fields import FieldKind
from dealvoice.invoicing.mapping import Mapping
from dealvoice.workflows.setup import configure
from dealvoice.workflows.setup.views import Visibility
from playground.house import AVIARY, House


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
