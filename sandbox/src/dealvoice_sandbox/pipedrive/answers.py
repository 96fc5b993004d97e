"""Answers and refusals in Pipedrive's shapes."""

import base64
import json
from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from dealvoice_sandbox.core.printing import exact_json

Row = dict[str, Any]
MORE_INFO = "Please check developers.pipedrive.com for more information about Pipedrive API."


class Refused(Exception):
    """A refusal with its status and body."""

    def __init__(self, status: int, body: Row) -> None:
        super().__init__(status)
        self.status, self.body = status, body


def answer(body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Return a JSON answer with exact numbers."""
    return Response(exact_json(body), status, dict(headers or {}), "application/json; charset=utf-8")


def found(data: Any, **additional: Any) -> Row:
    """Return a success."""
    return {"success": True, "data": data, **({"additional_data": additional} if additional else {})}


def unauthorized() -> Refused:
    """No token, or one that is not good any more."""
    return Refused(401, {"success": False, "error": "unauthorized access", "errorCode": 401, "error_info": MORE_INFO})


def scope_missing() -> Refused:
    """The app has not been granted the scope."""
    body = {"success": False, "error": "Scope and URL mismatch", "errorCode": 403, "error_info": MORE_INFO}
    return Refused(403, body)


def missing(what: str) -> Refused:
    """No such record for this user."""
    body = {
        "success": False,
        "error": f"{what} not found" if what == "Deal" else "Entity was not found",
        "error_info": "Object was not found.",
        "data": None,
        "additional_data": None,
    }
    return Refused(404, body)


def invalid(field: str, reason: str) -> Refused:
    """A v2 body or parameter that does not fit."""
    body = {"success": False, "error": f"Validation failed: {field}: {reason}", "code": "ERR_SCHEMA_VALIDATION_FAILED"}
    return Refused(400, body)


def bad_request() -> Refused:
    """A v1 body or parameter that does not fit."""
    body = {"success": False, "error": "Bad request", "error_info": MORE_INFO, "data": None, "additional_data": None}
    return Refused(400, body)


def page_v2(rows: list[Row], params: Mapping[str, str], *, most: int = 500) -> Row:
    """Return one page of a v2 list; the cursor is opaque."""
    limit = _limit(params.get("limit", "100"), most)
    start = 0
    if params.get("cursor"):
        try:
            start = int(json.loads(base64.urlsafe_b64decode(params["cursor"]))["offset"])
        except (ValueError, KeyError, TypeError) as error:
            raise invalid("cursor", "is not a valid cursor") from error
    more = start + limit < len(rows)
    cursor = base64.urlsafe_b64encode(json.dumps({"offset": start + limit}).encode()).decode() if more else None
    return found(rows[start : start + limit], next_cursor=cursor)


def page_v1(rows: list[Row], params: Mapping[str, str]) -> Row:
    """Return one page of a v1 list; an empty one has null for data."""
    limit, start = _limit(params.get("limit", "100"), 500), int(params.get("start", "0") or 0)
    more = start + limit < len(rows)
    paging: Row = {"start": start, "limit": limit, "more_items_in_collection": more}
    if more:
        paging["next_start"] = start + limit
    return found(rows[start : start + limit] or None, pagination=paging)


def _limit(text: str, most: int) -> int:
    if not text.isdigit() or not 1 <= int(text) <= most:
        raise invalid("limit", f"must be between 1 and {most}")
    return int(text)
