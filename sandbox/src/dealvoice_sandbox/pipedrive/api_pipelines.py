"""Pipelines and stages of API v2; who changes them needs scope ``admin`` and to be one."""

import copy
from typing import TYPE_CHECKING, Any

from dealvoice_sandbox.pipedrive import answers, checking, hooks
from dealvoice_sandbox.pipedrive.answers import found, page_v2
from dealvoice_sandbox.pipedrive.errors import NotFound
from dealvoice_sandbox.pipedrive.routing import Answer, Call, Entry

if TYPE_CHECKING:
    from dealvoice_sandbox.pipedrive.checking import Check
    from dealvoice_sandbox.pipedrive.emulator import PipedriveEmulator

Row = dict[str, Any]
_READ = "deals:read deals:full admin"
_PIPELINE: "dict[str, Check]" = {"name": checking.text(255), "is_deal_probability_enabled": checking.flag}
_STAGE: "dict[str, Check]" = {
    "name": checking.text(255),
    "pipeline_id": checking.whole,
    "deal_probability": checking.number(least=0, most=100),
    "is_deal_rot_enabled": checking.flag,
    "days_to_rotten": checking.optional(checking.whole),
}


def _pipelines(emulator: "PipedriveEmulator", call: Call) -> Answer:
    rows = [row for row in emulator.pipelines() if not row["is_deleted"]]
    return 200, page_v2(rows, call.params, sorts=("id", "update_time", "add_time"))


def _pipeline(emulator: "PipedriveEmulator", call: Call) -> Answer:
    return 200, found(_with_id(emulator.pipelines(), call.number()))


def _stages(emulator: "PipedriveEmulator", call: Call) -> Answer:
    wanted = call.numbers("pipeline_id")
    rows = [row for row in emulator.stages() if not row["is_deleted"]]
    rows = [row for row in rows if not wanted or row["pipeline_id"] in wanted]
    return 200, page_v2(rows, call.params, sorts=("id", "update_time", "add_time", "order_nr"))


def _stage(emulator: "PipedriveEmulator", call: Call) -> Answer:
    return 200, found(_with_id(emulator.stages(), call.number()))


def _new_pipeline(emulator: "PipedriveEmulator", call: Call) -> Answer:
    _only_admins(call)
    body = checking.check(call.body, _PIPELINE, required=("name",))
    rows, now = emulator.pipelines(), emulator.stamp()
    row = {
        "id": _next(rows), "name": body["name"], "order_nr": len(rows) + 1, "is_deleted": False,
        "is_deal_probability_enabled": body.get("is_deal_probability_enabled", False), "add_time": now,
        "update_time": now,
    }  # fmt: skip
    return _keep(emulator, call, "pipelines", rows, row)


def _new_stage(emulator: "PipedriveEmulator", call: Call) -> Answer:
    _only_admins(call)
    body = checking.check(call.body, _STAGE, required=("name", "pipeline_id"))
    _must_exist(emulator, body)
    rows, now = emulator.stages(), emulator.stamp()
    row = {
        "id": _next(rows), "name": body["name"], "order_nr": 1 + sum(one["pipeline_id"] == body["pipeline_id"] for one in rows),
        "pipeline_id": body["pipeline_id"], "deal_probability": body.get("deal_probability", 100),
        "is_deal_rot_enabled": body.get("is_deal_rot_enabled", False), "days_to_rotten": body.get("days_to_rotten"),
        "is_deleted": False, "add_time": now, "update_time": now,
    }  # fmt: skip
    return _keep(emulator, call, "stages", rows, row)


def _keep(emulator: "PipedriveEmulator", call: Call, table: str, rows: list[Row], row: Row) -> Answer:
    rows.append(row)
    hooks.tell(emulator, table, "create", row, None, call.user_id, "api")
    return 200, found(row)


def _change_pipeline(emulator: "PipedriveEmulator", call: Call) -> Answer:
    return _change(emulator, call, "pipelines", _PIPELINE)


def _change_stage(emulator: "PipedriveEmulator", call: Call) -> Answer:
    return _change(emulator, call, "stages", _STAGE)


def _change(emulator: "PipedriveEmulator", call: Call, table: str, known: "dict[str, Check]") -> Answer:
    _only_admins(call)
    row, body = _with_id(emulator.store.tree[table], call.number()), checking.check(call.body, known)
    _must_exist(emulator, body)
    before = copy.deepcopy(row)
    row.update(body, update_time=emulator.stamp())
    hooks.tell(emulator, table, "change", row, before, call.user_id, "api")
    return 200, found(row)


def _remove_pipeline(emulator: "PipedriveEmulator", call: Call) -> Answer:
    return _remove(emulator, call, "pipelines", "pipeline_id")


def _remove_stage(emulator: "PipedriveEmulator", call: Call) -> Answer:
    return _remove(emulator, call, "stages", "stage_id")


def _remove(emulator: "PipedriveEmulator", call: Call, table: str, column: str) -> Answer:
    _only_admins(call)
    row = _with_id(emulator.store.tree[table], call.number())
    others = [one for one in emulator.store.tree[table] if one["id"] != row["id"] and not one["is_deleted"]]
    # What the vendor does with the deals of a place that goes is unconfirmed; here it must be empty.
    if not others or any(not deal["is_deleted"] for deal in emulator.rows_of("deals", column, row["id"])):
        raise answers.invalid("id", "still has deals, or is the last one")
    before = copy.deepcopy(row)
    row.update(is_deleted=True, update_time=emulator.stamp())
    hooks.tell(emulator, table, "delete", row, before, call.user_id, "api")
    return 200, found({"id": row["id"]})


def _only_admins(call: Call) -> None:
    if not call.is_admin:
        raise answers.forbidden("You do not have permissions to do this.")


def _must_exist(emulator: "PipedriveEmulator", body: Row) -> None:
    if "pipeline_id" in body and all(one["id"] != body["pipeline_id"] for one in emulator.pipelines()):
        raise answers.invalid("pipeline_id", "was not found")


def _next(rows: list[Row]) -> int:
    return 1 + max((int(row["id"]) for row in rows), default=0)


def _with_id(rows: list[Row], row_id: int) -> Row:
    row = next((row for row in rows if row["id"] == row_id and not row["is_deleted"]), None)
    if row is None:
        raise NotFound("Entity")
    return row


ENTRIES = (
    Entry("GET", "/v2/pipelines", 5, _READ, _pipelines),
    Entry("POST", "/v2/pipelines", 5, "admin", _new_pipeline),
    Entry("GET", "/v2/pipelines/{id}", 1, _READ, _pipeline),
    Entry("PATCH", "/v2/pipelines/{id}", 5, "admin", _change_pipeline),
    Entry("DELETE", "/v2/pipelines/{id}", 3, "admin", _remove_pipeline),
    Entry("GET", "/v2/stages", 5, _READ, _stages),
    Entry("POST", "/v2/stages", 5, "admin", _new_stage),
    Entry("GET", "/v2/stages/{id}", 1, _READ, _stage),
    Entry("PATCH", "/v2/stages/{id}", 5, "admin", _change_stage),
    Entry("DELETE", "/v2/stages/{id}", 3, "admin", _remove_stage),
)
