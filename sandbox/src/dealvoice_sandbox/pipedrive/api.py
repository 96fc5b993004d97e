"""The REST API's door, v2 and v1: who calls, with which scopes, within which limits, and what went wrong."""

import json
import re
import secrets
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from dealvoice_sandbox.core.recording import tell
from dealvoice_sandbox.pipedrive import (
    answers,
    api_activities,
    api_contacts,
    api_conversions,
    api_deals,
    api_fields,
    api_fields_v1,
    api_files,
    api_filters,
    api_followers,
    api_lines,
    api_notes,
    api_pipelines,
    api_search,
    api_users,
    api_v1_deals,
    api_v1_more,
    grants,
    limits,
)
from dealvoice_sandbox.pipedrive.answers import Refused
from dealvoice_sandbox.pipedrive.errors import Archived, NotAllowed, NotFound
from dealvoice_sandbox.pipedrive.routing import Call, Entry, Upload

if TYPE_CHECKING:
    from dealvoice_sandbox.pipedrive.emulator import PipedriveEmulator

ENTRIES: tuple[Entry, ...] = (
    *api_search.ENTRIES,
    *api_lines.ENTRIES,
    *api_deals.ENTRIES,
    *api_contacts.ENTRIES,
    *api_fields.ENTRIES,
    *api_users.ENTRIES,
    *api_notes.ENTRIES,
    *api_files.ENTRIES,
    *api_filters.ENTRIES,
    *api_followers.ENTRIES,
    *api_activities.ENTRIES,
    *api_pipelines.ENTRIES,
    *api_conversions.ENTRIES,
    *api_v1_deals.ENTRIES,
    *api_fields_v1.ENTRIES,
    *api_v1_more.ENTRIES,
)
"""Every operation; the first that fits answers, so paths with words stand before those with ids."""


_V1_PREFIX = re.compile(r"^/(?:api/)?(v[12])/")
_SELECTOR = re.compile(r":\(([\w,]*)\)$")
_WRITES = frozenset({"POST", "PATCH", "PUT", "DELETE"})
_PATTERNS = [(re.compile(re.sub(r"\{\w+\}", "([^/]+)", entry.path)), entry) for entry in ENTRIES]
_FIXED: dict[str, dict[str, Entry]] = {}
for _entry in ENTRIES:
    if "{" not in _entry.path:
        _FIXED.setdefault(_entry.path, {})[_entry.method] = _entry


class Api:
    """The API of one emulator."""

    def __init__(self, emulator: "PipedriveEmulator") -> None:
        self._emulator = emulator

    async def answer(self, request: Request) -> Response:
        """Answer any call."""
        headers = {"x-request-id": secrets.token_hex(16)}
        path = _V1_PREFIX.sub(r"/\1/", request.url.path).rstrip("/")
        try:
            given = await _given(request)
            with self._emulator.store.lock:
                status, content = self._answer(request, path, given, headers)
                if request.method != "GET":
                    self._emulator.store.save()
        except NotFound as error:
            refused = answers.missing(error.what)
        except NotAllowed as error:
            refused = answers.invalid(error.field, error.reason)
        except Archived:
            # The words are unconfirmed.
            refused = answers.forbidden("Archived deals cannot be edited")
        except limits.OverLimit as error:
            headers.update(error.headers)
            refused = error
        except limits.Blocked:
            return answers.blocked()
        except Refused as error:
            refused = error
        else:
            return answers.answer(content, status, headers)
        if path.startswith("/v1/") and refused.body.get("code") == "ERR_SCHEMA_VALIDATION_FAILED":
            refused = answers.bad_request()
        return answers.answer(refused.body, refused.status, headers)

    def _answer(self, request: Request, path: str, given: "_Given", headers: dict[str, str]) -> tuple[int, Any]:
        emulator = self._emulator
        user_id, scopes, token = self._caller(request)
        user = emulator.user(user_id)
        company = str(emulator.company()["id"])
        tell(request.scope, company=company, user_id=user_id)
        path, only = _selected(path)
        entry, ids = self._entry(request.method, path)
        search = "/search" in path or "/itemSearch" in path
        headers.update(
            limits.admit(
                emulator, token, cost=entry.cost, personal=scopes is None, search=search, method=request.method
            )
        )
        tell(request.scope, cost=entry.cost, spent_today=emulator.store.tree["spent"]["tokens"])
        wanted = entry.wanted
        if scopes is not None and wanted and not scopes & wanted:
            raise answers.scope_missing()
        if not emulator.switches["company_open"]:
            raise answers.closed()
        params = dict(request.query_params)
        repeated = {name: request.query_params.getlist(name) for name in params}
        body = given.body(path, request) if request.method in _WRITES else {}
        call = Call(user_id, ids, params, repeated, body, bool(user["is_admin"]), given.uploads)
        status, content = entry.work(emulator, call)
        return status, _narrow(content, only) if only else content

    def _caller(self, request: Request) -> tuple[int, frozenset[str] | None, str]:
        """Return the user behind a call, the scopes of an OAuth token (None: a personal token has all), the token."""
        emulator = self._emulator
        personal = request.headers.get("x-api-token") or request.query_params.get("api_token")
        if personal:
            user = next((user for user in emulator.users() if personal == f"api-{user['id']}"), None)
            if user is None or not user["active_flag"]:
                raise answers.unauthorized()
            return int(user["id"]), None, personal
        header = request.headers.get("authorization")
        if header is None:
            raise answers.unauthorized()
        scheme, _, token = header.partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise answers.malformed_authorization()
        behind = grants.holder(emulator, token)
        if behind is None or not emulator.user(behind[0])["active_flag"]:
            raise answers.unauthorized()
        return behind[0], behind[1], token

    def _entry(self, method: str, path: str) -> tuple[Entry, tuple[str, ...]]:
        fixed = _FIXED.get(path, {})
        if method in fixed:
            return fixed[method], ()
        known = bool(fixed)
        for pattern, entry in _PATTERNS:
            match = pattern.fullmatch(path)
            if match is None:
                continue
            known = True
            if entry.method == method:
                return entry, match.groups()
        if _is_retired(path):
            raise Refused(int(self._emulator.switches["retired_status"]), _UNKNOWN)
        raise Refused(405 if known else 404, _UNKNOWN)


_HALF_PAIR = b"\\ud"
_UNKNOWN = {"success": False, "error": "Unknown method ."}
_RETIRED = ("deals", "persons", "organizations", "products", "activities", "pipelines", "stages", "itemSearch")
_RETIRED_PATH = re.compile(rf"/v1/(?:{'|'.join(_RETIRED)})(?:/(?:\d+|search|field))?(?:/products(?:/\d+)?)?")


def _is_retired(path: str) -> bool:
    # Twins of v2, out of support since 2026-08-01; whether one still answers is nobody's promise.
    return _RETIRED_PATH.fullmatch(path) is not None


@dataclass(frozen=True, slots=True)
class _Given:
    """What came in a call's body, before it is known to be JSON."""

    raw: bytes
    form: dict[str, str] | None = None
    uploads: dict[str, Upload] = field(default_factory=dict)

    def body(self, path: str, request: Request) -> Any:
        # v1 reads forms too, v2 JSON alone.
        if self.form is not None:
            return self.form
        if "x-www-form-urlencoded" in request.headers.get("content-type", "") and path.startswith("/v1/"):
            return dict(parse_qsl(self.raw.decode("utf-8", "replace"), keep_blank_values=True))
        try:
            found = json.loads(self.raw or b"{}", parse_float=Decimal, parse_constant=_no_constant)
            return _whole_texts(found) if _HALF_PAIR in self.raw.lower() else found
        except (ValueError, RecursionError) as error:
            raise answers.bad_request() from error


async def _given(request: Request) -> _Given:
    raw = await request.body()
    if not raw or not request.headers.get("content-type", "").startswith("multipart/form-data"):
        return _Given(raw)
    form, uploads = {}, {}
    try:
        async with request.form() as parts:
            for name, value in parts.multi_items():
                if isinstance(value, str):
                    form[name] = value
                else:
                    content = await value.read()
                    kind = value.content_type or "application/octet-stream"
                    uploads[name] = Upload(value.filename or "", kind, content)
    except HTTPException as error:
        raise answers.bad_request() from error
    return _Given(raw, form, uploads)


def _selected(path: str) -> tuple[str, frozenset[str]]:
    # v1 lets a call name the fields that it wants: /users:(id,name).
    match = _SELECTOR.search(path) if path.startswith("/v1/") else None
    return (path[: match.start()].rstrip("/"), frozenset(match[1].split(","))) if match else (path, frozenset())


def _narrow(content: Any, only: frozenset[str]) -> Any:
    def row(one: Any) -> Any:
        return {name: value for name, value in one.items() if name in only} if isinstance(one, dict) else one

    if not isinstance(content, dict):
        return content
    data = content.get("data")
    return {**content, "data": [row(one) for one in data] if isinstance(data, list) else row(data)}


def _whole_texts(value: Any) -> Any:
    """Return a value whose texts have no half surrogate pairs, which JSON can write and nothing else can hold."""
    match value:
        case str():
            return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        case list():
            return [_whole_texts(one) for one in value]
        case dict():
            return {_whole_texts(name): _whole_texts(one) for name, one in value.items()}
        case _:
            return value


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no number")


def routes(emulator: "PipedriveEmulator") -> list[Route]:
    """Return the API's routes; every path below the vendor's prefixes goes to one place."""
    api = Api(emulator)
    methods = ["GET", "POST", "PATCH", "PUT", "DELETE"]
    return [Route(f"{prefix}/{{rest:path}}", api.answer, methods=methods) for prefix in ("/api/v2", "/api/v1", "/v1")]
