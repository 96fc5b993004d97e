"""
A deal made a lead: a job that is done at once; the deal is marked as deleted, its notes and files go to the lead.

Source: OpenAPI v2, /deals/{id}/convert/lead. That hooks tell it as a deleted deal and a new lead is unconfirmed. Not
emulated: reading and changing leads, making them deals again.
"""

import uuid
from typing import TYPE_CHECKING, Any

from dealvoice_sandbox.pipedrive import hooks, records
from dealvoice_sandbox.pipedrive.answers import found
from dealvoice_sandbox.pipedrive.errors import NotFound
from dealvoice_sandbox.pipedrive.routing import Answer, Call, Entry

if TYPE_CHECKING:
    from dealvoice_sandbox.pipedrive.emulator import PipedriveEmulator

Row = dict[str, Any]
_GOES_ALONG = ("notes", "files", "activities")


def convert(emulator: "PipedriveEmulator", deal: Row, user_id: int, *, source: str) -> Row:
    """
    Make a deal a lead and return the finished job.

    Raises:
        Archived: The deal is.
    """
    records.must_be_editable(deal)
    lead: Row = {
        "id": str(uuid.uuid4()), "title": deal["title"], "owner_id": deal["owner_id"], "creator_id": user_id,
        "person_id": deal["person_id"], "organization_id": deal["org_id"], "visible_to": deal["visible_to"],
        "value": {"amount": deal["value"], "currency": deal["currency"]}, "is_archived": False,
        "add_time": emulator.stamp(), "update_time": emulator.stamp(),
    }  # fmt: skip
    emulator.table("leads")[lead["id"]] = lead
    for table in _GOES_ALONG:
        for row in emulator.rows_of(table, "deal_id", deal["id"]):
            row["deal_id"], row["lead_id"] = None, lead["id"]
        emulator.indexes.forget(table)
    records.remove(emulator, "deals", deal["id"], user_id, source=source)
    hooks.tell(emulator, "leads", "create", lead, None, user_id, source)
    job: Row = {"conversion_id": str(uuid.uuid4()), "deal_id": deal["id"], "lead_id": lead["id"], "status": "completed"}
    emulator.table("conversions")[job["conversion_id"]] = job
    return job


def _convert(emulator: "PipedriveEmulator", call: Call) -> Answer:
    deal = emulator.visible_deal(call.number(), call.user_id)
    job = convert(emulator, deal, call.user_id, source="api")
    return 200, {**found({"conversion_id": job["conversion_id"]}), "additional_data": None}


def _status(emulator: "PipedriveEmulator", call: Call) -> Answer:
    job = emulator.table("conversions").get(call.ids[1])
    if job is None or str(job["deal_id"]) != call.ids[0]:
        raise NotFound("Entity")
    shown = {name: job[name] for name in ("lead_id", "conversion_id", "status")}
    return 200, {**found(shown), "additional_data": None}


ENTRIES = (
    Entry("POST", "/v2/deals/{id}/convert/lead", 40, "deals:full", _convert),
    Entry("GET", "/v2/deals/{id}/convert/status/{id}", 1, "deals:read deals:full", _status),
)
