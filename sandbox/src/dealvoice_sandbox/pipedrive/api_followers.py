"""Followers of deals, people, organizations and products: API v2; a follower sees what only its owner would."""

from functools import partial
from typing import TYPE_CHECKING, Any

from dealvoice_sandbox.pipedrive import answers, checking
from dealvoice_sandbox.pipedrive.answers import cursor_page, found
from dealvoice_sandbox.pipedrive.api_v1_deals import one
from dealvoice_sandbox.pipedrive.errors import NotFound
from dealvoice_sandbox.pipedrive.routing import Answer, Call, Entry

if TYPE_CHECKING:
    from dealvoice_sandbox.pipedrive.emulator import PipedriveEmulator

Row = dict[str, Any]
_SCOPES = {"deals": "deals", "persons": "contacts", "organizations": "contacts", "products": "products"}


def _list(table: str, emulator: "PipedriveEmulator", call: Call) -> Answer:
    held = emulator.table("followers").get(f"{table}:{one(emulator, call, table)['id']}", {})
    return 200, cursor_page([_shown(int(user_id), at) for user_id, at in held.items()], call.params)


def _add(table: str, emulator: "PipedriveEmulator", call: Call) -> Answer:
    row = one(emulator, call, table)
    user_id = checking.check(call.body, {"user_id": checking.whole}, required=("user_id",))["user_id"]
    if str(user_id) not in emulator.table("users"):
        raise answers.invalid("user_id", "was not found")
    return 201, found(_shown(user_id, follow(emulator, table, row["id"], user_id, call)))


def follow(emulator: "PipedriveEmulator", table: str, row_id: int, user_id: int, call: Call) -> str:
    """Let a user follow a record and return since when he does."""
    held = emulator.table("followers").setdefault(f"{table}:{row_id}", {})
    if str(user_id) not in held:
        held[str(user_id)] = emulator.stamp()
        _note(emulator, table, row_id, "added", user_id, call)
    return str(held[str(user_id)])


def unfollow(emulator: "PipedriveEmulator", table: str, row_id: int, user_id: int, call: Call) -> None:
    """
    Let a user follow a record no longer.

    Raises:
        NotFound: He does not.
    """
    held = emulator.table("followers").get(f"{table}:{row_id}", {})
    if held.pop(str(user_id), None) is None:
        raise NotFound("Entity")
    _note(emulator, table, row_id, "removed", user_id, call)


def _remove(table: str, emulator: "PipedriveEmulator", call: Call) -> Answer:
    unfollow(emulator, table, one(emulator, call, table)["id"], call.number(1), call)
    return 200, found({"user_id": call.number(1)})


def _changelog(table: str, emulator: "PipedriveEmulator", call: Call) -> Answer:
    of = f"{table}:{one(emulator, call, table)['id']}"
    log = [row for row in reversed(emulator.store.tree["follower_log"]) if row["of"] == of]
    return 200, cursor_page([{name: value for name, value in row.items() if name != "of"} for row in log], call.params)


def _note(emulator: "PipedriveEmulator", table: str, row_id: int, action: str, user_id: int, call: Call) -> None:
    emulator.store.tree["follower_log"].append(
        {
            "of": f"{table}:{row_id}", "action": action, "actor_user_id": call.user_id, "follower_user_id": user_id,
            "time": emulator.stamp(),
        }
    )  # fmt: skip


def _shown(user_id: int, at: str) -> Row:
    return {"user_id": user_id, "add_time": at}


def _of_user(emulator: "PipedriveEmulator", call: Call) -> Answer:
    # Users following users: nobody does in a seed.
    if str(call.number()) not in emulator.table("users"):
        raise NotFound("User")
    return 200, cursor_page([], call.params)


def _entries(table: str, scope: str) -> tuple[Entry, ...]:
    path, read, full = f"/v2/{table}/{{id}}/followers", f"{scope}:read {scope}:full", f"{scope}:full"
    return (
        Entry("GET", path, 10, read, partial(_list, table)),
        Entry("POST", path, 5, full, partial(_add, table)),
        Entry("GET", f"{path}/changelog", 10, read, partial(_changelog, table)),
        Entry("DELETE", f"{path}/{{id}}", 3, full, partial(_remove, table)),
    )


ENTRIES = (
    *(entry for table, scope in _SCOPES.items() for entry in _entries(table, scope)),
    Entry("GET", "/v2/users/{id}/followers", 10, "users:read", _of_user),
)
