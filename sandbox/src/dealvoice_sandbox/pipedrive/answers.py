"""Answers and refusals in Pipedrive's shapes, and the pages of lists."""

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from starlette.responses import HTMLResponse, Response

from dealvoice_sandbox.core.printing import exact_json

Row = dict[str, Any]
MORE_INFO = "Please check developers.pipedrive.com for more information about Pipedrive API."
MOST = 500
"""Rows of one page at most."""


class Refused(Exception):
    """A refusal with its status and body."""

    def __init__(self, status: int, body: Row) -> None:
        super().__init__(status)
        self.status, self.body = status, body


@dataclass(frozen=True, slots=True)
class Download:
    """An answer that is a file."""

    content: bytes
    name: str


def answer(body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Return a JSON answer with exact numbers, or a file."""
    if isinstance(body, Download):
        named = {"content-disposition": f"attachment; filename*=UTF-8''{quote(body.name)}"}
        return Response(body.content, status, {**(headers or {}), **named}, "application/octet-stream")
    return Response(exact_json(body), status, dict(headers or {}), "application/json; charset=utf-8")


def found(data: Any, **additional: Any) -> Row:
    """Return a success."""
    return {"success": True, "data": data, **({"additional_data": additional} if additional else {})}


def unauthorized() -> Refused:
    """No token, or one that is not good any more."""
    return Refused(401, {"success": False, "error": "unauthorized access", "errorCode": 401, "error_info": MORE_INFO})


def malformed_authorization() -> Refused:
    """An Authorization header that is none (400, as documented; its text is unconfirmed)."""
    body = {"success": False, "error": "malformed authorization header", "errorCode": 400, "error_info": MORE_INFO}
    return Refused(400, body)


def scope_missing() -> Refused:
    """The app has not been granted the scope."""
    body = {"success": False, "error": "Scope and URL mismatch", "errorCode": 403, "error_info": MORE_INFO}
    return Refused(403, body)


def forbidden(words: str) -> Refused:
    """The user may not do it."""
    return Refused(403, {"success": False, "error": words, "errorCode": 403})


def capped(words: str, code: str) -> Refused:
    """The company has as many records as its plan allows."""
    body = {
        "success": False, "error": words, "error_info": MORE_INFO, "data": None, "additional_data": None, "code": code,
    }  # fmt: skip
    return Refused(403, body)


def closed() -> Refused:
    """The company's account is not open: its trial is over, or it has not paid (its text is unconfirmed)."""
    return Refused(402, {"success": False, "error": "Company account is not open", "errorCode": 402})


def blocked() -> Response:
    """The gateway's own page, as scripts meet it that go on after 429."""
    page = "<!doctype html><html><head><title>Access denied</title></head><body>Error 1015: rate limited</body></html>"
    return HTMLResponse(page, 403, {"server": "cloudflare"})


def over_limit() -> Refused:
    """Too many calls, or the day's budget is spent (the body is unconfirmed)."""
    return Refused(429, {"success": False, "error": "request over limit", "errorCode": 429, "error_info": MORE_INFO})


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
    return invalid_all([(field, reason)])


def invalid_all(problems: Sequence[tuple[str, str]]) -> Refused:
    """A v2 body or parameters that do not fit, all told at once (client-nodejs issue 651 shows the shape)."""
    told = "; ".join(f"{field}: {reason}" for field, reason in problems)
    return Refused(
        400, {"success": False, "error": f"Validation failed: {told}", "code": "ERR_SCHEMA_VALIDATION_FAILED"}
    )


def not_a_parameter(name: str) -> tuple[str, str]:
    """Say that a body must not hold this key."""
    return name, f"Parameter '{name}' is not allowed for this request"


def bad_request(error: str = "Bad request") -> Refused:
    """A v1 body or parameter that does not fit."""
    body = {"success": False, "error": error, "error_info": MORE_INFO, "data": None, "additional_data": None}
    return Refused(400, body)


def page_v2(
    rows: Sequence[Row],
    params: Mapping[str, str],
    *,
    sorts: Sequence[str] = ("id",),
    show: Callable[[Row], Row] = lambda row: row,
) -> Row:
    """
    Return one page of a v2 list.

    The cursor is opaque and names the last row, so that rows added or removed meanwhile shift nothing.

    Args:
        rows: All rows that fit.
        params: The call's parameters: limit, cursor, sort_by, sort_direction.
        sorts: What may be sorted by; the first is the default.
        show: Shapes a row for the answer.
    """
    limit = _limit(params.get("limit", "100"))
    by = one_of(params, "sort_by", sorts)
    direction = one_of(params, "sort_direction", ("asc", "desc"))
    down = direction == "desc"
    ordered = sorted(rows, key=lambda row: _place(row[by], row["id"]), reverse=down)
    if params.get("cursor"):
        after = _read_cursor(params["cursor"], by, direction)
        ordered = [row for row in ordered if (_place(row[by], row["id"]) < after) == down]
        ordered = [row for row in ordered if _place(row[by], row["id"]) != after]
    page = ordered[:limit]
    cursor = None
    if len(ordered) > limit:
        last = page[-1]
        cursor = _print_cursor({"field": by, "fieldValue": last[by], "sortDirection": direction, "id": last["id"]})
    return found([show(row) for row in page], next_cursor=cursor)


def page_v1(
    rows: Sequence[Row], params: Mapping[str, str], *, flat: bool = False, most: int = MOST,
    empty: list[Row] | None = None,
) -> Row:  # fmt: skip
    """
    Return one page of a v1 list.

    Args:
        rows: All rows that fit.
        params: The call's parameters: start and limit.
        flat: Put the paging beside the rows' extras.
        most: Rows of one page at most.
        empty: What an empty page has for data: null on most v1 lists.
    """
    start, limit = params.get("start", "0") or "0", params.get("limit", "100") or "100"
    if not _is_count(start) or not _is_count(limit) or not 1 <= int(limit) <= most:
        raise bad_request()
    first, size = int(start), int(limit)
    more = first + size < len(rows)
    paging: Row = {"start": first, "limit": size, "more_items_in_collection": more}
    if more:
        paging["next_start"] = first + size
    page = list(rows[first : first + size]) or empty
    return found(page, **paging) if flat else found(page, pagination=paging)


def cursor_page(rows: Sequence[Row], params: Mapping[str, str]) -> Row:
    """Return one page by a cursor that counts; for lists whose rows have no id (changelog, search)."""
    limit, start = _limit(params.get("limit", "100")), 0
    if params.get("cursor"):
        held = _decode_cursor(params["cursor"])
        start = held["offset"] if isinstance(held.get("offset"), int) else -1
        if start < 0:
            raise invalid("cursor", "is not a valid cursor")
    following = _print_cursor({"offset": start + limit}) if start + limit < len(rows) else None
    return found(list(rows[start : start + limit]), next_cursor=following)


def one_of(params: Mapping[str, str], name: str, allowed: Sequence[str]) -> str:
    """Return a parameter that must be one of some words; the first is the default."""
    value = params.get(name) or allowed[0]
    if value not in allowed:
        raise invalid(name, f"must be one of [{', '.join(allowed)}]")
    return value


def _is_count(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= 9


def _limit(text: str) -> int:
    if not _is_count(text) or not 1 <= int(text) <= MOST:
        raise invalid("limit", f"must be between 1 and {MOST}")
    return int(text)


def _place(value: Any, row_id: Any) -> tuple[bool, Any, Any]:
    # Empty values come first.
    return value is not None, value if value is not None else 0, row_id


def _print_cursor(held: Row) -> str:
    return base64.urlsafe_b64encode(json.dumps(held).encode()).decode().rstrip("=")


def _decode_cursor(text: str) -> Row:
    try:
        held = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except ValueError as error:
        raise invalid("cursor", "is not a valid cursor") from error
    if not isinstance(held, dict):
        raise invalid("cursor", "is not a valid cursor")
    return held


def _read_cursor(text: str, by: str, direction: str) -> tuple[bool, Any, Any]:
    held = _decode_cursor(text)
    kinds = (str, int, type(None))
    sound = isinstance(held.get("id"), int) and isinstance(held.get("fieldValue", ()), kinds)
    if not sound or held.get("field") != by or held.get("sortDirection") != direction:
        raise invalid("cursor", "is not a valid cursor")
    return _place(held["fieldValue"], held["id"])
