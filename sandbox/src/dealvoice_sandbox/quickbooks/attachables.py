"""
Notes and files that hang on other objects: created as notes, uploaded as files, read back by an address for a while.

Source: Attachable page of the Accounting API; an upload answers 200 even where a file failed, as recorded.
"""

import base64
import hashlib
import hmac
import json
import re
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from dealvoice_sandbox.quickbooks import merging, multipart
from dealvoice_sandbox.quickbooks.checking import check
from dealvoice_sandbox.quickbooks.faults_text import Refusal, business, gone, missing
from dealvoice_sandbox.quickbooks.fields import BY_PATH

if TYPE_CHECKING:
    from dealvoice_sandbox.quickbooks.emulator import QuickBooksEmulator

Row = dict[str, Any]
_GOOD_FOR = timedelta(minutes=15)
_LARGEST = 20 * 1024 * 1024
_CATEGORIES = ("Contact Photo", "Document", "Image", "Receipt", "Signature", "Sound", "Other")


def create(emulator: "QuickBooksEmulator", realm: str, body: Row) -> Row:
    """Keep a note."""
    values = merging.writable("Attachable", body)
    if not values.get("Note") and not values.get("FileName"):
        raise missing("Note")
    _check(emulator, realm, values)
    return emulator.new(realm, "Attachable", _next_id(emulator, realm), values)


def update(emulator: "QuickBooksEmulator", realm: str, body: Row) -> Row:
    """Change a note, or what is said of a file."""
    row = emulator.current(realm, "Attachable", body)
    values = merging.merged("Attachable", row, body)
    _check(emulator, realm, values)
    return merging.store(emulator, realm, "Attachable", row, values)


def delete(emulator: "QuickBooksEmulator", realm: str, body: Row) -> Row:
    """Delete a note or file; its SyncToken need not be sent."""
    if not body.get("Id"):
        raise missing("Id")
    row = emulator.get(realm, "Attachable", str(body["Id"]))
    if body.get("SyncToken") not in (None, ""):
        emulator.current(realm, "Attachable", body)
    emulator.remove(realm, "Attachable", row["Id"])
    emulator.company(realm).setdefault("files", {}).pop(row["Id"], None)
    return {"domain": "QBO", "status": "Deleted", "Id": row["Id"]}


def upload(emulator: "QuickBooksEmulator", realm: str, raw: bytes, content_type: str) -> list[Row]:
    """
    Take files in, each with what its own part says of it, and return an answer per file.

    Raises:
        Refusal: 2020, there is no file in the body.
    """
    found = {part.name: part for part in multipart.parts(raw, content_type)}
    contents = sorted(name for name in found if name.startswith("file_content"))
    if not contents:
        raise missing("file_content")
    answers: list[Row] = []
    for name in contents:
        about = found.get(name.replace("content", "metadata"))
        try:
            answers.append({"Attachable": shown(emulator, realm, _take(emulator, realm, found[name], about))})
        except Refusal as refusal:
            answers.append({"Fault": refusal.body()})
    return answers


def shown(emulator: "QuickBooksEmulator", realm: str, row: Row) -> Row:
    """Return an attachable as it is read: a file has an address that works for a quarter of an hour."""
    return row | {"TempDownloadUri": address(emulator, realm, row["Id"])} if "FileAccessUri" in row else row


def address(emulator: "QuickBooksEmulator", realm: str, attachable_id: str) -> str:
    """
    Return where a file can be fetched without a token.

    Raises:
        Refusal: 610, there is no such file.
    """
    if attachable_id not in emulator.company(realm).get("files", {}):
        raise gone()
    until = int((emulator.clock.now() + _GOOD_FOR).timestamp())
    return f"{emulator.url}/files/{realm}/{attachable_id}?until={until}&seal={_seal(realm, attachable_id, until)}"


def routes(emulator: "QuickBooksEmulator") -> list[Route]:
    """Return the route where files are fetched."""

    async def fetch(request: Request) -> Response:
        realm, file_id = request.path_params["realm"], request.path_params["id"]
        until, seal = request.query_params.get("until", ""), request.query_params.get("seal", "")
        company = emulator.store.tree["companies"].get(realm) or {}
        kept = company.get("files", {}).get(file_id)
        fits = until.isdigit() and hmac.compare_digest(seal.encode(), _seal(realm, file_id, int(until)).encode())
        if not fits or kept is None or int(until) < emulator.clock.now().timestamp():
            return Response("Request has expired", 403)
        row = emulator.rows(realm, "Attachable").get(file_id, {})
        return Response(base64.b64decode(kept), media_type=row.get("ContentType") or "application/octet-stream")

    return [Route("/files/{realm}/{id}", fetch)]


def _take(emulator: "QuickBooksEmulator", realm: str, file: multipart.Part, about: multipart.Part | None) -> Row:
    told: Row = {}
    if about is not None and about.content.strip():
        try:
            told = json.loads(about.content, parse_float=Decimal)
        except ValueError as error:
            raise Refusal("2010", "Request has invalid or unsupported property : malformed JSON") from error
    values = merging.writable("Attachable", check("Attachable", told, operation="create"))
    if len(file.content) > _LARGEST:
        raise Refusal("6000", "Business Validation Error: The file is larger than 20 MB.", "")
    values["FileName"] = values.get("FileName") or file.filename
    if not values["FileName"]:
        raise missing("FileName")
    values["ContentType"] = values.get("ContentType") or file.content_type or "application/octet-stream"
    _check(emulator, realm, values)
    file_id = _next_id(emulator, realm)
    values |= {"FileAccessUri": f"/v3/company/{realm}/download/{file_id}", "Size": len(file.content)}
    emulator.company(realm).setdefault("files", {})[file_id] = base64.b64encode(file.content).decode()
    return emulator.new(realm, "Attachable", file_id, values)


def _check(emulator: "QuickBooksEmulator", realm: str, values: Row) -> None:
    if values.get("Category") not in (None, "", *_CATEGORIES):
        raise Refusal("2170", f"Invalid Enumeration : {values['Category']}", "Category")
    for one in values.get("AttachableRef", []):
        target = one.get("EntityRef") or {}
        kind = BY_PATH.get(str(target.get("type", "")).lower())
        there = kind is not None and str(target.get("value", "")) in emulator.rows(realm, kind)
        if target and not there:
            name = f"{target.get('type', '')} {target.get('value', '')}"
            raise business(f"The entity {name} that you are trying to link does not exist. {name}")


def _next_id(emulator: "QuickBooksEmulator", realm: str) -> str:
    # Newer kinds of objects have ids of nineteen digits.
    return "50000000" + emulator.next_id(realm, "attachable").zfill(11)


def _seal(realm: str, file_id: str, until: int) -> str:
    key = re.sub(r"\D", "", realm).encode()
    return hmac.new(key, f"{realm}/{file_id}/{until}".encode(), hashlib.sha256).hexdigest()[:32]
