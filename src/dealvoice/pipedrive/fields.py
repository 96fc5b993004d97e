"""Read field definitions, and make the deal field that tells how an invoice stands."""

from collections.abc import Sequence
from urllib.parse import quote

from dealvoice.pipedrive.client import Pipedrive
from dealvoice.pipedrive.models import Field, FieldOption

_DEALS = "api/v2/dealFields"
_ENTITY = "field"


def deal_fields(client: Pipedrive) -> list[Field]:
    """Give the fields of deals."""
    return client.rows(_DEALS, Field, entity=_ENTITY, operation="deal_fields")


def person_fields(client: Pipedrive) -> list[Field]:
    """Give the fields of persons."""
    return client.rows("api/v2/personFields", Field, entity=_ENTITY, operation="person_fields")


def organization_fields(client: Pipedrive) -> list[Field]:
    """Give the fields of organizations."""
    return client.rows("api/v2/organizationFields", Field, entity=_ENTITY, operation="organization_fields")


def create_deal_field(client: Pipedrive, *, name: str, field_type: str, options: Sequence[str] = ()) -> Field:
    """
    Make a custom field of deals.

    Names are not unique, so an ``Unknown`` outcome is looked up in ``deal_fields`` by name and type before a second try.

    Args:
        options: Labels, needed for ``enum`` and ``set``.
    """
    body: dict[str, object] = {"field_name": name, "field_type": field_type}
    if options:
        body["options"] = [{"label": label} for label in options]
    return client.write("POST", _DEALS, Field, entity=_ENTITY, operation="create", body=body)


def add_deal_options(client: Pipedrive, field_code: str, *, labels: Sequence[str]) -> list[FieldOption]:
    """Add choices to an enum or set field of deals; the answer holds only the new ones."""
    path = f"{_DEALS}/{quote(field_code, safe='')}/options"
    body = [{"label": label} for label in labels]
    return client.write("POST", path, list[FieldOption], entity=_ENTITY, operation="add_options", body=body)
