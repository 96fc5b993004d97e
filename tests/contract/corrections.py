"""
Where Pipedrive's documents are wrong: answers recorded from the real service in March 2026, and the documents' own
examples, say otherwise.

A correction holds for all paths that begin as named. What is not here and not in a document is a fault of the emulator.
"""

from typing import Any

_FIELDS = tuple(("v1", f"/{kind}Fields") for kind in ("deal", "person", "organization", "product"))

_NULLABLE: dict[tuple[str, str], tuple[str, ...]] = {
    # The last page has null; 33 operations declare text.
    ("v2", ""): ("next_cursor",),
    # Recorded deals and people: what is not set is null.
    ("v2", "/deals"): (
        "update_time", "stage_change_time", "won_time", "lost_time", "close_time", "expected_close_date", "person_id",
        "org_id", "lost_reason", "probability", "origin_id", "channel", "channel_id", "acv", "arr", "mrr",
    ),
    ("v2", "/persons"): ("update_time", "picture_id", "org_id"),
    # Of an address only the text is sure; parts that nobody gave are null.
    ("v2", "/organizations"): (
        "update_time", "address", "custom_fields", "country", "admin_area_level_1", "admin_area_level_2", "locality",
        "sublocality", "route", "street_number", "subpremise", "postal_code",
    ),
    ("v2", "/activities"): ("lead_id", "org_id", "project_id", "due_time", "deal_id", "person_id", "location", "note"),
    # Recorded field: a description that nobody wrote is null.
    ("v2", "/dealFields"): ("description",),
    ("v2", "/personFields"): ("description",),
    ("v2", "/organizationFields"): ("description",),
    ("v2", "/productFields"): ("description",),
    # Recorded notes and users: no lead, no project, no task, no picture, nobody who changed it, no telephone.
    ("v1", "/notes"): ("lead_id", "project_id", "deal_id", "person_id", "org_id", "last_update_user_id", "icon_url", "task", "task_id",
                       "deal", "person", "organization", "project"),
    ("v1", "/users"): ("icon_url", "phone", "last_login"),
    # What is not connected is null.
    ("v1", "/userConnections"): ("google",),
    # Recorded fields of version 1: nobody made or changed those of the system.
    **dict.fromkeys(_FIELDS, ("created_by_user_id", "last_updated_by_user_id", "group_id", "description")),
}  # fmt: skip

_MORE: dict[tuple[str, str], tuple[str, ...]] = {
    ("v2", "/deals"): ("creator_user_id", "archive_time", "local_won_date", "local_lost_date", "local_close_date"),
    # Recorded search: the organization of a deal comes with its address.
    ("v2", "/deals/search"): ("address",),
    ("v2", "/organizations"): ("website", "linkedin", "industry", "annual_revenue", "employee_count"),
    # The operation takes a cursor.
    ("v2", "/deals/installments"): ("additional_data",),
    # The document's examples of people's fields have it, its schema only that of deals' fields; unconfirmed for the others.
    ("v2", "/personFields"): ("description",),
    ("v2", "/organizationFields"): ("description",),
    ("v2", "/productFields"): ("description",),
    # In the document's own examples and not in its schema.
    ("v2", "/products"): ("add_time", "update_time", "category", "description"),
    ("v1", "/notes"): ("pinned_to_lead_flag", "lead"),
    # Recorded users have it although the document dropped it.
    ("v1", "/users"): ("is_admin",),
    # Recorded fields of version 1.
    **dict.fromkeys(
        _FIELDS, ("description", "group_id", "json_column_flag", "details_visible_flag", "index_visible_flag")
    ),
}

HEADS = frozenset({"id", "name", "field_code", "success"})
"""An object takes the extra properties when it has one of these: records, what stands for them, envelopes."""

OTHERWISE: dict[tuple[str, str], dict[str, Any]] = {
    # The document's list and path have text for a discount's id, its answer to a deletion a number.
    ("/deals/{id}/discounts/{discount_id}", "id"): {"type": "string"},
    # Rows are of a dozen older shapes, in which the document knows no null at all: only the envelope is judged.
    ("/recents", "data"): {"type": ["array", "null"]},
    # Requests may have decimals, and read answers give them back.
    ("/deals/{id}/products", "quantity"): {"type": "number"},
    ("/deals/{id}/products/{product_attachment_id}", "quantity"): {"type": "number"},
    ("/deals/products", "quantity"): {"type": "number"},
}
"""Properties whose declared type is another."""

NOT_REQUIRED: dict[tuple[str, str], tuple[str, ...]] = {
    # The document asks for a property that it does not have; it means the name.
    ("v2", "/organizations"): ("title",),
}


def nullable(version: str, path: str) -> set[str]:
    """Return the properties that may be null whatever the document says."""
    return _of(_NULLABLE, version, path)


def more(version: str, path: str) -> set[str]:
    """Return the properties that answers have beyond the document."""
    return _of(_MORE, version, path)


def _of(table: dict[tuple[str, str], tuple[str, ...]], version: str, path: str) -> set[str]:
    rows = (names for (of, begin), names in table.items() if of == version and path.startswith(begin))
    return {name for names in rows for name in names}
