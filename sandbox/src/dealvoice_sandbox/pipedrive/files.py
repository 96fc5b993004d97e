"""Files that hang on deals, people, organizations, products and activities; what they hang on decides who may see them."""

import base64
import secrets
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from dealvoice_sandbox.pipedrive.errors import NotFound

if TYPE_CHECKING:
    from dealvoice_sandbox.pipedrive.emulator import PipedriveEmulator

Row = dict[str, Any]
PARENTS = {
    "deal_id": "deals", "person_id": "persons", "org_id": "organizations", "product_id": "products",
    "activity_id": "activities",
}  # fmt: skip
LARGEST = 50_000_000
"""Bytes; the limit of the pages, that of the API is undocumented."""
_IMAGES = frozenset({"jpg", "jpeg", "png", "gif", "bmp", "webp", "svg"})


def add(emulator: "PipedriveEmulator", name: str, content: bytes, parents: Row, user_id: int) -> Row:
    """Keep a file."""
    now, path = emulator.v1_stamp(), PurePath(name)
    ending = path.suffix.lstrip(".").lower()
    row = {
        "id": emulator.next_id("files"), "user_id": user_id, **dict.fromkeys(PARENTS), **parents, "lead_id": None,
        "log_id": None, "add_time": now, "update_time": now,
        "file_name": f"{path.stem[:180]}_{secrets.token_hex(20)}{path.suffix}",
        "file_type": "img" if ending in _IMAGES else ending or "file", "file_size": len(content), "active_flag": True,
        "inline_flag": False, "remote_location": "s3", "remote_id": secrets.token_hex(20), "cid": None,
        "s3_bucket": None, "mail_message_id": None, "mail_template_id": None, "name": name, "description": None,
        "content": base64.b64encode(content).decode(),
    }  # fmt: skip
    emulator.table("files")[str(row["id"])] = row
    return row


def content(row: Row) -> bytes:
    """Return what a file holds."""
    return base64.b64decode(row["content"])


def shown(emulator: "PipedriveEmulator", row: Row) -> Row:
    """Return a file as v1 shows it."""

    def named(column: str, name: str = "name") -> Any:
        held = emulator.table(PARENTS[column]).get(str(row[column]))
        return held[name] if held else None

    return {
        **{name: value for name, value in row.items() if name != "content"},
        "deal_name": named("deal_id", "title"), "person_name": named("person_id"), "org_name": named("org_id"),
        "product_name": named("product_id"), "lead_name": None,
        "url": f"{emulator.url}/api/v1/files/{row['id']}/download",
    }  # fmt: skip


def visible(emulator: "PipedriveEmulator", row: Row, user_id: int) -> bool:
    """Tell whether a user may see a file: he may see what it hangs on, or it is his own."""
    for column, table in PARENTS.items():
        held = emulator.table(table).get(str(row[column]))
        if held is not None and "visible_to" in held:
            return not held["is_deleted"] and emulator.may_see(held, user_id)
    return bool(row["user_id"] == user_id or emulator.user(user_id)["is_admin"])


def living(emulator: "PipedriveEmulator", file_id: int, user_id: int) -> Row:
    """
    Return a file that was not deleted and that a user may see.

    Raises:
        NotFound: There is none for him.
    """
    row = emulator.table("files").get(str(file_id))
    if row is None or not row["active_flag"] or not visible(emulator, row, user_id):
        raise NotFound("File")
    return row
