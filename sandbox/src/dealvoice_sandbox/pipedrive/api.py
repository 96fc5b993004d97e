"""The REST API's door, v2 and v1: who calls, with which scopes, within which limits, and what went wrong."""

import json
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from dealvoice_sandbox.core.recording import tell
from dealvoice_sandbox.pipedrive import (
    answers,
    api_contacts,
    api_deals,
    api_fields,
    api_lines,
    api_notes,
    api_search,
    api_users,
    grants,
    limits,
)
from dealvoice_sandbox.pipedrive.answers import Refused
from dealvoice_sandbox.pipedrive.errors import Archived, NotAllowed, NotFound
from dealvoice_sandbox.pipedrive.routing import Call, Entry

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
)
"""Every operation; the first that fits answers, so paths with words stand before those with ids."""


class Api:
    """The API of one emulator."""

    def __init__(self, emulator: "PipedriveEmulator") -> None:
        self._emulator = emulator
        self._table = [(re.compile(re.sub(r"\{\w+\}", "([^/]+)", entry.path)), entry) for entry in ENTRIES]

    async def answer(self, request: Request) -> Response:
        """Answer any call."""
        raw = await request.body()
        headers: dict[str, str] = {}
        try:
            with self._emulator.store.lock:
                status, content = self._answer(request, raw, headers)
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
        except Refused as error:
            refused = error
        else:
            return answers.answer(content, status, headers)
        return answers.answer(refused.body, refused.status, headers)

    def _answer(self, request: Request, raw: bytes, headers: dict[str, str]) -> tuple[int, Any]:
        emulator = self._emulator
        path = re.sub(r"^/(api/)?(v[12])/", r"/\2/", request.url.path).rstrip("/")
        user_id, scopes, token = self._caller(request)
        user = emulator.user(user_id)
        company = str(emulator.company()["id"])
        tell(request.scope, company=company, user_id=user_id)
        entry, ids = self._entry(request.method, path)
        wanted = set(entry.scopes.split())
        search = path.endswith("/search")
        headers.update(limits.admit(emulator, token, cost=entry.cost, personal=scopes is None, search=search))
        tell(request.scope, cost=entry.cost, spent_today=emulator.store.tree["spent"]["tokens"])
        if scopes is not None and wanted and not scopes & wanted:
            raise answers.scope_missing()
        body = _body(request, raw) if request.method in ("POST", "PATCH", "PUT", "DELETE") else {}
        repeated = {name: request.query_params.getlist(name) for name in request.query_params}
        call = Call(user_id, ids, dict(request.query_params), repeated, body, bool(user["is_admin"]))
        return entry.work(emulator, call)

    def _caller(self, request: Request) -> tuple[int, frozenset[str] | None, str]:
        """Return the user behind a call, the scopes of an OAuth token (None: a personal token has all), the token."""
        emulator = self._emulator
        personal = request.headers.get("x-api-token") or request.query_params.get("api_token")
        if personal:
            user = next((user for user in emulator.users() if personal == f"api-{user['id']}"), None)
            if user is None:
                raise answers.unauthorized()
            return int(user["id"]), None, personal
        header = request.headers.get("authorization")
        if header is None:
            raise answers.unauthorized()
        scheme, _, token = header.partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise answers.malformed_authorization()
        behind = grants.holder(emulator, token)
        if behind is None:
            raise answers.unauthorized()
        return behind[0], behind[1], token

    def _entry(self, method: str, path: str) -> tuple[Entry, tuple[str, ...]]:
        known = False
        for pattern, entry in self._table:
            match = pattern.fullmatch(path)
            if match is None:
                continue
            known = True
            if entry.method == method:
                return entry, match.groups()
        raise Refused(405 if known else 404, {"success": False, "error": "Unknown method ."})


def _body(request: Request, raw: bytes) -> Any:
    # v1 reads forms too, v2 JSON alone.
    if "x-www-form-urlencoded" in request.headers.get("content-type", "") and "/v1/" in request.url.path:
        return dict(parse_qsl(raw.decode(), keep_blank_values=True))
    try:
        return json.loads(raw or b"{}", parse_float=Decimal, parse_constant=_no_constant)
    except ValueError as error:
        raise answers.bad_request() from error


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no number")


def routes(emulator: "PipedriveEmulator") -> list[Route]:
    """Return the API's routes; every path below the vendor's prefixes goes to one place."""
    api = Api(emulator)
    methods = ["GET", "POST", "PATCH", "PUT", "DELETE"]
    return [Route(f"{prefix}/{{rest:path}}", api.answer, methods=methods) for prefix in ("/api/v2", "/api/v1", "/v1")]
