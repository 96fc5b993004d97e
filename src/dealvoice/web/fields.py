"""Names of Pipedrive's fields as the user knows them."""

from typing import Final

from dealvoice.i18n import Speech
from dealvoice.invoicing.deal import FieldRef

_STANDARD: Final = {
    "organization:name": "set.org_name",
    "organization:address": "set.org_address",
    "person:name": "set.person_name",
    "person:emails": "set.person_email",
    "person:phones": "set.person_phone",
    "person:postal_address": "set.person_address",
    "deal:title": "set.deal_title",
    "deal:value": "set.deal_value",
}
"""Standard fields have our words; a custom field has its own name, from Pipedrive."""


def field_value(ref: FieldRef | None) -> str:
    """Return how a field is named in a form; empty for none."""
    return "" if ref is None else f"{ref.owner.value}:{ref.key}"


def field_label(speech: Speech, ref: FieldRef | None, name: str = "") -> str:
    """Return a field's name with its owner: "Organization – Name"."""
    if ref is None:
        return speech.t("set.not_mapped")
    standard = _STANDARD.get(field_value(ref))
    if standard:
        return speech.t(standard)
    return speech.t("map.field", object=speech.t(f"map.{ref.owner.value}"), field=name or ref.key)
