"""The app is removed, disconnected, or its consent revoked while a call is on its way: what was begun ends, and nothing follows."""

from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest

from dealvoice.storage.operations import Operation, State
from dealvoice.workflows.errors import WrongCompany
from dealvoice.workflows.insight.problems import Tab, actor_of, problems
from dealvoice.workflows.invoice.issue import Accepted, issue
from dealvoice.workflows.invoice.prefill import open_form
from dealvoice.workflows.setup import connect, install, leave
from dealvoice_sandbox.quickbooks import grants
from playground.drafts import linked
from playground.house import AVIARY, REALM, House, a_house
from playground.invariants import Watch, a_log
from playground.looking import latest_connection_of
from playground.points import PointedTransport, Points
from playground.postgres import postgres

__all__ = ["postgres"]


class Moment:
    """Something that happens once, just before a call to a path goes out."""

    def __init__(self) -> None:
        self.path, self.does = "", lambda: None

    def __call__(self, request: httpx2.Request) -> None:
        if self.path and request.url.path.endswith(self.path):
            self.path = ""
            self.does()


@pytest.fixture
def house(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[House]:
    """A house on SQLite, or on the database that a test asks for."""
    url = request.getfixturevalue("postgres").migrated() if getattr(request, "param", "") == "postgresql" else ""
    with a_log() as log, a_house(tmp_path, database_url=url) as opened:
        opened.moment = Moment()
        opened.reopen(transport=PointedTransport(Points(), opened.moment))
        opened.who = opened.install()
        opened.connect(opened.who)
        yield opened
        opened.settle(8)
        Watch(opened, log).check(texts=True)


def _create(house: House, *, path: str, does: Callable[[], object]) -> Operation:
    """Create an invoice with its e-mail; something happens when a call to a path is about to go out."""
    view = open_form(house.app, house.who, AVIARY)
    draft = linked(view, send_email=True)
    answer = issue(house.app, house.who, form_id=view.form_id, deal_id=AVIARY, draft=draft, problems=())
    assert isinstance(answer, Accepted)
    house.moment.path, house.moment.does = path, does
    house.forget_journals()
    house.settle(8)
    with house.app.database.read(house.who.tenant_id) as store:
        operation = store.operations.get(answer.operation_id)
    assert operation is not None
    return operation


def _calls(house: House, *, since: str) -> list[str]:
    """Return the calls of QuickBooks' API after the first one to a path, by their last word."""
    words = [row["path"].rsplit("/", 1)[-1] for row in house.journal("quickbooks") if row["path"].startswith("/v3/")]
    return words[words.index(since) + 1 :] if since in words else words


def _disconnect(house: House) -> None:
    leave.disconnect(house.app, house.who)


def _uninstall(house: House) -> None:
    install.uninstall(house.app, company_id=house.who.company_id, user_id=house.who.user_id)


@pytest.mark.parametrize("house", ["sqlite", "postgresql"], indirect=True)
@pytest.mark.parametrize("leaving", [_disconnect, _uninstall])
def test_connection_that_ends_while_the_invoice_is_on_its_way(house: House, leaving: Callable[[House], None]) -> None:
    before = len(house.sandbox.quickbooks.rows(REALM, "Invoice"))

    operation = _create(house, path="/invoice", does=lambda: leaving(house))

    assert State(operation.state) is State.DONE
    assert operation.invoice_id is not None, "the step in flight came to its end and was written down"
    assert len(house.sandbox.quickbooks.rows(REALM, "Invoice")) == before + 1
    assert _calls(house, since="invoice") == [], "nothing follows it"
    assert house.sandbox.quickbooks.outbox() == []
    connection = latest_connection_of(house.app, house.who)
    assert (connection.state, connection.refresh) == ("ended", "")


@pytest.mark.parametrize("leaving", [_disconnect, _uninstall])
def test_connection_that_ends_before_anything_is_sent(house: House, leaving: Callable[[House], None]) -> None:
    before = len(house.sandbox.quickbooks.rows(REALM, "Invoice"))
    view = open_form(house.app, house.who, AVIARY)
    answer = issue(house.app, house.who, form_id=view.form_id, deal_id=AVIARY, draft=linked(view), problems=())
    assert isinstance(answer, Accepted)

    leaving(house)
    house.forget_journals()
    house.settle(8)

    with house.app.database.read(house.who.tenant_id) as store:
        operation = store.operations.get(answer.operation_id)
    assert operation is not None
    assert State(operation.state) is State.REFUSED
    assert _calls(house, since="") == []
    assert len(house.sandbox.quickbooks.rows(REALM, "Invoice")) == before


def test_consent_revoked_while_the_invoice_is_on_its_way(house: House) -> None:
    operation = _create(house, path="/invoice", does=lambda: grants.disconnect(house.sandbox.quickbooks, REALM))

    assert (State(operation.state), operation.fault["code"]) == (State.REFUSED, "connection.expired")
    assert latest_connection_of(house.app, house.who).state == "needs_reconnect"
    needs = problems(house.app, actor_of(house.app, house.who), Tab.NEEDS)
    assert {"reconnect", "refused.invoice_create"} <= {one.situation for one in needs.problems}


def test_consent_revoked_after_the_invoice_costs_its_email_alone(house: House) -> None:
    operation = _create(house, path="/send", does=lambda: grants.disconnect(house.sandbox.quickbooks, REALM))

    assert State(operation.state) is State.DONE
    assert operation.mailed_at is None
    assert len(house.notes(AVIARY)) == 1
    needs = problems(house.app, actor_of(house.app, house.who), Tab.NEEDS)
    assert "refused.mail_after" in {one.situation for one in needs.problems}


def test_another_company_on_reconnect_is_refused_while_the_invoice_is_on_its_way(house: House) -> None:
    books = house.sandbox.quickbooks
    other = next(realm for realm in books.store.tree["companies"] if realm != REALM)
    before = {realm: set(books.rows(realm, "Invoice")) for realm in (REALM, other)}
    refused = []

    def reconnect() -> None:
        leave.disconnect(house.app, house.who)
        begun = connect.begin(house.app, house.who, browser="b")
        code = grants.new_code(
            books, realm=other, client=books.portal.client_id, scope=grants.ACCOUNTING,
            redirect=f"{house.settings.public_url}/quickbooks/callback",
        )  # fmt: skip
        with pytest.raises(WrongCompany) as said:
            connect.finish(
                house.app, house.who, code=code, state=parse_qs(urlsplit(begun.url).query)["state"][0], realm_id=other,
                browser="b",
            )  # fmt: skip
        refused.append(said.value.params)

    operation = _create(house, path="/invoice", does=reconnect)
    house.connect(house.who, save=False)

    assert len(refused) == 1
    assert State(operation.state) is State.DONE
    assert latest_connection_of(house.app, house.who).realm_id == REALM
    assert set(books.rows(other, "Invoice")) == before[other]
    assert len(books.rows(REALM, "Invoice")) == len(before[REALM]) + 1
    assert not any(held["live"] for held in books.store.tree["grants"].values() if held["realm"] == other)
    house.forget_journals()  # the other company was read, so that the refusal could name it
