"""Who is let in, as whom, and for how long: frame tokens, sessions, tickets, and the two consents when somebody else had a hand in them."""

import hashlib
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from starlette.testclient import TestClient

from dealvoice.connections.sessions import FRAME_LIFE, LONGEST_LIFE
from dealvoice.settings import DEMO_FRAME_SECRET, DEMO_SECRET
from dealvoice.workflows.setup import install, tickets
from playground.clocks import Clock
from playground.house import AVIARY, House, a_house
from playground.neighbours import HIS_BOOKS
from playground.person import COMPANY, Person, frame_token, people

OLA, JAN = 101, 102
HTMX = {"HX-Request": "true"}


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def house(tmp_path: Path, clock: Clock) -> Iterator[House]:
    """Give a house in which nothing is installed yet."""
    with a_house(tmp_path, clock=clock) as opened:
        yield opened


@contextmanager
def browsers(house: House) -> Iterator[tuple[Person, Person]]:
    """Open two browsers that share nothing: the victim's and the attacker's."""
    with people(house, OLA) as (victim,), people(house, JAN) as (attacker,):
        yield victim, attacker


def _installed(house: House) -> list[int]:
    with house.app.database.everyone_read() as lobby:
        tenant = lobby.tenants.of_company(COMPANY)
        return [] if tenant is None else [one.user_id for one in lobby.of(tenant.tenant).installations.live()]


def _realm(house: House, who: Any) -> str:
    with house.app.database.read(who.tenant_id) as store:
        row = store.connections.current()
    return row.realm_id if row is not None else ""


# Frame tokens


def _claims(**more: Any) -> dict[str, Any]:
    return {"userId": OLA, "companyId": COMPANY, "exp": datetime.now(UTC) + timedelta(minutes=5)} | more


def _rs256(claims: dict[str, Any]) -> str:
    return jwt.encode(claims, rsa.generate_private_key(public_exponent=65537, key_size=2048), algorithm="RS256")


def test_only_pipedrives_own_signature_lets_somebody_in(house: House) -> None:
    house.install(OLA)
    right = DEMO_FRAME_SECRET
    refused = {
        "no signature": jwt.encode(_claims(), None, algorithm="none"),
        "signature cut off": frame_token().rpartition(".")[0] + ".",
        "public key": _rs256(_claims()),
        "other key": frame_token(secret="k" * 40),
        "client secret": frame_token(secret=DEMO_SECRET.ljust(32, "x")),
        "no key": frame_token(secret="\0" * 32),
        "HS384": jwt.encode(_claims(), right * 2, algorithm="HS384"),
        "HS512": jwt.encode(_claims(), right * 2, algorithm="HS512"),
        "no end": jwt.encode({"userId": OLA, "companyId": COMPANY}, right, algorithm="HS256"),
        "end in words": jwt.encode(_claims(exp="9999999999x"), right, algorithm="HS256"),
        "ended": frame_token(life=timedelta(seconds=-6)),
        "other company": frame_token(company=COMPANY + 1),
        "nobody of this company": frame_token(JAN),
        "user of another kind": jwt.encode(_claims(userId=True), right, algorithm="HS256"),
        "no user": jwt.encode(_claims(userId=None), right, algorithm="HS256"),
        "user in a list": jwt.encode(_claims(userId=[OLA]), right, algorithm="HS256"),
        "company below zero": jwt.encode(_claims(companyId=-COMPANY), right, algorithm="HS256"),
        "changed": _changed(frame_token(JAN)),
        "nonsense": "a.b.c",
        "nothing": "",
        "letters": "ż" * 300,
    }  # fmt: skip
    with people(house, OLA) as (ola,):
        answers = {name: ola.web.post("/session", data={"token": token}).status_code for name, token in refused.items()}
        good = ola.web.post("/session", data={"token": frame_token()})

    assert {name: status for name, status in answers.items() if status != 401} == {}
    assert good.status_code == 200


def _changed(token: str) -> str:
    """Put another user into a token and keep its signature."""
    head, _, signature = token.split(".")
    return ".".join((head, frame_token(OLA).split(".")[1], signature))


def test_query_names_nobody(house: House) -> None:
    """Two users of one company: whoever the address claims to be, the token decides."""
    house.install(OLA)
    house.install(JAN)
    asked = {"token": frame_token(JAN), "id": "x", "selectedIds": str(AVIARY), "userId": str(OLA), "companyId": "1"}
    with people(house, JAN) as (jan,):
        page = jan.web.get("/panel", params=asked)

    session = re.search(r'data-session="([^"]+)"', page.text)
    assert session is not None
    assert house.app.sessions.caller(session[1]).user_id == JAN


# Sessions


def test_session_is_good_in_its_own_place_only_and_no_secret_is_kept(house: House) -> None:
    who = house.install(OLA)
    frame = house.app.sessions.enter_frame(frame_token()).session
    browser = house.app.sessions.enter_browser(who.tenant_id, who.installation_id).session
    with people(house, OLA) as (ola,):
        asked = [
            ola.web.get("/settings/part", headers={"Authorization": f"Bearer {browser}"}),
            ola.web.get("/settings", headers={"Cookie": f"dealvoice={frame}"}),
            ola.web.get("/panel/part", params={"deal": AVIARY}, headers={"Cookie": f"dealvoice={browser}"}),
            ola.web.get("/settings/part", headers={"Authorization": f"Basic {frame}"}),
            ola.web.get("/settings/part", headers={"Authorization": "Bearer " + hashlib.sha256(frame.encode()).hexdigest()}),
        ]  # fmt: skip

    assert [answer.status_code for answer in asked] == [401] * 5
    dump = "".join(house.app.database.engine.raw_connection().driver_connection.iterdump())
    assert frame not in dump
    assert browser not in dump
    assert len({session.partition(".")[0] for session in (frame, browser)}) == 2
    assert all(len(session.partition(".")[0]) >= 43 for session in (frame, browser))


def test_session_slides_with_use_and_ends_for_good(house: House, clock: Clock) -> None:
    house.install(OLA)
    session = house.app.sessions.enter_frame(frame_token()).session
    with people(house, OLA) as (ola,):

        def status(given: str = session) -> int:
            return ola.web.get("/settings/part", headers={"Authorization": f"Bearer {given}"} | HTMX).status_code

        clock.ahead += FRAME_LIFE - timedelta(minutes=1)
        assert status() == 200
        clock.ahead += FRAME_LIFE - timedelta(minutes=1)
        assert status() == 200
        clock.ahead += FRAME_LIFE + timedelta(minutes=1)
        assert status() == 401

        with house.app.database.everyone_write() as lobby:
            row = lobby.sessions.get(hashlib.sha256(session.encode()).hexdigest())
            assert row is not None
            row.until = clock() + timedelta(days=365)
        assert status() == 200
        clock.ahead += LONGEST_LIFE
        assert status() == 401
        young, _, _ = session.partition(".")
        assert status(f"{young}.{int(clock().timestamp())}") == 401


def test_uninstall_ends_what_its_user_has_open_and_nobody_elses(house: House) -> None:
    house.install(OLA)
    jan = house.install(JAN)
    sessions = {user: house.app.sessions.enter_frame(frame_token(user)).session for user in (OLA, JAN)}
    ticket = tickets.ticket(house.app, jan, to="/settings")

    install.uninstall(house.app, company_id=COMPANY, user_id=JAN)

    with people(house, OLA) as (ola,):
        status = {
            user: ola.web.get("/settings/part", headers={"Authorization": f"Bearer {session}"} | HTMX).status_code
            for user, session in sessions.items()
        }
        late = ola.web.get(ticket.partition(":8100")[2])
    assert status == {OLA: 200, JAN: 401}
    assert late.status_code == 401
    assert "set-cookie" not in late.headers


def _tab(house: House, person: Person) -> dict[str, str]:
    """Open a tab of its own for whoever has a panel open; return its sessions by what they are called, his own first."""
    person.open("/panel")
    who = house.app.sessions.caller(person.headers["Authorization"].partition(" ")[2])
    at = tickets.ticket(house.app, who, to="/settings").partition(":8100")[2]
    assert person.web.get(at).status_code == 302
    return _open_sessions(person)


def _open_sessions(person: Person) -> dict[str, str]:
    page = person.web.get("/signed-in").text
    return dict(re.findall(r'<b id="session-(\w+)">([^<]+)</b>', page))


def _end(person: Person, session: str, *, csrf: str | None = None) -> Any:
    page = person.web.get("/signed-in").text
    found = re.search(r'name="csrf" value="(\w+)"', page)
    token = csrf if csrf is not None else (found[1] if found else "")
    return person.web.post("/signed-in/end", data={"session": session, "csrf": token})


def test_user_sees_where_he_is_signed_in_and_signs_out_of_one_place_or_all(house: House) -> None:
    for user in (OLA, JAN):
        house.install(user)
    with people(house, OLA) as (ola,), people(house, OLA) as (elsewhere,), people(house, JAN) as (jan,):
        _tab(house, jan)
        _tab(house, elsewhere)
        sessions = _tab(house, ola)
        assert next(iter(sessions.values())) == "This tab"
        assert set(sessions.values()) == {"This tab", "Another tab", "A panel inside Pipedrive"}

        refused = _end(ola, "all", csrf="of another site")
        other = next(name for name, what in sessions.items() if what == "Another tab")
        left = _end(ola, other)
        assert (refused.status_code, left.headers["location"]) == (403, "/signed-in")
        assert elsewhere.web.get("/signed-in").status_code == 401
        assert other not in _open_sessions(ola)
        _end(ola, next(iter(_open_sessions(jan))))  # a name of somebody else's names nothing
        assert jan.web.get("/signed-in").status_code == 200

        over = _end(ola, next(name for name, what in sessions.items() if what == "This tab"))
        assert over.headers["location"] == "/signed-out"
        assert "You are signed out" in ola.web.get("/signed-out").text
        assert ola.web.get("/settings").status_code == 401
        assert not [cookie for cookie in ola.web.cookies if cookie == "dealvoice"]
        assert ola.web.get("/settings/part", headers=ola.headers | HTMX).status_code == 200

        _tab(house, ola)
        _end(ola, "all")
        assert ola.web.get("/settings/part", headers=ola.headers | HTMX).status_code == 401
        assert jan.web.get("/signed-in").status_code == 200


def test_form_older_than_its_signed_token_is_sent_without_loss(house: House, clock: Clock) -> None:
    who = house.install(OLA)
    house.connect(who)
    with people(house, OLA) as (ola,):
        form = ola.form().link(
            "1", {"Rock fountain": "5", "Fountain pump": "11", "Installation": "7", "Garden lights": "8"}
        )
        form.type(memo="Typed for seven minutes")
        clock.ahead += timedelta(minutes=7)
        form.create()

    assert ola.last_status == 200
    (made,) = [row for row in house.books("select * from Invoice") if "CustomerMemo" in row and "seven" in str(row)]
    assert made["CustomerMemo"]["value"] == "Typed for seven minutes"


# Tickets


def test_ticket_is_good_once_for_a_minute_and_from_our_own_frame_only(house: House, clock: Clock) -> None:
    who = house.install(OLA)
    with people(house, OLA) as (ola,):

        def used(address: str, site: str = "same-origin") -> int:
            headers = {"Sec-Fetch-Site": site} if site else {}
            return ola.web.get(address.partition(":8100")[2], headers=headers).status_code

        planted = tickets.ticket(house.app, who, to="/quickbooks/connect")
        assert [used(planted, site) for site in ("cross-site", "same-site", "none")] == [409, 409, 409]
        assert "dealvoice" not in ola.web.cookies
        assert [used(planted), used(planted)] == [302, 409]
        assert used(tickets.ticket(house.app, who, to="/settings"), "") == 302  # a browser that does not say
        old = tickets.ticket(house.app, who, to="/settings")
        clock.ahead += timedelta(seconds=61)
        assert used(old) == 409
        assert used("http://localhost:8100/tickets/" + "x" * 43) == 409


def test_ticket_used_by_eight_at_once_lets_one_in(house: House) -> None:
    who = house.install(OLA)
    path = tickets.ticket(house.app, who, to="/settings").partition(":8100")[2]
    assert house.built is not None
    web = house.built.web

    def use(_: int) -> int:
        return TestClient(web, base_url="http://localhost:8100", follow_redirects=False).get(path).status_code

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(use, range(8))) == [302] + [409] * 7


ELSEWHERE = (
    "https://evil.example", "//evil.example", "/\\evil.example", "\\\\evil.example", "http:evil.example", "javascript:alert(1)",
    "/\t/evil.example", "/\n/evil.example", "\t//evil.example", " //evil.example", "/%2f/evil.example", "evil.example", "",
    "/\r\nSet-Cookie: dealvoice=x", "data:text/html,x", "/.//evil.example", "//localhost:8100@evil.example", "///evil.example",
)  # fmt: skip


def test_ticket_leads_nowhere_else(house: House) -> None:
    house.install(OLA)
    bearer = {"Authorization": f"Bearer {house.app.sessions.enter_frame(frame_token()).session}"}
    with people(house, OLA) as (ola,):
        for to in ELSEWHERE:
            made = ola.web.post("/tickets", data={"to": to}, headers=bearer)
            if made.status_code == 422:
                continue
            went = ola.web.get(made.json()["url"].partition(":8100")[2])
            assert re.fullmatch(r"/(?![/\\])[\w./-]*", went.headers["location"]), to


# Pipedrive's consent


def _begin(person: Person) -> str:
    return str(person.web.get("/pipedrive/install").headers["location"])


def test_planted_code_without_state_stops_at_a_page_that_names_whose_it_is(house: House) -> None:
    with browsers(house) as (victim, attacker):
        code = attacker.consent(_begin(attacker).partition("&state=")[0], decision="allow", user_id=str(JAN))
        assert "state=" not in code
        came = victim.web.get(code)
        assert came.headers["location"].startswith("/pipedrive/confirm?ticket=")
        page = victim.visit(came.headers["location"])
        fields = {name: page.tree.xpath(f'//input[@name="{name}"]/@value')[0] for name in ("ticket", "csrf")}

        assert "Jan Kos" in page.text
        assert "Craig's Landscaping" in page.text.replace("’", "'")
        assert "dealvoice" not in victim.web.cookies
        assert _installed(house) == []
        forged = [
            victim.web.post("/pipedrive/confirm", data=fields | {"csrf": csrf}).status_code
            for csrf in ("", "x", "ż", fields["csrf"][:-1] + "ż")
        ]
        elsewhere = attacker.web.post("/pipedrive/confirm", data=fields).status_code
        seen = attacker.web.get("/pipedrive/confirm", params={"ticket": fields["ticket"]}).status_code
        assert (forged, elsewhere, seen) == ([403] * 4, 403, 409)
        assert _installed(house) == []

        done = [victim.web.post("/pipedrive/confirm", data=fields) for _ in range(2)]
    assert [answer.headers["location"] for answer in done] == ["/connect", "/connect/stopped"]
    assert _installed(house) == [JAN]


def test_code_with_a_state_of_another_browser_binds_nobody(house: House) -> None:
    with browsers(house) as (victim, attacker):
        planted = attacker.consent(_begin(attacker), decision="allow", user_id=str(JAN))
        assert victim.web.get(planted).headers["location"] == "/connect/stopped"
        assert "dealvoice" not in victim.web.cookies
        assert attacker.web.get(planted).headers["location"] == "/connect/stopped"  # the state is burnt
        assert _installed(house) == []

        _begin(victim)
        mixed = re.sub(r"state=[^&]+", "state=" + "x" * 43, planted)
        assert victim.web.get(mixed).headers["location"] == "/connect/stopped"
    assert _installed(house) == []


def test_state_is_good_once_and_for_a_quarter_of_an_hour(house: House, clock: Clock) -> None:
    with people(house, OLA) as (ola,):
        late = ola.consent(_begin(ola), decision="allow", user_id=str(OLA))
        clock.ahead += timedelta(minutes=16)
        assert ola.web.get(late).headers["location"] == "/connect/stopped"
        good = ola.consent(_begin(ola), decision="allow", user_id=str(OLA))
        assert [ola.web.get(good).headers["location"] for _ in range(2)] == ["/connect", "/connect/stopped"]

    assert _installed(house) == [OLA]


# QuickBooks' consent


def _to_quickbooks(person: Person) -> str:
    return str(person.web.get("/quickbooks/connect").headers["location"])


def test_books_of_one_user_are_never_bound_to_anothers_company(house: House) -> None:
    """Two users of one Pipedrive company here; that of two companies is below, and the check is the same one."""
    ola = house.install(OLA)
    with browsers(house) as (victim, attacker):
        victim.sign_in()
        attacker.sign_in()
        theirs = attacker.consent(_to_quickbooks(attacker), decision="connect")
        _to_quickbooks(victim)
        stateless = re.sub(r"&?state=[^&]+", "", theirs)
        for planted in (theirs, stateless, stateless + "&state="):
            assert victim.web.get(planted).headers["location"] == "/connect/stopped", planted
        with people(house, OLA) as (stranger,):
            assert stranger.web.get(theirs).headers["location"] == "/connect/stopped"

    assert _realm(house, ola) == ""


def test_mix_up_of_two_companies_in_one_browser_binds_neither(house: House) -> None:
    ola = house.install(OLA)
    with house.app.database.everyone_write() as lobby:
        tenant = lobby.tenants.get(ola.tenant_id)
        assert tenant is not None
        tenant.company_id = 999  # her company is another one from now on
    jan = house.install(JAN)
    assert jan.tenant_id != ola.tenant_id
    with people(house, JAN) as (both,):
        both.visit(tickets.ticket(house.app, ola, to="/connect").partition(":8100")[2])
        begun = both.consent(_to_quickbooks(both), decision="connect")
        both.visit(tickets.ticket(house.app, jan, to="/connect").partition(":8100")[2])

        assert both.web.get(begun).headers["location"] == "/connect/stopped"

    assert (_realm(house, ola), _realm(house, jan)) == ("", "")


@pytest.mark.parametrize(
    "realm", [HIS_BOOKS, "1", "../9341452000000001", "9341452000000001/../9341452000000002", "", "٣"]
)
def test_realm_of_the_address_must_be_the_grants_own(house: House, realm: str) -> None:
    ola = house.install(OLA)
    with people(house, OLA) as (person,):
        person.sign_in()
        back = person.consent(_to_quickbooks(person), decision="connect")
        house.forget_journals()
        went = person.web.get(re.sub(r"realmId=\d+", f"realmId={realm}", back))

    assert went.headers["location"] == "/connect/stopped"
    assert _realm(house, ola) == ""


def test_vendors_are_told_our_own_address_to_the_letter(house: House) -> None:
    house.install(OLA)
    with people(house, OLA) as (ola,):
        ola.sign_in()
        for going, path in ((_begin(ola), "/pipedrive/callback"), (_to_quickbooks(ola), "/quickbooks/callback")):
            ours = f"http://localhost:8100{path}"
            assert f"redirect_uri={ours.replace(':', '%3A').replace('/', '%2F')}&" in going + "&"
            elsewhere = going.replace("localhost%3A8100", "evil.example")
            assert house.vendor.get(elsewhere).status_code == 400, path


def test_cookies_over_https_cannot_be_planted_by_a_neighbouring_host(house: House) -> None:
    who = house.install(OLA)
    house.close()
    house.settings = house.settings.model_copy(update={"public_url": "https://localhost:8100"})
    house.open()
    assert house.built is not None
    web = TestClient(house.built.web, base_url="https://localhost:8100", follow_redirects=False)

    signed_in = web.get(tickets.ticket(house.app, who, to="/settings").partition(":8100")[2])
    begun = web.get("/pipedrive/install")

    for answer, name in ((signed_in, "__Host-dealvoice="), (begun, "__Host-dealvoice_flow=")):
        cookie = answer.headers["set-cookie"]
        assert cookie.startswith(name)
        assert all(word in cookie for word in ("Secure", "HttpOnly", "SameSite=lax", "Path=/"))
        assert "omain" not in cookie
        assert "max-age=31536000" in answer.headers["strict-transport-security"]
    assert web.get("/settings").status_code == 200
    bare = TestClient(house.built.web, base_url="https://localhost:8100", follow_redirects=False)
    planted = web.cookies["__Host-dealvoice"]
    assert bare.get("/settings", headers={"Cookie": f"dealvoice={planted}"}).status_code == 401
