"""Files of API v1: multipart in, JSON about them out, and their bytes."""

from functools import partial
from typing import TYPE_CHECKING, Any

from dealvoice_sandbox.pipedrive import answers, files
from dealvoice_sandbox.pipedrive.answers import Download, found, page_v1
from dealvoice_sandbox.pipedrive.api_v1_deals import number, one, seen
from dealvoice_sandbox.pipedrive.errors import NotFound
from dealvoice_sandbox.pipedrive.routing import Answer, Call, Entry

if TYPE_CHECKING:
    from dealvoice_sandbox.pipedrive.emulator import PipedriveEmulator

Row = dict[str, Any]
_READ = "deals:read deals:full activities:read activities:full contacts:read contacts:full"
_FULL = "deals:full activities:full contacts:full"
_OF = {"deals": ("deal_id", "deals"), "persons": ("person_id", "contacts"), "organizations": ("org_id", "contacts"),
       "products": ("product_id", "products")}  # fmt: skip
_SORTABLE = frozenset({"id", "update_time", "add_time", "file_name", "file_size", "user_id"})
_MOST = 100
"""Rows of one page; files have fewer than other lists."""


def _list(emulator: "PipedriveEmulator", call: Call) -> Answer:
    return 200, _page(emulator, list(emulator.table("files").values()), call, flat=False)


def _list_of(table: str, emulator: "PipedriveEmulator", call: Call) -> Answer:
    row = one(emulator, call, table)
    return 200, _page(emulator, emulator.rows_of("files", _OF[table][0], row["id"]), call, flat=True)


def _page(emulator: "PipedriveEmulator", rows: list[Row], call: Call, *, flat: bool) -> Row:
    rows = [row for row in rows if row["active_flag"] and files.visible(emulator, row, call.user_id)]
    column, _, direction = (call.params.get("sort") or "id").partition(" ")
    if column not in _SORTABLE or direction.strip().lower() not in ("", "asc", "desc"):
        raise answers.bad_request()
    rows.sort(key=lambda row: (row[column], row["id"]), reverse=direction.strip().lower() == "desc")
    page = page_v1(rows, call.params, flat=flat, most=_MOST, empty=[])
    return {**page, "data": [files.shown(emulator, row) for row in page["data"]]}


def _add(emulator: "PipedriveEmulator", call: Call) -> Answer:
    upload = call.uploads.get("file")
    if upload is None or not upload.name or len(upload.content) > files.LARGEST:
        raise answers.bad_request()
    parents: Row = {}
    for column, table in files.PARENTS.items():
        if call.body.get(column):
            parents[column] = number(call, column)
            if table == "activities":
                if emulator.table(table).get(str(parents[column])) is None:
                    raise NotFound("Entity")
            else:
                seen(emulator, table, parents[column], call.user_id)
    row = files.add(emulator, upload.name, upload.content, parents, call.user_id)
    return 200, found(files.shown(emulator, row))


def _read(emulator: "PipedriveEmulator", call: Call) -> Answer:
    return 200, found(files.shown(emulator, files.living(emulator, call.number(), call.user_id)))


def _download(emulator: "PipedriveEmulator", call: Call) -> Answer:
    row = files.living(emulator, call.number(), call.user_id)
    return 200, Download(files.content(row), row["name"])


def _change(emulator: "PipedriveEmulator", call: Call) -> Answer:
    row = files.living(emulator, call.number(), call.user_id)
    body = call.body if isinstance(call.body, dict) else {}
    for name in ("name", "description"):
        if name in body:
            if not isinstance(body[name], str):
                raise answers.bad_request()
            row[name] = body[name]
    row["update_time"] = emulator.v1_stamp()
    return 200, found(files.shown(emulator, row))


def _remove(emulator: "PipedriveEmulator", call: Call) -> Answer:
    row = files.living(emulator, call.number(), call.user_id)
    row["active_flag"] = False
    return 200, found({"id": row["id"]})


ENTRIES = (
    Entry("GET", "/v1/files", 20, _READ, _list),
    Entry("POST", "/v1/files", 10, _FULL, _add),
    Entry("GET", "/v1/files/{id}", 2, _READ, _read),
    Entry("GET", "/v1/files/{id}/download", 20, _READ, _download),
    Entry("PUT", "/v1/files/{id}", 10, _FULL, _change),
    Entry("DELETE", "/v1/files/{id}", 6, _FULL, _remove),
    *(
        Entry("GET", f"/v1/{table}/{{id}}/files", 20, f"{scope}:read {scope}:full", partial(_list_of, table))
        for table, (_, scope) in _OF.items()
    ),
)
