"""The doors of the product: what it answers to whom, how much it takes in, and where it calls."""

import contextlib
import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest
from pydantic import ValidationError
from starlette.testclient import TestClient

from dealvoice.bootstrap.transport import open_http
from dealvoice.observability import configure
from dealvoice.pipedrive import deals as pipedrive_deals
from dealvoice.pipedrive.client import Pipedrive, check_api_domain
from dealvoice.pipedrive.errors import PipedriveError
from dealvoice.pipedrive.oauth import OAuthApp
from dealvoice.pipedrive.oauth import refresh as pipedrive_refresh
from dealvoice.quickbooks import company
from dealvoice.quickbooks.client import QuickBooks
from dealvoice.quickbooks.errors import QuickBooksError
from dealvoice.settings import PipedriveSettings, QuickBooksSettings, Settings
from dealvoice.storage.fence import Process
from dealvoice.web.app import SURFACES
from dealvoice.web.bodies import MOST_BYTES
from dealvoice.web.errors import TooMany
from dealvoice.web.pace import AT_ONCE, PER_SECOND, Pace
from dealvoice.workflows.setup import tickets
from playground.house import AVIARY, House
from playground.one_house import house
from playground.person import COMPANY, Person, frame_token, people

__all__ = ["house"]

HTMX = {"HX-Request": "true"}
EVIL = "http://evil.example"


@pytest.fixture
def ola(house: House) -> Iterator[Person]:
    with people(house, 101) as (person,):
        person.panel()
        yield person


def _paths() -> list[tuple[str, str]]:
    return [
        (method, route.path.format(invoice_id="x", operation_id="x", value="x"))
        for surface in SURFACES for route in surface.router.routes for method in sorted(route.methods)
    ]  # fmt: skip


# What every answer carries


def test_policy_of_every_page_is_exact(house: House, ola: Person) -> None:
    """No inline script exists (``tests/web/test_templates_render.py``), so no nonce is needed: the policy knows files of ours alone."""
    own = (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; object-src 'none'; frame-ancestors "
    )
    asked = {"token": ola.token(), "id": "x", "selectedIds": str(AVIARY)}
    frames = [ola.web.get(path, params=asked) for path in ("/panel", "/modal/invoice", "/modal/all", "/settings")]
    ola.web.get(tickets.ticket(house.app, house.who, to="/connect").partition(":8100")[2])
    tabs = [ola.web.get(path) for path in ("/help", "/connect", "/settings", "/settings/problems", "/nowhere")]

    assert {page.headers["content-security-policy"] for page in frames} == {own + house.sandbox.pipedrive_url}
    assert {page.headers["content-security-policy"] for page in tabs} == {own + "'none'"}


@pytest.mark.parametrize("method", ["TRACE", "TRACK", "CONNECT", "PUT", "PATCH", "PROPFIND", "DEBUG"])
def test_methods_that_no_route_has_are_refused_and_echo_nothing(ola: Person, method: str) -> None:
    for _, path in _paths()[::5]:
        answer = ola.web.request(method, path, headers={"X-Canary": "canary-1234", "Cookie": "dealvoice=canary-1234"})

        assert answer.status_code in (404, 405), path
        assert "canary-1234" not in answer.text + str(answer.headers), path


def test_no_other_origin_may_read_anything(ola: Person) -> None:
    for method, path in (
        ("GET", "/panel/part?deal=12"),
        ("OPTIONS", "/session"),
        ("POST", "/session"),
        ("GET", "/static/x/icon.svg"),
    ):
        headers = ola.headers | {"Origin": EVIL, "Access-Control-Request-Method": "POST"}
        answer = ola.web.request(method, path, headers=headers)

        assert not [name for name in answer.headers if name.startswith("access-control-")], path


def test_no_answer_leads_to_the_host_that_a_request_names(ola: Person) -> None:
    for path in (
        "/panel/",
        "/settings/",
        "/connect/",
        "/quickbooks/launch",
        "/pipedrive/install",
        "//evil.example",
        "/%2Fevil.example",
    ):
        answer = ola.web.get(path, headers={"Host": "evil.example", "X-Forwarded-Host": "evil.example"})

        assert "evil.example" not in answer.headers.get("location", ""), path


def test_answers_name_no_software(ola: Person) -> None:
    for path in ("/", "/nowhere", "/panel", "/static/x/icon.svg"):
        told = str(ola.web.get(path).headers).lower()

        assert not any(word in told for word in ("uvicorn", "starlette", "python", "x-powered-by")), path


# How much it takes


def test_every_door_refuses_a_large_body(house: House, ola: Person) -> None:
    large = b"a=" + b"x" * MOST_BYTES
    walked = 0
    for method, path in _paths():
        if method not in ("POST", "DELETE"):
            continue
        for content in (large, iter([large[:600_000], large[600_000:]])):
            answer = ola.web.request(
                method,
                path,
                content=content,
                headers=ola.headers | {"Content-Type": "application/x-www-form-urlencoded"},
            )
            # Some of them have no body to read at all, and some know the caller by a cookie alone.
            expected = {404} if "/invoices/" in path or path.endswith("/accept") else {413}
            expected |= {401} if path.startswith(("/connect/", "/signed-in/")) else set()
            expected |= {302, 401} if path == "/quickbooks/connect" else set()
            assert answer.status_code in expected, (method, path, answer.status_code)
            walked += 1
    hook = ola.web.post("/webhooks/pipedrive/x", content=large)
    assert (hook.status_code, walked > 50) == (413, True)
    assert house.app.sessions.caller(ola.headers["Authorization"].partition(" ")[2]).company_id == COMPANY


@pytest.mark.parametrize("length", ["-1", "1e9", "0x10", "9" * 30, "1, 1", "zero"])
def test_length_that_is_none_is_refused(ola: Person, length: str) -> None:
    answer = ola.web.post("/session", content=b"token=x", headers={"Content-Length": length})

    assert answer.status_code == 413


def test_session_that_asks_without_pause_is_stopped_for_a_while_and_others_are_not() -> None:
    pace, now = Pace(), datetime(2026, 11, 26, tzinfo=UTC)
    for _ in range(AT_ONCE):
        pace.count("loud", now)
    with pytest.raises(TooMany):
        pace.count("loud", now)
    pace.count("calm", now)

    later = now + timedelta(seconds=5)
    for _ in range(int(5 * PER_SECOND)):
        pace.count("loud", later)
    with pytest.raises(TooMany):
        pace.count("loud", later)
    with pytest.raises(TooMany):
        pace.count("loud", now - timedelta(hours=1))  # a clock that goes back gives nothing


def _use_up(pace: Pace, session: str, now: datetime) -> None:
    with contextlib.suppress(TooMany):
        while True:
            pace.count(session, now)


def test_pace_forgets_who_was_quiet_longest_when_strangers_come_in_numbers() -> None:
    pace, now = Pace(), datetime(2026, 11, 26, tzinfo=UTC)
    for number in range(20_500):
        pace.count(f"forged-{number}", now)

    assert len(pace._left) == 20_000


def test_too_many_requests_are_told_in_words_with_a_time_to_come_back(house: House) -> None:
    assert house.built is not None
    with people(house, 101) as (person,):
        person.panel()
        pace, session = house.built.web.state.pace, person.headers["Authorization"].partition(" ")[2]
        _use_up(pace, session, house.app.now() + timedelta(minutes=1))
        answer = person.web.post("/session/keys", data={"on": "1"}, headers=person.headers)
        fresh = person.web.post("/session", data={"token": frame_token()})

    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) > 0
    assert "asked for more than it should" in answer.text
    assert fresh.status_code == 200


# Where it calls


class Elsewhere(httpx2.BaseTransport):
    """A vendor that sends whoever asks to another host, and keeps what it was sent."""

    def __init__(self, status: int) -> None:
        self.status, self.seen = status, []

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        self.seen.append(str(request.url))
        return httpx2.Response(self.status, headers={"Location": f"{EVIL}/v3/company/1/companyinfo/1"}, request=request)


class Open:
    """A gate that is never shut."""

    def acquire(self, *_: Any, **__: Any) -> None:
        """Let pass."""

    def report(self, *_: Any, **__: Any) -> None:
        """Note nothing."""


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_credential_follows_a_redirect(status: int) -> None:
    wire = Elsewhere(status)
    with open_http(Process(), wire) as http:
        books = QuickBooks(
            realm_id="1", base_url="https://quickbooks.example", token=lambda _: "secret", http=http, gate=Open(),
            on_call=lambda _: None,
        )  # fmt: skip
        crm = Pipedrive(
            api_domain="https://acme.pipedrive.com",
            token=lambda _: "secret",
            http=http,
            gate=Open(),
            on_call=lambda _: None,
        )
        app = OAuthApp(
            authorize_url="https://a.example", token_url="https://t.example", revoke_url="https://r.example", client_id="id",
            client_secret="secret", redirect_uri="https://us.example",
        )  # fmt: skip
        with pytest.raises(QuickBooksError):
            company.info(books)
        with pytest.raises(PipedriveError):
            pipedrive_deals.read(crm, 1)
        with pytest.raises(PipedriveError):
            pipedrive_refresh(app, http, refresh_token="secret")

    assert len(wire.seen) >= 3
    assert not [address for address in wire.seen if "evil" in address]


VENDOR = ".pipedrive.com"
FOREIGN = (
    "https://evil.example", "https://pipedrive.com.evil.example", "https://evilpipedrive.com", "https://pipedrive.com",
    "https://.pipedrive.com", "http://acme.pipedrive.com", "https://acme.pipedrive.com@evil.example", "https://evil.example/.pipedrive.com",
    "https://evil.example#.pipedrive.com", "https://evil.example?.pipedrive.com", "https://evil.example\\.pipedrive.com",
    "https://acme.pipedrive.com/api", "https://user@acme.pipedrive.com", "//acme.pipedrive.com", "acme.pipedrive.com",
    "file:///etc/passwd", "gopher://acme.pipedrive.com", "https://127.0.0.1", "https://[::1]", "https://169.254.169.254",
    "http://127.0.0.1:8102", "https://acme.pipedrive.com:99999", "https://acme。pipedrive.com", "",
    "https://evil.example%2f.pipedrive.com", "https://evil.example%00.pipedrive.com", "https://0x7f000001",
)  # fmt: skip


@pytest.mark.parametrize("address", FOREIGN)
def test_tokens_go_to_the_vendors_domain_alone(address: str) -> None:
    with pytest.raises(PipedriveError):
        check_api_domain(address, VENDOR)


def test_vendors_own_address_is_taken() -> None:
    assert check_api_domain("https://acme-2.pipedrive.com/", VENDOR) == "https://acme-2.pipedrive.com"
    assert check_api_domain("https://ACME.pipedrive.com.", VENDOR) == "https://acme.pipedrive.com"


@pytest.mark.parametrize("address", ["http://evil.example", "http://127.0.0.1.evil.example", "http://localhost:1"])
def test_foreign_address_in_a_token_answer_installs_nobody_and_is_not_called(
    house: House, ola: Person, address: str
) -> None:
    body = {
        "access_token": "a", "refresh_token": "r", "expires_in": 3599, "scope": "base", "token_type": "Bearer", "api_domain": address,
    }  # fmt: skip
    going = ola.web.get("/pipedrive/install").headers["location"]
    back = ola.consent(going, decision="allow", user_id="103")
    house.pipedrive(
        "POST",
        "/_sandbox/faults",
        json={"action": "status", "path": "/oauth/token", "status": 200, "body": json.dumps(body)},
    )
    house.forget_journals()

    went = ola.web.get(back)

    house.pipedrive("DELETE", "/_sandbox/faults")
    assert went.headers["location"] == "/connect/stopped"
    with house.app.database.everyone_read() as lobby:
        tenant = lobby.tenants.of_company(COMPANY)
        assert tenant is not None
        assert lobby.of(tenant.tenant).installations.of_user(103) is None
    assert house.journal("pipedrive") == []


REAL: dict[str, Any] = {
    "public_url": "https://dealvoice.example",
    "keys": "k1:" + "QUFB" * 10 + "QUE=",
    "quickbooks": {
        "client_id": "i", "client_secret": "s", "verifier_tokens": "v", "authorize_url": "https://q.example/a",
        "token_url": "https://q.example/t", "revoke_url": "https://q.example/r", "api_url": "https://q.example",
        "app_url": "https://q.example",
    },
    "pipedrive": {
        "client_id": "i", "client_secret": "s", "frame_secret": "f" * 32, "authorize_url": "https://p.example/a",
        "token_url": "https://p.example/t", "revoke_url": "https://p.example/r", "api_domain_suffix": VENDOR,
        "frame_ancestors": "https://*.pipedrive.com",
    },
}  # fmt: skip


def _settings(**changes: Any) -> Settings:
    told = {name: dict(value) if isinstance(value, dict) else value for name, value in REAL.items()}
    for name, value in changes.items():
        part, _, field = name.partition("__")
        if field:
            told[part][field] = value
        else:
            told[name] = value
    books, crm = QuickBooksSettings(**told.pop("quickbooks")), PipedriveSettings(**told.pop("pipedrive"))
    return Settings(**told, quickbooks=books, pipedrive=crm)


def test_settings_for_real_accounts_are_taken() -> None:
    assert _settings().pipedrive.api_domain_suffix == VENDOR


@pytest.mark.parametrize(
    "change",
    [
        {"public_url": "http://dealvoice.example"},
        {"quickbooks__api_url": "http://q.example"},
        {"quickbooks__token_url": "ftp://q.example"},
        {"quickbooks__app_url": "javascript:alert(1)"},
        {"pipedrive__token_url": "http://p.example"},
        {"pipedrive__frame_ancestors": "*"},
        {"pipedrive__frame_ancestors": "http://*.pipedrive.com"},
        {"pipedrive__frame_ancestors": "https://*.pipedrive.com http://evil.example"},
        {"pipedrive__api_domain_suffix": ""},
        {"pipedrive__api_domain_suffix": ".com"},
        {"pipedrive__api_domain_suffix": "pipedrive.com"},
        {"pipedrive__frame_secret": "dealvoice-demo-jwt-secret-of-32-bytes-or-more"},
        {"quickbooks__client_secret": "dealvoice-demo-secret"},
        {"keys": "demo:ZGVhbHZvaWNlLWRlbW8ta2V5LTMyLWJ5dGVzLWxvbmc="},
    ],
)
def test_product_does_not_start_with_a_door_left_open(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        _settings(**change)


def test_secrets_of_the_settings_print_as_stars() -> None:
    told = repr(_settings(pipedrive__client_secret="canary-1234", keys="k1:" + "QUFB" * 10 + "QUE="))

    assert "canary-1234" not in told
    assert "QUFBQUFB" not in told


def test_refusal_is_written_down_without_what_was_asked(ola: Person) -> None:
    """Who looks for an attack finds each shut door, by reason and route; what stood in the address is nobody's business."""
    log = io.StringIO()
    configure("json", stream=log)
    try:
        ola.web.get("/panel", params={"token": "canary-1234\n{}", "selectedIds": "12"})
        ola.web.get("/settings/part", headers={"Authorization": "Bearer canary-1234"})
        ola.web.get("/panel/part", params={"deal": 999_999}, headers=ola.headers)
        ola.web.post("/session", data={"token": frame_token()})
    finally:
        configure("console")

    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    refused = [(line["reason"], line["status"], line["route"]) for line in lines if line["event"] == "request_refused"]
    assert refused == [
        ("session.forged", 401, "/panel"), ("session.expired", 401, "/settings/part"), ("deal.no_access", 404, "/panel/part"),
    ]  # fmt: skip
    assert [line["surface"] for line in lines if line["event"] == "session_begun"] == ["frame"]
    assert "canary" not in log.getvalue()
    assert all(line["timestamp"].endswith("Z") for line in lines)


def test_web_server_takes_trace_no_more_than_the_application(house: House) -> None:
    """The application alone answers: nothing in front of it adds a door."""
    assert house.built is not None
    with TestClient(house.built.web, base_url="http://localhost:8100") as web:
        assert web.request("TRACE", "/").status_code == 405
